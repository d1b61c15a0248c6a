//! Whom or what an input tells of. All that tells of one subject on one day is kept, or erased, together.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::audit::{Audit, Audited};
use crate::detection::Source;
use crate::journal::Input;
use crate::limits::SUBJECT_CHARS_MAX;
use crate::trace::Trace;

/// How long a kind of input is kept. Its number stands in the record in the clear, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum RetentionClass {
    /// What the station says of itself: its sector, its time, what it computed.
    Station = 1,
    /// What people decided, and what came of it.
    Decision = 2,
    /// What was erased, and from which older record this one was made.
    Erasure = 3,
    /// What sensors and people in the field saw.
    Detection = 4,
    /// How sensors are and where they look, and what no door let in.
    Equipment = 5,
    /// Where units and phones are, and what people in the field call for and write.
    Field = 6,
    Weather = 7,
    /// That a recording of a camera was complete, and its digest.
    Footage = 8,
    /// Who came in and went, who tried to, and what was taken out.
    Access = 9,
    /// What stays of tracks once what was seen of them is erased.
    Trace = 10,
}

/// Whom or what an input tells of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    pub class: RetentionClass,
    /// A sensor, a unit, a device, a person of the desk.
    pub name: String,
}

impl RetentionClass {
    pub const ALL: [Self; 10] = [
        Self::Station,
        Self::Decision,
        Self::Erasure,
        Self::Detection,
        Self::Equipment,
        Self::Field,
        Self::Weather,
        Self::Footage,
        Self::Access,
        Self::Trace,
    ];

    /// Its number in the record.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The class of a number; `None` for one that this build does not know.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.number() == number)
    }

    /// Its name on the command line and in the station's settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::Decision => "decision",
            Self::Erasure => "erasure",
            Self::Detection => "detection",
            Self::Equipment => "equipment",
            Self::Field => "field",
            Self::Weather => "weather",
            Self::Footage => "footage",
            Self::Access => "access",
            Self::Trace => "trace",
        }
    }

    /// Days for which it must be kept at least: whoever was shown something must be found for half a year.
    pub fn least_days(self) -> u16 {
        match self {
            Self::Access => 184,
            Self::Station
            | Self::Decision
            | Self::Erasure
            | Self::Detection
            | Self::Equipment
            | Self::Field
            | Self::Weather
            | Self::Footage
            | Self::Trace => 1,
        }
    }

    /// For how many days it must stay, where that is longer than anybody may have it erased before. Who looked at what must be
    /// found by whoever was looked at.
    pub fn days_before_erasure(self) -> Option<u16> {
        (self.least_days() > 1).then(|| self.least_days())
    }

    /// Whether it is never erased, neither by a rule nor by people: who decided what, and what was erased.
    pub fn stays_for_good(self) -> bool {
        match self {
            Self::Station | Self::Decision | Self::Erasure => true,
            Self::Detection
            | Self::Equipment
            | Self::Field
            | Self::Weather
            | Self::Footage
            | Self::Access
            | Self::Trace => false,
        }
    }
}

impl Subject {
    /// A name that is too long is cut: all that begin alike share their fate.
    pub fn new(class: RetentionClass, name: &str) -> Self {
        Self { class, name: name.chars().take(SUBJECT_CHARS_MAX).collect() }
    }

    /// Whom or what an input tells of.
    pub fn of(input: &Input) -> Self {
        use RetentionClass::{
            Decision, Detection, Equipment, Erasure, Field, Footage, Station, Weather,
        };

        match input {
            Input::Opened { .. }
            | Input::Tick
            | Input::Computed { .. }
            | Input::Started(_)
            | Input::Stopped => Self::new(Station, "station"),
            Input::Erased(_) | Input::Migrated(_) => Self::new(Erasure, "record"),
            Input::Registered(registration) => Self::state_of(&registration.source),
            Input::Status(status) => Self::state_of(&status.source),
            Input::Disconnected { node_id } => Self::new(Equipment, node_id),
            Input::Detected(report) => Self::new(Detection, name_of(&report.source)),
            Input::HandedOver(message) => Self::new(Detection, &message.from),
            Input::Rejected(rejection) => Self::new(
                Equipment,
                rejection.source.as_ref().map_or(&rejection.door, |source| name_of(source)),
            ),
            Input::Commanded(request) => Self::new(Decision, &request.by.0),
            Input::Audited(audit) => Self::of_audit(audit),
            Input::TaskReported { .. } => Self::new(Decision, "tasks"),
            Input::PointingReported { .. } => Self::new(Decision, "sensors"),
            Input::Called(call) => {
                Self::new(Field, call.unit.as_ref().map_or(&call.device, |unit| &unit.0))
            }
            Input::Wrote(message) => {
                Self::new(Field, message.unit.as_ref().map_or(&message.name, |unit| &unit.0))
            }
            Input::Marked(mark) => Self::new(Field, &mark.unit.0),
            Input::Traced(trace) => Self::of_trace(trace),
            Input::Viewed(report) => Self::new(Equipment, &report.sensor.0),
            Input::Pictured(report) => Self::new(Equipment, &report.sensor.0),
            Input::Recorded(recording) => Self::new(Footage, &recording.sensor.0),
            Input::Forecast(report) => Self::new(Weather, &report.station),
        }
    }

    /// A trace shares the fate of the first of those who saw it.
    pub fn of_trace(trace: &Trace) -> Self {
        let first = trace.seen_by.first();
        Self::new(RetentionClass::Trace, first.map_or("nobody", |sensor| &sensor.0))
    }

    /// Who may do what is decided; who came and went is not.
    fn of_audit(audit: &Audit) -> Self {
        let class = match &audit.what {
            Audited::SignedIn
            | Audited::SignedInByPasskey { .. }
            | Audited::SignedOut { .. }
            | Audited::SignInsFailed { .. }
            | Audited::Exported { .. }
            | Audited::Consulted(_)
            | Audited::Disclosed(_)
            | Audited::ConsultedBeyond { .. } => RetentionClass::Access,
            Audited::Found { .. }
            | Audited::Invited { .. }
            | Audited::PasswordForgotten { .. }
            | Audited::Enrolled(_)
            | Audited::Changed(_)
            | Audited::Revoked { .. }
            | Audited::PasswordChanged { .. }
            | Audited::MachineLetIn { .. }
            | Audited::MachineShutOut { .. }
            | Audited::Proposed { .. }
            | Audited::Confirmed { .. }
            | Audited::Declined { .. }
            | Audited::Lapsed { .. }
            | Audited::CarriedOut { .. }
            | Audited::Releasing { .. }
            | Audited::ReleaseFound(_)
            | Audited::Recalled { .. }
            | Audited::MachineCertified { .. }
            | Audited::PasskeyAdded { .. }
            | Audited::Protecting(_)
            | Audited::Withheld { .. }
            | Audited::KeyChanged { .. }
            | Audited::PasskeyRemoved { .. } => RetentionClass::Decision,
        };
        let by = audit.by.as_ref().map(|by| by.0.as_str()).or(audit.machine());
        Self::new(class, by.unwrap_or("nobody"))
    }

    /// How a node is and where, by what it is: where a unit is tells of people.
    fn state_of(source: &Source) -> Self {
        let class = match source {
            Source::Sensor(_) => RetentionClass::Equipment,
            Source::Unit(_) => RetentionClass::Field,
            Source::Weather(_) => RetentionClass::Weather,
        };
        Self::new(class, name_of(source))
    }
}

/// As it is read from the command line.
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.class.name(), self.name)
    }
}

/// Why a text names no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a subject is CLASS/NAME, such as `detection/tower-1` or `field/patrol-2`, got {0:?}")]
pub struct SubjectError(pub String);

impl std::str::FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let wrong = || SubjectError(text.to_owned());
        let (class, name) = text.split_once('/').ok_or_else(wrong)?;
        let class = RetentionClass::ALL.into_iter().find(|one| one.name() == class);
        match class {
            Some(class) if !name.is_empty() => Ok(Self::new(class, name)),
            Some(_) | None => Err(wrong()),
        }
    }
}

fn name_of(source: &Source) -> &String {
    match source {
        Source::Sensor(sensor) => &sensor.0,
        Source::Unit(unit) => &unit.0,
        Source::Weather(node) => node,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use sight::sector::{SensorId, UnitId};

    use super::*;
    use crate::detection::StatusReport;
    use crate::erasure::{ErasedBy, Erasure};
    use crate::journal::{AlertId, Command, CommandRequest, PersonId};

    #[test]
    fn every_class_has_a_number_and_a_name_of_its_own() {
        for class in RetentionClass::ALL {
            assert_eq!(RetentionClass::of_number(class.number()), Some(class));
            let alike = RetentionClass::ALL.into_iter().filter(|one| one.name() == class.name());
            assert_eq!(alike.count(), 1, "{class:?}");
        }
        assert_eq!(RetentionClass::of_number(0), None);
        assert_eq!(RetentionClass::of_number(255), None);
    }

    #[test]
    fn where_a_unit_is_tells_of_people_and_how_a_sensor_is_does_not() {
        let status = |source| {
            Input::Status(StatusReport {
                source,
                report_id: "1".into(),
                observed_at: Timestamp::UNIX_EPOCH,
                detecting: true,
                note: String::new(),
                location: None,
                weather: None,
                impaired: None,
            })
        };
        let of = |source| Subject::of(&status(source)).to_string();
        assert_eq!(of(Source::Unit(UnitId("patrol-2".into()))), "field/patrol-2");
        assert_eq!(of(Source::Sensor(SensorId("tower-1".into()))), "equipment/tower-1");
        assert_eq!(of(Source::Weather("mast".into())), "weather/mast");
    }

    #[test]
    fn what_people_decide_and_what_is_erased_stays_for_good() {
        let decided = Input::Commanded(CommandRequest {
            by: PersonId("lieutenant".into()),
            key: "1".into(),
            command: Command::Acknowledge { alert: AlertId(1) },
        });
        let erased = Input::Erased(Erasure {
            by: ErasedBy::Rule("record.keep_days.detection = 30".into()),
            reason: "age".into(),
            keys: Vec::new(),
        });
        for input in [decided, erased, Input::Tick] {
            assert!(Subject::of(&input).class.stays_for_good(), "{input:?}");
        }
    }

    #[test]
    fn a_subject_is_read_as_it_is_told_and_a_long_name_is_cut() {
        let subject = Subject::new(RetentionClass::Detection, "tower-1/north");
        assert_eq!(subject.to_string().parse(), Ok(subject));
        let long = Subject::new(RetentionClass::Field, &"é".repeat(10_000));
        assert_eq!(long.name.chars().count(), SUBJECT_CHARS_MAX);
        for wrong in ["", "detection", "detection/", "weapon/x"] {
            assert!(wrong.parse::<Subject>().is_err(), "{wrong}");
        }
    }
}
