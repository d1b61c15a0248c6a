//! How fast one sender is read: a token bucket that makes it wait, and nobody else.

use std::time::Duration;

use tokio::time::Instant;

/// Bytes that weigh as much as a message, so that huge messages are no way around the budget.
const BYTES_PER_MESSAGE: f64 = 4_096.0;

/// What one sender may still send.
#[derive(Debug)]
pub struct Budget {
    per_s: f64,
    left: f64,
    refilled_at: Instant,
}

impl Budget {
    /// A full budget; it holds what may come in one second.
    pub fn new(messages_per_s: f64, now: Instant) -> Self {
        Self { per_s: messages_per_s, left: messages_per_s, refilled_at: now }
    }

    /// Takes off what was read; says how long not to read on when that was too much.
    pub fn spend(&mut self, messages: u64, bytes: usize, now: Instant) -> Option<Duration> {
        let elapsed_s = now.saturating_duration_since(self.refilled_at).as_secs_f64();
        self.refilled_at = now;
        self.left = (self.left + elapsed_s * self.per_s).min(self.per_s);
        self.left -= weight(messages, bytes);
        (self.left < 0.0).then(|| Duration::from_secs_f64(-self.left / self.per_s))
    }

    /// Puts back what was taken off for something that was not read after all.
    pub fn give_back(&mut self, messages: u64, bytes: usize) {
        self.left += weight(messages, bytes);
    }
}

fn weight(messages: u64, bytes: usize) -> f64 {
    messages as f64 + bytes as f64 / BYTES_PER_MESSAGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_may_burst_for_a_second_and_then_waits_as_long_as_it_was_too_fast() {
        let start = Instant::now();
        let mut budget = Budget::new(100.0, start);

        assert_eq!(budget.spend(100, 0, start), None);
        assert_eq!(budget.spend(50, 0, start), Some(Duration::from_millis(500)));
        assert_eq!(budget.spend(50, 0, start + Duration::from_secs(1)), None);
    }

    #[test]
    fn what_was_saved_is_no_more_than_a_second_holds() {
        let start = Instant::now();
        let mut budget = Budget::new(10.0, start);

        assert_eq!(
            budget.spend(15, 0, start + Duration::from_hours(1)),
            Some(Duration::from_millis(500))
        );
    }

    #[test]
    fn bytes_without_end_are_counted_too() {
        let start = Instant::now();
        let mut budget = Budget::new(1.0, start);

        assert_eq!(budget.spend(0, 8_192, start), Some(Duration::from_secs(1)));
    }
}
