//! `GET /api/health`: whether the station stores, steps and projects.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use watch::journal::SensorState;
use watch::tracking::Standing;

use super::Api;

#[derive(Debug, Serialize)]
pub(super) struct HealthView {
    status: &'static str,
    checks: Vec<CheckView>,
}

#[derive(Debug, Serialize)]
struct CheckView {
    name: &'static str,
    ok: bool,
    detail: String,
}

pub(super) async fn health(State(api): State<Arc<Api>>) -> (StatusCode, Json<HealthView>) {
    let condition = api.handle.health().now();
    let (seq, sensors) = {
        let picture = api.handle.live().read();
        (picture.seq, sensors_in_words(picture.sensors.values()))
    };
    let recovered = format!(
        "{seq} entries; {} found at the start led to state hash {}",
        condition.recovered_entries, condition.recovered_hash
    );
    let checks = vec![
        CheckView::new("journal", condition.record_problem, recovered),
        CheckView::new("store", condition.store_problem, "follows the journal".into()),
        CheckView::new(
            "core",
            condition.core_stopped.then(|| "the core's thread ended: restart the station".into()),
            "steps".into(),
        ),
        CheckView::new(
            "worker",
            condition.worker_stopped.then(|| {
                "the worker's thread ended, the line is no longer assessed: restart the station"
                    .into()
            }),
            "assesses the line and ranks units".into(),
        ),
        // A sensor that is left out is for the people of the watch; the station itself works.
        CheckView::new("sensors", None, sensors),
    ];
    let ok = checks.iter().all(|check| check.ok);
    let (code, status) =
        if ok { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "failing") };
    (code, Json(HealthView { status, checks }))
}

/// Which sensors the tracker does not take at their word.
fn sensors_in_words<'a>(sensors: impl Iterator<Item = &'a SensorState>) -> String {
    let words = sensors.filter_map(|sensor| {
        let word = match (sensor.worth.standing, sensor.worth.obscured_to) {
            (Standing::Quarantined, _) => "not believed",
            (Standing::Doubted, _) => "doubted",
            (_, Some(_)) => "sees less than the weather explains",
            _ => return None,
        };
        Some(format!("{} {word}", sensor.id.0))
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "all taken at their word".to_owned() } else { words.join(", ") }
}

impl CheckView {
    fn new(name: &'static str, problem: Option<String>, otherwise: String) -> Self {
        Self { name, ok: problem.is_none(), detail: problem.unwrap_or(otherwise) }
    }
}
