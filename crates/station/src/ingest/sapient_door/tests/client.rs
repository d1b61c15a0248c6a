//! A SAPIENT client as a sensor would be one.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use wire::sapient::detection::{DetectionReport, Position};
use wire::sapient::place::{
    Location, LocationCoordinateSystem, LocationDatum, RangeBearing, RangeBearingCoordinateSystem,
    RangeBearingDatum,
};
use wire::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Datum, Duration, LocationType, ModeDefinition,
    ModeType, NodeDefinition, NodeType, RegionDefinition, Registration, StatusDefinition,
    TaskDefinition, TimeUnits,
};
use wire::sapient::status::{Info, StatusReport, System};
use wire::sapient::task::TaskStatus;
use wire::sapient::{Content, ICD_VERSION, SapientMessage, TaskAck, decode, encode_frame};

use super::PATIENCE;
use crate::ingest::door::tests::Pipe;

const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

pub(super) struct Client {
    stream: Box<dyn Pipe>,
    node_id: &'static str,
    now: Timestamp,
}

impl Client {
    pub(super) async fn connect(
        address: SocketAddr,
        node_id: &'static str,
        now: Timestamp,
    ) -> Self {
        Self::over(Box::new(TcpStream::connect(address).await.unwrap()), node_id, now)
    }

    pub(super) fn over(stream: Box<dyn Pipe>, node_id: &'static str, now: Timestamp) -> Self {
        Self { stream, node_id, now }
    }

    pub(super) fn frame(&self, content: Content) -> Vec<u8> {
        let message = SapientMessage {
            timestamp: Some(self.now.into()),
            node_id: Some(self.node_id.into()),
            content: Some(content),
            ..Default::default()
        };
        encode_frame(&message).unwrap()
    }

    pub(super) async fn say(&mut self, content: Content) {
        let frame = self.frame(content);
        self.send(&frame).await;
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    pub(super) async fn read(&mut self) -> SapientMessage {
        tokio::time::timeout(PATIENCE, async {
            let length = self.stream.read_u32_le().await.unwrap();
            let mut bytes = vec![0; length as usize];
            self.stream.read_exact(&mut bytes).await.unwrap();
            decode(&bytes).unwrap()
        })
        .await
        .expect("a message comes")
    }

    /// Registers; true if accepted.
    pub(super) async fn register(&mut self) -> bool {
        self.say(registration()).await;
        let reply = self.read().await;
        let Some(Content::RegistrationAck(ack)) = reply.content else { panic!("{reply:?}") };
        ack.acceptance.unwrap()
    }

    /// The lines of the error that comes next.
    pub(super) async fn error(&mut self) -> Vec<String> {
        let reply = self.read().await;
        let Some(Content::Error(error)) = reply.content else { panic!("{reply:?}") };
        error.error_message
    }

    pub(super) async fn is_closed(&mut self) -> bool {
        let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut [0; 1])).await;
        matches!(read, Ok(Ok(0) | Err(_)))
    }
}

/// An id that no other report has.
fn fresh_ulid() -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    wire::sapient::ids::ulid(0, u128::from(LAST.fetch_add(1, Ordering::Relaxed)))
}

pub(super) fn registration() -> Content {
    let bearings = LocationType {
        coordinates: Some(Coordinates::RangeBearingUnits(
            RangeBearingCoordinateSystem::DegreesM.into(),
        )),
        datum: Some(Datum::RangeBearingDatum(RangeBearingDatum::True.into())),
        zone: None,
    };
    let region = RegionDefinition {
        region_type: vec![1],
        region_area: vec![bearings],
        ..Default::default()
    };
    let seconds =
        |value| Some(Duration { units: Some(TimeUnits::Seconds.into()), value: Some(value) });
    Content::Registration(Registration {
        node_definition: vec![NodeDefinition {
            node_type: Some(NodeType::Camera.into()),
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

pub(super) fn status() -> Content {
    Content::StatusReport(StatusReport {
        report_id: Some(fresh_ulid()),
        system: Some(System::Ok.into()),
        info: Some(Info::New.into()),
        mode: Some("watch".into()),
        node_location: Some(Location {
            x: Some(41.0),
            y: Some(34.4),
            coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
            datum: Some(LocationDatum::Wgs84G.into()),
            ..Default::default()
        }),
        ..Default::default()
    })
}

pub(super) fn detection() -> Content {
    Content::DetectionReport(DetectionReport {
        report_id: Some(fresh_ulid()),
        object_id: Some(ULID.into()),
        location: Some(Position::RangeBearing(RangeBearing {
            azimuth: Some(12.0),
            coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
            datum: Some(RangeBearingDatum::True.into()),
            ..Default::default()
        })),
        ..Default::default()
    })
}

pub(super) fn task_ack(task_id: &str) -> Content {
    Content::TaskAck(TaskAck {
        task_id: Some(task_id.into()),
        task_status: Some(TaskStatus::Accepted.into()),
        ..Default::default()
    })
}
