//! `POST /api/ingest/...`: detections, alarms, sensors' status, weather and patrols' tracks (`docs/API.md`).

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures_util::StreamExt as _;
use serde::Deserialize;
use sight::sector::{SensorId, SensorKind, UnitId};
use watch::detection::Source;

use super::Api;
use super::commands::check_key;
use super::problem::Problem;
use crate::ingest::limits::MESSAGE_WITHIN;
use crate::ingest::upload::{Answer, Form, Kind, TrackForm, UploadError};
use crate::limits::REJECTION_CHARS_MAX;

/// Whose words an upload holds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    sensor: Option<String>,
    unit: Option<String>,
    /// A weather station of the configuration.
    station: Option<String>,
}

type Asked = Result<Query<Named>, QueryRejection>;

pub(super) async fn detections(
    State(api): State<Arc<Api>>,
    named: Asked,
    request: Request<Body>,
) -> Result<Json<Answer>, Problem> {
    let kind = || {
        let of = source(&api, named)?;
        let form = match media_type(request.headers()).as_str() {
            "application/json" => Form::Json,
            "text/csv" => Form::Csv,
            "application/geo+json" => Form::GeoJson,
            other => {
                let known = "application/json, text/csv or application/geo+json";
                return Err(type_unknown(known, other));
            }
        };
        Ok(Kind::Detections { of, form })
    };
    let kind = kind();
    take(&api, kind, request).await
}

pub(super) async fn alarms(
    State(api): State<Arc<Api>>,
    named: Asked,
    request: Request<Body>,
) -> Result<Json<Answer>, Problem> {
    let kind = || {
        let sensor = sensor(&api, named)?;
        let stands = api.handle.model().sector().sensor(&sensor);
        if !stands.is_some_and(|sensor| matches!(sensor.kind, SensorKind::GroundSensor(_))) {
            let detail = format!("{:?} must be a ground sensor of the sector", sensor.0);
            return Err(Problem::bad_request("source-wrong", "sensor", detail));
        }
        json_alone(request.headers())?;
        Ok(Kind::Alarms { sensor })
    };
    let kind = kind();
    take(&api, kind, request).await
}

pub(super) async fn status(
    State(api): State<Arc<Api>>,
    named: Asked,
    request: Request<Body>,
) -> Result<Json<Answer>, Problem> {
    let kind = || {
        let sensor = sensor(&api, named)?;
        json_alone(request.headers())?;
        Ok(Kind::Status { sensor })
    };
    let kind = kind();
    take(&api, kind, request).await
}

/// Text names its stations itself; JSON is of the one that the request names.
pub(super) async fn weather(
    State(api): State<Arc<Api>>,
    named: Asked,
    request: Request<Body>,
) -> Result<Json<Answer>, Problem> {
    let kind = || match (query(named)?, media_type(request.headers()).as_str()) {
        (Named { sensor: None, unit: None, station: None }, "text/plain") => Ok(Kind::Weather),
        (Named { sensor: None, unit: None, station: Some(station) }, "application/json") => {
            if api.upload.knows_station(&station) {
                return Ok(Kind::Measured { station });
            }
            let station = wire::text::clean(&station, REJECTION_CHARS_MAX);
            let detail = format!("doors.weather.stations has no {station:?}");
            Err(Problem::new(StatusCode::NOT_FOUND, "station-unknown", detail).at("station"))
        }
        (Named { sensor: None, unit: None, .. }, "text/plain" | "application/json") => {
            let detail =
                "text/plain names its stations itself; application/json needs `?station=NAME`";
            Err(Problem::bad_request("source-wrong", "station", detail))
        }
        (Named { sensor: None, unit: None, .. }, other) => {
            Err(type_unknown("text/plain or application/json", other))
        }
        (Named { .. }, _) => {
            let detail = "weather is of a station: give neither sensor nor unit";
            Err(Problem::bad_request("source-wrong", "sensor", detail))
        }
    };
    let kind = kind();
    take(&api, kind, request).await
}

pub(super) async fn tracks(
    State(api): State<Arc<Api>>,
    named: Asked,
    request: Request<Body>,
) -> Result<Json<Answer>, Problem> {
    let kind = || {
        let Source::Unit(of) = source(&api, named)? else {
            let detail = "a track is a patrol's: name it as `?unit=ID`";
            return Err(Problem::bad_request("source-wrong", "unit", detail));
        };
        let form = match media_type(request.headers()).as_str() {
            "application/gpx+xml" | "application/xml" | "text/xml" => TrackForm::Gpx,
            "text/plain" => TrackForm::Nmea,
            other => {
                let known = "application/gpx+xml, or text/plain for NMEA sentences";
                return Err(type_unknown(known, other));
            }
        };
        Ok(Kind::Track { of, form })
    };
    let kind = kind();
    take(&api, kind, request).await
}

/// Takes an upload; a place is taken before any of its bytes are, and no more of them than may be.
async fn take(
    api: &Api,
    kind: Result<Kind, Problem>,
    request: Request<Body>,
) -> Result<Json<Answer>, Problem> {
    let place = api.upload.enter().ok_or_else(|| {
        let detail = "too many uploads are being taken: bring it again later";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail)
    })?;
    let read = async {
        let kind = kind?;
        let key = key(request.headers())?;
        let body = tokio::time::timeout(MESSAGE_WITHIN, body(request)).await;
        let late = |_elapsed| {
            let detail = format!("must come within {} s", MESSAGE_WITHIN.as_secs());
            Problem::new(StatusCode::REQUEST_TIMEOUT, "body-late", detail).at("body")
        };
        Ok((kind, key, body.map_err(late)??))
    };
    let (kind, key, body) = match read.await {
        Ok(read) => read,
        Err(problem) => {
            refuse(api, &problem).await;
            return Err(problem);
        }
    };
    let answer = Arc::clone(&api.upload).take(kind, body, key).await;
    drop(place);
    answer.map(Json).map_err(problem_of)
}

async fn refuse(api: &Api, problem: &Problem) {
    let (field, reason) = problem.field_and_detail();
    if problem.is(StatusCode::REQUEST_TIMEOUT) {
        api.upload.cut_off(&format!("{field}: {reason}"));
    }
    let reason: String = reason.chars().take(REJECTION_CHARS_MAX).collect();
    api.upload.refuse(field, &reason).await;
}

/// Reads the body piece by piece, and no further than it may be long.
async fn body(request: Request<Body>) -> Result<Vec<u8>, Problem> {
    let most = wire::limits::UPLOAD_BYTES_MAX;
    let too_long = || {
        let detail = format!("must hold at most {most} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", detail).at("body")
    };
    let told = request.headers().get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|length| length > most as u64) {
        return Err(too_long());
    }
    let mut whole = Vec::new();
    let mut pieces = request.into_body().into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece =
            piece.map_err(|error| Problem::bad_request("body-wrong", "body", error.to_string()))?;
        if whole.len() + piece.len() > most {
            return Err(too_long());
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

fn query(named: Asked) -> Result<Named, Problem> {
    let wrong =
        |error: QueryRejection| Problem::bad_request("query-wrong", "query", error.body_text());
    named.map(|Query(named)| named).map_err(wrong)
}

/// The sensor or unit that the query names, which must be one of the sector's.
fn source(api: &Api, named: Asked) -> Result<Source, Problem> {
    let sector = api.handle.model().sector();
    let unknown = |field: &str, id: &str| {
        let id = wire::text::clean(id, REJECTION_CHARS_MAX);
        let detail = format!("the sector has no {field} {id:?}");
        Problem::new(StatusCode::NOT_FOUND, &format!("{field}-unknown"), detail).at(field)
    };
    match query(named)? {
        Named { sensor: Some(id), unit: None, station: None } => {
            let id = SensorId(id);
            match sector.sensor(&id) {
                Some(_) => Ok(Source::Sensor(id)),
                None => Err(unknown("sensor", &id.0)),
            }
        }
        Named { sensor: None, unit: Some(id), station: None } => {
            let id = UnitId(id);
            let is_known = sector.units.iter().any(|unit| unit.id == id);
            if is_known { Ok(Source::Unit(id)) } else { Err(unknown("unit", &id.0)) }
        }
        Named { .. } => {
            let detail = "name who tells this, as `?sensor=ID` or `?unit=ID`";
            Err(Problem::bad_request("source-wrong", "sensor", detail))
        }
    }
}

/// The sensor that the query names.
fn sensor(api: &Api, named: Asked) -> Result<SensorId, Problem> {
    match source(api, named)? {
        Source::Sensor(sensor) => Ok(sensor),
        Source::Unit(_) | Source::Weather(_) => {
            let detail = "this is told by a sensor: name it as `?sensor=ID`";
            Err(Problem::bad_request("source-wrong", "sensor", detail))
        }
    }
}

fn json_alone(headers: &HeaderMap) -> Result<(), Problem> {
    match media_type(headers).as_str() {
        "application/json" => Ok(()),
        other => Err(type_unknown("application/json", other)),
    }
}

/// The media type without its parameters.
fn media_type(headers: &HeaderMap) -> String {
    let told = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = told.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn type_unknown(known: &str, got: &str) -> Problem {
    let got = wire::text::clean(got, REJECTION_CHARS_MAX);
    let detail = format!("must be {known}, got {got:?}");
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "type-unknown", detail).at("Content-Type")
}

/// The key under which the upload may be brought again, if it has one.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    headers.get("Idempotency-Key").map(check_key).transpose()
}

fn problem_of(error: UploadError) -> Problem {
    let detail = error.to_string();
    match error {
        UploadError::Unreadable { field, .. } => {
            Problem::bad_request("upload-wrong", &field, detail)
        }
        UploadError::KeyUsed => {
            Problem::new(StatusCode::CONFLICT, "key-used", detail).at("Idempotency-Key")
        }
        UploadError::KeyBusy => {
            Problem::new(StatusCode::CONFLICT, "key-busy", detail).at("Idempotency-Key")
        }
        UploadError::NotStored { .. } => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-stored", detail)
        }
    }
}
