//! From a look's reports to a scan in the sector's frame: bearings meet the ground, classes become likelihoods.

mod stand;

use sight::coverage::{Model, MovedTo};
use sight::geo::{Azimuth, EnuPoint, Wgs84};
use sight::sector::{Mover, Sensor, SensorKind, Settings};

use self::stand::{SIGMA_MIN_M, STEP_OVERLAP, Seen, Stand, Unusable, at_place};
use super::opinion::{CLASS_TEMPER, Witness, likelihoods};
use super::{Class, DetectionReport, Rejection, ReportedPlace, ReportedPosition, Source};
use crate::limits;
use crate::looks::Look;
use crate::tracking::{Clutter, Footprint, Measurement, Pose, Scan, Sighting};

/// How long a camera's heading stays off the same way (A).
const CAMERA_ERRORS_LAST_S: f64 = 2.0;

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
    let witness = Witness::of(&sensor.kind);
    for (id, report) in (look.before..).zip(&look.reports) {
        match stand.sighting(report) {
            Ok(seen) => {
                let classes =
                    likelihoods(&report.classes, (witness, &model.sector().settings), CLASS_TEMPER);
                let Seen { sighting, aloft } = seen;
                measurements.push(Measurement { id, sighting, classes, aloft });
            }
            Err(fault) => unusable.push(rejection_of(report, fault)),
        }
    }
    let scan = Scan {
        sensor: look.step.sensor.clone(),
        at: look.at,
        measurements,
        clutter: clutter_of(sensor, model),
        sees: stand.footprint(look.step.index),
        repeats: repeats_of(sensor),
        pose: stand.pose(),
        notch: stand.notch(),
    };
    Some((scan, unusable))
}

/// Where a report of a sensor that stands as planned says that something is, and how large its error is in any direction;
/// `None` where it gives no place: a direction alone, or a report that cannot be used.
pub fn place_of(report: &DetectionReport, model: &Model) -> Option<(EnuPoint, f64)> {
    let Source::Sensor(id) = &report.source else { return None };
    let stand = Stand::of(model.sector().sensor(id)?, model, None);
    match stand.sighting(report).ok()?.sighting {
        Sighting::Position { mean_m, covariance_m2 } => {
            let sigma_m = libm::sqrt(covariance_m2.trace().max(0.0));
            Some((EnuPoint::new(mean_m.x, mean_m.y), sigma_m))
        }
        Sighting::RangeBearing { origin, range_m, range_sigma_m, azimuth, azimuth_sigma_rad }
        | Sighting::Doppler {
            origin, range_m, range_sigma_m, azimuth, azimuth_sigma_rad, ..
        } => {
            let at = origin.to_vector() + azimuth.unit() * range_m;
            let sigma_m = libm::hypot(range_sigma_m, range_m * azimuth_sigma_rad);
            Some((EnuPoint::new(at.x, at.y), sigma_m))
        }
        Sighting::Bearing { .. } | Sighting::Sightline { .. } => None,
    }
}

/// What people of a unit say they saw: places, and nothing about what they did not see.
///
/// Its footprint is just what the reported places cover, so that silence about the rest means nothing.
/// What they tell is some time old, and whom they saw has walked on since: the place widens by that.
pub fn testimony_of(look: &Look, model: &Model) -> (Scan, Vec<Rejection>) {
    let settings = &model.sector().settings;
    let mut measurements = Vec::new();
    let mut unusable = Vec::new();
    for (id, report) in (look.before..).zip(&look.reports) {
        let sighting = match report.position {
            ReportedPosition::Place(place) | ReportedPosition::Ellipse { place, .. } => {
                told_place(model, place)
            }
            ReportedPosition::Polar { .. } | ReportedPosition::Doppler { .. } => Err((
                "range_bearing",
                "a unit has no fixed place to measure from: give a location".into(),
            )),
        };
        match sighting {
            Ok(sighting) => {
                let classes =
                    likelihoods(&report.classes, (Witness::Person, settings), CLASS_TEMPER);
                // How high they themselves stand says nothing of whom they saw.
                measurements.push(Measurement { id, sighting, classes, aloft: None });
            }
            Err(fault) => unusable.push(rejection_of(report, fault)),
        }
    }
    let radius_m = settings.report_radius_m;
    let sees = measurements.first().map_or(Footprint::Everywhere, |first| match first.sighting {
        Sighting::Position { mean_m, .. } => {
            Footprint::Disc { centre: EnuPoint::new(mean_m.x, mean_m.y), radius_m }
        }
        Sighting::Bearing { .. }
        | Sighting::RangeBearing { .. }
        | Sighting::Sightline { .. }
        | Sighting::Doppler { .. } => Footprint::Everywhere,
    });
    let area_m2 = std::f64::consts::PI * radius_m * radius_m;
    let clutter = Clutter { per_m2: settings.ground_false_per_look / area_m2, per_rad: 0.0 };
    (
        Scan {
            sensor: look.step.sensor.clone(),
            at: look.at,
            measurements,
            clutter,
            sees,
            repeats: 1.0 / settings.report_weight,
            pose: Pose::default(),
            notch: None,
        },
        unusable,
    )
}

/// A place that people tell of, with the error of their estimate and of its age.
fn told_place(model: &Model, place: ReportedPlace) -> Result<Sighting, Unusable> {
    let settings = &model.sector().settings;
    let walked_m = Settings::of(&settings.flat_speed_mps, Mover::Walker) * settings.report_age_s;
    let widened = |given: Option<f64>| {
        let sigma_m = given.unwrap_or(settings.report_sigma_m).max(SIGMA_MIN_M);
        Some(libm::hypot(sigma_m, walked_m))
    };
    let place = ReportedPlace {
        east_sigma_m: widened(place.east_sigma_m),
        north_sigma_m: widened(place.north_sigma_m),
        ..place
    };
    at_place(&model.sector().frame, place)
}

fn rejection_of(report: &DetectionReport, (field, reason): Unusable) -> Rejection {
    Rejection {
        door: "core".into(),
        source: Some(report.source.clone()),
        field: field.into(),
        reason,
    }
}

/// The step of its sensor's sweep in which a report was seen.
pub fn step_of(
    report: &DetectionReport,
    model: &Model,
    sensor: &Sensor,
    moved_to: Option<MovedTo>,
) -> u16 {
    steps_near(report, model, sensor, moved_to).0
}

/// The same, and the neighbour whose look reaches as far as this report, if one does.
pub(crate) fn steps_near(
    report: &DetectionReport,
    model: &Model,
    sensor: &Sensor,
    moved_to: Option<MovedTo>,
) -> (u16, Option<u16>) {
    let stand = Stand::of(sensor, model, moved_to);
    let azimuth = match report.position {
        ReportedPosition::Polar { azimuth_deg, .. }
        | ReportedPosition::Doppler { azimuth_deg, .. } => Some(Azimuth::from_degrees(azimuth_deg)),
        ReportedPosition::Place(place) | ReportedPosition::Ellipse { place, .. } => {
            Wgs84::new(place.lon_deg, place.lat_deg)
                .ok()
                .map(|at| stand.point.azimuth_to(model.sector().frame.point(at)))
        }
    };
    let turned_rad = azimuth.map_or(0.0, |azimuth| azimuth.minus(stand.left_edge()));
    let from_left_rad =
        if turned_rad < 0.0 { turned_rad + std::f64::consts::TAU } else { turned_rad };
    let steps = steps_of(sensor);
    let place = from_left_rad / sensor.field_rad * f64::from(steps);
    let step = libm::floor(place);
    // Noise may put a report a little outside the field: it belongs to the nearest edge.
    let past_right_rad = from_left_rad - sensor.field_rad;
    let nearer_left = past_right_rad > (std::f64::consts::TAU - sensor.field_rad) / 2.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the steps"
    )]
    let index = if nearer_left { 0 } else { step.clamp(0.0, f64::from(steps - 1)) as u16 };
    let over = (STEP_OVERLAP - 1.0) / 2.0;
    let is_round = sensor.facing.is_none();
    let before =
        if is_round { index.checked_sub(1).or(Some(steps - 1)) } else { index.checked_sub(1) };
    let after = Some(index + 1).filter(|after| *after < steps).or(is_round.then_some(0));
    let beside = match place - step {
        from_left if from_left < over => before,
        from_left if from_left > 1.0 - over => after,
        _ => None,
    };
    (index, beside.filter(|beside| *beside != index))
}

/// How many fields of view make up a sensor's field of regard; one for all that neither pan nor turn.
pub fn steps_of(sensor: &Sensor) -> u16 {
    let optics = match sensor.kind {
        SensorKind::ThermalCamera(optics) | SensorKind::VisibleCamera(optics) => optics,
        SensorKind::Balloon(platform) | SensorKind::Drone(platform) => platform.optics,
        SensorKind::Radar(radar) => return radar.sectors,
        SensorKind::GroundSensor(_) | SensorKind::Observer(_) | SensorKind::Checkpoint(_) => {
            return 1;
        }
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
/// The planner's mover for a class; what is not known is taken for the hardest to see.
pub fn mover_of(class: Class) -> Mover {
    match class {
        Class::Person | Class::Unknown => Mover::Walker,
        Class::Group => Mover::Group,
        Class::Vehicle => Mover::Vehicle,
        Class::Animal => Mover::Donkey,
        Class::Aircraft => Mover::Drone,
    }
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

#[cfg(test)]
mod tests;
