//! What the JSON payloads of a kind of sensor mean: where each field stands, in which unit, and what is always so.
//!
//! A mapping is configuration. It says for each field a JSON pointer (RFC 6901) or a fixed value,
//! and how numbers become the unit that the field is kept in: `scale` times the number plus `offset`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::frigate::moment;
use crate::limits::{EXCERPT_CHARS_MAX, JSON_BYTES_MAX, MAPPING_FIELDS_MAX};
use crate::text;

/// Fields by the name that the station keeps them under.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Mapping {
    fields: BTreeMap<String, Field>,
}

/// Where a field comes from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// JSON pointer such as `/position/lat`.
    #[serde(default)]
    pointer: Option<String>,
    /// What it always is; with a pointer, what it is where nothing stands there.
    #[serde(default)]
    value: Option<Value>,
    #[serde(default)]
    kind: Kind,
    #[serde(default = "one")]
    scale: f64,
    #[serde(default)]
    offset: f64,
    /// Numbers outside of it are faults.
    #[serde(default)]
    range: Option<[f64; 2]>,
    /// Texts that stand for others; a text that is not among them is a fault.
    #[serde(default)]
    words: BTreeMap<String, String>,
    /// May be left out.
    #[serde(default)]
    optional: bool,
}

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Number,
    Text,
    Flag,
    /// RFC 3339 text, such as 2026-11-20T19:00:00Z.
    Time,
    /// Seconds since 1970, after scale and offset: with a scale of 0.001, milliseconds.
    UnixTime,
}

/// What a payload says of one field.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    Number(f64),
    Text(String),
    Flag(bool),
    Time(Timestamp),
}

/// Why a mapping is none, or a payload does not fit it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MappingError {
    #[error("at most {MAPPING_FIELDS_MAX} fields are mapped, got {0}")]
    TooManyFields(usize),
    #[error("field {field}: {what}")]
    Field { field: String, what: &'static str },
    #[error("payload must hold at most {JSON_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("payload is not json: {0}")]
    Json(String),
    #[error("{field} is missing: nothing stands at {pointer:?}")]
    Missing { field: String, pointer: String },
    #[error("{field} must be {expected}, got {got}")]
    Wrong { field: String, expected: String, got: String },
}

fn one() -> f64 {
    1.0
}

impl Mapping {
    /// Checks what the configuration says.
    pub fn check(&self) -> Result<(), MappingError> {
        if self.fields.len() > MAPPING_FIELDS_MAX {
            return Err(MappingError::TooManyFields(self.fields.len()));
        }
        for (name, field) in &self.fields {
            if let Some(what) = field.fault() {
                return Err(MappingError::Field { field: name.clone(), what });
            }
        }
        Ok(())
    }

    /// The names of the fields, each with what it is: a number, text, flag or time.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.fields.iter().map(|(name, field)| {
            let kind = match field.kind {
                Kind::Number => "number",
                Kind::Text => "text",
                Kind::Flag => "flag",
                Kind::Time | Kind::UnixTime => "time",
            };
            (name.as_str(), kind)
        })
    }

    /// Reads a payload; the first field that does not fit ends it.
    pub fn read(&self, payload: &[u8]) -> Result<BTreeMap<String, Read>, MappingError> {
        if payload.len() > JSON_BYTES_MAX {
            return Err(MappingError::TooLong(payload.len()));
        }
        let payload: Value = serde_json::from_slice(payload)
            .map_err(|fault| MappingError::Json(fault.to_string()))?;
        let mut read = BTreeMap::new();
        for (name, field) in &self.fields {
            if let Some(value) = field.read(name, &payload)? {
                read.insert(name.clone(), value);
            }
        }
        Ok(read)
    }
}

impl Field {
    fn fault(&self) -> Option<&'static str> {
        let rooted = |pointer: &str| pointer.is_empty() || pointer.starts_with('/');
        let ends = self.range.unwrap_or([0.0, 1.0]);
        match () {
            () if self.pointer.is_none() && self.value.is_none() => {
                Some("give a pointer or a value")
            }
            () if !self.pointer.as_deref().is_none_or(rooted) => Some("a pointer begins with /"),
            () if !(self.scale.is_finite() && self.offset.is_finite() && self.scale != 0.0) => {
                Some("scale and offset must be finite, and scale not zero")
            }
            () if !(ends[0].is_finite() && ends[1].is_finite() && ends[0] <= ends[1]) => {
                Some("range must go from a finite number to one that is not less")
            }
            () if !self.words.is_empty() && self.kind != Kind::Text => {
                Some("only a text has words")
            }
            () => None,
        }
    }

    fn read(&self, name: &str, payload: &Value) -> Result<Option<Read>, MappingError> {
        let told = self.pointer.as_deref().and_then(|pointer| payload.pointer(pointer));
        let told = told.filter(|value| !value.is_null()).or(self.value.as_ref());
        let Some(told) = told else {
            let pointer = self.pointer.clone().unwrap_or_default();
            let missing = MappingError::Missing { field: name.to_owned(), pointer };
            return if self.optional { Ok(None) } else { Err(missing) };
        };
        let read = match self.kind {
            Kind::Number => self.number(told).map(Read::Number),
            Kind::Text => self.text(told).map(Read::Text),
            Kind::Flag => told.as_bool().map(Read::Flag),
            Kind::Time => told.as_str().and_then(|text| text.parse().ok()).map(Read::Time),
            Kind::UnixTime => self.number(told).and_then(moment).map(Read::Time),
        };
        read.map(Some).ok_or_else(|| MappingError::Wrong {
            field: name.to_owned(),
            expected: self.expected(),
            got: text::clean(&told.to_string(), EXCERPT_CHARS_MAX),
        })
    }

    /// A number, or a text that is one, as some sensors write it; scaled and within its range.
    fn number(&self, told: &Value) -> Option<f64> {
        let number = told.as_f64().or_else(|| told.as_str()?.trim().parse().ok())?;
        let number = number * self.scale + self.offset;
        let [least, most] = self.range.unwrap_or([f64::MIN, f64::MAX]);
        (least..=most).contains(&number).then_some(number)
    }

    fn text(&self, told: &Value) -> Option<String> {
        let told = text::clean(told.as_str()?, EXCERPT_CHARS_MAX);
        if self.words.is_empty() { Some(told) } else { self.words.get(&told).cloned() }
    }

    fn expected(&self) -> String {
        match (self.kind, self.range) {
            (Kind::Number, Some([least, most])) => format!("a number between {least} and {most}"),
            (Kind::Number, None) => "a number".to_owned(),
            (Kind::Text, _) if self.words.is_empty() => "a text".to_owned(),
            (Kind::Text, _) => format!("one of {:?}", self.words.keys().collect::<Vec<_>>()),
            (Kind::Flag, _) => "true or false".to_owned(),
            (Kind::Time, _) => "a time such as 2026-11-20T19:00:00Z".to_owned(),
            (Kind::UnixTime, _) => "seconds since 1970".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
