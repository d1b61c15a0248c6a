//! `POST /api/commands`: acts of the desk, answered once they are durable.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use sight::sector::{SensorId, UnitId};
use tokio::sync::broadcast;
use watch::alert::Outcome;
use watch::detection::Rejection;
use watch::dispatch::TaskKind;
use watch::journal::{AlertId, Command, CommandRequest, Input, PersonId};
use watch::tracking::Order;

use super::Api;
use super::picture::ProposalView;
use super::problem::Problem;
use crate::limits::{KEY_CHARS_MAX, PERSON_CHARS_MAX, PROPOSALS_PATIENCE, REJECTION_CHARS_MAX};
use crate::runtime::{Event, Receipt};

/// The body of a command, as `docs/API.md` has it.
#[derive(Debug, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
enum Body {
    Acknowledge { alert: u64, by: String },
    Propose { alert: u64, by: String },
    Dispatch { alert: u64, unit: String, task: TaskKind, reason: String, by: String },
    AnswerHelp { alert: u64, needs_help: bool, by: String },
    Close { alert: u64, outcome: Outcome, reason: String, by: String },
    TrustSensor { sensor: String, reason: String, by: String },
    QuarantineSensor { sensor: String, reason: String, by: String },
}

#[derive(Debug, Serialize)]
pub(super) struct Done {
    status: &'static str,
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposals: Option<Vec<ProposalView>>,
}

pub(super) async fn command(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Done>, Problem> {
    let request = match read(&headers, &body) {
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
        | Command::JudgeSensor { .. } => None,
    };
    // Listening begins before the act, or its result could slip by.
    let events = api.handle.events();
    let receipt = api.handle.submit(vec![Input::Commanded(request)]).await?;
    if let Some((_, Err(refused))) = receipt.commands.first() {
        return Err(refused.clone().into());
    }
    let proposals = match proposed_for {
        None => None,
        Some(alert) => Some(proposals(&api, alert, &receipt, events).await?),
    };
    Ok(Json(Done { status: "done", index: receipt.index, proposals }))
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<CommandRequest, Problem> {
    let key = read_key(headers)?;
    let body: Body = serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request("body-wrong", "body", error.to_string()))?;
    let (command, by) = body.into_command();
    if by.trim().is_empty()
        || by.chars().count() > PERSON_CHARS_MAX
        || by.chars().any(char::is_control)
    {
        let detail =
            format!("must name the person at the desk in 1 to {PERSON_CHARS_MAX} characters");
        return Err(Problem::bad_request("person-wrong", "by", detail));
    }
    Ok(CommandRequest { by: PersonId(by), key, command })
}

fn read_key(headers: &HeaderMap) -> Result<String, Problem> {
    let wrong = |detail: String| Problem::bad_request("key-wrong", "Idempotency-Key", detail);
    let Some(key) = headers.get("Idempotency-Key") else {
        return Err(wrong("the header is missing; the same key twice is the same act once".into()));
    };
    let key = key.to_str().map_err(|error| wrong(error.to_string()))?;
    if key.is_empty() || key.len() > KEY_CHARS_MAX {
        return Err(wrong(format!("must have 1 to {KEY_CHARS_MAX} characters, got {}", key.len())));
    }
    Ok(key.to_owned())
}

impl Body {
    fn into_command(self) -> (Command, String) {
        match self {
            Self::Acknowledge { alert, by } => (Command::Acknowledge { alert: AlertId(alert) }, by),
            Self::Propose { alert, by } => (Command::Propose { alert: AlertId(alert) }, by),
            Self::Dispatch { alert, unit, task, reason, by } => {
                let (alert, unit) = (AlertId(alert), UnitId(unit));
                (Command::Dispatch { alert, unit, task, reason }, by)
            }
            Self::AnswerHelp { alert, needs_help, by } => {
                (Command::AnswerHelp { alert: AlertId(alert), needs_help }, by)
            }
            Self::Close { alert, outcome, reason, by } => {
                (Command::Close { alert: AlertId(alert), outcome, reason }, by)
            }
            Self::TrustSensor { sensor, reason, by } => (judge(sensor, Order::Trust, reason), by),
            Self::QuarantineSensor { sensor, reason, by } => {
                (judge(sensor, Order::Quarantine, reason), by)
            }
        }
    }
}

fn judge(sensor: String, order: Order, reason: String) -> Command {
    Command::JudgeSensor { sensor: SensorId(sensor), order, reason }
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
                Ok(Event::Proposals { .. } | Event::SendTask(_)) => {}
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
