//! Everything that is said at the SAPIENT door: registrations, heartbeats, detections, answers.

use jiff::Timestamp;
use sight::geo::{Azimuth, Wgs84, metres_per_degree};
use wire::sapient::detection::{Classification, Position, SubClass};
use wire::sapient::place::{
    Area, Location, LocationCoordinateSystem, LocationDatum, LocationOrRangeBearing, RangeBearing,
    RangeBearingCone, RangeBearingCoordinateSystem, RangeBearingDatum,
};
use wire::sapient::status::{Info, Status, StatusLevel, StatusType, System};
use wire::sapient::task::TaskStatus;
use wire::sapient::{Content, DetectionReport, SapientMessage, StatusReport, TaskAck};

use crate::eye::{Fix, Label, ObjectName, Sighting};
use crate::ground::Ground;

mod introduction;

pub(crate) use introduction::{Role, introduction};

/// The one mode that every node registers.
pub(crate) const MODE: &str = "watch";

/// Gives out identifiers: unique in a run, and the same in every run of a seed.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    salt: u64,
    count: u64,
}

impl Ids {
    pub(crate) fn new(salt: u64) -> Self {
        Self { salt, count: 0 }
    }

    /// A fresh report id.
    pub(crate) fn report(&mut self, at: Timestamp) -> String {
        self.count += 1;
        wire::sapient::ids::ulid(unix_ms(at), payload(self.salt, u128::from(self.count)))
    }

    /// The id of a sensor's object: the same as long as its name is.
    pub(crate) fn object(&self, start: Timestamp, node: usize, name: ObjectName) -> String {
        let first_ms = u64::try_from(name.first_seen_ms).unwrap_or_default();
        // Bit 63 keeps objects apart from reports.
        let own = (1_u128 << 63) | ((node as u128) << 32) | u128::from(name.ordinal);
        wire::sapient::ids::ulid(unix_ms(start) + first_ms, payload(self.salt, own))
    }
}

fn payload(salt: u64, count: u128) -> u128 {
    (u128::from(salt & 0xffff) << 64) | count
}

fn unix_ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or_default()
}

/// Puts content into its envelope.
pub(crate) fn envelope(node_id: &str, at: Timestamp, content: Content) -> SapientMessage {
    SapientMessage {
        timestamp: Some(at.into()),
        node_id: Some(node_id.to_owned()),
        content: Some(content),
        ..SapientMessage::default()
    }
}

/// What a node says of itself in a heartbeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heartbeat {
    /// Why it does not detect, if it does not.
    pub not_detecting: Option<String>,
    pub broken: bool,
    pub place: Option<(Wgs84, f64)>,
    pub view: Option<View>,
    pub metar: Option<String>,
    pub task: Option<String>,
    /// Something changed since the last one.
    pub new: bool,
}

/// A sensor's field of view.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub facing: Azimuth,
    pub field_rad: f64,
    pub range_m: f64,
}

pub(crate) fn heartbeat(report_id: String, beat: Heartbeat) -> Content {
    let system = match (beat.broken, &beat.not_detecting) {
        (true, _) => System::Error,
        (false, Some(_)) => System::Warning,
        (false, None) => System::Ok,
    };
    let mut status = Vec::new();
    if let Some(why) = beat.not_detecting {
        status.push(line(StatusType::NotDetecting, StatusLevel::WarningStatus, why));
    }
    if let Some(metar) = beat.metar {
        status.push(line(StatusType::Weather, StatusLevel::InformationStatus, metar));
    }
    Content::StatusReport(StatusReport {
        report_id: Some(report_id),
        system: Some(system.into()),
        info: Some(if beat.new { Info::New } else { Info::Unchanged }.into()),
        active_task_id: beat.task,
        mode: Some(MODE.to_owned()),
        node_location: beat.place.map(|(place, height_m)| location(place, Some(height_m), None)),
        field_of_view: beat.view.map(|view| LocationOrRangeBearing {
            fov: Some(Area::RangeBearing(RangeBearingCone {
                azimuth: Some(view.facing.degrees()),
                range: Some(view.range_m),
                horizontal_extent: Some(view.field_rad.to_degrees()),
                coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
                datum: Some(RangeBearingDatum::True.into()),
                ..RangeBearingCone::default()
            })),
        }),
        status,
        ..StatusReport::default()
    })
}

fn line(kind: StatusType, level: StatusLevel, value: String) -> Status {
    Status {
        status_level: Some(level.into()),
        status_value: Some(value),
        status_type: Some(kind.into()),
    }
}

pub(crate) fn detection(
    report_id: String,
    object_id: String,
    ground: &Ground,
    sighting: &Sighting,
) -> Content {
    let classification =
        sighting.opinion.0.iter().map(|(label, confidence)| class(*label, as_f32(*confidence)));
    Content::DetectionReport(DetectionReport {
        report_id: Some(report_id),
        object_id: Some(object_id),
        location: Some(position(ground, &sighting.fix)),
        detection_confidence: Some(as_f32(sighting.confidence)),
        classification: classification.collect(),
        ..DetectionReport::default()
    })
}

/// A class in the standard's words, which know no groups: a sub-class says so.
fn class(label: Label, confidence: f32) -> Classification {
    let several = SubClass {
        kind: Some("Group".to_owned()),
        confidence: Some(confidence),
        level: Some(1),
        ..SubClass::default()
    };
    let word = match label {
        Label::Person | Label::Group => "Human",
        Label::Vehicle => "Land Vehicle",
        Label::Animal => "Animal",
        Label::Unknown => "Unknown",
    };
    Classification {
        kind: Some(word.to_owned()),
        confidence: Some(confidence),
        sub_class: if label == Label::Group { vec![several] } else { Vec::new() },
    }
}

fn position(ground: &Ground, fix: &Fix) -> Position {
    let polar = RangeBearing {
        coordinate_system: Some(RangeBearingCoordinateSystem::DegreesM.into()),
        datum: Some(RangeBearingDatum::True.into()),
        ..RangeBearing::default()
    };
    let degrees = |rad: f64| Some(Azimuth::from_radians(rad).degrees());
    match *fix {
        Fix::Bearing { azimuth_rad, azimuth_sigma_rad, elevation_rad, elevation_sigma_rad } => {
            Position::RangeBearing(RangeBearing {
                azimuth: degrees(azimuth_rad),
                azimuth_error: Some(azimuth_sigma_rad.to_degrees()),
                elevation: Some(elevation_rad.to_degrees()),
                elevation_error: Some(elevation_sigma_rad.to_degrees()),
                ..polar
            })
        }
        Fix::Polar { azimuth_rad, azimuth_sigma_rad, range_m, range_sigma_m } => {
            Position::RangeBearing(RangeBearing {
                azimuth: degrees(azimuth_rad),
                azimuth_error: Some(azimuth_sigma_rad.to_degrees()),
                range: Some(range_m),
                range_error: Some(range_sigma_m),
                ..polar
            })
        }
        Fix::Place { point, east_sigma_m, north_sigma_m } => {
            let place = ground.place(point);
            Position::Location(location(place, None, Some((east_sigma_m, north_sigma_m))))
        }
    }
}

/// A place in degrees, its errors too; heights are above mean sea level, which the standard calls the geoid.
fn location(place: Wgs84, height_m: Option<f64>, sigmas_m: Option<(f64, f64)>) -> Location {
    let (north_m, east_m) = metres_per_degree(place.lat_deg());
    Location {
        x: Some(place.lon_deg()),
        y: Some(place.lat_deg()),
        z: height_m,
        x_error: sigmas_m.map(|(sigma_m, _)| sigma_m / east_m),
        y_error: sigmas_m.map(|(_, sigma_m)| sigma_m / north_m),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84G.into()),
        ..Location::default()
    }
}

pub(crate) fn task_answer(task_id: &str, status: TaskStatus, reason: Option<&str>) -> Content {
    Content::TaskAck(TaskAck {
        task_id: Some(task_id.to_owned()),
        task_status: Some(status.into()),
        reason: reason.map(str::to_owned).into_iter().collect(),
        ..TaskAck::default()
    })
}

#[expect(clippy::cast_possible_truncation, reason = "a confidence needs no more digits")]
fn as_f32(share: f64) -> f32 {
    share as f32
}
