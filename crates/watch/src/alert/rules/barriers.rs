//! Barriers that people say are damaged, or whole again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{Rule, Sector};

use super::RuleMemory;
use crate::alert::AlertKind;
use crate::alert::desk::{AlertDesk, Finding, refused};
use crate::journal::{AlertId, CommandRefused, PersonId};

/// How a person found a barrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarrierWord {
    Damaged,
    Repaired,
}

/// Who said when that a barrier is damaged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Damage {
    at: Timestamp,
    by: PersonId,
}

impl RuleMemory {
    /// Takes a person's word about a barrier.
    pub fn barrier(
        &mut self,
        (id, word, point): (&str, BarrierWord, Option<EnuPoint>),
        (by, reason): (&PersonId, &str),
        (sector, now): (&Sector, Timestamp),
        desk: &mut AlertDesk,
    ) -> Result<(), CommandRefused> {
        let barrier = sector.barriers.iter().find(|barrier| barrier.id == id).ok_or_else(|| {
            let named: String = id.chars().take(64).collect();
            refused("barrier-unknown", "barrier", format!("the sector has no barrier {named}"))
        })?;
        let open = open_of(id, desk);
        if word == BarrierWord::Repaired {
            if self.damages.remove(id).is_none() && open.is_none() {
                let reason = format!("nobody said that barrier {id} is damaged");
                return Err(refused("barrier-whole", "barrier", reason));
            }
            if let Some(open) = open {
                desk.over(open, &format!("{} found it repaired: {reason}", by.0), now);
            }
            return Ok(());
        }
        self.damages.insert(id.to_owned(), Damage { at: now, by: by.clone() });
        let at = point.or_else(|| barrier.points.get(barrier.points.len() / 2).copied());
        let words = format!("{} found it damaged: {reason}", by.0);
        let finding = Finding {
            point: at,
            stretch: at.map(|at| sector.stretch_at(sector.line.chainage_m(at))),
            place: Some(id.to_owned()),
            ..Finding::of(AlertKind::BarrierDamage, &sector.alerting, None, &words)
        };
        match open {
            Some(open) => {
                desk.refresh(open, &finding, now);
                desk.found(open, now);
            }
            None if sector.alerting.rule(Rule::BarrierDamage).watched => {
                let full = "more alerts are open than are kept: close some";
                desk.raise(finding, now)
                    .ok_or_else(|| refused("alerts-full", "barrier", full.to_owned()))?;
            }
            None => {}
        }
        Ok(())
    }
}

fn open_of(barrier: &str, desk: &AlertDesk) -> Option<AlertId> {
    let mut open = desk.open().filter(|alert| {
        let of_it = alert.origin.place.as_deref() == Some(barrier);
        of_it && alert.kind == AlertKind::BarrierDamage
    });
    open.next().map(|alert| alert.id)
}
