//! The station's time: the wall clock, or a demonstration's faster one; it never runs backwards.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Which time the station lives in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clock {
    Wall,
    /// Begins at `start` and runs `speed` times as fast as the wall clock.
    Demo {
        start: Timestamp,
        speed: f64,
    },
}

/// A running [`Clock`].
#[derive(Debug)]
pub struct StationClock {
    clock: Clock,
    started: Instant,
    /// The last time given out: later ones are not before it, whatever the wall clock does.
    last: Mutex<Timestamp>,
}

impl StationClock {
    /// Starts a clock that goes on after `last`, the last time in the record.
    pub fn start(clock: Clock, last: Option<Timestamp>) -> Self {
        let floor = last.unwrap_or(Timestamp::MIN);
        let clock = match clock {
            Clock::Wall => Clock::Wall,
            Clock::Demo { start, speed } => Clock::Demo { start: start.max(floor), speed },
        };
        Self { clock, started: Instant::now(), last: Mutex::new(floor) }
    }

    /// How many times faster than the wall clock it runs.
    pub fn speed(&self) -> f64 {
        match self.clock {
            Clock::Wall => 1.0,
            Clock::Demo { speed, .. } => speed,
        }
    }

    /// Station time now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let here = match self.clock {
            Clock::Wall => Timestamp::now(),
            Clock::Demo { start, speed } => {
                let elapsed = self.started.elapsed().as_secs_f64() * speed;
                let elapsed =
                    SignedDuration::try_from_secs_f64(elapsed).unwrap_or(SignedDuration::MAX);
                start.checked_add(elapsed).unwrap_or(Timestamp::MAX)
            }
        };
        let here = Timestamp::from_millisecond(here.as_millisecond()).unwrap_or(here);
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *last = here.max(*last);
        *last
    }

    /// How long to wait, by the wall clock, until it is `at` here.
    pub fn until(&self, at: Timestamp) -> Duration {
        let ahead_s = at.duration_since(self.now()).as_secs_f64();
        Duration::try_from_secs_f64(ahead_s / self.speed()).unwrap_or(Duration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demonstration_goes_on_where_the_record_ended() {
        let start = Timestamp::UNIX_EPOCH;
        let last = start + SignedDuration::from_hours(3);

        let clock = StationClock::start(Clock::Demo { start, speed: 20.0 }, Some(last));

        assert!(clock.now() >= last);
        assert!(clock.until(last + SignedDuration::from_secs(20)) <= Duration::from_secs(1));
    }

    #[test]
    fn a_wall_clock_that_was_set_back_does_not_bring_earlier_times() {
        let ahead = Timestamp::now() + SignedDuration::from_hours(24);

        let clock = StationClock::start(Clock::Wall, Some(ahead));

        assert_eq!(clock.now(), ahead);
    }
}
