//! Events by UDP: each datagram whole or not at all, from named senders, alone or to a multicast group.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use wire::cot::Message;
use wire::cot::frame::{Version, decode_datagram};
use wire::cot::peers::Peers;

use crate::ingest::cot::{self, Phones, Session};
use crate::ingest::datagram_door::{Reader, Step};
use crate::ingest::door::Counts;
use crate::ingest::limits;

/// How this door is called.
pub const DATAGRAM_DOOR: &str = "cot-udp";
pub const DATAGRAM_PROTOCOL: &str = "Cursor on Target by UDP (TAK protocol 0 and 1)";

/// A multicast group to listen to, by this interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    pub address: Ipv4Addr,
    pub interface: Ipv4Addr,
}

/// Who is heard by datagrams, and so what they all read; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Heard(Arc<Mutex<Peers>>);

impl Heard {
    /// The version in which all of them are told.
    pub fn agreed(&self, now: Timestamp) -> Version {
        self.peers().agreed(now)
    }

    fn hear(&self, message: &Message, sent: Version, now: Timestamp) {
        self.peers().hear(message, sent, now);
    }

    fn peers(&self) -> MutexGuard<'_, Peers> {
        // Nothing panics while it holds the lock, and every change under it is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads events in datagrams; nobody is answered.
#[derive(Debug)]
pub struct Datagrams {
    phones: Arc<Phones>,
    senders: BTreeMap<IpAddr, Sender>,
    heard: Heard,
    counts: Counts,
    refused: Option<String>,
}

/// One sender, as far as an address tells senders apart.
#[derive(Debug)]
struct Sender {
    session: Session,
    heard_at: Timestamp,
}

impl Datagrams {
    pub fn new(phones: Arc<Phones>, heard: Heard) -> Self {
        let (senders, counts) = (BTreeMap::new(), Counts::default());
        Self { phones, senders, heard, counts, refused: None }
    }

    /// The conversation with an address; whoever has been silent longest gives way when there are too many.
    fn session(&mut self, from: IpAddr, now: Timestamp) -> &mut Session {
        if self.senders.len() >= limits::CONNECTIONS_MAX && !self.senders.contains_key(&from) {
            let silent = self.senders.iter().min_by_key(|(_, sender)| sender.heard_at);
            if let Some(silent) = silent.map(|(from, _)| *from) {
                self.senders.remove(&silent);
            }
        }
        let phones = &self.phones;
        let sender = self.senders.entry(from).or_insert_with(|| Sender {
            session: Session::new(Arc::clone(phones), now),
            heard_at: now,
        });
        sender.heard_at = now;
        &mut sender.session
    }
}

impl Reader for Datagrams {
    fn take(&mut self, datagram: &[u8], from: SocketAddr, now: Timestamp, step: &mut Step) {
        let frame = decode_datagram(datagram);
        let sent = frame.as_ref().map(wire::cot::frame::Frame::version).ok();
        let message = frame.and_then(Message::read);
        if let (Ok(message), Some(sent)) = (&message, sent) {
            self.heard.hear(message, sent, now);
        }
        let session = self.session(from.ip().to_canonical(), now);
        let before = session.counts();
        let mut told = cot::Step::default();
        session.take(message, now, &mut told);
        let (after, refused) = (session.counts(), session.take_refused());
        self.counts = self.counts.plus(before, after);
        self.refused = refused.or(self.refused.take());
        step.inputs.extend(told.inputs);
    }

    fn tick(&mut self, _now: Timestamp, _step: &mut Step) {}

    fn counts(&self) -> Counts {
        self.counts
    }

    fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }
}
