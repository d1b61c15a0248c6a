//! Who is heard in a mesh, and the version that all of them read.
//!
//! Nobody is asked there: each tells at least once a minute which versions it reads, and what goes
//! to all of them goes in the highest that all read, else in XML.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::Message;
use super::frame::{VERSION, Version};
use super::takproto::TakControl;
use crate::limits::COT_PEERS_MAX;

/// How long a word on versions holds: afterwards a peer reads what its last message was in (TAK protocol 1).
const WORD_HOLDS: SignedDuration = SignedDuration::from_mins(2);
/// A peer that is silent for longer has left (A): phones tell their place at least every minute or so.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// The peers of one mesh, by uid.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Peers {
    heard: BTreeMap<String, Peer>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Peer {
    heard_at: Timestamp,
    /// The version of its last message.
    sent: Version,
    /// Whether it said that it reads protobuf, and when.
    told: Option<(bool, Timestamp)>,
}

impl Peers {
    /// Takes note of whoever sent a message; one that says neither whose it is nor where its sender is, is nobody's.
    pub fn hear(&mut self, message: &Message, sent: Version, now: Timestamp) {
        let Some(uid) = speaker(message) else { return };
        self.make_room(uid, now);
        let known = self.heard.get(uid).and_then(|peer| peer.told);
        let told = message.control.as_ref().map(|control| (reads_protobuf(control), now));
        self.heard.insert(uid.to_owned(), Peer { heard_at: now, sent, told: told.or(known) });
    }

    /// What all peers read; protobuf where there is none.
    pub fn agreed(&self, now: Timestamp) -> Version {
        let mut there = self.heard.values().filter(|peer| !peer.is_gone(now));
        if there.all(|peer| peer.reads_protobuf(now)) { Version::Protobuf } else { Version::Xml }
    }

    /// Forgets who left, and whoever has been silent longest when there are still too many.
    fn make_room(&mut self, newcomer: &str, now: Timestamp) {
        if self.heard.len() < COT_PEERS_MAX || self.heard.contains_key(newcomer) {
            return;
        }
        self.heard.retain(|_, peer| !peer.is_gone(now));
        if self.heard.len() >= COT_PEERS_MAX {
            let silent = self.heard.iter().min_by_key(|(_, peer)| peer.heard_at);
            if let Some(silent) = silent.map(|(uid, _)| uid.clone()) {
                self.heard.remove(&silent);
            }
        }
    }
}

impl Peer {
    fn is_gone(&self, now: Timestamp) -> bool {
        now.duration_since(self.heard_at) > GONE_AFTER
    }

    fn reads_protobuf(&self, now: Timestamp) -> bool {
        match self.told {
            Some((reads, at)) if now.duration_since(at) <= WORD_HOLDS => reads,
            _ => self.sent == Version::Protobuf,
        }
    }
}

/// The uid that a word on versions names, or that of a friend who tells where it is.
fn speaker(message: &Message) -> Option<&str> {
    let named = message.control.as_ref().map(|control| control.contact_uid.as_str());
    let named = named.filter(|uid| !uid.is_empty());
    let event = message.event.as_ref();
    let own = event.filter(|event| message.control.is_some() || event.kind.starts_with("a-f"));
    named.or_else(|| own.map(|event| event.uid.as_str()))
}

/// A version that is not told is the first.
fn reads_protobuf(control: &TakControl) -> bool {
    let version = |told: u32| u64::from(told.max(1));
    (version(control.min_proto_version)..=version(control.max_proto_version)).contains(&VERSION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cot::{Event, takproto};

    fn at(s: i64) -> Timestamp {
        "2026-11-20T19:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(s)
    }

    fn event(uid: &str, kind: &str) -> Event {
        let xml = format!(
            "<event version='2.0' uid='{uid}' type='{kind}' how='m-g' time='2026-11-20T19:00:00Z' \
             start='2026-11-20T19:00:00Z' stale='2026-11-20T19:05:00Z'><point lat='34' lon='41'/></event>"
        );
        crate::cot::parse(xml.as_bytes()).unwrap()
    }

    fn place(uid: &str) -> Message {
        Message { control: None, event: Some(event(uid, "a-f-G-U-C")) }
    }

    fn word(uid: &str, [min, max]: [u32; 2]) -> Message {
        let control =
            TakControl { min_proto_version: min, max_proto_version: max, contact_uid: uid.into() };
        Message { control: Some(control), event: None }
    }

    #[test]
    fn one_who_reads_xml_alone_is_spoken_to_in_xml_by_all_until_it_has_left() {
        let mut peers = Peers::default();
        assert_eq!(peers.agreed(at(0)), Version::Protobuf);
        peers.hear(&place("A"), Version::Protobuf, at(0));
        assert_eq!(peers.agreed(at(0)), Version::Protobuf);

        peers.hear(&place("B"), Version::Xml, at(1));

        assert_eq!(peers.agreed(at(1)), Version::Xml);
        peers.hear(&place("A"), Version::Protobuf, at(500));
        assert_eq!(peers.agreed(at(601)), Version::Xml);
        assert_eq!(peers.agreed(at(602)), Version::Protobuf);
    }

    #[test]
    fn who_says_that_it_reads_protobuf_does_so_for_two_minutes_though_it_writes_xml() {
        let mut peers = Peers::default();
        peers.hear(&word("A", [1, 1]), Version::Protobuf, at(0));
        peers.hear(&place("A"), Version::Xml, at(10));
        assert_eq!(peers.agreed(at(120)), Version::Protobuf);

        assert_eq!(peers.agreed(at(121)), Version::Xml, "it has not said so again");
        peers.hear(&word("A", [0, 0]), Version::Protobuf, at(122));
        assert_eq!(peers.agreed(at(122)), Version::Protobuf, "nothing told is the first version");
        peers.hear(&word("A", [2, 3]), Version::Protobuf, at(123));
        assert_eq!(peers.agreed(at(123)), Version::Xml, "it no longer reads the first");
    }

    #[test]
    fn what_names_nobody_makes_no_peer_and_there_are_never_too_many() {
        let mut peers = Peers::default();
        peers.hear(&word("", [1, 1]), Version::Protobuf, at(0));
        let mark = Message { control: None, event: Some(event("mark", "a-u-G")) };
        peers.hear(&mark, Version::Xml, at(0));
        assert_eq!(peers, Peers::default());

        for number in 0..2 * COT_PEERS_MAX {
            let seconds = i64::try_from(number).unwrap() / 100;
            peers.hear(&place(&format!("P{number}")), Version::Protobuf, at(seconds));
        }

        assert_eq!(peers.heard.len(), COT_PEERS_MAX);
        assert!(peers.heard.contains_key(&format!("P{}", 2 * COT_PEERS_MAX - 1)));
    }

    #[test]
    fn a_word_on_versions_alone_comes_back_as_it_was_written() {
        let bytes = takproto::encode_control("watchline.test");

        let (control, event) = takproto::decode(&bytes).unwrap();

        assert_eq!(event, None);
        let control = control.unwrap();
        assert_eq!((control.min_proto_version, control.max_proto_version), (1, 1));
        assert_eq!(control.contact_uid, "watchline.test");
    }
}
