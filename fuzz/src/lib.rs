//! What all targets share: no input may take longer than the bar.

use std::time::{Duration, Instant};

/// Longest that an input may take. The build that fuzzes counts its edges and compares as it goes and checks
/// overflow, so an input takes it two to five times as long as it takes the station: the bar is the stricter for that.
pub const INPUT_MAX: Duration = Duration::from_millis(10);
/// A machine that is busy lets a program wait in the midst of an input; so often in a row it does not.
const TRIES: usize = 20;

/// Runs what is made of one input. Whatever takes too long in every one of some tries is a finding.
///
/// # Panics
///
/// When the quickest try takes longer than [`INPUT_MAX`].
pub fn within_bar(run: impl Fn()) {
    let mut took = timed(&run);
    for _ in 1..TRIES {
        if took <= INPUT_MAX {
            return;
        }
        took = took.min(timed(&run));
    }
    assert!(took <= INPUT_MAX, "an input must take at most {INPUT_MAX:?}, and took {took:?}");
}

fn timed(run: impl Fn()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_slow_once_passes_and_what_is_always_slow_does_not() {
        let tries = std::cell::Cell::new(0);
        within_bar(|| {
            tries.set(tries.get() + 1);
            if tries.get() == 1 {
                std::thread::park_timeout(2 * INPUT_MAX);
            }
        });
        assert!(tries.get() > 1);
        let slow = || within_bar(|| std::thread::park_timeout(2 * INPUT_MAX));
        assert!(std::panic::catch_unwind(slow).is_err());
    }
}
