//! `GET /api/health`: whether the station stores, steps and projects.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

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
    let seq = api.handle.live().read().seq;
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
    ];
    let ok = checks.iter().all(|check| check.ok);
    let (code, status) =
        if ok { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "failing") };
    (code, Json(HealthView { status, checks }))
}

impl CheckView {
    fn new(name: &'static str, problem: Option<String>, otherwise: String) -> Self {
        Self { name, ok: problem.is_none(), detail: problem.unwrap_or(otherwise) }
    }
}
