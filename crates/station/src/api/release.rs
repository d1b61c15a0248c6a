//! `/api/release`: what other agencies are given, and the proposal that they are given something else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::Api;
use super::identity::read;
use super::people::DoneView;
use super::problem::Problem;
use crate::identity::Viewer;
use crate::release::{Labels, Policy, PolicyError};

/// What a policy is called that is told of in a request.
pub(super) const PROPOSED: &str = "that is proposed";

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

impl From<PolicyError> for Problem {
    fn from(error: PolicyError) -> Self {
        let field = if matches!(error, PolicyError::Label { .. }) { "labels" } else { "policy" };
        Self::bad_request("policy-wrong", field, error.to_string())
    }
}
