//! A sector with one drone, for the tests of its doors.

use jiff::SignedDuration;
use sight::sector::parse;
use sight::terrain::Grid;

use super::*;

const SECTOR: &str = r#"
name = "flat"
title = { en = "Flat", ar = "منبسط" }

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"

[[sensor]]
id = "eye"
name = { en = "Eye", ar = "عين" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01"
at = [41.515, 34.5]
range_max_m = 6000.0
revisit_s = 40.0
kind = "drone"
height_m = 150
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 40 }
limits = { wind_mps = 12, visibility_m = 1000 }
"#;
const LINE: &str = r#"{"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}"#;

pub(in crate::ingest) fn now() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

pub(super) fn later(s: f64) -> Timestamp {
    now() + SignedDuration::from_secs_f64(s)
}

/// Flat ground 200 m above sea.
pub(crate) fn model() -> Arc<Model> {
    let sector = parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let step_deg = 1.0 / 1_200.0;
    let (width, height) = (241, 241);
    let posts_m = vec![200; width * height];
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.6,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m,
    };
    Arc::new(Model::build(sector, grid).unwrap())
}

/// Where the drone of these tests flies.
pub(super) fn place() -> Wgs84 {
    Wgs84::new(41.52, 34.5).unwrap()
}

/// East and north of the drone.
pub(super) fn from_drone(at: Wgs84) -> (f64, f64) {
    let point = sight::geo::LocalFrame::at(place()).point(at);
    (point.east_m, point.north_m)
}

pub(super) fn eye() -> SensorId {
    SensorId("eye".into())
}

#[test]
fn an_asset_that_is_no_drone_of_the_sector_is_named() {
    let error = Drone::of_model(&model(), "mavlink", ("doors.mavlink.systems.1", "tower"), "1")
        .unwrap_err();

    let words = "doors.mavlink.systems.1 must be a drone or balloon of the sector, got \"tower\": it has eye";
    assert_eq!(error.to_string(), words);
}
