//! How long really passed between entries: the times that stand with them, held against what the machine counted meanwhile.
//!
//! A station's time follows its machine's clock, and anybody may set that; what the machine counts since the program started nobody
//! can set. How long the program stood still between two runs the clock alone tells.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use watch::journal::{self, Input};
use watch::runs::Start;
use watch::subject::RetentionClass;

use crate::limits::{TIMES_DISAGREE_BEYOND, TIMES_TOLD_MAX};

/// What an entry tells of clocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) since_start_ms: Option<u64>,
    /// Where it tells of a start.
    start: Option<Box<Start>>,
}

/// Starts of the program, and where time leapt; of too many a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Times {
    pub(crate) starts: Vec<Started>,
    starts_untold: u64,
    pub(crate) leaps: Vec<Leap>,
    leaps_untold: u64,
    #[serde(skip)]
    run: Option<Run>,
}

/// A start, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Started {
    pub(crate) entry: u64,
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) start: Start,
}

/// Within a run the times of entries went further than the machine counted, or less far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Leap {
    /// The first entry after it.
    pub(crate) entry: u64,
    pub(crate) at: Timestamp,
    /// By how many milliseconds since the leap before it, or since the start.
    pub(crate) by_ms: i64,
}

/// How time goes in the run that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    is_led: bool,
    /// Milliseconds of time before the machine's count at the start, or after the last leap.
    ahead_ms: i64,
}

impl Counted {
    /// Of what an entry of a class says.
    pub(crate) fn of(class: RetentionClass, content: &[u8]) -> Self {
        let start = match class {
            RetentionClass::Station => match journal::read(content).map(|entry| entry.input) {
                Ok(Input::Started(start)) => Some(Box::new(start)),
                Ok(_) | Err(_) => None,
            },
            RetentionClass::Decision
            | RetentionClass::Erasure
            | RetentionClass::Detection
            | RetentionClass::Equipment
            | RetentionClass::Field
            | RetentionClass::Weather
            | RetentionClass::Footage
            | RetentionClass::Access
            | RetentionClass::Trace => None,
        };
        Self { since_start_ms: journal::since_start_ms(content), start }
    }
}

impl Times {
    /// Takes in the next entry that can be read; whatever lies between is passed over.
    pub(crate) fn take(&mut self, entry: u64, at: Timestamp, counted: Counted) {
        let Counted { since_start_ms, start } = counted;
        let ahead_ms = |counted_ms: u64| {
            at.as_millisecond().saturating_sub(i64::try_from(counted_ms).unwrap_or(i64::MAX))
        };
        if let Some(start) = start {
            let ahead_ms = ahead_ms(since_start_ms.unwrap_or_default());
            self.run = Some(Run { is_led: start.time_is_led, ahead_ms });
            let started = Started { entry, at, start: *start };
            self.starts_untold += told(&mut self.starts, started);
            return;
        }
        let Some(ahead_ms) = since_start_ms.map(ahead_ms) else { return };
        // Whoever reads from the middle of a run holds its entries against the first of them.
        let run = self.run.get_or_insert(Run { is_led: false, ahead_ms });
        let by_ms = ahead_ms.saturating_sub(run.ahead_ms);
        if !run.is_led && SignedDuration::from_millis(by_ms).abs() > TIMES_DISAGREE_BEYOND {
            run.ahead_ms = ahead_ms;
            self.leaps_untold += told(&mut self.leaps, Leap { entry, at, by_ms });
        }
    }

    /// A line for each, or nothing.
    pub(crate) fn text(&self) -> String {
        let Self { starts, starts_untold, leaps, leaps_untold, .. } = self;
        let untold = |count: &u64, what: &str| {
            if *count > 0 { format!("\nThere are {count} {what} more.") } else { String::new() }
        };
        let starts: String = starts.iter().map(Started::text).collect();
        let leaps: String = leaps.iter().map(Leap::text).collect();
        starts + &untold(starts_untold, "starts") + &leaps + &untold(leaps_untold, "leaps of time")
    }
}

/// Adds to a list that is not full; returns how many go untold.
fn told<T>(list: &mut Vec<T>, one: T) -> u64 {
    if list.len() < TIMES_TOLD_MAX {
        list.push(one);
        return 0;
    }
    1
}

impl Started {
    fn text(&self) -> String {
        let Self { entry, at, start: Start { number, wall, program, last_ended, time_is_led } } =
            self;
        let before = last_ended.map_or("no run before it is told of", |ended| ended.in_words());
        let off = at.duration_since(*wall);
        let led = if *time_is_led { "; a demonstration leads the time" } else { "" };
        let wall = if !time_is_led && off.abs() > TIMES_DISAGREE_BEYOND {
            format!("; the machine's clock said {wall}")
        } else {
            String::new()
        };
        format!(
            "\nStart {number} at entry {entry}, {at}, of version {program}: {before}{wall}{led}."
        )
    }
}

impl Leap {
    fn text(&self) -> String {
        let Self { entry, at, by_ms } = self;
        let seconds = SignedDuration::from_millis(*by_ms).abs().as_secs_f64();
        let how = if *by_ms > 0 { "further than" } else { "less far than" };
        format!("\nBefore entry {entry}, {at}, time went {seconds:.1} s {how} the machine counted.")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use watch::journal::{Entry, encode};
    use watch::runs::Ended;

    use super::*;

    fn begins() -> Timestamp {
        "2026-11-27T12:00:00Z".parse().unwrap()
    }

    fn start(number: u64) -> Start {
        let last_ended = (number > 1).then_some(Ended::Uncleanly);
        let (wall, program, time_is_led) = (begins(), "0.1.0".into(), false);
        Start { number, wall, program, last_ended, time_is_led }
    }

    /// As it is written, and read again.
    fn taken(times: &mut Times, entry: u64, what: &Entry) {
        let class = watch::subject::Subject::of(&what.input).class;
        times.take(entry, what.at, Counted::of(class, &encode(what)));
    }

    fn entry(at_ms: i64, counted_ms: u64, input: Input) -> Entry {
        let at = begins() + SignedDuration::from_millis(at_ms);
        Entry { since_start_ms: Some(counted_ms), ..Entry::new(at, input) }
    }

    proptest! {
        /// Whatever leaps there are, they are found where they are and as large as they are, and nothing else is.
        #[test]
        fn each_leap_of_more_than_a_second_is_found_and_no_other(
            steps in prop::collection::vec(
                (0_u64..100_000, prop_oneof![
                    4 => Just(0_i64),
                    1 => 1_001..94_608_000_000_i64,
                    1 => -94_608_000_000_i64..-1_000,
                ]),
                1..80,
            ),
        ) {
            let mut times = Times::default();
            taken(&mut times, 1, &entry(0, 0, Input::Started(start(1))));
            let (mut at_ms, mut counted_ms, mut wanted) = (0, 0, Vec::new());
            for (index, (passed, leap)) in (2..).zip(steps) {
                counted_ms += passed;
                at_ms += i64::try_from(passed).unwrap() + leap;
                taken(&mut times, index, &entry(at_ms, counted_ms, Input::Tick));
                if leap != 0 {
                    wanted.push((index, leap));
                }
            }
            let found: Vec<_> = times.leaps.iter().map(|leap| (leap.entry, leap.by_ms)).collect();
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn time_that_creeps_away_is_told_once_in_a_second_of_it() {
        let mut times = Times::default();
        taken(&mut times, 1, &entry(0, 0, Input::Started(start(1))));
        for second in 1..=3_000_u64 {
            let crept = i64::try_from(second * 1_001).unwrap();
            taken(&mut times, second + 1, &entry(crept, second * 1_000, Input::Tick));
        }
        let found: Vec<_> = times.leaps.iter().map(|leap| (leap.entry, leap.by_ms)).collect();
        assert_eq!(found, [(1_002, 1_001), (2_003, 1_001)]);
    }

    #[test]
    fn between_runs_where_time_is_led_and_where_nothing_was_counted_nothing_leaps() {
        let mut times = Times::default();
        taken(&mut times, 1, &Entry::new(begins(), Input::Tick));
        taken(&mut times, 2, &entry(0, 5, Input::Started(start(1))));
        taken(&mut times, 3, &entry(1_000, 1_005, Input::Stopped));
        taken(&mut times, 4, &Entry::new(begins(), Input::Tick));
        taken(
            &mut times,
            5,
            &entry(90_000_000, 7, Input::Started(Start { time_is_led: true, ..start(2) })),
        );
        taken(&mut times, 6, &entry(95_000_000, 9, Input::Tick));

        assert_eq!(times.leaps, []);
        let starts: Vec<_> = times.starts.iter().map(|start| start.entry).collect();
        assert_eq!(starts, [2, 5]);
        let told = times.text();
        assert!(
            told.contains("Start 1 at entry 2, 2026-11-27T12:00:00Z, of version 0.1.0: no run")
        );
        assert!(told.contains("did not end cleanly") && told.contains("leads the time"), "{told}");
    }

    #[test]
    fn of_more_than_can_be_told_there_is_a_number() {
        let mut times = Times::default();
        for (number, index) in (0..=TIMES_TOLD_MAX as u64).zip(1_u64..) {
            let at_ms = i64::try_from(number * 5_000).unwrap();
            taken(&mut times, 2 * index, &entry(at_ms, 0, Input::Started(start(index))));
            taken(&mut times, 2 * index + 1, &entry(at_ms + 2_000, 0, Input::Tick));
        }
        assert_eq!((times.starts.len(), times.leaps.len()), (TIMES_TOLD_MAX, TIMES_TOLD_MAX));
        assert!(times.text().ends_with("There are 1 leaps of time more."));
    }
}
