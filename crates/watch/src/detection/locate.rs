//! From a look's reports to a scan in the sector's frame: bearings meet the ground, classes become likelihoods.

use jiff::{SignedDuration, Timestamp};
use nalgebra::{Matrix2, Vector2};
use sight::coverage::{Model, MovedTo};
use sight::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84};
use sight::sector::{Sensor, SensorKind};
use sight::terrain::ray::{Ray, hit};

use super::{DetectionReport, Rejection, ReportedPlace, ReportedPosition};
use crate::limits;
use crate::looks::Look;
use crate::tracking::{ClassWeights, Clutter, Footprint, Measurement, Scan, Sighting};

/// Angular error of a camera that does not give one (A: 2 mrad).
const CAMERA_SIGMA_DEG: f64 = 0.115;
/// Angular and range error of a radar that does not give them (A).
const RADAR_AZIMUTH_SIGMA_DEG: f64 = 0.5;
const RADAR_RANGE_SIGMA_M: f64 = 15.0;
/// Error of a place that is reported without one (A).
const PLACE_SIGMA_M: f64 = 60.0;
/// People see what is about them: their word covers so much ground (A).
const WITNESS_RADIUS_M: f64 = 500.0;
const WITNESS_AREA_M2: f64 = std::f64::consts::PI * WITNESS_RADIUS_M * WITNESS_RADIUS_M;
/// No report is believed more closely than this: poses and terrain have errors of their own (A).
const SIGMA_MIN_M: f64 = 5.0;
/// A bearing whose range error is a larger share of its range is kept as a bearing alone.
const RANGE_SHARE_MAX: f64 = 0.35;
/// Steps reach this much over their neighbours, so that noise at an edge finds the thing in the step it is reported in.
const STEP_OVERLAP: f64 = 1.2;
/// How long a camera's heading stays off the same way (A).
const CAMERA_ERRORS_LAST_S: f64 = 2.0;
/// Successive looks err alike, so one look's word on class counts for less than a fresh one (TRACKING.md 8).
const CLASS_TEMPER: f64 = 0.4;

/// The scan that a look makes, and the reports that could not be used; `None` when the sensor is not in the sector.
pub fn scan_of(
    look: &Look,
    model: &Model,
    moved_to: Option<MovedTo>,
) -> Option<(Scan, Vec<Rejection>)> {
    let sensor = model.sector().sensor(&look.step.sensor)?;
    let stand = Stand::of(sensor, model, moved_to);
    let mut measurements = Vec::with_capacity(look.reports.len());
    let mut unusable = Vec::new();
    for (id, report) in (0..).zip(&look.reports) {
        match stand.sighting(report) {
            Ok(sighting) => {
                measurements.push(Measurement { id, sighting, classes: class_likelihoods(report) });
            }
            Err(fault) => unusable.push(rejection_of(report, fault)),
        }
    }
    let scan = Scan {
        sensor: look.step.sensor.clone(),
        at: apart(look),
        measurements,
        clutter: clutter_of(sensor, model),
        sees: stand.footprint(look.step.index),
        repeats: repeats_of(sensor),
    };
    Some((scan, unusable))
}

/// What people of a unit say they saw: places, and nothing about what they did not see.
///
/// Its footprint is just what the reported places cover, so that silence about the rest means nothing.
pub fn testimony_of(look: &Look, model: &Model) -> (Scan, Vec<Rejection>) {
    let mut measurements = Vec::new();
    let mut unusable = Vec::new();
    for (id, report) in (0..).zip(&look.reports) {
        let sighting = match report.position {
            ReportedPosition::Place(place) => at_place(&model.sector().frame, place),
            ReportedPosition::Polar { .. } => Err((
                "range_bearing",
                "a unit has no fixed place to measure from: give a location".into(),
            )),
        };
        match sighting {
            Ok(sighting) => {
                measurements.push(Measurement { id, sighting, classes: class_likelihoods(report) });
            }
            Err(fault) => unusable.push(rejection_of(report, fault)),
        }
    }
    let sees = measurements.first().map_or(Footprint::Everywhere, |first| match first.sighting {
        Sighting::Position { mean_m, .. } => Footprint::Disc {
            centre: EnuPoint::new(mean_m.x, mean_m.y),
            radius_m: WITNESS_RADIUS_M,
        },
        Sighting::Bearing { .. } | Sighting::RangeBearing { .. } => Footprint::Everywhere,
    });
    let clutter = Clutter {
        per_m2: model.sector().settings.ground_false_per_look / WITNESS_AREA_M2,
        per_rad: 0.0,
    };
    (
        Scan {
            sensor: look.step.sensor.clone(),
            at: look.at,
            measurements,
            clutter,
            sees,
            repeats: 1.0,
        },
        unusable,
    )
}

fn rejection_of(report: &DetectionReport, (field, reason): Unusable) -> Rejection {
    Rejection {
        door: "core".into(),
        source: Some(report.source.clone()),
        field: field.into(),
        reason,
    }
}

/// The look's time, a microsecond earlier for each step: one sensor's looks at one instant are different scans.
fn apart(look: &Look) -> Timestamp {
    let earlier = SignedDuration::from_micros(i64::from(look.step.index));
    look.at.checked_sub(earlier).unwrap_or(Timestamp::MIN)
}

/// The step of its sensor's sweep in which a report was seen.
pub fn step_of(
    report: &DetectionReport,
    model: &Model,
    sensor: &Sensor,
    moved_to: Option<MovedTo>,
) -> u16 {
    let stand = Stand::of(sensor, model, moved_to);
    let azimuth = match report.position {
        ReportedPosition::Polar { azimuth_deg, .. } => Some(Azimuth::from_degrees(azimuth_deg)),
        ReportedPosition::Place(place) => Wgs84::new(place.lon_deg, place.lat_deg)
            .ok()
            .map(|at| stand.point.azimuth_to(model.sector().frame.point(at))),
    };
    let turned_rad = azimuth.map_or(0.0, |azimuth| azimuth.minus(stand.left_edge()));
    let from_left_rad =
        if turned_rad < 0.0 { turned_rad + std::f64::consts::TAU } else { turned_rad };
    let steps = steps_of(sensor);
    let step = libm::floor(from_left_rad / sensor.field_rad * f64::from(steps));
    // Noise may put a report a little outside the field: it belongs to the nearest edge.
    let past_right_rad = from_left_rad - sensor.field_rad;
    let nearer_left = past_right_rad > (std::f64::consts::TAU - sensor.field_rad) / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the steps"
    )]
    if nearer_left { 0 } else { step.clamp(0.0, f64::from(steps - 1)) as u16 }
}

/// How many fields of view make up a sensor's field of regard; one for all that do not pan.
pub fn steps_of(sensor: &Sensor) -> u16 {
    let optics = match sensor.kind {
        SensorKind::ThermalCamera(optics) | SensorKind::VisibleCamera(optics) => optics,
        SensorKind::Balloon(platform) | SensorKind::Drone(platform) => platform.optics,
        SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => return 1,
    };
    let view_rad = f64::from(optics.pixels_across) * optics.pitch_um * 1e-3 / optics.focal_mm;
    let steps = libm::ceil(sensor.field_rad / view_rad.max(1e-3));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the limit"
    )]
    let steps = steps.clamp(1.0, f64::from(limits::SWEEP_STEPS_MAX)) as u16;
    steps
}

/// A sensor where it stands now.
struct Stand<'a> {
    sensor: &'a Sensor,
    model: &'a Model,
    point: EnuPoint,
    place: Wgs84,
    height_m: f64,
}

/// What makes a report unusable: the field and why.
type Unusable = (&'static str, String);

impl<'a> Stand<'a> {
    fn of(sensor: &'a Sensor, model: &'a Model, moved_to: Option<MovedTo>) -> Self {
        let frame = &model.sector().frame;
        match moved_to {
            Some(moved) => {
                let place = frame.place(moved.point);
                Self { sensor, model, point: moved.point, place, height_m: moved.height_m }
            }
            None => Self {
                sensor,
                model,
                point: sensor.point,
                place: sensor.place,
                height_m: sensor.height_m,
            },
        }
    }

    fn frame(&self) -> &LocalFrame {
        &self.model.sector().frame
    }

    /// Left edge of the field of regard.
    fn left_edge(&self) -> Azimuth {
        let middle_rad = self.sensor.facing.map_or(std::f64::consts::PI, Azimuth::radians);
        Azimuth::from_radians(middle_rad - self.sensor.field_rad / 2.0)
    }

    /// Where one step of the sweep could have found anything.
    fn footprint(&self, step: u16) -> Footprint {
        let (centre, radius_m) = (self.point, self.sensor.range_max_m);
        let steps = f64::from(steps_of(self.sensor));
        if steps <= 1.0 && self.sensor.facing.is_none() {
            return Footprint::Disc { centre, radius_m };
        }
        let width_rad = self.sensor.field_rad / steps;
        let middle_rad = self.left_edge().radians() + (f64::from(step) + 0.5) * width_rad;
        let facing = Azimuth::from_radians(middle_rad);
        Footprint::Wedge { centre, radius_m, facing, width_rad: width_rad * STEP_OVERLAP }
    }

    fn sighting(&self, report: &DetectionReport) -> Result<Sighting, Unusable> {
        match report.position {
            ReportedPosition::Place(place) => at_place(self.frame(), place),
            ReportedPosition::Polar {
                azimuth_deg,
                azimuth_sigma_deg,
                elevation_deg,
                elevation_sigma_deg,
                range_m,
                range_sigma_m,
            } => {
                let azimuth = Azimuth::from_degrees(azimuth_deg);
                if let Some(range_m) = range_m {
                    return Ok(Sighting::RangeBearing {
                        origin: self.point,
                        range_m,
                        range_sigma_m: range_sigma_m
                            .unwrap_or(RADAR_RANGE_SIGMA_M)
                            .max(SIGMA_MIN_M),
                        azimuth,
                        azimuth_sigma_rad: azimuth_sigma_deg
                            .unwrap_or(RADAR_AZIMUTH_SIGMA_DEG)
                            .to_radians(),
                    });
                }
                let sigma_rad = azimuth_sigma_deg.unwrap_or(CAMERA_SIGMA_DEG).to_radians();
                let up = elevation_deg.map(|deg| {
                    (deg.to_radians(), elevation_sigma_deg.unwrap_or(CAMERA_SIGMA_DEG).to_radians())
                });
                let on_ground = up.and_then(|up| self.on_ground(azimuth, sigma_rad, up));
                Ok(on_ground.unwrap_or(Sighting::Bearing {
                    origin: self.point,
                    azimuth,
                    sigma_rad,
                }))
            }
        }
    }

    /// Where a camera's line of sight meets the ground, if the ground fixes its range well enough.
    ///
    /// The range error is found by tilting the ray one sigma up and down: near grazing it grows as
    /// `range² / height * sigma` (THERMAL.md, "Geolocation"), and terrain decides the rest.
    fn on_ground(
        &self,
        azimuth: Azimuth,
        azimuth_sigma_rad: f64,
        up: (f64, f64),
    ) -> Option<Sighting> {
        let (elevation_rad, elevation_sigma_rad) = up;
        let range_at = |elevation_rad: f64| {
            let ray = Ray {
                from: self.place,
                height_above_ground_m: self.height_m,
                azimuth,
                elevation_rad,
                refraction: self.model.sector().settings.refraction,
                range_max_m: self.sensor.range_max_m * 1.2,
            };
            hit(self.model.grid(), &ray)
        };
        let met = range_at(elevation_rad)?;
        let nearer_m = range_at(elevation_rad - elevation_sigma_rad)?.range_m;
        let farther_m = range_at(elevation_rad + elevation_sigma_rad)?.range_m;
        let range_sigma_m = ((farther_m - nearer_m).abs() / 2.0).max(SIGMA_MIN_M);
        if range_sigma_m > RANGE_SHARE_MAX * met.range_m {
            return None;
        }
        let across_sigma_m = (met.range_m * azimuth_sigma_rad).max(SIGMA_MIN_M);
        let mean_m = self.frame().point(met.place).to_vector();
        let along = azimuth.unit();
        let across = Vector2::new(along.y, -along.x);
        let covariance_m2 = range_sigma_m * range_sigma_m * along * along.transpose()
            + across_sigma_m * across_sigma_m * across * across.transpose();
        Some(Sighting::Position { mean_m, covariance_m2 })
    }
}

fn at_place(frame: &LocalFrame, place: ReportedPlace) -> Result<Sighting, Unusable> {
    let at = Wgs84::new(place.lon_deg, place.lat_deg).map_err(|e| ("location", e.to_string()))?;
    let sigma = |given: Option<f64>| given.unwrap_or(PLACE_SIGMA_M).max(SIGMA_MIN_M);
    let (east_m, north_m) = (sigma(place.east_sigma_m), sigma(place.north_sigma_m));
    Ok(Sighting::Position {
        mean_m: frame.point(at).to_vector(),
        covariance_m2: Matrix2::new(east_m * east_m, 0.0, 0.0, north_m * north_m),
    })
}

/// Likelihoods of what the sensor said, softened because looks are not independent.
fn class_likelihoods(report: &DetectionReport) -> ClassWeights {
    ClassWeights::from_confidences(&report.classes, CLASS_TEMPER)
}

/// How many looks of this sensor in a row repeat each other's errors.
fn repeats_of(sensor: &Sensor) -> f64 {
    match sensor.kind {
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Balloon(_)
        | SensorKind::Drone(_) => (CAMERA_ERRORS_LAST_S / sensor.revisit_s).max(1.0),
        SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => 1.0,
    }
}

/// False detections that a look of this kind of sensor is expected to hold.
fn clutter_of(sensor: &Sensor, model: &Model) -> Clutter {
    let settings = &model.sector().settings;
    let per_look = match sensor.kind {
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Balloon(_)
        | SensorKind::Drone(_) => settings.camera_false_per_look,
        SensorKind::Radar(_) => settings.radar_false_per_look,
        SensorKind::GroundSensor(_) | SensorKind::Observer(_) | SensorKind::Checkpoint(_) => {
            settings.ground_false_per_look
        }
    };
    let area_m2 = sensor.field_rad / 2.0 * sensor.range_max_m * sensor.range_max_m;
    Clutter { per_m2: per_look / area_m2.max(1.0), per_rad: per_look / sensor.field_rad.max(1e-3) }
}
