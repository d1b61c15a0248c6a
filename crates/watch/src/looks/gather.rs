//! Which reports make up one look: what one sensor told of one step within the time that it is over it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Bound;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Look, Looks, Step, apart};
use crate::detection::DetectionReport;
use crate::limits;

/// Looks of a step that have been taken and are remembered for what comes late.
const TAKEN_KEPT: usize = 8;

/// Reports of one step that were seen at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Gathered {
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

/// What waits of a step, by when it was seen.
pub(super) type Seen = BTreeMap<Timestamp, Gathered>;

/// What may be taken of a step next.
struct Part {
    look: Taken,
    /// When the last of it was seen.
    last: Timestamp,
    /// Where the look stands among those taken, if it was.
    taken: Option<usize>,
}

impl Gathered {
    pub(super) fn at(now: Timestamp) -> Self {
        Self { reports: Vec::new(), arrived_at: now }
    }

    /// False when the report is there already.
    pub(super) fn add(&mut self, report: DetectionReport, now: Timestamp) -> bool {
        let is_known = self.reports.iter().any(|known| known.report_id == report.report_id);
        if !is_known {
            self.reports.push(report);
            self.arrived_at = now;
        }
        !is_known
    }
}

impl Taken {
    fn holds(&self, seen_at: Timestamp) -> bool {
        seen_at == self.first || (self.first..self.end).contains(&seen_at)
    }
}

impl Looks {
    /// When the first of what waits is due; `None` when nothing waits.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let looks = self.waiting.iter().filter_map(|(step, seen)| self.oldest_of(step, seen));
        let first = looks.map(|part| part.look.at).min()?;
        first.checked_add(SignedDuration::from_secs_f64(self.hold_s(now))).ok()
    }

    /// Takes the looks whose time that is, so that what is taken later is later too.
    pub(super) fn take_until(&mut self, until: Timestamp, now: Timestamp) -> Vec<Look> {
        let is_due = |seen: &Seen| seen.first_key_value().is_some_and(|first| *first.0 <= until);
        let due = self.waiting.iter().filter(|(_, seen)| is_due(seen));
        let steps: Vec<Step> = due.map(|(step, _)| step.clone()).collect();
        let mut looks = Vec::new();
        for step in steps {
            let Some(mut seen) = self.waiting.remove(&step) else { continue };
            while let Some(part) = self.oldest_of(&step, &seen).filter(|part| part.look.at <= until)
            {
                looks.extend(self.take_one(&step, &mut seen, &part, now));
            }
            if !seen.is_empty() {
                self.waiting.insert(step, seen);
            }
        }
        looks
    }

    /// The oldest look of a step that waits, or what came late of one that was taken before.
    fn oldest_of(&self, step: &Step, seen: &Seen) -> Option<Part> {
        let first = *seen.first_key_value()?.0;
        let taken = self.taken.get(step).into_iter().flatten();
        if let Some((place, look)) = taken.enumerate().filter(|(_, look)| look.holds(first)).last()
        {
            return Some(Part {
                look: *look,
                last: last_before(seen, look.end),
                taken: Some(place),
            });
        }
        let span = SignedDuration::from_secs_f64(self.lags.span_s(&step.sensor));
        let end = first.checked_add(span).unwrap_or(Timestamp::MAX);
        let last = last_before(seen, end);
        // An object that is told again ends a look before its time.
        let mut later = seen.range((Bound::Excluded(last), Bound::Unbounded));
        let end = later.next().map_or(end, |(next, _)| end.min(*next));
        let middle = first.checked_add(last.duration_since(first) / 2).unwrap_or(first);
        let at = apart(middle, step.index);
        Some(Part { look: Taken { first, end, at, reports: 0 }, last, taken: None })
    }

    fn take_one(
        &mut self,
        step: &Step,
        seen: &mut Seen,
        part: &Part,
        now: Timestamp,
    ) -> Option<Look> {
        let (mut reports, mut arrived_at) = (Vec::new(), Timestamp::MIN);
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
        let left = shorten(&mut reports, before);
        look.reports += reports.len() as u64;
        for _ in 0..left {
            self.drop_of(&step.sensor, now);
        }
        let is_something = !reports.is_empty();
        is_something.then(|| Look { at, step: step.clone(), reports, arrived_at, before })
    }
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
