//! A scan that comes late: put where it belongs, and what follows is taken again where it makes a difference.
//!
//! The scan itself is taken by all tracks, from the last state kept before it. It moves some of them. From there on only
//! those are taken again, with every track that they meet: a trace of each later scan tells which tracks shared a
//! measurement, and whoever shares one with a moved track is moved too. Where the moved turn out to touch others than
//! before, the piece is begun anew with these among them. All else stays as it was worked out before. When most tracks
//! are moved, or when what couples all of them is, everything is taken again.

use std::sync::Arc;

use jiff::Timestamp;

use super::acts::Bar;
use super::chronicle::Chronicle;
use super::config::TrackerConfig;
use super::filter::keys::Keys;
use super::filter::trace::{Cells, Contacts, DIRECTIONS, Rest, Trace};
use super::filter::{Dropped, Filter, Given, Taken, Workings};
use super::history::{History, Place};
use super::learning::{Figures, Learner};
use super::scan::Scan;
use super::{DetectionChance, learn};

/// Share of the tracks beyond which all are taken again.
const MOST: f64 = 0.6;
/// After so long without a scan what is there is carried in leaps that depend on who else was looked at.
const GAP_MAX_S: f64 = 36_000.0;

/// What it took to put a scan in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct TakenLate {
    pub(super) dropped: Dropped,
    /// How many scans were taken, at least for some tracks.
    pub(super) scans: usize,
    /// By how many tracks, all scans together.
    pub(super) tracks: usize,
}

/// The tracks and cells that are not what they were.
#[derive(Debug, Default)]
struct Moved {
    active: Keys,
    dirty: Cells,
    /// How many tracks were taken again, all scans together.
    tracks: usize,
}

/// What of a tracker a late scan may change, and what it is judged by.
pub(super) struct Late<'a> {
    pub(super) config: &'a TrackerConfig,
    pub(super) p_detect: &'a DetectionChance<'a>,
    pub(super) bars: Vec<Bar>,
    pub(super) history: &'a mut History,
    pub(super) filter: &'a mut Filter,
    pub(super) learner: Option<&'a mut Learner>,
    pub(super) chronicle: &'a mut Chronicle,
    pub(super) workings: &'a mut Workings,
}

impl Late<'_> {
    /// `None` when everything must be taken again; what was noted since the scan's piece is then of no more use.
    pub(super) fn take(mut self, place: Place) -> Option<TakenLate> {
        let Place { piece, turn, before } = place;
        if !self.is_apart(piece, turn) {
            return None;
        }
        let mut moved = Moved::default();
        let mut state = self.history.pieces[piece].before.clone();
        for number in 0..turn {
            moved.tracks += self.take_whole(&mut state, (piece, number)).1.reached;
        }
        let (scan, taken) = self.take_whole(&mut state, (piece, turn));
        self.learn(&scan, &taken.trace);
        moved.tracks += taken.reached;
        let Taken { dropped, trace, moved: reached, lowered, .. } = taken;
        moved.active.extend(reached);
        moved.dirty.extend(lowered);
        for trace in before.as_deref().into_iter().chain([&trace]) {
            let (keys, cells) = trace.touched();
            moved.active.extend(keys);
            moved.dirty.extend(cells);
        }
        self.chronicle.rewind(scan.at, Some(&moved.active));
        self.chronicle.note(&state, &scan, self.config);
        self.history.pieces[piece].turns[turn].trace = trace;
        self.go_on((state, piece, turn + 1), &mut moved)?;
        let later = self.history.pieces.range(piece + 1..).map(|piece| piece.turns.len());
        let scans = self.history.pieces[piece].turns.len() + later.sum::<usize>();
        Some(TakenLate { dropped, scans, tracks: moved.tracks })
    }

    /// Whether nothing but scans has happened since a piece began, and the scan stands at a time of its own.
    fn is_apart(&self, piece: usize, turn: usize) -> bool {
        let Some(first) = self.history.pieces.get(piece) else { return false };
        let turns = &first.turns;
        let at = turns[turn].scan.at;
        // A piece begins later than the one before ends.
        let is_alone = turn.checked_sub(1).is_none_or(|earlier| turns[earlier].scan.at < at)
            && turns.get(turn + 1).is_none_or(|later| later.scan.at > at);
        let sensors = first.before.sensors();
        let is_like = |filter: &Filter| {
            filter.sensors().len() == sensors.len()
                && filter.is_barred_by(&self.bars, &first.before)
        };
        let times = || {
            let pieces = self.history.pieces.range(piece..);
            pieces.flat_map(|piece| &piece.turns).map(|turn| turn.scan.at)
        };
        let gap_s = |(one, other): (Timestamp, Timestamp)| other.duration_since(one).as_secs_f64();
        is_alone
            && self.has_places_alone(piece)
            && sensors.contains(&turns[turn].scan.sensor)
            && is_like(self.filter)
            && self.history.pieces.range(piece..).all(|piece| is_like(&piece.before))
            && times().zip(times().skip(1)).all(|both| gap_s(both) < GAP_MAX_S)
    }

    /// Whether nothing was told in directions alone since a piece began.
    ///
    /// One direction may be of many, near and far: what it couples is more than what is worth following.
    fn has_places_alone(&self, piece: usize) -> bool {
        let pieces = self.history.pieces.range(piece..);
        let mut turns = pieces.flat_map(|piece| &piece.turns);
        !self.filter.has_directions() && turns.all(|turn| turn.scan.has_places_alone())
    }

    /// Brings what was moved forward to the present.
    fn go_on(
        &mut self,
        (state, piece, first): (Filter, usize, usize),
        moved: &mut Moved,
    ) -> Option<()> {
        let mut part = self.take_part_again(&state, (piece, first), moved)?;
        for next in piece + 1..self.history.pieces.len() {
            let before = &mut self.history.pieces[next].before;
            before.put_in(part, &moved.active, &moved.dirty);
            let state = before.clone();
            part = self.take_part_again(&state, (next, 0), moved)?;
        }
        self.filter.put_in(part, &moved.active, &moved.dirty);
        Some(())
    }

    /// Takes the turns of a piece again for what was moved and what that touches; returns the moved after them.
    fn take_part_again(
        &mut self,
        state: &Filter,
        (piece, first): (usize, usize),
        moved: &mut Moved,
    ) -> Option<Filter> {
        'anew: loop {
            self.spread(state, (piece, first), moved);
            let mut part = state.part(&moved.active);
            if moved.active.contains(DIRECTIONS) || part.len() as f64 > MOST * state.len() as f64 {
                return None;
            }
            if let Some(turn) = self.history.pieces[piece].turns.get(first) {
                self.chronicle.rewind(turn.scan.at, Some(&moved.active));
            }
            let turns = self.history.pieces[piece].turns.len();
            let mut anew = Vec::with_capacity(turns - first);
            for turn in first..turns {
                match self.take_turn_again(&mut part, (piece, turn), moved)? {
                    Ok(taken) => anew.push(taken),
                    Err(Contacts { keys, cells }) => {
                        moved.active.extend(keys);
                        moved.dirty.extend(cells);
                        continue 'anew;
                    }
                }
            }
            for (turn, taken) in (first..).zip(anew) {
                self.settle_turn((piece, turn), taken, moved);
            }
            return Some(part);
        }
    }

    /// Adds what is tied to the moved by what was noted of the turns of a piece.
    fn spread(&self, state: &Filter, (piece, first): (usize, usize), moved: &mut Moved) {
        let Moved { active, dirty, .. } = moved;
        let turns = &self.history.pieces[piece].turns[first..];
        let mut more = true;
        while more {
            more = state.spread(active);
            for turn in turns {
                more |= turn.trace.spread(active, dirty, turn.scan.measurements.len());
            }
        }
    }

    /// `None` when more is coupled than what measurements and cells tell.
    fn take_turn_again(
        &mut self,
        part: &mut Filter,
        (piece, turn): (usize, usize),
        moved: &mut Moved,
    ) -> Option<Result<Taken, Contacts>> {
        let (scan, figures) = self.given((piece, turn));
        if scan.has_lines() && part.has_flights() {
            // What flies may be anywhere along a line of sight.
            return None;
        }
        let given =
            Given { p_detect: self.p_detect, config: self.config, figures: figures.as_deref() };
        let trace = &self.history.pieces[piece].turns[turn].trace;
        let rest = Rest { trace, active: &moved.active, dirty: &moved.dirty };
        let taken = match part.observe(&scan, &given, Some(&rest), self.workings) {
            Ok(taken) => taken,
            Err(contacts) => return Some(Err(contacts)),
        };
        if part.has_directions() || !trace.has_room(part.len(), self.config.tracks_max) {
            return None;
        }
        moved.tracks += taken.reached;
        let (keys, _) = taken.trace.touched();
        moved.active.extend(keys);
        self.chronicle.note(part, &scan, self.config);
        Some(Ok(taken))
    }

    /// Notes what a turn did to the moved, and what all of it taught.
    fn settle_turn(&mut self, (piece, number): (usize, usize), taken: Taken, moved: &Moved) {
        let Taken { trace, measurements, .. } = taken;
        let turn = &mut self.history.pieces[piece].turns[number];
        turn.trace.take_over(trace, &moved.active, &measurements);
        let scan = Arc::clone(&turn.scan);
        let trace = std::mem::take(&mut turn.trace);
        self.learn(&scan, &trace);
        self.history.pieces[piece].turns[number].trace = trace;
    }

    /// Takes a turn by all tracks.
    fn take_whole(&mut self, state: &mut Filter, place: (usize, usize)) -> (Arc<Scan>, Taken) {
        let (scan, figures) = self.given(place);
        let given =
            Given { p_detect: self.p_detect, config: self.config, figures: figures.as_deref() };
        let taken = state.take_whole(&scan, &given, self.workings);
        (scan, taken)
    }

    fn learn(&mut self, scan: &Scan, trace: &Trace) {
        let Some(learner) = &mut self.learner else { return };
        let figures = learner.figures(scan.at, self.filter.sensors());
        let given = Given { p_detect: self.p_detect, config: self.config, figures: Some(&figures) };
        learn(Some(learner), (scan, trace), self.filter, &given);
    }

    /// The scan of a turn, and what was known of the sensors at its time.
    fn given(&mut self, (piece, turn): (usize, usize)) -> (Arc<Scan>, Option<Arc<Figures>>) {
        let scan = Arc::clone(&self.history.pieces[piece].turns[turn].scan);
        let sensors = self.filter.sensors();
        let figures = self.learner.as_mut().map(|learner| learner.figures(scan.at, sensors));
        (scan, figures)
    }
}

impl Extend<u32> for Cells {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, cells: I) {
        for cell in cells {
            self.insert(cell);
        }
    }
}
