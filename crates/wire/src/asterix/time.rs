//! Times of day, which say nothing of the day: the nearest one to a given moment is meant.

use jiff::{SignedDuration, Timestamp};

const DAY_S: f64 = 86_400.0;
/// Steps of a second in which times of day are sent.
pub(super) const STEPS_PER_S: f64 = 128.0;

/// The moment nearest to `now` at which it is so many seconds after midnight UTC.
///
/// A time shortly before midnight that is read shortly after it is of the day before, and the
/// other way round. `None` for what is no time of day.
pub fn moment(now: Timestamp, seconds: f64) -> Option<Timestamp> {
    if !(0.0..DAY_S).contains(&seconds) {
        return None;
    }
    let apart_s = seconds - of_day(now);
    let day = now.as_second() - now.as_second().rem_euclid(86_400);
    let day = match apart_s {
        later if later > DAY_S / 2.0 => day - 86_400,
        earlier if earlier < -DAY_S / 2.0 => day + 86_400,
        _ => day,
    };
    let since_midnight = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_second(day).ok()?.checked_add(since_midnight).ok()
}

/// Seconds since midnight UTC, in the steps that are sent.
pub fn of_day(at: Timestamp) -> f64 {
    let second = at.as_second().rem_euclid(86_400);
    // Before 1970 the fraction counts down from the second.
    let seconds = second as f64 + f64::from(at.subsec_nanosecond()) / 1e9;
    ((seconds * STEPS_PER_S).floor() / STEPS_PER_S).rem_euclid(DAY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_day_is_of_the_nearest_day() {
        for (now, seconds, expected) in [
            ("2026-11-27T12:00:00Z", 43_201.5, "2026-11-27T12:00:01.5Z"),
            ("2026-12-01T00:00:01Z", 86_399.0, "2026-11-30T23:59:59Z"),
            ("2026-12-31T23:59:59Z", 1.0, "2027-01-01T00:00:01Z"),
        ] {
            assert_eq!(moment(at(now), seconds), Some(at(expected)), "{now}");
        }
        assert_eq!(moment(at("2026-12-31T23:59:59Z"), 86_400.0), None);
        assert_eq!(moment(at("2026-12-31T23:59:59Z"), f64::NAN), None);
        assert_eq!(moment(Timestamp::MAX, 1.0), None);
        assert!(moment(Timestamp::MIN, 1.0).is_none_or(|at| at >= Timestamp::MIN));
    }

    #[test]
    fn a_moment_comes_back_from_its_time_of_day() {
        for text in ["2026-11-27T23:59:59.9921875Z", "1969-12-31T23:00:00.5Z"] {
            assert_eq!(moment(at(text), of_day(at(text))), Some(at(text)));
        }
    }
}
