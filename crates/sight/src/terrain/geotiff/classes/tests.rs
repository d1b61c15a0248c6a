//! Classes written by GDAL, with and without a palette, read and compared with what they were made of.

use std::io::Cursor;

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::super::tests::{crop, fixture};
use super::super::{Source, as_numbers};
use super::*;

const EVERYWHERE: Bounds =
    Bounds { west_deg: 0.0, south_deg: 40.0, east_deg: 5.0, north_deg: 45.0 };

fn read(name: &str, within: &Bounds) -> Option<(Layout, Vec<u8>)> {
    let bytes = as_numbers(fixture(name));
    let mut source = Source::open_codes(name, Cursor::new(bytes)).unwrap();
    source.classes(within, 0, code).unwrap()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are bytes")]
fn code(number: f64) -> u8 {
    assert!((1.0..256.0).contains(&number));
    number as u8
}

/// The class that `testdata/terrain/make.sh` makes of a height.
fn class(height_m: Option<i16>) -> u8 {
    match height_m {
        None => 0,
        Some(..=1_300) => 10,
        Some(..=1_450) => 20,
        Some(..=1_600) => 60,
        Some(..=1_750) => 80,
        Some(_) => 30,
    }
}

#[test]
fn a_palette_is_no_obstacle_in_any_form_of_file() {
    let crop = crop();
    let expected: Vec<u8> =
        crop.posts_m.iter().map(|post| class((*post != i16::MIN).then_some(*post))).collect();
    for name in ["tiles-deflate", "strips-big-endian", "bigtiff-zstd", "numbers"] {
        let (layout, classes) = read(&format!("classes-{name}"), &EVERYWHERE).unwrap();

        assert_eq!((layout.width, layout.height), (48, 40), "{name}");
        assert!(classes == expected, "{name}");
    }
}

#[test]
fn a_window_of_classes_holds_what_the_whole_holds_there() {
    for name in ["classes-tiles-deflate", "classes-utm31"] {
        let (layout, whole) = read(name, &EVERYWHERE).unwrap();
        let bounds =
            Bounds { west_deg: 1.83, south_deg: 42.275, east_deg: 1.8402, north_deg: 42.289 };

        let (window, classes) = read(name, &bounds).unwrap();

        let (_, (row0, col0)) = layout.within(&bounds).unwrap();
        assert!(window.width > 8 && window.width < 16 && window.height > 12, "{name}");
        for row in 0..window.height {
            for col in 0..window.width {
                let there = whole[(row0 + row) * layout.width + col0 + col];
                assert_eq!(classes[row * window.width + col], there, "{name} {row} {col}");
            }
        }
        let elsewhere = Bounds { west_deg: 5.0, east_deg: 6.0, ..bounds };
        assert_eq!(read(name, &elsewhere), None);
    }
}

/// `gdalwarp -r near` laid the same file onto the same grid.
#[test]
fn a_projected_file_gives_each_post_its_nearest_pixel_as_gdal_does() {
    let (ours, classes) = read("classes-utm31", &EVERYWHERE).unwrap();
    let (theirs, by_gdal) = read("classes-utm31-by-gdalwarp", &EVERYWHERE).unwrap();

    assert_relative_eq!(ours.west_deg, theirs.west_deg, epsilon = 1e-9);
    assert_relative_eq!(ours.north_deg, theirs.north_deg, epsilon = 1e-9);
    let (mut held, mut differ) = (0, 0);
    for row in 0..ours.height.min(theirs.height) {
        for col in 0..ours.width.min(theirs.width) {
            let ours = classes[row * ours.width + col];
            held += usize::from(ours != 0);
            differ += usize::from(ours != by_gdal[row * theirs.width + col]);
        }
    }
    assert_eq!((held > 1_200, differ), (true, 0), "{held} held");
}

#[test]
fn heights_and_pictures_are_no_classes() {
    for (name, tag) in [
        ("f32-tiles-deflate-p3", "SampleFormat is 3"),
        ("refused/two-bands", "SamplesPerPixel is 2"),
        ("refused/mercator", "ProjectedCRSGeoKey is 3857"),
    ] {
        let error =
            Source::open_codes("x.tif", Cursor::new(as_numbers(fixture(name)))).err().unwrap();

        assert!(error.to_string().contains(tag), "{error}");
    }
    let palette =
        Source::open_codes("x.tif", Cursor::new(fixture("classes-tiles-deflate"))).err().unwrap();
    assert!(palette.to_string().contains("PhotometricInterpretation is 3"), "{palette}");
}

proptest! {
    #[test]
    fn only_a_palette_is_taken_out_of_a_file_and_damage_is_no_panic(
        at in 0_usize..4_000, byte in 0_u8.., which in 0_usize..3,
    ) {
        let names = ["tiles-deflate", "strips-big-endian", "bigtiff-zstd"];
        let mut bytes = fixture(&format!("classes-{}", names[which]));
        let at = at % bytes.len();
        bytes[at] = byte;

        let numbers = as_numbers(bytes.clone());

        let changed = bytes.iter().zip(&numbers).filter(|(a, b)| a != b).count();
        prop_assert!(changed <= 1 && numbers.len() == bytes.len());
        prop_assert_eq!(&as_numbers(numbers.clone()), &numbers);
        if let Ok(mut source) = Source::open_codes("x.tif", Cursor::new(numbers))
            && let Ok(Some((layout, classes))) = source.classes(&EVERYWHERE, 0_u8, |_| 1)
        {
            prop_assert_eq!(classes.len(), layout.width * layout.height);
        }
    }
}
