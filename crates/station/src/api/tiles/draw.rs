//! Draws one tile of terrain, coverage or corridors as a PNG.

use sight::coverage::{Assessment, CorridorMap, Model};
use sight::geo::Wgs84;
use sight::sector::Sector;
use sight::terrain::{Cell, Grid};

use super::mercator::{SIDE, Tile};
use crate::colour::cividis;

/// Terrain in Terrarium encoding: metres = red * 256 + green + blue / 256 - 32768. `None` when the tile lies off the grid.
///
/// Beyond the grid the nearest known height goes on, so that no cliff is shaded where data end; voids are filled
/// from the west. Both are for the eye alone.
pub(super) fn dem(grid: &Grid, tile: Tile) -> Option<Vec<u8>> {
    let lats = pixels(|row| tile.lat_deg(row));
    let lons = pixels(|column| tile.lon_deg(column));
    let (west, north) = (grid.west_deg, grid.north_deg);
    let east = west + grid.lon_step_deg * (grid.width - 1) as f64;
    let south = north - grid.lat_step_deg * (grid.height - 1) as f64;
    let meets =
        |values: &[f64], low: f64, high: f64| values.iter().any(|v| (low..=high).contains(v));
    if !meets(&lats, south, north) || !meets(&lons, west, east) {
        return None;
    }
    let mut bytes = Vec::with_capacity(3 * lats.len() * lons.len());
    for lat in &lats {
        let mut last_m = 0.0;
        for lon in &lons {
            let place = Wgs84::new(lon.clamp(west, east), lat.clamp(south, north)).ok()?;
            last_m = height_m(grid, place).unwrap_or(last_m);
            bytes.extend_from_slice(&terrarium(last_m));
        }
    }
    png(&bytes, png::ColorType::Rgb)
}

/// A minute is what the coverage picture asks about.
const STAY_S: f64 = 60.0;
/// Whether ground belongs to the sector is asked once for a square of this many pixels: the line has many vertices.
const BLOCK: usize = 4;
const OPAQUE: u8 = 255;

/// The chance that a walker who stays a minute is detected; transparent off the sector. `None` when nothing of it is here.
pub(super) fn coverage(model: &Model, assessment: &Assessment, tile: Tile) -> Option<Vec<u8>> {
    let (grid, field) = (model.grid(), assessment.field());
    let lats = pixels(|row| tile.lat_deg(row));
    let lons = pixels(|column| tile.lon_deg(column));
    let mut bytes = vec![0; 4 * lats.len() * lons.len()];
    let mut any = false;
    for (block_row, block_column) in blocks() {
        let middle =
            Wgs84::new(lons[block_column + BLOCK / 2], lats[block_row + BLOCK / 2]).ok()?;
        if !belongs(model.sector(), middle) {
            continue;
        }
        for (row, column) in pixels_of(block_row, block_column) {
            let Some(cell) = grid.cell_at(Wgs84::new(lons[column], lats[row]).ok()?) else {
                continue;
            };
            let [red, green, blue] = cividis(field.probability(cell, STAY_S));
            let at = 4 * (row * lons.len() + column);
            bytes[at..at + 4].copy_from_slice(&[red, green, blue, OPAQUE]);
            any = true;
        }
    }
    if any { png(&bytes, png::ColorType::Rgba) } else { None }
}

/// The chance that the best crossing through each place is detected; transparent where none leads. `None` when that is everywhere.
pub(super) fn corridors(map: &CorridorMap, tile: Tile) -> Option<Vec<u8>> {
    let lats = pixels(|row| tile.lat_deg(row));
    let lons = pixels(|column| tile.lon_deg(column));
    let mut bytes = vec![0; 4 * lats.len() * lons.len()];
    let mut any = false;
    for (pixel, place) in bytes
        .as_chunks_mut::<4>()
        .0
        .iter_mut()
        .zip(lats.iter().flat_map(|lat| lons.iter().map(move |lon| Wgs84::new(*lon, *lat))))
    {
        let Some(cell) = map.layout.cell_at(place.ok()?) else { continue };
        let chance = map.chances[cell.row * map.layout.width + cell.col];
        if chance.is_nan() {
            continue;
        }
        let [red, green, blue] = cividis(f64::from(chance));
        *pixel = [red, green, blue, OPAQUE];
        any = true;
    }
    if any { png(&bytes, png::ColorType::Rgba) } else { None }
}

/// The ground that the sector watches: within its depth on either side of the line.
fn belongs(sector: &Sector, place: Wgs84) -> bool {
    let beside = sector.line.beside(sector.frame.point(place));
    let depths_m = -sector.near_depth_m..=sector.far_depth_m;
    !beside.past_end && depths_m.contains(&beside.signed_m)
}

/// Upper left pixels of all blocks: (row, column).
fn blocks() -> impl Iterator<Item = (usize, usize)> {
    let starts = || (0..SIDE as usize).step_by(BLOCK);
    starts().flat_map(move |row| starts().map(move |column| (row, column)))
}

fn pixels_of(row: usize, column: usize) -> impl Iterator<Item = (usize, usize)> {
    (row..row + BLOCK)
        .flat_map(move |row| (column..column + BLOCK).map(move |column| (row, column)))
}

/// Bilinear, or the nearest post where one of the four is void.
fn height_m(grid: &Grid, place: Wgs84) -> Option<f64> {
    let nearest = || grid.cell_at(place).and_then(|cell: Cell| grid.post_m(cell)).map(f64::from);
    grid.height_m(place).or_else(nearest)
}

fn terrarium(height_m: f64) -> [u8; 3] {
    let coded = ((height_m + 32_768.0) * 256.0).round().clamp(0.0, f64::from(0x00FF_FFFF));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let [_, red, green, blue] = (coded as u32).to_be_bytes();
    [red, green, blue]
}

fn pixels(at: impl Fn(u32) -> f64) -> Vec<f64> {
    (0..SIDE).map(at).collect()
}

fn png(bytes: &[u8], colours: png::ColorType) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(colours);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.write_header().and_then(|mut writer| writer.write_image_data(bytes)).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terrarium_codes_metres_to_a_256th() {
        assert_eq!(terrarium(0.0), [128, 0, 0]);
        assert_eq!(terrarium(1.5), [128, 1, 128]);
        assert_eq!(terrarium(-32_768.0), [0, 0, 0]);
        assert_eq!(terrarium(8_848.25), [162, 144, 64]);
    }
}
