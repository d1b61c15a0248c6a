//! What the station says to its parent.

use std::collections::BTreeMap;

use sight::geo::{EnuPoint, metres_per_degree};
use sight::sector::Sector;
use watch::alert::{Alert, AlertKind, Priority, Stage};
use watch::detection::{Behaviour, Class};
use watch::journal::{AlertId, TrackId, TrackView};
use wire::sapient::alert::{self, AlertStatus, AlertType, DiscretePriority};
use wire::sapient::detection::{
    self, Classification, DerivedDetection, DetectionReport, Position, TrackObjectInfo, Velocity,
};
use wire::sapient::envelope::Error;
use wire::sapient::ids::canonical_uuid;
use wire::sapient::link::{AssociatedDetection, AssociationRelation};
use wire::sapient::place::{EnuVelocity, Location, LocationCoordinateSystem, LocationDatum};
use wire::sapient::status::{Info, Status, StatusLevel, StatusReport, StatusType, System};
use wire::sapient::{Content, ids};

use super::{Child, Scene};
use crate::ingest::limits;

/// How often the station tells its state.
pub(super) const STATUS_INTERVAL_S: f64 = 5.0;
pub(super) const MODE: &str = "watch";
/// Top bits of the ids of tracks and alerts, so that neither is taken for the other.
const TRACK_MARK: u128 = 0x57_54 << 64;
const ALERT_MARK: u128 = 0x57_41 << 64;

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

/// The last word before the station stops.
pub(super) fn goodbye(report_id: String) -> Content {
    Content::StatusReport(StatusReport {
        report_id: Some(report_id),
        system: Some(System::Goodbye.into()),
        info: Some(Info::New.into()),
        mode: Some(MODE.into()),
        ..Default::default()
    })
}

/// Says what could not be used of a message, with its beginning.
pub(super) fn error(lines: Vec<String>, packet: &[u8]) -> Content {
    let packet = packet.get(..limits::ERROR_PACKET_BYTES).unwrap_or(packet);
    Content::Error(Error { packet: Some(packet.to_vec()), error_message: lines })
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
    let derived = view.told.iter().filter_map(|told| {
        let node_id = &child.sector().sensor(&told.sensor)?.node_id;
        ids::parse_ulid(&told.object_id)?;
        Some(DerivedDetection {
            timestamp: Some(told.at.into()),
            node_id: canonical_uuid(node_id),
            object_id: Some(told.object_id.clone()),
        })
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
        behaviour: behaviours(view),
        associated_detection: also.collect(),
        derived_detection: derived.collect(),
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

/// What sensors say that it does, each with the greatest confidence that one of them gave.
fn behaviours(view: &TrackView) -> Vec<detection::Behaviour> {
    let mut told: BTreeMap<Behaviour, Option<f64>> = BTreeMap::new();
    let said = view.told.iter().flat_map(|told| &told.remarks.behaviours);
    for (behaviour, confidence) in said {
        let known = told.entry(*behaviour).or_insert(*confidence);
        if known.unwrap_or(-1.0) < confidence.unwrap_or(-1.0) {
            *known = *confidence;
        }
    }
    let told = told.into_iter().map(|(behaviour, confidence)| detection::Behaviour {
        kind: Some(behaviour.name().to_owned()),
        confidence: confidence.map(narrow),
    });
    told.collect()
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
        AlertKind::Approach { distance_m } => {
            format!("somebody beyond the line came nearer, to {distance_m:.0} m")
        }
        AlertKind::Loitering { for_s } => {
            format!("somebody has stayed about one place for {for_s:.0} s")
        }
        AlertKind::ZoneEntry => "somebody is in a zone that nobody may enter".to_owned(),
        AlertKind::BarrierDamage => "a barrier is damaged".to_owned(),
        AlertKind::GroundPattern { hits } => format!("ground sensors were hit {hits} times"),
        AlertKind::Unwatched { length_m, for_s } => {
            format!("{:.1} km of line have been blind for {for_s:.0} s", length_m / 1e3)
        }
        AlertKind::DustAhead { in_s, .. } => format!("dust that blinds is expected in {in_s:.0} s"),
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
pub(super) fn track_id(track: TrackId) -> String {
    ids::ulid(0, TRACK_MARK | u128::from(track.0))
}

/// The track that an object id means, if it is one that the station told of.
pub(super) fn track_of(object_id: &str) -> Option<TrackId> {
    let (_, payload) = ids::parse_ulid(object_id)?;
    let number = u64::try_from(payload & u128::from(u64::MAX)).ok()?;
    (payload & !u128::from(u64::MAX) == TRACK_MARK).then_some(TrackId(number))
}

fn alert_id(alert: AlertId) -> String {
    ids::ulid(0, ALERT_MARK | u128::from(alert.0))
}

#[expect(clippy::cast_possible_truncation, reason = "a chance needs no sixteen digits")]
fn narrow(chance: f64) -> f32 {
    chance.clamp(0.0, 1.0) as f32
}
