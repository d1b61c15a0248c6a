//! CPU time: figures that do not depend on what else the machine does.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Adds up the CPU time that this thread spends on the pieces of work it is given.
#[derive(Debug, Default)]
pub(crate) struct Stopwatch {
    spent: Duration,
    runs: u32,
}

impl Stopwatch {
    pub(crate) fn time(&mut self, work: &mut dyn FnMut()) {
        let before = spent(ClockId::ThreadCPUTime);
        work();
        self.spent += spent(ClockId::ThreadCPUTime).saturating_sub(before);
        self.runs += 1;
    }

    /// Mean milliseconds of a piece of work; 0 before the first.
    pub(crate) fn mean_ms(&self) -> f64 {
        self.spent.as_secs_f64() * 1e3 / f64::from(self.runs.max(1))
    }
}

fn spent(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}
