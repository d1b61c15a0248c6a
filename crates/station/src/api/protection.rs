//! `/api/record/protection`: by what the record is protected at least, and the proposal that it is protected less.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use watch::audit::Protection;

use super::Api;
use super::identity::read;
use super::people::DoneView;
use super::problem::Problem;
use crate::identity::Viewer;
use crate::record::cosign::Witness;
use crate::runtime::KeepDays;

#[derive(Debug, Serialize)]
pub(super) struct ProtectionView {
    keep_days: BTreeMap<String, u16>,
    witnesses: BTreeSet<String>,
    authority: Option<String>,
    /// Who proposed it and who agreed; nobody where it is what settings and keys said.
    by: Vec<String>,
    since: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProtectionBody {
    keep_days: BTreeMap<String, u16>,
    witnesses: BTreeSet<String>,
    #[serde(default)]
    authority: Wish,
    reason: String,
}

/// Whether the authority that lets sensors, phones and machines in may become another.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Wish {
    #[default]
    Same,
    Another,
}

pub(super) async fn in_force(State(api): State<Arc<Api>>) -> Json<ProtectionView> {
    let people = api.warden.people();
    let known = people.protected();
    let Protection { keep_days, witnesses, authority } =
        known.map(|known| known.protection.clone()).unwrap_or_default();
    let by = known.map_or_else(Vec::new, |known| known.by.clone());
    Json(ProtectionView {
        keep_days,
        witnesses,
        authority,
        by: by.into_iter().map(|by| by.0).collect(),
        since: known.map(|known| known.since.to_string()),
    })
}

/// Asks a second person that the record may be protected less.
pub(super) async fn propose(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<DoneView>, Problem> {
    let ProtectionBody { keep_days, witnesses, authority, reason } = read(&headers, &body)?;
    KeepDays::of(&keep_days)
        .map_err(|problem| Problem::bad_request("protection-wrong", "keep_days", problem))?;
    let wrong = |problem: String| Problem::bad_request("protection-wrong", "witnesses", problem);
    for key in &witnesses {
        Witness::parse(key).map_err(|fault| wrong(format!("{key:?}: {fault}")))?;
    }
    let authority = match authority {
        Wish::Same => {
            let people = api.warden.people();
            people.protected().and_then(|known| known.protection.authority.clone())
        }
        Wish::Another => None,
    };
    let wanted = Protection { keep_days, witnesses, authority };
    Ok(Json(api.warden.propose_protection(&viewer, wanted, reason).await?.into()))
}
