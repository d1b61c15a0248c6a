//! Uploads of detections: no text panics, and nothing beyond its range is kept.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::upload;

fuzz_target!(|text: &str| {
    for read in [upload::parse_csv(text), upload::parse_geojson(text), upload::parse_json(text)] {
        for (_, detection) in read.map(|read| read.detections).unwrap_or_default() {
            assert!(detection.lat_deg.abs() <= 90.0 && detection.lon_deg.abs() <= 180.0);
        }
    }
});
