//! A strip of posts as seen from the eye, in f32, with room around it for whole vectors.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use crate::terrain::VOID;

use super::Disc;
use super::lanes::{LANES, Lanes};
use super::wedge::Wedge;

/// Height in view below which nothing stands: what no strip has been passed at.
pub(super) const NOTHING: f32 = -1e30;
/// Height in view given to voids: below nothing.
pub(super) const VOID_S: f32 = -2e30;
/// Copies of the first post before a strip, and of the last after it.
const BEFORE: usize = LANES;
const AFTER: usize = 4 * LANES;

/// Heights in view, `s = (height - eye) / axial`, of one strip's posts.
///
/// An error of rounding is at most 8 units of 2^-24 times `reach + drop`.
#[derive(Debug, Default)]
pub(super) struct Strip {
    pub(super) axial: usize,
    /// Lateral offsets of the first and the last post.
    pub(super) first: isize,
    pub(super) last: isize,
    s: Vec<f32>,
    has_voids: bool,
    /// Room for [`Strip::filled`].
    filled: Vec<f32>,
    /// Greatest absolute height in view of any post but voids, and greatest height.
    pub(super) reach: f32,
    pub(super) top: f32,
    /// Most that a post of this strip is lowered for its lateral offset, and one metre more, per axial step.
    pub(super) drop: f32,
}

impl Strip {
    /// Heights in view; voids at [`VOID_S`].
    pub(super) fn s(&self) -> &[f32] {
        &self.s
    }

    /// Where a lateral offset stands in the heights; from one before the first to a little beyond the last.
    pub(super) fn slot(&self, lateral: isize) -> usize {
        (lateral - self.first + BEFORE.cast_signed()).unsigned_abs()
    }

    /// Takes in a wedge's strip.
    #[inline(always)]
    pub(super) fn take<L: Lanes>(
        &mut self,
        lanes: L,
        disc: &Disc,
        wedge: &Wedge<'_>,
        axial: usize,
    ) {
        let (first, posts_m) = wedge.strip(axial);
        let base_m = disc.eye_m() + disc.drop_per_m2() * (axial * axial) as f64 * wedge.axial_m2;
        let whole_m = libm::floor(base_m);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "heights are bounded by the request's check"
        )]
        let (whole, rest, per_step, curve) = (
            whole_m as i32,
            (base_m - whole_m) as f32,
            (1.0 / axial as f64) as f32,
            (disc.drop_per_m2() * wedge.lateral_m2) as f32,
        );
        let count = posts_m.len();
        self.axial = axial;
        self.first = first;
        self.last = first + count.cast_signed() - 1;
        self.s.resize(BEFORE + count.next_multiple_of(LANES) + AFTER, 0.0);
        let (whole, rest, per_step, curve) =
            (lanes.splat_int(-whole), lanes.splat(rest), lanes.splat(per_step), lanes.splat(curve));
        let void = lanes.splat_int(i32::from(VOID));
        let mut reach = lanes.splat(0.0);
        let mut top = lanes.splat(NOTHING);
        let mut voids = false;
        let mut at = 0;
        while at < count {
            let mut tail = [0; LANES];
            let (from, from_at) = if at + LANES <= count {
                (posts_m, at)
            } else {
                tail[..count - at].copy_from_slice(&posts_m[at..]);
                // The last post again, so that nothing stands out.
                tail[count - at..].fill(posts_m[count - 1]);
                (&tail[..], 0)
            };
            let post = lanes.load_posts(from, from_at);
            #[expect(clippy::cast_possible_truncation, reason = "bounded by the depth of a wedge")]
            let lateral =
                lanes.add_int(lanes.splat_int((first + at.cast_signed()) as i32), lanes.ramp());
            let lateral = lanes.to_float(lateral);
            let lowered = lanes.add(rest, lanes.mul(curve, lanes.mul(lateral, lateral)));
            let rise = lanes.sub(lanes.to_float(lanes.add_int(post, whole)), lowered);
            let mut s = lanes.mul(rise, per_step);
            let is_void = lanes.equal_int(post, void);
            if is_void == 0 {
                reach = lanes.max(lanes.abs(s), reach);
            } else {
                voids = true;
                reach = lanes.max(lanes.select(is_void, reach, lanes.abs(s)), reach);
                s = lanes.select(is_void, lanes.splat(VOID_S), s);
            }
            top = lanes.max(s, top);
            lanes.store(&mut self.s, BEFORE + at, s);
            at += LANES;
        }
        let mut both = [0.0; 2 * LANES];
        lanes.store(&mut both, 0, reach);
        lanes.store(&mut both, LANES, top);
        self.reach = both[..LANES].iter().fold(0.0, |a, &b| if a > b { a } else { b });
        self.top = both[LANES..].iter().fold(NOTHING, |a, &b| if a > b { a } else { b });
        let far = self.first.abs().max(self.last.abs()) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a bound needs few digits")]
        let drop =
            ((disc.drop_per_m2().abs() * wedge.lateral_m2 * far * far + 1.0) / axial as f64) as f32;
        self.drop = drop;
        self.has_voids = voids;
        pad(&mut self.s, count);
    }

    /// Prepares [`Strip::filled`] if there are voids, and tells whether.
    pub(super) fn fill(&mut self) -> bool {
        if self.has_voids {
            self.filled.clone_from(&self.s);
            let count = (self.last - self.first + 1).unsigned_abs();
            fill(&mut self.filled[BEFORE..][..count]);
            pad(&mut self.filled, count);
        }
        self.has_voids
    }

    /// Heights in view with voids filled from their neighbours.
    pub(super) fn filled(&self) -> &[f32] {
        &self.filled
    }
}

/// Fills runs of voids: straight between their neighbours, level towards an end.
fn fill(row: &mut [f32]) {
    let mut at = 0;
    while let Some(from) = row[at..].iter().position(|&s| s <= VOID_S).map(|found| at + found) {
        let to =
            row[from..].iter().position(|&s| s > VOID_S).map_or(row.len(), |found| from + found);
        let (before, after) = (from.checked_sub(1).map(|at| row[at]), row.get(to).copied());
        if let Some((left, right)) = before.or(after).zip(after.or(before)) {
            for (step, s) in row[from..to].iter_mut().enumerate() {
                let share = (step + 1) as f32 / (to - from + 1) as f32;
                *s = left + share * (right - left);
            }
        }
        at = to;
    }
}

/// Repeats the first post before the row and the last behind it.
fn pad(s: &mut [f32], count: usize) {
    let (first, last) = (s[BEFORE], s[BEFORE + count - 1]);
    s[..BEFORE].fill(first);
    s[BEFORE + count..].fill(last);
}
