//! What the station says to its parent.

use sight::geo::{EnuPoint, Wgs84, metres_per_degree};
use sight::sector::Sector;
use watch::alert::{Alert, AlertKind, Priority, Stage};
use watch::detection::{Class, ReportedPlace};
use watch::journal::{AlertId, TrackId, TrackView};
use wire::sapient::alert::{self, AlertStatus, AlertType, DiscretePriority};
use wire::sapient::detection::{
    Classification, DetectionReport, Position, TrackObjectInfo, Velocity,
};
use wire::sapient::envelope::Error;
use wire::sapient::link::{AssociatedDetection, AssociationRelation};
use wire::sapient::place::{
    Area, EnuVelocity, EnuVelocityUnits, Location, LocationCoordinateSystem, LocationDatum,
    SpeedUnits,
};
use wire::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Datum, DetectionDefinition, Duration, LocationType,
    ModeDefinition, ModeType, NodeDefinition, NodeType, RegionDefinition, Registration, ScanType,
    StatusDefinition, TaskDefinition, TimeUnits, TrackingType, VelocityDatum, VelocityType,
    VelocityUnits,
};
use wire::sapient::status::{Info, Status, StatusLevel, StatusReport, StatusType, System};
use wire::sapient::task::{Order, Task};
use wire::sapient::{Content, ICD_VERSION, ids};

use super::{Child, Scene};

/// How often the station tells its state.
pub(super) const STATUS_INTERVAL_S: f64 = 5.0;
const STATUS_INTERVAL_F32: f32 = 5.0;
const MODE: &str = "watch";
/// Top bits of the ids of tracks and alerts, so that neither is taken for the other.
const TRACK_MARK: u128 = 0x57_54 << 64;
const ALERT_MARK: u128 = 0x57_41 << 64;

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
                concurrent_tasks: Some(1),
                region_definition: Some(region),
                command: Vec::new(),
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

/// How the watch stands, in a line for people.
pub(super) fn state_in_words(scene: &Scene) -> String {
    let working = scene.sensors.iter();
    let working =
        working.filter(|sensor| sensor.health() == sight::coverage::Health::Working).count();
    format!(
        "{working} of {} sensors at work; {:.1} of {:.1} km of line blind or unknown",
        scene.sensors.len(),
        scene.dark_m / 1e3,
        scene.line_m / 1e3,
    )
}

pub(super) fn status(report_id: String, scene: &Scene, words: &str, info: Info) -> Content {
    let is_well = scene.dark_m <= 0.0;
    let level = if is_well { StatusLevel::InformationStatus } else { StatusLevel::WarningStatus };
    let line = Status {
        status_level: Some(level.into()),
        status_value: Some(words.to_owned()),
        status_type: Some(StatusType::Other.into()),
    };
    Content::StatusReport(StatusReport {
        report_id: Some(report_id),
        system: Some(if is_well { System::Ok } else { System::Warning }.into()),
        info: Some(info.into()),
        mode: Some(MODE.into()),
        status: vec![line],
        ..Default::default()
    })
}

pub(super) fn error(what: &str) -> Content {
    Content::Error(Error { packet: Some(Vec::new()), error_message: vec![what.to_owned()] })
}

pub(super) fn track(view: &TrackView, report_id: String, child: &Child<'_>) -> DetectionReport {
    let (kind, is_group) = match view.class {
        Class::Person => ("Human", false),
        Class::Group => ("Human", true),
        Class::Vehicle => ("Land Vehicle", false),
        Class::Animal => ("Animal", false),
        Class::Aircraft => ("Air Vehicle", false),
        Class::Unknown => ("Unknown", false),
    };
    let group = TrackObjectInfo {
        kind: Some("group".into()),
        value: Some("several persons".into()),
        error: None,
    };
    let also = view.also.iter().map(|other| AssociatedDetection {
        timestamp: None,
        node_id: Some(child.node_id().to_owned()),
        object_id: Some(track_id(*other)),
        association_type: Some(AssociationRelation::Sibling.into()),
    });
    let sigma = |variance_m2: f64| variance_m2.max(0.0).sqrt();
    let mut location = location(child.sector(), EnuPoint::new(view.east_m, view.north_m));
    let place = child.sector().frame.place(EnuPoint::new(view.east_m, view.north_m));
    let (north_m, east_m) = metres_per_degree(place.lat_deg());
    location.x_error = Some(sigma(view.covariance_m2[0]) / east_m);
    location.y_error = Some(sigma(view.covariance_m2[2]) / north_m);
    if let Some(height) = view.height {
        location.z = Some(height.above_sea_m);
        location.z_error = Some(height.covariance[0].max(0.0).sqrt());
    }
    DetectionReport {
        report_id: Some(report_id),
        object_id: Some(track_id(view.id)),
        location: Some(Position::Location(location)),
        detection_confidence: Some(narrow(view.existence)),
        classification: vec![Classification {
            kind: Some(kind.into()),
            confidence: Some(narrow(view.class_probability)),
            sub_class: Vec::new(),
        }],
        object_info: if is_group { vec![group] } else { Vec::new() },
        associated_detection: also.collect(),
        velocity: Some(Velocity::Enu(EnuVelocity {
            east_rate: Some(view.east_mps),
            north_rate: Some(view.north_mps),
            east_rate_error: Some(view.speed_sigma_mps),
            north_rate_error: Some(view.speed_sigma_mps),
            ..EnuVelocity::default()
        })),
        ..DetectionReport::default()
    }
}

/// The last report of a track that ended.
pub(super) fn lost(view: &TrackView, report_id: String, child: &Child<'_>) -> DetectionReport {
    DetectionReport { state: Some("lost object".into()), ..track(view, report_id, child) }
}

pub(super) fn alert(told: &Alert, child: &Child<'_>) -> alert::Alert {
    let what = match told.kind {
        AlertKind::CrossingPredicted { in_s } => {
            format!("somebody would reach the line in {in_s:.0} s")
        }
        AlertKind::Crossed => "somebody crossed the line".to_owned(),
        AlertKind::PossibleDistress { still_s } => {
            format!("somebody has not moved for {still_s:.0} s")
        }
        AlertKind::SightLost { length_m } => format!("{:.1} km of line went blind", length_m / 1e3),
        AlertKind::SensorLost => "a sensor stopped seeing".to_owned(),
        AlertKind::CalledForHelp { .. } => "somebody calls for help".to_owned(),
    };
    let (kind, priority) = match told.priority {
        Priority::High => (AlertType::Critical, DiscretePriority::High),
        Priority::Medium => (AlertType::Warning, DiscretePriority::Medium),
        Priority::Low => (AlertType::Information, DiscretePriority::Low),
    };
    let status = match told.stage {
        Stage::Raised => AlertStatus::Active,
        Stage::Acknowledged { .. } | Stage::Assigned { .. } => AlertStatus::Acknowledge,
        Stage::Closed { .. } => AlertStatus::Clear,
    };
    let track = told.track.map(|track| AssociatedDetection {
        timestamp: None,
        node_id: Some(child.node_id().to_owned()),
        object_id: Some(track_id(track)),
        association_type: Some(AssociationRelation::NoRelation.into()),
    });
    let location = told.point.map(|point| Position::Location(location(child.sector(), point)));
    alert::Alert {
        alert_id: Some(alert_id(told.id)),
        alert_type: Some(kind.into()),
        status: Some(status.into()),
        description: Some(what),
        location,
        priority: Some(priority.into()),
        confidence: Some(narrow(told.confidence)),
        associated_detection: track.into_iter().collect(),
        ..alert::Alert::default()
    }
}

/// A task as the desk reads it.
pub(super) fn task_in_words(task: &Task) -> String {
    let order = task.command.as_ref().and_then(|command| command.command.as_ref());
    let asked = order.map_or("no command", word_of);
    let control = match task.control() {
        wire::sapient::task::Control::Stop => "no longer ",
        wire::sapient::task::Control::Pause => "for now not ",
        wire::sapient::task::Control::Start | wire::sapient::task::Control::Unspecified => "",
    };
    let told = [task.task_name(), task.task_description()];
    let told: Vec<&str> = told.into_iter().filter(|part| !part.trim().is_empty()).collect();
    let between = if told.is_empty() { "" } else { ": " };
    format!("task {control}{asked}{between}{}", told.join("; "))
}

/// What an order asks, in a word.
fn word_of(order: &Order) -> &'static str {
    match order {
        Order::Request(_) => "request",
        Order::DetectionThreshold(_) => "detection threshold",
        Order::DetectionReportRate(_) => "rate of reports",
        Order::ClassificationThreshold(_) => "classification threshold",
        Order::ModeChange(_) => "change of mode",
        Order::LookAt(_) => "look at",
        Order::MoveTo(_) => "move to",
        Order::Patrol(_) => "patrol",
        Order::Follow(_) => "follow",
    }
}

/// The first place that a task names in degrees.
pub(super) fn place_of(task: &Task) -> Option<ReportedPlace> {
    let first = match task.command.as_ref()?.command.as_ref()? {
        Order::LookAt(area) => match area.fov.as_ref()? {
            Area::LocationList(list) => list.locations.first()?,
            Area::RangeBearing(_) => return None,
        },
        Order::MoveTo(list) | Order::Patrol(list) => list.locations.first()?,
        Order::Request(_)
        | Order::DetectionThreshold(_)
        | Order::DetectionReportRate(_)
        | Order::ClassificationThreshold(_)
        | Order::ModeChange(_)
        | Order::Follow(_) => return None,
    };
    if first.coordinate_system() != LocationCoordinateSystem::LatLngDegM {
        return None;
    }
    let place = Wgs84::new(first.x(), first.y()).ok()?;
    Some(ReportedPlace {
        lon_deg: place.lon_deg(),
        lat_deg: place.lat_deg(),
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: None,
        north_sigma_m: None,
    })
}

fn location(sector: &Sector, point: EnuPoint) -> Location {
    let place = sector.frame.place(point);
    Location {
        x: Some(place.lon_deg()),
        y: Some(place.lat_deg()),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84G.into()),
        ..Location::default()
    }
}

/// The same for the same track, from one connection to the next.
fn track_id(track: TrackId) -> String {
    ids::ulid(0, TRACK_MARK | u128::from(track.0))
}

fn alert_id(alert: AlertId) -> String {
    ids::ulid(0, ALERT_MARK | u128::from(alert.0))
}

#[expect(clippy::cast_possible_truncation, reason = "a chance needs no sixteen digits")]
fn narrow(chance: f64) -> f32 {
    chance.clamp(0.0, 1.0) as f32
}
