//! From a box in a camera's picture to a direction on the ground.

use sight::geo::Azimuth;
use sight::sector::{Optics, Sensor, SensorId, SensorKind};
use watch::detection::ReportedPosition;
use wire::frigate::Bounds;

use crate::ingest::limits;
use crate::ingest::rejections::Refusal;

/// A recorder's camera and the sensor of the sector that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    pub sensor: SensorId,
    /// Pixels across the picture that boxes are told in: of the stream in which things are detected.
    pub pixels_across: u32,
    /// Where the middle of the picture lies, from true north; without one, where the sector file says.
    pub facing_deg: Option<f64>,
    /// Width of the picture; without one, by the optics of the sector file.
    pub view_deg: Option<f64>,
    /// Error of a direction, one sigma: of the mounting, the lens and the box (A).
    pub sigma_deg: f64,
    /// Filled in by [`Camera::aim`].
    aim: Option<Aim>,
}

/// Where a camera looks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Aim {
    middle_deg: f64,
    half_rad: f64,
}

impl Camera {
    pub fn new(sensor: SensorId, pixels_across: u32) -> Self {
        Self {
            sensor,
            pixels_across,
            facing_deg: None,
            view_deg: None,
            sigma_deg: limits::CAMERA_SIGMA_DEG_DEFAULT,
            aim: None,
        }
    }

    /// Takes from the sector what the configuration leaves out. A camera that pans must be told where it looks.
    pub(super) fn aim(&mut self, sensor: &Sensor) -> Result<(), String> {
        let name = &sensor.id.0;
        let optics =
            optics(sensor).ok_or_else(|| format!("{name:?} must be a camera of the sector"))?;
        let view_rad =
            self.view_deg.map_or_else(|| optics.view_rad(optics.pixels_across), f64::to_radians);
        let pans = sensor.field_rad > view_rad * 1.05;
        let middle_deg = match (self.facing_deg, sensor.facing) {
            (Some(facing_deg), _) => facing_deg,
            (None, Some(facing)) if !pans => facing.degrees(),
            (None, _) => {
                return Err(format!(
                    "{name:?} looks over {:.0} degrees and its picture is {:.1} wide: say by facing_deg where it looks",
                    sensor.field_rad.to_degrees(),
                    view_rad.to_degrees()
                ));
            }
        };
        self.aim = Some(Aim { middle_deg, half_rad: view_rad / 2.0 });
        Ok(())
    }

    /// The direction of the middle of a box, by a lens that keeps straight lines straight.
    pub(super) fn bearing(&self, bounds: Bounds) -> Result<ReportedPosition, Refusal> {
        let across = f64::from(self.pixels_across);
        let middle = f64::midpoint(bounds.left, bounds.right);
        if !(0.0..=across).contains(&middle) {
            let reason = format!("must lie within {across} pixels, got its middle at {middle}");
            return Err(Refusal::new("box", reason));
        }
        let aim = self.aim.ok_or_else(|| Refusal::new("camera", "is not aimed"))?;
        let aside = (2.0 * middle / across - 1.0) * aim.half_rad.tan();
        let azimuth = Azimuth::from_degrees(aim.middle_deg + aside.atan().to_degrees());
        Ok(ReportedPosition::Polar {
            azimuth_deg: azimuth.degrees(),
            azimuth_sigma_deg: Some(self.sigma_deg),
            elevation_deg: None,
            elevation_sigma_deg: None,
            range_m: None,
            range_sigma_m: None,
        })
    }
}

fn optics(sensor: &Sensor) -> Option<Optics> {
    match sensor.kind {
        SensorKind::ThermalCamera(optics) | SensorKind::VisibleCamera(optics) => Some(optics),
        SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Balloon(_)
        | SensorKind::Drone(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => None,
    }
}
