//! The exact kernel: one sweep per wedge against the skyline, near ties settled by R3.

use rayon::prelude::*;

use crate::terrain::{Grid, VOID};

use super::bits::{Bits, Run};
use super::envelope::{Envelope, Strip, VOID_DEPTH_M};
use super::wedge::{Facing, Turned, Wedge};
use super::{Disc, Request, Visible, r3};

/// Targets that clear the skyline, or fail to, by less than this are settled by R3: far more than
/// rounding moves a skyline in f64, far less than a metre.
const NEAR_TIE_M: f64 = 1e-3;

/// Computes visibility in one sweep per wedge; equal to R3 in every cell.
pub(super) fn skyline(grid: &Grid, request: &Request) -> Visible {
    let Ok(disc) = Disc::new(grid, request) else { return Visible::nothing() };
    let turned = Turned::window(grid, &disc);
    let mut bits = Bits::new(disc.rows(), disc.cols());
    let mut turned_bits = Bits::new(disc.cols(), disc.rows());
    let observer = disc.observer();
    let (row, col) = (observer.row - disc.first_row(), observer.col - disc.first_col());
    {
        let (north, south) = bits.words.split_at_mut(row * bits.words_per_row);
        let (west, east) = turned_bits.words.split_at_mut(col * turned_bits.words_per_row);
        let (across, down) = (bits.words_per_row, turned_bits.words_per_row);
        south[col / 64] |= 1 << (col % 64);
        [
            (Facing::North, north, across, col),
            (Facing::South, &mut south[across..], across, col),
            (Facing::West, west, down, row),
            (Facing::East, &mut east[down..], down, row),
        ]
        .into_par_iter()
        .for_each(|(facing, words, per_row, middle)| {
            let wedge = Wedge::new(facing, grid, &turned, &disc);
            sweep(grid, &disc, &wedge, |axial, lateral, seen| {
                let outwards = matches!(facing, Facing::South | Facing::East);
                let row = if outwards { axial - 1 } else { words.len() / per_row - axial };
                let words = &mut words[row * per_row..][..per_row];
                let mut run = Run::new(words, middle.strict_add_signed(lateral));
                for &seen in seen {
                    run.append(u32::from(seen), 1);
                }
                run.finish();
            });
        });
    }
    bits.or_turned(&turned_bits);
    Visible::of(&disc, bits.words)
}

/// Sweeps a wedge outwards; `emit` takes each strip's axial and first lateral offset and what of
/// it is seen.
fn sweep(grid: &Grid, disc: &Disc, wedge: &Wedge<'_>, mut emit: impl FnMut(usize, isize, &[bool])) {
    let mut envelope = Envelope::default();
    let (mut s, mut over, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    for axial in 1..=wedge.depth() {
        let (first, posts_m) = wedge.strip(axial);
        heights_in_view(disc, wedge, axial, &mut s);
        let strip = Strip { axial: axial as f64, first: first as f64, s: &s };
        seen.clear();
        if axial == 1 {
            envelope.begin(&strip);
            seen.extend(posts_m.iter().map(|&post_m| post_m != VOID));
        } else {
            envelope.pass(&strip, &mut over);
            let steps = axial as f64;
            let clear_m = |over: f64| over * steps + disc.target_height_m();
            let near_tie = |over: f64| clear_m(over).abs() < NEAR_TIE_M;
            let mut ties = false;
            seen.extend(posts_m.iter().zip(&over).map(|(&post_m, &over)| {
                ties |= near_tie(over);
                clear_m(over) >= 0.0 && post_m != VOID
            }));
            for (at, _) in over.iter().enumerate().filter(|(_, over)| ties && near_tie(**over)) {
                seen[at] = r3::sees(grid, disc, wedge.cell(axial, first + at.cast_signed()));
            }
        }
        emit(axial, first, &seen);
    }
}

/// Heights in view of a strip's posts: lowered by curvature less refraction, per axial step.
fn heights_in_view(disc: &Disc, wedge: &Wedge<'_>, axial: usize, s: &mut Vec<f64>) {
    let (first, posts_m) = wedge.strip(axial);
    let steps = axial as f64;
    let per_step = 1.0 / steps;
    let base_m = disc.eye_m() + disc.drop_per_m2() * steps * steps * wedge.axial_m2;
    let lateral_drop = disc.drop_per_m2() * wedge.lateral_m2;
    s.clear();
    s.extend(posts_m.iter().enumerate().map(|(at, &post_m)| {
        let lateral = (first + at.cast_signed()) as f64;
        let height_m = if post_m == VOID { VOID_DEPTH_M } else { f64::from(post_m) };
        (height_m - base_m - lateral_drop * lateral * lateral) * per_step
    }));
}
