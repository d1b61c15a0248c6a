//! A strip of posts as seen from the eye, in f32, with room around it for whole vectors.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use crate::terrain::VOID;

use super::view::View;
use super::wedge::Wedge;
use crate::lanes::{LANES, Lanes, vector, vector_mut};

/// Height in view below which nothing stands: what no strip has been passed at.
pub(super) const NOTHING: f32 = -1e30;
/// Height in view given to voids: below nothing.
pub(super) const VOID_S: f32 = -2e30;
/// Copies of the first post before a strip, and of the last after it.
const BEFORE: usize = LANES;
const AFTER: usize = 4 * LANES;

/// Heights in view, `s = (height - eye) / axial`, of one strip's posts.
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
    /// What [`View`] says of errors: they are at most 8 units of 2^-24 times `reach + drop`.
    pub(super) drop: f32,
}

impl Strip {
    /// Room for the strips of a wedge.
    pub(super) fn for_depth(depth: usize) -> Self {
        let room = BEFORE + 2 * depth + 1 + LANES + AFTER;
        Self { s: vec![0.0; room], ..Self::default() }
    }

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
        view: &View,
        wedge: &Wedge<'_>,
        axial: usize,
    ) {
        let (first, posts_m) = wedge.strip(axial);
        let ahead = wedge.ahead(axial);
        let count = posts_m.len();
        self.axial = axial;
        self.first = first;
        self.last = first + count.cast_signed() - 1;
        let level = view.at(lanes, axial);
        let void = lanes.splat_int(i32::from(VOID));
        let mut reach = lanes.splat(0.0);
        let mut top = lanes.splat(NOTHING);
        let (lowered_m, slot) = (view.lowered_m(), view.slot(first));
        self.has_voids = false;
        let mut at = 0;
        while at < count {
            lanes.fetch(ahead, at);
            let post = load_posts(lanes, posts_m, at);
            let mut s = level.s(lanes, post, lanes.load(vector(lowered_m, slot + at)));
            let is_void = lanes.equal_int(post, void);
            if is_void == 0 {
                reach = lanes.max(lanes.abs(s), reach);
            } else {
                self.has_voids = true;
                reach = lanes.max(lanes.select(is_void, reach, lanes.abs(s)), reach);
                s = lanes.select(is_void, lanes.splat(VOID_S), s);
            }
            top = lanes.max(s, top);
            lanes.store(vector_mut(&mut self.s, BEFORE + at), s);
            at += LANES;
        }
        self.reach = greatest(lanes, reach);
        self.top = greatest(lanes, top);
        self.drop = view.drop(self.first.abs().max(self.last.abs()), axial);
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

#[inline(always)]
fn greatest<L: Lanes>(lanes: L, x: L::F) -> f32 {
    let mut each = [0.0; LANES];
    lanes.store(&mut each, x);
    each.iter().fold(NOTHING, |a, &b| if a > b { a } else { b })
}

/// Sixteen posts from `at` on; past the last post it stands again, so that nothing stands out.
#[inline(always)]
pub(super) fn load_posts<L: Lanes>(lanes: L, posts_m: &[i16], at: usize) -> L::I {
    if let Some(whole) = posts_m[at..].first_chunk() {
        return lanes.load_posts(whole);
    }
    let mut tail = [posts_m[posts_m.len() - 1]; LANES];
    tail[..posts_m.len() - at].copy_from_slice(&posts_m[at..]);
    lanes.load_posts(&tail)
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
    s[BEFORE + count..][..AFTER].fill(last);
}
