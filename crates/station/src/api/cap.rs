//! `GET /api/alerts/{id}/cap`: the newest message about an alert, for other agencies' systems.

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use watch::alert::AlertKind;
use watch::journal::AlertId;

use super::problem::Problem;
use super::sector::Occasion;
use super::shown::Seen;
use crate::export::{Origin, cap_message};
use crate::identity::Viewer;

/// What the file of an alert is called where it is asked for.
pub(super) const FORMAT: &str = "cap";

pub(super) async fn cap(
    Seen(shown): Seen,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let alert = id.parse().ok().and_then(|id| {
        let picture = shown.outlook.live().read();
        picture.alerts.get(&AlertId(id)).cloned()
    });
    let alert = alert.ok_or_else(|| {
        let detail = format!("there is no alert `{id}`");
        Problem::new(StatusCode::NOT_FOUND, "alert-unknown", detail).at("alert")
    })?;
    if is_about_a_crossing(&alert.kind) {
        let wanted = (format!("alerts/{}", alert.id.0), FORMAT.to_owned());
        shown.warden.take_export(&viewer, wanted).await?;
    }
    let is_exercise = shown.occasion == Occasion::Demonstration;
    let origin = Origin { sector: shown.outlook.model().sector(), is_exercise };
    let told = [
        (header::CONTENT_TYPE, "application/cap+xml; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((told, cap_message(&alert, origin)).into_response())
}

/// Whether it tells of people who cross, and of nobody who needs help: for those nobody need be waited for.
fn is_about_a_crossing(kind: &AlertKind) -> bool {
    match kind {
        AlertKind::CrossingPredicted { .. }
        | AlertKind::Crossed
        | AlertKind::Approach { .. }
        | AlertKind::Loitering { .. }
        | AlertKind::ZoneEntry
        | AlertKind::GroundPattern { .. } => true,
        AlertKind::PossibleDistress { .. }
        | AlertKind::CalledForHelp { .. }
        | AlertKind::SightLost { .. }
        | AlertKind::Unwatched { .. }
        | AlertKind::DustAhead { .. }
        | AlertKind::BarrierDamage
        | AlertKind::SensorLost => false,
    }
}
