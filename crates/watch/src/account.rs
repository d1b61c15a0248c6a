//! What a period came to: gathers what the core says while a record is played, and works the measures out of it.
//!
//! It follows [`Output`]s alone, so a record that is played again and a station that runs come to the same.

pub mod calls;
pub mod line;
pub mod sensors;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sight::sector::Sector;

use self::calls::{Calls, CallsCame};
use self::line::{LineCame, LineStory};
use self::sensors::{SensorStory, SensorTimes};
use crate::journal::Output;
use crate::measures::MeasureError;
use crate::measures::bound::{NoneSeen, none_seen};

/// A station that says nothing for longer than this was not there (A): nothing is known of that time.
pub const SILENT_AFTER: SignedDuration = SignedDuration::from_secs(120);

/// What a period came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Seconds in which the station ran, and in which it did not.
    pub ran_s: f64,
    pub silent_s: f64,
    pub line: LineCame,
    pub none_seen: NoneSeen,
    pub calls: CallsCame,
    pub sensors: Vec<SensorTimes>,
}

/// Follows a record.
#[derive(Debug)]
pub struct Gathering {
    from: Timestamp,
    to: Timestamp,
    last_at: Option<Timestamp>,
    ran_s: f64,
    line: LineStory,
    sensors: SensorStory,
    calls: Calls,
}

impl Gathering {
    /// Of a period; what was before it only says how things stood.
    pub fn of(sector: &Sector, (from, to): (Timestamp, Timestamp)) -> Result<Self, MeasureError> {
        if to <= from {
            return Err(MeasureError::new("to", format!("must be later than {from}, got {to}")));
        }
        Ok(Self {
            from,
            to,
            last_at: None,
            ran_s: 0.0,
            line: LineStory::of(sector, from),
            sensors: SensorStory::of(sector, (from, to)),
            calls: Calls::default(),
        })
    }

    /// One step of the core: when it was taken and what it led to.
    pub fn take(&mut self, at: Timestamp, outputs: &[Output]) {
        if at > self.to {
            return;
        }
        self.pass(at);
        for output in outputs {
            match output {
                Output::Stretches(assessed) => self.line.take(at, assessed),
                Output::Sensor(state) => self.sensors.take(at, &state.id, state.health()),
                Output::Alert(alert) => self.calls.take(alert, self.from),
                Output::Compute { .. }
                | Output::Track(_)
                | Output::TrackEnded(_)
                | Output::Task(_)
                | Output::Unit(_)
                | Output::Weather(_)
                | Output::Proposals { .. }
                | Output::Moves { .. }
                | Output::SendTask(_)
                | Output::SendPointing(_)
                | Output::HandOver(_)
                | Output::CommandDone { .. } => {}
            }
        }
    }

    /// Time went on until then; a long silence means that nobody watched the watch.
    fn pass(&mut self, at: Timestamp) {
        let Some(last) = self.last_at.replace(at).filter(|last| *last < at) else { return };
        if at.duration_since(last) > SILENT_AFTER {
            self.line.silence(last, at);
            self.sensors.silence(last, at);
        } else {
            let begin = last.max(self.from);
            self.ran_s += at.duration_since(begin).as_secs_f64().max(0.0);
        }
    }

    /// What the period came to. `demonstrated` is the detection that hidden walk tests showed, where there were any.
    pub fn finish(mut self, demonstrated: Option<f64>) -> Result<Account, MeasureError> {
        // Nothing is known beyond the last entry.
        let end = self.last_at.unwrap_or(self.from).clamp(self.from, self.to);
        self.line.silence(end, self.to);
        self.sensors.silence(end, self.to);
        let line = self.line.finish(self.from, self.to);
        let whole_s = self.to.duration_since(self.from).as_secs_f64();
        Ok(Account {
            from: self.from,
            to: self.to,
            ran_s: self.ran_s,
            silent_s: (whole_s - self.ran_s).max(0.0),
            none_seen: none_seen(line.watched_h, line.unwatched_h, demonstrated)?,
            line,
            calls: self.calls.finish(self.to),
            sensors: self.sensors.finish(),
        })
    }
}
