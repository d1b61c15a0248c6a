//! Scans of the last seconds and the filter's state before them, so that late scans find their place.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use super::config::TrackerConfig;
use super::filter::trace::Trace;
use super::filter::{Dropped, Filter};
use super::scan::{Measurement, Scan};
use super::undetected::Undetected;

/// Least time between two kept states; scans between them are taken again from the earlier one.
///
/// At twenty scans a second a late one then takes five more than it must, on average.
const SPACING_S: f64 = 0.5;

/// Scans in their total order (time, sensor), in pieces that each begin with a kept state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct History {
    horizon_s: f64,
    bytes_max: usize,
    newest: Option<(Timestamp, SensorId)>,
    /// Empty when the horizon is zero: then nothing can come late.
    pub(super) pieces: VecDeque<Piece>,
}

/// Some scans and the state before them. Copies share what is in it until one of them changes it: a core is copied while
/// others wait for it, and its past is most of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Piece(#[serde(with = "crate::shared")] Arc<Held>);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Held {
    /// The filter before the first of `turns`.
    pub(super) before: Filter,
    pub(super) turns: Vec<Turn>,
    bytes: usize,
}

impl Piece {
    fn into_held(self) -> Held {
        Arc::unwrap_or_clone(self.0)
    }
}

impl Deref for Piece {
    type Target = Held;

    fn deref(&self) -> &Held {
        &self.0
    }
}

impl DerefMut for Piece {
    fn deref_mut(&mut self) -> &mut Held {
        Arc::make_mut(&mut self.0)
    }
}

/// A scan and what it did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Turn {
    #[serde(with = "crate::shared")]
    pub(super) scan: Arc<Scan>,
    pub(super) trace: Trace,
}

/// Where a scan belongs.
#[derive(Debug)]
pub(crate) enum Placed {
    /// Nothing in it is new.
    Known,
    /// After all others.
    Newest,
    /// Before others, where it is filed already.
    Late(Place),
    /// Before all others.
    First { restored: Box<Filter>, replay: Vec<Arc<Scan>> },
}

/// Where a late scan stands.
#[derive(Debug)]
pub(crate) struct Place {
    pub(super) piece: usize,
    pub(super) turn: usize,
    /// What the scan did before it was told anew, with more in it.
    pub(super) before: Option<Box<Trace>>,
}

impl History {
    /// Holds scans of so many seconds, in so many bytes.
    pub(crate) fn new(horizon_s: f64, bytes_max: usize) -> Self {
        Self { horizon_s, bytes_max, newest: None, pieces: VecDeque::new() }
    }

    /// Goes on with what was read, within the limits of today; false when it cannot be gone on with.
    pub(crate) fn resume(
        &mut self,
        (horizon_s, bytes_max): (f64, usize),
        fresh: &Undetected,
    ) -> bool {
        (self.horizon_s, self.bytes_max) = (horizon_s, bytes_max);
        self.pieces
            .iter_mut()
            .all(|piece| !piece.turns.is_empty() && piece.before.share_expected(fresh))
    }

    /// Files a scan. `Err` holds by how many seconds it comes too late.
    pub(crate) fn place(
        &mut self,
        scan: &Scan,
        now: &Filter,
        config: &TrackerConfig,
        dropped: &mut Dropped,
    ) -> Result<Placed, f64> {
        let Some((newest, _)) = self.newest.as_ref().filter(|_| self.is_late(scan)) else {
            self.newest = Some((scan.at, scan.sensor.clone()));
            if self.horizon_s > 0.0 {
                self.append(&Arc::new(scan.clone()), now, dropped);
            }
            return Ok(Placed::Newest);
        };
        let late_s = newest.duration_since(scan.at).as_secs_f64();
        let Some(piece) =
            self.pieces.iter().rposition(|piece| order(&piece.turns[0].scan) <= order(scan))
        else {
            return self.place_first(scan, late_s);
        };
        if late_s > self.horizon_s {
            return Err(late_s);
        }
        // What comes after all of a piece begins the next one: the state before it is kept already.
        let is_after =
            |piece: &Piece| piece.turns.last().is_some_and(|last| last.scan.at < scan.at);
        let is_between = piece + 1 < self.pieces.len() && is_after(&self.pieces[piece]);
        let piece = piece + usize::from(is_between);
        let turns = &mut self.pieces[piece].turns;
        let (turn, before) =
            match turns.binary_search_by(|held| order(&held.scan).cmp(&order(scan))) {
                Ok(turn) => match joined(&turns[turn].scan, scan, config, dropped) {
                    Some(both) => {
                        turns[turn].scan = Arc::new(both);
                        (turn, Some(Box::new(std::mem::take(&mut turns[turn].trace))))
                    }
                    None => return Ok(Placed::Known),
                },
                Err(turn) => {
                    let trace = Trace::default();
                    turns.insert(turn, Turn { scan: Arc::new(scan.clone()), trace });
                    (turn, None)
                }
            };
        Ok(Placed::Late(Place { piece, turn, before }))
    }

    /// Whether a scan belongs before, or among, those already filed.
    pub(super) fn is_late(&self, scan: &Scan) -> bool {
        self.newest.as_ref().is_some_and(|newest| order(scan) <= (newest.0, &newest.1))
    }

    /// What it costs to take everything again from before a scan on: scans, and tracks that they touch.
    pub(super) fn cost_since(&self, scan: &Scan) -> usize {
        let mut cost = 0;
        for piece in self.pieces.iter().rev() {
            cost +=
                piece.turns.iter().map(|turn| 1 + turn.trace.touched().0.count()).sum::<usize>();
            if order(&piece.turns[0].scan) <= order(scan) {
                break;
            }
        }
        cost
    }

    /// Makes one piece of scans and the state before them, where there is none.
    pub(super) fn put_back(&mut self, before: Filter, scans: Vec<Arc<Scan>>) {
        let turns: Vec<Turn> =
            scans.into_iter().map(|scan| Turn { scan, trace: Trace::default() }).collect();
        let bytes =
            size_of::<Held>() + before.bytes() + turns.iter().map(Turn::bytes).sum::<usize>();
        self.pieces.push_front(Piece(Arc::new(Held { before, turns, bytes })));
    }

    /// The state before a piece, and the scans from there on, which are let go.
    pub(crate) fn rewind(&mut self, piece: usize) -> (Filter, Vec<Arc<Scan>>) {
        let mut gone = self.pieces.drain(piece..).map(Piece::into_held);
        let Some(Held { before, turns, .. }) = gone.next() else {
            unreachable!("asked for a piece that is there")
        };
        let turns = turns.into_iter().chain(gone.flat_map(|piece| piece.turns));
        (before, turns.map(|turn| turn.scan).collect())
    }

    /// The newest scan, by what scans are ordered by.
    pub(crate) fn newest(&self) -> Option<(Timestamp, SensorId)> {
        self.newest.clone()
    }

    /// The time of the oldest scan that is kept; all states of the filter are from then on.
    pub(crate) fn reaches_back_to(&self, newest: Timestamp) -> Timestamp {
        self.pieces.front().map_or(newest, |piece| piece.turns[0].scan.at)
    }

    /// How old a scan may be against the newest; less than the horizon where there was no room for more.
    pub(crate) fn reach_s(&self) -> f64 {
        let reach = |(newest, oldest): (&Timestamp, &Piece)| {
            newest.duration_since(oldest.turns[0].scan.at).as_secs_f64().min(self.horizon_s)
        };
        let kept = self.pieces.front().filter(|piece| !piece.before.is_new());
        let newest = self.newest.as_ref().map(|(at, _)| at);
        newest.zip(kept).map_or(self.horizon_s, reach)
    }

    /// A scan older than all: possible only while nothing has been forgotten, before the first horizon is over.
    fn place_first(&mut self, scan: &Scan, late_s: f64) -> Result<Placed, f64> {
        let complete = self.pieces.front().is_some_and(|piece| piece.before.is_new());
        if late_s > self.horizon_s || !complete {
            return Err(late_s);
        }
        let (restored, held) = self.rewind(0);
        let mut replay = vec![Arc::new(scan.clone())];
        replay.extend(held);
        Ok(Placed::First { restored: Box::new(restored), replay })
    }

    /// The oldest scan that may be taken again; `None` while nothing can come late.
    pub(crate) fn oldest(&self) -> Option<Timestamp> {
        self.pieces.front().map(|piece| piece.turns[0].scan.at)
    }

    /// Bytes that scans and states take, but for what the allocator adds.
    pub(crate) fn bytes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.bytes).sum()
    }

    /// Files a scan after those already filed.
    pub(crate) fn append(&mut self, scan: &Arc<Scan>, before: &Filter, dropped: &mut Dropped) {
        let turn = Turn { scan: Arc::clone(scan), trace: Trace::default() };
        // All scans of one time stand in one piece, so that what is noted from it on can be told by its time.
        let spaced = |piece: &Piece| {
            scan.at.duration_since(piece.turns[0].scan.at).as_secs_f64() >= SPACING_S
                && piece.turns.last().is_some_and(|last| last.scan.at < scan.at)
        };
        match self.pieces.back_mut() {
            Some(piece) if !spaced(piece) => {
                piece.bytes += turn.bytes();
                piece.turns.push(turn);
            }
            _ => self.pieces.push_back(Piece(Arc::new(Held {
                before: before.clone(),
                bytes: size_of::<Held>() + before.bytes() + turn.bytes(),
                turns: vec![turn],
            }))),
        }
        self.forget(scan.at, dropped);
    }

    /// Notes what the scan that was filed last did.
    pub(crate) fn note(&mut self, trace: Trace, dropped: &mut Dropped) {
        let Some(piece) = self.pieces.back_mut() else { return };
        let Held { turns, bytes, .. } = &mut **piece;
        let Some(turn) = turns.last_mut() else { return };
        *bytes += trace.bytes();
        turn.trace = trace;
        let newest = turn.scan.at;
        self.forget(newest, dropped);
    }

    /// Counts anew what pieces take, from one on.
    pub(super) fn weigh(&mut self, first: usize, dropped: &mut Dropped) {
        for piece in self.pieces.range_mut(first..) {
            let turns: usize = piece.turns.iter().map(Turn::bytes).sum();
            piece.bytes = size_of::<Held>() + piece.before.bytes() + turns;
        }
        if let Some((newest, _)) = self.newest() {
            self.forget(newest, dropped);
        }
    }

    /// Lets go of pieces that no scan within the horizon can belong to, and makes room.
    fn forget(&mut self, newest: Timestamp, dropped: &mut Dropped) {
        // A piece is needed until the next one begins before the horizon.
        while self.pieces.get(1).is_some_and(|next| {
            newest.duration_since(next.turns[0].scan.at).as_secs_f64() > self.horizon_s
        }) {
            self.pieces.pop_front();
        }
        let mut bytes = self.bytes();
        while bytes > self.bytes_max && self.pieces.len() > 1 {
            bytes -= self.make_room(dropped);
        }
    }

    /// Gives up a kept state, or the oldest scans where no more can be spared; returns the bytes that this frees.
    ///
    /// With fewer states a late scan costs more. Without its scans it comes too late.
    fn make_room(&mut self, dropped: &mut Dropped) -> usize {
        let count = |place: usize| self.pieces[place].turns.len();
        // The newest state is where most late scans go back to.
        let spare = (1..self.pieces.len() - 1).min_by_key(|place| count(place - 1) + count(*place));
        let Some(piece) = spare.and_then(|place| self.pieces.remove(place).map(|p| (place, p)))
        else {
            let oldest = self.pieces.pop_front();
            dropped.past += oldest.as_ref().map_or(0, |piece| piece.turns.len());
            return oldest.map_or(0, |piece| piece.bytes);
        };
        let (place, Held { turns, bytes, .. }) = (piece.0, piece.1.into_held());
        let kept: usize = turns.iter().map(Turn::bytes).sum();
        self.pieces[place - 1].turns.extend(turns);
        self.pieces[place - 1].bytes += kept;
        bytes - kept
    }
}

impl Turn {
    fn bytes(&self) -> usize {
        bytes_of(&self.scan) + size_of::<Self>() + self.trace.bytes()
    }
}

fn order(scan: &Scan) -> (Timestamp, &SensorId) {
    (scan.at, &scan.sensor)
}

fn bytes_of(scan: &Scan) -> usize {
    size_of::<Arc<Scan>>()
        + size_of::<Scan>()
        + scan.sensor.0.len()
        + scan.measurements.len() * size_of::<Measurement>()
}

/// The scan as it is filed: what can be computed with, each id once, in order of the ids, up to the limit.
///
/// So whatever comes in whichever pieces, the same is left.
pub(crate) fn in_order<'a>(
    scan: &'a Scan,
    config: &TrackerConfig,
    dropped: &mut Dropped,
) -> Cow<'a, Scan> {
    let measured = &scan.measurements;
    let is_sound = measured.len() <= config.measurements_max
        && measured.is_sorted_by(|a, b| a.id < b.id)
        && measured.iter().all(|measurement| measurement.check().is_ok());
    if is_sound {
        return Cow::Borrowed(scan);
    }
    let mut scan = scan.clone();
    scan.measurements.retain(|measurement| measurement.check().is_ok());
    dropped.invalid += measured.len() - scan.measurements.len();
    let valid = scan.measurements.len();
    scan.measurements.sort_by_key(|measurement| measurement.id);
    scan.measurements.dedup_by_key(|measurement| measurement.id);
    dropped.repeated += valid - scan.measurements.len();
    shorten(&mut scan, config, dropped);
    Cow::Owned(scan)
}

fn shorten(scan: &mut Scan, config: &TrackerConfig, dropped: &mut Dropped) {
    dropped.measurements += scan.measurements.len().saturating_sub(config.measurements_max);
    scan.measurements.truncate(config.measurements_max);
    scan.measurements.shrink_to_fit();
}

/// Both scans' measurements by id; `None` when the second brings nothing new.
fn joined(held: &Scan, scan: &Scan, config: &TrackerConfig, dropped: &mut Dropped) -> Option<Scan> {
    let mut both = held.clone();
    for measurement in &scan.measurements {
        match held.measurements.binary_search_by_key(&measurement.id, |known| known.id) {
            Ok(_) => dropped.repeated += 1,
            Err(_) => both.measurements.push(*measurement),
        }
    }
    both.measurements.sort_by_key(|measurement| measurement.id);
    shorten(&mut both, config, dropped);
    (both.measurements != held.measurements).then_some(both)
}
