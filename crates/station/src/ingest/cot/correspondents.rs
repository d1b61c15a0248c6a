//! Which phone is spoken to by which connection, so that the desk can answer who wrote to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use super::Reply;

/// The phones that can be answered; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Correspondents(Arc<Mutex<Reached>>);

#[derive(Debug, Default)]
struct Reached {
    /// Counts connections, so that one that ends takes no newer one's place with it.
    last_ticket: u64,
    by_uid: BTreeMap<String, (Ticket, mpsc::Sender<Reply>)>,
}

/// A connection's claim to the phones that spoke by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(u64);

impl Correspondents {
    /// A connection has come.
    pub fn enter(&self) -> Ticket {
        let mut reached = self.reached();
        reached.last_ticket += 1;
        Ticket(reached.last_ticket)
    }

    /// A phone has spoken by it: what is for this phone goes there from now on.
    pub fn spoke(&self, uid: &str, ticket: Ticket, outbox: &mpsc::Sender<Reply>) {
        self.reached().by_uid.insert(uid.to_owned(), (ticket, outbox.clone()));
    }

    /// A connection has ended.
    pub fn leave(&self, ticket: Ticket) {
        self.reached().by_uid.retain(|_, (held, _)| *held != ticket);
    }

    /// Whether a phone is connected.
    pub fn is_reached(&self, uid: &str) -> bool {
        self.reached().by_uid.contains_key(uid)
    }

    /// Sends to one phone; false when it is not connected, or takes nothing.
    pub fn send(&self, uid: &str, reply: Reply) -> bool {
        let reached = self.reached();
        reached.by_uid.get(uid).is_some_and(|(_, outbox)| outbox.try_send(reply).is_ok())
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        // Nothing panics while it holds the lock, and every change under it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
