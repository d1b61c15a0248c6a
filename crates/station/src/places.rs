//! Places and figures as they leave the station: degrees of WGS84, no more digits than mean something.

use sight::geo::{EnuPoint, LocalFrame, Wgs84};

/// Longitude and latitude in degrees.
pub(crate) type LonLat = [f64; 2];

pub(crate) fn places(frame: &LocalFrame, points: &[EnuPoint]) -> Vec<LonLat> {
    points.iter().map(|point| place(frame, *point)).collect()
}

pub(crate) fn place(frame: &LocalFrame, point: EnuPoint) -> LonLat {
    lon_lat(frame.place(point))
}

/// Rounded to a centimetre or so: more digits are noise on the wire.
pub(crate) fn lon_lat(place: Wgs84) -> LonLat {
    [round(place.lon_deg(), 7), round(place.lat_deg(), 7)]
}

pub(crate) fn km(metres: f64) -> f64 {
    round(metres / 1_000.0, 4)
}

pub(crate) fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
