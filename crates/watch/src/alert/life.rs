//! The states of an alert as ISA-18.2 / IEC 62682 have them, and the ways between them.
//!
//! What the standards call an alarm is here one alert. Its end, with an outcome that a person gives, lies beyond the standards'
//! normal state ([`super::Stage::Closed`]): none ends without it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The states of the standards' diagram (ISA-18.2-2016 figure 3, IEC 62682:2022 figure 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A: what it is about is over, and a person knew of it.
    Normal,
    /// B: what it is about goes on, and nobody knows of it.
    Unacknowledged,
    /// C: it goes on, and a person knows of it.
    Acknowledged,
    /// D: it is over, and nobody knew of it.
    ReturnedUnacknowledged,
    /// E: it is over, nobody knew of it, and it stays until it is reset.
    LatchedUnacknowledged,
    /// F: it is over, a person knew of it, and it stays until it is reset.
    LatchedAcknowledged,
    /// G: a person put it aside for a while.
    Shelved,
    /// H: it is known to call while things are as they are planned, and does not.
    SuppressedByDesign,
    /// I: what it is about is out of service, by hand.
    OutOfService,
}

/// Where an alert stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    pub state: State,
    /// Whether what it is about goes on.
    pub is_active: bool,
    /// Whether it stays when that is over.
    pub latches: bool,
    /// When it comes back by itself, while it is shelved.
    pub shelved_until: Option<Timestamp>,
    /// Since when it waits for a person; `None` while it does not.
    pub waits_since: Option<Timestamp>,
    /// Since when what it is about goes on, or went on until it was over.
    pub active_since: Option<Timestamp>,
    /// How often it called a person.
    pub calls: u32,
}

/// What may happen to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// What it is about begins, or begins again.
    Occurs,
    /// What it is about is over.
    Returns,
    Acknowledged,
    /// A person lets a latched one go.
    Reset,
    Shelved,
    /// By a person, or because its time is over.
    Unshelved,
    Suppressed,
    Unsuppressed,
    TakenOutOfService,
    ReturnedToService,
}

impl Default for Life {
    /// As it was kept before states were.
    fn default() -> Self {
        Self {
            state: State::Unacknowledged,
            is_active: true,
            latches: false,
            shelved_until: None,
            waits_since: None,
            active_since: None,
            calls: 1,
        }
    }
}

impl State {
    /// Whether a person has yet to acknowledge it.
    pub fn waits(self) -> bool {
        matches!(
            self,
            Self::Unacknowledged | Self::ReturnedUnacknowledged | Self::LatchedUnacknowledged
        )
    }

    /// Whether it was put aside, by a person or by design, and calls nobody.
    pub fn is_aside(self) -> bool {
        matches!(self, Self::Shelved | Self::SuppressedByDesign | Self::OutOfService)
    }

    /// In words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Unacknowledged => "not acknowledged",
            Self::Acknowledged => "acknowledged",
            Self::ReturnedUnacknowledged => "over, and not acknowledged",
            Self::LatchedUnacknowledged => "latched, and not acknowledged",
            Self::LatchedAcknowledged => "latched",
            Self::Shelved => "shelved",
            Self::SuppressedByDesign => "suppressed by design",
            Self::OutOfService => "out of service",
        }
    }
}

impl Event {
    /// Where it leads from a state; `None` where the diagram has no such way.
    fn leads(self, life: &Life) -> Option<State> {
        use State::{
            Acknowledged, LatchedAcknowledged, LatchedUnacknowledged, Normal, OutOfService,
            ReturnedUnacknowledged, Shelved, SuppressedByDesign, Unacknowledged,
        };
        let back = if life.is_active { Unacknowledged } else { Normal };
        match (self, life.state) {
            // Aside, and where it stands already, only what goes on is taken note of.
            (
                Self::Occurs | Self::Returns,
                aside @ (Shelved | SuppressedByDesign | OutOfService),
            )
            | (Self::Occurs, aside @ (Unacknowledged | Acknowledged)) => Some(aside),
            (Self::Occurs, _) => Some(Unacknowledged),
            (Self::Returns, Unacknowledged) if life.latches => Some(LatchedUnacknowledged),
            (Self::Returns, Unacknowledged) | (Self::Reset, LatchedUnacknowledged) => {
                Some(ReturnedUnacknowledged)
            }
            (Self::Returns, Acknowledged) if life.latches => Some(LatchedAcknowledged),
            (Self::Returns, Acknowledged) => Some(Normal),
            (Self::Returns, over) => Some(over),
            (Self::Acknowledged, Unacknowledged) => Some(Acknowledged),
            (Self::Acknowledged, ReturnedUnacknowledged) | (Self::Reset, LatchedAcknowledged) => {
                Some(Normal)
            }
            (Self::Acknowledged, LatchedUnacknowledged) => Some(LatchedAcknowledged),
            (Self::Shelved, from) => (!from.is_aside()).then_some(Shelved),
            (Self::Suppressed, from) => {
                (!matches!(from, SuppressedByDesign | OutOfService)).then_some(SuppressedByDesign)
            }
            (Self::TakenOutOfService, from) => (from != OutOfService).then_some(OutOfService),
            (Self::Unshelved, Shelved)
            | (Self::Unsuppressed, SuppressedByDesign)
            | (Self::ReturnedToService, OutOfService) => Some(back),
            (
                Self::Acknowledged
                | Self::Reset
                | Self::Unshelved
                | Self::Unsuppressed
                | Self::ReturnedToService,
                _,
            ) => None,
        }
    }
}

impl Life {
    /// One that begins now.
    pub fn begin(now: Timestamp) -> Self {
        let since = Some(now);
        Self { waits_since: since, active_since: since, ..Self::default() }
    }

    /// Takes an event; says whether the state is another now, and refuses what the diagram does not have.
    pub fn take(&mut self, event: Event, now: Timestamp) -> Result<bool, State> {
        if event == Event::Occurs && !self.is_active {
            self.is_active = true;
            self.active_since = Some(now);
        } else if event == Event::Returns {
            self.is_active = false;
        }
        let before = self.state;
        self.state = event.leads(self).ok_or(before)?;
        if self.state != State::Shelved {
            self.shelved_until = None;
        }
        if self.state == State::Unacknowledged && before != self.state {
            self.calls = self.calls.saturating_add(1);
            self.waits_since = Some(now);
        } else if !self.state.waits() {
            self.waits_since = None;
        }
        Ok(self.state != before)
    }
}

#[cfg(test)]
pub(in crate::alert) mod reference;
#[cfg(test)]
pub(in crate::alert) mod tests;
