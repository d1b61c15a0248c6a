//! `GeoChat`: who wrote, and what the desk answers.

use jiff::Timestamp;
use wire::cot::Event;
use wire::cot::xml::{Element, Node};

use super::protocol_event;

/// How a chat's uid begins; its writer, the room and the message's own id follow, with points between.
const BEGINNING: &str = "GeoChat.";
/// What the desk is called on phones. Who sits there is nobody's business.
const DESK: &str = "Watchline";

/// The uid of the phone that wrote a chat with this uid.
pub fn writer_of(uid: &str) -> Option<&str> {
    uid.strip_prefix(BEGINNING)?.split('.').next().filter(|writer| !writer.is_empty())
}

/// The desk's words for one phone: `id` tells them from all others.
pub fn answer(
    station: &str,
    (uid, callsign): (&str, &str),
    (id, text): (&str, &str),
    now: Timestamp,
) -> Event {
    let group = Element::new("chatgrp").with("id", uid).with("uid0", station).with("uid1", uid);
    let chat = Element::new("__chat")
        .with("parent", "RootContactGroup")
        .with("groupOwner", "false")
        .with("chatroom", callsign)
        .with("id", uid)
        .with("senderCallsign", DESK)
        .with("messageId", id)
        .holding(group);
    let link =
        Element::new("link").with("uid", station).with("type", "a-f-G-U-C").with("relation", "p-p");
    let remarks = Element::new("remarks")
        .with("source", format!("BAO.F.ATAK.{station}"))
        .with("to", uid)
        .with("time", now.to_string())
        .saying(text);
    let addressee = Element::new("dest").with("callsign", callsign);
    let detail = [chat, link, remarks, Element::new("marti").holding(addressee)];
    Event {
        how: "h-g-i-g-o".to_owned(),
        detail: detail.into_iter().map(Node::Element).collect(),
        ..protocol_event(&format!("{BEGINNING}{station}.{uid}.{id}"), "b-t-f", now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_phone_and_the_station_and_reads_back_as_it_was() {
        let now = "2026-11-27T08:00:00Z".parse().unwrap();
        let (phone, words) = (("ANDROID-1", "HAWK <1>"), ("desk-7", "stay & wait"));

        let event = answer("watchline.test", phone, words, now);
        let read = wire::cot::parse(event.to_xml().as_bytes()).unwrap();

        assert_eq!(read, event);
        assert_eq!(read.uid, "GeoChat.watchline.test.ANDROID-1.desk-7");
        let chat = read.detail("__chat").unwrap();
        assert_eq!(chat.attribute("id"), Some("ANDROID-1"));
        assert_eq!(chat.attribute("chatroom"), Some("HAWK <1>"));
        assert_eq!(read.detail("remarks").unwrap().text(), "stay & wait");
    }

    #[test]
    fn a_chats_writer_is_the_second_part_of_its_uid() {
        assert_eq!(writer_of("GeoChat.ANDROID-1.All Chat Rooms.7"), Some("ANDROID-1"));
        assert_eq!(writer_of("GeoChat..All.7"), None);
        assert_eq!(writer_of("ANDROID-1"), None);
    }
}
