//! Repair of a field after the hazard has changed at some nodes: the same keys as spread anew, for less work.

use super::UNREACHED;
use super::spread::{Around, Spread};
use crate::crossing::queue::MonotoneQueue;

/// What is known of a node during a repair, one bit each.
const TOUCHED: u8 = 1;
/// It is known whether the node still has a way that bears its key.
const DECIDED: u8 = 2;
/// It has none.
const LOST: u8 = 4;

/// A hazard that has changed.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    pub(super) before: &'a [u32],
    /// The nodes at which it differs now.
    pub(super) nodes: &'a [u32],
}

/// What has become of keys that were right.
struct Weighed {
    /// Nodes whose key no step bears any more.
    lost: Vec<u32>,
    /// Nodes that a cheaper step leads to, and the key that it gives.
    eased: Vec<(u32, u64)>,
}

impl Spread<'_> {
    /// Makes keys that were right for the hazard before right for the present one (after Ramalingam and Reps, 1996).
    ///
    /// Every key is the sum of a least way's steps, which are all above nought. First, in the order of the keys, those are
    /// found that no step out of a lesser key explains any more; then they are forgotten, and the field spreads again from
    /// their surroundings and to where steps have become cheaper.
    pub(super) fn repair(&self, changed: Changed<'_>, keys: &mut [u64]) {
        let mut marks = vec![0_u8; keys.len()];
        let touched = self.touched(changed.nodes, &mut marks);
        let Weighed { lost, eased } = self.weigh(changed.before, &touched, (keys, &mut marks));
        for node in &lost {
            keys[*node as usize] = UNREACHED;
        }
        let mut queue = MonotoneQueue::loose(self.least_ticks);
        for (node, key) in eased {
            keys[node as usize] = key;
            queue.push(key, node);
        }
        // Whom nothing reached before is perhaps reached now; the lost ones may have other ways.
        let unreached = touched.iter().filter(|node| marks[**node as usize] & DECIDED == 0);
        for &node in lost.iter().chain(unreached) {
            let key = self.least_into(node, UNREACHED, (keys, &[]));
            if key < keys[node as usize] {
                keys[node as usize] = key;
                queue.push(key, node);
            }
        }
        self.settle(&mut queue, keys);
    }

    /// Nodes with a step into them that passes or meets one of those that have changed.
    fn touched(&self, changed: &[u32], marks: &mut [u8]) -> Vec<u32> {
        let mut touched = Vec::new();
        let mut touch = |node: u32| {
            let mark = &mut marks[node as usize];
            if *mark & TOUCHED == 0 && self.may_enter(node) {
                *mark |= TOUCHED;
                touched.push(node);
            }
        };
        for &node in changed {
            touch(node);
            (0..16).filter_map(|step| self.net.next(node, step)).for_each(&mut touch);
        }
        touched
    }

    /// Finds in the order of the keys which of them the steps out of lesser keys bear now.
    fn weigh(
        &self,
        before: &[u32],
        touched: &[u32],
        (keys, marks): (&[u64], &mut [u8]),
    ) -> Weighed {
        let mut weighed = Weighed { lost: Vec::new(), eased: Vec::new() };
        let mut queue = MonotoneQueue::strict();
        // A seed's key is 0 and needs no step.
        let is_borne = |key: u64| key > 0 && key != UNREACHED;
        for &node in touched.iter().filter(|node| is_borne(keys[**node as usize])) {
            queue.push(keys[node as usize], node);
        }
        while let Some((key, node)) = queue.pop() {
            if marks[node as usize] & DECIDED != 0 {
                continue;
            }
            marks[node as usize] |= DECIDED;
            let least = self.least_into(node, key, (keys, marks));
            if least < key {
                weighed.eased.push((node, least));
            }
            if least <= key {
                continue;
            }
            marks[node as usize] |= LOST;
            weighed.lost.push(node);
            let around = Around::new(self.net, before, node);
            for (step, ticks) in self.ticks[node as usize].iter().enumerate() {
                let to = around.at(step);
                let Some(&next) = keys.get(to as usize).filter(|_| *ticks > 0) else { continue };
                if next != UNREACHED
                    && next == self.after(key, around.step_key(step, *ticks, self.tolls))
                {
                    queue.push(next, to);
                }
            }
        }
        weighed
    }

    /// The least key that a step into a node gives, out of keys less than `below` that are not lost.
    fn least_into(&self, node: u32, below: u64, (keys, marks): (&[u64], &[u8])) -> u64 {
        let around = Around::new(self.net, self.hazard, node);
        let each = self.ticks_in[node as usize].iter().enumerate().filter(|(_, ticks)| **ticks > 0);
        let keys = each.filter_map(|(step, ticks)| {
            let from = around.at(step) as usize;
            let is_lost = marks.get(from).is_some_and(|mark| mark & LOST != 0);
            let key = *keys.get(from)?;
            (key < below && !is_lost)
                .then(|| self.after(key, around.step_key(step, *ticks, self.tolls_in)))
        });
        keys.min().unwrap_or(UNREACHED)
    }
}
