//! How the line was watched: what was achieved, and what was not watched, where, when and why.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::{Cause, StretchAssessment, WatchState};
use sight::sector::{Sector, StretchId};

use crate::measures::coverage::{Achieved, Change, achieved};

/// Pieces that were not watched and are told one by one; the rest is summed.
const GAPS_TOLD: usize = 200;

/// How a stretch stood from a time on.
#[derive(Debug, Clone, PartialEq)]
struct Mark {
    at: Timestamp,
    state: WatchState,
    probability: f64,
    cause: Option<Cause>,
}

impl Mark {
    fn unknown(at: Timestamp) -> Self {
        Self { at, state: WatchState::Unknown, probability: 0.0, cause: None }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.state == other.state
            && self.probability.total_cmp(&other.probability).is_eq()
            && self.cause == other.cause
    }
}

/// Follows the states of all stretches.
#[derive(Debug)]
pub(super) struct LineStory {
    from: Timestamp,
    /// Where each stretch lies, in order of the line.
    places: Vec<(StretchId, f64, f64)>,
    marks: BTreeMap<StretchId, Vec<Mark>>,
}

/// A piece of line that was not watched for a while.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    pub from_m: f64,
    pub to_m: f64,
    pub since: Timestamp,
    pub until: Timestamp,
    pub state: WatchState,
    /// The dearest cause; `None` where the station did not run.
    pub cause: Option<Cause>,
}

impl Gap {
    /// Metres of line times hours.
    pub fn extent_mh(&self) -> f64 {
        (self.to_m - self.from_m) * hours(self.since, self.until)
    }
}

/// What a period came to along the line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineCame {
    pub length_m: f64,
    /// The share of line-hours with a probability of detection of at least 0.9.
    pub persistent: Option<f64>,
    pub covered_mh: f64,
    pub uncovered_mh: f64,
    pub unknown_mh: f64,
    /// Stretch-hours that were `watched`, and all others.
    pub watched_h: f64,
    pub unwatched_h: f64,
    /// What was not watched, the largest first.
    pub gaps: Vec<Gap>,
    /// Pieces beyond those that are told, and their metre-hours.
    pub gaps_more: u64,
    pub gaps_more_mh: f64,
    /// How each stretch stood, in order of the line.
    pub stretches: Vec<StretchCame>,
}

/// How one stretch stood, from each of these times on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StretchCame {
    pub from_m: f64,
    pub to_m: f64,
    pub states: Vec<(Timestamp, WatchState)>,
}

impl LineStory {
    pub(super) fn of(sector: &Sector, from: Timestamp) -> Self {
        let places = sector.stretches.iter().map(|one| (one.id, one.from_m, one.to_m)).collect();
        let first = |one: &sight::sector::Stretch| (one.id, vec![Mark::unknown(from)]);
        Self { from, places, marks: sector.stretches.iter().map(first).collect() }
    }

    pub(super) fn take(&mut self, at: Timestamp, assessed: &[StretchAssessment]) {
        for one in assessed {
            let cause = one.reasons.first().map(|reason| reason.cause.clone());
            let (state, probability) = (one.state, one.probability);
            self.mark(one.stretch, Mark { at, state, probability, cause });
        }
    }

    fn mark(&mut self, stretch: StretchId, mark: Mark) {
        let Some(marks) = self.marks.get_mut(&stretch) else { return };
        if marks.last().is_some_and(|last| last.is_like(&mark)) {
            return;
        }
        // Of what was before the period the last alone counts, and a clock that was set back makes no mark before another.
        let at = mark.at.max(self.from).max(marks.last().map_or(self.from, |last| last.at));
        while marks.last().is_some_and(|last| last.at >= at) {
            marks.pop();
        }
        marks.push(Mark { at, ..mark });
    }

    /// Nothing is known of that time; after it all is as before until it is assessed anew.
    pub(super) fn silence(&mut self, from: Timestamp, to: Timestamp) {
        if to <= self.from || to <= from {
            return;
        }
        for stretch in self.places.iter().map(|(id, ..)| *id).collect::<Vec<_>>() {
            let before = self.marks.get(&stretch).and_then(|marks| marks.last().cloned());
            self.mark(stretch, Mark::unknown(from));
            if let Some(before) = before {
                self.mark(stretch, Mark { at: to, ..before });
            }
        }
    }

    pub(super) fn finish(self, from: Timestamp, to: Timestamp) -> LineCame {
        let mut sum = Achieved::default();
        let (mut watched_h, mut unwatched_h) = (0.0, 0.0);
        let mut gaps = Gaps::default();
        let mut stretches = Vec::new();
        for (id, from_m, to_m) in &self.places {
            let marks = self.marks.get(id).map_or(&[][..], Vec::as_slice);
            let changes: Vec<Change> = marks.iter().map(change).collect();
            sum.add(&achieved(to_m - from_m, &changes, from, to));
            let ends = marks.iter().skip(1).map(|mark| mark.at).chain([to]);
            for (mark, until) in marks.iter().zip(ends) {
                if mark.state == WatchState::Watched {
                    watched_h += hours(mark.at, until);
                } else {
                    unwatched_h += hours(mark.at, until);
                    gaps.add((*from_m, *to_m), mark, until);
                }
            }
            let states = marks.iter().filter(|mark| mark.at < to).map(|mark| (mark.at, mark.state));
            stretches.push(StretchCame { from_m: *from_m, to_m: *to_m, states: states.collect() });
        }
        let mut told = gaps.all();
        let rest = told.split_off(told.len().min(GAPS_TOLD));
        LineCame {
            length_m: self.places.iter().map(|(_, from_m, to_m)| to_m - from_m).sum(),
            persistent: sum.persistent(),
            covered_mh: sum.covered_mh,
            uncovered_mh: sum.uncovered_mh,
            unknown_mh: sum.unknown_mh,
            watched_h,
            unwatched_h,
            gaps: told,
            gaps_more: rest.len() as u64,
            gaps_more_mh: rest.iter().map(Gap::extent_mh).sum(),
            stretches,
        }
    }
}

fn change(mark: &Mark) -> Change {
    let p_detect = (mark.state != WatchState::Unknown).then_some(mark.probability);
    Change { at: mark.at, p_detect }
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0) / 3_600.0
}

/// Puts pieces together that follow one another in time, then those that lie side by side.
#[derive(Debug, Default)]
struct Gaps {
    done: Vec<Gap>,
    /// The last of the stretch that is being told.
    last: Option<Gap>,
}

impl Gaps {
    fn add(&mut self, (from_m, to_m): (f64, f64), mark: &Mark, until: Timestamp) {
        if until <= mark.at {
            return;
        }
        let goes_on = self.last.as_mut().filter(|last| {
            let is_same_place = last.from_m.total_cmp(&from_m).is_eq();
            is_same_place
                && last.until == mark.at
                && last.state == mark.state
                && last.cause == mark.cause
        });
        if let Some(last) = goes_on {
            last.until = until;
            return;
        }
        let (state, cause) = (mark.state, mark.cause.clone());
        let gap = Gap { from_m, to_m, since: mark.at, until, state, cause };
        self.done.extend(self.last.replace(gap));
    }

    fn all(mut self) -> Vec<Gap> {
        self.done.extend(self.last.take());
        let order = |a: &Gap, b: &Gap| {
            let key = |gap: &Gap| (gap.since, gap.until, gap.state, gap.cause.clone());
            key(a).cmp(&key(b)).then(a.from_m.total_cmp(&b.from_m))
        };
        self.done.sort_by(order);
        let mut joined: Vec<Gap> = Vec::new();
        for gap in self.done {
            let beside = joined.last_mut().filter(|last| {
                (last.since, last.until, last.state) == (gap.since, gap.until, gap.state)
                    && last.cause == gap.cause
                    && (last.to_m - gap.from_m).abs() < 1.0
            });
            match beside {
                Some(last) => last.to_m = gap.to_m,
                None => joined.push(gap),
            }
        }
        joined.sort_by(|a, b| b.extent_mh().total_cmp(&a.extent_mh()));
        joined
    }
}
