//! Every maximum of the station, so that nothing grows without bound.

use std::time::Duration;

/// Largest journal entry; far above the largest input that a door lets in.
pub const ENTRY_BYTES_MAX: usize = 1 << 20;
/// Entries that share one write and one `fdatasync`.
pub const BATCH_ENTRIES_MAX: usize = 1_024;
/// Bytes of payload that share one write; a larger batch is left for the next one.
pub const BATCH_BYTES_MAX: usize = 4 << 20;
/// A segment that has reached this size is followed by a new one.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;
/// How long the station waits before it tries again to write after a failure.
pub const RECORD_RETRY: Duration = Duration::from_secs(1);
