//! What doors do with words whose sender they name themselves: a file, a broker's topic, a receiver on a port.
//!
//! Nobody registers here: the configuration or the request says which sensor or unit of the sector it
//! is. Each word is held against the clock and the sector, told from what came before, and becomes an
//! input. What was seen just now also says that its sensor works, for nothing else would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use sight::geo::Wgs84;
use sight::sector::{SensorId, UnitId};
use watch::detection::{
    Class, DetectionReport, DustWindow, ForecastReport, Rejection, ReportedPlace, ReportedPosition,
    ReportedWeather, Source, StatusReport,
};
use watch::journal::Input;
use watch::limits::DUST_WINDOWS_MAX;
use wire::metar::Metar;
use wire::metar::taf::{Status, Taf};

use super::door::Counts;
use super::patrol::Fix;
use super::rejections::{Refusal, Rejections};
use super::repeats::{Key, Repeats};
use super::sapient::class;
use super::stations::{Stations, status};
use super::{limits, refuse_far, refuse_time, seconds};

/// What a sensor or a person told of somebody.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sighting {
    pub(super) time: Timestamp,
    pub(super) position: ReportedPosition,
    /// In the sender's words.
    pub(super) class: Option<String>,
    pub(super) confidence: Option<f64>,
    /// The sender's name for the object.
    pub(super) id: Option<String>,
}

/// One word at a door.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Seen(Source, Sighting),
    Placed(UnitId, Fix),
    Report(Box<Metar>),
    Forecast(Box<Taf>),
    /// Measured at a station at a time.
    Measured(String, Timestamp, ReportedWeather),
    /// A sensor works, or says why it does not.
    Alive(SensorId, Timestamp, Works),
    /// Right, and of no use here.
    Nothing,
}

/// Whether a sensor works; if not, why.
pub(super) type Works = Result<(), String>;

/// What came of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Taken,
    /// It came before.
    Repeated,
    /// It says nothing that is of use, or that is not known.
    Ignored,
}

/// What is to be stored together.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) inputs: Vec<Input>,
    keys: BTreeSet<Key>,
}

/// The way from words to inputs of one door.
#[derive(Debug)]
pub(super) struct Gate {
    door: &'static str,
    model: Arc<Model>,
    stations: Arc<Stations>,
    repeats: Repeats,
    /// When each sensor was last told to work, or not to.
    alive: BTreeMap<SensorId, (Timestamp, Works)>,
    rejections: Rejections,
    counts: Counts,
}

impl Gate {
    pub(super) fn new(
        door: &'static str,
        model: Arc<Model>,
        stations: Arc<Stations>,
        now: Timestamp,
    ) -> Self {
        Self {
            door,
            model,
            stations,
            repeats: Repeats::default(),
            alive: BTreeMap::new(),
            rejections: Rejections::new(door, now),
            counts: Counts::default(),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes one word. One that cannot be used is counted and journalled, and told to whoever asks.
    pub(super) fn take(
        &mut self,
        word: Word,
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<Verdict, Refusal> {
        let source = source_of(&word);
        let verdict = match word {
            Word::Seen(source, sighting) => self.seen(source, sighting, now, taken),
            Word::Placed(unit, fix) => self.placed(&unit, fix, now, taken),
            Word::Report(report) => self.report(&report, now, taken),
            Word::Forecast(taf) => self.expected(&taf, now, taken),
            Word::Measured(station, at, weather) => {
                self.measured(&station, (at, weather), now, taken)
            }
            Word::Alive(sensor, at, works) => self.told_alive(&sensor, (at, works), now, taken),
            Word::Nothing => Ok(Verdict::Ignored),
        };
        match &verdict {
            Ok(Verdict::Taken) => self.counts.accepted += 1,
            Ok(Verdict::Repeated | Verdict::Ignored) => self.counts.ignored += 1,
            Err(refusal) => self.refuse(refusal, source, now, taken),
        }
        verdict
    }

    /// Counts and journals what could not be read.
    pub(super) fn refuse(
        &mut self,
        refusal: &Refusal,
        source: Option<Source>,
        now: Timestamp,
        taken: &mut Taken,
    ) {
        self.counts.rejected += 1;
        if let Some(rejection) = self.rejections.journal(std::slice::from_ref(refusal), source, now)
        {
            taken.inputs.push(Input::Rejected(rejection));
        }
    }

    /// Counts what readers left out beyond the faults that they tell.
    pub(super) fn refuse_untold(&mut self, count: usize) {
        self.counts.rejected += count as u64;
    }

    pub(super) fn pass_over(&mut self, count: usize) {
        self.counts.ignored += count as u64;
    }

    /// Whether a message came before, whatever it says; it counts as come from then on.
    pub(super) fn came_before(&mut self, key: Key, taken: &mut Taken) -> bool {
        let is_new = self.repeats.is_new(key);
        if is_new {
            taken.keys.insert(key);
        }
        !is_new
    }

    /// What could not be stored counts as never having come.
    pub(super) fn undo(&mut self, taken: &Taken) {
        self.repeats.forget(&taken.keys);
        for input in &taken.inputs {
            if let Input::Forecast(report) = input {
                self.stations.forget_forecast(&report.station);
            }
            let Input::Status(StatusReport { source, .. }) = input else { continue };
            match source {
                Source::Sensor(sensor) => drop(self.alive.remove(sensor)),
                Source::Weather(station) => self.stations.forget(station),
                Source::Unit(_) => {}
            }
        }
    }

    fn seen(
        &mut self,
        source: Source,
        sighting: Sighting,
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<Verdict, Refusal> {
        refuse_time(sighting.time, "time", now)?;
        self.refuse_position(&sighting.position)?;
        let key = Key::of((&source, &sighting));
        if self.came_before(key, taken) {
            return Ok(Verdict::Repeated);
        }
        let report_id = format!("{}-{}", self.door, key.name());
        let classes = self.classes(&source, &sighting, now, taken);
        if let Source::Sensor(sensor) = &source {
            taken.inputs.extend(self.sign_of_life(sensor, sighting.time, now).map(Input::Status));
        }
        taken.inputs.push(Input::Detected(DetectionReport {
            source,
            object_id: sighting.id.unwrap_or_else(|| report_id.clone()),
            report_id,
            observed_at: sighting.time,
            position: sighting.position,
            confidence: sighting.confidence,
            classes,
            remarks: watch::detection::Remarks::default(),
        }));
        Ok(Verdict::Taken)
    }

    fn refuse_position(&self, position: &ReportedPosition) -> Result<(), Refusal> {
        let ReportedPosition::Place(place) = position else { return Ok(()) };
        let at = Wgs84::new(place.lon_deg, place.lat_deg)
            .map_err(|fault| Refusal::new("place", fault.to_string()))?;
        refuse_far(at, "place", &self.model.sector().frame)?;
        let most_m = limits::SIGMA_MAX_M;
        match place.east_sigma_m.filter(|sigma_m| *sigma_m >= most_m) {
            Some(got_m) => {
                Err(Refusal::new("error_m", format!("must be below {most_m} m, got {got_m} m")))
            }
            None => Ok(()),
        }
    }

    /// The class that the sender's word tells; what of it may not be kept is dropped, and that is told.
    fn classes(
        &mut self,
        source: &Source,
        sighting: &Sighting,
        now: Timestamp,
        taken: &mut Taken,
    ) -> Vec<(Class, f64)> {
        const FIELD: &str = "class";
        let Some(word) = &sighting.class else { return Vec::new() };
        let (class, redacted) = class::of_words(word);
        for value in redacted {
            self.counts.redacted += 1;
            if self.rejections.is_due(FIELD, now) {
                taken.inputs.push(Input::Rejected(Rejection {
                    door: self.door.to_owned(),
                    source: Some(source.clone()),
                    field: FIELD.to_owned(),
                    reason: format!("redacted: {}", value.what),
                }));
            }
        }
        vec![(class, sighting.confidence.unwrap_or(limits::CLASS_CONFIDENCE_DEFAULT))]
    }

    /// A sensor that saw something just now works; that is said as often as it must be.
    fn sign_of_life(
        &mut self,
        sensor: &SensorId,
        seen_at: Timestamp,
        now: Timestamp,
    ) -> Option<StatusReport> {
        let limit_s = self.model.sector().settings.heartbeat_limit_s;
        let is_fresh = seconds(seen_at, now).abs() <= limit_s;
        if !(is_fresh && self.is_news(sensor, &Ok(()), now)) {
            return None;
        }
        self.alive.insert(sensor.clone(), (now, Ok(())));
        Some(self.heartbeat(sensor, seen_at, Ok(())))
    }

    /// Whether the core should hear that: it is another word than the last, or that is some time ago.
    fn is_news(&self, sensor: &SensorId, works: &Works, now: Timestamp) -> bool {
        let every_s = self.model.sector().settings.heartbeat_limit_s / 2.0;
        self.alive
            .get(sensor)
            .is_none_or(|(told_at, told)| told != works || seconds(*told_at, now).abs() >= every_s)
    }

    fn told_alive(
        &mut self,
        sensor: &SensorId,
        (at, works): (Timestamp, Works),
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<Verdict, Refusal> {
        refuse_time(at, "time", now)?;
        if !self.is_news(sensor, &works, now) {
            return Ok(Verdict::Ignored);
        }
        self.alive.insert(sensor.clone(), (now, works.clone()));
        taken.inputs.push(Input::Status(self.heartbeat(sensor, at, works)));
        Ok(Verdict::Taken)
    }

    fn heartbeat(&self, sensor: &SensorId, at: Timestamp, works: Works) -> StatusReport {
        StatusReport {
            source: Source::Sensor(sensor.clone()),
            report_id: format!("{}-{}-{}", self.door, sensor.0, at.as_millisecond()),
            observed_at: at,
            detecting: works.is_ok(),
            note: works.err().unwrap_or_default(),
            location: None,
            weather: None,
            impaired: None,
        }
    }

    fn placed(
        &mut self,
        unit: &UnitId,
        fix: Fix,
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<Verdict, Refusal> {
        refuse_time(fix.time, "time", now)?;
        let place = Wgs84::new(fix.lon_deg, fix.lat_deg)
            .map_err(|fault| Refusal::new("place", fault.to_string()))?;
        refuse_far(place, "place", &self.model.sector().frame)?;
        if self.came_before(Key::of((unit, fix)), taken) {
            return Ok(Verdict::Repeated);
        }
        taken.inputs.push(Input::Status(StatusReport {
            source: Source::Unit(unit.clone()),
            report_id: format!("{}-{}", self.door, fix.time.as_millisecond()),
            observed_at: fix.time,
            detecting: true,
            note: String::new(),
            location: Some(ReportedPlace {
                lon_deg: place.lon_deg(),
                lat_deg: place.lat_deg(),
                height_m: None,
                height_sigma_m: None,
                east_sigma_m: None,
                north_sigma_m: None,
            }),
            weather: None,
            impaired: None,
        }));
        Ok(Verdict::Taken)
    }

    fn report(
        &self,
        report: &Metar,
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<Verdict, Refusal> {
        let Some(status) = self.stations.hear(self.door, report, now)? else {
            return Ok(Verdict::Repeated);
        };
        taken.inputs.push(Input::Status(status));
        Ok(Verdict::Taken)
    }

    fn expected(&self, taf: &Taf, now: Timestamp, taken: &mut Taken) -> Result<Verdict, Refusal> {
        if !self.stations.expect(taf, now)? {
            return Ok(Verdict::Repeated);
        }
        let (station, text) = (taf.station.clone(), taf.text.clone());
        let dust = dust_windows(taf, now);
        taken.inputs.push(Input::Forecast(ForecastReport { station, heard_at: now, text, dust }));
        Ok(Verdict::Taken)
    }

    fn measured(
        &mut self,
        station: &str,
        (at, weather): (Timestamp, ReportedWeather),
        now: Timestamp,
        taken: &mut Taken,
    ) -> Result<Verdict, Refusal> {
        refuse_time(at, "time", now)?;
        let place = self.stations.place(station)?;
        if self.came_before(Key::of((station, at, weather)), taken) {
            return Ok(Verdict::Repeated);
        }
        taken.inputs.push(Input::Status(status(self.door, (station, place), at, weather)));
        Ok(Verdict::Taken)
    }
}

/// Who is at fault when a word cannot be used.
fn source_of(word: &Word) -> Option<Source> {
    match word {
        Word::Seen(source, _) => Some(source.clone()),
        Word::Placed(unit, _) => Some(Source::Unit(unit.clone())),
        Word::Alive(sensor, ..) => Some(Source::Sensor(sensor.clone())),
        Word::Measured(station, ..) => Some(Source::Weather(station.clone())),
        Word::Report(report) => Some(Source::Weather(report.station.clone())),
        Word::Forecast(taf) => Some(Source::Weather(taf.station.clone())),
        Word::Nothing => None,
    }
}
/// When a forecast tells of dust, at the worst that it expects: hours in a row are one window.
fn dust_windows(taf: &Taf, now: Timestamp) -> Vec<DustWindow> {
    let mut windows: Vec<DustWindow> = Vec::new();
    if taf.status == Status::Cancelled {
        return windows;
    }
    for (hour, expected) in taf.hours(now).into_iter().filter(|(_, at)| at.worst.dust) {
        let until = hour + SignedDuration::from_hours(1);
        let visibility_m = expected.worst.visibility_m;
        match windows.last_mut().filter(|window| window.until == hour) {
            Some(window) => {
                window.until = until;
                window.visibility_m = window.visibility_m.min(visibility_m);
            }
            None => windows.push(DustWindow { from: hour, until, visibility_m }),
        }
    }
    windows.truncate(DUST_WINDOWS_MAX);
    windows
}
