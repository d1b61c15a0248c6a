//! Registrations: who is let in, and who is not.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::coverage::View;
use sight::geo::Wgs84;
use watch::detection::{Registration as Registered, ReportedPlace, Source};
use watch::journal::Input;
use wire::sapient::ids::canonical_uuid;
use wire::sapient::registration::{
    CommandType, Duration, NodeType, Registration, ScanType, TimeUnits,
};
use wire::sapient::{Content, SapientMessage};
use wire::text;

use super::place::Surroundings;
use super::status::Told;
use crate::pki::Identity;

use super::{Directory, Refusal, Session, Step, limits, reply, seconds, velocity};

/// Capability category by which a node that is not in the sector file may report the weather.
const WEATHER: &str = "weather";

/// A registered node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) source: Source,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status_interval_s: f64,
    /// Whether any of its modes takes an order to follow.
    pub(super) follows: bool,
    /// When it registered or last sent its status.
    pub(super) heard_at: Timestamp,
    pub(super) has_sent_status: bool,
    /// What its last full status said of its health, for reports that only say "unchanged".
    pub(super) told: Told,
    /// Where it said last that it is.
    pub(super) place: Option<ReportedPlace>,
    /// Where it said last that it looks, as far as that was journalled.
    pub(super) view: View,
    /// How it looks round, by mode; modes that do not say are left out.
    pub(super) scans: BTreeMap<String, ScanType>,
    /// Zone of its places, if it announced UTM.
    pub(super) utm_zone: Option<String>,
    /// Metres a second of one unit of its velocities, if it announced any.
    pub(super) velocity_unit_mps: Option<f64>,
}

impl Node {
    pub(super) fn surroundings<'a>(&'a self, directory: &'a Directory) -> Surroundings<'a> {
        Surroundings { frame: directory.frame(), utm_zone: self.utm_zone.as_deref() }
    }

    /// Where it stands: what moves, where it says, and all else where the sector file has it.
    pub(super) fn stands(&self, directory: &Directory) -> Option<Wgs84> {
        let said = || self.place.and_then(|place| Wgs84::new(place.lon_deg, place.lat_deg).ok());
        directory.stands(&self.id).or_else(said)
    }

    /// The journal's line that it is there.
    fn registered(&self) -> Input {
        Input::Registered(Registered {
            source: self.source.clone(),
            node_id: self.id.clone(),
            name: self.name.clone(),
            status_interval_s: self.status_interval_s,
            follows: self.follows,
        })
    }

    /// How it looks round in a mode.
    pub(super) fn scan_in(&self, mode: &str) -> ScanType {
        self.scans.get(mode).copied().unwrap_or(ScanType::Unspecified)
    }

    pub(super) fn is_silent(&self, now: Timestamp) -> bool {
        seconds(self.heard_at, now) > limits::MISSED_STATUS_MAX * self.status_interval_s
    }
}

impl Session {
    pub(super) fn take_registration(
        &mut self,
        registration: &Registration,
        message: &SapientMessage,
        now: Timestamp,
        step: &mut Step,
    ) {
        let node_id = message.node_id.as_deref().and_then(canonical_uuid).unwrap_or_default();
        let admitted = self.admit(registration, &node_id, now);
        let reasons = match admitted {
            Ok(node) => {
                self.directory.memory().forget(&node.id);
                step.inputs.push(node.registered());
                self.node = Some(node);
                Vec::new()
            }
            Err(refusal) => vec![self.turn_away(&refusal, now, step)],
        };
        let ack = reply::registration_ack(reasons);
        step.replies.push(reply::envelope(&self.directory, Some(&node_id), now, ack));
    }

    /// Lets a node go on that was cut off a short while ago; like one that has just registered, it owes its status.
    pub(super) fn resume(&mut self, message: &SapientMessage, now: Timestamp, step: &mut Step) {
        let goes_on = match &message.content {
            Some(Content::Registration(_) | Content::Error(_)) | None => false,
            Some(_) => self.node.is_none(),
        };
        let sender = message.node_id.as_deref().and_then(canonical_uuid);
        // Going on is no way round the certificate.
        let may = |sender: &String| goes_on && self.refuse_unvouched(sender).is_ok();
        let Some(sender) = sender.filter(may) else { return };
        if let Some(node) = self.directory.memory().resume(&sender, now) {
            let (told, view) = (Told::default(), View::default());
            let node = Node { heard_at: now, has_sent_status: false, told, view, ..node };
            step.inputs.push(node.registered());
            self.node = Some(node);
        }
    }

    fn admit(
        &self,
        registration: &Registration,
        node_id: &str,
        now: Timestamp,
    ) -> Result<Node, Refusal> {
        refuse_effectors(registration)?;
        self.refuse_unvouched(node_id)?;
        let source = match self.directory.source(node_id) {
            Some(source) => source.clone(),
            None if is_weather_node(registration) => Source::Weather(node_id.to_owned()),
            None => {
                return Err(Refusal::new(
                    "node_id",
                    format!("must be a node of the sector, got {node_id}"),
                ));
            }
        };
        Ok(Node {
            name: name_of(registration, &source),
            source,
            id: node_id.to_owned(),
            status_interval_s: status_interval_s(registration)?,
            follows: follows(registration),
            heard_at: now,
            has_sent_status: false,
            told: Told::default(),
            place: None,
            view: View::default(),
            scans: scans(registration),
            utm_zone: utm_zone(registration),
            velocity_unit_mps: velocity::unit_mps(registration),
        })
    }

    /// By TLS a node is who its certificate says, whatever it calls itself.
    fn refuse_unvouched(&self, node_id: &str) -> Result<(), Refusal> {
        let Some(identity) = &self.vouched else { return Ok(()) };
        match &**identity {
            Identity::Node { ids } if ids.contains(node_id) => Ok(()),
            Identity::Node { .. } | Identity::Phone { .. } | Identity::Machine { .. } => {
                Err(Refusal::new(
                    "node_id",
                    format!(
                        "must be whom the certificate was issued to, {identity}, got {node_id}"
                    ),
                ))
            }
        }
    }

    /// Journals that a node was not let in; gives the reason to tell it.
    fn turn_away(&mut self, refusal: &Refusal, now: Timestamp, step: &mut Step) -> String {
        self.counts.rejected += 1;
        self.refusals += 1;
        let refusals = std::slice::from_ref(refusal);
        if let Some(rejection) = self.rejections.journal(refusals, self.source().cloned(), now) {
            step.inputs.push(Input::Rejected(rejection));
        }
        if self.refusals >= limits::REFUSALS_MAX {
            self.leave(format!("{} registrations refused", self.refusals), step);
        }
        text::clean(&format!("{}: {}", refusal.field, refusal.reason), limits::NOTE_CHARS)
    }
}

/// Watchline detects and coordinates: a node that acts on things has no place here.
fn refuse_effectors(registration: &Registration) -> Result<(), Refusal> {
    for (index, definition) in registration.node_definition.iter().enumerate() {
        let Some(word) = effector_word(definition.node_type()) else { continue };
        let field = format!("registration.node_definition[{index}].node_type");
        return Err(Refusal::new(
            field,
            format!("nodes that act on things are refused, got {word}"),
        ));
    }
    Ok(())
}

/// What a node that acts on things calls itself; `None` for one that senses, moves or joins.
fn effector_word(kind: NodeType) -> Option<&'static str> {
    match kind {
        NodeType::Kinetic => Some("kinetic"),
        NodeType::Jammer => Some("jammer"),
        NodeType::Cyber => Some("cyber"),
        NodeType::Ldew => Some("laser directed-energy"),
        NodeType::Rfdew => Some("radio directed-energy"),
        NodeType::Unspecified
        | NodeType::Other
        | NodeType::Radar
        | NodeType::Lidar
        | NodeType::Camera
        | NodeType::Seismic
        | NodeType::Acoustic
        | NodeType::ProximitySensor
        | NodeType::PassiveRf
        | NodeType::Human
        | NodeType::Chemical
        | NodeType::Biological
        | NodeType::Radiation
        | NodeType::MobileNode
        | NodeType::PointableNode
        | NodeType::FusionNode => None,
    }
}

fn is_weather_node(registration: &Registration) -> bool {
    let other = registration
        .node_definition
        .iter()
        .all(|definition| definition.node_type() == NodeType::Other);
    let reports_weather = |category: &Option<String>| {
        category.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case(WEATHER))
    };
    other
        && registration.capabilities.iter().any(|capability| reports_weather(&capability.category))
}

fn status_interval_s(registration: &Registration) -> Result<f64, Refusal> {
    let field = "registration.status_definition.status_interval";
    let interval = registration
        .status_definition
        .as_ref()
        .and_then(|definition| definition.status_interval.as_ref());
    let interval_s =
        interval.map(duration_s).ok_or_else(|| Refusal::new(field, "mandatory, but missing"))?;
    let allowed = limits::STATUS_INTERVAL_S;
    if allowed.contains(&interval_s) {
        return Ok(interval_s);
    }
    let reason = format!("must be {} to {} s, got {interval_s}", allowed.start(), allowed.end());
    Err(Refusal::new(field, reason))
}

fn duration_s(duration: &Duration) -> f64 {
    let unit_s = match duration.units() {
        TimeUnits::Nanoseconds => 1e-9,
        TimeUnits::Microseconds => 1e-6,
        TimeUnits::Milliseconds => 1e-3,
        TimeUnits::Seconds | TimeUnits::Unspecified => 1.0,
        TimeUnits::Minutes => 60.0,
        TimeUnits::Hours => 3_600.0,
        TimeUnits::Days => 86_400.0,
    };
    f64::from(duration.value()) * unit_s
}

fn follows(registration: &Registration) -> bool {
    let tasks = registration.mode_definition.iter().filter_map(|mode| mode.task.as_ref());
    let mut commands = tasks.flat_map(|task| &task.command);
    commands.any(|command| command.kind() == CommandType::Follow)
}

/// How the node looks round in each mode.
fn scans(registration: &Registration) -> BTreeMap<String, ScanType> {
    let modes = registration.mode_definition.iter().take(limits::MODES_MAX);
    let told = modes.filter(|mode| mode.scan_type() != ScanType::Unspecified);
    told.map(|mode| (mode.mode_name().to_owned(), mode.scan_type())).collect()
}

/// The first zone that any announced coordinates name.
fn utm_zone(registration: &Registration) -> Option<String> {
    let status = registration
        .status_definition
        .iter()
        .filter_map(|status| status.location_definition.as_ref());
    let detections =
        registration.mode_definition.iter().flat_map(|mode| &mode.detection_definition);
    let detected = detections.filter_map(|detection| detection.location_type.as_ref());
    detected.chain(status).find_map(|coordinates| coordinates.zone.clone())
}

fn name_of(registration: &Registration, source: &Source) -> String {
    let given = [&registration.name, &registration.short_name].into_iter().flatten();
    let cleaned =
        given.map(|name| text::clean(name, limits::NAME_CHARS)).find(|name| !name.is_empty());
    cleaned.unwrap_or_else(|| match source {
        Source::Sensor(id) => id.0.clone(),
        Source::Unit(id) => id.0.clone(),
        Source::Weather(node_id) => node_id.clone(),
    })
}
