//! `POST /api/labels`: labels of one track, alert or message, by which other agencies are given it or not.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use watch::alert::Alert;
use watch::journal::{AlertId, TrackId};
use wire::text::clean;

use super::Api;
use super::identity::read;
use super::people::DoneView;
use super::problem::Problem;
use super::release::PROPOSED;
use crate::identity::Viewer;
use crate::release::{Labels, Policy, PolicyError, Thing};
use crate::runtime::live::Picture;

/// Labels that one request may put on something, and the longest of them.
const LABELS_MAX: usize = 8;
const LABEL_CHARS_MAX: usize = 64;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsBody {
    on: On,
    labels: BTreeSet<String>,
    reason: String,
}

/// What is labelled, by its number in the picture.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum On {
    Track(u64),
    Alert(u64),
    Message(u64),
}

/// Puts labels on one thing that is shown. Where other agencies are given nothing more by that it is done at once, and else
/// once a second person agrees.
pub(super) async fn put(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<DoneView>, Problem> {
    let LabelsBody { on, labels, reason } = read(&headers, &body)?;
    check_labels(&labels)?;
    let names = names_of(&api.handle.live().read(), on)?;
    let Some(before) = api.handle.partners().policy() else {
        let detail = "nothing is given to other agencies, so that no label is asked for";
        return Err(Problem::new(StatusCode::CONFLICT, "policy-none", detail).at("labels"));
    };
    let mut all = before.written().labels.clone();
    for name in names {
        all.entry(name).or_default().extend(labels.iter().cloned());
    }
    let (model, now) = (Arc::clone(api.handle.model()), api.handle.now());
    let judged = tokio::task::spawn_blocking(move || {
        let (sector, written) = (model.sector(), before.written());
        let after = Policy::of(PROPOSED, (&written.text, Labels(all)), sector)?;
        let gives_more = |agency: &String| before.takes_back(agency, sector, (&after, now, now));
        let is_less = !after.agencies().iter().any(gives_more);
        Ok::<_, PolicyError>((written.sha256.clone(), after.written().clone(), is_less))
    });
    let internal =
        |detail: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
    let (before, after, is_less) = judged.await.map_err(|fault| internal(fault.to_string()))??;
    let done = if is_less {
        api.warden.withhold(&viewer, (before, after), reason).await?
    } else {
        api.warden.propose_release(&viewer, after, reason).await?
    };
    Ok(Json(done.into()))
}

fn check_labels(labels: &BTreeSet<String>) -> Result<(), Problem> {
    let is_label = |label: &String| !label.is_empty() && clean(label, LABEL_CHARS_MAX) == *label;
    if labels.is_empty() || labels.len() > LABELS_MAX || !labels.iter().all(is_label) {
        let detail =
            format!("must be 1 to {LABELS_MAX} labels of 1 to {LABEL_CHARS_MAX} characters");
        return Err(Problem::bad_request("labels-wrong", "labels", detail));
    }
    Ok(())
}

/// On what labels are put for it.
fn names_of(picture: &Picture, on: On) -> Result<Vec<String>, Problem> {
    match on {
        On::Track(id) => of_track(picture, TrackId(id)),
        On::Alert(id) => {
            let alert = picture.alerts.get(&AlertId(id)).ok_or_else(|| unknown("alert", id))?;
            of_alert(picture, alert)
        }
        On::Message(id) => of_message(picture, id).map(|name| vec![name]),
    }
}

/// What sensors call a track.
fn of_track(picture: &Picture, id: TrackId) -> Result<Vec<String>, Problem> {
    let track = picture.tracks.values().find(|track| track.is_known_as(id));
    let track = track.ok_or_else(|| unknown("track", id.0))?;
    if let Some(nameless) = track.told.iter().find(|told| told.object_id.is_empty()) {
        let sensor = &nameless.sensor.0;
        let detail = format!(
            "{sensor} told of it lately and calls it by no name, so that its words would have no such label: label the sensor instead"
        );
        return Err(Problem::new(StatusCode::CONFLICT, "track-nameless", detail).at("on"));
    }
    let on = |told: &watch::sayings::Told| Labels::on_object(&told.sensor.0, &told.object_id);
    let objects: Vec<String> = track.told.iter().map(on).collect();
    if objects.is_empty() {
        let detail = "no sensor told of it lately: label the sensors instead";
        return Err(Problem::new(StatusCode::CONFLICT, "track-nameless", detail).at("on"));
    }
    Ok(objects)
}

/// What an alert is made of: its track, or the call for help. Each agency's own world makes it of these, or not.
fn of_alert(picture: &Picture, alert: &Alert) -> Result<Vec<String>, Problem> {
    if let Some(track) = alert.track {
        return of_track(picture, track);
    }
    let Some(caller) = &alert.caller else {
        let detail = "it tells of how the line is watched, which each agency's own world says of what that is given: \
            label sensors instead";
        return Err(Problem::new(StatusCode::CONFLICT, "alert-nameless", detail).at("on"));
    };
    Ok(vec![match &caller.unit {
        Some(unit) => Labels::on_object(&unit.0, &caller.device),
        None => Labels::on(&Thing::Device(caller.device.clone())),
    }])
}

fn of_message(picture: &Picture, id: u64) -> Result<String, Problem> {
    let mut kept = picture.messages.value.kept.iter();
    let kept = kept.find(|kept| kept.number == id).ok_or_else(|| unknown("message", id))?;
    if kept.message.asked.is_some() {
        let detail = "what a parent asks is given to nobody else, whatever its labels";
        return Err(Problem::new(StatusCode::CONFLICT, "message-asked", detail).at("on"));
    }
    Ok(Labels::on(&Thing::of_message(&kept.message)))
}

fn unknown(what: &'static str, id: u64) -> Problem {
    let code = match what {
        "track" => "track-unknown",
        "alert" => "alert-unknown",
        _ => "message-unknown",
    };
    Problem::new(StatusCode::NOT_FOUND, code, format!("there is no {what} {id}")).at("on")
}
