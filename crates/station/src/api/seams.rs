//! `/api/seams`: tracks on offer to neighbouring sectors, and what neighbours say.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Serialize;
use watch::journal::Input;
use watch::seam::SeamMessage;

use super::Api;
use super::problem::Problem;

#[derive(Debug, Serialize)]
pub(super) struct OnOffer {
    offers: Vec<SeamMessage>,
}

#[derive(Debug, Serialize)]
pub(super) struct Heard {
    status: &'static str,
    index: u64,
    /// What the neighbour must be told in turn.
    answers: Vec<SeamMessage>,
}

/// Offers that are not taken yet.
pub(super) async fn on_offer(State(api): State<Arc<Api>>) -> Json<OnOffer> {
    Json(OnOffer { offers: api.handle.live().read().hand_overs.clone() })
}

/// Takes a neighbour's message; the same one twice is the same message once, and answered again.
pub(super) async fn hear(State(api): State<Arc<Api>>, body: Bytes) -> Result<Json<Heard>, Problem> {
    let message: SeamMessage = serde_json::from_slice(&body)
        .map_err(|error| Problem::bad_request("body-wrong", "body", error.to_string()))?;
    let receipt = api.handle.submit(vec![Input::HandedOver(message)]).await?;
    Ok(Json(Heard { status: "done", index: receipt.index, answers: receipt.said }))
}
