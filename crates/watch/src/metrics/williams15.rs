//! Evaluation on the meeting scenario of Williams (2015): four targets come together, one is lost
//! among them, three part again.

use jiff::{SignedDuration, Timestamp};
use nalgebra::{Matrix2, Vector2};
use sight::geo::EnuPoint;
use sight::sector::SensorId;

use super::positions::EvaluationError;
use super::score::{Score, Scorer};
use super::table::{Table, TableError};
use crate::tracking::{
    Area, Birthplace, ClassWeights, Clutter, Footprint, Learning, Measurement, Pose, Scan,
    Sighting, Tracker, TrackerConfig,
};

/// Cut-off of GOSPA, as the published figures have it.
const CUTOFF_M: f64 = 10.0;
/// Side of the square, m.
const SIDE_M: f64 = 300.0;
const CLUTTER_PER_SCAN: f64 = 10.0;
const P_DETECT: f64 = 0.9;
/// Chance to be still there a second later.
const P_SURVIVE: f64 = 0.99;

/// Existence from which a track counts, as the published estimator has it.
const REPORT_ABOVE: f64 = 0.4;

/// Runs of one truth, scans at 1 Hz.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Runs {
    /// For each run its scans.
    pub scans: Vec<Vec<Vec<Vector2<f64>>>>,
    /// For each scan the targets by number.
    pub truth: Vec<Vec<(u64, EnuPoint)>>,
}

/// Reads measurements (`run,k,x,y`) and truth (`k,id,x,y`), CSV with a heading each.
pub fn parse(measurements: &str, truth: &str) -> Result<Runs, TableError> {
    let mut runs = Runs::default();
    for row in Table::read(truth, &["k", "id", "x", "y"])?.rows {
        let [k, id, x, y] = row.values[..] else { continue };
        let (k, id) = (row.count("k", k)?, row.count("id", id)?);
        if runs.truth.len() <= k {
            runs.truth.resize(k + 1, Vec::new());
        }
        runs.truth[k].push((id as u64, EnuPoint::new(x, y)));
    }
    for row in Table::read(measurements, &["run", "k", "x", "y"])?.rows {
        let [run, k, x, y] = row.values[..] else { continue };
        let (run, k) = (row.count("run", run)?, row.count("k", k)?);
        if runs.scans.len() <= run {
            runs.scans.resize(run + 1, Vec::new());
        }
        if runs.scans[run].len() <= k {
            runs.scans[run].resize(k + 1, Vec::new());
        }
        runs.scans[run][k].push(Vector2::new(x, y));
    }
    runs.scans.retain(|scans| !scans.is_empty());
    Ok(runs)
}

/// Runs the tracker, with the published figures of the scenario, over every run.
///
/// `tell` hears how many runs are done; `timed` runs the work that is to be timed.
pub fn evaluate(
    runs: &Runs,
    tell: &mut dyn FnMut(usize),
    timed: &mut dyn FnMut(&mut dyn FnMut()),
) -> Result<Score, EvaluationError> {
    let mut scorer = Scorer::new(CUTOFF_M, 2.0);
    let mut reports = Vec::new();
    for (number, scans) in runs.scans.iter().enumerate() {
        scorer.forget_identities();
        let mut tracker = Tracker::new(config())?;
        for (k, truth) in runs.truth.iter().enumerate().skip(1) {
            let measured = scans.get(k).map_or(&[][..], Vec::as_slice);
            let scan = scan(k, measured);
            let mut taken = Ok(());
            timed(&mut || taken = tracker.observe(&scan, &|_, _, _| P_DETECT).map(drop));
            taken?;
            scorer.sample_tracks(truth, &tracker.tracks().collect::<Vec<_>>());
        }
        reports.extend(tracker.sensor_reports());
        tell(number + 1);
    }
    Ok(scorer.score_of(reports))
}

/// The published scenario's figures; what the filter adds of its own are its shipped settings.
fn config() -> TrackerConfig {
    let area =
        Area { south_west: EnuPoint::new(0.0, 0.0), north_east: EnuPoint::new(SIDE_M, SIDE_M) };
    // A weight of 3 in the first scan and of 0.005 in each later one, which a chance of survival
    // of 0.99 holds at 0.5 where nobody looks.
    let weight = 0.005 / (1.0 - P_SURVIVE);
    TrackerConfig {
        cell_m: 10.0,
        expected_per_m2: 0.0,
        birthplaces: vec![Birthplace {
            centre: EnuPoint::new(100.0, 100.0),
            sigma_m: 150.0,
            expected: weight,
        }],
        at_start: 3.0 / weight,
        stay_s: -1.0 / libm::log(P_SURVIVE),
        speed_sigma_mps: 1.0,
        acceleration_m2ps3: 0.02,
        report_above: REPORT_ABOVE,
        end_below: REPORT_ABOVE,
        recycle_below: 1e-3,
        horizon_s: 0.0,
        motions: Vec::new(),
        learning: Some(Learning::measuring()),
        smoothing_lag_s: 0.0,
        ..TrackerConfig::for_area(area)
    }
}

fn scan(k: usize, measured: &[Vector2<f64>]) -> Scan {
    let measurement = |(id, mean_m): (u64, &Vector2<f64>)| Measurement {
        id,
        sighting: Sighting::Position { mean_m: *mean_m, covariance_m2: Matrix2::identity() },
        classes: ClassWeights::uniform(),
        aloft: None,
    };
    Scan {
        sensor: SensorId("simulated".to_owned()),
        at: time(k),
        measurements: (0..).zip(measured).map(measurement).collect(),
        clutter: Clutter { per_m2: CLUTTER_PER_SCAN / (SIDE_M * SIDE_M), per_rad: 0.0 },
        sees: Footprint::Everywhere,
        repeats: 1.0,
        pose: Pose::default(),
        notch: None,
    }
}

fn time(k: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(i64::try_from(k).unwrap_or(i64::MAX / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEASUREMENTS: &str = include_str!("../../testdata/williams15.meas.csv");
    const TRUTH: &str = include_str!("../../testdata/williams15.truth.csv");

    #[test]
    fn a_target_that_is_lost_among_others_does_not_live_on_in_them() {
        let runs = parse(MEASUREMENTS, TRUTH).unwrap();

        let score = evaluate(&runs, &mut |_| {}, &mut |work| work()).unwrap();

        assert_eq!(score.samples, 4 * 81);
        assert!(score.gospa_rms < 3.1, "{score:?}");
        assert!(score.false_tracks < 0.05, "{score:?}");
    }
}
