//! What follows on flat ground beside a straight line: crossings in time, and where somebody may be.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod passages;
mod search;

use sight::coverage::Model;
use sight::sector::parse;
use sight::terrain::Grid;

/// Beyond the line, which runs north along 41.5 E, is west. The radar watches its south.
const SECTOR: &str = r#"
name = "flat"
title = { en = "Flat", ar = "منبسط" }

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 3000.0
near_depth_m = 2000.0

[[sensor]]
id = "radar"
name = { en = "Radar", ar = "رادار" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01"
kind = "radar"
at = [41.505, 34.48]
height_m = 20.0
range_max_m = 3500.0
revisit_s = 60.0
radar = { walker_half_range_m = 2500.0, notch_mps = 0.3, range_sigma_m = 8.0, azimuth_sigma_deg = 0.4 }
"#;

const LINE: &str = r#"{"type": "Feature", "properties": {}, "geometry":
    {"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}}"#;

fn model() -> Model {
    let sector = parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let (width, height, step_deg) = (241, 241, 1.0 / 1_200.0);
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.6,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: vec![200; width * height],
    };
    Model::build(sector, grid).unwrap()
}
