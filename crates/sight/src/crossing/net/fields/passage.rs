//! The least-detected crossing of each stretch as a path, and how fast the near edge can be reached from anywhere.

use super::held;
use super::{Asked, Hazard, LeastDetected, Net, Side, Spread, TIME_BITS, Times, UNREACHED};

/// Nobody's number.
const NOBODY: u32 = u32::MAX;

/// A crossing step by step, from the far edge to the near edge.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Steps {
    pub(crate) least: LeastDetected,
    /// Nodes in order; at least one on each side of the line.
    pub(crate) nodes: Vec<u32>,
    /// Number of the step that crosses the line.
    over: usize,
}

/// What a step costs: hazard times time in 2^-24, and time in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) detection: u64,
    pub(crate) ticks: u64,
}

/// Least time to the near edge and the node of the edge that it leads to.
#[derive(Debug, Clone)]
pub(crate) struct Escape {
    /// By node; [`UNREACHED`] where no way leads out.
    pub(crate) ticks: Vec<u64>,
    /// By node; nobody's number where no way leads out.
    pub(crate) exit: Vec<u32>,
}

/// One field and what it was spread under.
struct Traced<'a> {
    net: &'a Net,
    /// Ticks of a step away from where the field began.
    ticks: &'a [[u16; 16]],
    hazard: &'a [u32],
    keys: &'a [u64],
}

impl Net {
    /// The least-detected crossing through each stretch, with its steps; `None` where no way leads through it.
    pub(crate) fn passages(&self, times: &Times, hazard: &Hazard) -> Vec<Option<Steps>> {
        let fields = self.fields(times, hazard, Asked::All);
        let hazard = &fields.hazard[..];
        let before = Traced { net: self, ticks: &times.ticks_back, hazard, keys: &fields.forward };
        let after = Traced { net: self, ticks: &times.ticks, hazard, keys: &fields.backward };
        self.least_detected(times, &fields, Asked::All)
            .into_iter()
            .map(|least| {
                let least = least?;
                let way = &self.ways_over[least.way_over as usize];
                let mut nodes = before.to_the_edge(way.far);
                nodes.reverse();
                let over = nodes.len() - 1;
                nodes.extend(after.to_the_edge(way.near));
                Some(Steps { least, nodes, over })
            })
            .collect()
    }

    /// What each step of a crossing costs under a hazard, barriers at the line included.
    pub(crate) fn costs_along(&self, steps: &Steps, times: &Times, hazard: &Hazard) -> Vec<Cost> {
        let hazard = held(hazard);
        let pairs = steps.nodes.windows(2).enumerate();
        pairs
            .filter_map(|(at, pair)| {
                if at == steps.over {
                    return self.way_over_key(times, &hazard, steps.least.way_over);
                }
                let from = pair[0];
                let step = (0..16).find(|step| self.next(from, *step) == Some(pair[1]))?;
                self.step_key(&hazard, (from, step), times.ticks[from as usize][step])
            })
            .map(|key| Cost { detection: key >> TIME_BITS, ticks: key & ((1 << TIME_BITS) - 1) })
            .collect()
    }

    /// How soon the near edge can be reached from each node, and where.
    pub(crate) fn escape(&self, times: &Times) -> Escape {
        let nodes = self.len();
        let unwatched = vec![0; nodes];
        let spread = Spread {
            net: self,
            seeds: &self.from_near,
            ticks: &times.ticks_back,
            ticks_in: &times.ticks,
            hazard: &unwatched,
            key_max: UNREACHED - 1,
            side: Side::Both,
        };
        let (ticks, _) = spread.keys();
        let traced = Traced { net: self, ticks: &times.ticks, hazard: &unwatched, keys: &ticks };
        let mut order: Vec<u32> = (0..crate::crossing::net::index(nodes))
            .filter(|node| ticks[*node as usize] != UNREACHED)
            .collect();
        order.sort_by_key(|node| (ticks[*node as usize], *node));
        let mut exit = vec![NOBODY; nodes];
        for node in order {
            exit[node as usize] = traced.nearer(node).map_or(node, |next| exit[next as usize]);
        }
        let ticks = ticks
            .into_iter()
            .map(|key| if key == UNREACHED { key } else { key & ((1 << TIME_BITS) - 1) });
        Escape { ticks: ticks.collect(), exit }
    }
}

impl Traced<'_> {
    /// From a node that the field has reached, inclusive, to where the field began.
    fn to_the_edge(&self, from: u32) -> Vec<u32> {
        let mut nodes = vec![from];
        let mut node = from;
        while let Some(next) = self.nearer(node) {
            nodes.push(next);
            node = next;
        }
        nodes
    }

    /// The next node on a least way towards where the field began; `None` at its edge.
    fn nearer(&self, node: u32) -> Option<u32> {
        let key = self.keys[node as usize];
        let ticks = &self.ticks[node as usize];
        (0..16).filter(|_| key > 0).find_map(|step| {
            let to = self.net.next(node, step).filter(|to| self.keys[*to as usize] != UNREACHED)?;
            let more = self.net.step_key(self.hazard, (node, step), ticks[step])?;
            (self.keys[to as usize] + more == key).then_some(to)
        })
    }
}
