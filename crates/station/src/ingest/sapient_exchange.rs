//! The way between a station's nodes and its parent: what one addresses to the other is handed on as it came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use wire::sapient::SapientMessage;
use wire::sapient::ids::canonical_uuid;

use super::limits;

/// Shared by the nodes' connections and the parent's; cheap to clone. Closed while there is no parent.
#[derive(Debug, Clone, Default)]
pub struct Exchange(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    parent: Option<Parent>,
    /// What the parent asked of whom: node and task, oldest first.
    asked: VecDeque<(String, String)>,
}

/// The parent that is connected.
#[derive(Debug)]
struct Parent {
    node_id: String,
    up: mpsc::Sender<SapientMessage>,
}

impl Exchange {
    /// The parent has let the station in; what is for it comes out of the receiver.
    pub fn open(&self, parent: &str) -> mpsc::Receiver<SapientMessage> {
        let (up, receiver) = mpsc::channel(limits::PASSED_UP_WAITING_MAX);
        self.state().parent = Some(Parent { node_id: parent.to_owned(), up });
        receiver
    }

    /// The parent is gone. Answers to what it asked are still told from answers to the station.
    pub fn close(&self) {
        self.state().parent = None;
    }

    /// True when a message is for the parent that is connected.
    pub fn is_for_parent(&self, message: &SapientMessage) -> bool {
        let Some(to) = message.destination_id.as_deref().and_then(canonical_uuid) else {
            return false;
        };
        self.state().parent.as_ref().is_some_and(|parent| parent.node_id == to)
    }

    /// The parent asked this of a node.
    pub fn asked(&self, node_id: &str, task_id: &str) {
        let mut state = self.state();
        if state.asked.len() >= limits::PASSED_TASKS_REMEMBERED_MAX {
            state.asked.pop_front();
        }
        state.asked.push_back((node_id.to_owned(), task_id.to_ascii_uppercase()));
    }

    /// True for a task that the parent gave to this node, and not the station.
    pub fn is_asked(&self, node_id: &str, task_id: &str) -> bool {
        let task_id = task_id.to_ascii_uppercase();
        self.state().asked.iter().any(|(node, task)| node == node_id && *task == task_id)
    }

    /// Hands a node's message on; an error says why it does not reach the parent.
    pub fn pass_up(&self, message: SapientMessage) -> Result<(), &'static str> {
        let state = self.state();
        let Some(parent) = &state.parent else { return Err("the parent is not connected") };
        parent.up.try_send(message).map_err(|_full| "the parent takes nothing just now")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock, and every change under it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
