//! The xdraw kernel: each ring's skyline from the ring before, for screening candidates.
//!
//! Heights spread a little at each ring, so features widen with distance (Franklin, Ray & Mehta,
//! "Geometric algorithms for siting of air defense missile batteries", 1994).
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use crate::terrain::VOID;

use super::bits::Run;
use super::lanes::{LANES, Lanes, vector, vector_mut};
use super::lattice::up_to;
use super::strip::{NOTHING, load_posts};
use super::view::View;
use super::wedge::Wedge;

/// The skyline at each post of the last strip, the strip included.
pub(super) struct Xdraw {
    met: Vec<f32>,
    next: Vec<f32>,
    /// Absolute lateral offsets, placed as the view's.
    across: Vec<f32>,
}

impl Xdraw {
    pub(super) fn new(view: &View) -> Self {
        let count = view.lowered_m().len().cast_signed();
        let across = (0..count).map(|at| (at - count / 2).abs() as f32).collect();
        let met = vec![NOTHING; count.unsigned_abs()];
        Self { next: met.clone(), met, across }
    }

    /// Writes which posts of a strip stand above the skyline, then raises it by the strip.
    ///
    /// `VOIDS` tells whether some of the posts may be voids: looking for them takes a tenth of the time.
    #[inline(always)]
    pub(super) fn pass<L: Lanes, const VOIDS: bool>(
        &mut self,
        lanes: L,
        (view, wedge): (&View, &Wedge<'_>),
        (axial, target_m): (usize, f32),
        out: &mut Run<'_>,
    ) {
        let (first, posts_m) = wedge.strip(axial);
        let ring = Ring::<L, VOIDS>::new(lanes, view, (axial, target_m));
        let (whole, left) = posts_m.as_chunks::<LANES>();
        // Vectors wholly on the left of the axis, then perhaps one across it, then the rest.
        let lefts = ((-first).max(0).unsigned_abs() / LANES).min(whole.len());
        let slot = view.slot(first);
        let ahead = wedge.ahead(axial);
        self.many(&ring, (slot, slot + 1), (&whole[..lefts], ahead), out);
        let across = usize::from(lefts < whole.len() && first + (lefts * LANES).cast_signed() < 0);
        let mut at = lefts * LANES;
        if across == 1 {
            out.append(self.one(&ring, (slot + at, first), at, posts_m).into(), 16);
            at += LANES;
        }
        let (start, ahead) = (slot + at, ahead.get(at..).unwrap_or_default());
        self.many(&ring, (start, start.wrapping_sub(1)), (&whole[lefts + across..], ahead), out);
        if !left.is_empty() {
            let at = whole.len() * LANES;
            let seen = self.one(&ring, (slot + at, first), at, posts_m) & !(u16::MAX << left.len());
            out.append(seen.into(), u32::try_from(left.len()).unwrap_or(0));
        }
        let last = slot + posts_m.len() - 1;
        // Beyond the edges the next ring reads these, with no weight.
        self.next[slot - 1] = self.next[slot];
        self.next[last + 1] = self.next[last];
        std::mem::swap(&mut self.met, &mut self.next);
    }

    /// Whole vectors on one side of the axis; `inner` is where the posts nearer to it are kept.
    #[inline(always)]
    fn many<L: Lanes, const VOIDS: bool>(
        &mut self,
        ring: &Ring<'_, L, VOIDS>,
        (slot, inner): (usize, usize),
        (posts_m, ahead): (&[[i16; LANES]], &[i16]),
        out: &mut Run<'_>,
    ) {
        let (lanes, count) = (ring.lanes, posts_m.len() * LANES);
        if count == 0 {
            return;
        }
        let here = self.met[slot..slot + count].as_chunks().0;
        let inner = self.met[inner..inner + count].as_chunks().0;
        let lowered = ring.lowered_m[slot..slot + count].as_chunks().0;
        let across = self.across[slot..slot + count].as_chunks().0;
        let next = self.next[slot..slot + count].as_chunks_mut().0;
        let rows = posts_m.iter().zip(here).zip(inner).zip(lowered).zip(across).zip(next);
        for (at, (((((posts_m, here), inner), lowered_m), across), next)) in rows.enumerate() {
            lanes.fetch(ahead, at * LANES);
            let met = [lanes.load(here), lanes.load(inner), lanes.load(across)];
            let (seen, raised) = ring.raise(lanes.load_posts(posts_m), lanes.load(lowered_m), met);
            lanes.store(next, raised);
            out.append(seen.into(), 16);
        }
    }

    /// One vector anywhere: `at` is its place in the strip.
    #[inline(always)]
    fn one<L: Lanes, const VOIDS: bool>(
        &mut self,
        ring: &Ring<'_, L, VOIDS>,
        (slot, first): (usize, isize),
        at: usize,
        posts_m: &[i16],
    ) -> u16 {
        let (lanes, lateral) = (ring.lanes, first + at.cast_signed());
        let (left, right) = (vector(&self.met, slot + 1), vector(&self.met, slot - 1));
        let inner =
            lanes.select(up_to((-1 - lateral).max(-1)), lanes.load(left), lanes.load(right));
        let met =
            [lanes.load(vector(&self.met, slot)), inner, lanes.load(vector(&self.across, slot))];
        let lowered_m = lanes.load(vector(ring.lowered_m, slot));
        let (seen, raised) = ring.raise(load_posts(lanes, posts_m, at), lowered_m, met);
        lanes.store(vector_mut(&mut self.next, slot), raised);
        seen
    }
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
