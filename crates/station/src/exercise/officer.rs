//! A script that sits at the desk in exercises without people: it does what an officer would, a little later.

use std::collections::BTreeMap;

use jiff::Timestamp;
use watch::Core;
use watch::alert::{Alert, Stage};
use watch::dispatch::TaskKind;
use watch::journal::{AlertId, Command, CommandRequest, PersonId};

/// Seconds from the alert to its acknowledgement, and from that to the dispatch.
const READS_FOR_S: f64 = 20.0;
const CHOOSES_FOR_S: f64 = 20.0;
/// How its name stands in the record, so that nobody takes it for a person.
const NAME: &str = "exercise-script";

/// Where the script stands with each alert.
#[derive(Debug, Default)]
pub(super) struct ScriptedOfficer {
    asked: BTreeMap<AlertId, Timestamp>,
    acts: u64,
}

impl ScriptedOfficer {
    /// The commands it gives now.
    pub(super) fn decide(&mut self, core: &Core, now: Timestamp) -> Vec<CommandRequest> {
        let mut commands = Vec::new();
        for alert in core.alerts().filter(|alert| alert.track.is_some()) {
            if let Some(command) = self.next_act(alert, core, now) {
                self.acts += 1;
                let key = format!("script-{}", self.acts);
                commands.push(CommandRequest { by: PersonId(NAME.into()), key, command });
            }
        }
        commands
    }

    fn next_act(&mut self, alert: &Alert, core: &Core, now: Timestamp) -> Option<Command> {
        let since = |at: Timestamp| now.duration_since(at).as_secs_f64();
        match &alert.stage {
            Stage::Raised if since(alert.raised_at) >= READS_FOR_S => {
                Some(Command::Acknowledge { alert: alert.id })
            }
            Stage::Acknowledged { .. } if !self.asked.contains_key(&alert.id) => {
                self.asked.insert(alert.id, now);
                Some(Command::Propose { alert: alert.id })
            }
            Stage::Acknowledged { .. } => {
                let asked_at = self.asked.get(&alert.id)?;
                let best = core.proposals(alert.id).iter().find(|proposal| proposal.free)?;
                (since(*asked_at) >= CHOOSES_FOR_S).then(|| Command::Dispatch {
                    alert: alert.id,
                    unit: best.arrival.unit.clone(),
                    task: TaskKind::Approach,
                    reason: "first free unit by arrival".to_owned(),
                })
            }
            Stage::Raised | Stage::Assigned { .. } | Stage::Closed { .. } => None,
        }
    }
}
