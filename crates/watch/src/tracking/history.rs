//! Scans of the last seconds and the filter's state before them, so that late scans find their place.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use sight::sector::SensorId;

use super::filter::{Dropped, Filter};
use super::scan::Scan;

/// Least time between two kept states; scans between them are taken again from the earlier one.
const SPACING_S: f64 = 1.0;

/// Scans in their total order (time, sensor), in pieces that each begin with a kept state.
#[derive(Debug, Clone)]
pub(crate) struct History {
    horizon_s: f64,
    newest: Option<(Timestamp, SensorId)>,
    /// Empty when the horizon is zero: then nothing can come late.
    pieces: VecDeque<Piece>,
}

#[derive(Debug, Clone)]
struct Piece {
    /// The filter before the first of `scans`.
    before: Filter,
    scans: Vec<Arc<Scan>>,
}

/// Where a scan belongs.
#[derive(Debug)]
pub(crate) enum Placed {
    /// Nothing in it is new.
    Known,
    /// After all others.
    Newest,
    /// Before others: the filter goes back and takes these scans, in order.
    Late { restored: Box<Filter>, replay: Vec<Arc<Scan>> },
}

impl History {
    pub(crate) fn new(horizon_s: f64) -> Self {
        Self { horizon_s, newest: None, pieces: VecDeque::new() }
    }

    /// Files a scan. `Err` holds by how many seconds it comes too late.
    pub(crate) fn place(
        &mut self,
        scan: &Scan,
        now: &Filter,
        dropped: &mut Dropped,
    ) -> Result<Placed, f64> {
        let Some((newest, _)) =
            self.newest.as_ref().filter(|newest| order(scan) <= (newest.0, &newest.1))
        else {
            self.newest = Some((scan.at, scan.sensor.clone()));
            if self.horizon_s > 0.0 {
                self.append(&Arc::new(scan.clone()), || now.clone());
            }
            return Ok(Placed::Newest);
        };
        let late_s = newest.duration_since(scan.at).as_secs_f64();
        let Some(piece) =
            self.pieces.iter().rposition(|piece| order(&piece.scans[0]) <= order(scan))
        else {
            return self.place_first(scan, late_s);
        };
        if late_s > self.horizon_s {
            return Err(late_s);
        }
        let mut replay: Vec<Arc<Scan>> =
            self.pieces.range(piece..).flat_map(|piece| piece.scans.clone()).collect();
        match replay.binary_search_by(|held| order(held).cmp(&order(scan))) {
            Ok(place) => match joined(&replay[place], scan, dropped) {
                Some(both) => replay[place] = Arc::new(both),
                None => return Ok(Placed::Known),
            },
            Err(place) => replay.insert(place, Arc::new(scan.clone())),
        }
        let restored = Box::new(self.pieces[piece].before.clone());
        self.pieces.truncate(piece);
        Ok(Placed::Late { restored, replay })
    }

    /// The newest scan, by what scans are ordered by.
    pub(crate) fn newest(&self) -> Option<(Timestamp, SensorId)> {
        self.newest.clone()
    }

    /// The time of the oldest scan that is kept; all states of the filter are from then on.
    pub(crate) fn reaches_back_to(&self, newest: Timestamp) -> Timestamp {
        self.pieces.front().map_or(newest, |piece| piece.scans[0].at)
    }

    /// Files a scan that is taken again, after those already filed.
    pub(crate) fn refile(&mut self, scan: &Arc<Scan>, before: &Filter) {
        self.append(scan, || before.clone());
    }

    /// A scan older than all: possible only while nothing has been forgotten, before the first horizon is over.
    fn place_first(&mut self, scan: &Scan, late_s: f64) -> Result<Placed, f64> {
        let complete = self.pieces.front().is_some_and(|piece| piece.before.is_new());
        if late_s > self.horizon_s || !complete {
            return Err(late_s);
        }
        let restored = Box::new(self.pieces[0].before.clone());
        let mut replay = vec![Arc::new(scan.clone())];
        replay.extend(self.pieces.drain(..).flat_map(|piece| piece.scans));
        Ok(Placed::Late { restored, replay })
    }

    /// The oldest scan that may be taken again; `None` while nothing can come late.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.pieces.front().map(|piece| piece.scans[0].at)
    }

    fn append(&mut self, scan: &Arc<Scan>, before: impl FnOnce() -> Filter) {
        let spaced =
            |piece: &Piece| scan.at.duration_since(piece.scans[0].at).as_secs_f64() >= SPACING_S;
        match self.pieces.back_mut() {
            Some(piece) if !spaced(piece) => piece.scans.push(Arc::clone(scan)),
            _ => self.pieces.push_back(Piece { before: before(), scans: vec![Arc::clone(scan)] }),
        }
        self.forget(scan.at);
    }

    /// Lets go of pieces that no scan within the horizon can belong to.
    fn forget(&mut self, newest: Timestamp) {
        // A piece is needed until the next one begins before the horizon.
        while self.pieces.get(1).is_some_and(|next| {
            newest.duration_since(next.scans[0].at).as_secs_f64() > self.horizon_s
        }) {
            self.pieces.pop_front();
        }
    }
}

fn order(scan: &Scan) -> (Timestamp, &SensorId) {
    (scan.at, &scan.sensor)
}

/// Both scans' measurements by id; `None` when the second brings nothing new.
fn joined(held: &Scan, scan: &Scan, dropped: &mut Dropped) -> Option<Scan> {
    let mut both = held.clone();
    for measurement in &scan.measurements {
        if held.measurements.iter().any(|known| known.id == measurement.id) {
            dropped.repeated += 1;
        } else {
            both.measurements.push(*measurement);
        }
    }
    if both.measurements.len() == held.measurements.len() {
        return None;
    }
    both.measurements.sort_by_key(|measurement| measurement.id);
    Some(both)
}
