//! Every input and output of the core, and the versioned encoding of inputs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{StretchAssessment, View};
use sight::sector::SensorId;

use crate::alert::acts::AlertAct;
use crate::alert::{Alert, Outcome};
use crate::audit::Audit;
use crate::call::Call;
use crate::detection::{
    DetectionReport, ForecastReport, Registration, Rejection, StatusReport, ViewReport,
};
use crate::dispatch::{Task, TaskKind, TaskStage, UnitState};
use crate::erasure::{Erasure, Migration};
use crate::footage::{PictureReport, Recording};
use crate::heavy::HeavyRequest;
use crate::mark::Mark;
use crate::message::Message;
use crate::pointing::{Aim, Pointing};
use crate::runs::Start;
use crate::seam::{AtSeam, SeamMessage};
use crate::trace::Trace;
use crate::tracking::{Height, Mode, TrackAct, TrackActRecord, TrackEstimate};

macro_rules! counter_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);
    };
}

counter_id!(/** A track's number, counted from 1 and never used again. */ TrackId);
counter_id!(/** An alert's number, counted from 1. */ AlertId);
counter_id!(/** A task's number, counted from 1. */ TaskId);
counter_id!(/** The number of what a person said of a track, counted from 1. */ TrackActId);
counter_id!(/** The number of an order to a sensor, counted from 1. */ PointingId);
counter_id!(/** A suppression's number, counted from 1. */ SuppressionId);
counter_id!(/** A heavy request's number, counted from 1. */ RequestId);

/// Who acted, by name at the desk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub String);

/// One journalled input and the station time at which it is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    /// Milliseconds that the machine had counted since the program started, by a clock that nobody can set; nothing where no
    /// running station took it. The core does not read it.
    pub since_start_ms: Option<u64>,
    pub input: Input,
}

impl Entry {
    /// An entry that no running station took.
    pub fn new(at: Timestamp, input: Input) -> Self {
        Self { at, since_start_ms: None, input }
    }
}

/// Everything that can move the core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// First entry of a record: which sector file it is about (SHA-256 of its resolved form).
    Opened {
        sector: String,
        sector_digest: [u8; 32],
    },
    /// Time passes.
    Tick,
    Registered(Registration),
    /// The door lost a node, or it said goodbye.
    Disconnected {
        node_id: String,
    },
    Status(StatusReport),
    Detected(DetectionReport),
    Rejected(Rejection),
    /// A heavy result is ready; the result itself travels beside the entry.
    Computed {
        request: RequestId,
        digest: [u8; 32],
    },
    Commanded(CommandRequest),
    /// A unit's answer to a task.
    TaskReported {
        task: TaskId,
        stage: TaskStage,
        note: String,
    },
    /// A neighbouring sector's word about a track at the seam.
    HandedOver(SeamMessage),
    /// A person's device calls for help, or no more.
    Called(Call),
    /// A person in the field writes to the desk.
    Wrote(Message),
    /// A sensor says where it looks, and that is other than what it said before.
    Viewed(ViewReport),
    /// A sensor's answer to what it was asked to look at.
    PointingReported {
        pointing: PointingId,
        stage: TaskStage,
        note: String,
    },
    /// A camera's pictures stopped coming, or come again.
    Pictured(PictureReport),
    /// A file of a camera's pictures is complete.
    Recorded(Recording),
    /// A forecast takes the place of what was expected at its station.
    Forecast(ForecastReport),
    /// Something was done about who may do what, or somebody came or went.
    Audited(Audit),
    /// Contents of entries are erased for good.
    Erased(Erasure),
    /// The entries before it were taken over from a record of an older format.
    Migrated(Migration),
    /// A person in the field puts a sensor on the map, or takes it away.
    Marked(Mark),
    /// What stays of a track, of which what was seen is erased next.
    Traced(Trace),
    /// The station's program started.
    Started(Start),
    /// It stops, and has written down all that it took.
    Stopped,
}

/// What a person asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRequest {
    pub by: PersonId,
    /// The same key twice is the same command once.
    pub key: String,
    pub command: Command,
}

/// The acts of the desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    Acknowledge {
        alert: AlertId,
    },
    /// Ask for units ranked by arrival; the answer is [`Output::Proposals`].
    Propose {
        alert: AlertId,
    },
    Dispatch {
        alert: AlertId,
        unit: sight::sector::UnitId,
        task: TaskKind,
        reason: String,
    },
    AnswerHelp {
        alert: AlertId,
        needs_help: bool,
    },
    Close {
        alert: AlertId,
        outcome: Outcome,
        reason: String,
    },
    /// Leave out what a sensor says, or believe it again.
    JudgeSensor {
        sensor: SensorId,
        order: crate::tracking::Order,
        reason: String,
    },
    /// Say of a track what the tracker does not know.
    ActOnTrack {
        act: TrackAct,
        reason: String,
    },
    /// Take back what was said of a track.
    UndoTrackAct {
        act: TrackActId,
        reason: String,
    },
    /// Ask which patrol, drone or checkpoint, moved where, buys back most sight within a time; the answer is [`Output::Moves`].
    ProposeMoves {
        horizon_s: u32,
    },
    /// Say whether a clock that is off is wrong by what was found, or right as it is.
    JudgeClock {
        sensor: SensorId,
        order: crate::clocks::ClockOrder,
        reason: String,
    },
    /// Ask a sensor to look or to fly somewhere, or let it go again.
    PointSensor {
        sensor: SensorId,
        aim: Aim,
        reason: String,
    },
    /// Say what comes of something that a parent asks by a message.
    AnswerAsked {
        message: u64,
        answer: crate::message::Answer,
        reason: String,
    },
    /// Put alerts aside, let them go, suppress them, or say what gives cause for one.
    ActOnAlert {
        act: AlertAct,
        reason: String,
    },
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct CommandRefused {
    /// Stable code for machines, such as `alert-unknown`, `stage-wrong`, `reason-missing`.
    pub code: String,
    pub field: String,
    pub reason: String,
}

/// Everything the core says.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    Compute {
        id: RequestId,
        request: HeavyRequest,
    },
    Track(TrackView),
    TrackEnded(TrackId),
    Alert(Alert),
    Task(Task),
    Unit(UnitState),
    Sensor(SensorState),
    /// The whole line was assessed anew.
    Stretches(Vec<StretchAssessment>),
    Weather(Vec<WeatherState>),
    Proposals {
        alert: AlertId,
        proposals: Vec<crate::dispatch::Proposal>,
    },
    /// Moves that would buy back sight, as they were asked for.
    Moves {
        request: RequestId,
        answer: std::sync::Arc<sight::placement::BuyBack>,
    },
    /// A task must be told to its unit.
    SendTask(Task),
    /// An order must be told to its sensor.
    SendPointing(Pointing),
    /// A neighbouring sector must be told.
    HandOver(SeamMessage),
    CommandDone {
        key: String,
        result: Result<(), CommandRefused>,
    },
}

/// A reported track, as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackView {
    pub id: TrackId,
    pub at: Timestamp,
    pub east_m: f64,
    pub north_m: f64,
    pub east_mps: f64,
    pub north_mps: f64,
    /// Error of the speed, one sigma.
    pub speed_sigma_mps: f64,
    /// Position covariance: east-east, east-north, north-north.
    pub covariance_m2: [f64; 3],
    /// Probability that it is there at all.
    pub existence: f64,
    pub class: crate::detection::Class,
    pub class_probability: f64,
    /// How it most likely moves just now.
    pub motion: Option<Mode>,
    /// Where it flies, rather than not, and a height was measured.
    pub height: Option<Height>,
    /// Sensors that contributed in the last three minutes.
    pub seen_by: Vec<SensorId>,
    pub last_seen_at: Timestamp,
    /// Other numbers by which it is known, since a person said that they are one.
    pub also: Vec<TrackId>,
    /// A person wants it in the picture, however faint.
    pub pinned: bool,
    /// Nobody follows it any more: it is shown where it was at `at`, because it is pinned.
    pub lost: bool,
    /// What people said of it, what they took back included.
    pub acts: Vec<TrackActRecord>,
    /// What each sensor said of it when it told of it last, the newest first.
    pub told: Vec<crate::sayings::Told>,
    /// Its identity along the whole line, and who answers for it.
    pub at_seam: AtSeam,
}

/// Sensors that saw a track within this time are named with it.
const SEEN_BY_S: f64 = 180.0;

impl TrackView {
    /// What people are shown of an estimate, and what they said of it; what sensors said is yet to come, and so are the seams.
    pub fn of(estimate: &TrackEstimate, acts: Vec<TrackActRecord>, now: Timestamp) -> Self {
        // A person's word outranks what sensors make of it.
        let said = estimate.spoken.class.map(|class| (class, 1.0));
        let (class, class_probability) = said.unwrap_or_else(|| estimate.classes.most_likely());
        let lately = |at: Timestamp| now.duration_since(at).as_secs_f64() <= SEEN_BY_S;
        let seen_by =
            estimate.seen_by.iter().filter(|(_, at)| lately(*at)).map(|(sensor, _)| sensor.clone());
        Self {
            id: estimate.id,
            at: estimate.at,
            east_m: estimate.mean[0],
            north_m: estimate.mean[2],
            east_mps: estimate.mean[1],
            north_mps: estimate.mean[3],
            speed_sigma_mps: libm::sqrt(f64::midpoint(
                estimate.covariance[(1, 1)],
                estimate.covariance[(3, 3)],
            )),
            covariance_m2: [
                estimate.covariance[(0, 0)],
                estimate.covariance[(0, 2)],
                estimate.covariance[(2, 2)],
            ],
            existence: estimate.existence,
            class,
            class_probability,
            motion: estimate.motion(),
            height: estimate.height,
            seen_by: seen_by.collect(),
            last_seen_at: estimate.last_seen_at,
            also: estimate.spoken.also.clone(),
            pinned: estimate.spoken.pinned,
            lost: estimate.spoken.lost,
            acts,
            told: Vec::new(),
            at_seam: AtSeam::default(),
        }
    }

    /// Whether a number means this track.
    pub fn is_known_as(&self, id: TrackId) -> bool {
        self.id == id || self.also.contains(&id)
    }
}

/// A sensor as the watch floor knows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SensorState {
    pub id: SensorId,
    pub condition: sight::coverage::SensorCondition,
    /// Where it says that it looks, if it says anything of it.
    pub view: View,
    /// Whether it says that it can be asked to follow what it told of.
    pub follows: bool,
    /// What the desk asked of it last.
    pub pointing: Option<Box<Pointing>>,
    /// Why its pictures do not come, where they should.
    pub picture_lost: Option<String>,
    /// Why it says that it may not be relied on, though it detects.
    pub impaired: Option<crate::detection::Impairment>,
    pub heard_at: Option<Timestamp>,
    pub note: String,
    pub detections: u64,
    pub worth: crate::roster::Worth,
    pub clock: crate::clocks::ClockReport,
    /// What it told beyond what is kept of one sensor.
    pub flood: crate::looks::Flood,
}

/// What one weather source said last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeatherState {
    pub source: crate::detection::Source,
    pub at: sight::coverage::WeatherAt,
    /// How high it is where that is told, above sea.
    pub height_m: Option<f64>,
    pub observed_at: Timestamp,
}

/// Version of the encoding below and of what a core makes of it; a record of another one is refused.
///
/// 2: assessments break ties otherwise and know the light, so the digests in older records no longer hold.
/// 3: the same again, for rates vary within a cell of the ways; tracks are brought forward only where a scan reaches them.
/// 4: places tell the error of their height, radars an elevation beside a speed, hand-overs a height.
/// 5: weather tells its ceiling, masts below a summit see from where they stand, and a unit is not moved by what it told
/// before where it is known to be.
/// 6: what a turning sensor tells plot by plot is one look, and looks wait as long as words come late; pictures are told of.
/// 7: registrations say whether their sensor can follow, weather need not tell how far one sees, forecasts are kept, and looks
/// wait as long as they last.
/// 8: looks wait as long as it took lately until they were whole; what is done about people and their rights is written down.
/// 9: two people change what other agencies are given, and the policy's text is written down; so is which certificate a machine
/// got.
/// 10: which passkeys people have is written down; two people let a machine in; detections say what their object seems to do and
/// what they were made from, a status why its node may not be relied on, and messages what a parent asks by them; the words of a
/// device about its call are told from old ones by its own clock, and sensors that people marked are kept.
/// 11: what stays of tracks whose detections are erased is written down; so is what protects the record, and who is given what
/// beside the page; acts of the desk bear the numbers of their entries.
/// 12: each start and each clean end is written down, and with each entry how long the machine had counted since the start;
/// forecasts tell when dust is expected, and alerts have the rules and the states of ISA-18.2.
pub const JOURNAL_VERSION: u8 = 12;

/// Oldest version whose entries have the form of today's, so that they can be read though not acted on again.
const OLDEST_READABLE: u8 = 7;
/// First version in which detections, status and messages end with what [`lacking`] counts.
const WITH_REMARKS: u8 = 10;
/// First version in which entries tell how long the machine had counted, and forecasts when dust is expected.
const WITH_COUNTED: u8 = 12;

/// Why bytes are not an entry.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    #[error("journal entry is empty")]
    Empty,
    #[error("journal entry has version {0}, this build reads version {JOURNAL_VERSION}")]
    Version(u8),
    #[error("journal entry cannot be read: {0}")]
    Malformed(String),
}

/// One version byte, then the entry in postcard.
pub fn encode(entry: &Entry) -> Vec<u8> {
    postcard::to_extend(entry, vec![JOURNAL_VERSION]).expect(
        "an entry always encodes: its types hold no unsized sequences and no failing serialisers",
    )
}

/// The entry that [`encode`] wrote.
pub fn decode(bytes: &[u8]) -> Result<Entry, DecodeError> {
    let (version, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if *version != JOURNAL_VERSION {
        return Err(DecodeError::Version(*version));
    }
    postcard::from_bytes(body).map_err(|e| DecodeError::Malformed(e.to_string()))
}

/// An entry of this version or an older one, to be read: what a core of another version made of it is not what this one would.
pub fn read(bytes: &[u8]) -> Result<Entry, DecodeError> {
    let (version, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
    if !(OLDEST_READABLE..=JOURNAL_VERSION).contains(version) {
        return Err(DecodeError::Version(*version));
    }
    let malformed = |e: postcard::Error| DecodeError::Malformed(e.to_string());
    if *version >= WITH_COUNTED {
        return postcard::from_bytes(body).map_err(malformed);
    }
    // What an older entry lacks stands at its end, and a zero says of each part that there is none.
    let ended = [body, &[0; LACKING_MAX]].concat();
    let (entry, rest) = postcard::take_from_bytes::<Uncounted>(&ended).map_err(malformed)?;
    let entry = entry.entry();
    let (used, lacks) =
        (LACKING_MAX - rest.len().min(LACKING_MAX), lacking(&entry.input, *version));
    if used == lacks {
        return Ok(entry);
    }
    Err(DecodeError::Malformed(format!("it lacks {used} bytes at its end, and may lack {lacks}")))
}

/// How long the machine had counted when an entry was taken, without reading the rest of it; nothing where it does not say.
pub fn since_start_ms(bytes: &[u8]) -> Option<u64> {
    let (version, body) = bytes.split_first()?;
    if !(WITH_COUNTED..=JOURNAL_VERSION).contains(version) {
        return None;
    }
    let head = postcard::take_from_bytes::<(&str, Option<u64>)>(body);
    head.ok().and_then(|((_, counted), _)| counted)
}

/// An entry as it was written before [`WITH_COUNTED`].
#[derive(Serialize, Deserialize)]
struct Uncounted {
    at: Timestamp,
    input: Input,
}

impl Uncounted {
    fn entry(self) -> Entry {
        Entry::new(self.at, self.input)
    }
}

/// The most that [`lacking`] counts.
const LACKING_MAX: usize = 2;

/// Bytes that an entry of an older version lacks at its end.
fn lacking(input: &Input, version: u8) -> usize {
    if matches!(input, Input::Forecast(_)) {
        1
    } else if version >= WITH_REMARKS {
        0
    } else if matches!(input, Input::Detected(_)) {
        LACKING_MAX
    } else {
        usize::from(matches!(input, Input::Status(_) | Input::Wrote(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::ForecastReport;

    /// As a program of a version before [`WITH_COUNTED`] wrote it, but for what is lacking at its end.
    fn written_before(version: u8, Entry { at, input, .. }: Entry) -> Vec<u8> {
        postcard::to_extend(&Uncounted { at, input }, vec![version]).unwrap()
    }

    #[test]
    fn how_long_the_machine_counted_is_read_from_the_head_of_an_entry() {
        for since_start_ms in [None, Some(0), Some(127), Some(86_400_000), Some(u64::MAX)] {
            let entry = Entry { since_start_ms, ..Entry::new(Timestamp::UNIX_EPOCH, Input::Tick) };
            let bytes = encode(&entry);
            assert_eq!(super::since_start_ms(&bytes), since_start_ms);
            assert_eq!(decode(&bytes), Ok(entry.clone()));
            let old = written_before(WITH_COUNTED - 1, entry);
            assert_eq!(super::since_start_ms(&old), None);
        }
        let counted = since_start_ms;
        assert_eq!((counted(&[]), counted(&[JOURNAL_VERSION, 9])), (None, None));
    }

    #[test]
    fn an_entry_of_an_older_version_is_read_and_not_acted_on_and_one_of_a_later_is_neither() {
        let entry = Entry::new(Timestamp::UNIX_EPOCH, Input::Tick);
        let bytes = encode(&entry);
        assert_eq!((decode(&bytes), read(&bytes)), (Ok(entry.clone()), Ok(entry.clone())));
        let mut bytes = written_before(OLDEST_READABLE, entry.clone());
        assert_eq!(
            (decode(&bytes), read(&bytes)),
            (Err(DecodeError::Version(OLDEST_READABLE)), Ok(entry))
        );
        for version in [0, OLDEST_READABLE - 1, JOURNAL_VERSION + 1] {
            bytes[0] = version;
            assert_eq!(read(&bytes), Err(DecodeError::Version(version)));
        }
        assert_eq!(read(&[]), Err(DecodeError::Empty));
    }

    #[test]
    fn what_an_entry_of_an_older_version_lacks_at_its_end_is_nothing() {
        let source = crate::detection::Source::Weather("mast".into());
        let (id, at) = (String::from("1"), Timestamp::UNIX_EPOCH);
        let detected = Input::Detected(DetectionReport {
            source: source.clone(),
            report_id: id.clone(),
            object_id: id.clone(),
            observed_at: at,
            position: crate::detection::ReportedPosition::Polar {
                azimuth_deg: 9.0,
                azimuth_sigma_deg: None,
                elevation_deg: None,
                elevation_sigma_deg: None,
                range_m: None,
                range_sigma_m: None,
            },
            confidence: None,
            classes: vec![(crate::detection::Class::Person, 0.5)],
            remarks: crate::detection::Remarks::default(),
        });
        let status = Input::Status(StatusReport {
            source,
            report_id: id.clone(),
            observed_at: at,
            detecting: true,
            note: "well".into(),
            location: None,
            weather: None,
            impaired: None,
        });
        let wrote = Input::Wrote(Message {
            door: "cot".into(),
            id: id.clone(),
            name: id,
            unit: None,
            text: "hello".into(),
            written_at: at,
            place: None,
            asked: None,
        });
        let forecast = Input::Forecast(ForecastReport {
            station: "ORBD".into(),
            heard_at: at,
            text: "TAF ORBD".into(),
            dust: Vec::new(),
        });
        let lacking = [
            (detected, 2, 0),
            (status, 1, 0),
            (wrote, 1, 0),
            (forecast, 1, 1),
            (Input::Tick, 0, 0),
        ];
        for (input, lacks, lacks_later) in lacking {
            let entry = Entry::new(at, input);
            let mut newer = written_before(WITH_COUNTED - 1, entry.clone());
            newer.truncate(newer.len() - lacks_later);
            assert_eq!(read(&newer), Ok(entry.clone()));
            let mut old = written_before(WITH_REMARKS - 1, entry.clone());
            old.truncate(old.len() - lacks);

            assert_eq!(read(&old), Ok(entry));
            old.pop();
            assert!(matches!(read(&old), Err(DecodeError::Malformed(_))), "{lacks}");
        }
    }
}
