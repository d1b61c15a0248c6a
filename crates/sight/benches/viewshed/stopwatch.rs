//! What the thread spends on a processor.

use rustix::time::{ClockId, clock_gettime};

/// Median milliseconds of a piece of work over some rounds.
pub(crate) fn median_ms(rounds: usize, mut work: impl FnMut()) -> f64 {
    let mut each: Vec<u64> = (0..rounds)
        .map(|_| {
            let from = on_processor_ns();
            work();
            on_processor_ns() - from
        })
        .collect();
    each.sort_unstable();
    each[rounds / 2] as f64 / 1e6
}

/// Nanoseconds that this thread has run so far.
fn on_processor_ns() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    (time.tv_sec * 1_000_000_000 + time.tv_nsec).cast_unsigned()
}
