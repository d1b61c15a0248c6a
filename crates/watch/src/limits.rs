//! Every maximum and every waiting time of the core, in one place.

/// Commands whose keys are remembered, so that a repeat is not a second act.
pub const COMMAND_KEYS_MAX: usize = 4_096;
/// Longest idempotency key, bytes.
pub const COMMAND_KEY_BYTES_MAX: usize = 64;
/// Longest reason or note a person may give, characters.
pub const REASON_CHARS_MAX: usize = 500;
/// Nodes that may be registered at once.
pub const NODES_MAX: usize = 8_192;
/// Weather sources that are kept.
pub const WEATHER_SOURCES_MAX: usize = 256;
/// Different rejections that are counted apart; the rest are counted together.
pub const REJECTION_KINDS_MAX: usize = 64;
/// Open alerts; a flood beyond it is counted and said.
pub const ALERTS_OPEN_MAX: usize = 2_000;
/// Of these, places that only alerts of the highest priority may take.
pub const ALERTS_HIGH_RESERVED: usize = 200;
/// Alerts that may be acknowledged at once.
pub const ACKNOWLEDGED_AT_ONCE_MAX: usize = 500;
/// Suppressions in force at once.
pub const SUPPRESSIONS_MAX: usize = 256;
/// Calls of which the moments are kept, to tell a flood.
pub const FLOOD_CALLS_KEPT: usize = 4_096;
/// Shifts whose load is kept, and people told apart in each.
pub const SHIFTS_KEPT: usize = 10;
pub const OPERATORS_MAX: usize = 64;
/// Sight below which the air is hazy, m, and wind from which it is windy, m/s, where outcomes are told apart by weather. Assumptions.
pub const HAZE_M: f64 = 5_000.0;
pub const WINDY_MPS: f64 = 10.0;
/// Sensors of which outcomes are counted apart.
pub const NUISANCE_SENSORS_MAX: usize = 4_096;
/// Hits of ground sensors that are kept to find a pattern in.
pub const GROUND_HITS_KEPT: usize = 256;
/// Sensors that are named with one alert.
pub const ALERT_SENSORS_MAX: usize = 64;
/// Windows of dust that are kept of one forecast.
pub const DUST_WINDOWS_MAX: usize = 48;
/// Closed alerts that stay in the picture; older ones live in the record.
pub const ALERTS_CLOSED_KEPT: usize = 200;
/// Calls for help that are told apart; more than alerts may be open, so that an open one is never forgotten.
pub const CALLS_MAX: usize = 4_096;
/// Messages of people that stay in the picture; the record has all.
pub const MESSAGES_KEPT: usize = 200;
/// Sensors that people marked and that are shown.
pub const MARKS_KEPT: usize = 256;
/// Lines of an alert's history that stay in the picture; the record has all.
pub const ALERT_ACTS_MAX: usize = 64;
/// Finished tasks that stay in the picture.
pub const TASKS_DONE_KEPT: usize = 200;
/// Bytes of scans and states that the tracker keeps of the last seconds, for looks that come late.
pub const TRACKER_PAST_BYTES_MAX: usize = 256 << 20;
/// Cells of all sensors together of which the chance to find somebody is kept, eight bytes each.
pub const CELL_CHANCES_MAX: usize = 8 << 20;
/// Detections that one look may hold.
pub const LOOK_DETECTIONS_MAX: usize = 1_000;
/// Reports of all sensors together that may wait for their turn.
pub const REPORTS_WAITING_MAX: usize = 50_000;
/// Reports of one sensor or unit that may wait for their turn; what it tells beyond is dropped, and counted.
pub const SENSOR_REPORTS_WAITING_MAX: usize = 2_000;
/// Words that came too late for the tracker and are kept as evidence; the record has all of them.
pub const EVIDENCE_MAX: usize = 1_024;
/// Of one sensor or unit, the newest.
pub const EVIDENCE_PER_SOURCE_MAX: usize = 64;
/// Tracks that are named with one of them.
pub const EVIDENCE_TRACKS_MAX: usize = 4;
/// A word about longer before a track or an alert began does not bear on it; trails are kept no longer either.
pub const EVIDENCE_BEARS_S: f64 = 1_800.0;
/// A track that ended counts as being where it was last for so long.
pub const EVIDENCE_AFTER_S: f64 = 30.0;
/// Looks wait for slower sensors, so that they reach the tracker in order of time, but no longer than this for those that
/// are slower than the quickest.
pub const LOOK_HOLD_MAX_S: f64 = 2.0;
/// They wait this much longer than the latest word took lately.
pub const LOOK_HOLD_MARGIN_S: f64 = 0.02;
/// Reports of one look of a sensor that turns are seen within this time, and of one that sees all at once within this.
pub const LOOK_SPAN_TURNING_MAX_S: f64 = 0.5;
pub const LOOK_SPAN_STARING_MAX_S: f64 = 0.1;
/// An object that is told again sooner than this does not end its look: nothing looks more often than a hundred times a second.
pub const LOOK_SPAN_LEAST_S: f64 = 0.01;
/// A report from further ahead than this is from a clock that is wrong.
pub const CLOCK_AHEAD_MAX_S: f64 = 5.0;
/// Whiles of ten seconds over which a clock's drift is judged: an hour.
pub const CLOCK_WINDOWS_MAX: usize = 360;
/// Time between two assessments of the line, unless something broke.
pub const ASSESS_INTERVAL_S: f64 = 60.0;
/// An assessment that is not in after this long leaves every stretch unknown.
pub const ASSESS_PATIENCE_S: f64 = 300.0;
/// Sight that is worse than this and changes by the ratio below, or wind that changes so much, is assessed at once.
pub const OPEN_SIGHT_M: f64 = 15_000.0;
pub const SIGHT_TURN_RATIO: f64 = 1.5;
pub const WIND_TURN_MPS: f64 = 5.0;
/// A drone's wind is new weather where it is told from so far away, or has changed by so much.
pub const WIND_PLACE_STEP_M: f64 = 2_000.0;
pub const WIND_STEP_MPS: f64 = 2.0;
/// A moving sensor is taken to be where it was until it has moved this far.
pub const MOVED_STEP_M: f64 = 1_000.0;
/// Or climbed this far.
pub const CLIMBED_STEP_M: f64 = 60.0;
/// Steps that a panning sensor's field of regard may be cut into.
pub const SWEEP_STEPS_MAX: u16 = 360;
/// Identities that are handed over, or were not long ago.
pub const SEAM_TRACKS_MAX: usize = 4_096;
/// Sensors that are named with a track that is handed over.
pub const SEAM_SOURCES_MAX: usize = 64;

/// How far ahead moves may be asked for, in seconds: ten minutes to six hours.
pub const MOVES_HORIZON_S: (u32, u32) = (600, 21_600);
/// Longest leg of a patrol of a drone, m; a check of the way costs as much as the way is long.
pub const PATROL_LEG_MAX_M: f64 = 50_000.0;
/// Places of one patrol of a drone.
pub const PATROL_PLACES_MAX: usize = 16;
/// What a sensor said of a track holds for this time, and it is not asked to follow what it has not told of within it, s.
pub const SAID_WITHIN_S: f64 = 30.0;
/// Words of one sensor of what it told of, as far as they are kept.
pub const SAYINGS_OF_SENSOR_MAX: usize = 4_096;
/// Sensors whose last words of a track are told with it.
pub const TOLD_OF_TRACK_MAX: usize = 8;
/// Speed of a drone on its way to another place. An assumption.
pub const DRONE_TRANSFER_MPS: f64 = 15.0;

/// Heights above sea that a thing may be told at, m: from below the Dead Sea's shore to what flies over any line here.
pub const HEIGHT_M: (f64, f64) = (-500.0, 20_000.0);
/// Error of a height beyond which it says nothing, m.
pub const HEIGHT_SIGMA_MAX_M: f64 = 5_000.0;
/// Nothing here climbs or falls faster, m/s.
pub const CLIMB_MAX_MPS: f64 = 100.0;

/// Letters of a subject's name.
pub const SUBJECT_CHARS_MAX: usize = 128;
