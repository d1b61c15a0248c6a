//! Uploads of detections: no text panics, and nothing beyond its range is kept.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::upload::{self, Position};

fuzz_target!(|text: &str| within_bar(|| decoded(text)));

fn decoded(text: &str) {
    for read in [upload::parse_csv(text), upload::parse_geojson(text), upload::parse_json(text)] {
        for (_, detection) in read.map(|read| read.rows).unwrap_or_default() {
            match detection.position {
                Position::Place { lat_deg, lon_deg, .. } => {
                    assert!(lat_deg.abs() <= 90.0 && lon_deg.abs() <= 180.0);
                }
                Position::Direction(direction) => {
                    assert!((-360.0..=720.0).contains(&direction.azimuth_deg));
                    assert!(direction.range_m.is_none_or(|range_m| (0.0..=1e6).contains(&range_m)));
                }
            }
        }
    }
    for (_, alarm) in upload::parse_alarms(text).map(|read| read.rows).unwrap_or_default() {
        assert!(alarm.confidence.is_none_or(|share| (0.0..=1.0).contains(&share)));
    }
    for (_, weather) in upload::parse_weather(text).map(|read| read.rows).unwrap_or_default() {
        assert!((1.0..=1e6).contains(&weather.visibility_m) && weather.wind_mps >= 0.0);
    }
    let _ = upload::parse_status(text);
}
