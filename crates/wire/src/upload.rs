//! Detections that people upload: tables of comma-separated values, points of `GeoJSON` (RFC 7946), and plain JSON.
//!
//! Columns, properties and members have the same names: `time`, `lat_deg` and `lon_deg` (of a point, its
//! coordinates), and if known `error_m`, `class`, `confidence` and `id`. A bad row is told and left
//! out; all others are kept.

mod csv;

use jiff::Timestamp;
use serde_json::Value;

use crate::limits::{EXCERPT_CHARS_MAX, FAULTS_MAX, UPLOAD_BYTES_MAX, UPLOAD_ROWS_MAX};
use crate::text;

const COLUMNS: [&str; 7] = ["time", "lat_deg", "lon_deg", "error_m", "class", "confidence", "id"];

/// One sighting.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    pub time: Timestamp,
    /// WGS84.
    pub lat_deg: f64,
    pub lon_deg: f64,
    /// Standard deviation of the place on each axis.
    pub error_m: Option<f64>,
    pub class: Option<String>,
    /// From 0 to 1.
    pub confidence: Option<f64>,
    pub id: Option<String>,
}

/// What an upload holds, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Upload {
    /// With their rows.
    pub detections: Vec<(usize, Detection)>,
    /// One for each row that was left out, up to a maximum.
    pub faults: Vec<RowFault>,
    /// Rows that were left out.
    pub left_out: usize,
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
    #[error("column {0:?} is not known; there are {COLUMNS:?}")]
    UnknownColumn(String),
    #[error("column {0} stands twice")]
    Twice(String),
    #[error("upload is not json: {0}")]
    Json(String),
    #[error("type must be FeatureCollection or Feature, got {0:?}")]
    Kind(String),
    #[error("must be one detection as an object, a list of them, or a list under `detections`")]
    Shape,
}

/// Reads a table of comma-separated values (RFC 4180), its columns named in the first line.
pub fn parse_csv(upload: &str) -> Result<Upload, UploadError> {
    check_length(upload)?;
    let mut lines = csv::rows(upload.trim_start_matches('\u{feff}'));
    let (_, head) = lines.next().ok_or(UploadError::Empty)?;
    let names: Vec<&str> = head.iter().map(|name| name.trim()).collect();
    for name in &names {
        let known = COLUMNS.contains(name);
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
        read.take(row, if even { detection(told) } else { Err(("row", UNEVEN, cells.join(","))) });
    }
    Ok(read)
}

const UNEVEN: &str = "as many values as there are columns";

/// Reads the points of a feature collection, or of one feature.
pub fn parse_geojson(upload: &str) -> Result<Upload, UploadError> {
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
            detection(|name| match name {
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

/// Reads plain JSON: one object, a list of objects, or an object that has the list under `detections`.
pub fn parse_json(upload: &str) -> Result<Upload, UploadError> {
    check_length(upload)?;
    let root: Value =
        serde_json::from_str(upload).map_err(|fault| UploadError::Json(fault.to_string()))?;
    let rows = match (&root, root.get("detections")) {
        (Value::Array(rows), _) | (_, Some(Value::Array(rows))) => rows.as_slice(),
        (Value::Object(_), None) => std::slice::from_ref(&root),
        _ => return Err(UploadError::Shape),
    };
    if rows.len() > UPLOAD_ROWS_MAX {
        return Err(UploadError::TooManyRows);
    }
    let mut read = Upload::default();
    for (row, members) in (1..).zip(rows) {
        read.take(row, of_members(members));
    }
    Ok(read)
}

/// A member that nobody knows is as likely a known one misspelt, so it is a fault.
fn of_members(row: &Value) -> Result<Detection, Fault> {
    let members = row.as_object().ok_or_else(|| ("row", "an object", row.to_string()))?;
    let unknown = members.keys().find(|name| !COLUMNS.contains(&name.as_str()));
    if let Some(name) = unknown {
        return Err(("row", KNOWN, name.clone()));
    }
    detection(|name| members.get(name).and_then(plain))
}

const KNOWN: &str = "of members time, lat_deg, lon_deg, error_m, class, confidence and id alone";

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

type Fault = (&'static str, &'static str, String);

fn detection(told: impl Fn(&str) -> Option<String>) -> Result<Detection, Fault> {
    let number = |name: &'static str, range: [f64; 2], expected: &'static str| {
        let Some(text) = told(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| (range[0]..=range[1]).contains(number));
        number.map(Some).ok_or((name, expected, text))
    };
    let words = |name| told(name).map(|told| text::clean(&told, EXCERPT_CHARS_MAX));
    let needed = |name, number: Option<f64>| number.ok_or((name, "there", String::new()));
    let time = told("time").unwrap_or_default();
    Ok(Detection {
        time: time
            .parse()
            .map_err(|_fault| ("time", "a time such as 2026-11-20T19:00:00Z", time))?,
        lat_deg: needed("lat_deg", number("lat_deg", [-90.0, 90.0], "degrees on the globe")?)?,
        lon_deg: needed("lon_deg", number("lon_deg", [-180.0, 180.0], "degrees on the globe")?)?,
        error_m: number("error_m", [f64::MIN_POSITIVE, 1e5], "metres above zero, 100 km at most")?,
        confidence: number("confidence", [0.0, 1.0], "a share between 0 and 1")?,
        class: words("class"),
        id: words("id"),
    })
}

impl Upload {
    fn take(&mut self, row: usize, read: Result<Detection, Fault>) {
        match read {
            Ok(detection) => self.detections.push((row, detection)),
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
