//! What the tracker expects of the world, and its limits.

use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use super::bank::Banks;
use super::class::{CLASSES, ClassWeights};
use super::ground::GroundMap;
use super::learning::Learning;
use super::motion::{self, Climbing, Mode, Motion};
use super::relief::Relief;
use super::worlds::MEMBERS_MAX;

/// A box of the sector's plane, sides along east and north.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Area {
    pub south_west: EnuPoint,
    pub north_east: EnuPoint,
}

/// Where movers are more to be expected than elsewhere: a ford, a road's end, a wadi's mouth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Birthplace {
    pub centre: EnuPoint,
    /// How far they spread around it, one sigma, alike in all directions.
    pub sigma_m: f64,
    /// How many stand there while nobody watches.
    pub expected: f64,
}

/// A line along which movers are more to be expected than elsewhere: the far edge of the ground that is
/// watched, a road.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Birthline {
    pub points: Vec<EnuPoint>,
    /// How far they spread to its sides, one sigma; at least half a cell, so that the cells hold them.
    pub sigma_m: f64,
    /// How many stand along the whole of it while nobody watches.
    pub expected: f64,
}

/// Figures of the filter. All are assumptions about the place that is watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackerConfig {
    /// Where things may be that nobody has found yet.
    pub area: Area,
    /// Side of a cell of the undetected intensity.
    pub cell_m: f64,
    /// How many movers stand in a square metre that nobody watches.
    pub expected_per_m2: f64,
    /// Places where more are to be expected than that.
    pub birthplaces: Vec<Birthplace>,
    /// Lines along which more are to be expected than that.
    pub birthlines: Vec<Birthline>,
    /// How many times what is expected may be there before the first scan.
    pub at_start: f64,
    /// Mean time that a mover stays; the undetected renew themselves in it and tracks fade.
    pub stay_s: f64,
    /// Spread of each velocity component of a mover when first found, where one motion serves everything.
    pub speed_sigma_mps: f64,
    /// Spectral density of the white acceleration of each axis, where one motion serves everything.
    pub acceleration_m2ps3: f64,
    /// Ways in which things move; none where one motion serves everything: constant velocity with the
    /// two figures above.
    pub motions: Vec<Motion>,
    /// For each class the mean time after which a mover decides anew how it moves.
    pub decides_after_s: [f64; CLASSES.len()],
    /// What is known of the ground. Not a figure: it is given beside them.
    #[serde(skip)]
    pub ground: GroundMap,
    /// Prior of the class of a mover when first found.
    pub class_prior: ClassWeights,
    /// Chance that a thing first seen is a fixture of the place, which is not reported; 0 where the
    /// sensors know their fixtures.
    pub fixture_prior: f64,
    /// Measurements whose squared Mahalanobis distance lies above are not this track's.
    pub gate: f64,
    /// Least chance of detection that a measurement itself implies, whatever the sight model says.
    pub p_detect_floor: f64,
    /// A track is reported when its existence first exceeds this.
    pub report_above: f64,
    /// A reported track ends when its existence falls below this.
    pub end_below: f64,
    /// Existence below which a track goes back to the undetected.
    pub recycle_below: f64,
    /// A thing whose place is less sure than this (larger axis of its ellipse, one sigma) is lost: it
    /// goes back to the undetected, however surely it is still somewhere.
    pub lost_sigma_m: f64,
    /// Most tracks among which whole worlds are kept while a measurement may be of either; below 2 never.
    pub open_tracks_max: usize,
    /// How old a scan may be against the newest and still be put in its place.
    pub horizon_s: f64,
    /// How much later a place must be before those that people see of a track's past are final; at
    /// least the horizon is waited. 0 where nobody looks at trails and lineages: then none are kept.
    pub smoothing_lag_s: f64,
    /// Most tracks held, reported or not; the least likely are dropped beyond.
    pub tracks_max: usize,
    /// Most measurements taken of one scan; those beyond are dropped, the highest ids first.
    pub measurements_max: usize,
    /// What becomes of bearings that no track claims.
    pub banks: Banks,
    /// Error of the ground's height and of where on a thing a sensor looks, one sigma, for elevations.
    pub height_sigma_m: f64,
    /// Fastest that clutter seems to move towards or away from a radar.
    pub clutter_radial_mps: f64,
    /// The ground under everything that does not fly; without it elevations say nothing.
    #[serde(skip)]
    pub relief: Option<Relief>,
    /// What is learned of the sensors on the way; absent where their figures are given.
    pub learning: Option<Learning>,
}

/// Why a configuration cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ConfigError {
    #[error("{field} must lie in {least}..={most}, got {value}")]
    OutOfRange { field: &'static str, value: f64, least: f64, most: f64 },
    #[error("motions has {mode:?} twice")]
    ModeTwice { mode: Mode },
    #[error("motions.{mode:?} has both slowing_s and turning, one at most is possible")]
    SlowsAndTurns { mode: Mode },
    #[error("motions.{mode:?} is the second that has climbing, one way at most leaves the ground")]
    ClimbsTwice { mode: Mode },
    #[error("area has {cells:.0} cells of {cell_m} m, at most {most} fit")]
    TooManyCells { cells: f64, cell_m: f64, most: usize },
}

/// Most cells of the undetected intensity: 50 km by 50 km at 100 m.
const CELLS_MAX: usize = 250_000;

impl TrackerConfig {
    /// Figures for people and vehicles on a border strip, found by radars and cameras.
    pub fn for_area(area: Area) -> Self {
        Self {
            area,
            cell_m: 500.0,
            expected_per_m2: 2e-8,
            birthplaces: Vec::new(),
            birthlines: Vec::new(),
            at_start: 1.0,
            stay_s: 1_800.0,
            speed_sigma_mps: 4.0,
            acceleration_m2ps3: 0.1,
            motions: motion::shipped(),
            decides_after_s: motion::SHIPPED_DECIDES_AFTER_S,
            ground: GroundMap::default(),
            class_prior: ClassWeights::new([0.35, 0.2, 0.2, 0.15, 0.05, 0.05]),
            fixture_prior: 0.0,
            gate: 16.0,
            p_detect_floor: 0.02,
            report_above: 0.5,
            end_below: 0.1,
            recycle_below: 0.005,
            lost_sigma_m: 600.0,
            open_tracks_max: MEMBERS_MAX,
            horizon_s: 10.0,
            smoothing_lag_s: 30.0,
            tracks_max: 20_000,
            measurements_max: 20_000,
            banks: Banks::default(),
            height_sigma_m: 3.0,
            clutter_radial_mps: 15.0,
            relief: None,
            learning: None,
        }
    }

    /// Judges every figure.
    pub fn check(&self) -> Result<(), ConfigError> {
        let width_m = self.area.north_east.east_m - self.area.south_west.east_m;
        let height_m = self.area.north_east.north_m - self.area.south_west.north_m;
        within("area.width_m", width_m, 1.0, 1e7)?;
        within("area.height_m", height_m, 1.0, 1e7)?;
        within("cell_m", self.cell_m, 1.0, 1e5)?;
        within("expected_per_m2", self.expected_per_m2, 0.0, 1e3)?;
        within("at_start", self.at_start, 0.0, 1e6)?;
        for place in &self.birthplaces {
            within("birthplaces.sigma_m", place.sigma_m, 1.0, 1e6)?;
            within("birthplaces.expected", place.expected, 0.0, 1e6)?;
        }
        for line in &self.birthlines {
            within("birthlines.points", line.points.len() as f64, 2.0, 1e6)?;
            for point in &line.points {
                within("birthlines.points.east_m", point.east_m, -1e7, 1e7)?;
                within("birthlines.points.north_m", point.north_m, -1e7, 1e7)?;
            }
            within("birthlines.sigma_m", line.sigma_m, 1.0, 1e6)?;
            within("birthlines.expected", line.expected, 0.0, 1e6)?;
        }
        within("stay_s", self.stay_s, 1.0, 1e9)?;
        within("speed_sigma_mps", self.speed_sigma_mps, 1e-3, 1e4)?;
        within("acceleration_m2ps3", self.acceleration_m2ps3, 1e-9, 1e6)?;
        motion::check(&self.motions)?;
        for after_s in self.decides_after_s {
            within("decides_after_s", after_s, 1e-1, 1e9)?;
        }
        within("fixture_prior", self.fixture_prior, 0.0, 0.99)?;
        within("gate", self.gate, 1.0, 100.0)?;
        within("p_detect_floor", self.p_detect_floor, 1e-6, 0.5)?;
        within("report_above", self.report_above, 0.0, 1.0)?;
        within("end_below", self.end_below, 0.0, self.report_above)?;
        within("lost_sigma_m", self.lost_sigma_m, 1.0, 1e9)?;
        within("recycle_below", self.recycle_below, 1e-9, self.report_above)?;
        within("open_tracks_max", self.open_tracks_max as f64, 0.0, MEMBERS_MAX as f64)?;
        within("horizon_s", self.horizon_s, 0.0, 3_600.0)?;
        within("smoothing_lag_s", self.smoothing_lag_s, 0.0, 3_600.0)?;
        within("tracks_max", self.tracks_max as f64, 1.0, 1e7)?;
        within("measurements_max", self.measurements_max as f64, 1.0, 1e7)?;
        self.banks.check()?;
        within("height_sigma_m", self.height_sigma_m, 0.0, 1e3)?;
        within("clutter_radial_mps", self.clutter_radial_mps, 0.1, 1e3)?;
        if let Some(learning) = &self.learning {
            within("learning.epoch_s", f64::from(learning.epoch_s), 1.0, 3_600.0)?;
            within("learning.memory_s", learning.memory_s, 10.0, 1e6)?;
            within("learning.sight_prior", learning.sight_prior, 0.1, 1.0)?;
            within("learning.sight_prior_hits", learning.sight_prior_hits, 0.1, 1e6)?;
            within("learning.hidden_s", learning.hidden_s, 0.1, 1e6)?;
            within("learning.proof_hits", learning.proof_hits, 1.0, 1e3)?;
            within("learning.witness_s", learning.witness_s, 0.1, 1e4)?;
        }
        let cells = libm::ceil(width_m / self.cell_m) * libm::ceil(height_m / self.cell_m);
        if cells > CELLS_MAX as f64 {
            return Err(ConfigError::TooManyCells { cells, cell_m: self.cell_m, most: CELLS_MAX });
        }
        Ok(())
    }

    /// The way of moving that leaves the ground, by its number, and how it does; none where one motion serves everything.
    pub(crate) fn flying(&self) -> Option<(u8, Climbing)> {
        (0..).zip(&self.motions).find_map(|(motion, figures)| Some((motion, figures.climbing?)))
    }

    /// Movers to be expected in a square metre that nobody watches, but for those along lines.
    pub(crate) fn expected_at(&self, point: EnuPoint) -> f64 {
        let more = self.birthplaces.iter().map(|place| {
            let variance_m2 = place.sigma_m * place.sigma_m;
            let away = point.distance_m(place.centre);
            place.expected * libm::exp(-away * away / (2.0 * variance_m2))
                / (std::f64::consts::TAU * variance_m2)
        });
        self.expected_per_m2 + more.sum::<f64>()
    }

    /// Chance that a mover is still there after `elapsed_s`.
    pub(crate) fn survival(&self, elapsed_s: f64) -> f64 {
        libm::exp(-elapsed_s / self.stay_s)
    }
}

pub(crate) fn within(
    field: &'static str,
    value: f64,
    least: f64,
    most: f64,
) -> Result<(), ConfigError> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(ConfigError::OutOfRange { field, value, least, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_figures_pass_their_own_check() {
        assert_eq!(shipped().check(), Ok(()));
    }

    #[test]
    fn a_faulty_figure_is_named() {
        let config = TrackerConfig { stay_s: f64::NAN, ..shipped() };

        assert!(config.check().unwrap_err().to_string().starts_with("stay_s must lie in 1..="));
    }

    fn shipped() -> TrackerConfig {
        TrackerConfig::for_area(Area {
            south_west: EnuPoint::new(-20_000.0, -20_000.0),
            north_east: EnuPoint::new(20_000.0, 20_000.0),
        })
    }
}
