//! How a node introduces itself.

use sight::sector::SensorKind;
use wire::sapient::link::RegionType;
use wire::sapient::place::{
    LocationCoordinateSystem, LocationDatum, RangeBearingCoordinateSystem, RangeBearingDatum,
};
use wire::sapient::registration::{
    Capability, Command, CommandType, ConfigurationData, Coordinates, Datum, DetectionDefinition,
    Duration, LocationType, ModeDefinition, ModeType, NodeDefinition, NodeType, RegionDefinition,
    Registration, ScanType, StatusDefinition, TaskDefinition, TimeUnits, TrackingType,
};
use wire::sapient::{Content, ICD_VERSION};

use super::MODE;

/// What a node is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Role {
    Sensor(SensorKind),
    Unit,
    Mast,
}

/// A registration that holds everything the standard asks for.
pub(crate) fn introduction(role: Role, name: &str, interval_s: f32) -> Content {
    let (types, kind, category) = nature(role);
    Content::Registration(Registration {
        node_definition: types
            .iter()
            .map(|node_type| NodeDefinition {
                node_type: Some((*node_type).into()),
                node_sub_type: vec![kind.to_owned()],
            })
            .collect(),
        icd_version: Some(ICD_VERSION.to_owned()),
        name: Some(name.to_owned()),
        short_name: Some(name.to_owned()),
        capabilities: vec![Capability {
            category: Some(category.to_owned()),
            kind: Some(kind.to_owned()),
            ..Capability::default()
        }],
        status_definition: Some(StatusDefinition {
            status_interval: Some(seconds(interval_s)),
            location_definition: Some(places()),
            ..StatusDefinition::default()
        }),
        mode_definition: vec![mode(role)],
        config_data: vec![ConfigurationData {
            manufacturer: "Watchline simulator".to_owned(),
            model: kind.to_owned(),
            ..ConfigurationData::default()
        }],
        ..Registration::default()
    })
}

/// Node types, kind and category of a role.
fn nature(role: Role) -> (&'static [NodeType], &'static str, &'static str) {
    match role {
        Role::Sensor(SensorKind::ThermalCamera(_)) => {
            (&[NodeType::Camera], "thermal-camera", "sensor")
        }
        Role::Sensor(SensorKind::VisibleCamera(_)) => {
            (&[NodeType::Camera], "visible-camera", "sensor")
        }
        Role::Sensor(SensorKind::Radar(_)) => (&[NodeType::Radar], "radar", "sensor"),
        Role::Sensor(SensorKind::GroundSensor(_)) => {
            (&[NodeType::Seismic], "ground-sensor", "sensor")
        }
        Role::Sensor(SensorKind::Balloon(_)) => {
            (&[NodeType::Camera, NodeType::MobileNode], "balloon", "sensor")
        }
        Role::Sensor(SensorKind::Drone(_)) => {
            (&[NodeType::Camera, NodeType::MobileNode], "drone", "sensor")
        }
        Role::Sensor(SensorKind::Observer(_)) => (&[NodeType::Human], "observer", "sensor"),
        Role::Sensor(SensorKind::Checkpoint(_)) => (&[NodeType::Human], "checkpoint", "sensor"),
        Role::Unit => (&[NodeType::Human, NodeType::MobileNode], "patrol", "unit"),
        Role::Mast => (&[NodeType::Other], "mast", "weather"),
    }
}

fn mode(role: Role) -> ModeDefinition {
    let scans = match role {
        Role::Sensor(SensorKind::GroundSensor(_)) | Role::Mast => ScanType::Fixed,
        Role::Sensor(_) => ScanType::Scanning,
        Role::Unit => ScanType::Steerable,
    };
    ModeDefinition {
        mode_name: Some(MODE.to_owned()),
        mode_type: Some(ModeType::Permanent.into()),
        settle_time: Some(seconds(1.0)),
        scan_type: Some(scans.into()),
        tracking_type: Some(TrackingType::Tracklet.into()),
        detection_definition: detections(role).into_iter().collect(),
        task: Some(tasks(role)),
        ..ModeDefinition::default()
    }
}

fn detections(role: Role) -> Option<DetectionDefinition> {
    let location_type = match role {
        Role::Mast => return None,
        Role::Sensor(
            SensorKind::ThermalCamera(_) | SensorKind::VisibleCamera(_) | SensorKind::Radar(_),
        ) => LocationType {
            coordinates: Some(Coordinates::RangeBearingUnits(
                RangeBearingCoordinateSystem::DegreesM.into(),
            )),
            datum: Some(Datum::RangeBearingDatum(RangeBearingDatum::True.into())),
            zone: None,
        },
        Role::Sensor(_) | Role::Unit => places(),
    };
    Some(DetectionDefinition {
        location_type: Some(location_type),
        ..DetectionDefinition::default()
    })
}

fn tasks(role: Role) -> TaskDefinition {
    let moves = Command {
        units: Some("degrees".to_owned()),
        completion_time: Some(seconds(3_600.0)),
        kind: Some(CommandType::MoveTo.into()),
    };
    let unit = matches!(role, Role::Unit);
    TaskDefinition {
        concurrent_tasks: Some(i32::from(unit)),
        region_definition: Some(RegionDefinition {
            region_type: vec![RegionType::AreaOfInterest.into()],
            region_area: vec![places()],
            ..RegionDefinition::default()
        }),
        command: if unit { vec![moves] } else { Vec::new() },
    }
}

fn places() -> LocationType {
    LocationType {
        coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::LatLngDegM.into())),
        datum: Some(Datum::LocationDatum(LocationDatum::Wgs84G.into())),
        zone: None,
    }
}

fn seconds(value: f32) -> Duration {
    Duration { units: Some(TimeUnits::Seconds.into()), value: Some(value) }
}
