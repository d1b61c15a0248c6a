//! What a row may tell: the names, the range of each number, and how a value is read from its text.

use jiff::Timestamp;

use crate::limits::EXCERPT_CHARS_MAX;
use crate::text;

/// Of a thing seen at a place: the columns of a table, the properties of a feature.
pub const PLACED: [&str; 7] =
    ["time", "lat_deg", "lon_deg", "error_m", "class", "confidence", "id"];
/// Of a thing seen at a place or in a direction.
pub const DETECTION: [&str; 13] = [
    "time",
    "lat_deg",
    "lon_deg",
    "error_m",
    "azimuth_deg",
    "azimuth_error_deg",
    "elevation_deg",
    "elevation_error_deg",
    "range_m",
    "range_error_m",
    "class",
    "confidence",
    "id",
];
/// Of a ground sensor that somebody is near.
pub const ALARM: [&str; 5] = ["time", "active", "class", "confidence", "id"];
/// Of whether a sensor works.
pub const STATUS: [&str; 3] = ["time", "works", "note"];
/// Of what a weather station measured.
pub const WEATHER: [&str; 5] = ["time", "visibility_m", "wind_mps", "ceiling_m", "dust"];

/// Numbers, the range of each, and what one beyond it is told to be.
pub const NUMBERS: [(&str, [f64; 2], &str); 13] = [
    ("lat_deg", [-90.0, 90.0], "degrees on the globe"),
    ("lon_deg", [-180.0, 180.0], "degrees on the globe"),
    ("error_m", [0.01, 1e5], "metres, 1 cm to 100 km"),
    ("azimuth_deg", [-360.0, 720.0], "degrees from north, -360 to 720"),
    ("azimuth_error_deg", [1e-4, 90.0], "degrees, 0.0001 to 90"),
    ("elevation_deg", [-90.0, 90.0], "degrees above the horizon, -90 to 90"),
    ("elevation_error_deg", [1e-4, 90.0], "degrees, 0.0001 to 90"),
    ("range_m", [0.0, 1e6], "metres, 0 to 1000 km"),
    ("range_error_m", [0.01, 1e5], "metres, 1 cm to 100 km"),
    ("confidence", [0.0, 1.0], "a share between 0 and 1"),
    ("visibility_m", [1.0, 1e6], "metres, 1 to 1000000"),
    ("wind_mps", [0.0, 150.0], "metres a second, 0 to 150"),
    ("ceiling_m", [0.0, 30_000.0], "metres, 0 to 30000"),
];

/// The range of a number, by the name of its field.
pub fn range_of(name: &str) -> Option<[f64; 2]> {
    NUMBERS.iter().find(|(known, ..)| *known == name).map(|(_, range, _)| *range)
}

/// The field at fault, what it must be, and what it is.
pub(super) type Fault = (&'static str, &'static str, String);

/// A row, by the texts of its values.
pub(super) struct Row<F>(pub(super) F);

impl<F: Fn(&str) -> Option<String>> Row<F> {
    pub(super) fn has(&self, name: &str) -> bool {
        (self.0)(name).is_some()
    }

    pub(super) fn number(&self, name: &'static str) -> Result<Option<f64>, Fault> {
        let Some(text) = (self.0)(name) else { return Ok(None) };
        let known = NUMBERS.iter().find(|(known, ..)| *known == name);
        let (range, expected) =
            known.map_or(([f64::MIN, f64::MAX], "a number"), |(_, range, told)| (*range, *told));
        let number = text.parse().ok().filter(|number| (range[0]..=range[1]).contains(number));
        number.map(Some).ok_or((name, expected, text))
    }

    pub(super) fn needed(&self, name: &'static str) -> Result<f64, Fault> {
        self.number(name)?.ok_or((name, "there", String::new()))
    }

    pub(super) fn time(&self) -> Result<Timestamp, Fault> {
        let told = (self.0)("time").unwrap_or_default();
        told.parse().map_err(|_fault| ("time", "a time such as 2026-11-20T19:00:00Z", told))
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, Fault> {
        let Some(text) = (self.0)(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_fault| (name, "true or false", text))
    }

    pub(super) fn words(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|told| text::clean(&told, EXCERPT_CHARS_MAX))
    }
}
