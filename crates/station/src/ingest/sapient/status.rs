//! Status reports: whether a node can do its work, where it is, what weather it has.

use jiff::Timestamp;
use watch::detection::{ReportedWeather, StatusReport as Reported};
use watch::journal::Input;
use wire::metar;
use wire::sapient::status::{Info, Status, StatusLevel, StatusReport, StatusType, System};
use wire::text;

use super::{Refusal, Session, Step, limits, place};

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
        let (detecting, note) = health_of(status, &node.health);
        step.inputs.push(Input::Status(Reported {
            source: node.source.clone(),
            report_id: status.report_id().to_ascii_uppercase(),
            observed_at: sent_at,
            detecting,
            note: note.clone(),
            location,
            weather,
        }));
        if let Some(node) = self.node.as_mut() {
            node.heard_at = now;
            node.has_sent_status = true;
            node.health = (detecting, note);
        }
        if status.system() == System::Goodbye {
            self.leave("the node said goodbye".to_owned(), step);
        }
        if refusals.is_empty() { Ok(()) } else { Err(refusals) }
    }
}

fn keep<T>(outcome: Result<T, Refusal>, refusals: &mut Vec<Refusal>) -> Option<T> {
    outcome.map_err(|refusal| refusals.push(refusal)).ok()
}

/// Whether the node can detect, and what it says about that.
fn health_of(status: &StatusReport, before: &(bool, String)) -> (bool, String) {
    let system_works = match status.system() {
        System::Ok | System::Warning => true,
        System::Error | System::Goodbye | System::Unspecified => false,
    };
    // "Unchanged" without lines repeats the lines that came before.
    let repeats = status.info() == Info::Unchanged && status.status.is_empty();
    let (lines_work, told) = if repeats {
        before.clone()
    } else {
        let lines: Vec<String> = status.status.iter().filter_map(note_of).collect();
        (status.status.iter().all(permits_detecting), lines.join("; "))
    };
    let system_word = match status.system() {
        System::Goodbye => "goodbye",
        System::Error => "error",
        System::Warning => "warning",
        System::Ok | System::Unspecified => "",
    };
    let words = [system_word, told.as_str()];
    let note = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(": ");
    (system_works && lines_work, text::clean(&note, limits::NOTE_CHARS))
}

/// False for a line by which a node says that it cannot detect.
fn permits_detecting(line: &Status) -> bool {
    let grave = matches!(line.status_level(), StatusLevel::ErrorStatus | StatusLevel::Unspecified);
    let fault = matches!(line.status_type(), StatusType::InternalFault | StatusType::ExternalFault);
    line.status_type() != StatusType::NotDetecting && !(fault && grave)
}

/// A line that people should read; weather and figures are not repeated as text.
fn note_of(line: &Status) -> Option<String> {
    let word = match line.status_type() {
        StatusType::NotDetecting => "not detecting",
        StatusType::InternalFault => "internal fault",
        StatusType::ExternalFault => "external fault",
        StatusType::Clutter => "clutter",
        StatusType::Illumination => "illumination",
        StatusType::Exposure => "exposure",
        StatusType::Platform => "platform",
        StatusType::Other => "other",
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
    let visibility = report.visibility.ok_or("the weather report must tell the visibility")?;
    let wind = report.wind.ok_or("the weather report must tell the wind")?;
    Ok(ReportedWeather {
        visibility_m: visibility.metres,
        wind_mps: wind.speed_mps,
        dust: report.is_dusty(),
    })
}
