//! The acts of the desk: checked, carried out once, answered.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sight::crossing::Starter;
use sight::placement::StormAsk;
use sight::sector::SensorId;
use sight::sun;

use super::{Core, State, conditions_of, next_id};
use crate::alert::desk::{Help, refused};
use crate::alert::{Act, Outcome, Stage};
use crate::dispatch::board::{Order, meeting_point, starters};
use crate::heavy::HeavyRequest;
use crate::journal::{AlertId, Command, CommandRefused, CommandRequest, Output, PersonId, TrackId};
use crate::message::{Answer, AskedStage};
use crate::pointing::Aim;
use crate::sayings::{Sayings, lately};
use crate::tracking::{ActRefused, Said, Tracker};
use crate::{limits, pointing};

/// Commands already carried out, by key.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Commands {
    done: BTreeMap<String, Done>,
    order: VecDeque<String>,
}

/// What came of a command.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Done {
    /// Digest of who asked and for what, so that another act under the same key is told apart.
    request: [u8; 32],
    result: Result<(), CommandRefused>,
}

impl Core {
    pub(super) fn commanded(&mut self, request: &CommandRequest, out: &mut Vec<Output>) {
        let digest = digest_of(request);
        let result = match self.state.commands.done.get(&request.key) {
            Some(done) if done.request == digest => done.result.clone(),
            Some(_) => Err(refused(
                "key-used",
                "Idempotency-Key",
                format!("{} was used for another act: take a new key", request.key),
            )),
            None => {
                let result = check_key(&request.key).and_then(|()| self.carry_out(request, out));
                let done = Done { request: digest, result: result.clone() };
                self.state.commands.remember(&request.key, done);
                result
            }
        };
        out.push(Output::CommandDone { key: request.key.clone(), result });
    }

    fn carry_out(
        &mut self,
        request: &CommandRequest,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandRefused> {
        let now = self.state.now;
        match &request.command {
            Command::Acknowledge { alert } => {
                self.state.alerts.acknowledge(*alert, &request.by, now)
            }
            Command::Propose { alert } => self.propose(*alert, out),
            Command::Dispatch { alert, unit, task, reason } => {
                check_reason(reason)?;
                let (by, entry) = (&request.by, self.state.entries);
                let order = Order { by, unit, kind: *task, reason, at: now, entry };
                self.dispatch(*alert, &order, out)
            }
            Command::AnswerHelp { alert, needs_help } => {
                let answer = if *needs_help { Help::Needed } else { Help::NotNeeded };
                self.state.alerts.answer_help(*alert, answer, &request.by, now)
            }
            Command::Close { alert, outcome, reason } => {
                check_reason(reason)?;
                self.close((*alert, *outcome), (&request.by, reason), out)
            }
            Command::JudgeSensor { sensor, order, reason } => {
                check_reason(reason)?;
                if self.state.roster.sensor(sensor).is_none() {
                    let reason = format!("{} is no sensor of this sector", sensor.0);
                    return Err(refused("sensor-unknown", "sensor", reason));
                }
                self.state.tracker.order(sensor, *order, now);
                Ok(())
            }
            Command::JudgeClock { sensor, order, reason } => {
                check_reason(reason)?;
                if !self.state.clocks.order(sensor, *order) {
                    let reason = format!("the clock of {} is not off", sensor.0);
                    return Err(refused("clock-right", "sensor", reason));
                }
                self.state.roster.set_clocks(&self.state.clocks, out);
                Ok(())
            }
            Command::ActOnTrack { act, reason } => {
                let said = self.said(request, reason)?;
                self.state.tracker.act(act.clone(), said).map_err(|error| act_refused(&error))?;
                self.refresh_tracks(out);
                Ok(())
            }
            Command::UndoTrackAct { act, reason } => {
                let said = self.said(request, reason)?;
                self.state.tracker.undo(*act, said).map_err(|error| act_refused(&error))?;
                self.refresh_tracks(out);
                Ok(())
            }
            Command::ProposeMoves { horizon_s } => self.propose_moves(*horizon_s, out),
            Command::PointSensor { sensor, aim, reason } => {
                self.point((sensor, aim), (&request.by, reason), out)
            }
            Command::AnswerAsked { message, answer, reason } => {
                self.answer_asked(*message, answer, (&request.by, reason))
            }
            Command::ActOnAlert { act, reason } => {
                check_reason(reason)?;
                self.act_on_alert(act, (&request.by, reason))
            }
        }
    }

    fn close(
        &mut self,
        (alert, outcome): (AlertId, Outcome),
        (by, reason): (&PersonId, &str),
        out: &mut Vec<Output>,
    ) -> Result<(), CommandRefused> {
        let act = Act {
            at: self.state.now,
            by: Some(by.clone()),
            what: "closed".into(),
            reason: reason.to_owned(),
            entry: None,
        };
        let tasks = self.state.alerts.close(alert, outcome, act)?;
        for unit in self.state.board.finish(&tasks, alert, out) {
            self.state.roster.assign(&unit, None, out);
        }
        Ok(())
    }

    fn answer_asked(
        &mut self,
        message: u64,
        answer: &Answer,
        said: (&PersonId, &str),
    ) -> Result<(), CommandRefused> {
        check_reason(said.1)?;
        let State { messages, roster, now, entries, .. } = &mut self.state;
        let stands = match answer {
            Answer::TakenOn(doer) => {
                let order = doer.order(roster).ok_or_else(|| {
                    let reason =
                        "whoever takes it on must have an order that goes on: give it first";
                    refused("nothing-ordered", "by", reason.to_owned())
                })?;
                (AskedStage::TakenOn, Some(order))
            }
            Answer::Done => (AskedStage::Done, None),
            Answer::Failed => (AskedStage::Failed, None),
            Answer::Declined => (AskedStage::Declined, None),
        };
        messages.answer(message, stands, said, (*entries, *now))
    }

    fn point(
        &mut self,
        (sensor, aim): (&SensorId, &Aim),
        (by, reason): (&PersonId, &str),
        out: &mut Vec<Output>,
    ) -> Result<(), CommandRefused> {
        check_reason(reason)?;
        let State { roster, tracker, sayings, now, .. } = &mut self.state;
        let Some(state) = roster.sensor(sensor) else {
            let reason = format!("{} is no sensor of this sector", sensor.0);
            return Err(refused("sensor-unknown", "sensor", reason));
        };
        pointing::check(self.model.sector(), state, aim)?;
        let object = match aim {
            Aim::Follow(track) => Some(name_of(tracker, sayings, (sensor, *track), *now)?),
            Aim::LookAt(_) | Aim::Patrol(_) | Aim::Release => None,
        };
        roster.point((sensor, aim, object), (by, reason), *now, out);
        Ok(())
    }

    fn said(&self, request: &CommandRequest, reason: &str) -> Result<Said, CommandRefused> {
        check_reason(reason)?;
        let entry = Some(self.state.entries);
        Ok(Said { by: request.by.clone(), at: self.state.now, reason: reason.to_owned(), entry })
    }

    fn propose(&mut self, alert: AlertId, out: &mut Vec<Output>) -> Result<(), CommandRefused> {
        let open = self.state.alerts.open_alert(alert)?;
        let to = meeting_point(open, self.model.sector()).ok_or_else(|| {
            refused(
                "no-place",
                "alert",
                format!("alert {} has no place to send anyone to", alert.0),
            )
        })?;
        let id = next_id(&mut self.state.next_request);
        self.state.board.ask(id, alert);
        let light = sun::light(self.model.sector().frame.origin(), self.state.now);
        let from = starters(&self.state.roster);
        let request = HeavyRequest::Arrivals { to, from, light };
        out.push(Output::Compute { id, request });
        Ok(())
    }

    /// Asks for moves; nobody is sent by it. Units on a task are left where they are.
    fn propose_moves(
        &mut self,
        horizon_s: u32,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandRefused> {
        let (least_s, most_s) = limits::MOVES_HORIZON_S;
        if !(least_s..=most_s).contains(&horizon_s) {
            let reason = format!("must be {least_s} to {most_s} seconds, got {horizon_s}");
            return Err(refused("horizon-wrong", "horizon_s", reason));
        }
        let State { roster, weather, now, next_request, .. } = &mut self.state;
        let free =
            |unit: &Starter| roster.unit(&unit.unit).is_some_and(|state| state.task.is_none());
        let ask = StormAsk {
            conditions: conditions_of(self.model.sector(), roster, weather, *now),
            units: starters(roster).into_iter().filter(free).collect(),
            horizon_s: f64::from(horizon_s),
            drone_mps: limits::DRONE_TRANSFER_MPS,
        };
        let id = next_id(next_request);
        out.push(Output::Compute { id, request: HeavyRequest::BuyBack(Box::new(ask)) });
        Ok(())
    }

    fn dispatch(
        &mut self,
        alert: AlertId,
        order: &Order<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandRefused> {
        let State { alerts, board, roster, .. } = &mut self.state;
        let open = alerts.open_alert(alert)?;
        if matches!(open.stage, Stage::Raised) {
            let reason = format!("alert {} must be acknowledged before a unit is sent", alert.0);
            return Err(refused("stage-wrong", "alert", reason));
        }
        let task = board.send(open, order, self.model.sector(), roster)?;
        roster.assign(order.unit, Some(task.id), out);
        let act = Act {
            at: order.at,
            by: Some(order.by.clone()),
            what: "dispatched".into(),
            reason: format!("{}: {}", order.unit.0, order.reason),
            entry: None,
        };
        alerts.assign(alert, task.id, order.unit, act);
        out.push(Output::Task(task.clone()));
        out.push(Output::SendTask(task));
        Ok(())
    }
}

impl Commands {
    fn remember(&mut self, key: &str, done: Done) {
        if self.order.len() >= limits::COMMAND_KEYS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.done.remove(&oldest);
        }
        self.order.push_back(key.to_owned());
        self.done.insert(key.to_owned(), done);
    }
}

/// What a sensor calls that which it told of a track lately.
fn name_of(
    tracker: &Tracker,
    sayings: &Sayings,
    (sensor, track): (&SensorId, TrackId),
    now: Timestamp,
) -> Result<String, CommandRefused> {
    let Some(noted) = tracker.noted_since(track, lately(now)) else {
        return Err(refused("track-unknown", "track", format!("track {} is not known", track.0)));
    };
    let name = sayings.newest_name(sensor, &noted, now).map(str::to_owned);
    name.ok_or_else(|| {
        let within_s = limits::SAID_WITHIN_S;
        let reason =
            format!("{} has not told of track {} in the last {within_s} s", sensor.0, track.0);
        refused("track-not-told", "track", reason)
    })
}

fn digest_of(request: &CommandRequest) -> [u8; 32] {
    let bytes = postcard::to_extend(&(&request.by, &request.command), Vec::new())
        .expect("a command always encodes: it holds texts and numbers");
    Sha256::digest(bytes).into()
}

fn check_key(key: &str) -> Result<(), CommandRefused> {
    if key.is_empty() || key.len() > limits::COMMAND_KEY_BYTES_MAX {
        let reason =
            format!("must have 1 to {} bytes, got {}", limits::COMMAND_KEY_BYTES_MAX, key.len());
        return Err(refused("key-wrong", "Idempotency-Key", reason));
    }
    Ok(())
}

fn act_refused(error: &ActRefused) -> CommandRefused {
    let (code, field) = match error {
        ActRefused::TrackUnknown { field, .. } => ("track-unknown", *field),
        ActRefused::AlreadyMerged { .. } => ("already-merged", "other"),
        ActRefused::AlreadyPinned(_) => ("already-pinned", "track"),
        ActRefused::NotFollowed(_) => ("track-over", "track"),
        ActRefused::TimeWrong { .. } => ("time-wrong", "from"),
        ActRefused::SensorUnknown { .. } => ("sensor-unknown", "sensors"),
        ActRefused::SensorsWrong => ("sensors-wrong", "sensors"),
        ActRefused::ActUnknown(_) => ("act-unknown", "act"),
        ActRefused::NothingToUndo(_) => ("nothing-to-undo", "act"),
        ActRefused::TooMany => ("acts-full", "track"),
    };
    refused(code, field, error.to_string())
}

fn check_reason(reason: &str) -> Result<(), CommandRefused> {
    let length = reason.chars().count();
    if reason.trim().is_empty() {
        return Err(refused("reason-missing", "reason", "a reason is needed: say why".into()));
    }
    if length > limits::REASON_CHARS_MAX {
        let reason =
            format!("must have at most {} characters, got {length}", limits::REASON_CHARS_MAX);
        return Err(refused("reason-long", "reason", reason));
    }
    Ok(())
}
