//! `GET /api/record`: how far the record is durable, signed and witnessed; and its checkpoint and tiles (C2SP tlog-tiles).
//!
//! Tiles are hashes: who has them can prove that a record grew, and learns nothing of what stands in it. Bundles hold leaves:
//! when each entry was taken, of which class it is and which have the same key, and nothing of what they say.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::Api;
use super::problem::Problem;
use crate::record;
use crate::record::leaf::LEAF_BYTES;
use crate::record::tiles::{Tiles, WIDTH};
use crate::runtime::WitnessState;
use crate::runtime::health::Unread;

/// Levels of tiles: 256^8 entries are all there can be.
const LEVELS: u32 = 8;

/// The length of a leaf, as it stands before each in a bundle: two bytes, the greater first.
const LEAF_LENGTH: [u8; 2] = [0, LEAF_BYTES.to_le_bytes()[0]];
const _: () = assert!(LEAF_BYTES < 256, "its length has one byte");

/// What is sure of the record, and to whom.
#[derive(Debug, Serialize)]
pub(super) struct RecordView {
    /// The record's name.
    origin: String,
    /// On this post: entries that a pulled plug cannot take.
    entries: u64,
    /// Entries under the newest checkpoint that this station has signed.
    entries_signed: u64,
    /// Entries that a centre above the station has; `None` where there is no centre.
    entries_at_centre: Option<u64>,
    /// Entries under the newest checkpoint that a witness has signed; `None` when there is no witness.
    entries_witnessed: Option<u64>,
    /// How the entries stand that were not read when the station started: `none`, `pending`, `held` or `changed`.
    unread: &'static str,
    witnesses: Vec<WitnessView>,
}

#[derive(Debug, Serialize)]
struct WitnessView {
    name: String,
    url: String,
    entries: u64,
    at: Option<String>,
    problem: Option<String>,
    saw_another_past: bool,
    /// Something signed has been waiting for it longer than it may take.
    late: bool,
}

pub(super) async fn record(State(api): State<Arc<Api>>) -> Json<RecordView> {
    let assurance = api.handle.assurance();
    Json(RecordView {
        origin: api.handle.witnessing().origin().to_owned(),
        entries: assurance.here,
        entries_signed: assurance.signed,
        entries_at_centre: assurance.centre,
        entries_witnessed: assurance.witnessed(),
        unread: match api.handle.health().now().unread {
            Unread::None => "none",
            Unread::Pending { .. } => "pending",
            Unread::Held { .. } => "held",
            Unread::Changed { .. } => "changed",
        },
        witnesses: assurance.witnesses.into_iter().map(WitnessView::of).collect(),
    })
}

impl WitnessView {
    fn of(state: WitnessState) -> Self {
        Self {
            late: state.is_late(),
            name: state.name,
            url: state.url,
            entries: state.entries,
            at: state.at.map(|at| at.to_string()),
            problem: state.problem,
            saw_another_past: state.saw_another_past,
        }
    }
}

/// The newest signed checkpoint.
pub(super) async fn checkpoint(State(api): State<Arc<Api>>) -> Response {
    match api.handle.witnessing().sealed() {
        Some(sealed) => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], sealed.note).into_response()
        }
        None => missing("nothing has been signed since the station started; ask again in a second")
            .into_response(),
    }
}

/// One tile of hashes: `LEVEL/N` or `LEVEL/N.p/WIDTH`, N in groups of three digits.
pub(super) async fn tile(
    State(api): State<Arc<Api>>,
    Path((level, rest)): Path<(u32, String)>,
) -> Result<Response, Problem> {
    let (first, width) = there(&api, level, &rest)?;
    let tiles = Tiles::of(&api.data_directory);
    let read = spawn_blocking(move || tiles.hashes(level as usize, first, width)).await;
    let hashes = match read {
        Ok(Ok(hashes)) => hashes,
        Ok(Err(error)) => return Err(unread(&format!("store/tiles: {error}"))),
        Err(error) => return Err(unread(&error.to_string())),
    };
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((StatusCode::OK, kind, hashes.concat()).into_response())
}

/// The leaves that a tile of level 0 has the hashes of, each behind its length in two bytes.
pub(super) async fn bundle(
    State(api): State<Arc<Api>>,
    Path(rest): Path<String>,
) -> Result<Response, Problem> {
    let (first, width) = there(&api, 0, &rest)?;
    // A segment is read whole, so only one at a time.
    let turn = api.bundles.acquire().await.map_err(|error| unread(&error.to_string()))?;
    let data = api.data_directory.clone();
    let read = spawn_blocking(move || record::leaves(&data, first, width)).await;
    drop(turn);
    let leaves = match read {
        Ok(Ok(leaves)) if leaves.len() == width => leaves,
        Ok(Ok(_)) => return Err(unread("entries are missing; see `watchline record verify`")),
        Ok(Err(error)) => return Err(unread(&error.to_string())),
        Err(error) => return Err(unread(&error.to_string())),
    };
    let mut bundle = Vec::with_capacity(width * (2 + LEAF_BYTES));
    for leaf in leaves {
        bundle.extend_from_slice(&LEAF_LENGTH);
        bundle.extend_from_slice(&leaf);
    }
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((StatusCode::OK, kind, bundle).into_response())
}

/// The first hash of a tile and how many are asked for, where they are under the newest checkpoint.
fn there(api: &Api, level: u32, rest: &str) -> Result<(u64, usize), Problem> {
    let wrong = || missing("a tile is LEVEL/N or LEVEL/N.p/WIDTH, N as x001/x234/067");
    let (number, width) = place_of(rest).filter(|_| level < LEVELS).ok_or_else(wrong)?;
    let size = api.handle.witnessing().sealed().map_or(0, |sealed| sealed.entries);
    let first = number.checked_mul(WIDTH as u64).ok_or_else(wrong)?;
    if (size >> (8 * level)).saturating_sub(first) < width as u64 {
        return Err(missing("the record has not grown to this tile"));
    }
    Ok((first, width))
}

fn missing(why: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-there", why)
}

fn unread(why: &str) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "not-read", why)
}

/// The number of a tile and how many hashes of it are asked for.
fn place_of(path: &str) -> Option<(u64, usize)> {
    let (number, width) = match path.split_once(".p/") {
        Some((number, width)) => {
            let width = width.parse().ok().filter(|width| (1..WIDTH).contains(width))?;
            (number, width)
        }
        None => (path, WIDTH),
    };
    let groups: Vec<&str> = number.split('/').collect();
    let (last, before) = groups.split_last()?;
    let mut all = 0_u64;
    for group in before.iter().map(|group| group.strip_prefix('x')).chain([Some(*last)]) {
        let group = group.filter(|group| group.len() == 3)?;
        let digits: u64 =
            group.bytes().all(|byte| byte.is_ascii_digit()).then(|| group.parse().ok())??;
        all = all.checked_mul(1_000)?.checked_add(digits)?;
    }
    Some((all, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_named_as_the_specification_has_it() {
        assert_eq!(place_of("067"), Some((67, 256)));
        assert_eq!(place_of("x001/x234/067"), Some((1_234_067, 256)));
        assert_eq!(place_of("x001/234.p/17"), Some((1_234, 17)));
        for wrong in ["", "67", "x001", "001/002", "x01/002", "000.p/0", "000.p/256", "+01", "a01"]
        {
            assert_eq!(place_of(wrong), None, "{wrong}");
        }
    }
}
