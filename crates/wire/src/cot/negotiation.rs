//! Agreeing on protobuf over a stream that starts in XML.
//!
//! The server offers once (`t-x-takp-v`); the client may ask (`t-x-takp-q`) and then says nothing
//! until the answer (`t-x-takp-r`); after a yes both sides speak protobuf alone.

use jiff::{SignedDuration, Timestamp};

use super::frame::VERSION;
use super::xml::{Element, Node};
use super::{Event, Point};

/// How long a negotiation event holds.
const HOLDS: SignedDuration = SignedDuration::from_secs(60);
const HOW: &str = "m-g";

/// One step of the negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The server can speak this version.
    Offer { version: u64 },
    /// The client wants this version.
    Request { version: u64 },
    /// The server says yes or no.
    Answer { accepted: bool },
}

impl Step {
    /// The step that an event is; `None` for any other event, or one that is malformed.
    pub fn of(event: &Event) -> Option<Self> {
        let control = event.detail("TakControl")?;
        let version = |name: &str| control.child(name)?.attribute("version")?.trim().parse().ok();
        match event.kind.as_str() {
            "t-x-takp-v" => Some(Self::Offer { version: version("TakProtocolSupport")? }),
            "t-x-takp-q" => Some(Self::Request { version: version("TakRequest")? }),
            "t-x-takp-r" => {
                let status = control.child("TakResponse")?.attribute("status")?;
                Some(Self::Answer { accepted: status.trim().eq_ignore_ascii_case("true") })
            }
            _ => None,
        }
    }

    /// The event that says this step. All events of one negotiation share the uid that the server chose.
    pub fn event(self, uid: &str, now: Timestamp) -> Event {
        let (kind, inner) = match self {
            Self::Offer { version } => (
                "t-x-takp-v",
                Element::new("TakProtocolSupport").with("version", version.to_string()),
            ),
            Self::Request { version } => {
                ("t-x-takp-q", Element::new("TakRequest").with("version", version.to_string()))
            }
            Self::Answer { accepted } => {
                ("t-x-takp-r", Element::new("TakResponse").with("status", accepted.to_string()))
            }
        };
        Event {
            uid: uid.to_owned(),
            kind: kind.to_owned(),
            how: HOW.to_owned(),
            time: now,
            start: now,
            stale: now.saturating_add(HOLDS).unwrap_or(now),
            access: None,
            qos: None,
            opex: None,
            point: Point { lat_deg: 0.0, lon_deg: 0.0, hae_m: Some(0.0), ce_m: None, le_m: None },
            detail: vec![Node::Element(Element::new("TakControl").holding(inner))],
        }
    }

    /// The server's answer to a request.
    pub fn answer(version: u64) -> Self {
        Self::Answer { accepted: version == VERSION }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_comes_back_from_its_event() {
        let now = "2026-11-20T19:00:00Z".parse().unwrap();
        for step in [
            Step::Offer { version: 1 },
            Step::Request { version: 1 },
            Step::Answer { accepted: true },
            Step::Answer { accepted: false },
        ] {
            let xml = step.event("server-1", now).to_xml();
            let event = super::super::parse(xml.as_bytes()).unwrap();

            assert_eq!(Step::of(&event), Some(step));
            assert_eq!(event.stale.duration_since(event.time).as_secs(), 60);
        }
    }

    #[test]
    fn a_version_that_is_not_spoken_is_declined() {
        assert_eq!(Step::answer(1), Step::Answer { accepted: true });
        assert_eq!(Step::answer(2), Step::Answer { accepted: false });
    }

    #[test]
    fn ordinary_and_malformed_events_are_no_steps() {
        let now = "2026-11-20T19:00:00Z".parse().unwrap();
        let mut event = Step::Offer { version: 1 }.event("server-1", now);
        event.kind = "a-f-G".into();
        assert_eq!(Step::of(&event), None);
        event.kind = "t-x-takp-r".into();
        assert_eq!(Step::of(&event), None);
    }
}
