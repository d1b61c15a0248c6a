//! Files written by GDAL, read and compared with the tile that they were cut from.

use std::io::Cursor;
use std::path::PathBuf;
use std::rc::Rc;

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::terrain::{Bounds, Cell, Grid, TerrainError, VOID, tile_from_bytes};

/// Every packing, kind of number, byte order, layout and mark of missing data.
const SAME: [&str; 18] = [
    "i16-strips-none",
    "i16-strips-lzw-p2",
    "i16-tiles-deflate-p2",
    "i16-tiles-zstd-p2",
    "i16-strips-zstd-p2-big-endian",
    "i16-tiles-lzw-p2-big-endian",
    "i16-bigtiff-deflate",
    "i16-strips-packbits",
    "i16-point-deflate",
    "i32-strips-zstd",
    "i32-tiles-deflate-p2",
    "f32-tiles-deflate-p3",
    "f32-strips-zstd-p3",
    "f64-tiles-lzw-p3",
    "f64-tiles-zstd-p3",
    "f64-strips-deflate-nan",
    "u16-strips-lzw-nodata-0",
    "u32-strips-deflate",
];

#[test]
fn every_form_that_gdal_writes_holds_the_heights_of_the_tile_it_was_cut_from() {
    let crop = crop();
    assert_eq!(crop.summary().voids, 58);
    for name in SAME {
        let read = tile_from_bytes(&format!("{name}.tif"), &fixture(name)).unwrap();

        assert_eq!((read.width, read.height), (48, 40), "{name}");
        assert_relative_eq!(read.west_deg, crop.west_deg, epsilon = 1e-9);
        assert_relative_eq!(read.north_deg, crop.north_deg, epsilon = 1e-9);
        assert_relative_eq!(read.lon_step_deg, 1.0 / 1_200.0, epsilon = 1e-12);
        assert!(read.posts_m == crop.posts_m, "{name}");
    }
}

#[test]
fn blocks_that_were_never_written_are_void() {
    let read = tile_from_bytes("sparse.tif", &fixture("sparse")).unwrap();

    let crop = crop();
    for row in 0..read.height {
        for col in 0..read.width {
            let (lon_deg, lat_deg) = read.place_of(Cell { row, col });
            let place = crate::geo::Wgs84::new(lon_deg, lat_deg).unwrap();
            let expected = crop.cell_at(place).and_then(|cell| crop.post_m(cell));
            assert_eq!(read.post_m(Cell { row, col }), expected, "{lon_deg} {lat_deg}");
        }
    }
    assert!(read.summary().voids > 1_000);
}

#[test]
fn a_window_holds_what_the_whole_holds_there() {
    for name in ["i16-tiles-zstd-p2", "f32-tiles-deflate-p3", "i16-strips-lzw-p2", "utm31-90m"] {
        let whole = open(name).read(None).unwrap().unwrap();
        let bounds =
            Bounds { west_deg: 1.83, south_deg: 42.275, east_deg: 1.8402, north_deg: 42.289 };

        let window = open(name).read(Some(&bounds)).unwrap().unwrap();

        assert!(window.width > 8 && window.width < 16 && window.height > 12, "{name}");
        for row in 0..window.height {
            for col in 0..window.width {
                let (lon_deg, lat_deg) = window.place_of(Cell { row, col });
                let cell =
                    whole.cell_at(crate::geo::Wgs84::new(lon_deg, lat_deg).unwrap()).unwrap();
                assert_eq!(window.post_m(Cell { row, col }), whole.post_m(cell), "{name}");
            }
        }
        let elsewhere = Bounds { west_deg: 5.0, east_deg: 6.0, ..bounds };
        assert_eq!(open(name).read(Some(&elsewhere)).unwrap(), None);
    }
}

/// A reader that counts: a small window must not read the whole file.
#[test]
fn a_window_reads_only_the_blocks_it_needs() {
    // Noise, so that packing does not hide what is read.
    let mut state = 1_u64;
    let posts: Vec<i16> = (0..2_000_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i16::try_from((state >> 33) % 3_001).unwrap()
        })
        .collect();
    let layout = crate::terrain::Layout {
        west_deg: 1.0,
        north_deg: 43.0,
        lon_step_deg: 1e-3,
        lat_step_deg: 1e-3,
        width: 1_000,
        height: 2_000,
    };
    let mut file = Cursor::new(Vec::new());
    write(&mut file, &layout, "height", Samples::Heights(&posts)).unwrap();
    let size = file.get_ref().len() as u64;
    let bytes = Rc::new(std::cell::Cell::new(0));
    let counted = Counted { inner: Cursor::new(file.into_inner()), bytes: Rc::clone(&bytes) };
    let mut source = Source::open("big.tif", counted).unwrap();
    let bounds = Bounds { west_deg: 1.1, south_deg: 42.95, east_deg: 1.2, north_deg: 42.96 };

    let window = source.read(Some(&bounds)).unwrap().unwrap();

    assert_eq!((window.height, window.width), (11, 101));
    assert_eq!(window.posts_m[0], posts[40 * 1_000 + 100]);
    let read = bytes.get();
    assert!(read < size * 3 / 10, "{read} of {size} bytes were read");
}

#[test]
fn what_is_written_is_read_back() {
    let crop = crop();
    let mut file = Cursor::new(Vec::new());
    write(&mut file, &crop.layout(), "height", Samples::Heights(&crop.posts_m)).unwrap();

    let read = tile_from_bytes("again.tif", file.get_ref()).unwrap();

    assert_eq!(read.posts_m, crop.posts_m);
    assert_relative_eq!(read.west_deg, crop.west_deg, epsilon = 1e-12);
}

/// `gdalwarp -r bilinear -et 0` of the same file onto the same posts; both round on their own.
#[test]
fn a_projected_file_is_laid_where_gdal_lays_it() {
    let ours = tile_from_bytes("utm31-90m.tif", &fixture("utm31-90m")).unwrap();
    let theirs = tile_from_bytes("by.tif", &fixture("utm31-90m-by-gdalwarp")).unwrap();

    assert_eq!(open("utm31-90m").spacing_m(), Some([90.0, 90.0]));
    assert_eq!((ours.width, ours.height), (theirs.width, theirs.height));
    assert_relative_eq!(ours.west_deg, theirs.west_deg, epsilon = 1e-9);
    assert_relative_eq!(ours.north_deg, theirs.north_deg, epsilon = 1e-9);
    let pairs: Vec<(i16, i16)> = ours
        .posts_m
        .iter()
        .zip(&theirs.posts_m)
        .filter(|(a, b)| **a != VOID && **b != VOID)
        .map(|(a, b)| (*a, *b))
        .collect();
    let worst = pairs.iter().map(|(a, b)| (a - b).abs()).max().unwrap();
    let exact = pairs.iter().filter(|(a, b)| a == b).count();
    assert!(pairs.len() > 1_200, "{}", pairs.len());
    assert!(worst <= 1, "{worst} m");
    assert!(exact * 100 >= pairs.len() * 98, "{exact} of {}", pairs.len());
}

/// Resampled twice, once by GDAL and once here, the ground must still be the ground: SRTM's own error is 6 m and more.
#[test]
fn a_projected_file_keeps_the_heights_of_its_ground() {
    let (ours, crop) = (tile_from_bytes("u.tif", &fixture("utm31-90m")).unwrap(), crop());
    let mut squares = 0.0;
    let mut count = 0.0;
    for row in 0..ours.height {
        for col in 0..ours.width {
            let (lon_deg, lat_deg) = ours.place_of(Cell { row, col });
            let place = crate::geo::Wgs84::new(lon_deg, lat_deg).unwrap();
            if let (Some(post), Some(height_m)) =
                (ours.post_m(Cell { row, col }), crop.height_m(place))
            {
                squares += (f64::from(post) - height_m).powi(2);
                count += 1.0;
            }
        }
    }
    let rms_m = (squares / count).sqrt();
    assert!(count > 1_200.0 && rms_m < 6.0, "{rms_m} m over {count} posts");
}

#[test]
fn a_tag_that_cannot_be_honoured_is_named_with_its_value() {
    for (name, tag, value) in [
        ("etrs89", "ProjectedCRSGeoKey", "25831"),
        ("mercator", "ProjectedCRSGeoKey", "3857"),
        ("nad27", "GeodeticCRSGeoKey", "4267"),
        ("feet-above-sea", "VerticalGeoKey", "6360"),
        ("ellipsoidal", "VerticalGeoKey", "4979"),
        ("lerc", "Compression", "34887"),
        ("two-bands", "SamplesPerPixel", "2"),
        ("scaled", "GDAL_METADATA scale", "0.1"),
        ("feet", "GDAL_METADATA unittype", "ft"),
        ("nowhere", "GeoKeyDirectoryTag", "missing"),
        ("turned", "ModelTransformationTag", "turned by"),
        ("off-zone", "ModelTiepointTag", "outside the zone"),
        ("date-line", "ModelTiepointTag", "180th meridian"),
    ] {
        let error = tile_from_bytes("x.tif", &fixture(&format!("refused/{name}"))).unwrap_err();

        let text = error.to_string();
        assert!(matches!(error, TerrainError::Tag { .. }), "{name}: {text}");
        assert!(
            text.starts_with("x.tif: ") && text.contains(tag) && text.contains(value),
            "{name}: {text}"
        );
    }
    let error = tile_from_bytes("x.tif", &fixture("refused/unmarked")).unwrap_err().to_string();
    assert!(error.contains("row") && error.contains("gdal_edit.py -a_nodata"), "{error}");
}

#[test]
fn cut_and_empty_files_are_errors_and_never_panics() {
    for name in ["i16-strips-none", "i16-tiles-zstd-p2", "f64-tiles-lzw-p3", "i16-bigtiff-deflate"]
    {
        let whole = fixture(name);
        for length in (0..whole.len() - 1).step_by(37) {
            let cut = tile_from_bytes("cut.tif", &whole[..length]);
            if let Err(error) = cut {
                assert!(error.to_string().starts_with("cut.tif: "), "{error}");
            }
        }
        assert!(tile_from_bytes("cut.tif", &[]).is_err());
        assert!(tile_from_bytes("cut.tif", &whole[..whole.len() / 2]).is_err(), "{name}");
    }
}

#[test]
fn a_directory_that_points_at_itself_ends() {
    let mut bytes = fixture("i16-strips-none");
    let ifd = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_le_bytes(bytes[ifd..ifd + 2].try_into().unwrap()));
    let next = ifd + 2 + 12 * entries;
    let own = bytes[4..8].to_vec();
    bytes[next..next + 4].copy_from_slice(&own);

    let error = tile_from_bytes("loop.tif", &bytes).unwrap_err();

    assert!(error.to_string().contains("cycle"), "{error}");
}

#[test]
fn sizes_that_lie_are_refused_before_memory_is_taken() {
    for (tag, claims) in [(256_u16, u32::MAX), (257, 4_000_000_000), (322, 60_000), (323, 60_000)] {
        let mut bytes = fixture("i16-tiles-zstd-p2");
        let ifd = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let entries = usize::from(u16::from_le_bytes(bytes[ifd..ifd + 2].try_into().unwrap()));
        for entry in (0..entries).map(|at| ifd + 2 + 12 * at) {
            if bytes[entry..entry + 2] == tag.to_le_bytes() {
                bytes[entry + 2..entry + 4].copy_from_slice(&4_u16.to_le_bytes());
                bytes[entry + 8..entry + 12].copy_from_slice(&claims.to_le_bytes());
            }
        }

        let error = tile_from_bytes("lie.tif", &bytes).unwrap_err();

        assert!(matches!(error, TerrainError::Tiff { .. }), "{tag}: {error}");
    }
}

#[test]
fn slivers_of_pixels_are_refused_for_the_grid_that_they_would_need() {
    let mut bytes = fixture("utm31-90m");
    let [from, to] = [90_f64, 8.6e-5].map(f64::to_le_bytes);
    let at = bytes.windows(16).position(|two| two == [from, from].concat()).unwrap();
    bytes[at..at + 8].copy_from_slice(&to);

    let error = tile_from_bytes("sliver.tif", &bytes).unwrap_err().to_string();

    assert!(error.contains("ModelPixelScaleTag") && error.contains("0.000086 by 90"), "{error}");
}

proptest! {
    #[test]
    fn damage_anywhere_is_an_error_or_a_grid(at in 0_usize..3_000, byte in 0_u8.., which in 0_usize..18) {
        let mut bytes = fixture(SAME[which]);
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(grid) = tile_from_bytes("damaged.tif", &bytes) {
            prop_assert_eq!(grid.posts_m.len(), grid.width * grid.height);
        }
    }
}

/// 48 by 40 posts with 58 voids, from row 840 and column 980 of the tile.
pub(super) fn crop() -> Grid {
    let path = root().join("sectors/andorra/N42E001.hgt.gz");
    let tile = tile_from_bytes("N42E001.hgt.gz", &std::fs::read(path).unwrap()).unwrap();
    let layout = tile.layout().window((840, 980), (40, 48));
    let rows = 840..880;
    Grid {
        west_deg: layout.west_deg,
        north_deg: layout.north_deg,
        lon_step_deg: layout.lon_step_deg,
        lat_step_deg: layout.lat_step_deg,
        width: 48,
        height: 40,
        posts_m: rows
            .flat_map(|row| &tile.posts_m[row * tile.width + 980..][..48])
            .copied()
            .collect(),
    }
}

fn open(name: &str) -> Source<Cursor<Vec<u8>>> {
    Source::open(name, Cursor::new(fixture(name))).unwrap()
}

pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path = root().join("testdata/terrain").join(format!("{name}.tif"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Counts the bytes that are read.
struct Counted {
    inner: Cursor<Vec<u8>>,
    bytes: Rc<std::cell::Cell<u64>>,
}

impl std::io::Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bytes.set(self.bytes.get() + count as u64);
        Ok(count)
    }
}

impl std::io::Seek for Counted {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.inner.seek(to)
    }
}
