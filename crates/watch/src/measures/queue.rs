//! Whether so many operators can keep up with so many alarms.

use super::MeasureError;

/// A queue that does not grow without end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// Chance that an alarm finds everybody busy (Erlang C).
    pub chance: f64,
    /// How long alarms wait on average, in handling times.
    pub mean: f64,
}

/// Alarms that come by chance at `load` in one handling time, before so many operators; `None` where they come faster than
/// they can be handled. A load of 2 before 3 waits with a chance of 4/9.
pub fn erlang_c(load: f64, operators: u32) -> Result<Option<Waiting>, MeasureError> {
    if !load.is_finite() || load < 0.0 {
        return Err(MeasureError::new("load", format!("must be 0 or more, got {load}")));
    }
    if operators > OPERATORS_MAX {
        let reason = format!("must be at most {OPERATORS_MAX}, got {operators}");
        return Err(MeasureError::new("operators", reason));
    }
    let served = f64::from(operators);
    if load >= served {
        return Ok(None);
    }
    // The chance to be lost where nobody can wait (Erlang B), one operator after the other: no factorial grows.
    let lost = (1..=operators).fold(1.0, |lost, k| load * lost / (f64::from(k) + load * lost));
    let chance = lost / (1.0 - load / served * (1.0 - lost));
    Ok(Some(Waiting { chance, mean: chance / (served - load) }))
}

/// More never sit at one desk.
const OPERATORS_MAX: u32 = 10_000;

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn the_known_answer_comes_out() {
        let waiting = erlang_c(2.0, 3).unwrap().unwrap();
        assert_abs_diff_eq!(waiting.chance, 4.0 / 9.0, epsilon = 1e-12);
        assert_abs_diff_eq!(waiting.mean, 4.0 / 9.0, epsilon = 1e-12);
        // One operator: the chance to wait is the load itself.
        assert_abs_diff_eq!(erlang_c(0.3, 1).unwrap().unwrap().chance, 0.3, epsilon = 1e-12);
        assert_abs_diff_eq!(erlang_c(0.0, 2).unwrap().unwrap().chance, 0.0, epsilon = 1e-12);
        assert!(erlang_c(900.0, 1000).unwrap().unwrap().chance < 1e-3);
    }

    #[test]
    fn a_queue_that_grows_without_end_has_no_wait() {
        for (load, operators) in [(3.0, 3), (1.0, 0), (0.0, 0)] {
            assert_eq!(erlang_c(load, operators), Ok(None));
        }
        assert_eq!(erlang_c(f64::INFINITY, 3).unwrap_err().field, "load");
        assert_eq!(erlang_c(1.0, 10_001).unwrap_err().field, "operators");
    }
}
