//! The gate: what of an entry one agency is given. What does not pass it never enters that agency's world.
//!
//! Terms are kept here, where things come in, and not where they are told: nothing that is made of them - tracks, alerts,
//! counts, watch states, words - can then tell more than what passed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{Sector, Sensor, SensorKind, UnitId};
use watch::call::Call;
use watch::detection::locate::place_of;
use watch::detection::{
    DetectionReport, Registration, ReportedPlace, ReportedPosition, Source, StatusReport,
};
use watch::journal::{Entry, Input};
use watch::message::Message;

use super::policy::Policy;
use super::terms::{Field, Terms};
use super::thing::{Kind, Thing};

/// Things whose terms are remembered; when there are more, they are judged anew.
const JUDGED_MAX: usize = 4_096;

/// Something that passed the gate. Only this room makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Released<T>(T);

impl<T> Released<T> {
    pub(super) fn get(&self) -> &T {
        &self.0
    }
}

/// What one agency is given, by the policy as it is in force at one time.
#[derive(Debug, Clone)]
pub struct Gate {
    agency: String,
    policy: Arc<Policy>,
    at: Timestamp,
    /// The station's own, with all that is withheld.
    model: Arc<Model>,
    judged: BTreeMap<(Thing, Kind, String), Option<Terms>>,
    /// Devices whose names are withheld, in the order in which they called.
    callers: BTreeMap<String, usize>,
    /// Messages by what they were called, in the order in which they came.
    written: BTreeMap<String, usize>,
    /// The strictest terms of all that the agency is given.
    strictest: Terms,
}

impl Gate {
    /// The gate of an agency; `None` where it is given nothing.
    pub fn of(
        agency: &str,
        policy: &Arc<Policy>,
        model: &Arc<Model>,
        at: Timestamp,
    ) -> Option<Self> {
        let things = policy.things(model.sector());
        let each =
            things.iter().flat_map(|thing| thing.kinds().iter().map(move |kind| (thing, *kind)));
        let terms = each.filter_map(|(thing, kind)| policy.terms(agency, thing, kind, at));
        let objects = policy.objects(model.sector()).into_iter().flat_map(|(thing, object)| {
            let terms = |kind| policy.terms_of(agency, (&thing, &object), kind, at);
            thing.kinds_of_objects().filter_map(terms).collect::<Vec<_>>()
        });
        let strictest = terms.chain(objects).reduce(|all, one| all.and(&one))?;
        let (policy, model) = (Arc::clone(policy), Arc::clone(model));
        let agency = agency.to_owned();
        let (judged, callers, written) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Some(Self { agency, policy, at, model, judged, callers, written, strictest })
    }

    /// How far behind the agency's world is: the longest delay of anything that it is given.
    pub fn delay(&self) -> SignedDuration {
        self.strictest.delay
    }

    /// The widest grid that places are put on.
    pub fn coarsen_m(&self) -> f64 {
        self.strictest.coarsen_m
    }

    /// When something of it is over, and the world must be made anew.
    pub fn ends_at(&self) -> Option<Timestamp> {
        self.policy.next_end(self.at)
    }

    /// The sector as the agency knows it: the line and its ground, and of the rest what it is given.
    pub fn sector(&mut self) -> Sector {
        let mut sector = self.model.sector().clone();
        sector.sensors.retain(|sensor| {
            let thing = Thing::Sensor(sensor.id.clone());
            let kinds = [Kind::State, Kind::Detection];
            // One whose name is withheld stands nowhere.
            let terms = kinds.map(|kind| self.terms(&thing, kind));
            let is_named = terms.iter().flatten().all(|terms| terms.source.is_none());
            is_named && terms.iter().any(Option::is_some)
        });
        let frame = sector.frame;
        sector.units.retain_mut(|unit| {
            let terms = self.terms(&Thing::Unit(unit.id.clone()), Kind::State);
            let Some(terms) = terms.filter(|terms| terms.source.is_none()) else { return false };
            if terms.coarsen_m > 0.0 {
                unit.point = cell_middle(unit.point, terms.coarsen_m);
                unit.place = frame.place(unit.point);
            }
            true
        });
        let mut is_given =
            |id: &String| self.terms(&Thing::Ground(id.clone()), Kind::Plan).is_some();
        sector.zones.retain(|zone| is_given(&zone.id));
        sector.barriers.retain(|barrier| is_given(&barrier.id));
        sector.places.retain(|place| is_given(&place.id));
        sector.seams.clear();
        sector
    }

    /// What of an entry passes; `number` counts what did before, and names what may not keep its own name.
    pub fn pass(&mut self, entry: &Entry, number: u64) -> Option<Released<Entry>> {
        let (thing, kind) = Thing::of(&entry.input, self.model.sector())?;
        let terms = self.terms_of((&thing, Thing::object_of(&entry.input)), kind)?;
        let input = if let Input::Detected(report) = &entry.input {
            let mut report = detection(report, &terms, (&self.model, number))?;
            if self.policy.labels_objects_of(&thing) {
                rename(&mut report, number);
            }
            Input::Detected(report)
        } else if let Input::Registered(registration) = &entry.input {
            Input::Registered(self.registration(registration, &terms)?)
        } else if let Input::Status(status) = &entry.input {
            Input::Status(self.status(status, &terms)?)
        } else if let Input::Called(call) = &entry.input {
            Input::Called(self.call(call, &terms))
        } else if let Input::Wrote(message) = &entry.input {
            Input::Wrote(self.message(message, &terms)?)
        } else if passes_as_it_is(&entry.input, &terms) {
            entry.input.clone()
        } else {
            return None;
        };
        Some(Released(Entry::new(entry.at, input)))
    }

    fn terms(&mut self, thing: &Thing, kind: Kind) -> Option<Terms> {
        self.terms_of((thing, ""), kind)
    }

    fn terms_of(&mut self, (thing, object): (&Thing, &str), kind: Kind) -> Option<Terms> {
        // Objects without labels are judged as what tells of them.
        let is_labelled = self.policy.labels_object(thing, object);
        let object = if is_labelled { object } else { "" };
        let key = (thing.clone(), kind, object.to_owned());
        if let Some(known) = self.judged.get(&key) {
            return known.clone();
        }
        if self.judged.len() >= JUDGED_MAX {
            self.judged.clear();
        }
        let terms = self.policy.terms_of(&self.agency, (thing, object), kind, self.at);
        self.judged.insert(key, terms.clone());
        terms
    }

    fn registration(&self, told: &Registration, terms: &Terms) -> Option<Registration> {
        self.check_stands(&told.source, terms)?;
        let name =
            if terms.drop.contains(&Field::Note) { String::new() } else { told.name.clone() };
        Some(Registration { name, ..told.clone() })
    }

    fn status(&mut self, told: &StatusReport, terms: &Terms) -> Option<StatusReport> {
        let mut status = told.clone();
        if let (Source::Weather(_), Some(name)) = (&told.source, &terms.source) {
            status.source = Source::Weather(name.clone());
            status.report_id = String::new();
            status.note = String::new();
        } else {
            self.check_stands(&told.source, terms)?;
        }
        if terms.drop.contains(&Field::Note) {
            status.note = String::new();
        }
        status.location = told.location.and_then(|place| reported(&place, terms, self.sector_of()));
        let thing = match &told.source {
            Source::Sensor(sensor) => Thing::Sensor(sensor.clone()),
            Source::Unit(unit) => Thing::Unit(unit.clone()),
            Source::Weather(_) => return Some(status),
        };
        let weather = self.terms(&thing, Kind::Weather);
        status.weather = told.weather.filter(|_| weather.is_some());
        Some(status)
    }

    /// Nothing of how a node is passes when its name does not, or when it is a sensor that moves and its place must be
    /// coarse: what it sees from where it is would tell where that is.
    fn check_stands(&self, source: &Source, terms: &Terms) -> Option<()> {
        let is_coarse = terms.coarsen_m > 0.0;
        let stands = match source {
            Source::Sensor(id) => !is_coarse || stands_still(self.sector_of().sensor(id)?),
            Source::Unit(_) | Source::Weather(_) => true,
        };
        (stands && terms.source.is_none()).then_some(())
    }

    fn call(&mut self, told: &Call, terms: &Terms) -> Call {
        let mut call = told.clone();
        call.place = told.place.and_then(|place| reported(&place, terms, self.sector_of()));
        if let Some(name) = &terms.source {
            // The same device calls by the same name for as long as it calls.
            let number = number_of(&mut self.callers, &told.device);
            call.device = format!("{name} {number}");
            call.name.clone_from(name);
            call.unit = None;
        }
        call
    }

    /// A message without the name of the phone that wrote it, and of a unit that is withheld; nothing where its words are.
    fn message(&mut self, told: &Message, terms: &Terms) -> Option<Message> {
        if terms.drop.contains(&Field::Note) {
            return None;
        }
        let number = number_of(&mut self.written, Thing::of_message(told).name());
        let mut message = Message { id: number.to_string(), ..told.clone() };
        message.place = told.place.and_then(|place| reported(&place, terms, self.sector_of()));
        if let Some(unit) = &told.unit {
            // Whoever writes is called as the unit is.
            match self.terms(&Thing::Unit(unit.clone()), Kind::State).map(|terms| terms.source) {
                Some(None) => {}
                hidden => {
                    message.unit = None;
                    message.name = hidden.flatten().unwrap_or_default();
                }
            }
        }
        if let Some(name) = &terms.source {
            message.name.clone_from(name);
            message.unit = None;
        }
        Some(message)
    }

    fn sector_of(&self) -> &Sector {
        self.model.sector()
    }
}

/// The number by which something is known whose name is withheld; the same for as long as it is remembered.
fn number_of(numbers: &mut BTreeMap<String, usize>, name: &str) -> usize {
    if numbers.len() >= JUDGED_MAX {
        numbers.clear();
    }
    let next = numbers.len() + 1;
    *numbers.entry(name.to_owned()).or_insert(next)
}

/// Whether a word passes that names its source and nothing that could be made coarse. The text of a forecast names its
/// station, and where a sensor looks tells where something is.
fn passes_as_it_is(input: &Input, terms: &Terms) -> bool {
    let is_plain =
        matches!(input, Input::Forecast(_) | Input::Disconnected { .. } | Input::Pictured(_));
    let is_view = matches!(input, Input::Viewed(_)) && terms.coarsen_m <= 0.0;
    terms.source.is_none() && (is_plain || is_view)
}

fn stands_still(sensor: &Sensor) -> bool {
    match sensor.kind {
        SensorKind::Balloon(_) | SensorKind::Drone(_) => false,
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => true,
    }
}

/// A report as it may be given; `None` where it gives no place that could be made coarse, or told without its source.
fn detection(
    told: &DetectionReport,
    terms: &Terms,
    (model, number): (&Model, u64),
) -> Option<DetectionReport> {
    let mut report = told.clone();
    // They name other nodes, which may be withheld.
    report.remarks.origins = Vec::new();
    if terms.drop.contains(&Field::Classification) {
        report.classes = Vec::new();
        report.remarks.behaviours = Vec::new();
    }
    let is_coarse = terms.coarsen_m > 0.0;
    let no_height = terms.drop.contains(&Field::Altitude);
    if is_coarse || terms.source.is_some() || (no_height && is_angular(&told.position)) {
        report.position = ReportedPosition::Place(located(told, terms, model)?);
    } else if no_height {
        report.position = without_height(told.position);
    }
    if is_coarse || terms.source.is_some() {
        rename(&mut report, number);
    }
    if let Some(name) = &terms.source {
        report.source = Source::Unit(UnitId(name.clone()));
    }
    Some(report)
}

/// What a sensor calls its reports and objects may count or name what is withheld.
fn rename(report: &mut DetectionReport, number: u64) {
    report.report_id = format!("{number}");
    report.object_id = format!("{number}");
}

fn is_angular(position: &ReportedPosition) -> bool {
    match position {
        ReportedPosition::Polar { elevation_deg, .. }
        | ReportedPosition::Doppler { elevation_deg, .. } => elevation_deg.is_some(),
        ReportedPosition::Place(_) | ReportedPosition::Ellipse { .. } => false,
    }
}

fn without_height(position: ReportedPosition) -> ReportedPosition {
    let flat =
        |place: ReportedPlace| ReportedPlace { height_m: None, height_sigma_m: None, ..place };
    match position {
        ReportedPosition::Place(place) => ReportedPosition::Place(flat(place)),
        ReportedPosition::Ellipse { place, cross_m2 } => {
            ReportedPosition::Ellipse { place: flat(place), cross_m2 }
        }
        ReportedPosition::Polar { .. } | ReportedPosition::Doppler { .. } => position,
    }
}

/// The place that a report gives, on the terms that it may be given.
///
/// One measured from a sensor is found from where the sector file has that sensor: of one that moves, only places that it
/// told itself are given, and of a ground sensor none are made coarse, for it has no other than its own.
fn located(told: &DetectionReport, terms: &Terms, model: &Model) -> Option<ReportedPlace> {
    let sector = model.sector();
    let sensor = match &told.source {
        Source::Sensor(id) => Some(sector.sensor(id)?),
        Source::Unit(_) | Source::Weather(_) => None,
    };
    let is_ground = sensor.is_some_and(|one| matches!(one.kind, SensorKind::GroundSensor(_)));
    if is_ground && terms.coarsen_m > 0.0 {
        return None;
    }
    let told_place = match told.position {
        ReportedPosition::Place(place) | ReportedPosition::Ellipse { place, .. } => Some(place),
        ReportedPosition::Polar { .. } | ReportedPosition::Doppler { .. } => None,
    };
    if let Some(place) = told_place.filter(|_| !is_ground) {
        return reported(&place, terms, sector);
    }
    sensor.filter(|sensor| stands_still(sensor))?;
    let (point, sigma_m) = place_of(told, model)?;
    let at = sector.frame.place(point);
    let place = ReportedPlace {
        lon_deg: at.lon_deg(),
        lat_deg: at.lat_deg(),
        height_m: None,
        height_sigma_m: None,
        // Its two errors would tell from where it was measured.
        east_sigma_m: Some(sigma_m),
        north_sigma_m: Some(sigma_m),
    };
    reported(&place, terms, sector)
}

/// A place as it may be given. On a grid it is the middle of its cell, without a height, and its error is that of the
/// cell, doubled until it is no smaller than it was; `None` for what is no place.
fn reported(place: &ReportedPlace, terms: &Terms, sector: &Sector) -> Option<ReportedPlace> {
    if terms.coarsen_m <= 0.0 {
        let drops_height = terms.drop.contains(&Field::Altitude);
        let height = |told: Option<f64>| told.filter(|_| !drops_height);
        let (height_m, height_sigma_m) = (height(place.height_m), height(place.height_sigma_m));
        return Some(ReportedPlace { height_m, height_sigma_m, ..*place });
    }
    let at = Wgs84::new(place.lon_deg, place.lat_deg).ok()?;
    let middle = cell_middle(sector.frame.point(at), terms.coarsen_m);
    let told_m = place.east_sigma_m.into_iter().chain(place.north_sigma_m).fold(0.0, f64::max);
    let mut sigma_m = terms.coarsen_m / 2.0;
    while sigma_m < told_m && sigma_m.is_finite() {
        sigma_m *= 2.0;
    }
    let at = sector.frame.place(middle);
    Some(ReportedPlace {
        lon_deg: at.lon_deg(),
        lat_deg: at.lat_deg(),
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: Some(sigma_m),
        north_sigma_m: Some(sigma_m),
    })
}

/// The middle of the cell that holds a point, of a grid whose cells meet at the frame's origin.
fn cell_middle(point: EnuPoint, coarsen_m: f64) -> EnuPoint {
    let middle = |along_m: f64| ((along_m / coarsen_m).floor() + 0.5) * coarsen_m;
    EnuPoint::new(middle(point.to_vector().x), middle(point.to_vector().y))
}

/// Agencies that a policy gives anything.
pub fn given(policy: &Arc<Policy>, model: &Arc<Model>, at: Timestamp) -> BTreeSet<String> {
    let agencies = policy.agencies().into_iter();
    agencies.filter(|agency| Gate::of(agency, policy, model, at).is_some()).collect()
}

#[cfg(test)]
mod tests;
