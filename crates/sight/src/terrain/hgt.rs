//! SRTM `.hgt` tiles: square, big-endian, named by their south-west corner.

mod unzip;

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::{Grid, TerrainError};

/// Posts along a side of a 3 arc-second and of a 1 arc-second tile.
const SIDES: [usize; 2] = [1_201, 3_601];
/// Bytes of the largest tile.
const BYTES_MAX: usize = 2 * SIDES[1] * SIDES[1];

/// What a tile is packed in.
#[derive(Clone, Copy)]
enum Packing {
    None,
    Gzip,
    Zip,
}

/// Endings of names, longest first.
const ENDINGS: [(&str, Packing); 3] =
    [(".hgt.gz", Packing::Gzip), (".hgt.zip", Packing::Zip), (".hgt", Packing::None)];

/// Reads `N42E001.hgt`, `N42E001.hgt.gz` or `N42E001.SRTMGL1.hgt.zip`.
pub(super) fn read(file_name: &str, bytes: &[u8]) -> Result<Grid, TerrainError> {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name).to_ascii_lowercase();
    let bad_name = || TerrainError::Name { file: file_name.to_owned() };
    let ending = |(ending, packing)| Some((base.strip_suffix(ending)?, packing));
    let (stem, packing) = ENDINGS.into_iter().find_map(ending).ok_or_else(bad_name)?;
    // Archives are named after the product too: `N42E001.SRTMGL1.hgt.zip`.
    let stem = stem.strip_suffix(".srtmgl1").or(stem.strip_suffix(".srtmgl3")).unwrap_or(stem);
    let (south_deg, west_deg) = corner(stem).ok_or_else(bad_name)?;
    let unpacked = match packing {
        Packing::None => None,
        Packing::Gzip => Some(unpack(file_name, bytes)?),
        Packing::Zip => Some(unzip(file_name, bytes)?),
    };
    let posts = unpacked.as_deref().unwrap_or(bytes);
    let side = SIDES
        .into_iter()
        .find(|side| 2 * side * side == posts.len())
        .ok_or_else(|| TerrainError::Size { file: file_name.to_owned(), bytes: posts.len() })?;
    let step_deg = 1.0 / (side - 1) as f64;
    Ok(Grid {
        west_deg: f64::from(west_deg),
        north_deg: f64::from(south_deg + 1),
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width: side,
        height: side,
        posts_m: posts.as_chunks::<2>().0.iter().map(|&post| i16::from_be_bytes(post)).collect(),
    })
}

/// South latitude and west longitude in whole degrees, from a stem such as `n42e001`.
fn corner(stem: &str) -> Option<(i32, i32)> {
    let (ns, lat, ew, lon) = (stem.get(..1)?, stem.get(1..3)?, stem.get(3..4)?, stem.get(4..7)?);
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if stem.len() != 7 || !digits(lat) || !digits(lon) {
        return None;
    }
    let lat: i32 = lat.parse().ok()?;
    let lon: i32 = lon.parse().ok()?;
    let south_deg = if ns == "n" { lat } else { -lat };
    let west_deg = if ew == "e" { lon } else { -lon };
    let lettered = matches!(ns, "n" | "s") && matches!(ew, "e" | "w");
    let on_globe = (-90..90).contains(&south_deg) && (-180..180).contains(&west_deg);
    (lettered && on_globe).then_some((south_deg, west_deg))
}

/// Unpacks gzip, never to more than the largest tile.
fn unpack(file_name: &str, bytes: &[u8]) -> Result<Vec<u8>, TerrainError> {
    let mut posts = Vec::new();
    GzDecoder::new(bytes).take(BYTES_MAX as u64 + 1).read_to_end(&mut posts).map_err(|error| {
        TerrainError::Gzip { file: file_name.to_owned(), reason: error.to_string() }
    })?;
    if posts.len() > BYTES_MAX {
        return Err(TerrainError::TooLong { file: file_name.to_owned(), limit: BYTES_MAX });
    }
    Ok(posts)
}

/// Unpacks the tile of a zip archive, never to more than the largest tile.
fn unzip(file_name: &str, bytes: &[u8]) -> Result<Vec<u8>, TerrainError> {
    let posts = unzip::unzip(bytes, BYTES_MAX)
        .map_err(|reason| TerrainError::Zip { file: file_name.to_owned(), reason })?;
    if posts.len() > BYTES_MAX {
        return Err(TerrainError::TooLong { file: file_name.to_owned(), limit: BYTES_MAX });
    }
    Ok(posts)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::terrain::{Cell, VOID};

    #[test]
    fn a_tile_is_read_north_row_first_with_its_voids() {
        let grid = read("some/folder/N42E001.hgt", &tile()).unwrap();

        assert_eq!((grid.width, grid.height), (1_201, 1_201));
        assert_eq!((grid.west_deg, grid.north_deg), (1.0, 43.0));
        assert_eq!(grid.post_m(Cell { row: 0, col: 1 }), Some(258));
        assert_eq!(grid.posts_m[2], VOID);
        assert_eq!(grid.place_of(Cell { row: 1_200, col: 1_200 }), (2.0, 42.0));
    }

    #[test]
    fn southern_and_western_names_give_negative_corners() {
        assert_eq!(corner("s29w072"), Some((-29, -72)));
        assert_eq!(corner("n00e179"), Some((0, 179)));
        for bad in ["", "n42e01", "x42e001", "n42e0011", "n-2e001", "n91e000", "s91e000", "n42é01"]
        {
            assert_eq!(corner(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_packed_tile_equals_the_plain_one() {
        assert_eq!(read("n42e001.HGT.gz", &pack(&tile())), read("N42E001.hgt", &tile()));
    }

    #[test]
    fn a_zip_archive_that_holds_no_tile_says_so() {
        let error = read("N42E001.SRTMGL1.hgt.zip", b"PK").unwrap_err();

        assert_eq!(
            error.to_string(),
            "N42E001.SRTMGL1.hgt.zip: the zip archive cannot be read: it is no zip archive"
        );
    }

    #[test]
    fn a_cut_gzip_stream_is_an_error_that_names_the_file() {
        let packed = pack(&tile());

        let error = read("N42E001.hgt.gz", &packed[..packed.len() / 2]).unwrap_err();

        assert!(matches!(error, TerrainError::Gzip { .. }));
        assert!(error.to_string().starts_with("N42E001.hgt.gz: the gzip stream"), "{error}");
    }

    #[test]
    fn a_bomb_is_refused_before_it_fills_memory() {
        let bomb = pack(&vec![0; BYTES_MAX + 10]);

        let error = read("N42E001.hgt.gz", &bomb).unwrap_err();

        assert!(matches!(error, TerrainError::TooLong { .. }));
    }

    #[test]
    fn a_wrong_size_and_a_wrong_name_say_so() {
        let size = read("N42E001.hgt", &[0; 7]).unwrap_err();
        let name = read("andorra.hgt", &tile()).unwrap_err();

        assert!(size.to_string().ends_with("got 7"), "{size}");
        assert!(name.to_string().starts_with("andorra.hgt: the file name"), "{name}");
    }

    fn tile() -> Vec<u8> {
        let mut bytes = vec![0; 2 * 1_201 * 1_201];
        bytes[2..4].copy_from_slice(&[1, 2]);
        bytes[4..6].copy_from_slice(&[0x80, 0]);
        bytes
    }

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}
