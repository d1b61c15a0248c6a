//! Which node is connected by which connection, and the tasks that wait for those that are not.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{MutexGuard as TurnGuard, mpsc};
use watch::dispatch::Task;
use watch::pointing::Pointing;
use wire::sapient::SapientMessage;

use crate::ingest::limits;
use crate::ingest::sapient::Directory;
use crate::ingest::sapient_exchange::Exchange;

/// The connected nodes; cheap to clone.
#[derive(Debug, Clone)]
pub struct Nodes {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    directory: Arc<Directory>,
    posts: Mutex<Posts>,
    /// Held while a coming or going is journalled, so that the journal has them in their true order.
    turnstile: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Posts {
    /// Counts connections, so that an old one of a node is told from its new one.
    last_ticket: u64,
    connected: BTreeMap<String, (Ticket, mpsc::Sender<ToNode>)>,
    waiting: BTreeMap<String, VecDeque<Task>>,
}

/// A connection's claim to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket(u64);

/// What is handed to a connection.
#[derive(Debug)]
pub(super) enum ToNode {
    Task(Box<Task>),
    Pointing(Box<Pointing>),
    /// The parent's words, as they came.
    Passed(Box<SapientMessage>),
    /// The node came back by another connection.
    Superseded,
}

/// What became of a task that was to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Its unit is connected and is being told.
    Sent,
    /// It is sent when its unit connects.
    Waiting,
    /// No node of the sector is this unit or sensor.
    NoSuchUnit,
    /// Its sensor is not connected, and an old wish to look somewhere is none: it is not sent.
    Dropped,
}

impl Nodes {
    pub(super) fn new(directory: Arc<Directory>) -> Self {
        let shared =
            Shared { directory, posts: Mutex::default(), turnstile: tokio::sync::Mutex::new(()) };
        Self { shared: Arc::new(shared) }
    }

    /// Node ids that are connected, in order.
    pub fn connected(&self) -> Vec<String> {
        self.posts().connected.keys().cloned().collect()
    }

    /// Sends a task to its unit, now or as soon as it connects.
    pub fn send_task(&self, task: &Task) -> Delivery {
        let Some(node_id) = self.shared.directory.node_of_unit(&task.unit) else {
            return Delivery::NoSuchUnit;
        };
        let mut posts = self.posts();
        if let Some((_, inbox)) = posts.connected.get(node_id)
            && inbox.try_send(ToNode::Task(Box::new(task.clone()))).is_ok()
        {
            return Delivery::Sent;
        }
        let waiting = posts.waiting.entry(node_id.to_owned()).or_default();
        if waiting.len() >= limits::TASKS_WAITING_MAX {
            waiting.pop_front();
        }
        waiting.push_back(task.clone());
        Delivery::Waiting
    }

    /// Tells a sensor what it is asked, if it is connected.
    pub fn send_pointing(&self, pointing: &Pointing) -> Delivery {
        let Some(node_id) = self.shared.directory.node_of_sensor(&pointing.sensor) else {
            return Delivery::NoSuchUnit;
        };
        let posts = self.posts();
        let told = posts.connected.get(node_id).is_some_and(|(_, inbox)| {
            inbox.try_send(ToNode::Pointing(Box::new(pointing.clone()))).is_ok()
        });
        if told { Delivery::Sent } else { Delivery::Dropped }
    }

    /// Hands the parent's message to a node; false when it is not connected or takes nothing.
    pub fn pass_down(&self, node_id: &str, message: SapientMessage) -> bool {
        let posts = self.posts();
        let inbox = posts.connected.get(node_id).map(|(_, inbox)| inbox);
        inbox.is_some_and(|inbox| inbox.try_send(ToNode::Passed(Box::new(message))).is_ok())
    }

    /// The way to the parent.
    pub fn exchange(&self) -> &Exchange {
        self.shared.directory.exchange()
    }

    pub(super) async fn turn(&self) -> TurnGuard<'_, ()> {
        self.shared.turnstile.lock().await
    }

    /// A node has registered: an older connection of its own is told to end.
    pub(super) fn enter(&self, node_id: &str, inbox: mpsc::Sender<ToNode>) -> Ticket {
        let mut posts = self.posts();
        posts.last_ticket += 1;
        let ticket = Ticket(posts.last_ticket);
        if let Some((_, older)) = posts.connected.insert(node_id.to_owned(), (ticket, inbox)) {
            // An inbox that is full or gone belongs to a connection that ends by itself.
            drop(older.try_send(ToNode::Superseded));
        }
        ticket
    }

    /// Hands over what waited for the node. Called when its registration has been answered.
    pub(super) fn deliver_waiting(&self, node_id: &str) {
        let waiting = self.posts().waiting.remove(node_id).unwrap_or_default();
        for task in waiting {
            self.send_task(&task);
        }
    }

    /// A connection ends; true if it still was its node's.
    pub(super) fn leave(&self, node_id: &str, ticket: Ticket) -> bool {
        let mut posts = self.posts();
        let is_its_own = posts.connected.get(node_id).is_some_and(|(held, _)| *held == ticket);
        if is_its_own {
            posts.connected.remove(node_id);
        }
        is_its_own
    }

    fn posts(&self) -> MutexGuard<'_, Posts> {
        // Nothing panics while it holds the lock, and every change under it is whole.
        self.shared.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
