//! `GET /api/export`: what maps are given, as a file.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::Api;
use super::problem::Problem;
use super::rows::rows_of;
use crate::export::{Format, Sheet, write};
use crate::features::Collection;
use crate::identity::Viewer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    what: String,
    format: String,
}

pub(super) async fn export(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) =
        asked.map_err(|error| Problem::bad_request("query-wrong", "query", error.body_text()))?;
    let of = Collection::by_name(&asked.what)
        .ok_or_else(|| unknown("what", &asked.what, &Collection::ALL.map(Collection::name)))?;
    let format = Format::by_name(&asked.format)
        .ok_or_else(|| unknown("format", &asked.format, &Format::ALL.map(Format::name)))?;
    if of.is_about_people() {
        api.warden.take_export(&viewer, (of.name(), format.name())).await?;
    }
    let features = rows_of(&api, of).await?;
    let name = &api.handle.model().sector().name;
    let made_at = api.handle.now();
    let sheet = Sheet { of, fields: &of.fields(), features: &features, sector: name, made_at };
    let file = write(&sheet, format)
        .map_err(|error| Problem::bad_request("format-wrong", "format", error.to_string()))?;
    let attached = format!("attachment; filename=\"watchline-{}.{}\"", of.name(), format.name());
    let told = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, attached),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::OK, told, file).into_response())
}

fn unknown(field: &str, got: &str, known: &[&str]) -> Problem {
    let detail = format!("must be one of {}, got `{got}`", known.join(", "));
    Problem::bad_request(&format!("{field}-unknown"), field, detail)
}
