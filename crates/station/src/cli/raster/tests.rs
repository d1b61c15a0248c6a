//! Rasters written and looked at again.

use proptest::prelude::*;
use sight::terrain::Layout;
use sight::terrain::geotiff::Samples;

use super::*;
use crate::rings::{Corner, patches};

const CLASSES: [Class; 2] = [
    Class { name: "some", from: 0.5, colour: [10, 20, 30] },
    Class { name: "much", from: 0.9, colour: [40, 50, 60] },
];

#[test]
fn the_ending_chooses_the_form() {
    for (name, form) in [
        ("a.tif", Form::GeoTiff),
        ("a.TIFF", Form::GeoTiff),
        ("a.b.png", Form::Picture),
        ("a.geojson", Form::Outlines),
        ("a.csv", Form::Table),
    ] {
        assert_eq!(Form::of(Path::new(name)).unwrap(), form, "{name}");
    }
    let error = Form::of(Path::new("a.jpeg")).unwrap_err().to_string();
    assert!(error.contains("--out a.jpeg") && error.contains(".geojson"), "{error}");
}

#[test]
fn the_summary_counts_cells_and_area_of_every_class() {
    let shares = layer(&[0.0, 0.5, 0.89, 0.9, f32::NAN, 1.0], 3).summary();

    assert_eq!(shares.iter().map(|share| share.cells).collect::<Vec<_>>(), [2, 2]);
    assert!((shares[0].part - 0.4).abs() < 1e-12);
    let km2 = layout(3, 2).cell_area_m2(0) * 1e-6;
    assert!((shares[0].area_km2 - 2.0 * km2).abs() < 1e-9);
}

#[test]
fn a_patch_with_a_hole_has_two_rings_that_turn_opposite_ways() {
    #[rustfmt::skip]
    let found = patches(&[
        1, 1, 1,
        1, 0, 1,
        1, 1, 1,
    ], 3, 0);

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].cells, 8);
    assert_eq!(found[0].rings[0], [(0, 0), (3, 0), (3, 3), (0, 3), (0, 0)]);
    assert_eq!(found[0].rings[1].len(), 5);
    assert!(area(&found[0].rings[0]) > 0 && area(&found[0].rings[1]) < 0);
}

#[test]
fn a_pocket_that_opens_in_a_corner_only_becomes_a_hole() {
    #[rustfmt::skip]
    let found = patches(&[
        1, 1, 0,
        1, 0, 1,
        1, 1, 1,
    ], 3, 0);

    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rings.len(), 2);
    assert_eq!((area(&found[0].rings[0]), area(&found[0].rings[1])), (8, -1));
}

#[test]
fn cells_that_meet_in_a_corner_are_apart() {
    let found = patches(&[1, 0, 0, 1], 2, 0);

    assert_eq!(found.iter().map(|patch| patch.rings.len()).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn outlines_are_geojson_with_the_cells_of_each_class() {
    let mut text = Vec::new();
    geojson::write(&mut text, &layer(&[0.6, 0.0, 0.95, 0.6, 0.6, f32::NAN], 3)).unwrap();

    let read: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let features = read["features"].as_array().unwrap();
    assert_eq!(features.len(), 2);
    assert_eq!(features[0]["properties"]["class"], "some");
    assert_eq!(features[0]["properties"]["to"], 0.9);
    assert_eq!(features[0]["properties"]["cells"], 3);
    assert!(features[1]["properties"]["to"].is_null());
    let ring = features[1]["geometry"]["coordinates"][0][0].as_array().unwrap();
    assert_eq!(ring.len(), 5);
    assert_eq!(ring[0], serde_json::json!([1.15, 43.05]));
}

#[test]
fn every_form_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let values = [0.0, 0.5, 0.89, 0.9, f32::NAN, 1.0];
    let sheet = Sheet { title: "a title".to_owned(), ..Sheet::default() };
    for (name, starts) in [
        ("a.tif", &b"II*\0"[..]),
        ("a.png", b"\x89PNG"),
        ("a.geojson", b"{\"type\":\"FeatureCollection\""),
        ("a.csv", b"lon_deg,lat_deg,probability\n1.1000000,43.0000000,0.5000\n"),
    ] {
        let path = directory.path().join(name);
        layer(&values, 3).write(Form::of(&path).unwrap(), &path, &sheet).unwrap();

        assert!(std::fs::read(&path).unwrap().starts_with(starts), "{name}");
    }
}

proptest! {
    #[test]
    fn rings_hold_exactly_the_cells_of_their_class(
        classes in proptest::collection::vec(0_u8..3, 1..120), width in 1_usize..13,
    ) {
        let whole = classes.len() / width * width;
        prop_assume!(whole > 0);
        let classes = &classes[..whole];
        let mut painted = vec![0; whole];
        for patch in patches(classes, width, 0) {
            prop_assert_eq!(patch.rings.iter().filter(|ring| area(ring) > 0).count(), 1);
            prop_assert!(area(&patch.rings[0]) > 0);
            for ring in &patch.rings {
                let mut corners = ring[1..].to_vec();
                corners.sort_unstable();
                corners.dedup();
                prop_assert_eq!(corners.len(), ring.len() - 1, "a ring touches itself: {:?}", ring);
                prop_assert_eq!(ring.first(), ring.last());
            }
            let cells: i64 = patch.rings.iter().map(|ring| area(ring)).sum();
            prop_assert_eq!(cells, i64::try_from(patch.cells).unwrap());
            for (at, cell) in painted.iter_mut().enumerate() {
                let holds = patch.rings.iter().filter(|ring| encloses(ring, at / width, at % width)).count() % 2 == 1;
                if holds {
                    prop_assert_eq!(*cell, 0, "two patches hold a cell");
                    *cell = patch.class;
                }
            }
        }
        prop_assert_eq!(painted, classes);
    }
}

/// Cells inside a ring; negative when it turns clockwise on a map.
fn area(ring: &[Corner]) -> i64 {
    let twice: i64 = ring
        .windows(2)
        .map(|edge| {
            let [(row, col), (next_row, next_col)] =
                [edge[0], edge[1]].map(|(row, col)| (i64::from(row), i64::from(col)));
            col * -next_row + next_col * row
        })
        .sum();
    twice / 2
}

/// Even-odd rule from the middle of a cell eastwards.
fn encloses(ring: &[Corner], row: usize, col: usize) -> bool {
    let (row, col) = (u32::try_from(row).unwrap(), u32::try_from(col).unwrap());
    let crossed = ring.windows(2).filter(|edge| {
        let (low, high) = (edge[0].0.min(edge[1].0), edge[0].0.max(edge[1].0));
        edge[0].1 == edge[1].1 && edge[0].1 > col && low <= row && row < high
    });
    crossed.count() % 2 == 1
}

fn layer(values: &[f32], width: usize) -> Layer<'_> {
    Layer {
        layout: layout(width, values.len() / width),
        quantity: "probability",
        samples: Samples::Floats(values),
        classes: &CLASSES,
    }
}

fn layout(width: usize, height: usize) -> Layout {
    Layout { west_deg: 1.0, north_deg: 43.0, lon_step_deg: 0.1, lat_step_deg: 0.1, width, height }
}
