//! What is remembered of nodes from one connection to the next: who was registered, and which reports came.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::registration::Node;
use super::{limits, seconds};

/// Shared by all connections of a door.
#[derive(Debug, Default)]
pub(super) struct Memory {
    nodes: Mutex<BTreeMap<String, Known>>,
}

/// What is known of one node.
#[derive(Debug, Default)]
struct Known {
    /// The node as it was when its connection was lost, and when.
    left: Option<(Timestamp, Node)>,
    /// Its last reports, oldest first, and the same to be looked up.
    order: VecDeque<Report>,
    seen: BTreeSet<Report>,
}

/// A report's own id and the time that it tells. Senders that use one id for all reports are told apart by the time.
type Report = (u128, Timestamp);

impl Memory {
    /// False for a report that this node has sent before, by whatever connection.
    pub(super) fn is_news(&self, node_id: &str, report: Report) -> bool {
        let mut nodes = self.nodes();
        let Some(known) = known(&mut nodes, node_id) else { return true };
        if !known.seen.insert(report) {
            return false;
        }
        known.order.push_back(report);
        if known.order.len() > limits::REPORTS_REMEMBERED_MAX
            && let Some(oldest) = known.order.pop_front()
        {
            known.seen.remove(&oldest);
        }
        true
    }

    /// Remembers a node whose connection was lost.
    pub(super) fn lose(&self, node: Node, now: Timestamp) {
        let mut nodes = self.nodes();
        if let Some(known) = known(&mut nodes, &node.id) {
            known.left = Some((now, node));
        }
    }

    /// A node that goes on where it was cut off, unless it was away for too long; asked once.
    pub(super) fn resume(&self, node_id: &str, now: Timestamp) -> Option<Node> {
        let (left_at, node) = self.nodes().get_mut(node_id)?.left.take()?;
        (seconds(left_at, now) <= limits::RESUME_WITHIN_S).then_some(node)
    }

    /// A node that registers anew or says goodbye is not waited for.
    pub(super) fn forget(&self, node_id: &str) {
        if let Some(known) = self.nodes().get_mut(node_id) {
            known.left = None;
        }
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        // Nothing panics while it holds the lock, and every change under it is whole.
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known<'a>(nodes: &'a mut BTreeMap<String, Known>, node_id: &str) -> Option<&'a mut Known> {
    if !nodes.contains_key(node_id) {
        if nodes.len() >= limits::NODES_REMEMBERED_MAX {
            return None;
        }
        nodes.insert(node_id.to_owned(), Known::default());
    }
    nodes.get_mut(node_id)
}
