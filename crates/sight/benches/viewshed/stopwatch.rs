//! What work costs: time on a processor, time by the clock, memory.

use rustix::time::{ClockId, clock_gettime};

/// Median milliseconds on a processor of a piece of work over some rounds.
pub(crate) fn median_ms(rounds: usize, mut work: impl FnMut()) -> f64 {
    let mut each: Vec<u64> = (0..rounds)
        .map(|_| {
            let from = now_ns(ClockId::ThreadCPUTime);
            work();
            now_ns(ClockId::ThreadCPUTime) - from
        })
        .collect();
    each.sort_unstable();
    each[rounds / 2] as f64 / 1e6
}

/// Seconds by the clock of a piece of work.
pub(crate) fn wall_s(work: impl FnOnce()) -> f64 {
    let from = now_ns(ClockId::Monotonic);
    work();
    (now_ns(ClockId::Monotonic) - from) as f64 / 1e9
}

/// The most memory that this process has held so far, in megabytes (Linux).
pub(crate) fn memory_peak_mb() -> f64 {
    let told =
        std::fs::read_to_string("/proc/self/status").expect("linux tells a process's memory");
    let peak = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = peak.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kb.expect("the peak is a number of kB") / 1024.0
}

fn now_ns(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    (time.tv_sec * 1_000_000_000 + time.tv_nsec).cast_unsigned()
}
