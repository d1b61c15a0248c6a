//! Ways through the line that are known, and by how much a piece raises each.

use std::collections::BTreeSet;

use rayon::prelude::*;

use crate::coverage::scene::{Scene, Sums};
use crate::crossing::net::{COST_ONE, Fields, Steps, index};
use crate::placement::kit::Exposure;

/// Most ways that are kept.
const WAYS_MAX: usize = 6_000;
/// A crossing that costs more is of no use to anybody: 99 of 100 are detected.
const LEARNT_BELOW: f64 = 5.3;

/// A way through the line, and how long whoever takes it stays exposed to each node: what a piece raises it by is linear.
pub(super) struct Way {
    pub(super) stretch: usize,
    /// No less than its cost under the watch as it is without any piece.
    pub(super) base: f64,
    /// Cost for each unit of a node's sum, each node once.
    stays: Vec<(u32, f64)>,
}

/// All ways that are known.
#[derive(Default)]
pub(super) struct Ways {
    pub(super) each: Vec<Way>,
    fingerprints: BTreeSet<u64>,
}

/// By how much a piece raises ways, by the way's number; others are not raised.
pub(super) type Raises = Vec<(u32, f64)>;

/// Which ways lead through each node.
pub(super) struct Index {
    /// Number of the first way.
    first: usize,
    count: usize,
    /// By node, where its visits begin.
    begins: Vec<u32>,
    /// Way, counted from the first, and cost for each unit of the node's sum.
    visits: Vec<(u32, f64)>,
}

impl Ways {
    /// Learns of the least-detected ways that fields know up to `most`, evenly spread over the line; tells the number of the
    /// first new one.
    pub(super) fn learn(
        &mut self,
        (scene, base): (&Scene<'_>, &Sums),
        fields: &Fields,
        most: usize,
    ) -> usize {
        let times = &scene.mover.times;
        let first = self.each.len();
        let passages = scene.model.net.passages_of((times, &times.tolls), fields);
        let found: Vec<(usize, Steps)> = passages
            .into_iter()
            .enumerate()
            .filter_map(|(stretch, steps)| Some((stretch, steps?)))
            .filter(|(_, steps)| steps.least.cost() < LEARNT_BELOW)
            .filter(|(_, steps)| self.fingerprints.insert(fingerprint(&steps.nodes)))
            .collect();
        let most = most.min(WAYS_MAX - first);
        let every = found.len().div_ceil(most.max(1)).max(1);
        let taken: Vec<&(usize, Steps)> = found.iter().step_by(every).take(most).collect();
        self.each.par_extend(
            taken.into_par_iter().map(|(stretch, steps)| Way::new(scene, base, (*stretch, steps))),
        );
        first
    }

    /// Where the ways from a number on lead.
    pub(super) fn index(&self, first: usize, nodes: usize) -> Index {
        let ways = &self.each[first..];
        let mut begins = vec![0_u32; nodes + 1];
        for (node, _) in ways.iter().flat_map(|way| &way.stays) {
            begins[*node as usize + 1] += 1;
        }
        for node in 0..nodes {
            begins[node + 1] += begins[node];
        }
        let mut ends = begins.clone();
        let mut visits = vec![(0, 0.0); begins[nodes] as usize];
        for (number, way) in (0_u32..).zip(ways) {
            for (node, per) in &way.stays {
                let end = &mut ends[*node as usize];
                visits[*end as usize] = (number, *per);
                *end += 1;
            }
        }
        Index { first, count: ways.len(), begins, visits }
    }
}

impl Way {
    fn new(scene: &Scene<'_>, base: &Sums, (stretch, steps): (usize, &Steps)) -> Self {
        let (net, times) = (&scene.model.net, &scene.mover.times);
        let cells = (scene.model.going.factor * scene.model.going.factor) as f64;
        let mut stays = net.stays_along(steps, times);
        stays.sort_by_key(|(node, _)| *node);
        stays.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        for (_, ticks) in &mut stays {
            *ticks /= cells * COST_ONE;
        }
        // Whole rates along a way are rounded down, so that what it costs is never more than this.
        let watched: f64 = stays.iter().map(|(node, per)| per * base[*node as usize] as f64).sum();
        let noticed = net.noticed_by_barriers(steps, times) as f64 / COST_ONE;
        Self { stretch, base: watched + noticed, stays }
    }
}

impl Index {
    /// By how much an exposure raises each way.
    pub(super) fn raises(&self, exposure: &Exposure) -> Raises {
        let mut raises = vec![0.0; self.count];
        for (node, sum) in exposure {
            let node = *node as usize;
            let visits = self.begins[node] as usize..self.begins[node + 1] as usize;
            for (way, per) in &self.visits[visits] {
                raises[*way as usize] += per * f64::from(*sum);
            }
        }
        let raised = raises.into_iter().enumerate().filter(|(_, raise)| *raise > 0.0);
        raised.map(|(way, raise)| (index(self.first + way), raise)).collect()
    }
}

/// Tells ways apart (FNV-1a); two that bear the same by chance cost no more than one of them.
fn fingerprint(nodes: &[u32]) -> u64 {
    nodes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, node| {
        (hash ^ u64::from(*node)).wrapping_mul(0x0100_0000_01b3)
    })
}
