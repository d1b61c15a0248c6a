//! A SAPIENT radar that registers, says that all is well, and tells what it sees.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use jiff::Timestamp;
use wire::sapient::detection::{DetectionReport, Position};
use wire::sapient::place::{
    LocationCoordinateSystem, LocationDatum, RangeBearing, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};
use wire::sapient::registration::{
    Capability, Command, CommandType, ConfigurationData, Coordinates, Datum, Duration as Interval,
    LocationType, ModeDefinition, ModeType, NodeDefinition, NodeType, RegionDefinition,
    Registration, StatusDefinition, TaskDefinition, TimeUnits,
};
use wire::sapient::status::{Info, StatusReport, System};
use wire::sapient::task::{Task, TaskAck, TaskStatus};
use wire::sapient::{Content, ICD_VERSION, SapientMessage, decode, encode_frame};

const NODE_ID: &str = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01";

pub(crate) struct Sensor(TcpStream);

impl Sensor {
    pub(crate) fn connect(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        Self(stream)
    }

    /// Registers, waits for the acknowledgement, sends one status, and closes.
    pub(crate) fn register_and_report(mut self) {
        self.register();
    }

    /// Registers, waits for the acknowledgement and sends one status.
    pub(crate) fn register(&mut self) {
        self.say(registration());
        let reply = self.hear();
        let Some(Content::RegistrationAck(ack)) = &reply.content else { panic!("{reply:?}") };
        assert_eq!(ack.acceptance, Some(true), "{ack:?}");
        self.say(Content::StatusReport(StatusReport {
            report_id: Some("01ARZ3NDEKTSV4RRFFQ69G5FAV".into()),
            system: Some(System::Ok.into()),
            info: Some(Info::New.into()),
            mode: Some("watch".into()),
            ..Default::default()
        }));
    }

    /// Says that it is well, as it must every now and then.
    pub(crate) fn is_well(&mut self) {
        self.say(Content::StatusReport(StatusReport {
            report_id: Some(ulid(u64::try_from(Timestamp::now().as_millisecond()).unwrap())),
            system: Some(System::Ok.into()),
            info: Some(Info::New.into()),
            mode: Some("watch".into()),
            ..Default::default()
        }));
    }

    /// Waits for what it is asked to do.
    pub(crate) fn asked(&mut self) -> Task {
        loop {
            if let Some(Content::Task(task)) = self.hear().content {
                return task;
            }
        }
    }

    /// Says what becomes of what it was asked.
    pub(crate) fn answer(&mut self, task: &Task, status: TaskStatus, reason: &str) {
        self.say(Content::TaskAck(TaskAck {
            task_id: task.task_id.clone(),
            task_status: Some(status.into()),
            associated_file: None,
            reason: vec![reason.into()],
        }));
    }

    /// Tells of things seen at a time, each at an azimuth and a range; `from` numbers the first report.
    pub(crate) fn see(&mut self, at: Timestamp, from: u64, things: &[(f64, f64)]) {
        self.try_see(at, from, things).unwrap();
    }

    /// The same at a station that may be gone.
    pub(crate) fn try_see(
        &mut self,
        at: Timestamp,
        from: u64,
        things: &[(f64, f64)],
    ) -> std::io::Result<()> {
        let placed = things.iter().map(|&(azimuth_deg, range_m)| (azimuth_deg, Some(range_m)));
        self.tell(at, (from, None), placed)
    }

    /// Tells of one thing in a direction, at no range.
    pub(crate) fn see_towards(&mut self, at: Timestamp, number: u64, azimuth_deg: f64) {
        self.tell(at, (number, None), std::iter::once((azimuth_deg, None))).unwrap();
    }

    /// Tells of one thing that it calls by the same number again and again.
    pub(crate) fn see_again(&mut self, at: Timestamp, (report, object): (u64, u64), range_m: f64) {
        let thing = std::iter::once((270.0, Some(range_m)));
        self.tell(at, (report, Some(object)), thing).unwrap();
    }

    fn tell(
        &mut self,
        at: Timestamp,
        (from, object): (u64, Option<u64>),
        things: impl Iterator<Item = (f64, Option<f64>)>,
    ) -> std::io::Result<()> {
        let mut bytes = Vec::new();
        for (number, (azimuth_deg, range_m)) in (from..).zip(things) {
            let seen = RangeBearing {
                azimuth: Some(azimuth_deg),
                range: range_m,
                coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
                datum: Some(RangeBearingDatum::True.into()),
                ..Default::default()
            };
            let report = DetectionReport {
                report_id: Some(ulid(number)),
                object_id: Some(ulid(object.unwrap_or(number))),
                location: Some(Position::RangeBearing(seen)),
                ..Default::default()
            };
            bytes.extend(encode_frame(&envelope(at, Content::DetectionReport(report))).unwrap());
        }
        self.0.write_all(&bytes)
    }

    fn say(&mut self, content: Content) {
        self.0.write_all(&encode_frame(&envelope(Timestamp::now(), content)).unwrap()).unwrap();
    }

    fn hear(&mut self) -> SapientMessage {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut bytes).unwrap();
        decode(&bytes).unwrap()
    }
}

fn envelope(at: Timestamp, content: Content) -> SapientMessage {
    SapientMessage {
        timestamp: Some(at.into()),
        node_id: Some(NODE_ID.into()),
        content: Some(content),
        ..Default::default()
    }
}

/// An identifier of its own for each number: its digits to the base of 32, as ULIDs are written.
pub(crate) fn ulid(number: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit =
        |place: u32| char::from(DIGITS[usize::try_from((number >> (5 * place)) & 31).unwrap()]);
    (0..12).rev().map(digit).fold("01ARZ3NDEKTSV4".to_owned(), |mut text, next| {
        text.push(next);
        text
    })
}

fn registration() -> Content {
    let degrees = LocationType {
        coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::LatLngDegM.into())),
        datum: Some(Datum::LocationDatum(LocationDatum::Wgs84G.into())),
        zone: None,
    };
    let region =
        RegionDefinition { region_type: vec![1], region_area: vec![degrees], ..Default::default() };
    let seconds =
        |value| Some(Interval { units: Some(TimeUnits::Seconds.into()), value: Some(value) });
    let follows = Command {
        units: Some("none".into()),
        completion_time: seconds(1.0),
        kind: Some(CommandType::Follow.into()),
    };
    Content::Registration(Registration {
        node_definition: vec![NodeDefinition {
            node_type: Some(NodeType::Radar.into()),
            node_sub_type: vec![],
        }],
        icd_version: Some(ICD_VERSION.into()),
        capabilities: vec![Capability {
            category: Some("detection".into()),
            kind: Some("walker".into()),
            ..Default::default()
        }],
        status_definition: Some(StatusDefinition {
            status_interval: seconds(5.0),
            ..Default::default()
        }),
        mode_definition: vec![ModeDefinition {
            mode_name: Some("watch".into()),
            mode_type: Some(ModeType::Permanent.into()),
            settle_time: seconds(1.0),
            task: Some(TaskDefinition {
                region_definition: Some(region),
                command: vec![follows],
                ..Default::default()
            }),
            ..Default::default()
        }],
        config_data: vec![ConfigurationData {
            manufacturer: "a maker".into(),
            model: "one".into(),
            ..Default::default()
        }],
        ..Default::default()
    })
}
