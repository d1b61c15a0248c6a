//! What the tracker knows of the ground: how steep, whether water, where a road runs.
//!
//! It binds nothing to anything: it makes some ways of moving likelier at a place, and leads what is
//! believed to follow a road around its bends.

mod roads;

pub use roads::RoadNet;

use std::fmt;
use std::sync::Arc;

use nalgebra::Vector2;
use sight::geo::EnuPoint;

use super::motion::Motion;

/// The ground at one point.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Ground {
    /// Steepness in the steepest direction; 0 on the flat and where it is not known.
    pub slope_deg: f64,
    pub in_water: bool,
    /// The nearest road, if one is near.
    pub road: Option<RoadNear>,
}

/// The part of a road that is nearest to a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoadNear {
    /// Of the road's middle.
    pub point: EnuPoint,
    /// Unit vector along the road; the opposite says the same.
    pub along: Vector2<f64>,
}

/// The ground of a place, as a function of the point alone: the same point is always judged alike.
///
/// Flat and without roads unless it is told otherwise.
#[derive(Clone, Default)]
pub struct GroundMap(Option<Arc<GroundAt>>);

type GroundAt = dyn Fn(EnuPoint) -> Ground + Send + Sync;

/// A way of moving that does not fit the ground at all is still left this share.
const FIT_MIN: f64 = 1e-3;

impl GroundMap {
    pub fn new(at: impl Fn(EnuPoint) -> Ground + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(at)))
    }

    pub(crate) fn at(&self, point: EnuPoint) -> Ground {
        self.0.as_ref().map_or_else(Ground::default, |at| at(point))
    }
}

impl fmt::Debug for GroundMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "GroundMap(known)" } else { "GroundMap(flat)" })
    }
}

impl PartialEq for GroundMap {
    /// Two maps are alike when they are one.
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }
}

impl Ground {
    /// How common a way of moving is here, against ground that suits it, for a thing whose place is
    /// known as well as `sigma_m` says.
    pub(crate) fn fit(&self, point: EnuPoint, sigma_m: f64, motion: &Motion) -> f64 {
        let mut fit = 1.0;
        if let Some(steep_deg) = motion.steep_deg {
            let steepness = self.slope_deg / steep_deg;
            fit *= libm::exp(-steepness * steepness / 2.0);
        }
        if self.in_water {
            fit *= motion.in_water;
        }
        if let Some(following) = motion.along_road {
            let Some(road) = self.road else { return 0.0 };
            let off_m = point.distance_m(road.point);
            let spread2 = following.spread_m * following.spread_m + sigma_m * sigma_m;
            fit *= libm::exp(-off_m * off_m / (2.0 * spread2));
        }
        fit.max(FIT_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tracking::motion::{Mode, shipped};

    #[test]
    fn a_steep_slope_and_water_leave_the_wheels_little_and_those_who_stand_all() {
        let here = EnuPoint::new(0.0, 0.0);
        let steep = Ground { slope_deg: 35.0, ..Ground::default() };
        let wet = Ground { in_water: true, ..Ground::default() };
        let fit = |ground: Ground, mode| {
            let motion = shipped().into_iter().find(|motion| motion.mode == mode).unwrap();
            ground.fit(here, 5.0, &motion)
        };

        assert!(fit(steep, Mode::Drive) < 0.1);
        assert!(fit(steep, Mode::Walk) > 0.3);
        assert!(fit(wet, Mode::Drive) < 0.1);
        for ground in [steep, wet, Ground::default()] {
            assert!((fit(ground, Mode::Fly) - 1.0).abs() < 1e-12, "nothing binds what flies");
        }
        assert!(fit(Ground::default(), Mode::Road) < 1e-12, "there is none");
    }

    #[test]
    fn a_road_counts_as_near_within_its_spread_and_the_error_of_the_place() {
        let road = RoadNear { point: EnuPoint::new(0.0, 30.0), along: Vector2::x() };
        let ground = Ground { road: Some(road), ..Ground::default() };
        let here = EnuPoint::new(0.0, 0.0);
        let motion = shipped().into_iter().find(|motion| motion.mode == Mode::Road).unwrap();

        assert!(ground.fit(here, 2.0, &motion) < 0.01);
        assert!(ground.fit(here, 40.0, &motion) > 0.7);
    }
}
