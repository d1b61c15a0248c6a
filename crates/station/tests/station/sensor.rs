//! A SAPIENT sensor that registers, says that all is well, and goes.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use jiff::Timestamp;
use wire::sapient::place::{LocationCoordinateSystem, LocationDatum};
use wire::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Datum, Duration as Interval, LocationType,
    ModeDefinition, ModeType, NodeDefinition, NodeType, RegionDefinition, Registration,
    StatusDefinition, TaskDefinition, TimeUnits,
};
use wire::sapient::status::{Info, StatusReport, System};
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

    fn say(&mut self, content: Content) {
        let message = SapientMessage {
            timestamp: Some(Timestamp::now().into()),
            node_id: Some(NODE_ID.into()),
            content: Some(content),
            ..Default::default()
        };
        self.0.write_all(&encode_frame(&message).unwrap()).unwrap();
    }

    fn hear(&mut self) -> SapientMessage {
        let mut length = [0; 4];
        self.0.read_exact(&mut length).unwrap();
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        self.0.read_exact(&mut bytes).unwrap();
        decode(&bytes).unwrap()
    }
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
            task: Some(TaskDefinition { region_definition: Some(region), ..Default::default() }),
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
