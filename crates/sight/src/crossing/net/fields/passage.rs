//! The least-detected crossing of each stretch as a path, and how fast the near edge can be reached from anywhere.

use rayon::prelude::*;

use super::{
    Asked, Fields, Hazard, LeastDetected, Net, Spread, TIME_BITS, TOLLED, Times, Tolls, UNREACHED,
    after,
};
use crate::crossing::going::PASSED;
use crate::crossing::net::Charge;

/// Nobody's number.
const NOBODY: u32 = u32::MAX;

/// A crossing step by step, from the far edge to the near edge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Steps {
    pub(crate) least: LeastDetected,
    /// Nodes in order; at least one on each side of the line.
    pub(crate) nodes: Vec<u32>,
    /// Which way each step leads.
    headings: Vec<usize>,
    /// Number of the step that crosses the line.
    over: usize,
}

/// What a step costs: hazard times time in 2^-24, and time in ticks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    pub(crate) detection: u64,
    pub(crate) ticks: u64,
    /// What barriers charge of it.
    pub(crate) barriers: Charge,
}

/// Least time to the near edge and the node of the edge that it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Escape {
    /// By node; [`UNREACHED`] where no way leads out.
    pub(crate) ticks: Vec<u64>,
    /// By node; nobody's number where no way leads out.
    pub(crate) exit: Vec<u32>,
}

/// One field and how it was spread.
#[derive(Clone, Copy)]
struct Traced<'a> {
    spread: Spread<'a>,
    keys: &'a [u64],
}

impl Net {
    /// The least-detected crossing through each stretch, with its steps; `None` where no way leads through it.
    ///
    /// `tolls` are those of `times`, or what of them counts.
    pub(crate) fn passages(
        &self,
        (times, tolls): (&Times, &Tolls),
        hazard: &Hazard,
    ) -> Vec<Option<Steps>> {
        let fields = self.fields_under((times, tolls), hazard, Asked::All);
        self.passages_of((times, tolls), &fields)
    }

    /// The same by fields that have been spread for all that was asked.
    pub(crate) fn passages_of(
        &self,
        (times, tolls): (&Times, &Tolls),
        fields: &Fields,
    ) -> Vec<Option<Steps>> {
        let least = self.least_under((times, tolls), fields, Asked::All);
        let steps = |least| Some(self.steps_of((times, tolls), fields, least?));
        least.into_par_iter().map(steps).collect()
    }

    /// The steps of a crossing that fields tell of.
    pub(crate) fn steps_of(
        &self,
        (times, tolls): (&Times, &Tolls),
        fields: &Fields,
        least: LeastDetected,
    ) -> Steps {
        let [ahead, back] = self.spreads((times, tolls), &fields.hazard, fields.key_max);
        let before = Traced { spread: ahead, keys: &fields.forward };
        let after = Traced { spread: back, keys: &fields.backward };
        let way = &self.ways_over[least.way_over as usize];
        let (mut nodes, mut headings) = before.way_from(way.far);
        nodes.reverse();
        headings.reverse();
        let over = headings.len();
        headings.push(usize::from(way.step));
        let (after, headings_after) = after.way_from(way.near);
        nodes.extend(after);
        headings.extend(headings_after);
        Steps { least, nodes, headings, over }
    }

    /// The nodes to whose hazard a step is exposed in equal shares.
    pub(crate) fn touched(&self, (node, step): (u32, usize)) -> impl Iterator<Item = u32> {
        let beside = step.checked_sub(8).map(|knight| PASSED[knight]);
        let beside = beside.into_iter().flat_map(|(first, second)| [first, second]);
        let steps = std::iter::once(step).chain(beside);
        std::iter::once(node).chain(steps.filter_map(move |step| self.next(node, step)))
    }

    /// What each step of a crossing costs under a hazard, barriers included.
    pub(crate) fn costs_along(&self, steps: &Steps, times: &Times, hazard: &Hazard) -> Vec<Cost> {
        let of = (times, &times.tolls);
        let cost = |(at, step): (usize, (u32, usize))| {
            let mut barriers = Charge::default();
            if times.of(self, step) == TOLLED {
                barriers = times.tolls.of(step.0, step.1).map_or(barriers, |tolled| tolled.charge);
            }
            let key = if at == steps.over {
                barriers = barriers.plus(times.tolls.over(steps.least.way_over));
                self.way_over_key(of, hazard, steps.least.way_over)?
            } else {
                self.step_key(of, hazard, step)?
            };
            let (detection, ticks) = (key >> TIME_BITS, key & ((1 << TIME_BITS) - 1));
            Some(Cost { detection, ticks, barriers })
        };
        steps.each().enumerate().filter_map(cost).collect()
    }

    /// What it costs to be noticed by the barriers along a crossing, in 2^-24, whatever else watches.
    pub(crate) fn noticed_by_barriers(&self, steps: &Steps, times: &Times) -> u64 {
        let tolled = steps.each().filter(|step| times.of(self, *step) == TOLLED);
        let of_steps = tolled.filter_map(|(node, step)| times.tolls.of(node, step));
        of_steps.map(|tolled| tolled.charge.cost()).sum::<u64>()
            + times.tolls.over(steps.least.way_over).cost()
    }

    /// How long a crossing is exposed to each node's hazard, in ticks, barriers at the line included; a node may come again.
    pub(crate) fn stays_along(&self, steps: &Steps, times: &Times) -> Vec<(u32, f64)> {
        let mut stays = Vec::with_capacity(4 * steps.nodes.len());
        for (at, step) in steps.each().enumerate() {
            let ticks = match times.of(self, step) {
                TOLLED => times.tolls.of(step.0, step.1).map_or(0, |tolled| tolled.ticks()),
                ticks => u32::from(ticks),
            };
            let share = f64::from(ticks) / self.touched(step).count() as f64;
            stays.extend(self.touched(step).map(|node| (node, share)));
            if at == steps.over {
                let held = f64::from(times.tolls.over(steps.least.way_over).ticks());
                stays.extend([(step.0, held / 2.0), (steps.nodes[at + 1], held / 2.0)]);
            }
        }
        stays
    }

    /// How soon the near edge can be reached from each node, and where.
    pub(crate) fn escape(&self, times: &Times) -> Escape {
        let nodes = self.len();
        let unwatched = vec![0; nodes];
        let tolls = times.tolls.counting(self, |_| false);
        let [_, spread] = self.spreads((times, &tolls), &unwatched, UNREACHED - 1);
        let ticks = spread.keys();
        let traced = Traced { spread, keys: &ticks };
        let mut order: Vec<u32> = (0..crate::crossing::net::index(nodes))
            .filter(|node| ticks[*node as usize] != UNREACHED)
            .collect();
        order.sort_by_key(|node| (ticks[*node as usize], *node));
        let mut exit = vec![NOBODY; nodes];
        for node in order {
            exit[node as usize] = traced.nearer(node).map_or(node, |(next, _)| exit[next as usize]);
        }
        let ticks = ticks
            .into_iter()
            .map(|key| if key == UNREACHED { key } else { key & ((1 << TIME_BITS) - 1) });
        Escape { ticks: ticks.collect(), exit }
    }
}

impl Steps {
    /// From which node each step leads, and which way.
    pub(crate) fn each(&self) -> impl Iterator<Item = (u32, usize)> {
        self.nodes.iter().copied().zip(self.headings.iter().copied())
    }
}

impl Traced<'_> {
    /// The way from a node that the field has reached, inclusive, to where the field began; and the steps that people take
    /// on it.
    fn way_from(&self, from: u32) -> (Vec<u32>, Vec<usize>) {
        let (mut nodes, mut steps) = (vec![from], Vec::new());
        let mut node = from;
        while let Some((next, step)) = self.nearer(node) {
            nodes.push(next);
            steps.push(step);
            node = next;
        }
        (nodes, steps)
    }

    /// The next node on a least way towards where the field began, and the step that people take between the two; `None` at
    /// its edge.
    fn nearer(&self, node: u32) -> Option<(u32, usize)> {
        let key = self.keys[node as usize];
        (0..16).filter(|_| key > 0).find_map(|step| {
            let net = self.spread.net;
            let to = net.next(node, step).filter(|to| self.keys[*to as usize] < key)?;
            let more = self.spread.key_into(node, step)?;
            let (_, taken) = self.spread.way.taken(node, step, to);
            (after(self.keys[to as usize], more) == key).then_some((to, taken))
        })
    }
}
