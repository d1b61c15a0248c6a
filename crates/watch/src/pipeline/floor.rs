//! The acts of the desk by which alerts are put aside, let go and suppressed.

use super::{Core, State};
use crate::alert::acts::AlertAct;
use crate::alert::suppression::{How, Subject, Suppression, check_subject};
use crate::journal::{CommandRefused, PersonId, SuppressionId};
use sight::sector::Rule;

impl Core {
    pub(super) fn act_on_alert(
        &mut self,
        act: &AlertAct,
        (by, reason): (&PersonId, &str),
    ) -> Result<(), CommandRefused> {
        let State { alerts, rules, now, .. } = &mut self.state;
        let (sector, now) = (self.model.sector(), *now);
        match act {
            AlertAct::Shelve { alert, for_s } => {
                alerts.shelve(*alert, (*for_s, by, reason), &sector.alerting, now)
            }
            AlertAct::Unshelve { alert } => alerts.unshelve(*alert, (by, reason), now),
            AlertAct::Reset { alert } => alerts.reset(*alert, (by, reason), now),
            AlertAct::AcknowledgeMany { alerts: ids } => {
                alerts.acknowledge_many(ids, (by, reason), now)
            }
            AlertAct::EndSuppression { suppression } => {
                alerts.end_suppression(*suppression, (by, reason), now)
            }
            AlertAct::ReportBarrier { barrier, word, place } => {
                let point = place.map(|place| sector.frame.point(place));
                let told = (barrier.as_str(), *word, point);
                rules.barrier(told, (by, reason), (sector, now), alerts)
            }
            AlertAct::Suppress { rule, subject, how, for_s } => {
                self.suppress((*rule, subject), (*how, *for_s), (by, reason))
            }
        }
    }

    fn suppress(
        &mut self,
        (rule, subject): (Option<Rule>, &Subject),
        (how, for_s): (How, u32),
        (by, reason): (&PersonId, &str),
    ) -> Result<(), CommandRefused> {
        let sector = self.model.sector();
        check_subject(subject, sector)?;
        let (now, entry) = (self.state.now, self.state.entries);
        let suppression = Suppression {
            // Its number and its end are given where it begins.
            id: SuppressionId(0),
            until: now,
            how,
            rule,
            subject: subject.clone(),
            by: by.clone(),
            reason: reason.to_owned(),
            since: now,
            entry,
        };
        self.state.alerts.suppress(suppression, (for_s, &sector.alerting))
    }
}
