//! Every maximum of the doors.

use std::time::Duration;

/// Connections that one door holds open at a time.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Connections of a small door that one source may hold; of a large one it may hold a quarter.
pub const CONNECTIONS_PER_SOURCE: usize = 16;
/// Connections that a door may be told to hold.
pub const CONNECTIONS: std::ops::RangeInclusive<usize> = 1..=8_192;
/// Messages a second that one source may send when the configuration does not say: twice what a whole station must take.
pub const MESSAGES_PER_S_DEFAULT: f64 = 20_000.0;
/// Messages a second that one source may be allowed.
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
/// Messages a second that a parent may send; one that sends more is read more slowly.
pub const PARENT_MESSAGES_PER_S: f64 = 50.0;
/// Nodes' messages that wait for the parent; beyond it they are not handed on, and that is told.
pub const PASSED_UP_WAITING_MAX: usize = 256;
/// Tasks of the parent for nodes of the station whose answers are known as such.
pub const PASSED_TASKS_REMEMBERED_MAX: usize = 1_024;
/// A node whose connection was lost goes on within this long without registering again, seconds (BSI Flex 335).
pub const RESUME_WITHIN_S: f64 = 120.0;
/// Reports of one node by which another is told to be the same.
pub const REPORTS_REMEMBERED_MAX: usize = 4_096;
/// Nodes of which anything is remembered from one connection to the next.
pub const NODES_REMEMBERED_MAX: usize = 8_192;
/// Alerts of one connection that are told to the desk: so many at once, then so many a minute.
pub const NODE_ALERTS_PER_MINUTE: f64 = 30.0;
/// Areas that one status may say are seen or hidden.
pub const VIEW_AREAS_MAX: usize = 32;
/// Corners of such an area.
pub const VIEW_CORNERS: std::ops::RangeInclusive<usize> = 3..=64;
/// A field of view that turns or widens by less is the same, tenths of a degree (A): mounts tremble in the wind.
pub const VIEW_STEP_DDEG: i32 = 10;
/// A field of view that reaches farther or less far by less is the same, metres (A).
pub const VIEW_STEP_M: u32 = 100;
/// Modes of a node whose way of scanning is kept.
pub const MODES_MAX: usize = 64;
/// Battery charge at and below which people are told, percent (A).
pub const BATTERY_LOW_PERCENT: i32 = 20;
/// Battery charge at and below which a node may not be relied on, percent (A).
pub const BATTERY_EMPTY_PERCENT: i32 = 5;
/// A parent that hears a station go on for this long without a word against it takes it as the one it let in, seconds.
pub const RESUMED_SURE_S: f64 = 15.0;
/// What the parent asked and what ended while it was away is told to it when it is back within this time, seconds.
pub const ASKED_RETOLD_WITHIN_S: f64 = 3_600.0;
/// Detections that one detection may name as those that it was made from or belongs with.
pub const ORIGINS_MAX: usize = 16;
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
/// Phones behind one connection that the desk can answer.
pub const PHONES_PER_CONNECTION: usize = 16;
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
/// Pause between two handfuls of datagrams to a mesh.
pub const MESH_PAUSE: Duration = Duration::from_millis(20);
/// How often a mesh is told which versions the station reads; once a minute is due, and one may be lost.
pub const MESH_VERSIONS_EVERY: Duration = Duration::from_secs(30);
/// Networks that datagrams to a mesh may cross.
pub const MESH_TTL: std::ops::RangeInclusive<u8> = 1..=32;
/// How often what phones are shown is made anew.
pub const SHOWN_INTERVAL: Duration = Duration::from_secs(1);
/// Addresses whose datagrams are budgeted apart.
pub const DATAGRAM_SENDERS_MAX: usize = 64;
/// Datagrams a second that one address may send when the configuration does not say.
pub const DATAGRAMS_PER_S_DEFAULT: f64 = 2_000.0;
/// Datagrams that are made durable together.
pub const DATAGRAMS_TOGETHER: usize = 64;
/// Plots of one radar that are told from new ones.
pub const PLOTS_REMEMBERED: usize = 4_096;
/// No sensor of the ground sees so far.
pub const DISTANCE_MAX_M: f64 = 1e6;
/// How far beyond the range that the sector file gives a radar its plots are taken; measured ranges have errors.
pub const RANGE_SPARE: f64 = 1.05;
/// How often the core is told that a machine is alive and nothing else is new, seconds; a third of the least
/// heartbeat limit that a sector is likely to set.
pub const MACHINE_STATUS_EVERY_S: f64 = 5.0;
/// How long a jamming strobe is shown with a radar, seconds.
pub const JAMMING_SHOWN_S: f64 = 60.0;
/// A radar's own place that is farther from the sector file's than surveys differ by, metres.
pub const RADAR_APART_MAX_M: f64 = 100.0;
/// How sure an answering transponder is of an aircraft when the configuration does not say (A).
pub const TRANSPONDER_CONFIDENCE_DEFAULT: f64 = 0.95;
/// Errors that a radar may be said to have: of its range, metres, and of its azimuth, degrees.
pub const RANGE_SIGMA_M: std::ops::RangeInclusive<f64> = 0.1..=1_000.0;
pub const AZIMUTH_SIGMA_DEG: std::ops::RangeInclusive<f64> = 0.01..=20.0;
/// Radars that one door serves.
pub const RADARS_MAX: usize = 64;
/// Addresses that tracks are sent to.
pub const TRACK_RECEIVERS_MAX: usize = 16;
/// How often tracks are sent.
pub const TRACKS_INTERVAL: Duration = Duration::from_secs(1);
/// Tracks of one datagram, none of which takes more than 60 bytes: all fit one Ethernet frame.
pub const TRACKS_PER_DATAGRAM: usize = 20;
/// A track that nobody saw for so long is told as going on by what was known, seconds.
pub const COASTING_AFTER_S: f64 = 10.0;
/// Times that the end of a track is told, for datagrams get lost.
pub const TRACK_ENDS_TOLD: u8 = 3;
/// A drone that sends nothing for so long is lost, seconds; five of `MAVLink`'s heartbeats.
pub const DRONE_SILENT_S: f64 = 5.0;
/// How often the ground that a drone's camera sees is worked out, seconds.
pub const OUTLINE_EVERY_S: f64 = 1.0;
/// Stronger than any wind in which something flies; the strongest gusts ever measured outside tornadoes reached 113 m/s.
pub const WIND_MAX_MPS: f64 = 75.0;
/// Lower than this above the ground a drone feels what its own rotors stir (A).
pub const WIND_ABOVE_GROUND_M: f64 = 10.0;
/// Least time between two words of a drone to the weather desk.
pub const WIND_EVERY_S: f64 = 30.0;
/// Places and directions of a drone that are older do not belong together, seconds.
pub const POSE_FRESH_S: f64 = 2.0;
/// Half of a picture as the tangent of its angle: wider ones are slips (85 degrees to each side).
pub const HALF_PICTURE_MAX: f64 = 11.5;
/// How often a drone is sent the station's heartbeat, seconds.
pub const HEARTBEAT_EVERY_S: f64 = 1.0;
/// An address that sends nothing for so long is sent nothing either, seconds.
pub const LINK_FORGOTTEN_S: f64 = 30.0;
/// A target whose place is less sure than this in any direction has none, metres.
pub const TARGET_SIGMA_MAX_M: f64 = 1_000.0;
/// An operator's mark that moved by less is the same one, metres.
pub const MARK_STEP_M: f64 = 20.0;
/// Time between two frames of a video whose targets are taken when the configuration does not say, seconds (A):
/// a camera's heading stays off the same way for as long.
pub const FRAMES_EVERY_S_DEFAULT: f64 = 2.0;
pub const FRAMES_EVERY_S: std::ops::RangeInclusive<f64> = 0.1..=600.0;
/// Errors of a drone's altitude and attitude, and of terrain, when the configuration does not say (A).
pub const ALTITUDE_SIGMA_M_DEFAULT: f64 = 10.0;
pub const ATTITUDE_SIGMA_DEG_DEFAULT: f64 = 0.5;
/// SRTM's heights are off by at most 5.6 to 9.0 m nine times in ten, by continent (Rodriguez, Morris and Belz, 2006):
/// the upper end as one sigma.
pub const TERRAIN_SIGMA_M_DEFAULT: f64 = 5.5;
/// The same as they may be set.
pub const HEIGHT_SIGMA_M: std::ops::RangeInclusive<f64> = 0.0..=500.0;
pub const ATTITUDE_SIGMA_DEG: std::ops::RangeInclusive<f64> = 0.0..=20.0;
/// Drones that one door serves.
pub const DRONES_MAX: usize = 64;
/// Wait before a connection that the station itself opens is tried again.
pub const RECONNECT_AFTER: Duration = Duration::from_secs(2);
/// Machines that the station connects to by one protocol.
pub const MACHINES_MAX: usize = 16;
/// How often the core is told where a drone's picture rested, seconds; the line is assessed as often.
pub const VIEW_EVERY_S: f64 = 60.0;
/// How long a picture must stay on the same ground to count as a look at it, seconds (A).
pub const PICTURE_RESTS_S: f64 = 2.0;
/// Of its size, the share by which a picture may move and still be of the same ground (A).
pub const PICTURE_TREMBLES_SHARE: f64 = 0.1;
/// Pictures of a drone that are remembered.
pub const PICTURES_MAX: usize = 256;
/// A packet that is older than the newest by more was not overtaken on its way: the clock was set, seconds.
pub const PACKETS_OVERTAKEN_S: f64 = 10.0;
/// Words that are told from those that come again; older ones count as new.
pub const REPEATS_KEPT: usize = 200_000;
/// Lines of a receiver's file.
pub const TRACK_LINES_MAX: usize = 500_000;
/// Uploads that are taken at a time when the configuration does not say, and that it may allow.
pub const UPLOADS_DEFAULT: usize = 4;
pub const UPLOADS: std::ops::RangeInclusive<usize> = 1..=64;
/// Rows a second of one sensor or unit when the configuration does not say: few enough that the core drops none.
pub const UPLOAD_ROWS_PER_S_DEFAULT: f64 = 500.0;
/// Rows that are stored together.
pub const UPLOAD_CHUNK: usize = 256;
/// Uploads whose keys are remembered.
pub const UPLOAD_KEYS_KEPT: usize = 1_024;
/// Faults that one answer tells.
pub const UPLOAD_FAULTS_TOLD: usize = 32;
/// Seconds between two places of a patrol that are kept, when the configuration does not say (A), and that it may say.
pub const POSITION_STEP_S_DEFAULT: f64 = 2.0;
pub const POSITION_STEP_S: std::ops::RangeInclusive<f64> = 0.1..=600.0;
/// Pictures of recorders that are remembered.
pub const SNAPSHOTS_KEPT: usize = 8_192;
/// A picture is of what a sensor saw so little before or after it, seconds (A).
pub const SNAPSHOT_NEAR_S: f64 = 2.0;
/// Letters of a recorder's address.
pub const HREF_CHARS: usize = 200;
/// Files of a folder that are read, and entries of it that are looked at.
pub const FOLDER_FILES_MAX: usize = 256;
pub const FOLDER_ENTRIES_MAX: usize = 16_384;
/// How often a folder is looked at when the configuration does not say, and that it may say, seconds.
pub const FOLDER_POLL_S_DEFAULT: f64 = 60.0;
pub const FOLDER_POLL_S: std::ops::RangeInclusive<f64> = 1.0..=86_400.0;
/// Receivers of patrols that one door serves.
pub const RECEIVERS_MAX: usize = 256;
/// Sentences a second of one receiver when the configuration does not say: the fastest fix twenty times a second.
pub const NMEA_SENTENCES_PER_S_DEFAULT: f64 = 200.0;
/// First and longest wait before a broker is tried again.
pub const BROKER_RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];
/// A broker takes the station for gone that it hears nothing of for half as long again; longer than storing may take.
pub const BROKER_KEEP_ALIVE: Duration = Duration::from_mins(1);
/// How long a broker may take to let the station in.
pub const BROKER_GREETS_WITHIN: Duration = Duration::from_secs(10);
/// Topics that are subscribed to.
pub const TOPICS_MAX: usize = 64;
/// Messages a second of a broker when the configuration does not say.
pub const MQTT_MESSAGES_PER_S_DEFAULT: f64 = 500.0;
/// Error of a direction that a recorder's box tells, one sigma, degrees, when the configuration does not say (A).
pub const CAMERA_SIGMA_DEG_DEFAULT: f64 = 0.5;
/// What a recorder's camera may be said to have: pixels across, a direction, a width of its picture, an error.
pub const CAMERA_PIXELS: std::ops::RangeInclusive<u32> = 16..=32_768;
pub const CAMERA_FACING_DEG: std::ops::RangeInclusive<f64> = -360.0..=360.0;
pub const CAMERA_VIEW_DEG: std::ops::RangeInclusive<f64> = 0.1..=170.0;
pub const CAMERA_SIGMA_DEG: std::ops::RangeInclusive<f64> = 0.001..=30.0;
/// How long whoever comes by TLS may take to show a certificate.
pub const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Greetings under way at one door ...
pub const HANDSHAKES_MAX: usize = 256;
/// ... and those of one address among them, behind which a whole camp's phones may be.
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 32;
/// Bytes of what a phone sends to get its certificate: a request with an RSA key of 4096 bits takes 1.7 KiB in text.
pub const ENROLMENT_BODY_MAX: usize = 16 << 10;
/// Phones that are at the door for certificates at a time when the configuration does not say.
pub const ENROLMENTS_DEFAULT: usize = 64;
/// Wrong tokens of one address in quick succession ...
pub const ENROLMENT_TRIES: f64 = 5.0;
/// ... after which it is listened to once in so many seconds.
pub const ENROLMENT_TRY_EVERY_S: f64 = 12.0;
/// Addresses whose wrong tokens are remembered.
pub const ENROLMENT_ADDRESSES_MAX: usize = 4_096;
/// Characters of an invitation's name and token as they come.
pub const CREDENTIALS_CHARS_MAX: usize = 256;
/// Cameras that the station pulls.
pub const CAMERAS_MAX: usize = 32;
/// Bits a second that one camera may send when the configuration does not say (A): three times what a camera of
/// 1080 lines sends as H.264. What is more is read more slowly.
pub const CAMERA_BITS_PER_S_DEFAULT: f64 = 20e6;
pub const CAMERA_BITS_PER_S: std::ops::RangeInclusive<f64> = 64e3..=200e6;
/// Largest encoded picture.
pub const FRAME_BYTES_MAX: usize = 2 << 20;
/// Pictures of one camera that a slow listener may leave unread; two to three seconds.
pub const UNITS_WAITING_MAX: usize = 64;
/// No picture for so long, and a camera is connected anew, seconds, when the configuration does not say (A).
pub const STALLED_AFTER_S_DEFAULT: f64 = 5.0;
pub const STALLED_AFTER_S: std::ops::RangeInclusive<f64> = 0.5..=600.0;
/// How long a camera may take to begin to send.
pub const CAMERA_OPENS_WITHIN: Duration = Duration::from_secs(10);
/// First and longest wait before a camera is tried again.
pub const CAMERA_RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];
/// Length of one recording when the configuration does not say, seconds (A).
pub const FOOTAGE_FILE_S_DEFAULT: f64 = 60.0;
pub const FOOTAGE_FILE_S: std::ops::RangeInclusive<f64> = 5.0..=3_600.0;
/// A recording of so many bytes is followed by another, however short it is.
pub const FOOTAGE_BYTES_MAX: u64 = 256 << 20;
/// Bytes of a recording that are written together, if a second does not pass before.
pub const FOOTAGE_WAITING_BYTES: usize = 256 << 10;
/// How often what was recorded is written, so that a crash loses no more.
pub const FOOTAGE_WRITTEN_EVERY: Duration = Duration::from_secs(1);
/// Wait after a recording could not be written.
pub const FOOTAGE_RETRY: Duration = Duration::from_secs(10);
/// Recordings of one camera that are kept, however short they are.
pub const RECORDINGS_MAX: usize = 50_000;
/// How much of one camera's recordings is kept when the configuration does not say (A), and that it may say.
pub const KEEP_GIB_DEFAULT: f64 = 20.0;
pub const KEEP_GIB: std::ops::RangeInclusive<f64> = 0.001..=100_000.0;
pub const KEEP_DAYS_DEFAULT: f64 = 7.0;
pub const KEEP_DAYS: std::ops::RangeInclusive<f64> = 0.01..=3_650.0;
/// Bytes of a file with a camera's user and password.
pub const CREDENTIALS_BYTES_MAX: u64 = 4_096;
