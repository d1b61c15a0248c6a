//! Which reports make up one look: what one sensor told of one step within the time that it is over it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Look, Looks, Step, apart};
use crate::detection::DetectionReport;
use crate::limits;
use crate::roster::seconds_between;

/// Looks of a step that have been taken and are remembered for what comes late.
const TAKEN_KEPT: usize = 8;

/// What waits of one step.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// By when it was seen.
    seen: Seen,
    /// The time of the oldest look among it, once that was worked out.
    #[serde(skip)]
    oldest: Option<Timestamp>,
}

/// Reports of one step that were seen at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Gathered {
    reports: Vec<DetectionReport>,
    arrived_at: Timestamp,
}

/// A look that has gone to the tracker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Taken {
    /// What was seen from here on belongs to it, ...
    first: Timestamp,
    /// ... up to here.
    end: Timestamp,
    /// Its time.
    at: Timestamp,
    reports: u64,
}

type Seen = BTreeMap<Timestamp, Gathered>;

/// What may be taken of a step next.
struct Part {
    look: Taken,
    /// When the last of it was seen.
    last: Timestamp,
    /// Where the look stands among those taken, if it was.
    taken: Option<usize>,
}

impl Waiting {
    /// False when the report is there already.
    pub(super) fn add(
        &mut self,
        seen_at: Timestamp,
        report: DetectionReport,
        now: Timestamp,
    ) -> bool {
        let nothing = || Gathered { reports: Vec::new(), arrived_at: now };
        let gathered = self.seen.entry(seen_at).or_insert_with(nothing);
        let is_new = gathered.reports.iter().all(|known| known.report_id != report.report_id);
        if is_new {
            gathered.reports.push(report);
            gathered.arrived_at = now;
            self.oldest = None;
        }
        is_new
    }
}

impl Taken {
    fn holds(&self, seen_at: Timestamp) -> bool {
        seen_at == self.first || (self.first..self.end).contains(&seen_at)
    }
}

impl Looks {
    /// When the first of what waits is due; `None` when nothing waits.
    pub fn next_due(&mut self, now: Timestamp) -> Option<Timestamp> {
        let hold = SignedDuration::from_secs_f64(self.hold_s(now));
        let Self { waiting, taken, lags, .. } = self;
        let oldest = waiting.iter_mut().filter_map(|(step, waiting)| {
            if waiting.oldest.is_none() {
                let before = (taken.get(step), lags.span_s(&step.sensor));
                waiting.oldest = oldest_of(step, &waiting.seen, before).map(|part| part.look.at);
            }
            waiting.oldest
        });
        oldest.min()?.checked_add(hold).ok()
    }

    /// Takes the looks whose time that is, so that what is taken later is later too.
    pub(super) fn take_until(&mut self, until: Timestamp, now: Timestamp) -> Vec<Look> {
        let is_due = |waiting: &Waiting| {
            let first = waiting.seen.first_key_value();
            first.is_some_and(|first| *first.0 <= until)
                && waiting.oldest.is_none_or(|oldest| oldest <= until)
        };
        let due = self.waiting.iter().filter(|(_, waiting)| is_due(waiting));
        let steps: Vec<Step> = due.map(|(step, _)| step.clone()).collect();
        let mut looks = Vec::new();
        for step in steps {
            let Some(Waiting { mut seen, .. }) = self.waiting.remove(&step) else { continue };
            while let Some(part) = self.oldest_of(&step, &seen).filter(|part| part.look.at <= until)
            {
                looks.extend(self.take_one(&step, &mut seen, &part, now));
            }
            if !seen.is_empty() {
                self.waiting.insert(step, Waiting { seen, oldest: None });
            }
        }
        looks
    }

    fn oldest_of(&self, step: &Step, seen: &Seen) -> Option<Part> {
        oldest_of(step, seen, (self.taken.get(step), self.lags.span_s(&step.sensor)))
    }

    fn take_one(
        &mut self,
        step: &Step,
        seen: &mut Seen,
        part: &Part,
        now: Timestamp,
    ) -> Option<Look> {
        let count = seen.range(..=part.last).map(|(_, gathered)| gathered.reports.len()).sum();
        let (mut reports, mut arrived_at) = (Vec::with_capacity(count), Timestamp::MIN);
        while let Some(entry) = seen.first_entry().filter(|entry| *entry.key() <= part.last) {
            let gathered = entry.remove();
            reports.extend(gathered.reports);
            arrived_at = arrived_at.max(gathered.arrived_at);
        }
        self.reports = self.reports.saturating_sub(reports.len());
        if let Some(waiting) = self.waiting_of.get_mut(&step.sensor) {
            *waiting = waiting.saturating_sub(reports.len());
        }
        let taken = self.taken.entry(step.clone()).or_default();
        let look = match part.taken.and_then(|place| taken.get_mut(place)) {
            Some(look) => look,
            None => remember(taken, part.look),
        };
        let (at, before) = (look.at, look.reports);
        self.lags.hear_look(&step.sensor, seconds_between(at, arrived_at));
        let left = shorten(&mut reports, before);
        look.reports += reports.len() as u64;
        for _ in 0..left {
            self.drop_of(&step.sensor, now);
        }
        let is_something = !reports.is_empty();
        is_something.then(|| Look { at, step: step.clone(), reports, arrived_at, before })
    }
}

/// The oldest look of a step that waits, or what came late of one that was taken before.
fn oldest_of(
    step: &Step,
    seen: &Seen,
    (taken, span_s): (Option<&VecDeque<Taken>>, f64),
) -> Option<Part> {
    let first = *seen.first_key_value()?.0;
    let taken = taken.into_iter().flatten();
    if let Some((place, look)) = taken.enumerate().filter(|(_, look)| look.holds(first)).last() {
        let last = last_before(seen, look.end);
        return Some(Part { look: *look, last, taken: Some(place) });
    }
    let span = SignedDuration::from_secs_f64(span_s);
    let end = first.checked_add(span).unwrap_or(Timestamp::MAX);
    let last = last_before(seen, end);
    // An object that is told again ends a look before its time.
    let mut later = seen.range((Bound::Excluded(last), Bound::Unbounded));
    let end = later.next().map_or(end, |(next, _)| end.min(*next));
    let middle = first.checked_add(last.duration_since(first) / 2).unwrap_or(first);
    let at = apart(middle, step.index);
    Some(Part { look: Taken { first, end, at, reports: 0 }, last, taken: None })
}

/// Until when what was seen before `end` is one look: up to where an object is told a second time.
fn last_before(seen: &Seen, end: Timestamp) -> Timestamp {
    let mut objects = BTreeSet::new();
    let mut last = None;
    let least = SignedDuration::from_secs_f64(limits::LOOK_SPAN_LEAST_S);
    let least = seen.first_key_value().map(|(first, _)| first.checked_add(least).unwrap_or(end));
    for (at, gathered) in seen {
        let named = gathered.reports.iter().map(|report| report.object_id.as_str());
        let mut named = named.filter(|object| !object.is_empty());
        let may_be_next = least.is_some_and(|least| *at >= least);
        let is_told_again = || named.clone().any(|object| objects.contains(object));
        if last.is_some() && (*at >= end || may_be_next && is_told_again()) {
            break;
        }
        objects.extend(&mut named);
        last = Some(*at);
    }
    last.unwrap_or(end)
}

fn remember(taken: &mut VecDeque<Taken>, look: Taken) -> &mut Taken {
    if taken.len() >= TAKEN_KEPT {
        taken.pop_front();
    }
    taken.push_back(look);
    let newest = taken.len() - 1;
    &mut taken[newest]
}

/// Puts the reports of one look in the order of their ids, so that the order of arrival leaves no trace, and keeps as many
/// as there is room for after those before; returns how many are left.
fn shorten(reports: &mut Vec<DetectionReport>, before: u64) -> usize {
    reports.sort_by(|a, b| a.report_id.cmp(&b.report_id));
    let before = usize::try_from(before).unwrap_or(usize::MAX);
    let room = limits::LOOK_DETECTIONS_MAX.saturating_sub(before);
    let left = reports.len().saturating_sub(room);
    reports.truncate(room);
    left
}
