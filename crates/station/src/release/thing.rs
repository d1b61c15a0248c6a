//! What an input tells of, and what kind of word it is: by these two policies permit or forbid.

use std::collections::{BTreeMap, BTreeSet};

use sight::sector::{Sector, SensorId, UnitId};
use watch::detection::Source;
use watch::journal::Input;

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
}

/// Labels by what they are put on: `tower-4`, `WeatherStation::LESU`, all of a type as `Sensor`, or one object as a sensor or
/// unit calls it, `Object::tower-4/17`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labels(pub BTreeMap<String, BTreeSet<String>>);

/// With which labels of one object begin.
const OBJECT: &str = "Object::";

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::Detection, Self::State, Self::Weather, Self::Call, Self::Plan];

    /// As policies write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::State => "state",
            Self::Weather => "weather",
            Self::Call => "call",
            Self::Plan => "plan",
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
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Sensor(SensorId(name))
            | Self::Unit(UnitId(name))
            | Self::WeatherStation(name)
            | Self::Device(name)
            | Self::Ground(name) => name,
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
        }
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
        if let Input::Detected(report) = input { &report.object_id } else { "" }
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

    /// The labels of a thing: its own, and those of all of its type.
    pub fn of(&self, thing: &Thing) -> BTreeSet<String> {
        let (kind, name) = (thing.type_name(), thing.name());
        let named = [name, kind, &format!("{kind}::{name}")].map(|on| self.0.get(on));
        named.into_iter().flatten().flatten().cloned().collect()
    }
}
