//! One sweep per wedge in f64: how far every post stands above the skyline before it.

use crate::terrain::VOID;

use super::Disc;
use super::envelope::{Envelope, Strip, VOID_DEPTH_M};
use super::wedge::Wedge;

/// Sweeps a wedge outwards; `emit` takes each strip's axial and first lateral offset, its posts
/// and how many metres each stands above the lowest line of sight that nothing before it crosses.
pub(super) fn sweep(
    disc: &Disc,
    wedge: &Wedge<'_>,
    mut emit: impl FnMut(usize, isize, &[i16], &[f64]),
) {
    let mut envelope = Envelope::default();
    let (mut s, mut over) = (Vec::new(), Vec::new());
    for axial in 1..=wedge.depth() {
        let (first, posts_m) = wedge.strip(axial);
        heights_in_view(disc, wedge, axial, &mut s);
        let strip = Strip { axial: axial as f64, first: first as f64, s: &s };
        if axial == 1 {
            envelope.begin(&strip);
            over.clear();
            over.resize(posts_m.len(), f64::INFINITY);
        } else {
            envelope.pass(&strip, &mut over);
            for over in &mut over {
                *over *= axial as f64;
            }
        }
        emit(axial, first, posts_m, &over);
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
