//! What a sensor itself says of where it looks, and which of its cells that leaves.

use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::coverage::reach::{Reach, Stand};
use crate::geo::{Azimuth, EnuPoint, Wgs84, elevation_rad};
use crate::sector::{Sensor, is_inside};
use crate::terrain::{Cell, Grid};

const DDEG_PER_RAD: f64 = 1_800.0 / std::f64::consts::PI;
const UDEG_PER_DEG: f64 = 1e6;
/// A field that lacks no more than half a degree of a full turn is all round.
const WHOLE_SPARE_RAD: f64 = TAU / 720.0;

/// Where a sensor says that it looks now. It takes away from what the sector file promises, or turns it; it never adds to it.
///
/// Angles are whole tenths of a degree and corners whole millionths of one, so that views can be told apart and kept in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct View {
    /// Where it looks; `None` where it does not say, then the sector file's field counts.
    pub field: Option<Area>,
    /// A cone of `field` is where the sector file's field was turned to, and no wider than that. Otherwise what lies outside the
    /// sector file's field is not looked at, whatever the sensor says.
    pub turned: bool,
    /// Where alone it says that it sees; empty where it does not say.
    pub seen: Vec<Area>,
    /// Where it says that it sees nothing.
    pub hidden: Vec<Area>,
}

/// A part of what lies round a sensor.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Area {
    Cone(Cone),
    /// A ring of corners, closed by itself.
    Ring(Vec<Corner>),
}

/// Directions from the sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cone {
    /// Its middle, clockwise from true north.
    pub azimuth_ddeg: i32,
    /// Its whole width.
    pub width_ddeg: i32,
    /// Lowest and highest elevation above the horizontal, where it tells.
    pub elevation_ddeg: Option<(i32, i32)>,
    /// How far it reaches, where it tells.
    pub range_m: Option<u32>,
}

/// A corner of a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Corner {
    pub lon_udeg: i32,
    pub lat_udeg: i32,
}

/// Directions about their middle, as far as something reaches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sweep {
    /// From true north.
    pub middle: Azimuth,
    pub width_rad: f64,
    pub range_m: f64,
}

/// Where a sensor looks now: what its own word leaves of the sector file's field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Look<'a> {
    Sweep(Sweep),
    /// Corners on the ground.
    Ring(&'a [Corner]),
    Nowhere,
}

impl View {
    /// Where a sensor looks that says this; its word never adds to its range or width.
    pub fn look(&self, sensor: &Sensor) -> Look<'_> {
        let planned = Sweep {
            middle: sensor.facing.unwrap_or(Azimuth::from_radians(0.0)),
            width_rad: sensor.facing.map_or(TAU, |_| sensor.field_rad),
            range_m: sensor.range_max_m,
        };
        match &self.field {
            None => Look::Sweep(planned),
            Some(Area::Ring(ring)) if ring.is_empty() => Look::Nowhere,
            Some(Area::Ring(ring)) => Look::Ring(ring),
            Some(Area::Cone(cone)) if self.turned => {
                let told = Sweep::of(cone, planned.range_m);
                Look::Sweep(Sweep { width_rad: told.width_rad.min(planned.width_rad), ..told })
            }
            Some(Area::Cone(cone)) => {
                let told = Sweep::of(cone, planned.range_m);
                told.within(planned).map_or(Look::Nowhere, Look::Sweep)
            }
        }
    }

    /// True when it says nothing that the sector file does not.
    pub fn is_plain(&self) -> bool {
        self.field.is_none() && self.seen.is_empty() && self.hidden.is_empty()
    }

    /// True when it turns the sector file's field.
    pub(crate) fn is_turned(&self) -> bool {
        self.turned && matches!(self.field, Some(Area::Cone(_)))
    }
}

impl Sweep {
    /// The directions of a cone, no farther than the sensor may look.
    pub fn of(cone: &Cone, range_max_m: f64) -> Self {
        Self {
            middle: cone.azimuth(),
            width_rad: cone.width_rad().min(TAU),
            range_m: cone
                .range_m
                .map_or(range_max_m, |range_m| range_max_m.min(f64::from(range_m))),
        }
    }

    /// Whether it is all round.
    pub fn is_whole(&self) -> bool {
        self.width_rad >= TAU - WHOLE_SPARE_RAD
    }

    /// What both look at; the widest piece, where two wide ones meet on both sides.
    fn within(self, other: Self) -> Option<Self> {
        if other.is_whole() {
            return Some(self);
        }
        if self.is_whole() {
            return Some(Self { range_m: self.range_m, ..other });
        }
        let apart = self.middle.minus(other.middle);
        let (half, other_half) = (self.width_rad / 2.0, other.width_rad / 2.0);
        let pieces = [-TAU, 0.0, TAU].map(|turn| {
            let from = (apart + turn - half).max(-other_half);
            (from, (apart + turn + half).min(other_half) - from)
        });
        let widest = pieces.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let (from, width_rad) = widest.filter(|(_, width_rad)| *width_rad > 0.0)?;
        let middle = other.middle.radians() + from + width_rad / 2.0;
        Some(Self { middle: Azimuth::from_radians(middle), width_rad, ..self })
    }
}

impl Cone {
    pub fn azimuth(&self) -> Azimuth {
        Azimuth::from_radians(f64::from(self.azimuth_ddeg) / DDEG_PER_RAD)
    }

    pub fn width_rad(&self) -> f64 {
        f64::from(self.width_ddeg) / DDEG_PER_RAD
    }
}

impl Corner {
    #[expect(clippy::cast_possible_truncation, reason = "degrees are at most 180")]
    pub fn at(place: Wgs84) -> Self {
        let udeg = |degrees: f64| libm::round(degrees * UDEG_PER_DEG) as i32;
        Self { lon_udeg: udeg(place.lon_deg()), lat_udeg: udeg(place.lat_deg()) }
    }

    pub fn place(self) -> Option<Wgs84> {
        let degrees = |udeg: i32| f64::from(udeg) / UDEG_PER_DEG;
        Wgs84::new(degrees(self.lon_udeg), degrees(self.lat_udeg)).ok()
    }
}

/// A view made ready to be held against the cells of one reach.
struct Sieve<'a> {
    grid: &'a Grid,
    stand: &'a Stand,
    /// Height of the sensing head above sea; elevations count only where the ground under it is known.
    head_m: Option<f64>,
    field: Option<Shape>,
    seen: Vec<Shape>,
    hidden: Vec<Shape>,
}

/// An area in metres from the sensor.
enum Shape {
    Cone { middle: Azimuth, half_rad: f64, elevation_rad: Option<(f64, f64)>, range_m: f64 },
    Ring { corners: Vec<EnuPoint>, south_west: EnuPoint, north_east: EnuPoint },
}

/// A cell as the sensor sees it.
struct Seen {
    at: EnuPoint,
    azimuth: Azimuth,
    range_m: f64,
    elevation_rad: Option<f64>,
}

/// The cells of a reach that a sensor sees that says where it looks.
///
/// The reach is that of the sensor as planned; where its field was turned, that of one that looks all round.
pub(crate) fn seen_by(
    view: &View,
    reach: &Reach,
    grid: &Grid,
    (sensor, stand): (&Sensor, &Stand),
) -> Reach {
    let shape = |area: &Area| Shape::of(area, reach, grid);
    let mut field = view.field.as_ref().map(shape);
    if view.is_turned()
        && let Some(Shape::Cone { half_rad, .. }) = &mut field
    {
        *half_rad = half_rad.min(sensor.field_rad / 2.0);
    }
    let sieve = Sieve {
        grid,
        stand,
        head_m: grid.height_m(stand.place).map(|ground_m| ground_m + stand.height_m),
        field,
        seen: view.seen.iter().map(shape).collect(),
        // How far away what hides something stands, or how far it hides, the sensor does not say: all of its direction is lost.
        hidden: view.hidden.iter().map(|area| shape(area).without_range()).collect(),
    };
    reach.sifted(|cell, offset| sieve.passes(cell, offset))
}

impl Shape {
    fn of(area: &Area, reach: &Reach, grid: &Grid) -> Self {
        match area {
            Area::Cone(cone) => Self::Cone {
                middle: cone.azimuth(),
                half_rad: cone.width_rad() / 2.0,
                elevation_rad: cone.elevation_ddeg.map(|(low, high)| {
                    (f64::from(low) / DDEG_PER_RAD, f64::from(high) / DDEG_PER_RAD)
                }),
                range_m: cone.range_m.map_or(f64::INFINITY, f64::from),
            },
            Area::Ring(ring) => {
                let places = ring.iter().filter_map(|corner| corner.place());
                let corners: Vec<EnuPoint> =
                    places.map(|place| reach.offset_of(grid, place)).collect();
                let extreme = |pick: fn(f64, f64) -> f64, from: f64| {
                    let fold = |of: fn(&EnuPoint) -> f64| corners.iter().map(of).fold(from, pick);
                    EnuPoint::new(fold(|corner| corner.east_m), fold(|corner| corner.north_m))
                };
                Self::Ring {
                    south_west: extreme(f64::min, f64::INFINITY),
                    north_east: extreme(f64::max, f64::NEG_INFINITY),
                    corners,
                }
            }
        }
    }

    fn without_range(self) -> Self {
        match self {
            Self::Cone { middle, half_rad, elevation_rad, range_m: _ } => {
                Self::Cone { middle, half_rad, elevation_rad, range_m: f64::INFINITY }
            }
            ring @ Self::Ring { .. } => ring,
        }
    }

    fn holds(&self, seen: &Seen) -> bool {
        match self {
            Self::Cone { middle, half_rad, elevation_rad, range_m } => {
                seen.azimuth.minus(*middle).abs() <= *half_rad
                    && seen.range_m <= *range_m
                    && match (elevation_rad, seen.elevation_rad) {
                        (Some((low, high)), Some(elevation)) => (*low..=*high).contains(&elevation),
                        (Some(_), None) | (None, _) => true,
                    }
            }
            Self::Ring { corners, south_west, north_east } => {
                let at = seen.at;
                (south_west.east_m..=north_east.east_m).contains(&at.east_m)
                    && (south_west.north_m..=north_east.north_m).contains(&at.north_m)
                    && is_inside(at, corners)
            }
        }
    }
}

impl Sieve<'_> {
    fn passes(&self, cell: Cell, at: EnuPoint) -> bool {
        let range_m = libm::hypot(at.east_m, at.north_m);
        let seen = Seen {
            at,
            azimuth: Azimuth::from_radians(libm::atan2(at.east_m, at.north_m)),
            range_m,
            elevation_rad: self.elevation_rad(cell, range_m),
        };
        self.field.as_ref().is_none_or(|field| field.holds(&seen))
            && (self.seen.is_empty() || self.seen.iter().any(|area| area.holds(&seen)))
            && !self.hidden.iter().any(|area| area.holds(&seen))
    }

    /// The angle at which the sensor sees a mover in a cell.
    fn elevation_rad(&self, cell: Cell, range_m: f64) -> Option<f64> {
        let ground_m = f64::from(self.grid.post_m(cell)?);
        let target_m = ground_m + self.stand.target_height_m;
        Some(elevation_rad(range_m, self.head_m?, target_m, self.stand.refraction))
    }
}

#[cfg(test)]
pub(in crate::coverage) mod tests;
