//! Every maximum of the station, so that nothing grows without bound.

use std::time::Duration;

use jiff::SignedDuration;

/// How often the world of another agency is brought up to what was recorded.
pub const WORLD_TURN: Duration = Duration::from_millis(250);
/// Agencies of which it is known that something was recalled.
pub const RECALLED_KEPT_MAX: usize = 256;

/// Largest journal entry; far above the largest input that a door lets in.
pub const ENTRY_BYTES_MAX: usize = 1 << 20;
/// Entries that share one write and one `fdatasync`.
pub const BATCH_ENTRIES_MAX: usize = 1_024;
/// Bytes of payload that share one write; a larger batch is left for the next one.
pub const BATCH_BYTES_MAX: usize = 4 << 20;
/// A segment that has reached this size is followed by a new one.
pub const SEGMENT_BYTES_MAX: u64 = 64 << 20;
/// Entries after which a running station writes down its state anew.
pub const SNAPSHOT_ENTRIES: u64 = 100_000;
/// The same after so much time, for what was computed meanwhile is computed again by who starts from one.
pub const SNAPSHOT_INTERVAL: Duration = Duration::from_mins(5);
/// Snapshots that are kept: one may be damaged.
pub const SNAPSHOTS_KEPT: usize = 2;
/// Largest snapshot that is written or read.
pub const SNAPSHOT_BYTES_MAX: u64 = 1 << 30;
/// It is written in pieces of so many bytes, with so long between them while the station runs: the record needs the disk too.
pub const SNAPSHOT_PIECE_BYTES: usize = 512 << 10;
pub const SNAPSHOT_PIECE_PAUSE: Duration = Duration::from_millis(20);
/// How long the reading of what was recorded before a snapshot works at a stretch ...
pub const CHECK_STRETCH: Duration = Duration::from_millis(10);
/// ... and rests after it, so that a start takes a quarter of one processor.
pub const CHECK_REST: Duration = Duration::from_millis(30);
/// How often a record must be found changed before it is called so: a segment may be replaced while it is read.
pub const CHECK_TRIES: usize = 2;
/// How long the station waits before it tries again to write after a failure.
pub const RECORD_RETRY: Duration = Duration::from_secs(1);
/// Commands, registrations, heartbeats and task reports that may wait for the core.
pub const INTAKE_URGENT_MAX: usize = 4_096;
/// Detections and rejections that may wait for the core; beyond it they are refused and counted.
pub const INTAKE_BULK_MAX: usize = 16_384;
/// Questions for arrival times that may wait for the heavy worker.
pub const ARRIVALS_WAITING_MAX: usize = 64;
/// Events (tasks to send, proposals) that a slow listener may leave unread.
pub const EVENTS_WAITING_MAX: usize = 256;
/// Ended tracks that are remembered for clients which fell behind; a client further behind gets a whole picture.
pub const TRACKS_ENDED_KEPT: usize = 4_096;
/// Least time between two ticks of the core, but for those at whole seconds.
pub const TICK_INTERVAL: Duration = Duration::from_millis(20);
/// Least time between two refreshes of the live picture.
pub const PICTURE_INTERVAL: Duration = Duration::from_millis(50);
/// Time between two messages of a live stream: a page that draws more often starves a small machine.
pub const STREAM_INTERVAL: Duration = Duration::from_millis(200);
/// What all live streams together are told in a second ...
pub const STREAM_BYTES_PER_S: f64 = 50e6;
/// ... where a message costs as much as so many bytes, whatever is in it.
pub const STREAM_MESSAGE_BYTES: usize = 4_000;
/// Least time between two state hashes ...
pub const HASH_INTERVAL: Duration = Duration::from_secs(1);
/// ... and so many times what the last one took: nothing else is done meanwhile.
pub const HASH_SHARE: u32 = 100;
/// Time between two signed checkpoints of the record while entries arrive.
pub const SEAL_INTERVAL: Duration = Duration::from_secs(1);
/// Time between two checkpoints that a witness is asked to sign ...
pub const WITNESS_INTERVAL: Duration = Duration::from_secs(5);
/// ... and until it is asked again when it did not.
pub const WITNESS_RETRY: Duration = Duration::from_secs(15);
/// A witness that has not signed what has been waiting for it so long is late.
pub const WITNESS_LATE: Duration = Duration::from_secs(20);
/// Steps that may wait for the query store; beyond it the store stops until the next start rebuilds it.
pub const STORE_WAITING_MAX: usize = 8_192;
/// Steps that one transaction of the query store takes in.
pub const STORE_BATCH_MAX: usize = 1_024;
/// How often a failing write to the query store is tried, once a second, before it waits for the next start.
pub const STORE_TRIES_MAX: u32 = 600;
/// A track's place is stored when it has moved this far since the last stored one ...
pub const TRACK_POINT_STEP_M: f64 = 25.0;
/// ... or when this much time has passed.
pub const TRACK_POINT_STEP_S: f64 = 30.0;
/// What stays of a track past its age has a place for each of these at most, in milliseconds.
pub const TRACE_STEP_MS: i64 = 60_000;
/// Places of one entry about a track; of a longer one there are several.
pub const TRACE_PLACES_MAX: usize = 1_000;
/// How often it is tried to read what is to stay of tracks, before what sensors saw of them is erased without.
pub const TRACE_TRIES_MAX: u32 = 60;
/// How long after a try that failed the next one comes.
pub const TRACE_RETRY: SignedDuration = SignedDuration::from_secs(60);
/// Rows that one answer of the watch state's history may hold; the newest are kept.
pub const STRIP_ROWS_MAX: usize = 5_000;
/// Largest request body.
pub const BODY_BYTES_MAX: usize = 64 << 10;
/// Longest idempotency key.
pub const KEY_CHARS_MAX: usize = 64;
/// Longest name of a person at the desk.
pub const PERSON_CHARS_MAX: usize = 64;
/// Longest reason that is counted for a rejection.
pub const REJECTION_CHARS_MAX: usize = 200;
/// How long a `propose` waits for its ways.
pub const PROPOSALS_PATIENCE: Duration = Duration::from_secs(20);
/// Live streams that may be open at once.
pub const STREAMS_MAX: usize = 6_000;
/// Messages that a slow stream may leave unread before it gets a whole picture instead.
pub const STREAM_MESSAGES_WAITING_MAX: usize = 64;
/// How long one message may take to reach a stream's client.
pub const STREAM_SEND_PATIENCE: Duration = Duration::from_secs(10);
/// A stream hears from the station at least this often.
pub const STREAM_HEARTBEAT: Duration = Duration::from_secs(1);
/// Tiles that are kept drawn.
pub const TILES_KEPT: usize = 512;
/// Tiles that are drawn at the same time.
pub const TILES_DRAWN_AT_ONCE: usize = 2;
/// Bytes that a simulated node reads at once.
pub const PLAYER_READ_BYTES: usize = 16 * 1024;
/// Answers to simulated nodes that may wait for the world.
pub const PLAYER_REPLIES_WAITING_MAX: usize = 4_096;
/// Questions about tracks that may wait for the core's thread.
pub const QUESTIONS_MAX: usize = 64;
/// Blocks of ground that the outline of what is watched is drawn from.
pub const WATCHED_BLOCKS_MAX: usize = 40_000;
/// Features that one page holds when nobody says how many.
pub const FEATURES_PAGE: usize = 100;
/// Features that one page may hold.
pub const FEATURES_PAGE_MAX: usize = 10_000;
/// Certificates of sensors, phones and machines that are listed at a time; those that open no door any more make room.
pub const CERTIFICATES_MAX: usize = 8_192;
/// SAPIENT nodes that one certificate may speak for.
pub const NODES_PER_CERTIFICATE_MAX: usize = 64;
/// Days for which a client's certificate may be issued.
pub const CERTIFICATE_DAYS: std::ops::RangeInclusive<i64> = 1..=730;
/// The same when nobody says (A).
pub const CERTIFICATE_DAYS_DEFAULT: u16 = 365;
/// Invitations of phones that are listed at a time; those that nobody can take up any more make room.
pub const INVITATIONS_MAX: usize = 1_024;
/// Hours for which an invitation may be open.
pub const INVITATION_HOURS: std::ops::RangeInclusive<i64> = 1..=720;
/// The same when nobody says (A): until the next shift has it.
pub const INVITATION_HOURS_DEFAULT: u16 = 24;
/// Bytes of a file of the doors' authority; the list of certificates is the longest.
pub const KEY_FILE_BYTES_MAX: u64 = 64 << 20;
/// How often a running station looks whether certificates were issued or revoked.
pub const CERTIFICATES_LOOK: Duration = Duration::from_secs(1);
/// How often it looks whether its own certificate must be made anew.
pub const SERVER_CERTIFICATE_LOOK: Duration = Duration::from_hours(1);
/// Hours to come that are told of when nobody says how many, and at most: forecasts reach 30 hours.
pub const FORECAST_HOURS_DEFAULT: usize = 6;
pub const FORECAST_HOURS_MAX: usize = 30;
/// Pictures of one track that are told of.
pub const SNAPSHOTS_TOLD: usize = 16;
/// Live views of cameras that may be open at once.
pub const VIEWERS_MAX: usize = 32;
/// Bytes of a file that are read together for whoever asked for it.
pub const FILE_READ_BYTES: usize = 256 << 10;
/// People who are or were somebody at a station.
pub const PEOPLE_MAX: usize = 512;
/// Machines that are let in.
pub const MACHINES_MAX: usize = 256;
/// Days for which a machine's token or certificate may be good, and when nobody says.
pub const MACHINE_DAYS: std::ops::RangeInclusive<i64> = 1..=730;
pub const MACHINE_DAYS_DEFAULT: u16 = 90;
/// Passkeys of one person.
pub const PASSKEYS_OF_PERSON_MAX: usize = 8;
/// Browsers that are asked for a passkey and have not answered: of all, and of one address (of IPv6, its network).
pub const CHALLENGES_MAX: usize = 4_096;
pub const CHALLENGES_OF_ADDRESS_MAX: usize = 32;
/// Browsers of one person that are known again.
pub const BROWSERS_OF_PERSON_MAX: usize = 8;
/// Sessions of all and of one person; the one that was unused for longest makes room.
pub const SESSIONS_MAX: usize = 2_048;
pub const SESSIONS_OF_PERSON_MAX: usize = 8;
/// A session that nothing comes from for so long is over (A) ...
pub const SESSION_IDLE_MAX: Duration = Duration::from_mins(30);
/// ... and so is one that is so old: a long shift (A).
pub const SESSION_AGE_MAX: Duration = Duration::from_hours(13);
/// Characters of a password (NIST SP 800-63B-4 asks for at least 15 where there is nothing besides it).
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 15..=128;
/// Passwords that are hashed at once, 19 MiB each, and that may wait for it or be hashed.
pub const HASHINGS_AT_ONCE: usize = 2;
pub const HASHINGS_WAITING_MAX: usize = 32;
/// Failed tries to sign in after which one must wait, and the longest that one must (A).
pub const TRIES_FREE: u32 = 5;
pub const TRY_PAUSE_MAX: Duration = Duration::from_mins(1);
/// Failures are forgotten after so long without another.
pub const TRIES_FORGOTTEN_AFTER: Duration = Duration::from_mins(15);
/// Names, addresses and browsers whose failures are counted.
pub const TRIES_KEPT_MAX: usize = 4_096;
/// Hours for which the code is good by which the first administrator comes (A).
pub const FIRST_CODE_HOURS: u16 = 8;
/// Minutes within which a second person must agree, and within which what they agreed to must be made use of (A).
pub const GRAVE_PATIENCE_MIN: i64 = 15;
/// Acts that may wait for a second person.
pub const GRAVES_MAX: usize = 64;
/// Longest reason that is given for one of them.
pub const REASON_CHARS: usize = 500;
/// How often sessions are looked through, and what came to nothing is told to the record.
pub const IDENTITY_TURN: Duration = Duration::from_secs(1);
/// Ends of sessions that may wait for the record.
pub const UNWRITTEN_MAX: usize = 2_048;
/// What was done to people at the command line and the record does not know of yet; the newest is kept.
pub const UNTOLD_MAX: usize = 256;
/// What one receiver beside the page is given within so long is told to the record together (A), and how often it is looked at.
pub const DISCLOSED_WINDOW: Duration = Duration::from_hours(1);
pub const DISCLOSED_TURN: Duration = Duration::from_secs(1);
/// Receivers that are told one by one, and how many of them the record is told of at once.
pub const DISCLOSED_KEPT_MAX: usize = 1_024;
pub const DISCLOSED_BATCH_MAX: usize = 256;
/// What was given away at the command line and waits for the record.
pub const DISCLOSED_WAITING_MAX: usize = 256;
/// One person looks at recordings that ended no longer ago: it is a look at the watch that goes on (A).
pub const RECORDING_LOOK: SignedDuration = SignedDuration::from_hours(24);
/// Most days for which what entries say may be kept, where it is not for good.
pub const KEEP_DAYS_MAX: u16 = 3_650;
/// Keys that one entry of the record says are destroyed.
pub const ERASED_KEYS_MAX: usize = 4_096;
/// Subjects of one day that have keys of their own; those that come later share one for each class.
pub const SUBJECTS_A_DAY_MAX: usize = 4_096;
/// Looks of one reader at one thing within so long are told to the record together (A).
pub const CONSULTED_WINDOW: Duration = Duration::from_mins(5);
/// A look that lasts so long is told with its end: a live picture or view.
pub const LOOK_LASTS: Duration = Duration::from_secs(5);
/// Things that one reader may look at and that are told one by one: so many at once, and another after so long (A).
pub const CONSULTED_AT_ONCE: u32 = 240;
pub const CONSULTED_EVERY: Duration = Duration::from_millis(500);
/// How often it is told how many looks were beyond that.
pub const CONSULTED_BEYOND_INTERVAL: Duration = Duration::from_mins(1);
/// Looks that are kept to be told together with others.
pub const CONSULTED_KEPT_MAX: usize = 8_192;
/// Looks that may wait for the record, and that it takes at once.
pub const CONSULTED_WAITING_MAX: usize = 16_384;
pub const CONSULTED_BATCH_MAX: usize = 256;
/// Longest name or filter of what was looked at that the record is told.
pub const CONSULTED_CHARS_MAX: usize = 256;
/// Acts that one answer about who did what may hold, and when nobody says; the newest are told.
pub const AUDIT_ROWS_MAX: usize = 10_000;
pub const AUDIT_ROWS_DEFAULT: usize = 500;
/// The wall clock is believed while the station runs when it is within so much of what was counted since (A) ...
pub const WALL_BELIEVED_WITHIN: Duration = Duration::from_hours(1);
/// ... and where it is behind, station time goes slower by this part until it has caught up.
pub const WALL_CAUGHT_UP_BY: u32 = 16;
/// The record is said to tell of time that leapt where it went by more than this otherwise than the machine counted.
pub const TIMES_DISAGREE_BEYOND: SignedDuration = SignedDuration::from_secs(1);
/// Starts, and leaps of time, that are told one by one when a record is read.
pub const TIMES_TOLD_MAX: usize = 1_000;
/// Connections of the page and the interface: as many as there may be streams, and room for their other questions.
pub const PAGE_CONNECTIONS_MAX: usize = 8_192;
/// Connections that a witness has open; stations that it knows need one each, every few seconds.
pub const WITNESS_CONNECTIONS_MAX: usize = 256;
/// How long the head of a request may take to come, and a greeting by TLS to begin.
pub const PAGE_HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Bytes and headers that the head of a request may have.
pub const PAGE_HEAD_BYTES: usize = 64 << 10;
pub const PAGE_HEADERS_MAX: usize = 64;
/// How long a body may take to come, but for files, whose door has a limit of its own.
pub const PAGE_BODY_WITHIN: Duration = Duration::from_secs(30);
/// How often it is told that connections are turned away.
pub const PAGE_TOLD_EVERY: Duration = Duration::from_secs(10);
/// Files that may be open at once, where the system lets the station have so many: a connection is one.
pub const FILES_OPEN: u64 = 32_768;
