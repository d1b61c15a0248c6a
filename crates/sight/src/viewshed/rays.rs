//! Rays of fixed direction over a wedge, in fixed point: where they cross a row is exact.

use crate::lanes::{LANES, WIDTH};

/// Directions `u = lateral / axial` at equal distances, `u_k = k * quantum / 2^shift`.
///
/// Where ray `k` crosses axial step `j` is the whole number `k * quantum * j` in units of
/// `2^-shift` lateral steps, so which posts it passes between and how far from each is known
/// without rounding. Rays lie at most one lateral step apart at any step up to the depth, hence at
/// most one post lies between two of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rays {
    shift: u32,
    quantum: i32,
    /// Rays on each side of the axis.
    half: isize,
}

/// What the rays do at one axial step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crossing {
    rays: Rays,
    /// Lateral distance between neighbouring rays, in units of `2^-shift`.
    pub(super) step: i32,
}

/// The place of sixteen neighbouring rays in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// Lateral offset of the post at or before the first ray.
    pub(super) lateral: isize,
    /// The first ray's distance beyond that post, in units of `2^-shift`.
    pub(super) rest: i32,
}

impl Rays {
    /// Rays for a wedge of `depth` axial steps, `per_step` of them for each.
    pub(super) fn new(depth: usize, per_step: f64) -> Self {
        // Room for some vectors of rays beyond the wedge, and a sign.
        let bits = usize::BITS - (depth + 3 * LANES).leading_zeros();
        let shift = 30_u32.saturating_sub(bits);
        let one = 1_isize << shift;
        #[expect(clippy::cast_possible_truncation, reason = "cut to what the shift allows")]
        let wanted = libm::ceil(depth as f64 * per_step).clamp(1.0, one as f64) as isize;
        let quantum = one / wanted.max(depth.cast_signed());
        let half = (one + quantum - 1) / quantum;
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^30")]
        let quantum = quantum as i32;
        Self { shift, quantum, half }
    }

    /// Elements that an array with one for each ray needs; [`Rays::slot`] places a ray in it.
    pub(super) fn slots(self) -> usize {
        (2 * self.half).unsigned_abs() + 4 * LANES
    }

    /// Where a ray stands in an array: room for a vector's width on either side.
    pub(super) fn slot(self, ray: isize) -> usize {
        (ray + self.half + WIDTH).unsigned_abs()
    }

    pub(super) fn shift(self) -> u32 {
        self.shift
    }

    pub(super) fn at(self, axial: usize) -> Crossing {
        #[expect(clippy::cast_possible_truncation, reason = "at most 2^30")]
        let step = (self.quantum as isize * axial.cast_signed()) as i32;
        Crossing { rays: self, step }
    }
}

impl Crossing {
    /// The first ray at or beyond a post: the post lies between it and the ray before.
    pub(super) fn ray_beyond(self, lateral: isize) -> isize {
        -(-(lateral << self.rays.shift)).div_euclid(self.step as isize)
    }

    pub(super) fn start(self, ray: isize) -> Start {
        let along = ray * self.step as isize;
        let lateral = along >> self.rays.shift;
        #[expect(clippy::cast_possible_truncation, reason = "less than 2^shift")]
        let rest = (along - (lateral << self.rays.shift)) as i32;
        Start { lateral, rest }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_post_lies_between_its_ray_and_the_one_before(
            depth in 1_usize..16_000,
            per_step in 1.0..4.0,
            share in 0_usize..=1_000,
            across in -1_000_isize..=1_000,
        ) {
            let rays = Rays::new(depth, per_step);
            let axial = 1 + (depth - 1) * share / 1_000;
            let lateral = axial.cast_signed() * across / 1_000;
            let crossing = rays.at(axial);

            let ray = crossing.ray_beyond(lateral);

            let (here, before) = (crossing.start(ray), crossing.start(ray - 1));
            prop_assert_eq!(here.lateral, lateral);
            prop_assert!(here.rest < crossing.step);
            prop_assert_eq!(before.lateral, lateral - 1);
            prop_assert!(rays.slot(ray + 32) < rays.slots() && rays.slot(ray - 1) >= 1);
        }
    }
}
