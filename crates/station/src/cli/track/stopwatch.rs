//! CPU time of this thread, for figures that do not depend on what else the machine does.

use std::time::{Duration, Instant};

/// Adds up the time of the pieces of work that it is given.
#[derive(Debug, Default)]
pub(super) struct Stopwatch {
    spent: Duration,
    runs: u32,
}

impl Stopwatch {
    pub(super) fn time(&mut self, work: &mut dyn FnMut()) {
        let (cpu, wall) = (thread_cpu(), Instant::now());
        work();
        self.spent += match (cpu, thread_cpu()) {
            (Some(before), Some(after)) => after.saturating_sub(before),
            _ => wall.elapsed(),
        };
        self.runs += 1;
    }

    /// Mean milliseconds of a piece of work; 0 before the first.
    pub(super) fn mean_ms(&self) -> f64 {
        self.spent.as_secs_f64() * 1e3 / f64::from(self.runs.max(1))
    }
}

/// Time this thread has spent on a processor, where the system tells.
fn thread_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}
