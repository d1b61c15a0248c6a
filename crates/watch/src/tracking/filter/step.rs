//! One scan against all tracks: pair, correct, and what is new.

use nalgebra::{Matrix2, Matrix4, Vector2, Vector4};

use crate::tracking::DetectionChance;
use crate::tracking::associate::{self, Cluster, Edge, Marginals};
use crate::tracking::bernoulli::{Bernoulli, Label, Look, Seen};
use crate::tracking::config::TrackerConfig;
use crate::tracking::filter::Dropped;
use crate::tracking::filter::found::{self, Found, Place};
use crate::tracking::gate::{Grid, Groups, reach};
use crate::tracking::kinematics::{Correction, Gaussian, Mixture};
use crate::tracking::scan::Scan;
use crate::tracking::undetected::Undetected;

/// Share of a measurement that is enough to be remembered as lineage.
const SHARE_MIN: f64 = 0.1;

/// One measurement in one track's gate, and the track's state if it is the cause.
#[derive(Debug, Clone, Copy)]
struct Pairing {
    track: usize,
    found: usize,
    weight: f64,
    mean: Vector4<f64>,
    /// Place in [`Step::covariances`].
    covariance: usize,
}

/// Tracks and measurements that must be judged together, by their places in the scan.
#[derive(Debug, Default)]
struct Together {
    pairings: Vec<usize>,
    tracks: Vec<usize>,
    found: Vec<usize>,
}

pub(super) struct Step<'a> {
    scan: &'a Scan,
    sensor: u16,
    p_detect: &'a DetectionChance<'a>,
    config: &'a TrackerConfig,
    found: Vec<Found>,
    looks: Vec<Look>,
    /// In the order of tracks, then of measurements.
    pairings: Vec<Pairing>,
    covariances: Vec<Matrix4<f64>>,
    mixture: Mixture,
    pub(super) dropped: Dropped,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        scan: &'a Scan,
        sensor: u16,
        p_detect: &'a DetectionChance<'a>,
        config: &'a TrackerConfig,
    ) -> Self {
        let mut dropped = Dropped::default();
        Self {
            scan,
            sensor,
            p_detect,
            config,
            found: found::usable(scan, config, &mut dropped),
            looks: Vec::new(),
            pairings: Vec::new(),
            covariances: Vec::new(),
            mixture: Mixture::default(),
            dropped,
        }
    }

    /// Weighs every measurement against every track whose gate it lies in.
    pub(super) fn pair(&mut self, tracks: &[Bernoulli], undetected: &Undetected) {
        for found in &mut self.found {
            found.weigh_background(self.scan, undetected, self.p_detect, self.config);
        }
        let look = |track: &Bernoulli| {
            Look::at(track.state.point(), &track.classes, self.scan, self.p_detect)
        };
        self.looks = tracks.iter().map(look).collect();
        let (positions, noise_max_m2) = self.positions();
        let mut grid = Grid::default();
        grid.build(&positions);
        let bearings: Vec<usize> = (0..self.found.len())
            .filter(|&found| matches!(self.found[found].place, Place::Bearing { .. }))
            .collect();
        let mut near = Vec::new();
        for (number, track) in tracks.iter().enumerate() {
            near.clear();
            let reach =
                reach(&(track.state.position_covariance() + noise_max_m2), self.config.gate);
            grid.near(Vector2::new(track.state.mean.x, track.state.mean.z), reach, |found| {
                near.push(found);
            });
            near.sort_unstable();
            self.pair_positions(number, track, &near);
            self.pair_bearings(number, track, &bearings);
        }
    }

    /// Moves every track by what was found of it, or by not being found.
    pub(super) fn correct(&mut self, tracks: &mut [Bernoulli]) {
        let mut alone = vec![true; tracks.len()];
        let mut marginals = Marginals::default();
        for together in self.together(tracks.len()) {
            let cluster = self.cluster(&together);
            associate::solve(&cluster, &mut marginals);
            for (found, unclaimed) in together.found.iter().zip(&marginals.unclaimed) {
                self.found[*found].unclaimed = *unclaimed;
            }
            let mut start = 0;
            for (row, &track) in together.tracks.iter().enumerate() {
                let own = cluster.edges[start..].iter().take_while(|edge| edge.row == row).count();
                let pairings = &together.pairings[start..start + own];
                let shares = &marginals.paired[start..start + own];
                self.correct_one(&mut tracks[track], marginals.missed[row], pairings, shares);
                alone[track] = false;
                start += own;
            }
        }
        for (number, track) in tracks.iter_mut().enumerate().filter(|(number, _)| alone[*number]) {
            let look = &self.looks[number];
            track.existence = track.existence_missed(look);
            track.classes = track.classes_missed(look).normalised();
        }
    }

    /// Things that are first seen now: what no track claims and clutter does not explain.
    pub(super) fn births(&self) -> impl Iterator<Item = Bernoulli> + '_ {
        self.found.iter().filter_map(|found| self.birth(found))
    }

    fn positions(&self) -> (Vec<(usize, Vector2<f64>)>, Matrix2<f64>) {
        let mut noise_max_m2 = Matrix2::zeros();
        let mut positions = Vec::with_capacity(self.found.len());
        for (number, found) in self.found.iter().enumerate() {
            if let Place::Position { mean_m, noise_m2 } = found.place {
                positions.push((number, mean_m));
                noise_max_m2 = noise_m2.sup(&noise_max_m2);
            }
        }
        (positions, noise_max_m2)
    }

    fn pair_positions(&mut self, number: usize, track: &Bernoulli, near: &[usize]) {
        let mut known = None;
        let mut stored = false;
        for &found in near {
            let Place::Position { mean_m, noise_m2 } = self.found[found].place else { continue };
            // Most sensors give every measurement of a scan the same noise: one gain serves them all.
            let (_, gain) = match known {
                Some((noise, gain)) if noise == noise_m2 => (noise, gain),
                _ => {
                    stored = false;
                    (noise_m2, track.state.position_gain(&noise_m2))
                }
            };
            known = Some((noise_m2, gain));
            let correction = gain.correct(&track.state.mean, &mean_m);
            if correction.distance2 <= self.config.gate {
                if !stored {
                    self.covariances.push(gain.covariance);
                    stored = true;
                }
                self.push_pairing(number, track, found, &correction);
            }
        }
    }

    fn pair_bearings(&mut self, number: usize, track: &Bernoulli, bearings: &[usize]) {
        for &found in bearings {
            let Place::Bearing { origin, azimuth_rad, variance_rad2 } = self.found[found].place
            else {
                continue;
            };
            if let Some((correction, covariance)) =
                track.state.bearing_correction(origin, azimuth_rad, variance_rad2)
                && correction.distance2 <= self.config.gate
            {
                self.covariances.push(covariance);
                self.push_pairing(number, track, found, &correction);
            }
        }
    }

    /// Adds a pairing whose covariance was stored last.
    fn push_pairing(
        &mut self,
        number: usize,
        track: &Bernoulli,
        found: usize,
        correction: &Correction,
    ) {
        let look = &self.looks[number];
        let hit = look.hit(&track.classes, &self.found[found].classes, self.config).sum();
        let weight = track.existence * hit * correction.likelihood
            / (track.p_miss(look) * self.found[found].background);
        if weight.is_finite() && weight > 0.0 {
            self.pairings.push(Pairing {
                track: number,
                found,
                weight,
                mean: correction.mean,
                covariance: self.covariances.len() - 1,
            });
        }
    }

    /// Splits the pairings into sets that share neither track nor measurement.
    fn together(&self, tracks: usize) -> Vec<Together> {
        let mut groups = Groups::default();
        groups.reset(tracks + self.found.len());
        for pairing in &self.pairings {
            groups.join(pairing.track, tracks + pairing.found);
        }
        let mut places = vec![usize::MAX; tracks];
        let mut all: Vec<Together> = Vec::new();
        for (number, pairing) in self.pairings.iter().enumerate() {
            // Roots are least members and every set holds a track, so a root is a track.
            let root = groups.root(pairing.track);
            if places[root] == usize::MAX {
                places[root] = all.len();
                all.push(Together::default());
            }
            let together = &mut all[places[root]];
            together.pairings.push(number);
            if together.tracks.last() != Some(&pairing.track) {
                together.tracks.push(pairing.track);
            }
            together.found.push(pairing.found);
        }
        for together in &mut all {
            together.found.sort_unstable();
            together.found.dedup();
        }
        all
    }

    fn cluster(&self, together: &Together) -> Cluster {
        let mut row = 0;
        let edges = together.pairings.iter().map(|&number| {
            let pairing = &self.pairings[number];
            while together.tracks[row] != pairing.track {
                row += 1;
            }
            // The set's measurements are sorted and hold this one, so the search cannot fail.
            let column = together.found.partition_point(|&found| found < pairing.found);
            Edge { row, column, weight: pairing.weight }
        });
        Cluster {
            edges: edges.collect(),
            rows: together.tracks.len(),
            columns: together.found.len(),
        }
    }

    fn correct_one(
        &mut self,
        track: &mut Bernoulli,
        missed: f64,
        pairings: &[usize],
        shares: &[f64],
    ) {
        let look = self.looks[self.pairings[pairings[0]].track];
        let still_there = missed * track.existence_missed(&look);
        self.mixture.clear();
        self.mixture.push(still_there, track.state.mean, track.state.covariance);
        let mut existence = still_there;
        let mut classes = track.classes_missed(&look).normalised().scaled(still_there);
        for (&number, &share) in pairings.iter().zip(shares) {
            let pairing = &self.pairings[number];
            let found = &self.found[pairing.found];
            existence += share;
            self.mixture.push(share, pairing.mean, self.covariances[pairing.covariance]);
            classes.add_scaled(
                &look.hit(&track.classes, &found.classes, self.config).normalised(),
                share,
            );
            if share > SHARE_MIN {
                track.remember(Seen {
                    sensor: self.sensor,
                    measurement: found.id,
                    at: self.scan.at,
                    share,
                });
            }
        }
        if let Some(state) = self.mixture.merged() {
            track.state = state;
        }
        track.existence = existence.clamp(0.0, 1.0);
        track.classes = classes.normalised();
    }

    fn birth(&self, found: &Found) -> Option<Bernoulli> {
        let Place::Position { mean_m, noise_m2 } = found.place else { return None };
        let existence = found.birth_existence();
        if existence < self.config.recycle_below {
            return None;
        }
        let speed2 = self.config.speed_sigma_mps * self.config.speed_sigma_mps;
        let mut covariance =
            Matrix4::from_diagonal(&Vector4::new(noise_m2.m11, speed2, noise_m2.m22, speed2));
        covariance.m13 = noise_m2.m12;
        covariance.m31 = noise_m2.m12;
        let at = self.scan.at;
        let mut track = Bernoulli {
            label: Label::new(at, &self.scan.sensor, found.id),
            existence,
            state: Gaussian { mean: Vector4::new(mean_m.x, 0.0, mean_m.y, 0.0), covariance },
            classes: found.classes_born,
            last_seen: at,
            lineage: Vec::new(),
            seen_by: Vec::new(),
        };
        track.remember(Seen {
            sensor: self.sensor,
            measurement: found.id,
            at,
            share: found.unclaimed,
        });
        Some(track)
    }
}
