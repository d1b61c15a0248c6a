//! The exact kernel's filter: between two rays the skyline is held between two straight lines.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::bits::Run;
use super::lattice::up_to;
use super::rays::Rays;
use super::strip::{NOTHING, Strip};
use crate::lanes::{Lanes, WIDTH, vector, vector_mut};

/// Share of the heights that went into it by which a bound is widened: 64 units of f32 rounding,
/// of which fewer than 30 can come together.
const ROUNDING: f32 = 1.0 / (1 << 18) as f32;

/// What a lower line starts from: below every post, and above every chord that a void takes part in. Such a chord falls
/// so steeply that f32 cannot tell where it is at its upper end.
const NO_CHORD: f32 = -1e12;

/// For each pair of neighbouring rays a line above the skyline between them, and one below it.
///
/// A strip's profile between two rays is straight but for at most one post. The chord of the
/// profile, moved up (or down) by as much as the post stands out of it, holds it from above (or
/// below). The greatest of the upper chords' ends make a line above all strips; below, the best
/// single chord is kept.
pub(super) struct Bundle {
    rays: Rays,
    /// Ends of the upper line at the pair's left and right ray.
    upper: [Vec<f32>; 2],
    lower: [Vec<f32>; 2],
    /// Most that any strip stood above the eye, in view.
    top: f32,
    /// Error of rounding of the strip before.
    reach: f32,
}

/// A post of which the bounds do not tell whether it is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unsure {
    pub(super) axial: usize,
    pub(super) lateral: isize,
}

/// What a row's vectors have in common.
struct Row<L: Lanes> {
    shift: L::I,
    rest_bits: L::I,
    step: L::I,
    along: L::I,
    per_unit: L::F,
    per_step: L::F,
    /// Lateral steps between rays.
    width: L::F,
    rounding: L::F,
    /// Added to a post: the target's height less, and more, all error.
    surely: L::F,
    perhaps: L::F,
}

impl Bundle {
    pub(super) fn new(rays: Rays) -> Self {
        let level = |height: f32| [vec![height; rays.slots()], vec![height; rays.slots()]];
        Self { rays, upper: level(NOTHING), lower: level(NO_CHORD), top: 0.0, reach: 0.0 }
    }

    /// Writes which posts of a strip surely stand above the skyline, notes those it cannot tell,
    /// then raises the bounds by the strip.
    #[inline(always)]
    pub(super) fn pass<L: Lanes>(
        &mut self,
        lanes: L,
        strip: &mut Strip,
        target_m: f32,
        (out, unsure): (&mut Run<'_>, &mut Vec<Unsure>),
    ) {
        let crossing = self.rays.at(strip.axial);
        let (first, last) = (crossing.ray_beyond(strip.first), crossing.ray_beyond(strip.last));
        let row = self.row(lanes, strip, target_m, crossing.step);
        let mut lateral = strip.first;
        let has_voids = strip.fill();
        let strip = &*strip;
        let filled = strip.filled();
        let zero = lanes.splat(0.0);
        // The ray before the first gives the first pair its left end.
        let mut before = [[zero; 2]; 2];
        let mut ray = first - 1;
        let mut allowed = !1;
        while ray <= last {
            let start = crossing.start(ray);
            let along = lanes.add_int(row.along, lanes.splat_int(start.rest));
            let (index, rest) =
                (lanes.shift_right(along, row.shift), lanes.and_int(along, row.rest_bits));
            let has_post = lanes.less_int(rest, row.step) & up_to(last - ray) & allowed;
            allowed = u16::MAX;
            let rest = lanes.to_float(rest);
            let beyond = lanes.mul(rest, row.per_unit);
            let share = lanes.mul(rest, row.per_step);
            let at = strip.slot(start.lateral);
            let (post, low) = profile(lanes, strip.s(), (at, index), beyond);
            let high = if has_voids { profile(lanes, filled, (at, index), beyond).1 } else { low };
            let slot = self.rays.slot(ray);
            let (seen, open) = self.judge(lanes, &row, slot, (post, share));
            let seen = seen & has_post;
            let open = lanes.extract(open & has_post, has_post);
            out.append(lanes.extract(seen, has_post).into(), has_post.count_ones());
            if open != 0 {
                note(strip.axial, lateral, open, unsure);
            }
            lateral += (has_post.count_ones() as usize).cast_signed();
            let at = (beyond, share);
            let lower = Pair::new(lanes, row.width, [low, before[0]], at);
            let upper =
                if has_voids { Pair::new(lanes, row.width, [high, before[1]], at) } else { lower };
            self.raise(lanes, &row, slot, (lower, upper));
            before = [low, high];
            ray += WIDTH;
        }
    }

    #[inline(always)]
    fn row<L: Lanes>(&mut self, lanes: L, strip: &Strip, target_m: f32, step: i32) -> Row<L> {
        let unit = 1_i32 << self.rays.shift();
        let target = target_m / strip.axial as f32;
        let reach = strip.reach + strip.drop;
        let error = ROUNDING * (reach + self.reach + 2.0 * self.top + target.abs());
        self.reach = reach;
        self.top = self.top.max(strip.top);
        Row {
            shift: lanes.splat_int(self.rays.shift().cast_signed()),
            rest_bits: lanes.splat_int(unit - 1),
            step: lanes.splat_int(step),
            along: lanes.mul_int(lanes.ramp(), lanes.splat_int(step)),
            per_unit: lanes.splat(1.0 / unit as f32),
            per_step: lanes.splat(1.0 / step as f32),
            width: lanes.splat(step as f32 / unit as f32),
            rounding: lanes.splat(ROUNDING * reach),
            surely: lanes.splat(target - error),
            perhaps: lanes.splat(target + error),
        }
    }

    /// Masks of posts that surely are seen, and of those that may or may not be.
    #[inline(always)]
    fn judge<L: Lanes>(
        &self,
        lanes: L,
        row: &Row<L>,
        slot: usize,
        (post, share): (L::F, L::F),
    ) -> (u16, u16) {
        let upper = between(lanes, &self.upper, slot, share);
        let lower = between(lanes, &self.lower, slot, share);
        let seen = lanes.at_least(lanes.add(post, row.surely), upper);
        let perhaps = lanes.at_least(lanes.add(post, row.perhaps), lower);
        (seen, perhaps & !seen)
    }

    #[inline(always)]
    fn raise<L: Lanes>(
        &mut self,
        lanes: L,
        row: &Row<L>,
        slot: usize,
        (lower, upper): (Pair<L>, Pair<L>),
    ) {
        let zero = lanes.splat(0.0);
        let up = lanes.add(lanes.max(upper.stands_out, zero), row.rounding);
        let [lefts, rights] = &mut self.upper;
        let left = lanes.max(lanes.add(upper.left, up), lanes.load(vector(lefts, slot)));
        let right = lanes.max(lanes.add(upper.right, up), lanes.load(vector(rights, slot)));
        lanes.store(vector_mut(lefts, slot), left);
        lanes.store(vector_mut(rights, slot), right);
        let down = lanes.sub(lanes.min(lower.stands_out, zero), row.rounding);
        let (left, right) = (lanes.add(lower.left, down), lanes.add(lower.right, down));
        let [lefts, rights] = &mut self.lower;
        let (old_left, old_right) =
            (lanes.load(vector(lefts, slot)), lanes.load(vector(rights, slot)));
        let better = lanes.at_least(lanes.add(left, right), lanes.add(old_left, old_right));
        lanes.store(vector_mut(lefts, slot), lanes.select(better, left, old_left));
        lanes.store(vector_mut(rights, slot), lanes.select(better, right, old_right));
    }
}

/// A line at a share of the way from its right end to its left.
#[inline(always)]
fn between<L: Lanes>(lanes: L, [left, right]: &[Vec<f32>; 2], slot: usize, share: L::F) -> L::F {
    let (left, right) = (lanes.load(vector(left, slot)), lanes.load(vector(right, slot)));
    lanes.add(right, lanes.mul(share, lanes.sub(left, right)))
}

/// A profile's chord between two rays, and how far the post between them stands out of it.
#[derive(Clone, Copy)]
struct Pair<L: Lanes> {
    left: L::F,
    right: L::F,
    stands_out: L::F,
}

impl<L: Lanes> Pair<L> {
    /// From heights and slopes at the right rays of sixteen pairs, and of the sixteen before.
    #[inline(always)]
    fn new(
        lanes: L,
        width: L::F,
        [[height, slope], before]: [[L::F; 2]; 2],
        (beyond, share): (L::F, L::F),
    ) -> Self {
        let left = lanes.shift_in(before[0], height);
        let left_slope = lanes.shift_in(before[1], slope);
        // Both slopes are the same segment's when no post lies between the rays.
        let bend = lanes.sub(left_slope, slope);
        let room = lanes.mul(lanes.sub(width, beyond), share);
        Self { left, right: height, stands_out: lanes.mul(bend, room) }
    }
}

/// The post before each ray, and the profile's height and slope at the ray.
#[inline(always)]
fn profile<L: Lanes>(
    lanes: L,
    s: &[f32],
    (at, index): (usize, L::I),
    beyond: L::F,
) -> (L::F, [L::F; 2]) {
    let (near, far) = lanes.pairs(s, at, index);
    let slope = lanes.sub(far, near);
    (near, [lanes.add(near, lanes.mul(beyond, slope)), slope])
}

#[cold]
fn note(axial: usize, lateral: isize, mut open: u32, unsure: &mut Vec<Unsure>) {
    while open != 0 {
        unsure.push(Unsure {
            axial,
            lateral: lateral + (open.trailing_zeros() as usize).cast_signed(),
        });
        open &= open - 1;
    }
}
