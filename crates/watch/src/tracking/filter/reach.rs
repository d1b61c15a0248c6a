//! Whom a scan reaches, and what the passing of time does to all others.
//!
//! A scan brings those forward of whom it may say anything. All are brought forward, and those that have faded are given
//! up, at every whole second: at times that depend on no scan, so that a scan that comes late moves nobody beyond its reach.

use jiff::Timestamp;
use nalgebra::Vector2;

use super::Filter;
use super::trace::Trace;
use crate::tracking::bank::Bank;
use crate::tracking::bernoulli::Bernoulli;
use crate::tracking::config::TrackerConfig;
use crate::tracking::gate::Extent;
use crate::tracking::kinematics::Gaussian;
use crate::tracking::modes::Intervals;
use crate::tracking::worlds::Worlds;

/// Between two such times.
const SWEEP_S: i64 = 1;
/// Most of them without a scan between; whoever is there after twelve hours in the dark is carried in one leap.
const SWEEPS_MAX: i64 = 43_200;
/// What starts to move since its last look goes no faster (A).
const SPRINT_MPS: f64 = 60.0;
/// One of the ways of moving may lie so much farther out than all together.
const APART: f64 = 1.5;

/// What a scan reaches, brought forward to its time.
pub(super) struct Reached {
    pub(super) tracks: Vec<bool>,
    /// Taken from the filter, and so are the banks.
    pub(super) open: Vec<Worlds>,
    pub(super) banks: Vec<Bank>,
}

impl Filter {
    /// Looks through everything at each whole second up to a time.
    pub(super) fn sweep_until(&mut self, to: Timestamp, config: &TrackerConfig, trace: &mut Trace) {
        let Some(from) = self.at.filter(|from| *from < to) else { return };
        let last = to.as_second().div_euclid(SWEEP_S);
        // One that lies on a whole second was not swept before its own time.
        let first = from.as_second().div_euclid(SWEEP_S) + 1;
        for number in first.max(last - SWEEPS_MAX)..=last {
            if self.bernoullis.is_empty() && self.banks.is_empty() {
                return;
            }
            if let Ok(at) = Timestamp::from_second(number * SWEEP_S) {
                self.reach(None, at, config).back_into(self);
                self.prune(at, config, trace);
                self.prune_banks(at, config, trace);
            }
        }
    }

    /// Brings forward what lies within an extent, or everything.
    pub(super) fn reach(
        &mut self,
        extent: Option<&Extent>,
        to: Timestamp,
        config: &TrackerConfig,
    ) -> Reached {
        let within = |(state, at): (&Gaussian, Timestamp)| {
            extent.is_none_or(|extent| {
                let (centre, half) = rough(state, to.duration_since(at).as_secs_f64(), config);
                extent.touches(centre, half)
            })
        };
        let mut tracks: Vec<bool> =
            self.bernoullis.iter().map(|track| within((&track.belief.state, track.at))).collect();
        let mut intervals = Intervals::to(to, config);
        let is_open = |worlds: &mut Worlds| {
            let is_reached = worlds.members.iter().any(|member| tracks[*member]);
            for &member in worlds.members.iter().filter(|_| is_reached) {
                tracks[member] = true;
            }
            is_reached
        };
        let mut open: Vec<Worlds> = self.worlds.extract_if(.., is_open).collect();
        for worlds in &mut open {
            // All members were brought forward together last time.
            let since = self.bernoullis[worlds.first_member()].at;
            if let Some(interval) = intervals.since(since) {
                worlds.predict(interval);
            }
        }
        let reached = self.bernoullis.iter_mut().zip(&tracks).filter(|(_, reached)| **reached);
        reached.for_each(|(track, _): (&mut Bernoulli, _)| track.carry(&mut intervals));
        let sees =
            |bank: &mut Bank| bank.cells.iter().any(|cell| within((&cell.state, bank.thing.at)));
        let mut banks: Vec<Bank> = self.banks.extract_if(.., sees).collect();
        for bank in &mut banks {
            bank.carry(&mut intervals);
        }
        Reached { tracks, open, banks }
    }
}

impl Reached {
    fn back_into(mut self, filter: &mut Filter) {
        filter.worlds.append(&mut self.open);
        filter.banks.append(&mut self.banks);
    }
}

/// A box in which a thing is by then, and somewhat more: its middle and half its sides.
pub(super) fn rough(
    state: &Gaussian,
    dt_s: f64,
    config: &TrackerConfig,
) -> (Vector2<f64>, Vector2<f64>) {
    let (x, p) = (&state.mean, &state.covariance);
    let spread = |place: f64, both: f64, speed: f64| {
        libm::sqrt((place + dt_s * (2.0 * both + dt_s * speed)).max(0.0))
    };
    let sigmas = Vector2::new(spread(p.m11, p.m12, p.m22), spread(p.m33, p.m34, p.m44));
    let centre = Vector2::new(x.x + dt_s * x.y, x.z + dt_s * x.w);
    let half = sigmas * (APART * libm::sqrt(config.gate));
    (centre, half.add_scalar(1.0 + dt_s * SPRINT_MPS))
}
