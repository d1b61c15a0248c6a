//! Events of the network video recorder Frigate, as its broker topic `frigate/events` carries them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::limits::{EXCERPT_CHARS_MAX, FRIGATE_CAMERAS_MAX, FRIGATE_ZONES_MAX, JSON_BYTES_MAX};
use crate::text;

/// One message: an object that appeared, changed or went.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub kind: Kind,
    /// Stays the same while the camera follows the object.
    pub id: String,
    pub camera: String,
    /// What it is taken for, such as `person` or `car`.
    pub label: String,
    pub started: Timestamp,
    /// `None` while it goes on.
    pub ended: Option<Timestamp>,
    /// When the picture was taken that this tells of.
    pub seen: Option<Timestamp>,
    /// How sure the recorder is, from 0 to 1.
    pub score: Option<f64>,
    pub top_score: Option<f64>,
    pub bounds: Option<Bounds>,
    pub zones: Vec<String>,
    /// The recorder itself takes it for a mistake.
    pub false_positive: bool,
    /// It has not moved for some time.
    pub stationary: bool,
    /// A picture can be asked for under the event's id.
    pub has_snapshot: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    New,
    Update,
    End,
}

/// A box in the picture, in pixels from the top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Why a payload is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrigateError {
    #[error("payload must hold at most {JSON_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("payload is not json: {0}")]
    Json(String),
    #[error("{field} is missing")]
    Missing { field: &'static str },
    #[error("{field} must be {expected}, got {got}")]
    Wrong { field: &'static str, expected: &'static str, got: String },
}

/// Reads one payload. `after` tells how things stand; an event that ended may have only `before`.
pub fn parse(payload: &[u8]) -> Result<Event, FrigateError> {
    let message = read(payload)?;
    let kind = match message.get("type").and_then(Value::as_str) {
        Some("new") => Kind::New,
        Some("update") => Kind::Update,
        Some("end") => Kind::End,
        Some(other) => return Err(wrong("type", "new, update or end", &other.into())),
        None => return Err(FrigateError::Missing { field: "type" }),
    };
    let state = ["after", "before"]
        .iter()
        .find_map(|name| message.get(*name).filter(|state| state.is_object()));
    State(state.ok_or(FrigateError::Missing { field: "after" })?).event(kind)
}

/// Reads a payload of `frigate/stats`: pictures a second that each camera gives.
pub fn stats(payload: &[u8]) -> Result<BTreeMap<String, f64>, FrigateError> {
    let message = read(payload)?;
    let cameras = message.get("cameras").ok_or(FrigateError::Missing { field: "cameras" })?;
    let named = cameras
        .as_object()
        .filter(|named| named.len() <= FRIGATE_CAMERAS_MAX)
        .ok_or_else(|| wrong("cameras", "at most 1024 cameras by name", cameras))?;
    let rate = |(name, told): (&String, &Value)| {
        let told = told.get("camera_fps").unwrap_or(&Value::Null);
        let rate = told.as_f64().filter(|rate| (0.0..=1e4).contains(rate));
        let rate = rate.ok_or_else(|| wrong("camera_fps", "pictures a second", told))?;
        Ok((text::clean(name, EXCERPT_CHARS_MAX), rate))
    };
    named.iter().map(rate).collect()
}

fn read(payload: &[u8]) -> Result<Value, FrigateError> {
    if payload.len() > JSON_BYTES_MAX {
        return Err(FrigateError::TooLong(payload.len()));
    }
    serde_json::from_slice(payload).map_err(|fault| FrigateError::Json(fault.to_string()))
}

/// How an object stands.
struct State<'a>(&'a Value);

impl State<'_> {
    fn event(&self, kind: Kind) -> Result<Event, FrigateError> {
        Ok(Event {
            kind,
            id: self.text("id")?,
            camera: self.text("camera")?,
            label: self.text("label")?,
            started: self
                .time("start_time")?
                .ok_or(FrigateError::Missing { field: "start_time" })?,
            ended: self.time("end_time")?,
            seen: self.time("frame_time")?,
            score: self.share("score")?,
            top_score: self.share("top_score")?,
            bounds: self.bounds()?,
            zones: self.zones()?,
            false_positive: self.flag("false_positive")?,
            stationary: self.flag("stationary")?,
            has_snapshot: self.flag("has_snapshot")?,
        })
    }

    /// A member that is there and not null.
    fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    fn text(&self, field: &'static str) -> Result<String, FrigateError> {
        let value = self.get(field).ok_or(FrigateError::Missing { field })?;
        let told = value.as_str().map(|told| text::clean(told, EXCERPT_CHARS_MAX));
        told.filter(|told| !told.is_empty()).ok_or_else(|| wrong(field, "a text", value))
    }

    /// Seconds since 1970 with a fraction.
    fn time(&self, field: &'static str) -> Result<Option<Timestamp>, FrigateError> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let time = value.as_f64().and_then(moment);
        time.map(Some).ok_or_else(|| wrong(field, "seconds since 1970", value))
    }

    fn share(&self, field: &'static str) -> Result<Option<f64>, FrigateError> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
        share.map(Some).ok_or_else(|| wrong(field, "a share between 0 and 1", value))
    }

    fn flag(&self, field: &'static str) -> Result<bool, FrigateError> {
        let Some(value) = self.get(field) else { return Ok(false) };
        value.as_bool().ok_or_else(|| wrong(field, "true or false", value))
    }

    fn bounds(&self) -> Result<Option<Bounds>, FrigateError> {
        let Some(value) = self.get("box") else { return Ok(None) };
        let fault = || wrong("box", "left, top, right and bottom in pixels", value);
        let numbers: Option<Vec<f64>> =
            value.as_array().and_then(|sides| sides.iter().map(Value::as_f64).collect());
        let [left, top, right, bottom] = numbers.unwrap_or_default()[..] else {
            return Err(fault());
        };
        let is_box = left < right && top < bottom;
        is_box.then_some(Some(Bounds { left, top, right, bottom })).ok_or_else(fault)
    }

    fn zones(&self) -> Result<Vec<String>, FrigateError> {
        let Some(value) = self.get("current_zones") else { return Ok(Vec::new()) };
        let fault = || wrong("current_zones", "a list of at most 64 names", value);
        let zones =
            value.as_array().filter(|zones| zones.len() <= FRIGATE_ZONES_MAX).ok_or_else(fault)?;
        let names = zones.iter().map(|zone| Some(text::clean(zone.as_str()?, EXCERPT_CHARS_MAX)));
        names.collect::<Option<_>>().ok_or_else(fault)
    }
}

/// A moment to the microsecond.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float beyond the range becomes its end and is refused"
)]
pub(crate) fn moment(seconds: f64) -> Option<Timestamp> {
    let is_moment = seconds.is_finite() && seconds >= 0.0;
    if is_moment { Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok() } else { None }
}

fn wrong(field: &'static str, expected: &'static str, got: &Value) -> FrigateError {
    FrigateError::Wrong { field, expected, got: text::clean(&got.to_string(), EXCERPT_CHARS_MAX) }
}

#[cfg(test)]
mod tests;
