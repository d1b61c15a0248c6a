//! What the station says to a node.

use jiff::Timestamp;
use wire::sapient::alert::AlertAckStatus;
use wire::sapient::{AlertAck, Content, Error, RegistrationAck, SapientMessage};
use wire::text;

use super::{Directory, Refusal, limits};

pub(super) fn envelope(
    directory: &Directory,
    to: Option<&str>,
    now: Timestamp,
    content: Content,
) -> SapientMessage {
    SapientMessage {
        timestamp: Some(now.into()),
        node_id: Some(directory.station_node_id().to_owned()),
        destination_id: to.map(str::to_owned),
        content: Some(content),
        additional_information: None,
    }
}

pub(super) fn registration_ack(reasons: Vec<String>) -> Content {
    Content::RegistrationAck(RegistrationAck {
        acceptance: Some(reasons.is_empty()),
        ack_response_reason: reasons,
    })
}

pub(super) fn alert_ack(alert_id: Option<String>, status: AlertAckStatus, reason: &str) -> Content {
    Content::AlertAck(AlertAck {
        alert_id,
        reason: vec![reason.to_owned()],
        alert_ack_status: Some(status.into()),
    })
}

/// Names every fault with its field, and gives back the beginning of the packet.
pub(super) fn error(
    directory: &Directory,
    to: Option<&str>,
    now: Timestamp,
    refusals: &[Refusal],
    packet: &[u8],
) -> SapientMessage {
    let line = |refusal: &Refusal| {
        text::clean(&format!("{}: {}", refusal.field, refusal.reason), limits::NOTE_CHARS)
    };
    let packet = packet.get(..limits::ERROR_PACKET_BYTES).unwrap_or(packet);
    let error =
        Error { packet: Some(packet.to_vec()), error_message: refusals.iter().map(line).collect() };
    envelope(directory, to, now, Content::Error(error))
}
