//! Rasters of land cover in sector files, and the ground that comes of them.

use std::fmt::Write as _;
use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::coverage::Model;
use crate::crossing::tests::{crossings_of, small_from};
use crate::geo::EnuPoint;
use crate::sector::{Fault, Mover};
use crate::terrain::geotiff::{Samples, write};

const SIDE: usize = 9;
/// Over all of the small sector, and so that no middle of a cell of its ways lies near the edge of a pixel.
const LAYOUT: Layout = Layout {
    west_deg: 41.000_137,
    north_deg: 34.999_811,
    lon_step_deg: 0.002_371,
    lat_step_deg: 0.002_293,
    width: SIDE,
    height: SIDE,
};

const CLASSES: &str = r#"
class = [
    { code = 1, kind = "sand" }, { code = 2, kind = "scrub" }, { code = 3, kind = "deep-water" },
    { code = 4, kind = "wadi" }, { code = 5, kind = "open" },
]
"#;
const KINDS: [GroundKind; 5] = [
    GroundKind::Sand,
    GroundKind::Scrub,
    GroundKind::DeepWater,
    GroundKind::Wadi,
    GroundKind::Open,
];

/// A file in which 255 is no value.
fn raster(layout: &Layout, codes: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    write(&mut file, layout, "land cover", Samples::Bytes(codes)).unwrap();
    file.into_inner()
}

fn table(figures: &str) -> String {
    format!("[land_cover]\nfiles = [\"cover.tif\"]\n{figures}\n")
}

/// The small sector whose `cover.tif` holds these codes.
fn covered(more: &str, codes: &[u8]) -> Result<(Sector, Model), Vec<Fault>> {
    let file = raster(&LAYOUT, codes);
    small_from(more, &|name| match name {
        "cover.tif" => Ok(file.clone()),
        other => Err(format!("{other} is not here")),
    })
}

/// One `[[going]]` for each pixel, along its edges.
fn squares(codes: &[u8]) -> String {
    let mut text = String::new();
    for (at, code) in codes.iter().enumerate().filter(|(_, code)| **code != 255) {
        let (row, col) = ((at / SIDE) as f64, (at % SIDE) as f64);
        let kind = serde_json::to_string(&KINDS[usize::from(code - 1)]).unwrap();
        let corner = |down: f64, right: f64| {
            let (lon_deg, lat_deg) = LAYOUT.corner(row + down, col + right);
            format!("[{lon_deg:.9}, {lat_deg:.9}]")
        };
        let ring = [(-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)].map(|(d, r)| corner(d, r));
        writeln!(
            text,
            "[[going]]\nid = \"x{at}\"\nname = {{ en = \"X\", ar = \"س\" }}\nkind = {kind}\nring = [{}]",
            ring.join(", ")
        )
        .unwrap();
    }
    text
}

fn codes() -> impl Strategy<Value = Vec<u8>> {
    let code = prop_oneof![1_u8..=5, Just(255)];
    prop::collection::vec(code, SIDE * SIDE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_raster_and_the_outlines_of_its_pixels_are_the_same_ground(codes in codes()) {
        let (sector, raster) = covered(&table(CLASSES), &codes).unwrap();
        let (outlined, polygons) = covered(&squares(&codes), &codes).unwrap();

        for cell in 0..raster.going.points.len() {
            let kinds = [&raster, &polygons].map(|model| model.going.surface.kind(cell));
            prop_assert_eq!(kinds[0], kinds[1]);
            let point = raster.going.points[cell];
            prop_assert_eq!(sector.ground_kind(point), outlined.ground_kind(point));
        }
        for mover in [Mover::Walker, Mover::Vehicle, Mover::Drone] {
            prop_assert_eq!(crossings_of(&raster, mover), crossings_of(&polygons, mover));
        }
    }

    #[test]
    fn what_an_area_holds_is_the_areas_kind_whatever_the_raster_says(codes in codes(), at in 0..SIDE * SIDE) {
        let mut drawn = vec![255; SIDE * SIDE];
        drawn[at] = 4;
        let (sector, _) = covered(&(table(CLASSES) + &squares(&drawn)), &codes).unwrap();

        let (lon_deg, lat_deg) = LAYOUT.corner((at / SIDE) as f64, (at % SIDE) as f64);
        let middle = sector.frame.point(Wgs84::new(lon_deg, lat_deg).unwrap());
        prop_assert_eq!(sector.ground_kind(middle), GroundKind::Wadi);
        // One pixel on, the raster counts again.
        let next = (at + 1) % (SIDE * SIDE);
        let (lon_deg, lat_deg) = LAYOUT.corner((next / SIDE) as f64, (next % SIDE) as f64);
        let beside = sector.frame.point(Wgs84::new(lon_deg, lat_deg).unwrap());
        let of_raster = KINDS.get(usize::from(codes[next]) - 1).copied();
        prop_assert_eq!(sector.ground_kind(beside), of_raster.unwrap_or(GroundKind::Open));
    }
}

#[test]
fn a_pixel_that_holds_nothing_leaves_what_lies_below_it() {
    let mut upper = vec![255; SIDE * SIDE];
    upper[0] = 1;
    let (below, above) = (raster(&LAYOUT, &[2; SIDE * SIDE]), raster(&LAYOUT, &upper));
    let more = format!("[land_cover]\nfiles = [\"below.tif\", \"above.tif\"]\n{CLASSES}");
    let (sector, _) = small_from(&more, &|name| {
        Ok(if name == "below.tif" { below.clone() } else { above.clone() })
    })
    .unwrap();

    let kind = |row: f64, col: f64| {
        let (lon_deg, lat_deg) = LAYOUT.corner(row, col);
        sector.ground_kind(sector.frame.point(Wgs84::new(lon_deg, lat_deg).unwrap()))
    };
    assert_eq!(kind(0.4, -0.4), GroundKind::Sand);
    assert_eq!(kind(0.6, 0.0), GroundKind::Scrub);
    assert_eq!(kind(-0.6, 0.0), GroundKind::Open);
    let cover = sector.land_cover.as_ref().unwrap();
    assert_eq!(cover.pixels()[&None], 80);
    assert!(sector.names_ground(GroundKind::Sand) && !sector.names_ground(GroundKind::Rock));
}

#[test]
fn classes_of_a_known_product_need_no_table_and_may_be_told_otherwise() {
    let codes: Vec<u8> = (0..SIDE * SIDE).map(|at| if at % 2 == 0 { 60 } else { 80 }).collect();
    let product = table("scheme = \"esa-worldcover\"");
    let kinds = |more: &str| {
        let (sector, _) = covered(more, &codes).unwrap();
        sector.land_cover.unwrap().pixels().into_keys().collect::<Vec<_>>()
    };

    assert_eq!(kinds(&product), [Some(GroundKind::Open), Some(GroundKind::DeepWater)]);
    let rock = product + "class = [{ code = 60, kind = \"rock\" }]";
    assert_eq!(kinds(&rock), [Some(GroundKind::Rock), Some(GroundKind::DeepWater)]);
}

#[test]
fn the_fingerprint_follows_every_pixel_and_no_file_name() {
    let codes = vec![1; SIDE * SIDE];
    let digest = |more: &str, codes: &[u8]| covered(more, codes).unwrap().0.digest();
    let plain = digest(&table(CLASSES), &codes);

    for at in [0, 40, 80] {
        let mut other = codes.clone();
        other[at] = 2;
        assert_ne!(digest(&table(CLASSES), &other), plain);
    }
    let file = raster(&LAYOUT, &codes);
    let renamed = table(CLASSES).replace("cover.tif", "other.tif");
    let (sector, _) = small_from(&renamed, &|_| Ok(file.clone())).unwrap();
    assert_eq!(sector.digest(), plain);
    // Without land cover nothing of it is in the fingerprint, and records of before stay readable.
    let (bare, _) = covered("", &codes).unwrap();
    assert!(!serde_json::to_string(&bare).unwrap().contains("land_cover"));
}

#[test]
fn what_is_wrong_with_land_cover_is_told_by_field_and_value() {
    let codes = [7; SIDE * SIDE];
    let said = |more: &str| {
        let faults = covered(more, &codes).unwrap_err();
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let far = "class = [{ code = 7, kind = \"sand\" }, { code = 7, kind = \"rock\" }]";
    for (more, expected) in [
        (
            table(CLASSES),
            "files = [\"cover.tif\"]: cover.tif: holds codes without a kind: 7 (81 pixels); give each",
        ),
        (table(""), "land_cover.scheme: is missing: name a scheme"),
        (
            table("scheme = \"corine\""),
            "land_cover.scheme = \"corine\": must be one of: esa-worldcover",
        ),
        (
            table(far),
            "land_cover.class[1].code = 7: already has a kind by land_cover.class[0].code",
        ),
        (
            table("class = [{ code = 7, kind = \"mud\" }]"),
            "land_cover.class[0].kind = \"mud\": must be one of: open",
        ),
        (
            table("class = [{ code = 70000, kind = \"sand\" }]"),
            "land_cover.class[0].code = 70000: must be a whole number from 0 to 65535",
        ),
        (
            table(CLASSES).replace("cover.tif", "none.tif"),
            "none.tif: cannot be read: none.tif is not here",
        ),
        (table(CLASSES).replace("files", "file"), "land_cover.files: is missing"),
        (
            table("scheme = \"esa-worldcover\"\nextra = 1"),
            "land_cover.extra = 1: is not a field of this table",
        ),
    ] {
        let said = said(&more);
        assert!(said.contains(expected), "{said}\n{expected}");
    }
    let elsewhere = raster(&Layout { west_deg: 10.0, ..LAYOUT }, &codes);
    let faults = small_from(&table(CLASSES), &|_| Ok(elsewhere.clone())).unwrap_err();
    assert!(faults[0].to_string().contains("none of these reaches under the sector"));
    let text = small_from(&table(CLASSES), &|_| Ok(b"not a raster".to_vec())).unwrap_err();
    assert!(text[0].to_string().contains("cover.tif: not a TIFF file"), "{}", text[0]);
}

#[test]
fn water_of_a_raster_is_dry_where_a_road_leads_over_it() {
    let road = "[[road]]\nid = \"r\"\nname = { en = \"X\", ar = \"س\" }\nclass = \"track\"\npath = [[41.001, 34.99], [41.019, 34.99]]\n";
    let (_, model) = covered(&(table(CLASSES) + road), &[3; SIDE * SIDE]).unwrap();

    let kinds = |at: EnuPoint| {
        let cell = model.going.cell_at(model.grid(), model.sector().frame.place(at)).unwrap();
        model.going.surface.kind(cell)
    };
    let on_road = model.sector().frame.point(Wgs84::new(41.01, 34.99).unwrap());
    assert_eq!(kinds(on_road), GroundKind::Open);
    assert_eq!(
        kinds(EnuPoint::new(on_road.east_m, on_road.north_m + 200.0)),
        GroundKind::DeepWater
    );
}
