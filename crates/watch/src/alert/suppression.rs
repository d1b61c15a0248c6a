//! What is suppressed by design, or out of service: by whom, why, and until when.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::{Rule, Sector, SensorId, StretchId};
use sight::tagged;

use super::Alert;
use super::desk::refused;
use crate::journal::{CommandRefused, PersonId, SuppressionId};
use crate::limits;
use crate::roster::seconds_between;

/// Why alerts are kept from calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It calls whenever things are as they are planned (a convoy, works at the fence).
    ByDesign,
    /// What it is about is out of service (a mast that is serviced).
    OutOfService,
}

tagged! {
    "on", "Subject",
    /// What is suppressed. There is no subject "everything".
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum Subject {
        /// Alerts that this sensor alone gives cause for.
        Sensor { sensor: SensorId },
        /// Alerts about a zone, a barrier or a weather station.
        Place { place: String },
        /// Alerts about a stretch of the line.
        Stretch { stretch: StretchId },
    }
}

/// One that is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suppression {
    pub id: SuppressionId,
    pub how: How,
    /// One rule alone, or every one.
    pub rule: Option<Rule>,
    pub subject: Subject,
    pub by: PersonId,
    pub reason: String,
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Number of the entry by which it began.
    pub entry: u64,
}

/// All that are in force.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Suppressions {
    kept: Vec<Suppression>,
    next: u64,
}

impl Suppression {
    /// Whether it keeps an alert from calling. Whoever may be in distress is never kept from calling.
    pub fn covers(&self, alert: &Alert) -> bool {
        let rule = alert.kind.rule();
        if rule.is_distress() || alert.needs_help == Some(true) {
            return false;
        }
        self.rule.is_none_or(|only| only == rule)
            && match &self.subject {
                Subject::Sensor { sensor } => {
                    let others = alert.origin.sensors.iter().any(|other| other != sensor);
                    let named = alert.sensor.iter().chain(&alert.origin.sensors);
                    !others && named.into_iter().any(|one| one == sensor)
                }
                Subject::Place { place } => alert.origin.place.as_ref() == Some(place),
                Subject::Stretch { stretch } => alert.stretch == Some(*stretch),
            }
    }
}

impl Suppressions {
    pub fn kept(&self) -> &[Suppression] {
        &self.kept
    }

    /// What keeps an alert from calling; what is out of service outranks what is so by design.
    pub fn of(&self, alert: &Alert) -> Option<&Suppression> {
        self.kept.iter().filter(|one| one.covers(alert)).max_by_key(|one| (one.how, one.id))
    }

    /// Begins one; its number is given here.
    pub fn begin(&mut self, suppression: Suppression) -> Result<(), CommandRefused> {
        if self.kept.len() >= limits::SUPPRESSIONS_MAX {
            let reason = format!("{} are in force: end one first", limits::SUPPRESSIONS_MAX);
            return Err(refused("suppressions-full", "on", reason));
        }
        self.next += 1;
        self.kept.push(Suppression { id: SuppressionId(self.next), ..suppression });
        Ok(())
    }

    pub fn end(&mut self, id: SuppressionId) -> Result<Suppression, CommandRefused> {
        let at = self.kept.iter().position(|one| one.id == id).ok_or_else(|| {
            let reason = format!("there is no suppression {} in force", id.0);
            refused("suppression-unknown", "suppression", reason)
        })?;
        Ok(self.kept.remove(at))
    }

    /// Ends those whose time is over.
    pub fn expire(&mut self, now: Timestamp) -> Vec<Suppression> {
        self.kept.extract_if(.., |one| seconds_between(one.until, now) >= 0.0).collect()
    }
}

/// Checks that the sector has what is to be suppressed.
pub fn check_subject(subject: &Subject, sector: &Sector) -> Result<(), CommandRefused> {
    let (field, named, known) = match subject {
        Subject::Sensor { sensor } => ("sensor", sensor.0.clone(), sector.sensor(sensor).is_some()),
        Subject::Place { place } => {
            let zone = sector.zones.iter().any(|zone| zone.id == *place);
            let barrier = sector.barriers.iter().any(|barrier| barrier.id == *place);
            ("place", place.chars().take(64).collect(), zone || barrier)
        }
        Subject::Stretch { stretch } => {
            let known = sector.stretches.iter().any(|known| known.id == *stretch);
            ("stretch", stretch.0.to_string(), known)
        }
    };
    if known {
        return Ok(());
    }
    let reason = format!("the sector has no {field} {named}");
    Err(refused("subject-unknown", field, reason))
}
