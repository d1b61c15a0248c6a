//! `GET /api/alerts/{id}/cap`: the newest message about an alert, for other agencies' systems.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use watch::journal::AlertId;

use super::problem::Problem;
use super::sector::Occasion;
use super::shown::Seen;
use crate::export::{Origin, cap_message};

pub(super) async fn cap(Seen(shown): Seen, Path(id): Path<String>) -> Result<Response, Problem> {
    let alert = id.parse().ok().and_then(|id| {
        let picture = shown.outlook.live().read();
        picture.alerts.get(&AlertId(id)).cloned()
    });
    let alert = alert.ok_or_else(|| {
        let detail = format!("there is no alert `{id}`");
        Problem::new(StatusCode::NOT_FOUND, "alert-unknown", detail).at("alert")
    })?;
    let is_exercise = shown.occasion == Occasion::Demonstration;
    let origin = Origin { sector: shown.outlook.model().sector(), is_exercise };
    let told = [
        (header::CONTENT_TYPE, "application/cap+xml; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((told, cap_message(&alert, origin)).into_response())
}
