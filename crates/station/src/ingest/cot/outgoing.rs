//! The picture as phones are shown it: tracks, alerts, units, sensors and the blind line as events.

mod shapes;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::StretchAssessment;
use sight::geo::{Azimuth, EnuPoint, Wgs84};
use sight::sector::{Sector, SensorId};
use watch::alert::{Alert, AlertKind, Priority, Stage};
use watch::call::CallKind;
use watch::detection::Class;
use watch::dispatch::UnitState;
use watch::journal::{SensorState, TrackView};
use watch::mark::Mark;
use wire::cot::xml::{Element, Node};
use wire::cot::{Event, Point};
use wire::text;

use super::board::{Draft, Rank};
use super::phones::Phones;
use super::{limits, protocol_event};

/// How long each kind of thing holds without being told again (A).
const TRACK_HOLDS: SignedDuration = SignedDuration::from_secs(60);
const UNIT_HOLDS: SignedDuration = SignedDuration::from_mins(5);
const ALARM_HOLDS: SignedDuration = SignedDuration::from_mins(10);
const PLAN_HOLDS: SignedDuration = SignedDuration::from_mins(10);
/// For so long a closed alert is told to be over.
const OVER_TOLD_S: f64 = 600.0;

/// What the picture holds.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    pub sector: &'a Sector,
    pub phones: &'a Phones,
    pub tracks: Vec<TrackView>,
    pub alerts: Vec<Alert>,
    pub units: Vec<UnitState>,
    pub sensors: Vec<SensorState>,
    /// Sensors that people in the field marked.
    pub marks: Arc<[Mark]>,
    /// What the cameras of drones see on the ground.
    pub pictures: Vec<(SensorId, Vec<Wgs84>)>,
    pub stretches: Vec<StretchAssessment>,
    pub now: Timestamp,
}

impl Scene<'_> {
    /// Everything that phones are shown.
    pub fn drafts(&self) -> Vec<Draft> {
        let mut drafts: Vec<Draft> =
            self.alerts.iter().filter_map(|alert| self.alarm(alert)).collect();
        drafts.extend(self.units.iter().filter_map(|unit| self.unit(unit)));
        drafts.extend(self.tracks.iter().map(|track| self.track(track)));
        drafts.extend(self.sensors.iter().flat_map(|sensor| self.sensor(sensor)));
        drafts.extend(self.marks.iter().map(|mark| self.mark(mark)));
        drafts.extend(self.pictures.iter().filter_map(|(id, ring)| self.picture(id, ring)));
        drafts.extend(self.blind_line());
        drafts
    }

    fn track(&self, track: &TrackView) -> Draft {
        let (kind, word) = match track.class {
            Class::Person => ("a-u-G", "person"),
            Class::Group => ("a-u-G-U", "group"),
            Class::Vehicle => ("a-u-G-E-V", "vehicle"),
            Class::Animal => ("a-n-G", "animal"),
            Class::Aircraft => ("a-u-A", "aircraft"),
            Class::Unknown => ("a-u-G", "unknown"),
        };
        let here = EnuPoint::new(track.east_m, track.north_m);
        let heading = Azimuth::from_radians(track.east_mps.atan2(track.north_mps));
        let course = self.sector.frame.true_azimuth(self.sector.frame.place(here), heading);
        let speed_mps = track.east_mps.hypot(track.north_mps);
        let moves = Element::new("track")
            .with("course", format!("{:.0}", course.degrees()))
            .with("speed", format!("{speed_mps:.1}"));
        let seen_by: Vec<&str> = track.seen_by.iter().map(|sensor| sensor.0.as_str()).collect();
        let remarks = format!(
            "{word} {:.0} %, there {:.0} %; seen by {}",
            track.class_probability * 100.0,
            track.existence * 100.0,
            if seen_by.is_empty() { "nobody lately".to_owned() } else { seen_by.join(", ") }
        );
        let named = format!("{} {word}", track.id.0);
        let mut event = self.event(&format!("track.{}", track.id.0), kind, here);
        "m-f".clone_into(&mut event.how);
        event.point.ce_m = Some(largest_sigma_m(track.covariance_m2).round());
        event.detail = detail([contact(&named), moves, words(&remarks)]);
        Draft { event, of: None, seen_at: None, holds: TRACK_HOLDS, rank: Rank::Track }
    }

    fn unit(&self, unit: &UnitState) -> Option<Draft> {
        // One that has not told where it is stands only in the plan.
        let heard_at = unit.heard_at?;
        let planned = self.sector.units.iter().find(|planned| planned.id == unit.id)?;
        let mut event = self.event(&format!("unit.{}", unit.id.0), "a-f-G-U", unit.point);
        // The phone that is the unit is known to the others by its own uid.
        if let Some(device) = self.phones.device_of(&unit.id) {
            device.clone_into(&mut event.uid);
        }
        let busy = unit.task.map_or_else(|| "free".to_owned(), |task| format!("task {}", task.0));
        event.detail = detail([contact(&planned.name.en), words(&busy)]);
        Some(Draft {
            event,
            of: None,
            seen_at: Some(heard_at),
            holds: UNIT_HOLDS,
            rank: Rank::Unit,
        })
    }

    fn alarm(&self, alert: &Alert) -> Option<Draft> {
        let over = !alert.is_open();
        let long_over = self.now.duration_since(alert.changed_at).as_secs_f64() > OVER_TOLD_S;
        // What is of low priority is no alarm, and shows by the sensor or the line itself.
        if alert.priority == Priority::Low || (over && long_over) {
            return None;
        }
        let (kind, called, word) = alarm_words(&alert.kind);
        let kind = if over { "b-a-o-can" } else { kind };
        let emergency = if over {
            Element::new("emergency").with("cancel", "true")
        } else {
            Element::new("emergency").with("type", called)
        };
        let name = alert.caller.as_ref().map(|caller| caller.name.as_str());
        let title = match name {
            Some(name) => format!("{}: {word}", text::clean(name, limits::NAME_CHARS)),
            None => format!("alert {}: {word}", alert.id.0),
        };
        let mut emergency = emergency;
        emergency.children.push(Node::Text(title.clone()));
        let point = alert.point.or_else(|| self.middle_of(alert));
        let mut event = self.event(
            &format!("alert.{}", alert.id.0),
            kind,
            point.unwrap_or_else(|| EnuPoint::new(0.0, 0.0)),
        );
        event.detail = detail([contact(&title), emergency, words(&standing(alert))]);
        Some(Draft { event, of: None, seen_at: None, holds: ALARM_HOLDS, rank: Rank::Alarm })
    }

    fn middle_of(&self, alert: &Alert) -> Option<EnuPoint> {
        let stretch = self.sector.stretches.iter().find(|known| Some(known.id) == alert.stretch)?;
        stretch.points.get(stretch.points.len() / 2).copied()
    }

    /// An event at a place, to be stamped by the board.
    fn event(&self, what: &str, kind: &str, point: EnuPoint) -> Event {
        let place = self.sector.frame.place(point);
        let mut event = protocol_event(
            &format!("watchline.{}.{what}", self.sector.name),
            kind,
            Timestamp::UNIX_EPOCH,
        );
        event.point = Point {
            lat_deg: rounded(place.lat_deg()),
            lon_deg: rounded(place.lon_deg()),
            hae_m: None,
            ce_m: None,
            le_m: None,
        };
        event
    }
}

/// Type, what the phone calls it, and what it is, of an alert.
fn alarm_words(kind: &AlertKind) -> (&'static str, &'static str, &'static str) {
    match kind {
        AlertKind::CalledForHelp { call } => match call {
            CallKind::Emergency => ("b-a-o-tbl", "911 Alert", "calls for help"),
            CallKind::Attention => ("b-a-o-pan", "Ring The Bell", "rings the bell"),
            CallKind::InContact => ("b-a-o-opn", "In Contact", "is in contact"),
            CallKind::GeofenceLeft => ("b-a-g", "Geo-fence Breached", "left its ground"),
            CallKind::Other => ("b-a-o-c", "Custom", "calls"),
        },
        AlertKind::PossibleDistress { .. } => ("b-a-o-c", "Custom", "possible distress"),
        AlertKind::Crossed => ("b-a-o-c", "Custom", "crossed the line"),
        AlertKind::CrossingPredicted { .. } => ("b-a-o-c", "Custom", "heads for the line"),
        AlertKind::SightLost { .. } => ("b-a-o-c", "Custom", "sight lost"),
        AlertKind::SensorLost => ("b-a-o-c", "Custom", "sensor lost"),
        AlertKind::Approach { .. } => ("b-a-o-c", "Custom", "comes nearer"),
        AlertKind::Loitering { .. } => ("b-a-o-c", "Custom", "stays about"),
        AlertKind::ZoneEntry => ("b-a-o-c", "Custom", "is in a closed zone"),
        AlertKind::BarrierDamage => ("b-a-o-c", "Custom", "barrier damaged"),
        AlertKind::GroundPattern { .. } => ("b-a-o-c", "Custom", "ground sensors hit"),
        AlertKind::Unwatched { .. } => ("b-a-o-c", "Custom", "line unwatched"),
        AlertKind::DustAhead { .. } => ("b-a-o-c", "Custom", "dust ahead"),
    }
}

/// Where an alert stands, in words.
fn standing(alert: &Alert) -> String {
    let stage = match &alert.stage {
        Stage::Raised => "waits for the desk".to_owned(),
        Stage::Acknowledged { by, .. } => format!("acknowledged by {}", by.0),
        Stage::Assigned { unit, by, .. } => format!("{} sent by {}", unit.0, by.0),
        Stage::Closed { outcome, by, .. } => format!("closed by {}: {outcome:?}", by.0),
    };
    let called_off = alert.caller.as_ref().is_some_and(|caller| caller.called_off);
    if called_off { format!("{stage}; called off by the device") } else { stage }
}

/// Semi-major axis of the one-sigma ellipse.
fn largest_sigma_m([east2, cross, north2]: [f64; 3]) -> f64 {
    let middle = f64::midpoint(east2, north2);
    let spread = ((east2 - north2) / 2.0).hypot(cross);
    (middle + spread).max(0.0).sqrt()
}

/// To a tenth of a metre: less is noise, and would be told again and again.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn contact(callsign: &str) -> Element {
    Element::new("contact").with("callsign", text::clean(callsign, limits::NAME_CHARS))
}

fn words(remarks: &str) -> Element {
    let mut element = Element::new("remarks");
    element.children.push(Node::Text(text::clean(remarks, limits::NOTE_CHARS)));
    element
}

fn detail<const N: usize>(elements: [Element; N]) -> Vec<Node> {
    elements.into_iter().map(Node::Element).collect()
}

#[cfg(test)]
mod tests;
