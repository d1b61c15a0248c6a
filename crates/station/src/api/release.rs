//! `/api/release`: what other agencies are given, and the proposal that they are given something else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use watch::journal::TrackId;
use wire::text::clean;

use super::Api;
use super::identity::read;
use super::people::DoneView;
use super::problem::Problem;
use crate::identity::Viewer;
use crate::release::{Labels, Policy, PolicyError};

/// Labels that one request may put on a track, and the longest of them.
const LABELS_MAX: usize = 8;
const LABEL_CHARS_MAX: usize = 64;
/// What a policy is called that is told of in a request.
const PROPOSED: &str = "that is proposed";

#[derive(Debug, Serialize)]
pub(super) struct ReleaseView {
    /// Null where nothing is given to anybody.
    in_force: Option<InForceView>,
    /// Why what two people agreed to gives nothing.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct InForceView {
    sha256: String,
    policy: String,
    labels: BTreeMap<String, BTreeSet<String>>,
    /// Agencies that it names.
    agencies: Vec<String>,
    /// Who proposed it and who agreed; nobody where it is what the station's file said.
    by: Vec<String>,
    since: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseBody {
    policy: String,
    /// Those that are in force where nothing is said.
    labels: Option<BTreeMap<String, BTreeSet<String>>>,
    reason: String,
}

pub(super) async fn in_force(State(api): State<Arc<Api>>) -> Json<ReleaseView> {
    let people = api.warden.people();
    let in_force = api.handle.partners().policy().map(|policy| {
        let written = policy.written().clone();
        let agreed = people.in_force().filter(|agreed| agreed.policy == written);
        let by = agreed.map_or_else(Vec::new, |agreed| agreed.by.clone());
        InForceView {
            sha256: written.sha256,
            policy: written.text,
            labels: written.labels,
            agencies: policy.agencies(),
            by: by.into_iter().map(|by| by.0).collect(),
            since: agreed.map(|agreed| agreed.since.to_string()),
        }
    });
    Json(ReleaseView { in_force, problem: api.handle.health().now().release_problem })
}

/// Asks a second person that other agencies are given something else.
pub(super) async fn propose(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<DoneView>, Problem> {
    let ReleaseBody { policy, labels, reason } = read(&headers, &body)?;
    let people = api.warden.people();
    let known = || people.in_force().map(|agreed| agreed.policy.labels.clone());
    let labels = Labels(labels.or_else(known).unwrap_or_default());
    let model = Arc::clone(api.handle.model());
    let held = tokio::task::spawn_blocking(move || {
        Policy::of(PROPOSED, (&policy, labels), model.sector())
    });
    let internal =
        |detail: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
    let held = held.await.map_err(|fault| internal(fault.to_string()))?;
    let policy = held?.written().clone();
    Ok(Json(api.warden.propose_release(&viewer, policy, reason).await?.into()))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelsBody {
    labels: BTreeSet<String>,
    reason: String,
}

/// Puts labels on one track: on what each sensor calls it that told of it lately. Where other agencies are given nothing more by
/// that it is done at once, and else once a second person agrees.
pub(super) async fn label_track(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<DoneView>, Problem> {
    let LabelsBody { labels, reason } = read(&headers, &body)?;
    check_labels(&labels)?;
    let objects = objects_of(&api, &id)?;
    let Some(before) = api.handle.partners().policy() else {
        let detail = "nothing is given to other agencies, so that no label is asked for";
        return Err(Problem::new(StatusCode::CONFLICT, "policy-none", detail).at("labels"));
    };
    let mut all = before.written().labels.clone();
    for object in objects {
        all.entry(object).or_default().extend(labels.iter().cloned());
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

/// What sensors call a track that is shown, as labels are put on it.
fn objects_of(api: &Api, id: &str) -> Result<Vec<String>, Problem> {
    let told = id.parse().ok().and_then(|id| {
        let picture = api.handle.live().read();
        picture.tracks.get(&TrackId(id)).map(|track| track.told.clone())
    });
    let told = told.ok_or_else(|| {
        let detail = format!("there is no track `{id}`");
        Problem::new(StatusCode::NOT_FOUND, "track-unknown", detail).at("track")
    })?;
    let named = told.iter().filter(|told| !told.object_id.is_empty());
    let objects: Vec<String> =
        named.map(|told| Labels::on_object(&told.sensor.0, &told.object_id)).collect();
    if objects.is_empty() {
        let detail =
            "no sensor that told of it lately calls it by a name: label the sensor instead";
        return Err(Problem::new(StatusCode::CONFLICT, "track-nameless", detail).at("track"));
    }
    Ok(objects)
}

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        let field = if matches!(error, PolicyError::Label { .. }) { "labels" } else { "policy" };
        Self::bad_request("policy-wrong", field, error.to_string())
    }
}
