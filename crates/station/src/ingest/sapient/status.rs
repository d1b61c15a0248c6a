//! Status reports: whether a node can do its work, where it is and looks, what weather it has.

use jiff::Timestamp;
use sight::coverage::View;
use watch::detection::{Impairment, ReportedWeather, Source, StatusReport as Reported, ViewReport};
use watch::journal::Input;
use wire::metar;
use wire::sapient::status::{
    Info, Power, PowerSource, PowerStatus, Status, StatusLevel, StatusReport, StatusType, System,
};
use wire::text;

use super::place::Surroundings;
use super::registration::Node;
use super::{Refusal, Session, Step, limits, place, view};
use crate::ingest::stations;

impl Session {
    /// Takes a status. A place or weather that cannot be used is refused by itself; the rest still counts.
    pub(super) fn take_status(
        &mut self,
        status: &StatusReport,
        sent_at: Timestamp,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Vec<Refusal>> {
        let node = self.registered().map_err(|refusal| vec![refusal])?;
        let mut refusals = Vec::new();
        let surroundings = node.surroundings(&self.directory);
        let location = status.node_location.as_ref().and_then(|location| {
            keep(
                place::reported(location, "status_report.node_location", surroundings),
                &mut refusals,
            )
        });
        let weather = weather_of(status).and_then(|outcome| keep(outcome, &mut refusals));
        let told = told_by(status, &node.told);
        let (detecting, note) = health_of(status, &told);
        let view = view_of(status, node, surroundings).and_then(|view| keep(view, &mut refusals));
        step.inputs.push(Input::Status(Reported {
            source: node.source.clone(),
            report_id: status.report_id().to_ascii_uppercase(),
            observed_at: sent_at,
            detecting,
            note,
            location,
            weather,
            impaired: impairment(&told),
        }));
        if let (Some(view), Source::Sensor(sensor)) = (&view, &node.source) {
            let (sensor, view) = (sensor.clone(), view.clone());
            step.inputs.push(Input::Viewed(ViewReport { sensor, view }));
        }
        if let Some(node) = self.node.as_mut() {
            node.heard_at = now;
            node.has_sent_status = true;
            node.told = told;
            node.place = location.or(node.place);
            node.view = view.unwrap_or_else(|| std::mem::take(&mut node.view));
        }
        if status.system() == System::Goodbye {
            self.leave("the node said goodbye".to_owned(), step);
        }
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }
}

/// Where a sensor looks, if that is news; what cannot be read leaves what was said before.
fn view_of(
    status: &StatusReport,
    node: &Node,
    surroundings: Surroundings<'_>,
) -> Option<Result<View, Refusal>> {
    let repeats = status.info() == Info::Unchanged && !view::is_told(status);
    if repeats || !matches!(node.source, Source::Sensor(_)) {
        return None;
    }
    match view::read(status, node.scan_in(status.mode()), surroundings) {
        Ok(view) => view::differ(&node.view, &view).then_some(Ok(view)),
        Err(refusal) => Some(Err(refusal)),
    }
}

fn keep<T>(outcome: Result<T, Refusal>, refusals: &mut Vec<Refusal>) -> Option<T> {
    outcome.map_err(|refusal| refusals.push(refusal)).ok()
}

/// What the lines of a status say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    /// False when a line says that the node cannot detect.
    detects: bool,
    /// True when a line says that clutter hides what the node looks at.
    is_cluttered: bool,
    lines: String,
    power: Option<Power>,
}

impl Default for Told {
    fn default() -> Self {
        Self { detects: true, is_cluttered: false, lines: String::new(), power: None }
    }
}

/// What the lines and the power say; "unchanged" without the one or the other repeats what came before.
fn told_by(status: &StatusReport, before: &Told) -> Told {
    let repeats = status.info() == Info::Unchanged;
    let power = status.power.or(before.power.filter(|_| repeats));
    if repeats && status.status.is_empty() {
        return Told { power, ..before.clone() };
    }
    let lines: Vec<String> = status.status.iter().filter_map(note_of).collect();
    Told {
        detects: status.status.iter().all(|line| permits_detecting(line, status)),
        is_cluttered: status.status.iter().any(|line| hides_in_clutter(line, status)),
        lines: lines.join("; "),
        power,
    }
}

/// Why the node may not be relied on though it detects.
fn impairment(told: &Told) -> Option<Impairment> {
    let power = told.power.as_ref();
    if power.is_some_and(|power| power.status() == PowerStatus::Fault) {
        Some(Impairment::PowerFault)
    } else if power.is_some_and(is_empty) {
        Some(Impairment::BatteryEmpty)
    } else {
        told.is_cluttered.then_some(Impairment::Clutter)
    }
}

/// What is on the mains does not live by its battery.
fn is_empty(power: &Power) -> bool {
    let is_low = power.level.is_some_and(|level| level <= limits::BATTERY_EMPTY_PERCENT);
    is_low && power.source() != PowerSource::Mains
}

/// True for a line by which clutter hides what the node looks at; short of an error, the areas that it names alone.
fn hides_in_clutter(line: &Status, status: &StatusReport) -> bool {
    line.status_type() == StatusType::Clutter
        && match line.status_level() {
            StatusLevel::ErrorStatus => true,
            StatusLevel::WarningStatus => status.obscuration.is_empty(),
            StatusLevel::InformationStatus | StatusLevel::Unspecified => false,
        }
}

/// Whether the node can detect, and what it says about that and about its power.
fn health_of(status: &StatusReport, told: &Told) -> (bool, String) {
    let (system_works, system_word) = match status.system() {
        System::Ok => (true, ""),
        System::Warning => (true, "warning"),
        System::Error => (false, "error"),
        System::Goodbye => (false, "goodbye"),
        System::Unspecified => (false, ""),
    };
    let joined = |parts: &[&str], between: &str| {
        let there = parts.iter().copied().filter(|part| !part.is_empty());
        there.collect::<Vec<_>>().join(between)
    };
    let power = told.power.as_ref().map(power_in_words).unwrap_or_default();
    let rest = joined(&[told.lines.as_str(), power.as_str()], "; ");
    let note = joined(&[system_word, rest.as_str()], ": ");
    (system_works && told.detects, text::clean(&note, limits::NOTE_CHARS))
}

/// Power that people should know about; nothing while it comes from the mains and is well.
///
/// Charge is told in steps of ten percent, so that a battery that runs down does not tell news with every status.
fn power_in_words(power: &Power) -> String {
    let battery =
        matches!(power.source(), PowerSource::InternalBattery | PowerSource::ExternalBattery);
    let is_low = power.level.is_some_and(|level| level <= limits::BATTERY_LOW_PERCENT);
    let mut words = Vec::new();
    if power.status() == PowerStatus::Fault {
        words.push("power fault".to_owned());
    }
    match power.level {
        Some(level) if battery || is_low => {
            let what = if is_low { "battery low" } else { "on battery" };
            words.push(format!("{what}, {} % or less", (level + 9) / 10 * 10));
        }
        None if battery => words.push("on battery".to_owned()),
        Some(_) | None => {}
    }
    words.join("; ")
}

/// False for a line by which a node says that it cannot detect.
fn permits_detecting(line: &Status, status: &StatusReport) -> bool {
    let grave = matches!(line.status_level(), StatusLevel::ErrorStatus | StatusLevel::Unspecified);
    match line.status_type() {
        // Short of an error it may be blind in the areas alone that it names.
        StatusType::NotDetecting => !grave && !status.obscuration.is_empty(),
        StatusType::InternalFault | StatusType::ExternalFault => !grave,
        // A mount that is broken and does not say where it stands may look anywhere.
        StatusType::PtzStatus => {
            line.status_level() != StatusLevel::ErrorStatus || status.field_of_view.is_some()
        }
        StatusType::Unspecified
        | StatusType::Illumination
        | StatusType::Weather
        | StatusType::Clutter
        | StatusType::Exposure
        | StatusType::MotionSensitivity
        | StatusType::Pd
        | StatusType::Far
        | StatusType::Platform
        | StatusType::Other => true,
    }
}

/// A line that people should read; weather and figures are not repeated as text.
fn note_of(line: &Status) -> Option<String> {
    let is_news =
        matches!(line.status_level(), StatusLevel::WarningStatus | StatusLevel::ErrorStatus);
    let word = match line.status_type() {
        StatusType::NotDetecting => "not detecting",
        StatusType::InternalFault => "internal fault",
        StatusType::ExternalFault => "external fault",
        StatusType::Clutter => "clutter",
        StatusType::Illumination => "illumination",
        StatusType::Exposure => "exposure",
        StatusType::Platform => "platform",
        StatusType::Other => "other",
        StatusType::PtzStatus if is_news => "pan, tilt and zoom",
        StatusType::Weather
        | StatusType::MotionSensitivity
        | StatusType::PtzStatus
        | StatusType::Pd
        | StatusType::Far
        | StatusType::Unspecified => return None,
    };
    let value = text::clean(line.status_value(), limits::NOTE_CHARS);
    Some(if value.is_empty() { word.to_owned() } else { format!("{word} ({value})") })
}

/// The first line of weather, which must hold a METAR or SPECI with visibility and wind.
fn weather_of(status: &StatusReport) -> Option<Result<ReportedWeather, Refusal>> {
    let (index, line) = status
        .status
        .iter()
        .enumerate()
        .find(|(_, line)| line.status_type() == StatusType::Weather)?;
    let field = format!("status_report.status[{index}].status_value");
    Some(read_weather(line.status_value()).map_err(|reason| Refusal::new(field, reason)))
}

fn read_weather(report: &str) -> Result<ReportedWeather, String> {
    let report = metar::parse(report).map_err(|fault| format!("not a weather report: {fault}"))?;
    stations::weather_of(&report)
}
