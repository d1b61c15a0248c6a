//! What the ground is like to go over: roads, kinds of going, and which of them lie at a point.

use serde::{Deserialize, Serialize};

use super::{Sector, Text};
use crate::geo::{Azimuth, EnuPoint};

/// Roads of one class.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Road {
    pub id: String,
    pub name: Text,
    pub class: RoadClass,
    pub width_m: f64,
    /// Each a row of vertices in the sector's frame, at least two.
    pub lines: Vec<Vec<EnuPoint>>,
}

/// What a road is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoadClass {
    Paved,
    Track,
}

/// Ground of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroundArea {
    pub id: String,
    pub name: Text,
    pub kind: GroundKind,
    pub shapes: Vec<GroundShape>,
}

/// Where ground of a kind lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroundShape {
    /// Rings; a point inside an odd number of them belongs to it, so that inner rings are holes.
    Rings(Vec<Vec<EnuPoint>>),
    /// A bed along a line, half of `width_m` to each side.
    Strip { points: Vec<EnuPoint>, width_m: f64 },
}

/// What ground is like to walk and drive over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroundKind {
    /// Firm and open; what is not said to be anything else.
    Open,
    Sand,
    Rock,
    /// The bed of a dry valley: gravel and sand, level, out of sight.
    Wadi,
    Scrub,
    Field,
    BuiltUp,
    /// Up to the knee.
    ShallowWater,
    /// Up to the chest: people and animals wade, vehicles drown.
    WadingWater,
    /// Over a person's head: nothing gets through without a boat.
    DeepWater,
}

/// A place that people know: where somebody may rest, hide or find water.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Landmark {
    pub id: String,
    pub name: Text,
    pub kind: LandmarkKind,
    pub point: EnuPoint,
}

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LandmarkKind {
    Well,
    Cave,
    Shelter,
    Farm,
    Hideout,
}

/// The road nearest to a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearRoad<'a> {
    pub road: &'a Road,
    /// The nearest point of its middle line.
    pub point: EnuPoint,
    pub distance_m: f64,
    /// The direction of its vertices there; whoever follows it goes this way or the opposite one.
    pub direction: Azimuth,
}

/// What lies at a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroundAt<'a> {
    pub kind: GroundKind,
    /// The nearest road, if one is near enough.
    pub road: Option<NearRoad<'a>>,
}

impl GroundKind {
    /// Every kind, in the order of the tables.
    pub const ALL: [Self; 10] = [
        Self::Open,
        Self::Sand,
        Self::Rock,
        Self::Wadi,
        Self::Scrub,
        Self::Field,
        Self::BuiltUp,
        Self::ShallowWater,
        Self::WadingWater,
        Self::DeepWater,
    ];

    pub fn is_water(self) -> bool {
        matches!(self, Self::ShallowWater | Self::WadingWater | Self::DeepWater)
    }
}

impl Sector {
    /// What lies at a point: the kind of ground, and the nearest road whose middle lies within `within_m`.
    ///
    /// A point on a bridge or a ford has both a road and water.
    pub fn ground_at(&self, point: EnuPoint, within_m: f64) -> GroundAt<'_> {
        GroundAt { kind: self.ground_kind(point), road: self.nearest_road(point, within_m) }
    }

    /// The kind of ground at a point: of the areas that hold it, the one that the file names last, else what the land
    /// cover has there.
    pub fn ground_kind(&self, point: EnuPoint) -> GroundKind {
        let holds = |area: &&GroundArea| area.shapes.iter().any(|shape| shape.contains(point));
        let drawn = self.going.iter().rev().find(holds).map(|area| area.kind);
        let covered =
            || self.land_cover.as_ref().and_then(|cover| cover.kind_at(self.frame.place(point)));
        drawn.or_else(covered).unwrap_or(GroundKind::Open)
    }

    /// The nearest road whose middle line lies within a distance; of two that are as near, the one named first.
    pub fn nearest_road(&self, point: EnuPoint, within_m: f64) -> Option<NearRoad<'_>> {
        let mut best: Option<NearRoad<'_>> = None;
        for road in &self.roads {
            for pair in road.lines.iter().flat_map(|line| line.windows(2)) {
                let reach_m = best.map_or(within_m, |best| best.distance_m);
                if !is_near_box(point, pair[0], pair[1], reach_m) {
                    continue;
                }
                let nearest = nearest_on(point, pair[0], pair[1]);
                let distance_m = nearest.distance_m(point);
                if distance_m < reach_m || (best.is_none() && distance_m <= within_m) {
                    let direction = pair[0].azimuth_to(pair[1]);
                    best = Some(NearRoad { road, point: nearest, distance_m, direction });
                }
            }
        }
        best
    }
}

impl GroundShape {
    /// True when the point lies in it.
    pub fn contains(&self, point: EnuPoint) -> bool {
        match self {
            Self::Rings(rings) => {
                rings.iter().filter(|ring| is_inside(point, ring)).count() % 2 == 1
            }
            Self::Strip { points, width_m } => {
                let half_m = width_m / 2.0;
                points.windows(2).any(|pair| {
                    is_near_box(point, pair[0], pair[1], half_m)
                        && nearest_on(point, pair[0], pair[1]).distance_m(point) <= half_m
                })
            }
        }
    }

    /// Every vertex of it.
    pub fn vertices(&self) -> impl Iterator<Item = &EnuPoint> {
        let (rings, strip) = match self {
            Self::Rings(rings) => (&rings[..], &[][..]),
            Self::Strip { points, .. } => (&[][..], &points[..]),
        };
        rings.iter().flatten().chain(strip)
    }
}

/// True when a point lies inside a ring (even-odd rule); the ring's last vertex is joined to its first.
pub(crate) fn is_inside(point: EnuPoint, ring: &[EnuPoint]) -> bool {
    let mut inside = false;
    let ends = ring.iter().cycle().skip(1);
    for (from, to) in ring.iter().zip(ends) {
        let straddles = (from.north_m > point.north_m) != (to.north_m > point.north_m);
        let share = (point.north_m - from.north_m) / (to.north_m - from.north_m);
        if straddles && point.east_m < from.east_m + share * (to.east_m - from.east_m) {
            inside = !inside;
        }
    }
    inside
}

/// Whether a point lies within a distance of the box about a segment: a quick no for most.
fn is_near_box(point: EnuPoint, from: EnuPoint, to: EnuPoint, within_m: f64) -> bool {
    let beyond = |at: f64, a: f64, b: f64| at < a.min(b) - within_m || at > a.max(b) + within_m;
    !beyond(point.east_m, from.east_m, to.east_m)
        && !beyond(point.north_m, from.north_m, to.north_m)
}

/// The point of a segment that is nearest to a point.
pub(crate) fn nearest_on(point: EnuPoint, from: EnuPoint, to: EnuPoint) -> EnuPoint {
    let along = to.to_vector() - from.to_vector();
    let offset = point.to_vector() - from.to_vector();
    let length2 = along.norm_squared();
    let share = if length2 > 0.0 { (along.dot(&offset) / length2).clamp(0.0, 1.0) } else { 0.0 };
    let nearest = from.to_vector() + along * share;
    EnuPoint::new(nearest.x, nearest.y)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    fn at(east_m: f64, north_m: f64) -> EnuPoint {
        EnuPoint::new(east_m, north_m)
    }

    fn square(low_m: f64, high_m: f64) -> Vec<EnuPoint> {
        vec![at(low_m, low_m), at(high_m, low_m), at(high_m, high_m), at(low_m, high_m)]
    }

    #[test]
    fn an_inner_ring_is_a_hole() {
        let island = GroundShape::Rings(vec![square(0.0, 100.0), square(40.0, 60.0)]);

        assert!(island.contains(at(20.0, 50.0)));
        assert!(!island.contains(at(50.0, 50.0)));
        assert!(!island.contains(at(150.0, 50.0)));
    }

    #[test]
    fn a_strip_is_as_wide_as_it_says() {
        let wadi = GroundShape::Strip { points: vec![at(0.0, 0.0), at(1e3, 0.0)], width_m: 30.0 };

        assert!(wadi.contains(at(500.0, 14.9)) && wadi.contains(at(500.0, -14.9)));
        assert!(!wadi.contains(at(500.0, 15.1)) && !wadi.contains(at(-20.0, 0.0)));
    }

    proptest! {
        #[test]
        fn the_nearest_point_of_a_segment_is_nearer_than_its_ends(
            east_m in -100.0..100.0, north_m in -100.0..100.0, to_m in -100.0..100.0, share in 0.0..1.0,
        ) {
            let (from, to, point) = (at(3.0, -7.0), at(to_m, 20.0), at(east_m, north_m));

            let nearest = nearest_on(point, from, to).distance_m(point);

            let other = from.to_vector().lerp(&to.to_vector(), share);
            prop_assert!(nearest <= at(other.x, other.y).distance_m(point) + 1e-9);
        }
    }

    #[test]
    fn the_middle_of_a_segment_is_nearest_to_a_point_beside_it() {
        let nearest = nearest_on(at(40.0, 9.0), at(0.0, 0.0), at(100.0, 0.0));

        assert_relative_eq!(nearest.east_m, 40.0);
        assert_relative_eq!(nearest.north_m, 0.0);
    }
}
