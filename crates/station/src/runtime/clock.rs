//! The station's time: the wall clock as long as it can be believed, or one that a demonstration leads. It never runs
//! backwards and never stands still because somebody set the wall clock.

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::limits::{WALL_BELIEVED_WITHIN, WALL_CAUGHT_UP_BY};

/// Which time the station lives in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clock {
    Wall,
    /// Begins at `start` and goes on only as [`StationClock::lead`] says, about `speed` times as fast
    /// as life: a computer that cannot keep up slows the night down instead of losing sensors.
    Led {
        start: Timestamp,
        speed: f64,
    },
}

/// What a station reads the time from.
pub(super) trait Faces: Debug + Send + Sync {
    /// What the machine says that the time is; anybody may set it.
    fn wall(&self) -> Timestamp;
    /// How long the machine has counted since some moment; nobody can set it.
    fn counted(&self) -> Duration;
}

/// The machine's own clocks.
#[derive(Debug)]
pub(super) struct Machine;

impl Faces for Machine {
    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Goes on while the machine sleeps.
    fn counted(&self) -> Duration {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Duration::try_from(time).unwrap_or_default()
    }
}

/// What the station's clocks say at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reading {
    /// Station time, to the millisecond.
    pub(super) at: Timestamp,
    /// Milliseconds that the machine has counted since the start.
    pub(super) since_start_ms: u64,
}

impl Reading {
    /// The same, but for a time that is not before this one.
    pub(super) fn not_before(self, earliest: Timestamp) -> Self {
        Self { at: self.at.max(earliest), ..self }
    }
}

/// A running [`Clock`].
#[derive(Debug)]
pub struct StationClock {
    clock: Clock,
    faces: Box<dyn Faces>,
    /// What the wall clock said, and what was counted, at the start.
    began: (Timestamp, Duration),
    hand: Mutex<Hand>,
}

/// The last time given out: later ones are not before it, whatever the wall clock does.
#[derive(Debug)]
struct Hand {
    at: Timestamp,
    /// What was counted then.
    counted: Duration,
    /// How far the wall clock was ahead of it then.
    wall_ahead: SignedDuration,
}

impl StationClock {
    /// Starts a clock that goes on after `last`, the last time in the record.
    pub(super) fn start(clock: Clock, last: Option<Timestamp>, faces: Box<dyn Faces>) -> Self {
        let began = (faces.wall(), faces.counted());
        let begins = match clock {
            // Nothing else tells how long the station stood still.
            Clock::Wall => began.0,
            Clock::Led { start, .. } => start,
        };
        let at = last.map_or(begins, |last| last.max(begins));
        let hand = Hand { at, counted: began.1, wall_ahead: SignedDuration::ZERO };
        Self { clock, faces, began, hand: Mutex::new(hand) }
    }

    /// How many times faster than the wall clock it runs.
    pub fn speed(&self) -> f64 {
        match self.clock {
            Clock::Wall => 1.0,
            Clock::Led { speed, .. } => speed,
        }
    }

    /// Whether a demonstration leads it.
    pub(super) fn is_led(&self) -> bool {
        self.clock != Clock::Wall
    }

    /// What the wall clock said when it started.
    pub(super) fn wall_at_start(&self) -> Timestamp {
        self.began.0
    }

    /// Station time now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        self.reading().at
    }

    /// Station time now, and how long the machine has counted.
    pub(super) fn reading(&self) -> Reading {
        let mut hand = self.hand();
        let counted = self.faces.counted();
        if self.clock == Clock::Wall {
            hand.go_on(counted, self.faces.wall());
        }
        let at = hand.at;
        let since_start = counted.saturating_sub(self.began.1).as_millis();
        Reading {
            at: Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at),
            since_start_ms: u64::try_from(since_start).unwrap_or(u64::MAX),
        }
    }

    /// The time by which papers of others are judged, such as certificates: where a demonstration leads the station through a
    /// night, the others live in another one.
    pub fn civil(&self) -> Timestamp {
        match self.clock {
            Clock::Wall => self.now(),
            Clock::Led { .. } => self.faces.wall(),
        }
    }

    /// How far ahead of the station's time the wall clock is, where it is not believed.
    pub fn disbelieved(&self) -> Option<SignedDuration> {
        self.now();
        Some(self.hand().wall_ahead).filter(|ahead| ahead.unsigned_abs() > WALL_BELIEVED_WITHIN)
    }

    /// Leads a [`Clock::Led`] on to a time; the wall clock is not led.
    pub fn lead(&self, to: Timestamp) {
        if let Clock::Led { .. } = self.clock {
            let mut hand = self.hand();
            hand.at = hand.at.max(to);
        }
    }

    /// How long to wait, by the wall clock, until it is `at` here.
    pub fn until(&self, at: Timestamp) -> Duration {
        let ahead_s = at.duration_since(self.now()).as_secs_f64();
        Duration::try_from_secs_f64(ahead_s / self.speed()).unwrap_or(Duration::ZERO)
    }

    fn hand(&self) -> MutexGuard<'_, Hand> {
        self.hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hand {
    /// Goes on as was counted, and to the wall clock where that is not far from it.
    fn go_on(&mut self, counted: Duration, wall: Timestamp) {
        let passed = counted.saturating_sub(self.counted);
        let due = self.at.saturating_add(passed).unwrap_or(self.at);
        let ahead = wall.duration_since(due);
        let is_believed = ahead.unsigned_abs() <= WALL_BELIEVED_WITHIN;
        self.at = if !is_believed {
            due
        } else if ahead.is_negative() {
            // It goes slower until the wall clock has caught up, for it cannot go back.
            due.checked_sub(passed / WALL_CAUGHT_UP_BY).unwrap_or(due).max(self.at)
        } else {
            wall
        };
        self.counted = counted.max(self.counted);
        self.wall_ahead = wall.duration_since(self.at);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use super::*;

    /// Clocks that a test sets.
    #[derive(Debug, Clone)]
    pub(in crate::runtime) struct Set(Arc<Mutex<(Timestamp, Duration)>>);

    impl Set {
        pub(in crate::runtime) fn at(wall: Timestamp) -> Self {
            Self(Arc::new(Mutex::new((wall, Duration::ZERO))))
        }

        /// Sets the wall clock.
        pub(in crate::runtime) fn set(&self, wall: Timestamp) {
            self.0.lock().unwrap().0 = wall;
        }

        /// Lets time pass on both.
        pub(in crate::runtime) fn pass(&self, time: Duration) {
            let mut faces = self.0.lock().unwrap();
            faces.0 += time;
            faces.1 += time;
        }
    }

    impl Faces for Set {
        fn wall(&self) -> Timestamp {
            self.0.lock().unwrap().0
        }

        fn counted(&self) -> Duration {
            self.0.lock().unwrap().1
        }
    }

    fn noon() -> Timestamp {
        "2026-11-27T12:00:00Z".parse().unwrap()
    }

    const YEARS_3: SignedDuration = SignedDuration::from_hours(3 * 365 * 24);

    fn clock_at(wall: Timestamp, last: Option<Timestamp>) -> (StationClock, Set) {
        let faces = Set::at(wall);
        (StationClock::start(Clock::Wall, last, Box::new(faces.clone())), faces)
    }

    #[test]
    fn a_led_clock_goes_on_where_the_record_ended_and_only_as_it_is_led() {
        let start = Timestamp::UNIX_EPOCH;
        let last = start + SignedDuration::from_hours(3);
        let led = Clock::Led { start, speed: 20.0 };
        let clock = StationClock::start(led, Some(last), Box::new(Machine));

        let (begun, later) = (clock.now(), last + SignedDuration::from_secs(20));
        clock.lead(later);
        clock.lead(start);

        assert_eq!(begun, last);
        assert_eq!(clock.now(), later, "and never backwards");
        assert_eq!(clock.until(later + SignedDuration::from_secs(20)), Duration::from_secs(1));
    }

    #[test]
    fn a_wall_clock_that_was_set_back_does_not_bring_earlier_times_nor_stops_the_station() {
        let ahead = noon() + YEARS_3;
        let (clock, faces) = clock_at(noon(), Some(ahead));
        assert_eq!(clock.now(), ahead);

        faces.pass(Duration::from_mins(5));

        assert_eq!(clock.now(), ahead + Duration::from_mins(5));
        assert_eq!(clock.disbelieved(), Some(-YEARS_3));
    }

    #[test]
    fn the_wall_clock_is_followed_in_small_steps_forwards_and_waited_for_backwards() {
        let (clock, faces) = clock_at(noon(), None);
        faces.set(noon() + SignedDuration::from_secs(40));
        assert_eq!(clock.now(), noon() + SignedDuration::from_secs(40), "set right");

        faces.set(noon());
        let mut last = clock.now();
        for _ in 0..40 * WALL_CAUGHT_UP_BY + 100 {
            faces.pass(Duration::from_secs(1));
            let now = clock.now();
            assert!(now > last, "it does not stand still");
            last = now;
        }
        assert_eq!(clock.now(), faces.wall(), "caught up");
        assert_eq!(clock.disbelieved(), None);
    }

    #[test]
    fn a_machine_that_slept_comes_back_at_the_right_time() {
        let (clock, faces) = clock_at(noon(), None);
        faces.pass(Duration::from_hours(9));
        assert_eq!(clock.now(), noon() + Duration::from_hours(9));
    }

    #[test]
    fn a_clock_that_is_asked_all_the_time_loses_nothing() {
        let (clock, faces) = clock_at(noon(), Some(noon() + YEARS_3));
        for _ in 0..10_000 {
            faces.pass(Duration::from_micros(100));
            clock.now();
        }
        assert_eq!(clock.now(), noon() + YEARS_3 + Duration::from_secs(1));
    }

    proptest::proptest! {
        /// Whatever is done to the wall clock by leaps, station time is what passed.
        #[test]
        fn a_wall_clock_that_leaps_by_years_and_flaps_moves_station_time_not_at_all(
            leaps in proptest::collection::vec((-30_000_i64..30_000, 0_u64..4_000), 1..60),
        ) {
            let (clock, faces) = clock_at(noon(), None);
            let (mut passed, mut last) = (Duration::ZERO, clock.now());
            for (hours, seconds) in leaps {
                let right = noon() + passed;
                let hours = if hours.abs() < 2 { 2 } else { hours };
                faces.set(right + SignedDuration::from_hours(hours));
                proptest::prop_assert_eq!(clock.now(), right);
                proptest::prop_assert!(clock.disbelieved().is_some());
                faces.pass(Duration::from_secs(seconds));
                passed += Duration::from_secs(seconds);
                let now = clock.now();
                proptest::prop_assert!(now >= last);
                proptest::prop_assert_eq!(now, noon() + passed);
                last = now;
                faces.set(noon() + passed);
                proptest::prop_assert_eq!(clock.now(), noon() + passed);
                proptest::prop_assert_eq!(clock.disbelieved(), None);
            }
        }
    }
}
