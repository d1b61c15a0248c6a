//! The station's time: the wall clock, or one that a demonstration leads; it never runs backwards.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

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

/// A running [`Clock`].
#[derive(Debug)]
pub struct StationClock {
    clock: Clock,
    /// The last time given out: later ones are not before it, whatever the wall clock does.
    last: Mutex<Timestamp>,
}

impl StationClock {
    /// Starts a clock that goes on after `last`, the last time in the record.
    pub fn start(clock: Clock, last: Option<Timestamp>) -> Self {
        let begins = match clock {
            Clock::Wall => Timestamp::MIN,
            Clock::Led { start, .. } => start,
        };
        let floor = last.map_or(begins, |last| last.max(begins));
        Self { clock, last: Mutex::new(floor) }
    }

    /// How many times faster than the wall clock it runs.
    pub fn speed(&self) -> f64 {
        match self.clock {
            Clock::Wall => 1.0,
            Clock::Led { speed, .. } => speed,
        }
    }

    /// Station time now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        match self.clock {
            Clock::Wall => self.advance(Timestamp::now()),
            Clock::Led { .. } => self.advance(Timestamp::MIN),
        }
    }

    /// Leads a [`Clock::Led`] on to a time; the wall clock is not led.
    pub fn lead(&self, to: Timestamp) {
        if let Clock::Led { .. } = self.clock {
            self.advance(to);
        }
    }

    /// The later of `here` and all that was given out before.
    fn advance(&self, here: Timestamp) -> Timestamp {
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
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_led_clock_goes_on_where_the_record_ended_and_only_as_it_is_led() {
        let start = Timestamp::UNIX_EPOCH;
        let last = start + SignedDuration::from_hours(3);
        let clock = StationClock::start(Clock::Led { start, speed: 20.0 }, Some(last));

        let (begun, later) = (clock.now(), last + SignedDuration::from_secs(20));
        clock.lead(later);
        clock.lead(start);

        assert_eq!(begun, last);
        assert_eq!(clock.now(), later, "and never backwards");
        assert_eq!(clock.until(later + SignedDuration::from_secs(20)), Duration::from_secs(1));
    }

    #[test]
    fn a_wall_clock_that_was_set_back_does_not_bring_earlier_times() {
        let ahead = Timestamp::now() + SignedDuration::from_hours(24);

        let clock = StationClock::start(Clock::Wall, Some(ahead));

        assert_eq!(clock.now(), ahead);
    }
}
