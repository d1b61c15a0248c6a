//! From scans to tracks: who is there, where, how surely. A Poisson multi-Bernoulli filter.
//!
//! What has not been seen yet is a Poisson intensity over the sector; each thing that has been
//! seen at least once is a Bernoulli with a chance to exist. Every scan predicts both to its own
//! time, weighs which measurement came from which track (or from nobody), and updates both: a
//! miss where the sensor could have seen lowers existence, a miss where it is blind does not.
//! Sources: Williams, "Marginal multi-Bernoulli filters" (2015); Williams and Lau, "Approximate
//! evaluation of marginal association probabilities with belief propagation" (2014).
//!
//! The filter's state depends on the scans alone, in their total order (time, sensor): a scan
//! that arrives late is put where it belongs and those after it are taken again.

mod acts;
mod altitude;
mod associate;
mod bank;
mod bernoulli;
mod chronicle;
mod class;
mod config;
mod considered;
mod estimate;
mod filter;
pub mod fusion;
mod gate;
mod ground;
mod history;
mod kept;
mod kinematics;
mod late;
mod learning;
mod modes;
mod motion;
mod people;
mod placement;
mod relief;
mod report;
mod scalar;
mod scan;
mod smooth;
mod together;
mod undetected;
mod vertical;
mod worlds;

pub use acts::{ActRefused, Said, Spoken, TrackAct, TrackActRecord};
pub use bank::{Banks, Direction, DirectionId};
pub use chronicle::{Contribution, TrackLineage};
pub use class::{CLASSES, ClassWeights};
pub use config::{Area, Birthline, Birthplace, ConfigError, TrackerConfig};
pub use estimate::{Height, Lineage, MeasurementRef, TrackEstimate};
pub use filter::Dropped;
pub use ground::{Ground, GroundMap, RoadNear, RoadNet};
pub(crate) use kept::Beside;
pub use learning::{Finding, Innovations, Learning, Order, SensorReport, Standing};
pub use motion::{AlongRoad, Climbing, Mode, Motion, Turning};
pub use relief::Relief;
pub use scan::{Aloft, Clutter, Footprint, Measurement, Notch, Pose, Scan, ScanError, Sighting};
pub use smooth::TrailPoint;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Assessment, Model};
use sight::geo::EnuPoint;

use crate::detection::Class;
use crate::journal::TrackId;
use crate::limits;
use acts::Acts;
use chronicle::Chronicle;
pub(crate) use chronicle::Noted;
use filter::trace::Trace;
use filter::{Filter, Given, Taken, Workings, tally_of};
use history::{History, Placed};
use late::Late;
use learning::Learner;
use modes::Intervals;
use placement::Placements;
use report::Reports;

/// Chance that a scan finds a mover of a class at a point, in 0..1; 0 where the sensor cannot see.
///
/// It must depend on its arguments alone: a scan that is taken again must be judged alike.
pub type DetectionChance<'a> = dyn Fn(&Scan, EnuPoint, Class) -> f64 + 'a;

/// The tracker of one sector.
///
/// Serializes what decides its next answer to scans in order; the scans kept for late arrivals
/// and the chronicle that only people read are left out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tracker {
    config: TrackerConfig,
    filter: Filter,
    reports: Reports,
    acts: Acts,
    placements: Placements,
    now: Option<Timestamp>,
    learner: Option<Learner>,
    #[serde(skip)]
    history: History,
    #[serde(skip)]
    chronicle: Chronicle,
    #[serde(skip)]
    workings: Workings,
}

/// What became of a scan that was taken.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observed {
    /// Tracks reported before and no longer.
    pub ended: Vec<TrackId>,
    /// What the limits or the checks kept out.
    pub dropped: Dropped,
    /// How many scans were taken (again); 1 for a scan in order, 0 for a known one.
    pub scans_taken: usize,
    /// By how many tracks, all scans together.
    pub tracks_taken: usize,
}

/// Why a scan was not taken at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScanRefused {
    #[error(
        "scan at {at} of {sensor} is {late_s:.1} s older than the newest, beyond the horizon of {horizon_s} s"
    )]
    TooLate { sensor: String, at: Timestamp, late_s: f64, horizon_s: f64 },
    #[error(transparent)]
    Invalid(#[from] ScanError),
}

impl Tracker {
    /// An empty picture: nobody detected yet, the undetected as `config` expects them.
    pub fn new(config: TrackerConfig) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            filter: Filter::new(&config),
            reports: Reports::default(),
            acts: Acts::default(),
            placements: Placements::default(),
            now: None,
            learner: config.learning.map(|learning| Learner::new(learning, config.horizon_s)),
            history: History::new(config.horizon_s, limits::TRACKER_PAST_BYTES_MAX),
            chronicle: Chronicle::default(),
            workings: Workings::default(),
            config,
        })
    }

    /// Says which sight the chances of detection are asked of from now on, if any.
    ///
    /// Of one sight a chance depends on the sensor, the place and the class alone, so that it need not be asked again, nor of
    /// another in which the sensor sees as before.
    pub fn sight_is(&mut self, sight: Option<&Arc<Assessment>>, model: &Model) {
        let Workings { chances, sight: known, .. } = &mut self.workings;
        match (known.as_ref(), sight) {
            (_, None) => chances.forget(),
            (Some(before), Some(now)) if Arc::ptr_eq(before, now) => return,
            (Some(before), Some(now)) => {
                chances.follow(|sensor| now.sees_alike(before, model, sensor));
            }
            (None, Some(_)) => chances.follow(|_| false),
        }
        *known = sight.cloned();
    }

    /// Takes one look of one sensor, with all that it found; an empty scan says that it found nothing.
    ///
    /// Measurements of one sensor at one time are one scan: a second call for the same sensor and
    /// time adds those whose ids are new and takes the scan again. A scan older than the newest
    /// is put in its place when it lies within the horizon.
    pub fn observe(
        &mut self,
        scan: &Scan,
        p_detect: &DetectionChance<'_>,
    ) -> Result<Observed, ScanRefused> {
        scan.check()?;
        let mut dropped = Dropped::default();
        let scan = &*history::in_order(scan, &self.config, &mut dropped);
        let placed = self.history.place(scan, &self.filter, &self.config, &mut dropped);
        let placed = placed.map_err(|late_s| self.too_late(scan, late_s))?;
        let (scans_taken, tracks_taken) = match placed {
            Placed::Known => return Ok(Observed { dropped, ..Observed::default() }),
            Placed::Newest => {
                let (lost, tracks) = self.take(scan, p_detect);
                dropped += lost;
                (1, tracks)
            }
            Placed::First { restored, replay } => {
                self.take_again((*restored, replay), &[scan], p_detect, &mut dropped)
            }
            Placed::Late(place) => {
                let piece = place.piece;
                let late = Late {
                    config: &self.config,
                    p_detect,
                    bars: self.acts.bars(),
                    history: &mut self.history,
                    filter: &mut self.filter,
                    learner: self.learner.as_mut(),
                    chronicle: &mut self.chronicle,
                    workings: &mut self.workings,
                };
                if let Some(taken) = late.take(place) {
                    dropped += taken.dropped;
                    self.history.weigh(piece, &mut dropped);
                    (taken.scans, taken.tracks)
                } else {
                    let from = self.history.rewind(piece);
                    self.take_again(from, &[scan], p_detect, &mut dropped)
                }
            }
        };
        let ended = self.settle(scan.at);
        Ok(Observed { ended, dropped, scans_taken, tracks_taken })
    }

    /// Brings up to date what follows from the scans, after one of this time; returns tracks that are shown no longer.
    fn settle(&mut self, at: Timestamp) -> Vec<TrackId> {
        self.filter.place(&self.placements, None, &self.config);
        self.placements.forget_before(self.history.reaches_back_to(at));
        self.now = self.now.max(Some(at));
        if let Some(learner) = &mut self.learner {
            learner.forget_before(self.history.oldest().unwrap_or(at));
        }
        self.refresh_reports()
    }

    fn too_late(&self, scan: &Scan, late_s: f64) -> ScanRefused {
        ScanRefused::TooLate {
            sensor: scan.sensor.0.clone(),
            at: scan.at,
            late_s,
            horizon_s: self.history.reach_s(),
        }
    }

    /// Lets time pass for what is reported: estimates are carried to `now`, and tracks that must
    /// be over by then end. Earlier times than the newest known change nothing.
    pub fn advance(&mut self, now: Timestamp) -> Vec<TrackId> {
        self.now = self.now.max(Some(now));
        self.refresh_reports()
    }

    /// Tracks as people see them, carried to the newest time known, in the order in which they were first seen.
    pub fn tracks(&self) -> impl Iterator<Item = TrackEstimate> + '_ {
        self.acts.laid_over(self.own_tracks().collect(), self.now, &self.config).into_iter()
    }

    /// The numbers of all of these tracks, and those of them that are not known by their number and when they were last seen.
    ///
    /// What it costs grows with those alone, unless people have said something of tracks.
    pub fn tracks_unless(
        &self,
        is_known: &dyn Fn(TrackId, Timestamp) -> bool,
    ) -> (BTreeSet<TrackId>, Vec<TrackEstimate>) {
        if self.acts.are_none() {
            let is_new = |id, last_seen| !is_known(id, last_seen);
            return (self.reports.shown().collect(), self.own_tracks_where(&is_new).collect());
        }
        let mut tracks: Vec<TrackEstimate> = self.tracks().collect();
        let numbers = tracks.iter().map(|track| track.id).collect();
        tracks.retain(|track| !is_known(track.id, track.last_seen_at));
        (numbers, tracks)
    }

    /// Directions in which something is that nobody can place yet, in the order in which they were first seen.
    pub fn directions(&self) -> impl Iterator<Item = Direction> + '_ {
        self.filter.directions()
    }

    /// Expected number of movers per m² at a point that no sensor has found yet.
    pub fn undetected_per_m2(&self, point: EnuPoint) -> f64 {
        self.filter.undetected_per_m2(point)
    }

    /// How many things are held, reported or not.
    pub fn held(&self) -> usize {
        self.filter.len()
    }

    /// Puts a track in by hand, as known to be there: for tests that start from the truth.
    pub fn place_known(
        &mut self,
        at: Timestamp,
        mean: nalgebra::Vector4<f64>,
        covariance: nalgebra::Matrix4<f64>,
    ) -> Option<TrackId> {
        let label = self.filter.place_known(at, mean, covariance, &self.config);
        self.now = self.now.max(Some(at));
        self.refresh_reports();
        self.reports.id_of(label)
    }

    /// What the sensors that have looked were found to be worth, by name; nothing where they are not learned about.
    pub fn sensor_reports(&self) -> Vec<SensorReport> {
        let sensors = self.filter.sensors();
        self.learner.as_ref().map_or_else(Vec::new, |learner| learner.reports(sensors))
    }

    /// Takes a person's decision about a sensor; it is in force from the first epoch that opens after `now`.
    pub fn order(&mut self, sensor: &sight::sector::SensorId, order: Order, now: Timestamp) {
        if let Some(learner) = &mut self.learner {
            learner.order(sensor, order, now);
        }
    }

    /// Takes one scan after those already taken, by what is in force at its time.
    fn take(&mut self, scan: &Scan, p_detect: &DetectionChance<'_>) -> (Dropped, usize) {
        // One that was put in between two scans comes before the second again.
        self.filter.place(&self.placements, Some(scan), &self.config);
        let taken = self.observe_one(scan, p_detect);
        self.chronicle.note(&self.filter, scan, &self.config);
        taken
    }

    /// Takes everything again from a kept state on; returns how many scans that were, and by how many tracks.
    fn take_again(
        &mut self,
        (restored, replay): (Filter, Vec<Arc<Scan>>),
        late: &[&Scan],
        p_detect: &DetectionChance<'_>,
        dropped: &mut Dropped,
    ) -> (usize, usize) {
        self.filter = restored;
        // What people said since holds for scans that are taken again too.
        self.filter.set_bars(self.acts.bars());
        self.chronicle.rewind(replay[0].at, None);
        let mut tracks = 0;
        for again in &replay {
            self.history.append(again, &self.filter, dropped);
            let (lost, reached) = self.take(again, p_detect);
            tracks += reached;
            // What the others cost was counted when they were first taken.
            if late.iter().any(|late| (again.at, &again.sensor) == (late.at, &late.sensor)) {
                *dropped += lost;
            }
        }
        (replay.len(), tracks)
    }

    fn observe_one(&mut self, scan: &Scan, p_detect: &DetectionChance<'_>) -> (Dropped, usize) {
        let figures =
            self.learner.as_mut().map(|learner| learner.figures(scan.at, self.filter.sensors()));
        let given = Given { p_detect, config: &self.config, figures: figures.as_deref() };
        let Taken { mut dropped, trace, reached, .. } =
            self.filter.take_whole(scan, &given, &mut self.workings);
        learn(self.learner.as_mut(), (scan, &trace), &self.filter, &given);
        self.history.note(trace, &mut dropped);
        (dropped, reached)
    }

    /// What the filter itself believes of what is reported, under the numbers that it was given.
    fn own_tracks(&self) -> impl Iterator<Item = TrackEstimate> + '_ {
        self.own_tracks_where(&|_, _| true)
    }

    /// The same of those that are wanted, by their number and when they were last seen.
    fn own_tracks_where<'a>(
        &'a self,
        is_wanted: &'a dyn Fn(TrackId, Timestamp) -> bool,
    ) -> impl Iterator<Item = TrackEstimate> + 'a {
        let mut to_now = Intervals::to(self.now.unwrap_or_default(), &self.config);
        self.filter.bernoullis().iter().filter_map(move |bernoulli| {
            let id = self.reports.id_of(bernoulli.label)?;
            is_wanted(id, bernoulli.last_seen)
                .then(|| estimate::of(id, bernoulli, &self.filter, &mut to_now))
        })
    }

    /// Brings up to date what is shown; returns tracks that are shown no longer.
    fn refresh_reports(&mut self) -> Vec<TrackId> {
        let Some(now) = self.now else { return Vec::new() };
        let names = self.acts.names();
        let is_kept = |own: TrackId| names.is_pinned(names.shown_of(own));
        let is_kept: Option<&dyn Fn(TrackId) -> bool> = names.has_pinned().then_some(&is_kept);
        let ended = self.reports.refresh(&self.filter, now, &self.config, is_kept);
        if names.has_pinned() {
            let own: Vec<TrackEstimate> = self.own_tracks().collect();
            self.acts.remember_pinned(own.into_iter());
        }
        let names = self.acts.names();
        let goes_on = |id: &TrackId| {
            names.is_touched(*id)
                && (names.is_pinned(*id)
                    || self.reports.shown().any(|own| names.shown_of(own) == *id))
        };
        let mut ended: Vec<TrackId> =
            ended.into_iter().map(|own| names.shown_of(own)).filter(|id| !goes_on(id)).collect();
        ended.dedup();
        ended
    }
}

/// Keeps what a scan taught of the sensors until it is final.
fn learn(
    learner: Option<&mut Learner>,
    (scan, trace): (&Scan, &Trace),
    filter: &Filter,
    given: &Given<'_>,
) {
    let Some((learner, taught)) = learner.zip(trace.taught.as_ref()) else { return };
    let number = filter.sensors().iter().position(|known| *known == scan.sensor);
    let number = number.and_then(|number| u16::try_from(number).ok()).unwrap_or(u16::MAX);
    if let Some(tally) = tally_of(taught, (scan, number), given) {
        learner.take(scan.at, &scan.sensor, tally);
    }
}
