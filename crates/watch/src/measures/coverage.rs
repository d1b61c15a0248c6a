//! How much of the line was watched for how much of the time.

use jiff::Timestamp;

use super::share;

/// A probability of detection from which a stretch counts as covered.
pub const COVERED: f64 = 0.9;

/// How well a stretch was watched from then on; `None` where that is not known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub at: Timestamp,
    pub p_detect: Option<f64>,
}

/// What was achieved on one stretch, or on all of them together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Achieved {
    /// Metres of line times hours.
    pub covered_mh: f64,
    pub uncovered_mh: f64,
    pub unknown_mh: f64,
}

impl Achieved {
    /// The share of line-hours with a probability of detection of at least 0.9; what is unknown is not covered.
    pub fn persistent(&self) -> Option<f64> {
        share(self.covered_mh, self.total_mh())
    }

    pub fn total_mh(&self) -> f64 {
        self.covered_mh + self.uncovered_mh + self.unknown_mh
    }

    pub fn add(&mut self, other: &Self) {
        self.covered_mh += other.covered_mh;
        self.uncovered_mh += other.uncovered_mh;
        self.unknown_mh += other.unknown_mh;
    }
}

/// What was achieved on a stretch of so many metres within a period, by the changes of its state in order of time. Before
/// the first change nothing is known.
pub fn achieved(length_m: f64, changes: &[Change], from: Timestamp, to: Timestamp) -> Achieved {
    let mut sum = Achieved::default();
    let mut add = |p_detect: Option<f64>, begin: Timestamp, end: Timestamp| {
        let (begin, end) = (begin.clamp(from, to.max(from)), end.clamp(from, to.max(from)));
        let hours = end.duration_since(begin).as_secs_f64().max(0.0) / 3_600.0;
        *match p_detect {
            Some(p) if p >= COVERED => &mut sum.covered_mh,
            Some(_) => &mut sum.uncovered_mh,
            None => &mut sum.unknown_mh,
        } += length_m * hours;
    };
    let mut last = Change { at: from, p_detect: None };
    for change in changes {
        add(last.p_detect, last.at, change.at);
        last = *change;
    }
    add(last.p_detect, last.at, to);
    sum
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + minutes * 60).unwrap()
    }

    fn change(minutes: i64, p_detect: Option<f64>) -> Change {
        Change { at: at(minutes), p_detect }
    }

    #[test]
    fn what_is_unknown_is_not_covered() {
        // Known an hour before the period; blind for half an hour, then nothing is heard, then watched again.
        let changes = [
            change(-60, Some(0.95)),
            change(60, Some(0.4)),
            change(90, None),
            change(120, Some(COVERED)),
            change(600, Some(0.1)),
        ];
        let sum = achieved(2_000.0, &changes, at(0), at(240));
        assert_abs_diff_eq!(sum.covered_mh, 2_000.0 * 3.0, epsilon = 1e-9);
        assert_abs_diff_eq!(sum.uncovered_mh, 1_000.0, epsilon = 1e-9);
        assert_abs_diff_eq!(sum.unknown_mh, 1_000.0, epsilon = 1e-9);
        assert_abs_diff_eq!(sum.persistent().unwrap(), 0.75, epsilon = 1e-12);
        assert_eq!(achieved(2_000.0, &changes, at(5), at(5)).persistent(), None);
        assert_abs_diff_eq!(achieved(1.0, &[], at(0), at(60)).unknown_mh, 1.0, epsilon = 1e-12);
    }

    proptest! {
        #[test]
        fn no_line_hour_is_lost_or_counted_twice(
            steps in proptest::collection::vec((0_i64..300, proptest::option::of(0.0..=1.0_f64)), 0..20),
            from in 0_i64..2_000,
            length in 0_i64..2_000,
        ) {
            let mut minutes = 0;
            let changes: Vec<Change> = steps
                .iter()
                .map(|(step, p)| {
                    minutes += step;
                    change(minutes, *p)
                })
                .collect();
            let whole = achieved(10.0, &changes, at(from), at(from + length));
            let mut halves = achieved(10.0, &changes, at(from), at(from + length / 2));
            halves.add(&achieved(10.0, &changes, at(from + length / 2), at(from + length)));
            let hours = f64::from(i32::try_from(length).unwrap()) / 60.0;
            prop_assert!((whole.total_mh() - 10.0 * hours).abs() < 1e-6);
            prop_assert!((whole.covered_mh - halves.covered_mh).abs() < 1e-6);
            prop_assert!((whole.unknown_mh - halves.unknown_mh).abs() < 1e-6);
        }
    }
}
