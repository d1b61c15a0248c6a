//! Acts that one person alone may not do: proposed by one, agreed to by another, within a time.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use watch::audit::{Audited, GraveAct, Role, Standing};
use watch::journal::PersonId;
use watch::subject::Subject;

use super::people::{People, Refused};
use super::viewer::{Capability, Viewer};
use crate::limits::{GRAVE_PATIENCE_MIN, GRAVES_MAX, REASON_CHARS};

/// Roles whose word counts as that of a second person.
const SECONDS: [Role; 3] = [Role::Officer, Role::Monitor, Role::Administrator];

/// One act that waits for a second person, or was agreed to and is yet to be made use of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grave {
    /// Counted from 1 and never used again.
    pub number: u64,
    pub act: GraveAct,
    /// Whom or what is erased: nowhere but here, and gone with it.
    #[serde(default)]
    pub about: Option<Subject>,
    pub by: PersonId,
    pub reason: String,
    pub until: Timestamp,
    /// Who agreed to it. What is done once and for all is not kept any longer then.
    pub confirmed_by: Option<PersonId>,
}

impl Grave {
    /// Whether it is somebody's affair: who proposed it, and whoever may agree to it.
    pub fn concerns(&self, viewer: &Viewer) -> bool {
        viewer.name() == Some(&self.by) || viewer.may(seconded_by(&self.act))
    }

    /// Whether it was agreed to erase something and that is yet to be done.
    fn is_owed_erasure(&self) -> bool {
        matches!(self.act, GraveAct::Erase { .. }) && self.confirmed_by.is_some()
    }
}

/// Whether a change of roles takes two: who comes to be, or ceases to be, one whose word counts as a second person's.
pub(super) fn needs_two(before: &BTreeSet<Role>, after: &BTreeSet<Role>) -> bool {
    before.symmetric_difference(after).any(|role| SECONDS.contains(role))
}

/// What whoever agrees must have.
pub(super) fn seconded_by(act: &GraveAct) -> Capability {
    match act {
        GraveAct::Grant(_)
        | GraveAct::Revoke { .. }
        | GraveAct::NewPassword { .. }
        | GraveAct::LetIn { .. } => Capability::Administer,
        GraveAct::Export { .. } => Capability::Release,
        GraveAct::Erase { .. } | GraveAct::Protect(_) => Capability::Erase,
        GraveAct::Release(_) => Capability::Give,
    }
}

/// Whom it is about, who therefore is no second person for it.
fn subject(act: &GraveAct) -> Option<&PersonId> {
    match act {
        GraveAct::Grant(Standing { name, .. })
        | GraveAct::Revoke { name }
        | GraveAct::NewPassword { name } => Some(name),
        GraveAct::Export { .. }
        | GraveAct::Erase { .. }
        | GraveAct::Release(_)
        | GraveAct::Protect(_)
        | GraveAct::LetIn { .. } => None,
    }
}

impl People {
    /// Lists what a person wants to do.
    pub(super) fn propose(
        &mut self,
        asked: (&PersonId, GraveAct, &str),
        now: Timestamp,
    ) -> Result<(u64, Audited), Refused> {
        self.propose_about(None, asked, now)
    }

    /// The same of an act whose subject the record must not name.
    pub(super) fn propose_about(
        &mut self,
        about: Option<Subject>,
        (by, act, reason): (&PersonId, GraveAct, &str),
        now: Timestamp,
    ) -> Result<(u64, Audited), Refused> {
        check_reason(reason)?;
        if self.graves.len() >= GRAVES_MAX {
            let problem = format!("{GRAVES_MAX} acts wait for a second person already");
            return Err(Refused::new("confirmations-full", "reason", problem));
        }
        let is_same = |grave: &Grave| grave.act == act && grave.about == about;
        if self.graves.iter().any(|grave| is_same(grave) && grave.confirmed_by.is_none()) {
            let problem = "waits for a second person already".to_owned();
            return Err(Refused::new("proposed-already", "act", problem));
        }
        self.last_grave += 1;
        let number = self.last_grave;
        let until = later(now, GRAVE_PATIENCE_MIN);
        let (by, reason) = (by.clone(), reason.to_owned());
        let told = Audited::Proposed { number, act: act.clone(), reason: reason.clone(), until };
        self.graves.push(Grave { number, act, about, by, reason, until, confirmed_by: None });
        Ok((number, told))
    }

    /// Lets a second person agree; it takes effect at once, or may be made use of from now on.
    pub(super) fn confirm(
        &mut self,
        number: u64,
        by: &Standing,
        now: Timestamp,
    ) -> Result<Vec<Audited>, Refused> {
        let grave = self.waiting(number, now)?.clone();
        if grave.by == by.name {
            let problem = "another person must agree than the one who proposed it".to_owned();
            return Err(Refused::new("same-person", "number", problem));
        }
        if subject(&grave.act) == Some(&by.name) {
            let problem = "another person must agree than the one whom it is about".to_owned();
            return Err(Refused::new("same-person", "number", problem));
        }
        if self.active(&by.name).is_none_or(|one| one.standing != *by) {
            let problem = format!("{} is not who they were when they asked", by.name.0);
            return Err(Refused::new("not-allowed", "number", problem));
        }
        // Whoever proposed it must still be somebody.
        if self.active(&grave.by).is_none() {
            let problem = format!("{} is nobody at this station any more", grave.by.0);
            return Err(Refused::new("proposer-gone", "number", problem));
        }
        let mut told = vec![Audited::Confirmed { number }];
        match &grave.act {
            GraveAct::Grant(standing) => told.push(self.take_effect(number, standing, now)?),
            GraveAct::Revoke { name } => told.extend(self.revoke(name, now)?),
            GraveAct::NewPassword { name } => {
                let until = self.open_invitation(number, now)?;
                told.push(Audited::PasswordForgotten { name: name.clone(), until });
            }
            GraveAct::Release(policy) => {
                told.push(self.put_in_force(policy.clone(), &[&grave.by, &by.name], now));
            }
            GraveAct::Protect(protection) => {
                told.push(self.protect(protection.clone(), [&grave.by, &by.name], now));
            }
            GraveAct::LetIn { .. } => told.push(self.open_to_machine(number)?),
            GraveAct::Export { .. } | GraveAct::Erase { .. } => {
                let agreed = self.graves.iter_mut().find(|grave| grave.number == number);
                if let Some(agreed) = agreed {
                    agreed.confirmed_by = Some(by.name.clone());
                    agreed.until = later(now, GRAVE_PATIENCE_MIN);
                }
                return Ok(told);
            }
        }
        self.graves.retain(|grave| grave.number != number);
        Ok(told)
    }

    /// A second person does not agree, or the first thinks better of it.
    pub(super) fn decline(&mut self, number: u64, now: Timestamp) -> Result<Audited, Refused> {
        self.waiting(number, now)?;
        self.drop_grave(number);
        Ok(Audited::Declined { number })
    }

    /// Drops what waits of what other agencies are given: it was proposed in the place of something else than holds now.
    pub(super) fn drop_proposed_release(&mut self) -> Vec<Audited> {
        let is_release = |grave: &&Grave| matches!(grave.act, GraveAct::Release(_));
        let numbers = self.graves.iter().filter(is_release).map(|grave| grave.number);
        let numbers: Vec<u64> = numbers.collect();
        for number in &numbers {
            self.drop_grave(*number);
        }
        numbers.into_iter().map(|number| Audited::Declined { number }).collect()
    }

    /// Drops what nobody agreed to in time, and what nobody made use of.
    pub(super) fn lapse(&mut self, now: Timestamp) -> Vec<Audited> {
        // What was agreed to be erased is erased, however long the disk takes.
        let over = |grave: &&Grave| grave.until <= now && !grave.is_owed_erasure();
        let numbers: Vec<u64> = self.graves.iter().filter(over).map(|grave| grave.number).collect();
        for number in &numbers {
            self.drop_grave(*number);
        }
        numbers.into_iter().map(|number| Audited::Lapsed { number }).collect()
    }

    /// Makes use of an export that was agreed to: once, by whoever asked for it.
    pub(super) fn take_export(
        &mut self,
        wanted: (&PersonId, &str, &str),
        now: Timestamp,
    ) -> Result<Audited, Refused> {
        let number = self.agreed_export(wanted, now)?;
        self.drop_grave(number);
        Ok(Audited::Exported { number })
    }

    /// The number of an export that was agreed to.
    pub(super) fn agreed_export(
        &self,
        (by, what, format): (&PersonId, &str, &str),
        now: Timestamp,
    ) -> Result<u64, Refused> {
        let wanted = GraveAct::Export { what: what.to_owned(), format: format.to_owned() };
        let is_agreed = |grave: &&Grave| {
            grave.act == wanted
                && grave.by == *by
                && grave.confirmed_by.is_some()
                && now < grave.until
        };
        let agreed = self.graves.iter().find(is_agreed).ok_or_else(|| {
            let problem = format!(
                "a file of {what} takes two people: propose it (POST /api/exports), and another must agree"
            );
            Refused::new("second-person-needed", "what", problem)
        })?;
        Ok(agreed.number)
    }

    /// Erasures that were agreed to and are yet to be carried out.
    pub(super) fn agreed_erasures(&self) -> impl Iterator<Item = &Grave> {
        self.graves.iter().filter(|grave| grave.is_owed_erasure())
    }

    /// An erasure is carried out, and whom it was about is forgotten.
    pub(super) fn carried_out(&mut self, number: u64, keys: u32) -> Audited {
        self.drop_grave(number);
        Audited::CarriedOut { number, keys }
    }

    /// One that waits for a second person.
    pub(super) fn waiting(&self, number: u64, now: Timestamp) -> Result<&Grave, Refused> {
        let waits = |grave: &&Grave| {
            grave.number == number && grave.confirmed_by.is_none() && now < grave.until
        };
        self.graves.iter().find(waits).ok_or_else(|| {
            let problem = format!("nothing with number {number} waits for a second person");
            Refused::new("confirmation-unknown", "number", problem)
        })
    }

    fn drop_grave(&mut self, number: u64) {
        self.graves.retain(|grave| grave.number != number);
        self.invitations.retain(|invitation| invitation.waits_for != Some(number));
        self.machines.retain(|machine| machine.waits_for != Some(number));
    }
}

pub(super) fn check_reason(reason: &str) -> Result<(), Refused> {
    if reason.trim().is_empty() || reason.chars().count() > REASON_CHARS {
        let problem = format!("must say why in 1 to {REASON_CHARS} characters");
        return Err(Refused::new("reason-wrong", "reason", problem));
    }
    Ok(())
}

fn later(now: Timestamp, minutes: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(now)
}
