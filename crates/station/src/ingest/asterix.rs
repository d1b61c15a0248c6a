//! What radars say in ASTERIX: plots become detections, north marks and sectors a sign of life.
//!
//! Category 048 is read for plots, 034 for the radar's own state. What identifies an aircraft (address, codes,
//! callsign) is read by nobody here, and so never kept; that it answers at all says that it is an aircraft.

pub mod outgoing;
mod plots;
mod radars;
mod recent;
mod service;
#[cfg(test)]
pub(in crate::ingest) mod tests;

use std::net::SocketAddr;

use jiff::Timestamp;
use watch::detection::{Rejection, Source as Speaker};
use watch::journal::Input;
use wire::asterix::{Block, Record, Source};

use super::datagram_door::{Reader, Step};
use super::door::Counts;
use super::rejections::{Refusal, Rejections};

pub use self::radars::{RadarSettings, RadarSign, Radars, UnknownRadar};

/// How this door is called in rejections.
pub const DOOR: &str = "asterix";
pub const PROTOCOL: &str = "ASTERIX categories 034 and 048 by UDP";

/// All that is known of the radars of a door.
#[derive(Debug)]
pub struct RadarReader {
    radars: Radars,
    rejections: Rejections,
    counts: Counts,
    refused: Option<String>,
}

impl RadarReader {
    pub fn new(radars: Radars, now: Timestamp) -> Self {
        Self {
            radars,
            rejections: Rejections::new(DOOR, now),
            counts: Counts::default(),
            refused: None,
        }
    }

    fn take_records(&mut self, records: &[Record], now: Timestamp, step: &mut Step) {
        for record in records {
            let taken = match record.category() {
                48 => self.take_plot(record, now, step),
                34 => self.take_service(record, now, step),
                _ => Ok(false),
            };
            match taken {
                Ok(true) => self.counts.accepted += 1,
                Ok(false) => self.counts.ignored += 1,
                Err(refusal) => self.refuse(refusal, None, now, step),
            }
        }
    }

    /// Counts and journals what cannot be used.
    fn refuse(
        &mut self,
        refusal: Refusal,
        speaker: Option<Speaker>,
        now: Timestamp,
        step: &mut Step,
    ) {
        self.counts.rejected += 1;
        self.refused = Some(format!("{}: {}", refusal.field, refusal.reason));
        step.inputs.extend(self.rejections.journal(&[refusal], speaker, now).map(Input::Rejected));
    }

    /// Says once a minute what is right in itself and yet nothing to act on.
    fn remark(
        &mut self,
        (field, reason): (&'static str, &str),
        speaker: &Speaker,
        now: Timestamp,
        step: &mut Step,
    ) {
        if self.rejections.is_due(field, now) {
            step.inputs.push(Input::Rejected(Rejection {
                door: DOOR.to_owned(),
                source: Some(speaker.clone()),
                field: field.to_owned(),
                reason: reason.to_owned(),
            }));
        }
    }
}

impl Reader for RadarReader {
    fn take(&mut self, datagram: &[u8], _from: SocketAddr, now: Timestamp, step: &mut Step) {
        let read = wire::asterix::decode(datagram);
        for block in &read.blocks {
            match block {
                Block::Known { records, .. } => self.take_records(records, now, step),
                Block::Opaque { .. } => self.counts.ignored += 1,
            }
        }
        for fault in read.faults {
            self.refuse(Refusal::new("datagram", fault.to_string()), None, now, step);
        }
    }

    fn tick(&mut self, now: Timestamp, step: &mut Step) {
        self.radars.find_lost(now, step);
    }

    fn counts(&self) -> Counts {
        self.counts
    }

    fn take_refused(&mut self) -> Option<String> {
        self.refused.take()
    }
}

/// A source as the configuration writes it.
fn in_words(Source { sac, sic }: Source) -> String {
    format!("{sac}/{sic}")
}
