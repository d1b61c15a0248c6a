//! `GET /tiles/...`: terrain, coverage and corridors as web map tiles, drawn when asked for and kept while they fit.

mod cache;

mod draw;
mod mercator;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;

use self::cache::{Drawn, Kept, TileKey};
use self::mercator::Tile;
use super::crossing;
use super::problem::Problem;
use super::shown::{Seen, Shown};
use crate::limits::TILES_DRAWN_AT_ONCE;

/// Zoom levels that are drawn.
const ZOOM_MIN: u8 = 6;
const ZOOM_MAX: u8 = 13;

/// Drawn tiles, and the right to draw more.
#[derive(Debug)]
pub(super) struct Tiles {
    kept: Kept,
    drawing: Semaphore,
}

impl Default for Tiles {
    fn default() -> Self {
        Self { kept: Kept::default(), drawing: Semaphore::new(TILES_DRAWN_AT_ONCE) }
    }
}

/// Terrain in Terrarium encoding.
pub(super) async fn dem(
    Seen(shown): Seen,
    Path((z, x, y)): Path<(u8, u32, String)>,
) -> Result<Response, Problem> {
    let tile = read_tile(z, x, &y)?;
    let drawn = Arc::clone(&shown);
    let picture =
        tile_of(&shown, TileKey::Dem(tile), move || draw::dem(drawn.outlook.model().grid(), tile))
            .await?;
    Ok(answer(picture, "public, max-age=3600"))
}

/// The chance that a walker who stays a minute is detected, in cividis.
pub(super) async fn coverage(
    Seen(shown): Seen,
    Path((z, x, y)): Path<(u8, u32, String)>,
) -> Result<Response, Problem> {
    let tile = read_tile(z, x, &y)?;
    let Some(coverage) = shown.outlook.live().read().coverage.value.clone() else {
        return Ok(answer(Drawn(None), "no-store"));
    };
    let drawn = Arc::clone(&shown);
    let key = TileKey::Coverage(tile, coverage.version);
    let draw = move || draw::coverage(drawn.outlook.model(), &coverage.assessment, tile);
    let picture = tile_of(&shown, key, draw).await?;
    // The version stands in the address, but a client may leave it out.
    Ok(answer(picture, "no-cache"))
}

/// The chance that the best crossing through each place is detected, in cividis.
pub(super) async fn corridors(
    Seen(shown): Seen,
    Path((z, x, y)): Path<(u8, u32, String)>,
) -> Result<Response, Problem> {
    let tile = read_tile(z, x, &y)?;
    let Some((version, map)) = crossing::corridors(&shown).await? else {
        return Ok(answer(Drawn(None), "no-store"));
    };
    let key = TileKey::Corridors(tile, version);
    let picture = tile_of(&shown, key, move || draw::corridors(&map, tile)).await?;
    Ok(answer(picture, "no-cache"))
}

/// The kept tile, or a fresh one; `None` when nothing of the sector lies in it.
async fn tile_of(
    shown: &Shown,
    key: TileKey,
    draw: impl FnOnce() -> Option<Vec<u8>> + Send + 'static,
) -> Result<Drawn, Problem> {
    if let Some(kept) = shown.tiles.kept.get(key) {
        return Ok(kept);
    }
    let internal =
        |detail: String| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
    let _turn = shown.tiles.drawing.acquire().await.map_err(|error| internal(error.to_string()))?;
    let drawn =
        tokio::task::spawn_blocking(draw).await.map_err(|error| internal(error.to_string()))?;
    let drawn = Drawn(drawn.map(Bytes::from));
    shown.tiles.kept.put(key, drawn.clone());
    Ok(drawn)
}

fn answer(drawn: Drawn, caching: &'static str) -> Response {
    let caching = (header::CACHE_CONTROL, caching);
    match drawn.0 {
        Some(bytes) => ([(header::CONTENT_TYPE, "image/png"), caching], bytes).into_response(),
        None => (StatusCode::NO_CONTENT, [caching]).into_response(),
    }
}

fn read_tile(z: u8, x: u32, y: &str) -> Result<Tile, Problem> {
    let row = y.strip_suffix(".png").and_then(|row| row.parse::<u32>().ok());
    let row = row.ok_or_else(|| {
        Problem::bad_request("tile-wrong", "y", format!("must be a number and .png, got `{y}`"))
    })?;
    if !(ZOOM_MIN..=ZOOM_MAX).contains(&z) {
        let detail = format!("must be {ZOOM_MIN} to {ZOOM_MAX}, got {z}");
        return Err(Problem::bad_request("tile-wrong", "z", detail));
    }
    Tile::new(z, x, row).ok_or_else(|| {
        Problem::bad_request("tile-wrong", "x", format!("zoom {z} has no tile {x}/{row}"))
    })
}
