//! Whether a message is newer than the last of its kind: one that comes again, or late, must not move a drone back.

use std::collections::BTreeMap;

use jiff::Timestamp;
use wire::mavlink::Frame;

use crate::ingest::{limits, seconds};

/// Numbers of frames go round at 256: what is less than half a round on is ahead.
const HALF_ROUND: u8 = 128;

/// The newest message of each kind of each part of a drone.
#[derive(Debug, Default)]
pub(super) struct Order {
    newest: BTreeMap<(u8, u32), Newest>,
}

#[derive(Debug, Clone, Copy)]
struct Newest {
    boot_ms: u32,
    sequence: u8,
    came_at: Timestamp,
}

impl Order {
    /// True when the message is newer by its sender's time since start, or by its number where that is not told. Where
    /// nothing newer came for as long as a drone may be silent, the sender has started anew, and its times begin again.
    pub(super) fn takes(&mut self, frame: &Frame, now: Timestamp) -> bool {
        let Some((kind, boot_ms)) = frame.message.boot_ms() else { return true };
        let part = (frame.sender.component, kind);
        let is_newer = self.newest.get(&part).is_none_or(|newest| {
            newest.is_before(boot_ms, frame.sequence)
                || seconds(newest.came_at, now) > limits::DRONE_SILENT_S
        });
        if is_newer {
            let newest = Newest { boot_ms, sequence: frame.sequence, came_at: now };
            self.newest.insert(part, newest);
        }
        is_newer
    }
}

impl Newest {
    fn is_before(&self, boot_ms: u32, sequence: u8) -> bool {
        // A sender that does not know its time sends none.
        if self.boot_ms == 0 || boot_ms == 0 {
            return sequence.wrapping_sub(self.sequence) < HALF_ROUND;
        }
        self.boot_ms < boot_ms
    }
}
