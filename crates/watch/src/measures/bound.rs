//! What few observations can bound: demonstrated detection, "none seen", and how many there were of whom two saw some.

use serde::Serialize;
use statrs::function::beta::beta_reg;

use super::MeasureError;

/// How sure a bound is.
pub const CONFIDENCE: f64 = 0.95;

/// One-sided lower bound of a probability of which so many trials succeeded (Clopper and Pearson, Biometrika 26, 1934);
/// `None` without trials. 29 of 29 demonstrate 0.9019, 49 of 50 0.9086.
pub fn demonstrated(successes: u32, trials: u32) -> Result<Option<f64>, MeasureError> {
    if successes > trials {
        let reason = format!("must be at most the {trials} trials, got {successes}");
        return Err(MeasureError::new("successes", reason));
    }
    if trials == 0 {
        return Ok(None);
    }
    if successes == 0 {
        return Ok(Some(0.0));
    }
    // The bound p is where so many successes or more would still come with a chance of 5 %: I_p(k, n - k + 1) = 0.05.
    let (k, rest) = (f64::from(successes), f64::from(trials - successes) + 1.0);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if beta_reg(k, rest, middle) < 1.0 - CONFIDENCE {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(Some(low))
}

/// Halves until neighbouring numbers are reached.
const HALVINGS: u32 = 60;

/// What "none seen" is worth: watched stretch-hours have a bound, others have none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NoneSeen {
    pub watched_h: f64,
    pub unwatched_h: f64,
    /// At 95 %, so many crossings are to be expected at most in the hours that were watched, if crossings do not depend on
    /// coverage. `None` where nothing was watched, or no test has shown that what crosses is found.
    pub at_most: Option<f64>,
}

impl NoneSeen {
    /// Whether all stretch-hours of the period are below the bound.
    pub fn is_bounded(&self) -> bool {
        self.at_most.is_some() && self.unwatched_h <= 0.0
    }
}

/// With an expected number n of crossings none is seen with a chance of exp(-n Pd); below 5 % that would be chance.
pub fn none_seen(
    watched_h: f64,
    unwatched_h: f64,
    demonstrated: Option<f64>,
) -> Result<NoneSeen, MeasureError> {
    for (field, hours) in [("watched_h", watched_h), ("unwatched_h", unwatched_h)] {
        if !hours.is_finite() || hours < 0.0 {
            return Err(MeasureError::new(field, format!("must be 0 or more, got {hours}")));
        }
    }
    if let Some(p) = demonstrated.filter(|p| !(0.0..=1.0).contains(p)) {
        return Err(MeasureError::new("demonstrated", format!("must be 0 to 1, got {p}")));
    }
    let shown = demonstrated.filter(|p| watched_h > 0.0 && *p > 0.0);
    let at_most = shown.map(|p| -libm::log(1.0 - CONFIDENCE) / p);
    Ok(NoneSeen { watched_h, unwatched_h, at_most })
}

/// How many there were, by two that looked independently (Chapman, Univ. Calif. Publ. Stat. 1, 1951).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub number: f64,
    /// Standard deviation (Seber, Biometrika 57, 1970).
    pub deviation: f64,
}

/// Of so many that the first saw and the second saw, both saw some: (n1+1)(n2+1)/(m+1) - 1.
pub fn chapman(first: u32, second: u32, both: u32) -> Result<Estimate, MeasureError> {
    if both > first.min(second) {
        let most = first.min(second);
        return Err(MeasureError::new("both", format!("must be at most {most}, got {both}")));
    }
    let (n1, n2, m) = (f64::from(first), f64::from(second), f64::from(both));
    let product = (n1 + 1.0) * (n2 + 1.0);
    let number = product / (m + 1.0) - 1.0;
    let variance = product * (n1 - m) * (n2 - m) / ((m + 1.0) * (m + 1.0) * (m + 2.0));
    Ok(Estimate { number, deviation: libm::sqrt(variance) })
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    fn shown(successes: u32, trials: u32) -> f64 {
        demonstrated(successes, trials).unwrap().unwrap()
    }

    #[test]
    fn walk_tests_demonstrate_what_the_tables_say() {
        assert_abs_diff_eq!(shown(29, 29), 0.9019, epsilon = 5e-5);
        assert_abs_diff_eq!(shown(49, 50), 0.9086, epsilon = 5e-5);
        // All of n: the n-th root of 0.05, exactly.
        assert_abs_diff_eq!(shown(29, 29), libm::pow(0.05, 1.0 / 29.0), epsilon = 1e-12);
        assert_abs_diff_eq!(shown(1, 1), 0.05, epsilon = 1e-12);
        assert_eq!((demonstrated(0, 9), demonstrated(0, 0)), (Ok(Some(0.0)), Ok(None)));
        assert_eq!(demonstrated(3, 2).unwrap_err().field, "successes");
    }

    /// The chance of at least so many successes, term by term.
    fn tail(successes: u32, trials: u32, p: f64) -> f64 {
        let ln_factorial = |n: u32| libm::lgamma(f64::from(n) + 1.0);
        let term = |k: u32| {
            let ways = ln_factorial(trials) - ln_factorial(k) - ln_factorial(trials - k);
            libm::exp(
                ways + f64::from(k) * libm::log(p) + f64::from(trials - k) * libm::log(1.0 - p),
            )
        };
        (successes..=trials).map(term).sum()
    }

    proptest! {
        #[test]
        fn at_the_bound_as_many_successes_would_come_by_a_chance_of_one_in_twenty(trials in 1_u32..400, part in 0.0..1.0_f64) {
            let wanted = part * f64::from(trials);
            let successes = (1..=trials).find(|k| f64::from(*k) >= wanted).unwrap_or(trials);
            let bound = shown(successes, trials);
            prop_assert!((tail(successes, trials, bound) - 0.05).abs() < 1e-9);
            prop_assert!(bound < f64::from(successes) / f64::from(trials));
        }

        #[test]
        fn an_estimate_is_never_below_what_was_seen(first in 0_u32..500, second in 0_u32..500, part in 0.0..1.0_f64) {
            let least = f64::from(first.min(second)) * part;
            let both = (0..=first.min(second)).find(|m| f64::from(*m) >= least).unwrap_or(0);
            let estimate = chapman(first, second, both).unwrap();
            prop_assert!(estimate.number >= f64::from(first + second - both) - 1e-9);
            prop_assert!(estimate.deviation >= 0.0);
        }
    }

    #[test]
    fn none_seen_bounds_what_was_watched_and_nothing_else() {
        let seen = none_seen(700.0, 20.0, Some(0.9019)).unwrap();
        assert_abs_diff_eq!(seen.at_most.unwrap(), 3.3216, epsilon = 1e-3);
        assert!(!seen.is_bounded(), "20 stretch-hours are without bound");
        assert!(none_seen(700.0, 0.0, Some(0.5)).unwrap().is_bounded());
        for nothing in [(0.0, 20.0, Some(0.9)), (700.0, 0.0, None), (700.0, 0.0, Some(0.0))] {
            assert_eq!(none_seen(nothing.0, nothing.1, nothing.2).unwrap().at_most, None);
        }
        assert_eq!(none_seen(f64::NAN, 0.0, None).unwrap_err().field, "watched_h");
        assert_eq!(none_seen(1.0, 0.0, Some(1.1)).unwrap_err().field, "demonstrated");
    }

    #[test]
    fn two_that_looked_tell_how_many_there_were() {
        let estimate = chapman(20, 15, 5).unwrap();
        assert_abs_diff_eq!(estimate.number, 55.0, epsilon = 1e-12);
        assert_abs_diff_eq!(estimate.deviation, libm::sqrt(200.0), epsilon = 1e-12);
        assert_abs_diff_eq!(chapman(7, 7, 7).unwrap().number, 7.0, epsilon = 1e-12);
        assert_eq!(chapman(7, 3, 4).unwrap_err().field, "both");
    }
}
