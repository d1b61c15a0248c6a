//! Satellite receivers of patrols that send of themselves: NMEA 0183 in datagrams, or by connections to them.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::Model;
use sight::sector::{Sector, UnitId};
use watch::detection::Source;
use wire::limits::NMEA_BYTES_MAX;

use super::datagram_door::{Reader, Step};
use super::door::Counts;
use super::gate::{Gate, Taken, Word};
use super::patrol::{Pace, Receiver};
use super::rejections::Refusal;
use super::stations::Stations;

/// How this door is called in rejections.
pub const DOOR: &str = "nmea";
pub const PROTOCOL: &str = "NMEA 0183 by UDP";
/// The connections that the station itself opens.
pub const LINK_DOOR: &str = "nmea-tcp";
pub const LINK_PROTOCOL: &str = "NMEA 0183 by TCP";

/// Who sends: all of an address, or what comes from one of its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sender {
    Address(IpAddr),
    Port(SocketAddr),
}

/// A unit that the configuration names and the sector does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: the sector has no unit {unit:?}")]
pub struct UnknownReceiver {
    path: String,
    unit: String,
}

/// Reads what receivers send, each as the unit that it is.
#[derive(Debug)]
pub struct NmeaReader {
    gate: Gate,
    receivers: BTreeMap<Sender, Line>,
    /// Places in quicker succession are passed over.
    step_s: f64,
    refused: Option<String>,
}

/// One receiver.
#[derive(Debug)]
struct Line {
    unit: UnitId,
    receiver: Receiver,
    pace: Pace,
    /// A line that is not whole yet.
    begun: Vec<u8>,
}

/// Whether what is read is whole lines, or goes on with what came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    Datagrams,
    Stream,
}

/// A reader with how its bytes come.
#[derive(Debug)]
pub struct Framed(pub NmeaReader, pub Framing);

impl Sender {
    /// `10.0.0.7`, or `10.0.0.7:5000` for one port of it.
    pub fn parse(text: &str) -> Option<Self> {
        let address = text.parse().map(|address: IpAddr| Self::Address(address.to_canonical()));
        address.or_else(|_| text.parse().map(Self::port)).ok()
    }

    fn port(address: SocketAddr) -> Self {
        Self::Port(SocketAddr::new(address.ip().to_canonical(), address.port()))
    }

    pub fn address(&self) -> IpAddr {
        match self {
            Self::Address(address) => *address,
            Self::Port(address) => address.ip(),
        }
    }
}

impl NmeaReader {
    /// Receivers by who sends, each a unit of the sector.
    pub fn new(
        model: &Arc<Model>,
        units: &BTreeMap<Sender, String>,
        step_s: f64,
        now: Timestamp,
    ) -> Result<Self, UnknownReceiver> {
        let line = |(sender, unit): (&Sender, &String)| {
            Ok((*sender, Line::of(*sender, unit, model.sector())?))
        };
        Ok(Self {
            // Receivers tell no weather.
            gate: Gate::new(DOOR, Arc::clone(model), Arc::new(Stations::default()), now),
            receivers: units.iter().map(line).collect::<Result<_, _>>()?,
            step_s,
            refused: None,
        })
    }

    fn take(
        &mut self,
        bytes: &[u8],
        (from, framing): (SocketAddr, Framing),
        now: Timestamp,
        step: &mut Step,
    ) {
        let (port, address) = (Sender::port(from), Sender::Address(from.ip().to_canonical()));
        let known = if self.receivers.contains_key(&port) { port } else { address };
        let mut taken = Taken::default();
        if let Some(line) = self.receivers.get_mut(&known) {
            let unit = line.unit.clone();
            for word in line.read(bytes, framing, (self.step_s, now)) {
                self.take_word(&unit, word, now, &mut taken);
            }
        } else {
            let reason = format!("no unit of doors.nmea.units sends from {from}");
            self.refuse(&Refusal::new("sender", reason), None, now, &mut taken);
        }
        step.inputs.append(&mut taken.inputs);
    }

    fn take_word(
        &mut self,
        unit: &UnitId,
        word: Result<Option<Word>, Refusal>,
        now: Timestamp,
        taken: &mut Taken,
    ) {
        match word {
            Ok(Some(word)) => {
                if let Err(Refusal { field, reason }) = self.gate.take(word, now, taken) {
                    self.refused = Some(format!("{}: {field}: {reason}", unit.0));
                }
            }
            Ok(None) => self.gate.pass_over(1),
            Err(refusal) => self.refuse(&refusal, Some(unit), now, taken),
        }
    }

    fn refuse(
        &mut self,
        refusal: &Refusal,
        unit: Option<&UnitId>,
        now: Timestamp,
        taken: &mut Taken,
    ) {
        let who = unit.map_or_else(String::new, |unit| format!("{}: ", unit.0));
        self.refused = Some(format!("{who}{}: {}", refusal.field, refusal.reason));
        self.gate.refuse(refusal, unit.cloned().map(Source::Unit), now, taken);
    }
}

impl Line {
    fn of(sender: Sender, unit: &str, sector: &Sector) -> Result<Self, UnknownReceiver> {
        let unit = UnitId(unit.to_owned());
        if !sector.units.iter().any(|known| known.id == unit) {
            let path = match sender {
                Sender::Address(address) => format!("doors.nmea.units.\"{address}\""),
                Sender::Port(address) => format!("doors.nmea (\"{address}\")"),
            };
            return Err(UnknownReceiver { path, unit: unit.0 });
        }
        let (receiver, pace) = (Receiver::default(), Pace::default());
        Ok(Self { unit, receiver, pace, begun: Vec::new() })
    }

    /// The words of the lines that are whole now.
    fn read(
        &mut self,
        bytes: &[u8],
        framing: Framing,
        (step_s, now): (f64, Timestamp),
    ) -> Vec<Result<Option<Word>, Refusal>> {
        let mut words = Vec::new();
        for byte in bytes {
            if matches!(byte, b'\r' | b'\n') {
                words.extend(self.end(step_s, now));
            } else if self.begun.len() <= NMEA_BYTES_MAX {
                // One more than a line may have is enough to refuse it.
                self.begun.push(*byte);
            }
        }
        if framing == Framing::Datagrams {
            words.extend(self.end(step_s, now));
        }
        words
    }

    /// The word of the line that ends here; empty ones say nothing.
    fn end(&mut self, step_s: f64, now: Timestamp) -> Option<Result<Option<Word>, Refusal>> {
        let line = std::mem::take(&mut self.begun);
        // What begins with an exclamation mark is of ships (AIS), and right.
        if *line.first()? == b'!' {
            return Some(Ok(None));
        }
        let text = String::from_utf8_lossy(&line);
        let fix = match self.receiver.read(&text, now) {
            Ok(fix) => fix.filter(|fix| self.pace.is_due(fix.time, step_s)),
            Err(refusal) => return Some(Err(refusal)),
        };
        Some(Ok(fix.map(|fix| Word::Placed(self.unit.clone(), fix))))
    }
}

impl Reader for Framed {
    fn take(&mut self, datagram: &[u8], from: SocketAddr, now: Timestamp, step: &mut Step) {
        self.0.take(datagram, (from, self.1), now, step);
    }

    fn tick(&mut self, _now: Timestamp, _step: &mut Step) {}

    fn counts(&self) -> Counts {
        self.0.gate.counts()
    }

    fn take_refused(&mut self) -> Option<String> {
        self.0.refused.take()
    }
}
