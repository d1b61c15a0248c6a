//! A sensor where it stands now: what its reports say of places, and where it could have seen anything.

use nalgebra::{Matrix2, Vector2};
use sight::coverage::{Model, MovedTo};
use sight::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84, height_seen_m};
use sight::sector::{Sensor, SensorKind};
use sight::sensor::in_clear_doppler;
use sight::terrain::ray::{Ray, hit};

use super::{mover_of, steps_of};
use crate::detection::{DetectionReport, ReportedPlace, ReportedPosition};
use crate::limits;
use crate::tracking::{Aloft, CLASSES, ClassWeights, Footprint, Notch, Pose, Sighting};

/// Angular error of a camera that does not give one (A: 2 mrad).
const CAMERA_SIGMA_DEG: f64 = 0.115;
/// Angular and range error of a radar that does not give them (A).
const RADAR_AZIMUTH_SIGMA_DEG: f64 = 0.5;
const RADAR_RANGE_SIGMA_M: f64 = 15.0;
/// Error of the elevation of a radar that does not give one (A: a beam of some ten degrees, split into tenths).
const RADAR_ELEVATION_SIGMA_DEG: f64 = 1.0;
/// Error of a radar's radial speed that it does not give (A).
const RADIAL_SIGMA_MPS: f64 = 0.5;
/// Error of a place that is reported without one (A).
const PLACE_SIGMA_M: f64 = 60.0;
/// No report is believed more closely than this: poses and terrain have errors of their own (A).
pub(super) const SIGMA_MIN_M: f64 = 5.0;
/// A bearing whose range error is a larger share of its range is kept as a bearing alone.
const RANGE_SHARE_MAX: f64 = 0.35;
/// Steps reach this much over their neighbours, so that noise at an edge finds the thing in the step it is reported in.
pub(super) const STEP_OVERLAP: f64 = 1.2;

/// A sensor where it stands now.
pub(super) struct Stand<'a> {
    sensor: &'a Sensor,
    model: &'a Model,
    pub(super) point: EnuPoint,
    place: Wgs84,
    height_m: f64,
}

/// Where a report says that something is, on the ground and if it flies.
pub(super) struct Seen {
    pub(super) sighting: Sighting,
    pub(super) aloft: Option<Aloft>,
}

impl From<Sighting> for Seen {
    fn from(sighting: Sighting) -> Self {
        Self { sighting, aloft: None }
    }
}

/// What makes a report unusable: the field and why.
pub(super) type Unusable = (&'static str, String);

impl<'a> Stand<'a> {
    pub(super) fn of(sensor: &'a Sensor, model: &'a Model, moved_to: Option<MovedTo>) -> Self {
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
    pub(super) fn left_edge(&self) -> Azimuth {
        let middle_rad = self.sensor.facing.map_or(std::f64::consts::PI, Azimuth::radians);
        Azimuth::from_radians(middle_rad - self.sensor.field_rad / 2.0)
    }

    /// Where one step of the sweep could have found anything.
    pub(super) fn footprint(&self, step: u16) -> Footprint {
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

    /// What all that it reports shares of its errors.
    pub(super) fn pose(&self) -> Pose {
        let pose = self.sensor.pose();
        Pose {
            origin: Some(self.point),
            position_sigma_m: pose.position_sigma_m,
            heading_sigma_rad: pose.heading_sigma_deg.to_radians(),
            lasts_s: pose.lasts_s,
        }
    }

    /// The radial speeds that a radar does not see, and how the sight model counts with them.
    pub(super) fn notch(&self) -> Option<Notch> {
        let SensorKind::Radar(radar) = self.sensor.kind else { return None };
        let settings = &self.model.sector().settings;
        let mut counted = ClassWeights::uniform();
        for class in CLASSES {
            let speed_mps = settings.off_path_speed_mps(mover_of(class));
            counted.set(class, in_clear_doppler(speed_mps, radar.notch_mps));
        }
        Some(Notch { origin: self.point, speed_mps: radar.notch_mps, counted })
    }

    /// Of its head, above sea; `None` off the terrain.
    fn head_m(&self) -> Option<f64> {
        Some(self.model.grid().height_m(self.place)? + self.height_m)
    }

    pub(super) fn sighting(&self, report: &DetectionReport) -> Result<Seen, Unusable> {
        match report.position {
            ReportedPosition::Place(place) => match self.sensor.kind {
                SensorKind::GroundSensor(figures) => Ok(self.presence(figures.radius_m).into()),
                SensorKind::ThermalCamera(_)
                | SensorKind::VisibleCamera(_)
                | SensorKind::Radar(_)
                | SensorKind::Balloon(_)
                | SensorKind::Drone(_)
                | SensorKind::Observer(_)
                | SensorKind::Checkpoint(_) => {
                    let sighting = at_place(self.frame(), place)?;
                    Ok(Seen { sighting, aloft: told_height(place) })
                }
            },
            ReportedPosition::Ellipse { place, cross_m2 } => {
                let sighting = crossed(at_place(self.frame(), place)?, cross_m2)?;
                Ok(Seen { sighting, aloft: told_height(place) })
            }
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
                    let range = (range_m, range_sigma(range_sigma_m));
                    let up = elevation_deg.map(|deg| (deg, elevation_sigma_deg));
                    return self.ranged(range, (azimuth, radar_sigma(azimuth_sigma_deg)), up);
                }
                let sigma_rad = azimuth_sigma_deg.unwrap_or(CAMERA_SIGMA_DEG).to_radians();
                let up = elevation_deg.map(|deg| {
                    (deg.to_radians(), elevation_sigma_deg.unwrap_or(CAMERA_SIGMA_DEG).to_radians())
                });
                let on_ground = up.and_then(|up| self.on_ground(azimuth, sigma_rad, up));
                Ok(on_ground.unwrap_or_else(|| self.line_of_sight(azimuth, sigma_rad, up).into()))
            }
            ReportedPosition::Doppler {
                azimuth_deg,
                azimuth_sigma_deg,
                elevation_deg,
                elevation_sigma_deg,
                range_m,
                range_sigma_m,
                radial_mps,
                radial_sigma_mps,
            } => {
                let azimuth = Azimuth::from_degrees(azimuth_deg);
                let azimuth = self.frame().plane_azimuth(self.place, azimuth);
                let range_sigma_m = range_sigma(range_sigma_m);
                let up = elevation_deg.map(|deg| (deg, elevation_sigma_deg));
                let sighting = Sighting::Doppler {
                    origin: self.point,
                    range_m: self.ground_range_m(azimuth, range_m),
                    range_sigma_m,
                    azimuth,
                    azimuth_sigma_rad: radar_sigma(azimuth_sigma_deg),
                    radial_mps,
                    radial_sigma_mps: radial_sigma_mps
                        .filter(|sigma| *sigma > 0.0)
                        .unwrap_or(RADIAL_SIGMA_MPS),
                };
                Ok(Seen { sighting, aloft: self.aloft((range_m, range_sigma_m), up)? })
            }
        }
    }

    /// A range through the air and a direction; the elevation has its error beside it, in degrees.
    fn ranged(
        &self,
        range: (f64, f64),
        (azimuth, azimuth_sigma_rad): (Azimuth, f64),
        up: Option<(f64, Option<f64>)>,
    ) -> Result<Seen, Unusable> {
        let azimuth = self.frame().plane_azimuth(self.place, azimuth);
        let (slant_m, range_sigma_m) = range;
        let sighting = Sighting::RangeBearing {
            origin: self.point,
            range_m: self.ground_range_m(azimuth, slant_m),
            range_sigma_m,
            azimuth,
            azimuth_sigma_rad,
        };
        Ok(Seen { sighting, aloft: self.aloft(range, up)? })
    }

    /// Somebody is near a ground sensor: anywhere in its reach, whatever place it says (its own, as a rule).
    fn presence(&self, radius_m: f64) -> Sighting {
        Sighting::Position {
            mean_m: self.point.to_vector(),
            covariance_m2: Matrix2::identity() * (radius_m * radius_m),
        }
    }

    /// A direction whose range the ground does not fix.
    fn line_of_sight(&self, azimuth: Azimuth, sigma_rad: f64, up: Option<(f64, f64)>) -> Sighting {
        let (origin, azimuth) = (self.point, self.frame().plane_azimuth(self.place, azimuth));
        match up.zip(self.head_m()) {
            Some(((elevation_rad, elevation_sigma_rad), height_m)) => Sighting::Sightline {
                origin,
                height_m,
                azimuth,
                azimuth_sigma_rad: sigma_rad,
                elevation_rad,
                elevation_sigma_rad,
                refraction: self.model.sector().settings.refraction,
            },
            None => Sighting::Bearing { origin, azimuth, sigma_rad },
        }
    }

    /// What a range through the air, and an elevation with its error in degrees if there is one, say of what flies.
    fn aloft(
        &self,
        (slant_m, slant_sigma_m): (f64, f64),
        up: Option<(f64, Option<f64>)>,
    ) -> Result<Option<Aloft>, Unusable> {
        let Some(head_m) = self.head_m() else { return Ok(None) };
        let Some((elevation_deg, sigma_deg)) = up else {
            return Ok(Some(Aloft::Slant { origin: self.point, head_m, range_m: slant_m }));
        };
        let sigma_rad = sigma_deg.unwrap_or(RADAR_ELEVATION_SIGMA_DEG).to_radians();
        let (sin, cos) = libm::sincos(elevation_deg.to_radians());
        let range_m = (slant_m * cos).max(1.0);
        let refraction = self.model.sector().settings.refraction;
        let height_m = height_seen_m(range_m, head_m + sin * slant_m, 0.0, refraction);
        let (least_m, most_m) = limits::HEIGHT_M;
        if !(least_m..=most_m).contains(&height_m) {
            let reason = format!(
                "with the range must be of {least_m}..={most_m} m above sea, got {height_m:.0} m"
            );
            return Err(("range_bearing.elevation", reason));
        }
        let sigma_m = libm::hypot(range_m * sigma_rad, sin * slant_sigma_m);
        // The terrain under the head errs too.
        let sigma_m = libm::hypot(sigma_m, SIGMA_MIN_M);
        Ok(Some(Aloft::Height { height_m, sigma_m, range_m: Some(range_m) }))
    }

    /// How far over the ground a slant range reaches: a balloon's 1 000 m end 954 m from its foot.
    fn ground_range_m(&self, azimuth: Azimuth, slant_m: f64) -> f64 {
        let Some(head_m) = self.head_m() else { return slant_m };
        let along = azimuth.unit();
        let mut ground_m = slant_m;
        // The ground's height depends on the place: the second round settles it.
        for _ in 0..2 {
            let ahead = self.point.to_vector() + along * ground_m;
            let place = self.frame().place(EnuPoint::new(ahead.x, ahead.y));
            let Some(height_m) = self.model.grid().height_m(place) else { return ground_m };
            let rise_m = head_m - height_m;
            ground_m = libm::sqrt((slant_m * slant_m - rise_m * rise_m).max(0.0)).max(SIGMA_MIN_M);
        }
        ground_m
    }

    /// Where a camera's line of sight meets the ground, if the ground fixes its range well enough.
    ///
    /// The range error is found by tilting the ray one sigma up and down: near grazing it grows as
    /// `range² / height * sigma` (THERMAL.md, "Geolocation"), and terrain decides the rest.
    fn on_ground(&self, azimuth: Azimuth, azimuth_sigma_rad: f64, up: (f64, f64)) -> Option<Seen> {
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
        let along = self.frame().plane_azimuth(self.place, azimuth).unit();
        let across = Vector2::new(along.y, -along.x);
        let covariance_m2 = range_sigma_m * range_sigma_m * along * along.transpose()
            + across_sigma_m * across_sigma_m * across * across.transpose();
        let aloft = self.head_m().map(|head_m| Aloft::Line {
            origin: self.point,
            head_m,
            azimuth: self.frame().plane_azimuth(self.place, azimuth),
            azimuth_sigma_rad,
            elevation_rad,
            elevation_sigma_rad,
            refraction: self.model.sector().settings.refraction,
            ground_m2_per_rad2: range_sigma_m * across_sigma_m
                / (azimuth_sigma_rad * elevation_sigma_rad),
        });
        Some(Seen { sighting: Sighting::Position { mean_m, covariance_m2 }, aloft })
    }
}

/// A height that was told with a place and an error; many who know no height fill the field in all the same.
fn told_height(place: ReportedPlace) -> Option<Aloft> {
    let (least_m, most_m) = limits::HEIGHT_M;
    let height_m = place.height_m.filter(|height_m| (least_m..=most_m).contains(height_m))?;
    let sigma_m = place.height_sigma_m.filter(|sigma_m| *sigma_m > 0.0)?;
    Some(Aloft::Height { height_m, sigma_m: sigma_m.max(SIGMA_MIN_M), range_m: None })
}

pub(super) fn at_place(frame: &LocalFrame, place: ReportedPlace) -> Result<Sighting, Unusable> {
    let at = Wgs84::new(place.lon_deg, place.lat_deg).map_err(|e| ("location", e.to_string()))?;
    let sigma = |given: Option<f64>| given.unwrap_or(PLACE_SIGMA_M).max(SIGMA_MIN_M);
    let (east_m, north_m) = (sigma(place.east_sigma_m), sigma(place.north_sigma_m));
    Ok(Sighting::Position {
        mean_m: frame.point(at).to_vector(),
        covariance_m2: Matrix2::new(east_m * east_m, 0.0, 0.0, north_m * north_m),
    })
}

/// A place whose errors hang together; no covariance is larger than its errors.
fn crossed(sighting: Sighting, cross_m2: f64) -> Result<Sighting, Unusable> {
    let Sighting::Position { mean_m, covariance_m2 } = sighting else { return Ok(sighting) };
    let most_m2 = libm::sqrt(covariance_m2[(0, 0)] * covariance_m2[(1, 1)]);
    if cross_m2.is_nan() || cross_m2.abs() >= most_m2 {
        let reason = format!("must be below {most_m2:.0} m² in size, got {cross_m2} m²");
        return Err(("location.cross_m2", reason));
    }
    let cross = Matrix2::new(0.0, cross_m2, cross_m2, 0.0);
    Ok(Sighting::Position { mean_m, covariance_m2: covariance_m2 + cross })
}

fn range_sigma(given_m: Option<f64>) -> f64 {
    given_m.unwrap_or(RADAR_RANGE_SIGMA_M).max(SIGMA_MIN_M)
}

fn radar_sigma(given_deg: Option<f64>) -> f64 {
    given_deg.unwrap_or(RADAR_AZIMUTH_SIGMA_DEG).to_radians()
}
