//! Access units as fragments of MP4, for files and for browsers alike.

use std::sync::Arc;

use wire::fmp4::{Sample, fragment, header};

use super::{AccessUnit, Format};

/// Makes fragments of units of one format. Each is given out when the next one comes, for only then is it known how long
/// it is shown.
#[derive(Debug)]
pub struct Fragments {
    began_at: i64,
    sequence: u32,
    held: (Arc<AccessUnit>, u64),
    /// Ticks from the unit before to the one that is held.
    step: u32,
}

impl Fragments {
    /// Begins with a unit; returns what stands before all fragments, too.
    pub fn begin(unit: Arc<AccessUnit>) -> (Self, Vec<u8>) {
        let head = header(&unit.format.track);
        let began_at = unit.shown_at;
        (Self { began_at, sequence: 0, held: (unit, 0), step: 0 }, head)
    }

    /// Whether a unit goes on with what was begun.
    pub fn goes_on(&self, format: &Arc<Format>) -> bool {
        Arc::ptr_eq(&self.held.0.format, format)
    }

    /// Takes the next unit; returns the one before it.
    pub fn push(&mut self, unit: Arc<AccessUnit>) -> Vec<u8> {
        let (held, at) = &self.held;
        // Units come in the order in which they are decoded, which is not always the one in which they are shown.
        let told = unit.shown_at.saturating_sub(self.began_at);
        let next = u64::try_from(told).unwrap_or_default().max(at + 1);
        self.step = u32::try_from(next - at).unwrap_or(u32::MAX);
        let written = self.write(held, *at);
        self.sequence += 1;
        self.held = (unit, next);
        written
    }

    /// The last unit, which is taken to be shown as long as the one before it.
    pub fn finish(&self) -> Vec<u8> {
        let (held, at) = &self.held;
        self.write(held, *at)
    }

    fn write(&self, unit: &AccessUnit, decode_time: u64) -> Vec<u8> {
        let shown = unit.shown_at.saturating_sub(self.began_at);
        let later = shown.saturating_sub_unsigned(decode_time);
        let sample = Sample {
            decode_time,
            shown_later: i32::try_from(later).unwrap_or_default(),
            duration: self.step,
            is_key: unit.is_key,
            data: &unit.data,
        };
        fragment(self.sequence + 1, &sample)
    }
}
