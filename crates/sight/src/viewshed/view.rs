//! How posts become heights in view, in f32.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::Disc;
use super::wedge::Wedge;
use crate::lanes::{LANES, Lanes};

/// The eye of a wedge, and how curvature lowers posts to its sides.
///
/// An error of rounding in a height in view is at most 8 units of 2^-24 times its own size plus
/// what its post is lowered for its lateral offset, and one metre more, per axial step.
#[derive(Debug)]
pub(super) struct View {
    eye_m: f64,
    /// Metres lowered per squared axial step.
    axial_drop_m: f64,
    lateral_drop_m: f64,
    /// Metres lowered by lateral offset, from [`View::slot`] of the first on.
    lowered_m: Vec<f32>,
    middle: isize,
}

/// The view at one axial step.
#[derive(Clone, Copy)]
pub(super) struct Level<L: Lanes> {
    /// Whole metres of the height that counts as level, negative, and the rest.
    whole_m: L::I,
    rest_m: L::F,
    per_step: L::F,
}

impl View {
    pub(super) fn new(disc: &Disc, wedge: &Wedge<'_>) -> Self {
        let middle = (wedge.depth() + 6 * LANES).cast_signed();
        let lateral_drop_m = disc.drop_per_m2() * wedge.lateral_m2;
        #[expect(clippy::cast_possible_truncation, reason = "f32 is what kernels compute in")]
        let lowered_m = |lateral: isize| (lateral_drop_m * (lateral * lateral) as f64) as f32;
        Self {
            eye_m: disc.eye_m(),
            axial_drop_m: disc.drop_per_m2() * wedge.axial_m2,
            lateral_drop_m,
            lowered_m: (-middle..=middle).map(lowered_m).collect(),
            middle,
        }
    }

    /// Where a lateral offset stands in [`View::lowered_m`].
    #[inline(always)]
    pub(super) fn slot(&self, lateral: isize) -> usize {
        (lateral + self.middle).unsigned_abs()
    }

    /// Metres that posts are lowered for their lateral offset.
    pub(super) fn lowered_m(&self) -> &[f32] {
        &self.lowered_m
    }

    #[inline(always)]
    pub(super) fn at<L: Lanes>(&self, lanes: L, axial: usize) -> Level<L> {
        let level_m = self.eye_m + self.axial_drop_m * (axial * axial) as f64;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "heights are bounded by the request's check"
        )]
        let (whole_m, per_step) = (level_m as i32, (1.0 / axial as f64) as f32);
        #[expect(clippy::cast_possible_truncation, reason = "less than a metre")]
        let rest_m = (level_m - f64::from(whole_m)) as f32;
        Level {
            whole_m: lanes.splat_int(-whole_m),
            rest_m: lanes.splat(rest_m),
            per_step: lanes.splat(per_step),
        }
    }

    /// Height that counts as level at an axial step; f32 leaves a millimetre or so.
    #[inline(always)]
    pub(super) fn level_m(&self, axial: usize) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "f32 is what kernels compute in")]
        let level_m = (self.eye_m + self.axial_drop_m * (axial * axial) as f64) as f32;
        level_m
    }

    /// Most that a post is lowered for a lateral offset, and one metre more, per axial step.
    pub(super) fn drop(&self, lateral: isize, axial: usize) -> f32 {
        let drop_m = self.lateral_drop_m.abs() * (lateral * lateral) as f64 + 1.0;
        #[expect(clippy::cast_possible_truncation, reason = "a bound needs few digits")]
        let drop = (drop_m / axial as f64) as f32;
        drop
    }
}

impl<L: Lanes> Level<L> {
    /// Heights in view of posts, given what they are lowered for their lateral offset.
    #[inline(always)]
    pub(super) fn s(&self, lanes: L, posts_m: L::I, lowered_m: L::F) -> L::F {
        let rise_m = lanes.to_float(lanes.add_int(posts_m, self.whole_m));
        let rise_m = lanes.sub(rise_m, lanes.add(self.rest_m, lowered_m));
        lanes.mul(rise_m, self.per_step)
    }
}
