//! What happens to an alert between its being raised and its being closed: each turn with who, when and why.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sight::sector::{Alerting, Rule};

use super::{AlertDesk, act, refused};
use crate::alert::life::{Event, State};
use crate::alert::suppression::{How, Suppression};
use crate::alert::{Act, Alert, Outcome, Priority, Stage};
use crate::journal::{AlertId, CommandRefused, PersonId, SuppressionId};
use crate::limits;
use crate::roster::seconds_between;

impl AlertDesk {
    /// Takes an alert one way of the standards' diagram, and writes it into its history when that changed its state.
    pub(super) fn turn(
        &mut self,
        id: AlertId,
        event: Event,
        act: Act,
    ) -> Result<bool, CommandRefused> {
        let entry = Some(self.entry);
        let alert = self.open_mut(id)?;
        let changed = alert.life.take(event, act.at).map_err(|state| {
            let reason = format!("alert {} is {}", id.0, state.in_words());
            refused("stage-wrong", "alert", reason)
        })?;
        if !changed {
            return Ok(false);
        }
        let calls = alert.life.state == State::Unacknowledged;
        if calls && matches!(alert.stage, Stage::Acknowledged { .. }) {
            alert.stage = Stage::Raised;
        }
        alert.changed_at = act.at;
        let (at, priority) = (act.at, alert.priority);
        alert.note(Act { entry, ..act });
        self.changed.insert(id);
        if calls {
            self.flood.called(at);
            self.load.called(priority);
        }
        if matches!(event, Event::Unsuppressed | Event::ReturnedToService) {
            self.close_if_over(id, at);
        }
        Ok(true)
    }

    /// What a rule found is of this alert: it goes on, or begins again.
    pub fn found(&mut self, id: AlertId, now: Timestamp) {
        self.holds.found(id, now);
        let begins = self.get(id).is_some_and(|alert| alert.is_open() && !alert.life.is_active);
        if begins {
            let again = act(now, None, "recurred", "it is found again");
            // The diagram has this way from every state.
            let _refused = self.turn(id, Event::Occurs, again);
        }
    }

    /// What an alert is about is over.
    pub fn over(&mut self, id: AlertId, reason: &str, now: Timestamp) {
        let goes_on = self.get(id).is_some_and(|alert| alert.is_open() && alert.life.is_active);
        if goes_on {
            let _refused = self.turn(id, Event::Returns, act(now, None, "returned", reason));
            self.changed.insert(id);
        }
    }

    /// Whether what a rule finds has lasted long enough to call a person.
    pub fn has_lasted(
        &mut self,
        finding: &super::Finding,
        of: &str,
        rules: &Alerting,
        now: Timestamp,
    ) -> bool {
        let rule = finding.kind.rule();
        self.holds.has_lasted((rule, of.to_owned()), rules.rule(rule).on_delay_s, now)
    }

    /// Ends what its rule no longer finds, once that has lasted.
    pub fn fall(&mut self, governed: impl Fn(&Alert) -> bool, rules: &Alerting, now: Timestamp) {
        let active = self.open().filter(|alert| alert.life.is_active && governed(alert));
        let active: Vec<(AlertId, f64)> =
            active.map(|alert| (alert.id, rules.rule(alert.kind.rule()).off_delay_s)).collect();
        for (id, off_delay_s) in active {
            if !self.holds.is_found(id, now) && self.holds.has_fallen(id, off_delay_s, now) {
                self.over(id, "it is no longer found", now);
            }
        }
    }

    /// All that happens to alerts because time passes.
    pub fn tick(&mut self, rules: &Alerting, now: Timestamp) {
        let is_due = |alert: &&Alert| {
            alert.life.shelved_until.is_some_and(|until| seconds_between(until, now) >= 0.0)
        };
        let due: Vec<AlertId> = self.open().filter(is_due).map(|alert| alert.id).collect();
        for id in due {
            let back = act(now, None, "unshelved", "its time on the shelf is over");
            let _refused = self.turn(id, Event::Unshelved, back);
        }
        let over = self.suppressions.expire(now);
        if !over.is_empty() {
            self.release_uncovered((None, "the planned time is over"), now);
        }
        self.flood.tick(rules, now);
        let open: BTreeSet<AlertId> = self.open().map(|alert| alert.id).collect();
        self.holds.forget(&open, now);
    }

    /// Puts an alert aside for a while.
    pub fn shelve(
        &mut self,
        id: AlertId,
        (for_s, by, reason): (u32, &PersonId, &str),
        rules: &Alerting,
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        let alert = self.open_alert(id)?;
        if alert.kind.rule().is_distress() || alert.needs_help == Some(true) {
            let reason = "somebody may be in distress: such an alert is never shelved".to_owned();
            return Err(refused("not-to-be-shelved", "alert", reason));
        }
        let most_s = rules.shelve_max_s[alert.priority as usize];
        let until = until(now, for_s, most_s)?;
        self.turn(
            id,
            Event::Shelved,
            act(now, Some(by), "shelved", &format!("{for_s} s: {reason}")),
        )?;
        self.open_mut(id)?.life.shelved_until = Some(until);
        self.load.shelved(by);
        Ok(())
    }

    /// Takes an alert from the shelf before its time.
    pub fn unshelve(
        &mut self,
        id: AlertId,
        (by, reason): (&PersonId, &str),
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        self.turn(id, Event::Unshelved, act(now, Some(by), "unshelved", reason)).map(drop)
    }

    /// Lets go a latched alert whose cause is over.
    pub fn reset(
        &mut self,
        id: AlertId,
        (by, reason): (&PersonId, &str),
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        self.turn(id, Event::Reset, act(now, Some(by), "reset", reason)).map(drop)
    }

    /// Acknowledges many of the lowest priority at once: all of them, or none.
    pub fn acknowledge_many(
        &mut self,
        ids: &BTreeSet<AlertId>,
        (by, reason): (&PersonId, &str),
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        let most = limits::ACKNOWLEDGED_AT_ONCE_MAX;
        if ids.is_empty() || ids.len() > most {
            let reason = format!("must name 1 to {most} alerts, got {}", ids.len());
            return Err(refused("alerts-wrong", "alerts", reason));
        }
        for id in ids {
            let alert = self.open_alert(*id)?;
            if alert.priority != Priority::Low {
                let reason = format!("alert {} is not of low priority: look at it by itself", id.0);
                return Err(refused("priority-wrong", "alerts", reason));
            }
            if !alert.life.state.waits() {
                let reason = format!("alert {} is {}", id.0, alert.life.state.in_words());
                return Err(refused("stage-wrong", "alerts", reason));
            }
        }
        ids.iter().try_for_each(|id| self.acknowledge_because(*id, (by, reason), now))
    }

    /// Keeps what it covers from calling, what is open already too.
    pub fn suppress(
        &mut self,
        suppression: Suppression,
        (for_s, rules): (u32, &Alerting),
    ) -> Result<(), CommandRefused> {
        let now = suppression.since;
        if suppression.rule.is_some_and(Rule::is_distress) {
            let reason = "nobody in distress is kept from calling".to_owned();
            return Err(refused("not-to-be-suppressed", "rule", reason));
        }
        let until = until(now, for_s, rules.suppress_max_s)?;
        self.suppressions.begin(Suppression { until, ..suppression })?;
        let open: Vec<AlertId> = self.open().map(|alert| alert.id).collect();
        for id in open {
            self.suppress_if_covered(id, now);
        }
        Ok(())
    }

    /// Ends a suppression before its time.
    pub fn end_suppression(
        &mut self,
        id: SuppressionId,
        (by, reason): (&PersonId, &str),
        now: Timestamp,
    ) -> Result<(), CommandRefused> {
        self.suppressions.end(id)?;
        self.release_uncovered((Some(by), reason), now);
        Ok(())
    }

    /// Puts an alert aside that a suppression covers; says whether one does.
    pub(super) fn suppress_if_covered(&mut self, id: AlertId, now: Timestamp) -> bool {
        let Some(alert) = self.get(id) else { return false };
        let Some(by) = self.suppressions.of(alert) else { return false };
        let (event, what) = match by.how {
            How::ByDesign => (Event::Suppressed, "suppressed"),
            How::OutOfService => (Event::TakenOutOfService, "out-of-service"),
        };
        let told = act(now, Some(&by.by), what, &format!("{} ({})", by.reason, by.id.0));
        // One that is aside for it already stays so.
        let _refused = self.turn(id, event, told);
        true
    }

    /// Lets an alert call again that is suppressed, and that nothing covers any more.
    pub(super) fn release_if_uncovered(&mut self, id: AlertId, now: Timestamp) {
        self.release_because(id, (None, "nothing keeps it any more"), now);
    }

    fn release_because(
        &mut self,
        id: AlertId,
        (by, why): (Option<&PersonId>, &str),
        now: Timestamp,
    ) {
        let Some(alert) = self.get(id) else { return };
        let how = self.suppressions.of(alert).map(|by| by.how);
        let needs_help = alert.kind.rule().is_distress() || alert.needs_help == Some(true);
        let (event, what) = match (alert.life.state, how) {
            (State::SuppressedByDesign, None) => (Event::Unsuppressed, "unsuppressed"),
            // What another suppression covers stays aside, and calls nobody in between.
            (State::OutOfService, None) => (Event::ReturnedToService, "in-service"),
            // Whoever needs help is on no shelf.
            (State::Shelved, _) if needs_help => (Event::Unshelved, "unshelved"),
            _ => return,
        };
        let _refused = self.turn(id, event, act(now, by, what, why));
        self.suppress_if_covered(id, now);
    }

    fn release_uncovered(&mut self, why: (Option<&PersonId>, &str), now: Timestamp) {
        let open: Vec<AlertId> = self.open().map(|alert| alert.id).collect();
        for id in open {
            self.release_because(id, why, now);
        }
    }

    /// Closes what was over before it called anybody again, where it was no person's doing: whoever suppressed it answers for it.
    fn close_if_over(&mut self, id: AlertId, now: Timestamp) {
        let Some(alert) = self.alerts.get_mut(&id) else { return };
        let of_things = matches!(
            alert.kind.rule(),
            Rule::SensorLost | Rule::SightLost | Rule::Unwatched | Rule::DustAhead
        );
        let is_over = alert.life.state == State::Normal
            && matches!(alert.stage, Stage::Raised)
            && alert.needs_help != Some(true);
        let suppressed = |act: &&Act| matches!(&*act.what, "suppressed" | "out-of-service");
        let by = alert.history.iter().rev().find(suppressed).filter(|_| of_things && is_over);
        let Some(act) = by.cloned() else { return };
        let by = act.by.clone().unwrap_or_else(|| PersonId(String::new()));
        alert.stage = Stage::Closed { outcome: Outcome::Restored, by, at: now };
        let reason = format!("it was over while it was suppressed: {}", act.reason);
        let entry = Some(self.entry);
        alert.note(Act { at: now, what: "closed".into(), reason, entry, ..act });
        self.forget_oldest_closed();
    }
}

/// The end of a time that is asked for.
fn until(now: Timestamp, for_s: u32, most_s: f64) -> Result<Timestamp, CommandRefused> {
    let wrong = || {
        let reason = format!("must be 1 to {most_s} seconds, got {for_s}");
        refused("time-wrong", "for_s", reason)
    };
    if for_s == 0 || f64::from(for_s) > most_s {
        return Err(wrong());
    }
    let until = now.checked_add(jiff::SignedDuration::from_secs(for_s.into()));
    until.map_err(|_beyond| wrong())
}

#[cfg(test)]
mod tests;
