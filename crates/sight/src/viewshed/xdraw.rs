//! The xdraw kernel: each ring's skyline from the ring before, for screening candidates.
//!
//! Heights spread a little at each ring, so features widen with distance (Franklin, Ray & Mehta,
//! "Geometric algorithms for siting of air defense missile batteries", 1994).
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use super::bits::Run;
use super::lanes::{LANES, Lanes, WIDTH};
use super::lattice::up_to;
use super::strip::{NOTHING, Strip};

/// The skyline at each post of the last strip, the strip included.
pub(super) struct Xdraw {
    met: Vec<f32>,
    next: Vec<f32>,
    middle: isize,
}

impl Xdraw {
    pub(super) fn new(depth: usize) -> Self {
        let met = vec![NOTHING; 2 * depth + 8 * LANES];
        Self { next: met.clone(), met, middle: (depth + 3 * LANES).cast_signed() }
    }

    /// Writes which posts of a strip stand above the skyline, then raises it by the strip.
    #[inline(always)]
    pub(super) fn pass<L: Lanes>(
        &mut self,
        lanes: L,
        strip: &Strip,
        target_m: f32,
        out: &mut Run<'_>,
    ) {
        let per_axial = 1.0 / strip.axial as f32;
        let (target, per_axial) = (lanes.splat(target_m * per_axial), lanes.splat(per_axial));
        let mut lateral = strip.first.div_euclid(WIDTH) * WIDTH;
        while lateral <= strip.last {
            let slot = (lateral + self.middle).unsigned_abs();
            // The neighbour towards the axis.
            let inner = if lateral < 0 { slot + 1 } else { slot - 1 };
            let here = lanes.load(&self.met, slot);
            let s = lanes.load(strip.s(), strip.slot(lateral));
            #[expect(clippy::cast_possible_truncation, reason = "bounded by the depth of a wedge")]
            let across =
                lanes.to_float(lanes.add_int(lanes.splat_int(lateral as i32), lanes.ramp()));
            let share = lanes.mul(lanes.abs(across), per_axial);
            let skyline =
                lanes.add(here, lanes.mul(share, lanes.sub(lanes.load(&self.met, inner), here)));
            let seen = lanes.at_least(lanes.add(s, target), skyline);
            lanes.store(&mut self.next, slot, lanes.max(s, skyline));
            let inside = up_to(strip.last - lateral) & u16::MAX << (strip.first - lateral).max(0);
            out.append(lanes.extract(seen, inside), inside.count_ones());
            lateral += WIDTH;
        }
        let first = (strip.first + self.middle).unsigned_abs();
        let last = (strip.last + self.middle).unsigned_abs();
        // Beyond the edges the next ring reads these, with no weight.
        self.next[first - 1] = self.next[first];
        self.next[last + 1] = self.next[last];
        std::mem::swap(&mut self.met, &mut self.next);
    }
}
