//! What a measurement says of a thing that need not be on the ground.

use serde::{Deserialize, Serialize};
use sight::geo::{Azimuth, EnuPoint};

use super::{ScanError, check_origin, finite, positive};
use crate::limits;

/// How high a thing was seen, or what its height makes of where it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Aloft {
    /// A height above sea: told with a place, or of a radar that measures elevation.
    Height {
        height_m: f64,
        sigma_m: f64,
        /// How far over the ground such a radar's range reaches at that height.
        range_m: Option<f64>,
    },
    /// A range through the air: how far it reaches over the ground depends on a height that was not measured.
    Slant {
        origin: EnuPoint,
        /// Of the sensing head, above sea.
        head_m: f64,
        range_m: f64,
    },
    /// The line of sight that the sighting is the end of, on the ground.
    Line {
        origin: EnuPoint,
        /// Of the sensing head, above sea.
        head_m: f64,
        azimuth: Azimuth,
        azimuth_sigma_rad: f64,
        elevation_rad: f64,
        elevation_sigma_rad: f64,
        /// Share of the earth's curve that the air bends the ray by.
        refraction: f64,
        /// Ground that a solid angle covers there: densities of the two differ by it.
        ground_m2_per_rad2: f64,
    },
}

impl Aloft {
    /// Whether it says something only of what has a known height.
    pub(crate) fn waits(&self) -> bool {
        match self {
            Self::Height { .. } => false,
            Self::Slant { .. } | Self::Line { .. } => true,
        }
    }

    pub(super) fn check(&self) -> Result<(), ScanError> {
        match *self {
            Self::Height { height_m, sigma_m, range_m } => {
                height("aloft.height_m", height_m)?;
                positive("aloft.sigma_m", sigma_m)?;
                range_m.map_or(Ok(()), |range_m| positive("aloft.range_m", range_m))
            }
            Self::Slant { origin, head_m, range_m } => {
                finite("aloft.origin.east_m", origin.east_m)?;
                finite("aloft.origin.north_m", origin.north_m)?;
                height("aloft.head_m", head_m)?;
                positive("aloft.range_m", range_m)
            }
            Self::Line {
                origin,
                head_m,
                azimuth,
                azimuth_sigma_rad,
                elevation_rad,
                elevation_sigma_rad,
                refraction,
                ground_m2_per_rad2,
            } => {
                check_origin(origin, azimuth)?;
                height("aloft.head_m", head_m)?;
                positive("aloft.azimuth_sigma_rad", azimuth_sigma_rad)?;
                finite("aloft.elevation_rad", elevation_rad)?;
                positive("aloft.elevation_sigma_rad", elevation_sigma_rad)?;
                finite("aloft.refraction", refraction)?;
                positive("aloft.ground_m2_per_rad2", ground_m2_per_rad2)
            }
        }
    }
}

fn height(field: &'static str, value: f64) -> Result<(), ScanError> {
    let (least_m, most_m) = limits::HEIGHT_M;
    if (least_m..=most_m).contains(&value) {
        Ok(())
    } else {
        Err(ScanError::Height { field, value, least_m, most_m })
    }
}
