//! Tables with commas between (RFC 4180), the geometry as well-known text.

use super::{Sheet, well_known_text};
use crate::features::{Feature, Geometry, Value};

/// A header and a row for each feature: `id`, `lon_deg` and `lat_deg` of points, `WKT`, then every column.
pub(super) fn write(sheet: &Sheet<'_>) -> String {
    let mut text = String::from("id,lon_deg,lat_deg,WKT");
    for field in sheet.fields {
        text.push(',');
        text.push_str(field.name);
    }
    text.push_str("\r\n");
    for feature in sheet.features {
        text.push_str(&row(feature).join(","));
        text.push_str("\r\n");
    }
    text
}

fn row(feature: &Feature) -> Vec<String> {
    let (lon, lat) = match &feature.geometry {
        Some(Geometry::Point([lon, lat])) => (lon.to_string(), lat.to_string()),
        Some(Geometry::Line(_) | Geometry::Areas(_)) | None => (String::new(), String::new()),
    };
    let shape = feature.geometry.as_ref().map(well_known_text).unwrap_or_default();
    let mut row = vec![plain(&feature.id.to_string()), lon, lat, quoted(&shape)];
    row.extend(feature.values.iter().map(cell));
    row
}

fn cell(value: &Value) -> String {
    let text = value.to_text().unwrap_or_default();
    match value {
        Value::Text(_) | Value::Texts(_) => plain(&text),
        Value::Nothing | Value::Number(_) | Value::Whole(_) | Value::Flag(_) | Value::Time(_) => {
            text
        }
    }
}

/// Text of people and sensors. A spreadsheet would take one that begins like a formula for a formula: an apostrophe
/// before it says that it is none.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        quoted(&format!("'{text}"))
    } else {
        quoted(text)
    }
}

/// In quotes where it must be.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
