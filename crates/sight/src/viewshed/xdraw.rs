//! The xdraw kernel: each ring's skyline from the ring before, for screening candidates.
//!
//! Heights spread a little at each ring, so features widen with distance (Franklin, Ray & Mehta,
//! "Geometric algorithms for siting of air defense missile batteries", 1994).
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use crate::terrain::VOID;

use super::bits::Run;
use super::strip::NOTHING;
use super::view::View;
use super::wedge::Wedge;
use crate::lanes::{LANES, Lanes, WIDTH};

/// Vectors taken together: their posts fill a word of bits.
const GROUP: usize = 4;
const GROUP_POSTS: usize = GROUP * LANES;

/// The skyline at each post of the last strip, the strip included.
pub(super) struct Xdraw {
    met: Vec<f32>,
    next: Vec<f32>,
    /// Absolute lateral offsets, placed as the view's.
    across: Vec<f32>,
    /// Posts of a strip with whole groups around it, where the grid has no room for these.
    copied_m: Vec<i16>,
}

impl Xdraw {
    pub(super) fn new(view: &View) -> Self {
        let count = view.lowered_m().len().cast_signed();
        let across = (0..count).map(|at| (at - count / 2).abs() as f32).collect();
        let met = vec![NOTHING; count.unsigned_abs()];
        Self { next: met.clone(), met, across, copied_m: Vec::new() }
    }

    /// Writes which posts of a strip stand above the skyline, then raises it by the strip.
    ///
    /// Whole groups are computed, from a vector on that starts at a multiple of its lanes from the
    /// axis, so that no vector lies on both sides of it. What they find beyond the strip is not kept.
    /// `VOIDS` tells whether some of the posts may be voids: looking for them takes a tenth of the time.
    #[inline(always)]
    pub(super) fn pass<L: Lanes, const VOIDS: bool>(
        &mut self,
        lanes: L,
        (view, wedge): (&View, &Wedge<'_>),
        (axial, target_m): (usize, f32),
        out: &mut Run<'_>,
    ) {
        let ring = Ring::<L, VOIDS>::new(lanes, view, (axial, target_m));
        let (first, last) = wedge.span(axial);
        let start = first.div_euclid(WIDTH) * WIDTH;
        let count = ((last - start).unsigned_abs() / GROUP_POSTS + 1) * GROUP_POSTS;
        let ahead = wedge.ahead(axial);
        if let Some(posts_m) = wedge.posts(axial, start, count) {
            self.groups(&ring, (view.slot(start), [start, first, last]), (posts_m, ahead), out);
        } else {
            let mut copied_m = std::mem::take(&mut self.copied_m);
            copied_m.clear();
            copied_m.resize((first - start).unsigned_abs(), 0);
            copied_m.extend_from_slice(wedge.strip(axial).1);
            copied_m.resize(count, 0);
            self.groups(&ring, (view.slot(start), [start, first, last]), (&copied_m, ahead), out);
            self.copied_m = copied_m;
        }
        // Beyond the edges the next ring reads these, with no weight.
        let (first, last) = (view.slot(first), view.slot(last));
        self.next[first - 1] = self.next[first];
        self.next[last + 1] = self.next[last];
        std::mem::swap(&mut self.met, &mut self.next);
    }

    /// Whole groups from a lateral offset on, kept at a slot; bits are told of the strip alone.
    #[inline(always)]
    fn groups<L: Lanes, const VOIDS: bool>(
        &mut self,
        ring: &Ring<'_, L, VOIDS>,
        (slot, [start, first, last]): (usize, [isize; 3]),
        (posts_m, ahead): (&[i16], &[i16]),
        out: &mut Run<'_>,
    ) {
        let count = posts_m.len();
        let (right, left) = (&self.met[slot - 1..][..count], &self.met[slot + 1..][..count]);
        let rows = (groups(posts_m).iter())
            .zip(groups(&self.met[slot..][..count]))
            .zip(groups(left).iter().zip(groups(right)))
            .zip(groups(&ring.lowered_m[slot..][..count]))
            .zip(groups(&self.across[slot..][..count]))
            .zip(self.next[slot..][..count].as_chunks_mut().0.as_chunks_mut::<GROUP>().0);
        let (mut lateral, mut skipped) = (start, (first - start).unsigned_abs());
        for (((((posts_m, here), (left, right)), lowered_m), across), next) in rows {
            let at = (lateral - start).unsigned_abs();
            ring.lanes.fetch(ahead, at);
            ring.lanes.fetch(ahead, at + GROUP_POSTS / 2);
            let mut seen = 0;
            for i in 0..GROUP {
                let on_left = lateral + (i * LANES).cast_signed() < 0;
                let inner = if on_left { &left[i] } else { &right[i] };
                let row = [&here[i], inner, &lowered_m[i], &across[i]];
                seen |= u64::from(ring.vector(&posts_m[i], row, &mut next[i])) << (i * LANES);
            }
            let beyond = (lateral + GROUP_POSTS.cast_signed() - 1 - last).max(0).unsigned_abs();
            let count = u32::try_from(GROUP_POSTS - beyond - skipped).unwrap_or(0);
            out.append(seen << beyond >> beyond >> skipped, count);
            skipped = 0;
            lateral += GROUP_POSTS.cast_signed();
        }
    }
}

/// Elements in groups of vectors; those that fill no group are left out.
#[inline(always)]
fn groups<T>(from: &[T]) -> &[[[T; LANES]; GROUP]] {
    from.as_chunks().0.as_chunks().0
}

/// What the posts of one ring have in common.
struct Ring<'a, L: Lanes, const VOIDS: bool> {
    lanes: L,
    level_m: L::F,
    lowered_m: &'a [f32],
    target: L::F,
    per_axial: L::F,
    void: L::I,
}

impl<'a, L: Lanes, const VOIDS: bool> Ring<'a, L, VOIDS> {
    #[inline(always)]
    fn new(lanes: L, view: &'a View, (axial, target_m): (usize, f32)) -> Self {
        let per_axial = 1.0 / axial as f32;
        Self {
            lanes,
            level_m: lanes.splat(view.level_m(axial)),
            lowered_m: view.lowered_m(),
            target: lanes.splat(target_m * per_axial),
            per_axial: lanes.splat(per_axial),
            void: lanes.splat_int(i32::from(VOID)),
        }
    }

    /// One vector of posts: which are seen; `next` gets the skyline raised by them.
    #[inline(always)]
    fn vector(
        &self,
        posts_m: &[i16; LANES],
        [here, inner, lowered_m, across]: [&[f32; LANES]; 4],
        next: &mut [f32; LANES],
    ) -> u16 {
        let lanes = self.lanes;
        let met = [lanes.load(here), lanes.load(inner), lanes.load(across)];
        let (seen, raised) = self.raise(lanes.load_posts(posts_m), lanes.load(lowered_m), met);
        lanes.store(next, raised);
        seen
    }

    /// Which posts stand above the skyline, and the skyline raised by them.
    #[inline(always)]
    fn raise(
        &self,
        posts_m: L::I,
        lowered_m: L::F,
        [here, inner, across]: [L::F; 3],
    ) -> (u16, L::F) {
        let lanes = self.lanes;
        let level_m = lanes.add(self.level_m, lowered_m);
        let s = lanes.mul(lanes.sub(lanes.to_float(posts_m), level_m), self.per_axial);
        let share = lanes.mul(across, self.per_axial);
        let skyline = lanes.add(here, lanes.mul(share, lanes.sub(inner, here)));
        let seen = lanes.at_least(lanes.add(s, self.target), skyline);
        // A void, at its own value, lies so deep that it hides nothing.
        let voids = if VOIDS { lanes.equal_int(posts_m, self.void) } else { 0 };
        (seen & !voids, lanes.max(s, skyline))
    }
}
