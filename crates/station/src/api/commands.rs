//! `POST /api/commands`: acts of the desk, answered once they are durable.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sight::geo::Wgs84;
use sight::sector::{Rule, SensorId, StretchId, UnitId};
use tokio::sync::broadcast;
use watch::alert::Outcome;
use watch::alert::acts::AlertAct;
use watch::alert::rules::barriers::BarrierWord;
use watch::alert::suppression::{How, Subject};
use watch::clocks::ClockOrder;
use watch::detection::{Class, Rejection};
use watch::dispatch::TaskKind;
use watch::journal::{
    AlertId, Command, CommandRequest, Input, PersonId, SuppressionId, TrackActId, TrackId,
};
use watch::message::{Answer, Doer};
use watch::pointing::Aim;
use watch::tracking::{Order, TrackAct};

use super::Api;
use super::admit::refusal;
use super::picture::{MovesView, ProposalView};
use super::problem::Problem;
use crate::identity::{Capability, Need, Viewer};
use crate::limits::{KEY_CHARS_MAX, PERSON_CHARS_MAX, PROPOSALS_PATIENCE, REJECTION_CHARS_MAX};
use crate::runtime::{Event, Receipt};

/// The body of a command, as `docs/API.md` has it.
#[derive(Debug, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
enum Body {
    Acknowledge {
        alert: u64,
    },
    Propose {
        alert: u64,
    },
    Dispatch {
        alert: u64,
        unit: String,
        task: TaskKind,
        reason: String,
    },
    AnswerHelp {
        alert: u64,
        needs_help: bool,
    },
    Close {
        alert: u64,
        outcome: Outcome,
        reason: String,
    },
    TrustSensor {
        sensor: String,
        reason: String,
    },
    QuarantineSensor {
        sensor: String,
        reason: String,
    },
    CorrectClock {
        sensor: String,
        reason: String,
    },
    TrustClock {
        sensor: String,
        reason: String,
    },
    MergeTracks {
        track: u64,
        other: u64,
        reason: String,
    },
    /// By `from` or by `sensors`.
    SplitTrack(Split),
    RelabelTrack {
        track: u64,
        class: String,
        reason: String,
    },
    PinTrack {
        track: u64,
        reason: String,
    },
    UndoTrackAct {
        act: u64,
        reason: String,
    },
    ProposeMoves {
        horizon_s: u32,
    },
    LookAt {
        sensor: String,
        at: [f64; 2],
        reason: String,
    },
    PatrolAlong {
        sensor: String,
        path: Vec<[f64; 2]>,
        reason: String,
    },
    FollowTrack {
        sensor: String,
        track: u64,
        reason: String,
    },
    ReleaseSensor {
        sensor: String,
        reason: String,
    },
    /// What is taken on became the order that a `sensor` or a `unit` has now.
    AnswerAsked(AnswerAsked),
    Shelve {
        alert: u64,
        for_s: u32,
        reason: String,
    },
    Unshelve {
        alert: u64,
        reason: String,
    },
    ResetAlert {
        alert: u64,
        reason: String,
    },
    AcknowledgeMany {
        alerts: BTreeSet<u64>,
        reason: String,
    },
    /// Of a `sensor`, a `place` or a `stretch`.
    Suppress(Suppress),
    EndSuppression {
        suppression: u64,
        reason: String,
    },
    ReportBarrier {
        barrier: String,
        condition: BarrierWord,
        at: Option<[f64; 2]>,
        reason: String,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suppress {
    how: How,
    rule: Option<Rule>,
    sensor: Option<String>,
    place: Option<String>,
    stretch: Option<u32>,
    for_s: u32,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerAsked {
    message: u64,
    answer: AnswerWord,
    sensor: Option<String>,
    unit: Option<String>,
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AnswerWord {
    TakenOn,
    Done,
    Failed,
    Declined,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Split {
    track: u64,
    from: Option<Timestamp>,
    sensors: Option<Vec<String>>,
    reason: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Done {
    status: &'static str,
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposals: Option<Vec<ProposalView>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moves: Option<MovesView>,
}

pub(super) async fn command(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Done>, Problem> {
    let request = match read(&headers, &body, &viewer) {
        Ok(request) => request,
        Err(problem) => {
            count(&api, &problem).await;
            return Err(problem);
        }
    };
    let proposed_for = match request.command {
        Command::Propose { alert } => Some(alert),
        Command::Acknowledge { .. }
        | Command::Dispatch { .. }
        | Command::AnswerHelp { .. }
        | Command::Close { .. }
        | Command::ProposeMoves { .. }
        | Command::JudgeSensor { .. }
        | Command::JudgeClock { .. }
        | Command::ActOnTrack { .. }
        | Command::UndoTrackAct { .. }
        | Command::PointSensor { .. }
        | Command::ActOnAlert { .. }
        | Command::AnswerAsked { .. } => None,
    };
    let asks_for_moves = matches!(request.command, Command::ProposeMoves { .. });
    // Listening begins before the act, or its result could slip by.
    let events = api.handle.events();
    let receipt = api.handle.submit(vec![Input::Commanded(request)]).await?;
    if let Some((_, Err(refused))) = receipt.commands.first() {
        return Err(refused.clone().into());
    }
    let (mut proposed, mut moves) = (None, None);
    if let Some(alert) = proposed_for {
        proposed = Some(proposals(&api, alert, &receipt, events).await?);
    } else if asks_for_moves {
        moves = Some(bought_back(&api, &receipt, events).await?);
    }
    Ok(Json(Done { status: "done", index: receipt.index, proposals: proposed, moves }))
}

fn read(headers: &HeaderMap, body: &[u8], viewer: &Viewer) -> Result<CommandRequest, Problem> {
    let key = read_key(headers)?;
    let (by, rest) = said_by(body)?;
    let wrong = |error: serde_json::Error| body_wrong(error.to_string());
    let command = serde_json::from_value::<Body>(rest).map_err(wrong)?.into_command()?;
    let needed = needed(&command);
    if !viewer.may(needed) {
        return Err(refusal(viewer, Need::Of(needed)));
    }
    Ok(CommandRequest { by: person(by, viewer)?, key, command })
}

fn body_wrong(detail: impl Into<String>) -> Problem {
    Problem::bad_request("body-wrong", "body", detail)
}

/// What a body says, and who it says that the person is.
pub(super) fn said_by(body: &[u8]) -> Result<(Option<String>, Value), Problem> {
    let told: Value =
        serde_json::from_slice(body).map_err(|error| body_wrong(error.to_string()))?;
    let Value::Object(mut members) = told else {
        return Err(body_wrong("must be an object"));
    };
    let by = match members.remove("by") {
        None => None,
        Some(Value::String(by)) => Some(by),
        Some(_) => return Err(body_wrong("by: must be text")),
    };
    Ok((by, Value::Object(members)))
}

/// The person at the desk, as the record names it: who is signed in, or where nobody is asked to who they say.
pub(super) fn person(by: Option<String>, viewer: &Viewer) -> Result<PersonId, Problem> {
    let wrong = |detail: String| Problem::bad_request("person-wrong", "by", detail);
    match (viewer.name(), by) {
        (Some(name), None) => Ok(name.clone()),
        (Some(name), Some(by)) if name.0 == by => Ok(name.clone()),
        (Some(name), Some(_)) => {
            Err(wrong(format!("must be left out, or be who is signed in: {}", name.0)))
        }
        (None, Some(by))
            if !by.trim().is_empty()
                && by.chars().count() <= PERSON_CHARS_MAX
                && !by.chars().any(char::is_control) =>
        {
            Ok(PersonId(by))
        }
        (None, Some(_)) => Err(wrong(format!(
            "must name the person at the desk in 1 to {PERSON_CHARS_MAX} characters"
        ))),
        (None, None) => Err(body_wrong("missing field `by`")),
    }
}

/// What commands need, one or the other.
pub(super) const NEEDED: &[Capability] = &[Capability::Act, Capability::Command, Capability::Plan];

/// What a command needs.
fn needed(command: &Command) -> Capability {
    match command {
        Command::Dispatch { .. } | Command::JudgeSensor { .. } | Command::JudgeClock { .. } => {
            Capability::Command
        }
        // What keeps alerts from calling is an officer's to say.
        Command::ActOnAlert {
            act: AlertAct::Suppress { .. } | AlertAct::EndSuppression { .. },
            ..
        } => Capability::Command,
        Command::ProposeMoves { .. } => Capability::Plan,
        Command::Acknowledge { .. }
        | Command::Propose { .. }
        | Command::AnswerHelp { .. }
        | Command::Close { .. }
        | Command::ActOnTrack { .. }
        | Command::UndoTrackAct { .. }
        | Command::PointSensor { .. }
        | Command::ActOnAlert { .. }
        | Command::AnswerAsked { .. } => Capability::Act,
    }
}

pub(super) fn read_key(headers: &HeaderMap) -> Result<String, Problem> {
    let key = headers.get("Idempotency-Key").ok_or_else(|| {
        key_wrong("the header is missing; the same key twice is the same act once")
    })?;
    check_key(key)
}

fn key_wrong(detail: impl Into<String>) -> Problem {
    Problem::bad_request("key-wrong", "Idempotency-Key", detail)
}

/// A key that can be remembered.
pub(super) fn check_key(key: &HeaderValue) -> Result<String, Problem> {
    let key = key.to_str().map_err(|error| key_wrong(error.to_string()))?;
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        let got = key.len();
        return Err(key_wrong(format!("must have 1 to {KEY_CHARS_MAX} characters, got {got}")));
    }
    Ok(key.to_owned())
}

impl Body {
    fn into_command(self) -> Result<Command, Problem> {
        Ok(match self {
            Self::Acknowledge { alert } => Command::Acknowledge { alert: AlertId(alert) },
            Self::Propose { alert } => Command::Propose { alert: AlertId(alert) },
            Self::Dispatch { alert, unit, task, reason } => {
                let (alert, unit) = (AlertId(alert), UnitId(unit));
                Command::Dispatch { alert, unit, task, reason }
            }
            Self::AnswerHelp { alert, needs_help } => {
                Command::AnswerHelp { alert: AlertId(alert), needs_help }
            }
            Self::Close { alert, outcome, reason } => {
                Command::Close { alert: AlertId(alert), outcome, reason }
            }
            Self::TrustSensor { sensor, reason } => judge(sensor, Order::Trust, reason),
            Self::QuarantineSensor { sensor, reason } => judge(sensor, Order::Quarantine, reason),
            Self::CorrectClock { sensor, reason } => {
                judge_clock(sensor, ClockOrder::Correct, reason)
            }
            Self::TrustClock { sensor, reason } => judge_clock(sensor, ClockOrder::Trust, reason),
            Self::MergeTracks { track, other, reason } => {
                let act = TrackAct::Merge { track: TrackId(track), other: TrackId(other) };
                Command::ActOnTrack { act, reason }
            }
            Self::SplitTrack(split) => return split.into_command(),
            Self::RelabelTrack { track, class, reason } => {
                let act = TrackAct::Relabel { track: TrackId(track), class: class_named(&class)? };
                Command::ActOnTrack { act, reason }
            }
            Self::PinTrack { track, reason } => {
                Command::ActOnTrack { act: TrackAct::Pin { track: TrackId(track) }, reason }
            }
            Self::UndoTrackAct { act, reason } => {
                Command::UndoTrackAct { act: TrackActId(act), reason }
            }
            Self::ProposeMoves { horizon_s } => Command::ProposeMoves { horizon_s },
            Self::LookAt { sensor, at, reason } => {
                point(sensor, Aim::LookAt(place("at", at)?), reason)
            }
            Self::PatrolAlong { sensor, path, reason } => {
                let path = path.into_iter().map(|at| place("path", at));
                point(sensor, Aim::Patrol(path.collect::<Result<_, _>>()?), reason)
            }
            Self::FollowTrack { sensor, track, reason } => {
                point(sensor, Aim::Follow(TrackId(track)), reason)
            }
            Self::ReleaseSensor { sensor, reason } => point(sensor, Aim::Release, reason),
            Self::AnswerAsked(answer) => return answer.into_command(),
            Self::Shelve { alert, for_s, reason } => {
                on_alerts(AlertAct::Shelve { alert: AlertId(alert), for_s }, reason)
            }
            Self::Unshelve { alert, reason } => {
                on_alerts(AlertAct::Unshelve { alert: AlertId(alert) }, reason)
            }
            Self::ResetAlert { alert, reason } => {
                on_alerts(AlertAct::Reset { alert: AlertId(alert) }, reason)
            }
            Self::AcknowledgeMany { alerts, reason } => {
                let alerts = alerts.into_iter().map(AlertId).collect();
                on_alerts(AlertAct::AcknowledgeMany { alerts }, reason)
            }
            Self::Suppress(suppress) => return suppress.into_command(),
            Self::EndSuppression { suppression, reason } => {
                let suppression = SuppressionId(suppression);
                on_alerts(AlertAct::EndSuppression { suppression }, reason)
            }
            Self::ReportBarrier { barrier, condition: word, at, reason } => {
                let place = at.map(|at| place("at", at)).transpose()?;
                on_alerts(AlertAct::ReportBarrier { barrier, word, place }, reason)
            }
        })
    }
}

impl Split {
    fn into_command(self) -> Result<Command, Problem> {
        let track = TrackId(self.track);
        let act = match (self.from, self.sensors) {
            (Some(from), None) => TrackAct::SplitFrom { track, from },
            (None, Some(sensors)) => {
                let sensors = sensors.into_iter().map(SensorId).collect();
                TrackAct::SplitSensors { track, sensors }
            }
            (Some(_), Some(_)) | (None, None) => {
                let detail = "a track is split either `from` a moment or by `sensors`: give one";
                return Err(Problem::bad_request("body-wrong", "from", detail));
            }
        };
        Ok(Command::ActOnTrack { act, reason: self.reason })
    }
}

impl AnswerAsked {
    fn into_command(self) -> Result<Command, Problem> {
        let Self { message, answer, sensor, unit, reason } = self;
        let doer = match (sensor, unit) {
            (Some(sensor), None) => Some(Doer::Sensor(SensorId(sensor))),
            (None, Some(unit)) => Some(Doer::Unit(UnitId(unit))),
            (None, None) => None,
            (Some(_), Some(_)) => return Err(wrong_doer("give `sensor` or `unit`, not both")),
        };
        let answer = match (answer, doer) {
            (AnswerWord::TakenOn, Some(doer)) => Answer::TakenOn(doer),
            (AnswerWord::Done, None) => Answer::Done,
            (AnswerWord::Failed, None) => Answer::Failed,
            (AnswerWord::Declined, None) => Answer::Declined,
            (AnswerWord::TakenOn, None) => {
                return Err(wrong_doer("say which `sensor` or `unit` has the order"));
            }
            (AnswerWord::Done | AnswerWord::Failed | AnswerWord::Declined, Some(_)) => {
                return Err(wrong_doer("only what is taken on names a `sensor` or a `unit`"));
            }
        };
        Ok(Command::AnswerAsked { message, answer, reason })
    }
}

impl Suppress {
    fn into_command(self) -> Result<Command, Problem> {
        let Self { how, rule, sensor, place, stretch, for_s, reason } = self;
        let subject = match (sensor, place, stretch) {
            (Some(sensor), None, None) => Subject::Sensor { sensor: SensorId(sensor) },
            (None, Some(place), None) => Subject::Place { place },
            (None, None, Some(stretch)) => Subject::Stretch { stretch: StretchId(stretch) },
            _ => {
                let detail = "give one of `sensor`, `place` and `stretch`";
                return Err(Problem::bad_request("body-wrong", "sensor", detail));
            }
        };
        Ok(on_alerts(AlertAct::Suppress { rule, subject, how, for_s }, reason))
    }
}

fn on_alerts(act: AlertAct, reason: String) -> Command {
    Command::ActOnAlert { act, reason }
}

fn wrong_doer(detail: &str) -> Problem {
    Problem::bad_request("body-wrong", "sensor", detail)
}

/// Nothing but these may be said of anybody (DOMAIN 6).
fn class_named(name: &str) -> Result<Class, Problem> {
    let named = serde_json::from_value(Value::from(name));
    named.map_err(|_unknown| {
        let detail = format!(
            "must be person, group, vehicle, animal, aircraft or unknown, got `{}`",
            name.chars().take(REJECTION_CHARS_MAX).collect::<String>()
        );
        Problem::bad_request("class-not-allowed", "class", detail)
    })
}

fn point(sensor: String, aim: Aim, reason: String) -> Command {
    Command::PointSensor { sensor: SensorId(sensor), aim, reason }
}

fn place(field: &'static str, [lon_deg, lat_deg]: [f64; 2]) -> Result<Wgs84, Problem> {
    Wgs84::new(lon_deg, lat_deg)
        .map_err(|fault| Problem::bad_request("place-wrong", field, fault.to_string()))
}

fn judge(sensor: String, order: Order, reason: String) -> Command {
    Command::JudgeSensor { sensor: SensorId(sensor), order, reason }
}

fn judge_clock(sensor: String, order: ClockOrder, reason: String) -> Command {
    Command::JudgeClock { sensor: SensorId(sensor), order, reason }
}

/// Waits for the ways that a `propose` asked for; one that was asked before is answered with what is known.
async fn proposals(
    api: &Api,
    alert: AlertId,
    receipt: &Receipt,
    mut events: broadcast::Receiver<Event>,
) -> Result<Vec<ProposalView>, Problem> {
    let ready = async {
        loop {
            match events.recv().await {
                Ok(Event::Proposals { alert: ready }) if ready == alert => return,
                // After a gap the answer may be among what was missed.
                Err(
                    broadcast::error::RecvError::Lagged(_) | broadcast::error::RecvError::Closed,
                ) => return,
                Ok(
                    Event::Proposals { .. }
                    | Event::Moves { .. }
                    | Event::SendTask(_)
                    | Event::SendPointing(_),
                ) => {}
            }
        }
    };
    let late = || {
        let detail = "the ways are still being computed; ask again with the same key";
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "proposals-late", detail).at("alert")
    };
    if !receipt.asked.is_empty() {
        tokio::time::timeout(PROPOSALS_PATIENCE, ready).await.map_err(|_elapsed| late())?;
    }
    let sector = api.handle.model().sector();
    let picture = api.handle.live().read();
    let known = picture.proposals.get(&alert).ok_or_else(late)?;
    Ok(known.iter().map(|proposal| ProposalView::of(proposal, sector)).collect())
}

/// Waits for the moves that were asked for. They are told once: the same key again needs a new question.
async fn bought_back(
    api: &Api,
    receipt: &Receipt,
    mut events: broadcast::Receiver<Event>,
) -> Result<MovesView, Problem> {
    let asked = receipt.asked.clone();
    let ready = async {
        loop {
            match events.recv().await {
                Ok(Event::Moves { request, answer }) if asked.contains(&request) => {
                    return Some(answer);
                }
                // After a gap the answer may have been missed: the desk asks again.
                Err(
                    broadcast::error::RecvError::Closed | broadcast::error::RecvError::Lagged(_),
                ) => return None,
                Ok(
                    Event::Proposals { .. }
                    | Event::Moves { .. }
                    | Event::SendTask(_)
                    | Event::SendPointing(_),
                ) => {}
            }
        }
    };
    let late = || {
        let detail = "the moves are not known: ask again with a new key";
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "moves-late", detail).at("command")
    };
    if asked.is_empty() {
        return Err(late());
    }
    let answer = tokio::time::timeout(PROPOSALS_PATIENCE, ready).await;
    let answer = answer.map_err(|_elapsed| late())?.ok_or_else(late)?;
    Ok(MovesView::of(&answer, api.handle.model().sector()))
}

/// A command that cannot be read is counted like any other unusable message.
async fn count(api: &Api, problem: &Problem) {
    let (field, reason) = problem.field_and_detail();
    let reason: String =
        reason.chars().filter(|c| !c.is_control()).take(REJECTION_CHARS_MAX).collect();
    let rejection = Rejection { door: "api".into(), source: None, field: field.into(), reason };
    if let Err(error) = api.handle.submit(vec![Input::Rejected(rejection)]).await {
        tracing::debug!("rejection not counted: {error}");
    }
}
