//! The lattice kernel: fixed rays advanced together, the skyline known at each.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::bits::Run;
use super::rays::Rays;
use super::strip::{NOTHING, Strip};
use crate::lanes::{Lanes, WIDTH, vector, vector_mut};

/// The highest height in view that each ray has met so far.
///
/// Between two rays the skyline is taken to be straight, which is what makes this kernel
/// approximate.
pub(super) struct Lattice {
    rays: Rays,
    met: Vec<f32>,
    next: Vec<f32>,
}

impl Lattice {
    pub(super) fn new(rays: Rays) -> Self {
        let met = vec![NOTHING; rays.slots()];
        Self { rays, next: met.clone(), met }
    }

    /// Writes which posts of a strip stand above what was met, then meets the strip.
    #[inline(always)]
    pub(super) fn pass<L: Lanes>(
        &mut self,
        lanes: L,
        strip: &Strip,
        target_m: f32,
        out: &mut Run<'_>,
    ) {
        let crossing = self.rays.at(strip.axial);
        let (first, last) = (crossing.ray_beyond(strip.first), crossing.ray_beyond(strip.last));
        let s = strip.s();
        let unit = 1_i32 << self.rays.shift();
        let target = lanes.splat(target_m / strip.axial as f32);
        let (shift, rest_bits) =
            (lanes.splat_int(self.rays.shift().cast_signed()), lanes.splat_int(unit - 1));
        let (per_unit, per_step) =
            (lanes.splat(1.0 / unit as f32), lanes.splat(1.0 / crossing.step as f32));
        let step = lanes.splat_int(crossing.step);
        let along = lanes.mul_int(lanes.ramp(), step);
        // From the ray before the first on, so that the first post stands between two that are kept.
        let mut ray = first - 1;
        let mut allowed = !1;
        while ray <= last {
            let start = crossing.start(ray);
            let along = lanes.add_int(along, lanes.splat_int(start.rest));
            let rest = lanes.and_int(along, rest_bits);
            let (near, far) =
                lanes.pairs(s, strip.slot(start.lateral), lanes.shift_right(along, shift));
            let has_post = lanes.less_int(rest, step) & up_to(last - ray) & allowed;
            allowed = u16::MAX;
            let rest = lanes.to_float(rest);
            let height =
                lanes.add(near, lanes.mul(lanes.mul(rest, per_unit), lanes.sub(far, near)));
            let slot = self.rays.slot(ray);
            let (left, right) =
                (lanes.load(vector(&self.met, slot - 1)), lanes.load(vector(&self.met, slot)));
            let share = lanes.mul(rest, per_step);
            let skyline = lanes.add(right, lanes.mul(share, lanes.sub(left, right)));
            let seen = lanes.at_least(lanes.add(near, target), skyline) & has_post;
            out.append(lanes.extract(seen, has_post).into(), has_post.count_ones());
            lanes.store(vector_mut(&mut self.next, slot), lanes.max(height, right));
            ray += WIDTH;
        }
        std::mem::swap(&mut self.met, &mut self.next);
    }
}

/// A mask of lanes 0 to `last`.
#[inline(always)]
pub(super) fn up_to(last: isize) -> u16 {
    if last >= WIDTH - 1 { u16::MAX } else { !(u16::MAX << (last + 1)) }
}
