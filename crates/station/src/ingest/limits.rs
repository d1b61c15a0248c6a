//! Every maximum of the doors.

use std::time::Duration;

/// Connections that one door holds open at a time.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Bytes taken off a socket at a time, and so what one connection may put into one submission.
pub const READ_BYTES: usize = 64 * 1024;
/// A connection that has not registered after this long is closed.
pub const REGISTER_WITHIN_S: f64 = 60.0;
/// Refused registrations after which a connection is closed.
pub const REFUSALS_MAX: u32 = 8;
/// Status intervals without a status after which a node counts as gone.
pub const MISSED_STATUS_MAX: f64 = 3.0;
/// Status intervals that a node may promise, seconds.
pub const STATUS_INTERVAL_S: std::ops::RangeInclusive<f64> = 0.1..=3_600.0;
/// How far a sender's clock may run ahead of ours, seconds: a clock that is wrong by less is noticed,
/// and what it tells is kept; a time further ahead is a slip.
pub const CLOCK_AHEAD_MAX_S: f64 = 86_400.0;
/// How late a report may come, seconds.
pub const REPORT_AGE_MAX_S: f64 = 86_400.0;
/// Bytes of an offending message that go back to its sender.
pub const ERROR_PACKET_BYTES: usize = 1_024;
/// Rejections that one connection may put into the journal: so many at once, then so many a minute.
pub const REJECTIONS_PER_MINUTE: f64 = 60.0;
/// Characters of a name that a node gives itself.
pub const NAME_CHARS: usize = 64;
/// Characters of a note or a reason.
pub const NOTE_CHARS: usize = 240;
/// Largest standard deviation of a place that still says something about a border, metres.
pub const SIGMA_MAX_M: f64 = 20_000.0;
/// A place farther from the sector's middle is a slip, metres.
pub const PLACE_DISTANCE_MAX_M: f64 = 300_000.0;
/// A radial speed beyond this is a slip of the node's units, metres a second.
pub const RADIAL_MAX_MPS: f64 = 150.0;
/// Classes that one detection may name.
pub const CLASSES_MAX: usize = 64;
/// Messages that wait for one node.
pub const OUTBOX_MAX: usize = 16;
/// A node that does not take what is sent to it for this long is cut off.
pub const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// How often a connection looks at the clock.
pub const TICK: Duration = Duration::from_millis(250);
/// A node counts as silent only if no byte came for this long by the wall's clock either.
pub const QUIET_MIN: Duration = Duration::from_secs(2);
/// How long inputs that could not be stored are offered again before their connection is given up.
pub const STORE_WITHIN: Duration = Duration::from_mins(1);
/// First and longest wait between two offers.
pub const STORE_RETRY: [Duration; 2] = [Duration::from_millis(20), Duration::from_secs(1)];
/// Wait after the system refused to accept a connection.
pub const ACCEPT_RETRY: Duration = Duration::from_millis(100);
/// Tasks that wait for a unit to connect; the oldest gives way.
pub const TASKS_WAITING_MAX: usize = 8;
