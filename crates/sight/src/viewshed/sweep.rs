//! Sweeping the four wedges around an observer with a kernel, and joining what they see.
#![expect(clippy::inline_always, reason = "each path's instructions must reach the kernel")]

use crate::terrain::Grid;

use super::bits::{Bits, Run};
use super::bundle::{Bundle, Unsure};
use super::lattice::Lattice;
use super::rays::Rays;
use super::strip::Strip;
use super::view::View;
use super::wedge::{Facing, Turned, Wedge};
use super::xdraw::Xdraw;
use super::{Disc, Visible, r3};
use crate::lanes::{self, Job, Lanes, Path};

/// What a strip is tested against.
#[derive(Debug, Clone, Copy)]
pub(super) enum Skyline {
    /// Bounds; what lies between them is settled by R3. Rays for each axial step.
    Bounded(f64),
    /// The height at rays. Rays for each axial step.
    AtRays(f64),
    /// The height at the posts of the ring before.
    AtPosts,
}

/// Sweeps around an observer.
pub(super) fn sweep(
    grid: &Grid,
    turned: &Turned,
    disc: &Disc,
    skyline: Skyline,
    path: Path,
) -> Visible {
    let mut bits = Bits::new(disc.rows(), disc.cols());
    let mut turned_bits = Bits::new(disc.cols(), disc.rows());
    let observer = disc.observer();
    let (row, col) = (observer.row - disc.first_row(), observer.col - disc.first_col());
    for facing in [Facing::North, Facing::South, Facing::West, Facing::East] {
        let wedge = Wedge::new(facing, grid, turned, disc);
        let upright = matches!(facing, Facing::North | Facing::South);
        let (bits, axial, middle) =
            if upright { (&mut bits, row, col) } else { (&mut turned_bits, col, row) };
        let mut unsure = Vec::new();
        let seen = Seen { bits, axial, middle, outwards: wedge.faces_outwards() };
        lanes::run(path, Pass { disc, wedge: &wedge, skyline, seen, unsure: &mut unsure });
        let mut seen = Seen { bits, axial, middle, outwards: wedge.faces_outwards() };
        for Unsure { axial, lateral } in unsure {
            if r3::sees(grid, disc, wedge.cell(axial, lateral)) {
                let mut run = seen.run(axial, lateral);
                run.append(1, 1);
                run.finish();
            }
        }
    }
    bits.words[row * bits.words_per_row + col / 64] |= 1 << (col % 64);
    bits.or_turned(&turned_bits);
    Visible::of(disc, bits.words)
}

/// One wedge's place in a window of bits.
struct Seen<'a> {
    bits: &'a mut Bits,
    /// The observer's row and column, as the bits lie.
    axial: usize,
    middle: usize,
    outwards: bool,
}

impl Seen<'_> {
    fn run(&mut self, axial: usize, lateral: isize) -> Run<'_> {
        let row = if self.outwards { self.axial + axial } else { self.axial - axial };
        let per_row = self.bits.words_per_row;
        let words = &mut self.bits.words[row * per_row..][..per_row];
        Run::new(words, self.middle.strict_add_signed(lateral))
    }
}

/// One wedge swept outwards.
struct Pass<'a> {
    disc: &'a Disc,
    wedge: &'a Wedge<'a>,
    skyline: Skyline,
    seen: Seen<'a>,
    unsure: &'a mut Vec<Unsure>,
}

impl Job for Pass<'_> {
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Self { disc, wedge, skyline, mut seen, unsure } = self;
        #[expect(clippy::cast_possible_truncation, reason = "bounded by the request's check")]
        let target_m = disc.target_height_m() as f32;
        let (depth, view) = (wedge.depth(), View::new(disc, wedge));
        let mut strip = Strip::for_depth(depth);
        match skyline {
            Skyline::Bounded(rays) => {
                let mut bundle = Bundle::new(Rays::new(depth, rays));
                for axial in 1..=depth {
                    strip.take(lanes, &view, wedge, axial);
                    let mut run = seen.run(axial, strip.first);
                    bundle.pass(lanes, &mut strip, target_m, (&mut run, unsure));
                    run.finish();
                }
            }
            Skyline::AtRays(rays) => {
                let mut lattice = Lattice::new(Rays::new(depth, rays));
                for axial in 1..=depth {
                    strip.take(lanes, &view, wedge, axial);
                    let mut run = seen.run(axial, strip.first);
                    lattice.pass(lanes, &strip, target_m, &mut run);
                    run.finish();
                }
            }
            Skyline::AtPosts => {
                let rings = (&view, wedge, target_m);
                if wedge.may_hold_voids {
                    at_posts::<L, true>(lanes, rings, &mut seen);
                } else {
                    at_posts::<L, false>(lanes, rings, &mut seen);
                }
            }
        }
    }
}

/// Sweeps with the skyline at the posts of the ring before.
#[inline(always)]
fn at_posts<L: Lanes, const VOIDS: bool>(
    lanes: L,
    (view, wedge, target_m): (&View, &Wedge<'_>, f32),
    seen: &mut Seen<'_>,
) {
    let mut xdraw = Xdraw::new(view);
    for axial in 1..=wedge.depth() {
        let mut run = seen.run(axial, wedge.span(axial).0);
        xdraw.pass::<L, VOIDS>(lanes, (view, wedge), (axial, target_m), &mut run);
        run.finish();
    }
}
