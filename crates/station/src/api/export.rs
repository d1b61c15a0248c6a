//! `GET /api/export`: what maps are given, as a file.

use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::problem::Problem;
use super::rows::rows_of;
use super::shown::Seen;
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
    Seen(shown): Seen,
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
        shown.warden.take_export(&viewer, (of.name().to_owned(), format.name().to_owned())).await?;
    }
    let features = rows_of(&shown, of).await?;
    let name = &shown.outlook.model().sector().name;
    let made_at = shown.outlook.now();
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
