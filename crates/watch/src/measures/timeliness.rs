//! How long it takes from a detection until somebody is there, and whether that is in time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::share;

/// What became of one detection, as far as it went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    pub detected_at: Timestamp,
    pub assessed_at: Option<Timestamp>,
    pub dispatched_at: Option<Timestamp>,
    pub arrived_at: Option<Timestamp>,
    /// When whoever was seen could be gone: minutes in a town, hours on open land, days in a desert.
    pub vanish_at: Option<Timestamp>,
}

/// Times of a step of the way, and how many did not take it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    pub count: u32,
    /// So many came to the step before and not to this one: they are not among the times.
    pub missing: u32,
    pub median_s: Option<f64>,
    pub p90_s: Option<f64>,
}

/// The steps of the way, and how many arrived in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeliness {
    pub detect_to_assess: Spread,
    pub assess_to_dispatch: Spread,
    pub dispatch_to_arrive: Spread,
    pub detect_to_arrive: Spread,
    /// Of those whose time to vanish is over, or who were reached before.
    pub in_time: Option<f64>,
}

/// Of all cases until now.
pub fn timeliness(cases: &[Case], now: Timestamp) -> Timeliness {
    let of = |from: fn(&Case) -> Option<Timestamp>, to: fn(&Case) -> Option<Timestamp>| {
        spread(cases.iter().filter_map(|case| Some((from(case)?, to(case)))))
    };
    let decided = cases.iter().filter_map(|case| {
        let vanish_at = case.vanish_at?;
        let is_in_time = case.arrived_at.is_some_and(|at| at <= vanish_at);
        (is_in_time || vanish_at <= now).then_some(is_in_time)
    });
    let (in_time, all) = decided
        .fold((0.0, 0.0), |(in_time, all), is| (in_time + f64::from(u8::from(is)), all + 1.0));
    Timeliness {
        detect_to_assess: of(|case| Some(case.detected_at), |case| case.assessed_at),
        assess_to_dispatch: of(|case| case.assessed_at, |case| case.dispatched_at),
        dispatch_to_arrive: of(|case| case.dispatched_at, |case| case.arrived_at),
        detect_to_arrive: of(|case| Some(case.detected_at), |case| case.arrived_at),
        in_time: share(in_time, all),
    }
}

/// Of pairs of a beginning and, where it was reached, an end.
pub fn spread(pairs: impl Iterator<Item = (Timestamp, Option<Timestamp>)>) -> Spread {
    let mut missing = 0;
    let mut times: Vec<f64> = Vec::new();
    for (begin, end) in pairs {
        match end {
            // A clock that was set back makes no time that is less than none.
            Some(end) => times.push(end.duration_since(begin).as_secs_f64().max(0.0)),
            None => missing += 1,
        }
    }
    times.sort_by(f64::total_cmp);
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    Spread { count, missing, median_s: percentile(&times, 50), p90_s: percentile(&times, 90) }
}

/// The smallest of sorted times that so many in a hundred do not exceed.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    fn case(assessed: Option<i64>, dispatched: Option<i64>, arrived: Option<i64>) -> Case {
        Case {
            detected_at: at(0),
            assessed_at: assessed.map(at),
            dispatched_at: dispatched.map(at),
            arrived_at: arrived.map(at),
            vanish_at: Some(at(600)),
        }
    }

    #[test]
    fn who_did_not_come_so_far_is_counted_and_not_left_out() {
        let cases = [
            case(Some(10), Some(40), Some(340)),
            case(Some(20), Some(30), Some(900)),
            case(Some(30), None, None),
            case(None, None, None),
        ];
        let told = timeliness(&cases, at(700));
        let assess = Spread { count: 3, missing: 1, median_s: Some(20.0), p90_s: Some(30.0) };
        assert_eq!(told.detect_to_assess, assess);
        let dispatch = Spread { count: 2, missing: 1, median_s: Some(10.0), p90_s: Some(30.0) };
        assert_eq!(told.assess_to_dispatch, dispatch);
        assert_eq!((told.dispatch_to_arrive.count, told.dispatch_to_arrive.missing), (2, 0));
        assert_eq!(told.detect_to_arrive.p90_s, Some(900.0));
        assert_eq!(told.in_time, Some(0.25));
    }

    #[test]
    fn nobody_is_late_before_the_time_is_over() {
        let waiting = [case(Some(10), Some(20), None), case(Some(10), Some(20), Some(100))];
        assert_eq!(timeliness(&waiting, at(200)).in_time, Some(1.0));
        assert_eq!(timeliness(&waiting, at(600)).in_time, Some(0.5));
        assert_eq!(timeliness(&[], at(0)), Timeliness::default());
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let times: Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!((percentile(&times, 50), percentile(&times, 90)), (Some(5.0), Some(9.0)));
        assert_eq!((percentile(&[7.0], 50), percentile(&[], 50)), (Some(7.0), None));
        let back = spread(std::iter::once((at(10), Some(at(5)))));
        assert_eq!(back.median_s, Some(0.0));
    }
}
