//! What the station says of itself to its parent, so that it knows what it may ask.

use sight::sector::Sector;
use watch::detection::Behaviour;
use wire::sapient::ICD_VERSION;
use wire::sapient::place::{EnuVelocityUnits, LocationCoordinateSystem, LocationDatum, SpeedUnits};
use wire::sapient::registration::{
    BehaviourDefinition, Capability, Command, CommandType, ConfigurationData, Coordinates, Datum,
    DetectionDefinition, Duration, LocationType, ModeDefinition, ModeType, NodeDefinition,
    NodeType, RegionDefinition, Registration, ScanType, StatusDefinition, TaskDefinition,
    TimeUnits, TrackingType, VelocityDatum, VelocityType, VelocityUnits,
};

use super::said::MODE;

const STATUS_INTERVAL_F32: f32 = 5.0;
/// Tasks that the desk may be asked before it has answered the first.
const TASKS_AT_ONCE: i32 = 16;
/// What the desk may be asked. A person decides, within this time or later.
const COMMANDS: [(CommandType, &str); 5] = [
    (CommandType::Request, "words"),
    (CommandType::LookAt, "degrees, radians or UTM"),
    (CommandType::MoveTo, "degrees, radians or UTM"),
    (CommandType::Patrol, "degrees, radians or UTM"),
    (CommandType::Follow, "object id"),
];
const COMPLETION_S: f32 = 3_600.0;

pub(super) fn registration(sector: &Sector) -> Registration {
    let places = || LocationType {
        coordinates: Some(Coordinates::LocationUnits(LocationCoordinateSystem::LatLngDegM.into())),
        datum: Some(Datum::LocationDatum(LocationDatum::Wgs84G.into())),
        zone: None,
    };
    let seconds = |value| Duration { units: Some(TimeUnits::Seconds.into()), value: Some(value) };
    // 1 is an area of interest.
    let region = RegionDefinition {
        region_type: vec![1],
        region_area: vec![places()],
        ..Default::default()
    };
    let speed = Some(SpeedUnits::Ms.into());
    let units = EnuVelocityUnits { east_north_rate_units: speed, up_rate_units: speed };
    let detection = DetectionDefinition {
        location_type: Some(places()),
        behaviour_definition: Behaviour::ALL.map(behaviour).to_vec(),
        velocity_type: Some(VelocityType {
            velocity_units: Some(VelocityUnits::Enu(units)),
            datum: Some(VelocityDatum::LocationDatum(LocationDatum::Wgs84G.into())),
            zone: None,
        }),
        ..Default::default()
    };
    let children = sector.sensors.iter().map(|sensor| sensor.node_id.clone());
    Registration {
        node_definition: vec![NodeDefinition {
            node_type: Some(NodeType::FusionNode.into()),
            node_sub_type: vec!["border watch".into()],
        }],
        icd_version: Some(ICD_VERSION.into()),
        name: Some(sector.title.en.clone()),
        short_name: Some(sector.name.clone()),
        capabilities: vec![Capability {
            category: Some("fusion".into()),
            kind: Some("tracks".into()),
            ..Default::default()
        }],
        status_definition: Some(StatusDefinition {
            status_interval: Some(seconds(STATUS_INTERVAL_F32)),
            ..Default::default()
        }),
        mode_definition: vec![ModeDefinition {
            mode_name: Some(MODE.into()),
            mode_type: Some(ModeType::Permanent.into()),
            settle_time: Some(seconds(1.0)),
            scan_type: Some(ScanType::Fixed.into()),
            tracking_type: Some(TrackingType::Track.into()),
            detection_definition: vec![detection],
            task: Some(TaskDefinition {
                concurrent_tasks: Some(TASKS_AT_ONCE),
                region_definition: Some(region),
                command: COMMANDS.map(command).to_vec(),
            }),
            ..Default::default()
        }],
        dependent_nodes: children.collect(),
        config_data: vec![ConfigurationData {
            manufacturer: "Watchline".into(),
            model: "station".into(),
            software_version: Some(env!("CARGO_PKG_VERSION").into()),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn command((kind, units): (CommandType, &str)) -> Command {
    let completion_time =
        Duration { units: Some(TimeUnits::Seconds.into()), value: Some(COMPLETION_S) };
    Command {
        units: Some(units.to_owned()),
        completion_time: Some(completion_time),
        kind: Some(kind.into()),
    }
}

fn behaviour(behaviour: Behaviour) -> BehaviourDefinition {
    BehaviourDefinition { kind: Some(behaviour.name().to_owned()), units: None }
}
