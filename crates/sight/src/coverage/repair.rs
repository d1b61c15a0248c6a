//! Where an observer would help most: on the least-detected crossing, just inside the line.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::coverage::air::Air;
use crate::coverage::assess::probability;
use crate::coverage::scene::{Crossings, Scene, Sums};
use crate::coverage::{Repair, StretchAssessment, WatchState};
use crate::crossing::net::Asked;
use crate::geo::EnuPoint;

/// Stretches of one block share one observer.
const BLOCK_M: f64 = 1_000.0;
/// Blocks tried in the same run lie this many blocks apart, out of each other's sight.
const BLOCKS_APART: i64 = 5;
/// An observer who raises the probability by less is no repair.
const GAIN_MIN: f64 = 0.02;

/// An observer to try, and the stretches that it is for.
struct Post {
    at: EnuPoint,
    stretches: Vec<usize>,
}

/// Offers an observer where that beats restoring a sensor.
pub(crate) fn posts(
    scene: &Scene<'_>,
    air: &Air,
    sums: &Sums,
    low: &Crossings,
    stretches: &mut [StretchAssessment],
) {
    let rounds = rounds(scene, low, stretches);
    let tried: Vec<(Vec<Post>, Crossings)> = rounds
        .into_par_iter()
        .map(|posts| {
            let mut sums = sums.clone();
            for post in &posts {
                scene.add_observer(post.at, air, &mut sums);
            }
            let mut asked = vec![false; low.len()];
            posts.iter().flat_map(|post| &post.stretches).for_each(|at| asked[*at] = true);
            let with = scene.crossings(&sums, Asked::Uncertain(&asked));
            (posts, with)
        })
        .collect();
    for (posts, with) in tried {
        for post in posts {
            for at in post.stretches {
                offer(&mut stretches[at], post.at, probability(with[at]));
            }
        }
    }
}

fn offer(stretch: &mut StretchAssessment, at: EnuPoint, probability_with: f64) {
    let restored = match &stretch.repair {
        Some(Repair::RestoreSensor { probability_with, .. }) => *probability_with,
        _ => 0.0,
    };
    if probability_with > restored && probability_with >= stretch.probability + GAIN_MIN {
        stretch.repair = Some(Repair::PostObserver { at, probability_with });
    }
}

/// Posts of every block with a stretch that is not watched, dealt out to rounds.
fn rounds(scene: &Scene<'_>, low: &Crossings, stretches: &[StretchAssessment]) -> Vec<Vec<Post>> {
    let sector = scene.model.sector();
    let mut blocks: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (at, stretch) in stretches.iter().enumerate() {
        if stretch.state != WatchState::Watched {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a line is at most some 1000 km long"
            )]
            let block = libm::floor(sector.stretches[at].from_m / BLOCK_M) as i64;
            blocks.entry(block).or_default().push(at);
        }
    }
    let mut rounds: BTreeMap<i64, Vec<Post>> = BTreeMap::new();
    for (block, members) in blocks {
        let weakest = members
            .iter()
            .copied()
            .min_by(|a, b| stretches[*a].probability.total_cmp(&stretches[*b].probability));
        if let Some(crossing) = weakest.and_then(|at| low[at]) {
            let way = &scene.model.net.ways_over[crossing.way_over as usize];
            let cell = scene.model.net.cells[way.near as usize] as usize;
            let post = Post { at: scene.model.going.points[cell], stretches: members };
            rounds.entry(block.rem_euclid(BLOCKS_APART)).or_default().push(post);
        }
    }
    rounds.into_values().collect()
}
