//! Errors as `application/problem+json` (RFC 9457), with a stable code and the field at fault.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use watch::journal::CommandRefused;

use crate::runtime::SubmitError;

/// An answer that says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: code.to_owned(),
            field: None,
            detail: detail.into(),
        }
    }

    pub(super) fn at(self, field: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    pub(super) fn is(&self, status: StatusCode) -> bool {
        self.status == status.as_u16()
    }

    /// What is at fault and why, for counting.
    pub(super) fn field_and_detail(&self) -> (&str, &str) {
        (self.field.as_deref().unwrap_or_default(), &self.detail)
    }

    pub(super) fn bad_request(code: &str, field: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail).at(field)
    }
}

impl From<CommandRefused> for Problem {
    fn from(refused: CommandRefused) -> Self {
        let status = if refused.code.ends_with("-unknown") {
            StatusCode::NOT_FOUND
        } else {
            StatusCode::CONFLICT
        };
        Self::new(status, &refused.code, refused.reason).at(refused.field)
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let (status, code) = match &error {
            SubmitError::Overloaded { .. } => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            SubmitError::NotStored { .. } => (StatusCode::SERVICE_UNAVAILABLE, "not-stored"),
            SubmitError::Changed { .. } => (StatusCode::SERVICE_UNAVAILABLE, "record-changed"),
            SubmitError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            SubmitError::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        };
        Self::new(status, code, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}
