//! Every maximum of the doors.

use std::time::Duration;

/// Connections that one door holds open at a time.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Connections that a door may be told to hold.
pub const CONNECTIONS: std::ops::RangeInclusive<usize> = 1..=8_192;
/// Messages a second that one connection may send when the configuration does not say: twice what a whole station must take.
pub const MESSAGES_PER_S_DEFAULT: f64 = 20_000.0;
/// Messages a second that one connection may be allowed.
pub const MESSAGES_PER_S: std::ops::RangeInclusive<f64> = 1.0..=1_000_000.0;
/// How long a message may take from its first byte to its last.
pub const MESSAGE_WITHIN: Duration = Duration::from_secs(30);
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
/// Characters of an event's uid.
pub const UID_CHARS: usize = 128;
/// Devices that one connection may call for help for.
pub const CALLS_PER_CONNECTION: usize = 16;
/// Marks of one connection that are told from new ones.
pub const MARKS_MAX: usize = 256;
/// How sure a mark may be said to be of what it calls a thing.
pub const CONFIDENCE: std::ops::RangeInclusive<f64> = 0.01..=1.0;
/// The same when the configuration does not say (A).
pub const CLASS_CONFIDENCE_DEFAULT: f64 = 0.8;
/// Messages a second that one phone may send when the configuration does not say.
pub const COT_MESSAGES_PER_S_DEFAULT: f64 = 200.0;
/// Events that are shown to phones at a time; tracks give way to alarms, units, sensors and the line.
pub const SHOWN_MAX: usize = 8_192;
/// Events that one write to a phone holds.
pub const SHOWN_PER_WRITE: usize = 32;
/// How often what phones are shown is made anew.
pub const SHOWN_INTERVAL: Duration = Duration::from_secs(1);
