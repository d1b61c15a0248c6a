//! The time that a message may take to come whole, so that nobody holds a place by a byte at a time.

use tokio::time::Instant;

use crate::ingest::limits;

/// Watches over the message that is coming in.
#[derive(Debug, Default)]
pub struct Deadline {
    began_at: Option<Instant>,
}

impl Deadline {
    /// Notes after a read whether whole messages came, and whether a part of another is held.
    pub fn read(&mut self, whole: u64, pending: usize, now: Instant) {
        if pending == 0 {
            self.began_at = None;
        } else if whole > 0 || self.began_at.is_none() {
            self.began_at = Some(now);
        }
    }

    /// Why the connection must end, once a message takes too long.
    pub fn passed(&self, now: Instant) -> Option<String> {
        let late = |began: Instant| now.saturating_duration_since(began) > limits::MESSAGE_WITHIN;
        self.began_at.is_some_and(late).then(|| {
            format!("a message did not come whole within {} s", limits::MESSAGE_WITHIN.as_secs())
        })
    }

    /// Time in which the station itself did not read does not count against the sender.
    pub fn paused(&mut self, now: Instant) {
        self.began_at = self.began_at.map(|_| now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_message_by_the_byte_runs_out_of_time_and_whole_ones_start_anew() {
        let start = Instant::now();
        let almost = start + limits::MESSAGE_WITHIN;
        let mut deadline = Deadline::default();

        deadline.read(0, 1, start);
        deadline.read(0, 2, almost);
        assert_eq!(deadline.passed(almost), None);
        assert!(deadline.passed(almost + Duration::from_secs(1)).is_some());

        deadline.read(1, 3, almost);
        assert_eq!(deadline.passed(almost + Duration::from_secs(1)), None);
        deadline.read(1, 0, almost);
        assert_eq!(deadline.passed(almost + Duration::from_hours(1)), None);
    }
}
