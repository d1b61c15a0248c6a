//! Where things are as a sensor sees them: sectors of azimuth, rings of range, spots of ground.

use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use crate::tracking::config::Area;
use crate::tracking::scan::{Footprint, Scan};

/// Sectors of azimuth, 15 degrees each.
pub(crate) const SECTORS: usize = 24;
/// Rings of range, each an eighth of the sensor's reach.
pub(crate) const RINGS: usize = 8;
/// Side of a spot of ground.
const SPOT_M: f64 = 100.0;
/// Directions in which false bearings are counted apart, two degrees each.
const DIRECTIONS: u16 = 180;

/// A place where one sensor errs more often than elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Spot {
    /// A square of ground, by its number to the east and to the north.
    Ground(i32, i32),
    /// A direction seen from the sensor.
    Towards(u16),
}

/// A sensor's own compass: where it stands and how far it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Compass {
    pub(crate) from: EnuPoint,
    reach_m: f64,
}

impl Compass {
    /// A scan that sees everywhere is taken to be made from the middle of the area.
    pub(crate) fn of(scan: &Scan, area: &Area) -> Self {
        match scan.sees {
            Footprint::Disc { centre, radius_m } | Footprint::Wedge { centre, radius_m, .. } => {
                Self { from: centre, reach_m: radius_m }
            }
            Footprint::Everywhere => {
                let (low, high) = (area.south_west, area.north_east);
                let from = EnuPoint::new(
                    f64::midpoint(low.east_m, high.east_m),
                    f64::midpoint(low.north_m, high.north_m),
                );
                Self { from, reach_m: from.distance_m(high) }
            }
        }
    }

    /// The sector and ring that hold a point, as one number.
    pub(crate) fn cell(&self, point: EnuPoint) -> usize {
        let (east_m, north_m) = self.offset(point);
        let range_m = libm::sqrt(east_m * east_m + north_m * north_m);
        let ring = whole(range_m / self.reach_m * RINGS as f64, RINGS);
        sector_of(libm::atan2(east_m, north_m)) * RINGS + ring
    }

    pub(crate) fn offset(&self, point: EnuPoint) -> (f64, f64) {
        (point.east_m - self.from.east_m, point.north_m - self.from.north_m)
    }
}

impl Spot {
    pub(crate) fn at(point: EnuPoint) -> Self {
        Self::Ground(number(point.east_m), number(point.north_m))
    }

    pub(crate) fn towards(azimuth_rad: f64) -> Self {
        let turn = libm::fmod(azimuth_rad, std::f64::consts::TAU) + std::f64::consts::TAU;
        let share = libm::fmod(turn, std::f64::consts::TAU) / std::f64::consts::TAU;
        let direction = whole(share * f64::from(DIRECTIONS), usize::from(DIRECTIONS));
        let direction = u16::try_from(direction).unwrap_or(0);
        Self::Towards(direction)
    }

    /// Its middle; `None` of a direction.
    pub(crate) fn middle(self) -> Option<EnuPoint> {
        let middle_m = |number: i32| (f64::from(number) + 0.5) * SPOT_M;
        match self {
            Self::Ground(east, north) => Some(EnuPoint::new(middle_m(east), middle_m(north))),
            Self::Towards(_) => None,
        }
    }

    /// It and those that touch it.
    pub(crate) fn about(self) -> impl Iterator<Item = Self> {
        (0..9).filter_map(move |place: i32| match self {
            Self::Ground(east, north) => {
                Some(Self::Ground(east + place % 3 - 1, north + place / 3 - 1))
            }
            Self::Towards(direction) if place < 3 => {
                let count = i32::from(DIRECTIONS);
                let turned = (i32::from(direction) + place - 1).rem_euclid(count);
                u16::try_from(turned).ok().map(Self::Towards)
            }
            Self::Towards(_) => None,
        })
    }

    /// The sector, seen from a point, in which it lies.
    pub(crate) fn sector_from(self, from: EnuPoint) -> usize {
        match self {
            Self::Ground(..) => self.middle().map_or(0, |middle| {
                let east_m = middle.east_m - from.east_m;
                sector_of(libm::atan2(east_m, middle.north_m - from.north_m))
            }),
            Self::Towards(direction) => usize::from(direction) * SECTORS / usize::from(DIRECTIONS),
        }
    }

    /// How much of what clutter is counted by it covers: m² of ground, or radians.
    pub(crate) fn size(self) -> f64 {
        match self {
            Self::Ground(..) => SPOT_M * SPOT_M,
            Self::Towards(_) => std::f64::consts::TAU / f64::from(DIRECTIONS),
        }
    }
}

/// How much of each sector a scan looked at, 0..=1.
pub(crate) fn looked_at(scan: &Scan) -> [f64; SECTORS] {
    let Footprint::Wedge { facing, width_rad, .. } = scan.sees else { return [1.0; SECTORS] };
    let sector_rad = std::f64::consts::TAU / SECTORS as f64;
    let mut looked = [0.0; SECTORS];
    if width_rad <= sector_rad {
        looked[sector_of(facing.radians())] = width_rad / sector_rad;
        return looked;
    }
    for (sector, share) in looked.iter_mut().enumerate() {
        let middle_rad = (sector as f64 + 0.5) * sector_rad;
        let off = sight::geo::wrap_angle(middle_rad - facing.radians());
        *share = f64::from(u8::from(libm::fabs(off) <= width_rad / 2.0));
    }
    looked
}

pub(crate) fn sector_of(azimuth_rad: f64) -> usize {
    let turn = if azimuth_rad < 0.0 { azimuth_rad + std::f64::consts::TAU } else { azimuth_rad };
    whole(turn / std::f64::consts::TAU * SECTORS as f64, SECTORS)
}

/// The whole part of a number, held in 0..count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..count before the cast"
)]
fn whole(value: f64, count: usize) -> usize {
    value.clamp(0.0, (count - 1) as f64) as usize
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to what an i32 holds")]
fn number(offset_m: f64) -> i32 {
    libm::floor(offset_m / SPOT_M).clamp(-1e9, 1e9) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_count_clockwise_from_north_and_rings_outwards() {
        let compass = Compass { from: EnuPoint::new(100.0, 0.0), reach_m: 800.0 };

        assert_eq!(compass.cell(EnuPoint::new(101.0, 150.0)), 1);
        assert_eq!(compass.cell(EnuPoint::new(850.0, -1.0)) / RINGS, 6);
        assert_eq!(compass.cell(EnuPoint::new(99.0, 5_000.0)), SECTORS * RINGS - 1);
    }

    #[test]
    fn a_direction_and_its_sector_agree() {
        let here = EnuPoint::new(0.0, 0.0);
        for degree in 0..720 {
            let azimuth_rad = (f64::from(degree) + 0.5).to_radians();
            let sector = sector_of(sight::geo::wrap_angle(azimuth_rad));

            let of_spot = Spot::towards(azimuth_rad).sector_from(here);

            assert!(sector.abs_diff(of_spot) <= 1, "{degree}: {sector} and {of_spot}");
        }
    }
}
