//! What people and programs upload: tables of comma-separated values, points of `GeoJSON` (RFC 7946), and plain JSON.
//!
//! Columns, properties and members have the same names ([`members`]). Tables and points hold detections at a
//! place; JSON holds those in a direction as well, alarms of ground sensors, whether a sensor works, and weather.
//! A bad row is told and left out; all others are kept.

mod csv;
pub mod members;
mod records;

use jiff::Timestamp;
use serde_json::Value;

use self::members::{Fault, PLACED, Row};
use crate::limits::{EXCERPT_CHARS_MAX, FAULTS_MAX, UPLOAD_BYTES_MAX, UPLOAD_ROWS_MAX};
use crate::text;

pub use self::records::{parse_alarms, parse_json, parse_status, parse_weather};

/// One sighting.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    pub time: Timestamp,
    pub position: Position,
    pub class: Option<String>,
    /// From 0 to 1.
    pub confidence: Option<f64>,
    pub id: Option<String>,
}

/// Where something was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Position {
    /// WGS84, with the standard deviation on each axis.
    Place {
        lat_deg: f64,
        lon_deg: f64,
        error_m: Option<f64>,
    },
    Direction(Direction),
}

/// From where the sensor stands. Errors are standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Direction {
    /// Clockwise from north.
    pub azimuth_deg: f64,
    pub azimuth_error_deg: Option<f64>,
    pub elevation_deg: Option<f64>,
    pub elevation_error_deg: Option<f64>,
    pub range_m: Option<f64>,
    pub range_error_m: Option<f64>,
}

/// A ground sensor's word that somebody is near it, or is no more.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    pub time: Timestamp,
    pub active: bool,
    pub class: Option<String>,
    /// From 0 to 1.
    pub confidence: Option<f64>,
    pub id: Option<String>,
}

/// A sensor's word on whether it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub time: Timestamp,
    pub works: bool,
    /// Why it does not.
    pub note: Option<String>,
}

/// What a weather station measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    pub time: Timestamp,
    pub visibility_m: f64,
    pub wind_mps: f64,
    pub ceiling_m: Option<f64>,
    pub dust: bool,
}

/// What an upload holds, as far as it could be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload<T> {
    /// What was read, each with its row.
    pub rows: Vec<(usize, T)>,
    /// One for each row that was left out, up to a maximum.
    pub faults: Vec<RowFault>,
    /// Rows that were left out.
    pub left_out: usize,
}

impl<T> Default for Upload<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), faults: Vec::new(), left_out: 0 }
    }
}

/// Why a row was left out. Rows of a table are its lines; features count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {field} must be {expected}, got {got:?}")]
pub struct RowFault {
    pub row: usize,
    pub field: &'static str,
    pub expected: &'static str,
    pub got: String,
}

/// Why an upload cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    #[error("upload must hold at most {UPLOAD_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("at most {UPLOAD_ROWS_MAX} rows are read")]
    TooManyRows,
    #[error("the table has no first line")]
    Empty,
    #[error("column {0} is missing")]
    MissingColumn(&'static str),
    #[error("column {0:?} is not known; there are {PLACED:?}")]
    UnknownColumn(String),
    #[error("column {0} stands twice")]
    Twice(String),
    #[error("upload is not json: {0}")]
    Json(String),
    #[error("type must be FeatureCollection or Feature, got {0:?}")]
    Kind(String),
    #[error("must be one of the {list} as an object, a list of them, or a list under `{list}`")]
    Shape { list: &'static str },
}

/// Reads a table of comma-separated values (RFC 4180), its columns named in the first line.
pub fn parse_csv(upload: &str) -> Result<Upload<Detection>, UploadError> {
    check_length(upload)?;
    let mut lines = csv::rows(upload.trim_start_matches('\u{feff}'));
    let (_, head) = lines.next().ok_or(UploadError::Empty)?;
    let names: Vec<&str> = head.iter().map(|name| name.trim()).collect();
    for name in &names {
        let known = PLACED.contains(name);
        if !known {
            return Err(UploadError::UnknownColumn(text::clean(name, EXCERPT_CHARS_MAX)));
        }
        if names.iter().filter(|other| *other == name).count() > 1 {
            return Err(UploadError::Twice((*name).to_owned()));
        }
    }
    let needed = ["time", "lat_deg", "lon_deg"].into_iter().find(|name| !names.contains(name));
    if let Some(name) = needed {
        return Err(UploadError::MissingColumn(name));
    }
    let mut read = Upload::default();
    for (count, (row, cells)) in lines.enumerate() {
        if count >= UPLOAD_ROWS_MAX {
            return Err(UploadError::TooManyRows);
        }
        let told = |name: &str| {
            let at = names.iter().position(|known| *known == name)?;
            cells.get(at).map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).map(str::to_owned)
        };
        let even = cells.len() == names.len();
        read.take(row, if even { placed(told) } else { Err(("row", UNEVEN, cells.join(","))) });
    }
    Ok(read)
}

const UNEVEN: &str = "as many values as there are columns";

/// Reads the points of a feature collection, or of one feature.
pub fn parse_geojson(upload: &str) -> Result<Upload<Detection>, UploadError> {
    check_length(upload)?;
    let root: Value =
        serde_json::from_str(upload).map_err(|fault| UploadError::Json(fault.to_string()))?;
    let kind = root.get("type").and_then(Value::as_str).unwrap_or_default();
    let features = match (kind, root.get("features").and_then(Value::as_array)) {
        ("FeatureCollection", Some(features)) => features.as_slice(),
        ("Feature", _) => std::slice::from_ref(&root),
        _ => return Err(UploadError::Kind(text::clean(kind, EXCERPT_CHARS_MAX))),
    };
    if features.len() > UPLOAD_ROWS_MAX {
        return Err(UploadError::TooManyRows);
    }
    let mut read = Upload::default();
    for (row, feature) in (1..).zip(features) {
        let geometry = &feature["geometry"];
        let place = geometry["coordinates"].as_array().filter(|_| geometry["type"] == "Point");
        let Some(place) = place else {
            read.take(row, Err(("geometry", "a point", shape(geometry))));
            continue;
        };
        read.take(
            row,
            placed(|name| match name {
                "lon_deg" => place.first().and_then(plain),
                "lat_deg" => place.get(1).and_then(plain),
                "id" => plain(&feature["id"]).or_else(|| plain(&feature["properties"]["id"])),
                name => plain(&feature["properties"][name]),
            }),
        );
    }
    Ok(read)
}

/// What a geometry that is no point is, in a word where it says so itself.
fn shape(geometry: &Value) -> String {
    match geometry["type"].as_str() {
        Some("Point") => "a Point without coordinates".into(),
        Some(kind) => kind.into(),
        None => geometry.to_string(),
    }
}

fn check_length(upload: &str) -> Result<(), UploadError> {
    let length = upload.len();
    if length > UPLOAD_BYTES_MAX { Err(UploadError::TooLong(length)) } else { Ok(()) }
}

/// A value as its text; nothing for null.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(told) => Some(told.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

/// A detection of a table or a feature, which has a place.
fn placed(told: impl Fn(&str) -> Option<String>) -> Result<Detection, Fault> {
    let row = Row(told);
    detected(&row, place(&row)?)
}

fn place(row: &Row<impl Fn(&str) -> Option<String>>) -> Result<Position, Fault> {
    Ok(Position::Place {
        lat_deg: row.needed("lat_deg")?,
        lon_deg: row.needed("lon_deg")?,
        error_m: row.number("error_m")?,
    })
}

fn detected(
    row: &Row<impl Fn(&str) -> Option<String>>,
    position: Position,
) -> Result<Detection, Fault> {
    Ok(Detection {
        time: row.time()?,
        position,
        class: row.words("class"),
        confidence: row.number("confidence")?,
        id: row.words("id"),
    })
}

impl<T> Upload<T> {
    fn take(&mut self, row: usize, read: Result<T, Fault>) {
        match read {
            Ok(one) => self.rows.push((row, one)),
            Err((field, expected, got)) => {
                self.left_out += 1;
                if self.faults.len() < FAULTS_MAX {
                    let got = text::clean(&got, EXCERPT_CHARS_MAX);
                    self.faults.push(RowFault { row, field, expected, got });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
