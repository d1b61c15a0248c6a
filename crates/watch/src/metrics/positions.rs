//! Evaluation on simulated scans of positions: constant-velocity targets in a square, uniform clutter.

use jiff::{SignedDuration, Timestamp};
use nalgebra::{Matrix2, Matrix4, Vector2, Vector4};
use sight::geo::EnuPoint;
use sight::sector::SensorId;

use super::score::{Score, Scorer};
use super::table::{Table, TableError};
use crate::tracking::{
    Area, ClassWeights, Clutter, ConfigError, Footprint, Learning, Measurement, Pose, Scan,
    ScanRefused, Sighting, Tracker, TrackerConfig,
};

/// Cut-off of GOSPA, as the peers' figures have it.
const CUTOFF_M: f64 = 50.0;

/// First scan that is scored.
const FIRST_SCORED: usize = 10;

/// Scans at 1 Hz and the truth at each.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Case {
    pub scans: Vec<Vec<Vector2<f64>>>,
    pub truth: Vec<Vec<Target>>,
}

/// A target at the time of a scan.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    pub id: u64,
    /// East, east velocity, north, north velocity.
    pub state: Vector4<f64>,
}

/// What the tracker is told about the case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub side_m: f64,
    pub clutter_per_scan: f64,
    pub sigma_m: f64,
    pub p_detect: f64,
    /// Spectral density of white acceleration per axis.
    pub q_m2ps3: f64,
    pub start: Start,
    /// What is learned of the sensor; only measured, it costs a little and changes nothing.
    pub learning: Option<Learning>,
}

/// Whether the tracker is given the targets of the first scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Tracks stand at the first truth, with sigmas of 10 m and 5 m/s; the first scan is not used.
    Known,
    Own,
}

/// Why a case cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EvaluationError {
    #[error("{field} must lie in {least}..={most}, got {value}")]
    Setting { field: &'static str, value: f64, least: f64, most: f64 },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Scan(#[from] ScanRefused),
}

/// Reads measurements (`k,x,y`) and truth (`k,id,x,vx,y,vy`), CSV with a heading each.
pub fn parse(measurements: &str, truth: &str) -> Result<Case, TableError> {
    let mut case = Case::default();
    let table = Table::read(measurements, &["k", "x", "y"])?;
    for row in &table.rows {
        at_scan(&mut case.scans, row.count("k", row.values[0])?)
            .push(Vector2::new(row.values[1], row.values[2]));
    }
    let table = Table::read(truth, &["k", "id", "x", "vx", "y", "vy"])?;
    for row in &table.rows {
        let [k, id, x, vx, y, vy] = row.values[..] else { continue };
        let target = Target { id: row.count("id", id)? as u64, state: Vector4::new(x, vx, y, vy) };
        at_scan(&mut case.truth, row.count("k", k)?).push(target);
    }
    let scans = case.scans.len().max(case.truth.len());
    case.scans.resize(scans, Vec::new());
    case.truth.resize(scans, Vec::new());
    Ok(case)
}

/// Runs the tracker over a case; `timed` runs the work that is to be timed.
pub fn evaluate(
    case: &Case,
    settings: &Settings,
    timed: &mut dyn FnMut(&mut dyn FnMut()),
) -> Result<Score, EvaluationError> {
    settings.check()?;
    let mut tracker = Tracker::new(config(settings))?;
    let mut scorer = Scorer::new(CUTOFF_M, 2.0);
    if settings.start == Start::Known {
        start_known(&mut tracker, case);
    }
    for (k, measured) in
        case.scans.iter().enumerate().skip(usize::from(settings.start == Start::Known))
    {
        let scan = scan(k, measured, settings);
        let mut taken = Ok(());
        timed(&mut || taken = tracker.observe(&scan, &|_, _, _| settings.p_detect).map(drop));
        taken?;
        if k >= FIRST_SCORED {
            let truth: Vec<_> =
                case.truth[k].iter().map(|target| (target.id, place(&target.state))).collect();
            scorer.sample_tracks(&truth, &tracker.tracks().collect::<Vec<_>>());
        }
    }
    Ok(scorer.score_of(tracker.sensor_reports()))
}

impl Settings {
    fn check(&self) -> Result<(), EvaluationError> {
        for (field, value, least, most) in [
            ("side_m", self.side_m, 1.0, 1e7),
            ("clutter_per_scan", self.clutter_per_scan, 0.0, 1e6),
            ("sigma_m", self.sigma_m, 1e-3, 1e6),
            ("p_detect", self.p_detect, 1e-3, 1.0),
            ("q_m2ps3", self.q_m2ps3, 1e-9, 1e6),
        ] {
            if !(least..=most).contains(&value) {
                return Err(EvaluationError::Setting { field, value, least, most });
            }
        }
        Ok(())
    }
}

fn at_scan<T: Clone>(scans: &mut Vec<Vec<T>>, k: usize) -> &mut Vec<T> {
    if scans.len() <= k {
        scans.resize(k + 1, Vec::new());
    }
    &mut scans[k]
}

fn config(settings: &Settings) -> TrackerConfig {
    let area = Area {
        south_west: EnuPoint::new(0.0, 0.0),
        north_east: EnuPoint::new(settings.side_m, settings.side_m),
    };
    TrackerConfig {
        cell_m: settings.side_m / 20.0,
        expected_per_m2: settings.clutter_per_scan.max(1.0) / (settings.side_m * settings.side_m),
        stay_s: 1_000.0,
        speed_sigma_mps: 7.0,
        acceleration_m2ps3: settings.q_m2ps3,
        horizon_s: 0.0,
        motions: Vec::new(),
        learning: settings.learning,
        smoothing_lag_s: 0.0,
        ..TrackerConfig::for_area(area)
    }
}

fn start_known(tracker: &mut Tracker, case: &Case) {
    let covariance = Matrix4::from_diagonal(&Vector4::new(100.0, 25.0, 100.0, 25.0));
    for target in case.truth.first().into_iter().flatten() {
        tracker.place_known(time(0), target.state, covariance);
    }
}

fn scan(k: usize, measured: &[Vector2<f64>], settings: &Settings) -> Scan {
    let measurement = |(id, mean_m): (u64, &Vector2<f64>)| Measurement {
        id,
        sighting: Sighting::Position {
            mean_m: *mean_m,
            covariance_m2: Matrix2::identity() * (settings.sigma_m * settings.sigma_m),
        },
        classes: ClassWeights::uniform(),
        aloft: None,
    };
    Scan {
        sensor: SensorId("simulated".to_owned()),
        at: time(k),
        measurements: (0..).zip(measured).map(measurement).collect(),
        clutter: Clutter {
            per_m2: settings.clutter_per_scan / (settings.side_m * settings.side_m),
            per_rad: 0.0,
        },
        sees: Footprint::Everywhere,
        repeats: 1.0,
        pose: Pose::default(),
        notch: None,
    }
}

fn time(k: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::try_from(k).unwrap_or(i64::MAX / 4))
}

fn place(state: &Vector4<f64>) -> EnuPoint {
    EnuPoint::new(state.x, state.z)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASUREMENTS: &str = include_str!("../../testdata/positions.meas.csv");
    const TRUTH: &str = include_str!("../../testdata/positions.truth.csv");

    #[test]
    fn a_dozen_targets_amid_clutter_are_found_and_nothing_else() {
        let case = parse(MEASUREMENTS, TRUTH).unwrap();

        for start in [Start::Known, Start::Own] {
            let score =
                evaluate(&case, &Settings { start, ..settings() }, &mut |work| work()).unwrap();

            assert!(score.missed < 0.3 && score.false_tracks < 0.3, "{start:?}: {score:?}");
            assert!(score.localisation < 9.0, "{start:?}: {score:?}");
        }
    }

    #[test]
    fn a_setting_out_of_range_is_named() {
        let settings = Settings { sigma_m: 0.0, ..settings() };

        let error = evaluate(&Case::default(), &settings, &mut |work| work()).unwrap_err();

        assert_eq!(error.to_string(), "sigma_m must lie in 0.001..=1000000, got 0");
    }

    fn settings() -> Settings {
        Settings {
            side_m: 3_000.0,
            clutter_per_scan: 10.0,
            sigma_m: 10.0,
            p_detect: 0.9,
            q_m2ps3: 0.2,
            start: Start::Own,
            learning: Some(Learning::measuring()),
        }
    }
}
