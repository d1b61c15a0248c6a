//! What an input tells of, and what kind of word it is: by these two policies permit or forbid.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};
use sight::sector::{Sector, SensorId, UnitId};
use watch::detection::Source;
use watch::journal::Input;
use watch::message::Message;

use crate::runtime::stepper::hex;

/// What an input tells of; a resource of policies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    Sensor(SensorId),
    Unit(UnitId),
    /// A mast or station that tells of weather alone.
    WeatherStation(String),
    /// A caller's device that is no unit's.
    Device(String),
    /// A zone, barrier or landmark of the sector file.
    Ground(String),
    /// One message, by [`Thing::of_message`]; given to nobody but where it has a label of its own.
    Message(String),
}

/// What kind of word it is; the `kind` in a policy's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// What was seen.
    Detection,
    /// That it is there, how it is, where it is and where it looks.
    State,
    /// Weather as it is, and as it is expected.
    Weather,
    /// A call for help.
    Call,
    /// That the sector file has it.
    Plan,
    /// What somebody in the field wrote.
    Message,
}

/// Labels by what they are put on: `tower-4`, `WeatherStation::LESU`, all of a type as `Sensor`, one object as a sensor or unit
/// calls it, `Object::tower-4/17`, or one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(pub BTreeMap<String, BTreeSet<String>>);

/// With which labels of one object begin.
const OBJECT: &str = "Object::";

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Detection, Self::State, Self::Weather, Self::Call, Self::Plan, Self::Message];

    /// As policies write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::State => "state",
            Self::Weather => "weather",
            Self::Call => "call",
            Self::Plan => "plan",
            Self::Message => "message",
        }
    }
}

impl Thing {
    /// The type that policies know it by.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Sensor(_) => "Sensor",
            Self::Unit(_) => "Unit",
            Self::WeatherStation(_) => "WeatherStation",
            Self::Device(_) => "Device",
            Self::Ground(_) => "Ground",
            Self::Message(_) => "Message",
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Sensor(SensorId(name))
            | Self::Unit(UnitId(name))
            | Self::WeatherStation(name)
            | Self::Device(name)
            | Self::Ground(name)
            | Self::Message(name) => name,
        }
    }

    /// Kinds of word that there are of it.
    pub const fn kinds(&self) -> &'static [Kind] {
        match self {
            Self::Sensor(_) => &[Kind::Detection, Kind::State, Kind::Weather],
            Self::Unit(_) => &[Kind::Detection, Kind::State, Kind::Weather, Kind::Call],
            Self::WeatherStation(_) => &[Kind::Weather],
            Self::Device(_) => &[Kind::Call],
            Self::Ground(_) => &[Kind::Plan],
            Self::Message(_) => &[Kind::Message],
        }
    }

    /// Kinds of word in which it tells of one object that it calls by a name.
    pub fn kinds_of_objects(&self) -> impl Iterator<Item = Kind> + use<> {
        let kinds = self.kinds().iter().copied();
        kinds.filter(|kind| matches!(kind, Kind::Detection | Kind::Call))
    }

    /// One message. It is known by all that it says, so that no other has its labels: phones choose what they call theirs.
    pub fn of_message(message: &Message) -> Self {
        let place = message.place.map(|place| (place.lon_deg, place.lat_deg, place.height_m));
        let unit = message.unit.as_ref().map(|unit| &unit.0);
        let rest = format!("{} {unit:?} {place:?}", message.written_at);
        let mut digest = Sha256::new();
        for part in [&message.door, &message.id, &message.name, &message.text, &rest] {
            digest.update(part.len().to_le_bytes());
            digest.update(part);
        }
        Self::Message(hex(&digest.finalize()))
    }

    /// Everything that a sector file names.
    pub fn all_of(sector: &Sector) -> Vec<Self> {
        let sensors = sector.sensors.iter().map(|sensor| Self::Sensor(sensor.id.clone()));
        let units = sector.units.iter().map(|unit| Self::Unit(unit.id.clone()));
        let zones = sector.zones.iter().map(|zone| &zone.id);
        let barriers = sector.barriers.iter().map(|barrier| &barrier.id);
        let places = sector.places.iter().map(|place| &place.id);
        let ground = zones.chain(barriers).chain(places).cloned().map(Self::Ground);
        sensors.chain(units).chain(ground).collect()
    }

    fn of_source(source: &Source) -> Self {
        match source {
            Source::Sensor(sensor) => Self::Sensor(sensor.clone()),
            Source::Unit(unit) => Self::Unit(unit.clone()),
            Source::Weather(station) => Self::WeatherStation(station.clone()),
        }
    }

    /// What an input tells of and in what kind of word; `None` for what is never given to anybody else: what the station
    /// says of itself, what people decide and write, what doors refuse, what neighbouring sectors say.
    pub fn of(input: &Input, sector: &Sector) -> Option<(Self, Kind)> {
        let state_of = |source: &Source| {
            let kind = match source {
                Source::Sensor(_) | Source::Unit(_) => Kind::State,
                Source::Weather(_) => Kind::Weather,
            };
            (Self::of_source(source), kind)
        };
        match input {
            Input::Registered(registration) => Some(state_of(&registration.source)),
            Input::Status(status) => Some(state_of(&status.source)),
            Input::Disconnected { node_id } => Self::of_node(node_id, sector),
            Input::Detected(report) => match &report.source {
                Source::Sensor(_) | Source::Unit(_) => {
                    Some((Self::of_source(&report.source), Kind::Detection))
                }
                Source::Weather(_) => None,
            },
            Input::Viewed(view) => Some((Self::Sensor(view.sensor.clone()), Kind::State)),
            Input::Pictured(picture) => Some((Self::Sensor(picture.sensor.clone()), Kind::State)),
            Input::Called(call) => {
                let device = || Self::Device(call.device.clone());
                Some((call.unit.clone().map_or_else(device, Self::Unit), Kind::Call))
            }
            Input::Forecast(report) => {
                Some((Self::WeatherStation(report.station.clone()), Kind::Weather))
            }
            // What a parent asks is between it and the desk.
            Input::Wrote(message) if message.asked.is_none() => {
                Some((Self::of_message(message), Kind::Message))
            }
            Input::Opened { .. }
            | Input::Tick
            | Input::Rejected(_)
            | Input::Computed { .. }
            | Input::Commanded(_)
            | Input::TaskReported { .. }
            | Input::HandedOver(_)
            | Input::Wrote(_)
            | Input::PointingReported { .. }
            | Input::Recorded(_)
            | Input::Audited(_)
            | Input::Erased(_)
            | Input::Migrated(_)
            | Input::Marked(_)
            | Input::Traced(_)
            | Input::Started(_)
            | Input::Stopped => None,
        }
    }

    /// What an input calls the one object that it tells of; empty where it does not.
    pub(super) fn object_of(input: &Input) -> &str {
        match input {
            Input::Detected(report) => &report.object_id,
            // Of a device that is no unit's the call has the labels of the device.
            Input::Called(call) if call.unit.is_some() => &call.device,
            Input::Opened { .. }
            | Input::Tick
            | Input::Registered(_)
            | Input::Disconnected { .. }
            | Input::Status(_)
            | Input::Rejected(_)
            | Input::Computed { .. }
            | Input::Commanded(_)
            | Input::TaskReported { .. }
            | Input::HandedOver(_)
            | Input::Called(_)
            | Input::Wrote(_)
            | Input::Viewed(_)
            | Input::PointingReported { .. }
            | Input::Pictured(_)
            | Input::Recorded(_)
            | Input::Forecast(_)
            | Input::Audited(_)
            | Input::Erased(_)
            | Input::Migrated(_)
            | Input::Marked(_)
            | Input::Traced(_)
            | Input::Started(_)
            | Input::Stopped => "",
        }
    }

    /// Whose node it is; nobody's where the sector file does not know it.
    fn of_node(node_id: &str, sector: &Sector) -> Option<(Self, Kind)> {
        let sensor = sector.sensors.iter().find(|sensor| sensor.node_id == node_id);
        let unit = sector.units.iter().find(|unit| unit.node_id == node_id);
        let sensor = sensor.map(|sensor| Self::Sensor(sensor.id.clone()));
        let found = sensor.or_else(|| unit.map(|unit| Self::Unit(unit.id.clone())));
        found.map(|thing| (thing, Kind::State))
    }
}

impl Labels {
    /// Bytes of all names and labels.
    pub(super) fn bytes(&self) -> usize {
        let labels = |(name, labels): (&String, &BTreeSet<String>)| {
            name.len() + labels.iter().map(String::len).sum::<usize>()
        };
        self.0.iter().map(labels).sum()
    }

    /// By which one object of a source is labelled.
    pub fn on_object(source: &str, object: &str) -> String {
        format!("{OBJECT}{source}/{object}")
    }

    /// The labels of one object that a thing tells of, where it has some.
    pub(super) fn of_object(&self, thing: &Thing, object: &str) -> Option<&BTreeSet<String>> {
        // Nearly all nights have no such labels.
        if object.is_empty() || self.objects().next().is_none() {
            return None;
        }
        self.0.get(&Self::on_object(thing.name(), object))
    }

    /// Sources with an object of theirs that is labelled, as `SOURCE/OBJECT`.
    pub(super) fn objects(&self) -> impl Iterator<Item = &str> {
        let from = self.0.range(OBJECT.to_owned()..);
        from.map_while(|(on, _)| on.strip_prefix(OBJECT))
    }

    /// By which a thing is labelled that no sector file names.
    pub fn on(thing: &Thing) -> String {
        format!("{}::{}", thing.type_name(), thing.name())
    }

    /// The labels of a thing: its own, and those of all of its type.
    pub fn of(&self, thing: &Thing) -> BTreeSet<String> {
        let bare = match thing {
            Thing::Sensor(_) | Thing::Unit(_) | Thing::Ground(_) => Some(thing.name()),
            // Whoever gives these their names could give them that of a sensor.
            Thing::WeatherStation(_) | Thing::Device(_) | Thing::Message(_) => None,
        };
        let whole = Self::on(thing);
        let named = [bare, Some(thing.type_name()), Some(&whole)].into_iter().flatten();
        named.filter_map(|on| self.0.get(on)).flatten().cloned().collect()
    }
}
