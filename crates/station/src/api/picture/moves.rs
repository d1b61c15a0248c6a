//! Moves that would buy back sight, as JSON.

use serde::Serialize;
use sight::coverage::WatchState;
use sight::placement::{BuyBack, Change, Move, Who};
use sight::sector::Sector;

use super::super::sector::{LonLat, place, places, round};

/// The answer to `propose-moves`: best first; nobody is sent by it.
#[derive(Debug, Serialize)]
pub(in crate::api) struct MovesView {
    unwatched_km: f64,
    line_km: f64,
    moves: Vec<MoveView>,
}

#[derive(Debug, Serialize)]
struct MoveView {
    who: Who,
    from: LonLat,
    to: LonLat,
    /// Chainage abreast of the new place.
    km: f64,
    travel_s: f64,
    path: Vec<LonLat>,
    bought_kmh: f64,
    raised: Vec<ChangeView>,
    lowered: Vec<ChangeView>,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    stretch: u32,
    from: WatchState,
    to: WatchState,
    p_from: f64,
    p_to: f64,
}

impl MovesView {
    pub(in crate::api) fn of(answer: &BuyBack, sector: &Sector) -> Self {
        Self {
            unwatched_km: round(answer.unwatched_km, 2),
            line_km: round(answer.line_km, 2),
            moves: answer.moves.iter().map(|found| MoveView::of(found, sector)).collect(),
        }
    }
}

impl MoveView {
    fn of(found: &Move, sector: &Sector) -> Self {
        let changes = |of: &[Change]| of.iter().map(ChangeView::of).collect();
        Self {
            who: found.who.clone(),
            from: place(&sector.frame, found.from),
            to: place(&sector.frame, found.to),
            km: round(sector.line.chainage_m(found.to) / 1e3, 2),
            travel_s: round(found.travel_s, 0),
            path: places(&sector.frame, &found.path),
            bought_kmh: round(found.bought_kmh, 3),
            raised: changes(&found.raised),
            lowered: changes(&found.lowered),
        }
    }
}

impl ChangeView {
    fn of(change: &Change) -> Self {
        let (from, to) = change.states();
        Self {
            stretch: change.stretch.0,
            from,
            to,
            p_from: round(change.without, 3),
            p_to: round(change.with, 3),
        }
    }
}
