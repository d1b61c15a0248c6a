//! Evaluation on the Autoferry recordings: real radar, lidar, infrared and visible detections with
//! GNSS truth (Helgesen et al., "Heterogeneous multi-sensor tracking for an autonomous surface
//! vehicle in a littoral environment", 2022; data CC0-1.0).

mod recording;

pub use recording::{DetectionMessage, Looked, Recording, RecordingError, Sensor, TruthMessage};

use jiff::{SignedDuration, Timestamp};
use nalgebra::Matrix2;
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::SensorId;

use super::positions::EvaluationError;
use super::score::{Score, Scorer};
use crate::tracking::{
    Area, ClassWeights, Clutter, Footprint, Learning, Measurement, Pose, Scan, Sighting, Tracker,
    TrackerConfig,
};

/// Cut-off of GOSPA, as the peers' figures have it.
const CUTOFF_M: f64 = 20.0;

/// How far from the ferry anything is looked for.
const REACH_M: f64 = 400.0;

/// Figures of one sensor, the same for every scenario.
struct Figures {
    name: &'static str,
    /// How old what a message tells is at the message's time. The data set does not say: these are
    /// the delays at which hits lie nearest to the truth, over all four scenarios together.
    latency_s: f64,
    /// How many of its looks in a row repeat each other's errors: a camera puts a boat two to four
    /// degrees off and keeps it there for seconds, each boat by its own.
    repeats: f64,
    sigma_m: f64,
    sigma_rad: f64,
    clutter: Clutter,
    /// Chance of detection close by, the range at which half of it is left, and how soon it falls.
    p_detect: f64,
    half_range_m: f64,
    fall_m: f64,
}

/// Runs the tracker over a recording with the chosen sensors; scored at each radar message.
pub fn evaluate(
    recording: &Recording,
    sensors: &[Sensor],
    timed: &mut dyn FnMut(&mut dyn FnMut()),
) -> Result<Score, EvaluationError> {
    let mut scorer = Scorer::new(CUTOFF_M, 2.0);
    let Some(first) = recording.looks.first() else { return Ok(scorer.score()) };
    let mut tracker = Tracker::new(config(first.own))?;
    for looked in &recording.looks {
        if sensors.contains(&looked.sensor) {
            let scan = scan(looked);
            let mut taken = Ok(());
            timed(&mut || {
                taken = tracker.observe(&scan, &|scan, point, _| chance(scan, point)).map(drop);
            });
            taken?;
        }
        if looked.sensor == Sensor::Radar {
            tracker.advance(time(looked.time_s));
            scorer.sample_tracks(&looked.truth, &tracker.tracks().collect::<Vec<_>>());
        }
    }
    Ok(scorer.score_of(tracker.sensor_reports()))
}

fn figures(sensor: Sensor) -> Figures {
    match sensor {
        Sensor::Lidar => Figures {
            name: "lidar",
            latency_s: 0.7,
            repeats: 1.0,
            sigma_m: 3.0,
            sigma_rad: 0.0,
            clutter: Clutter { per_m2: 5e-5, per_rad: 0.0 },
            p_detect: 0.95,
            half_range_m: 100.0,
            fall_m: 12.0,
        },
        Sensor::Radar => Figures {
            name: "radar",
            latency_s: 1.7,
            repeats: 1.0,
            sigma_m: 5.0,
            sigma_rad: 0.0,
            clutter: Clutter { per_m2: 2e-5, per_rad: 0.0 },
            p_detect: 0.9,
            half_range_m: 300.0,
            fall_m: 40.0,
        },
        Sensor::Infrared => Figures {
            name: "infrared",
            latency_s: 0.7,
            repeats: 80.0,
            sigma_m: 0.0,
            sigma_rad: 3_f64.to_radians(),
            clutter: Clutter { per_m2: 0.0, per_rad: 1.0 },
            p_detect: 0.35,
            half_range_m: 200.0,
            fall_m: 50.0,
        },
        Sensor::Visible => Figures {
            name: "visible",
            latency_s: 0.7,
            repeats: 50.0,
            sigma_m: 0.0,
            sigma_rad: 2.5_f64.to_radians(),
            clutter: Clutter { per_m2: 0.0, per_rad: 2.0 },
            p_detect: 0.5,
            half_range_m: 200.0,
            fall_m: 50.0,
        },
    }
}

/// By the scan alone, for a scan may be taken again after others.
fn chance(scan: &Scan, point: EnuPoint) -> f64 {
    let sensor = [Sensor::Lidar, Sensor::Radar, Sensor::Infrared, Sensor::Visible]
        .into_iter()
        .find(|sensor| figures(*sensor).name == scan.sensor.0);
    let (Some(sensor), Footprint::Disc { centre, .. }) = (sensor, scan.sees) else { return 0.0 };
    let figures = figures(sensor);
    let over_m = centre.distance_m(point) - figures.half_range_m;
    figures.p_detect / (1.0 + libm::exp(over_m / figures.fall_m))
}

fn config(own: EnuPoint) -> TrackerConfig {
    let area = Area {
        south_west: EnuPoint::new(own.east_m - REACH_M, own.north_m - REACH_M),
        north_east: EnuPoint::new(own.east_m + REACH_M, own.north_m + REACH_M),
    };
    TrackerConfig {
        cell_m: 40.0,
        expected_per_m2: 1e-6,
        stay_s: 120.0,
        speed_sigma_mps: 4.0,
        acceleration_m2ps3: 0.2,
        fixture_prior: 0.8,
        report_above: 0.8,
        end_below: 0.5,
        recycle_below: 1e-4,
        lost_sigma_m: 25.0,
        horizon_s: 5.0,
        motions: Vec::new(),
        learning: Some(Learning::measuring()),
        smoothing_lag_s: 0.0,
        ..TrackerConfig::for_area(area)
    }
}

fn scan(looked: &Looked) -> Scan {
    let figures = figures(looked.sensor);
    let sightings: Vec<Sighting> = if looked.sensor.measures_bearings() {
        let bearing = |azimuth: &Azimuth| Sighting::Bearing {
            origin: looked.own,
            azimuth: *azimuth,
            sigma_rad: figures.sigma_rad,
        };
        looked.azimuths.iter().map(bearing).collect()
    } else {
        let position = |point: &EnuPoint| Sighting::Position {
            mean_m: point.to_vector(),
            covariance_m2: Matrix2::identity() * (figures.sigma_m * figures.sigma_m),
        };
        looked.points.iter().map(position).collect()
    };
    let measurement = |(id, sighting)| Measurement {
        id,
        sighting,
        classes: ClassWeights::uniform(),
        aloft: None,
    };
    Scan {
        sensor: SensorId(figures.name.to_owned()),
        at: time(looked.time_s - figures.latency_s),
        measurements: (0..).zip(sightings).map(measurement).collect(),
        clutter: figures.clutter,
        sees: Footprint::Disc { centre: looked.own, radius_m: REACH_M },
        repeats: figures.repeats,
        pose: Pose::default(),
        notch: None,
    }
}

/// Seconds since 1970 as recorded; out of range counts as the start of 1970.
fn time(seconds: f64) -> Timestamp {
    SignedDuration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok())
        .unwrap_or(Timestamp::UNIX_EPOCH)
}
