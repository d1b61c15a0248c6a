//! `GET /api/health`: whether the station stores, steps and projects.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::Serialize;

use watch::clocks::ClockStanding;
use watch::journal::SensorState;
use watch::tracking::Standing;

use super::Api;
use crate::identity::{Capability, SignIn, Viewer};
use crate::runtime::health::Unread;
use crate::runtime::{Assurance, WitnessState};

/// A flood is told for so long after its last dropped report.
const FLOOD_TOLD_S: f64 = 3_600.0;

#[derive(Debug, Serialize)]
pub(super) struct HealthView {
    status: &'static str,
    checks: Vec<CheckView>,
}

#[derive(Debug, Serialize)]
struct CheckView {
    name: &'static str,
    ok: bool,
    /// Well enough for the station, but not for the people of the watch.
    attention: bool,
    detail: String,
}

/// What is told of it is for those who look after it; whether it is well, for all.
pub(super) async fn health(
    State(api): State<Arc<Api>>,
    viewer: Viewer,
) -> (StatusCode, Json<HealthView>) {
    let condition = api.handle.health().now();
    let (seq, sensors, clocks, floods) = {
        let picture = api.handle.live().read();
        let sensors = || picture.sensors.values();
        (
            picture.seq,
            sensors_in_words(sensors()),
            clocks_in_words(sensors()),
            floods_in_words(sensors(), picture.now),
        )
    };
    let recovered = format!(
        "{seq} entries; {} found at the start led to state hash {}",
        condition.recovered_entries, condition.recovered_hash
    );
    let unread = unread_in_words(&condition.unread);
    let checks = vec![
        CheckView::new(
            "journal",
            condition.changed().or(condition.record_problem),
            recovered + &unread,
        ),
        CheckView::new("store", condition.store_problem, "follows the journal".into()),
        CheckView::new(
            "core",
            condition.core_stopped.then(|| "the core's thread ended: restart the station".into()),
            "steps".into(),
        ),
        CheckView::new(
            "worker",
            condition.worker_stopped.then(|| {
                "the worker's thread ended, the line is no longer assessed: restart the station"
                    .into()
            }),
            "assesses the line and ranks units".into(),
        ),
        // A sensor that is left out is for the people of the watch; the station itself works.
        CheckView::told("sensors", &sensors, "all taken at their word"),
        CheckView::told("clocks", &clocks, "no sensor's clock is off"),
        CheckView::told("time", &time_in_words(&api), "as the machine's clock has it"),
        CheckView::told("cameras", &cameras_in_words(&api), "all pictures come"),
        witnesses_in_words(&api.handle.assurance()),
        CheckView::new("sign-in", None, sign_in_in_words(api.warden.sign_in()).into()),
        CheckView::told(
            "release",
            &condition.release_problem.into_iter().collect::<Vec<_>>(),
            "as agreed, or nothing is given to anybody",
        ),
        CheckView::told("floods", &floods, "no sensor tells more than is kept of one"),
    ];
    let ok = checks.iter().all(|check| check.ok);
    let (code, status) =
        if ok { (StatusCode::OK, "ok") } else { (StatusCode::SERVICE_UNAVAILABLE, "failing") };
    let checks = if viewer.may(Capability::Tend) { checks } else { Vec::new() };
    (code, Json(HealthView { status, checks }))
}

fn sign_in_in_words(sign_in: SignIn) -> &'static str {
    match sign_in {
        SignIn::Required => "people and machines sign in",
        SignIn::Off => "nobody is asked: whoever sits at the machine is the desk",
    }
}

/// What is known of the entries that were not read at the start.
fn unread_in_words(unread: &Unread) -> String {
    match unread {
        Unread::None | Unread::Changed { .. } => String::new(),
        Unread::Pending { entries } => format!("; 1 to {entries} are still being read"),
        Unread::Held { entries } => format!("; 1 to {entries} were read since and hold"),
    }
}

/// Which sensors the tracker does not take at their word.
fn sensors_in_words<'a>(sensors: impl Iterator<Item = &'a SensorState>) -> Vec<String> {
    let words = sensors.filter_map(|sensor| {
        let word = match (sensor.worth.standing, sensor.worth.obscured_to) {
            (Standing::Quarantined, _) => "not believed",
            (Standing::Doubted, _) => "doubted",
            (_, Some(_)) => "sees less than the weather explains",
            _ => return None,
        };
        Some(format!("{} {word}", sensor.id.0))
    });
    words.collect()
}

/// Which sensors' times are not believed, or soon may not be.
fn clocks_in_words<'a>(sensors: impl Iterator<Item = &'a SensorState>) -> Vec<String> {
    let words = sensors.filter_map(|sensor| {
        let word = match (sensor.clock.standing, sensor.clock.ahead_s, sensor.clock.drift_ppm) {
            (ClockStanding::Off, Some(ahead_s), _) if ahead_s < 0.0 => {
                format!("is {} s behind", -ahead_s)
            }
            (ClockStanding::Off, Some(ahead_s), _) => format!("is {ahead_s} s ahead"),
            (ClockStanding::Drifting, _, Some(ppm)) => format!("drifts by {ppm} ppm"),
            _ => return None,
        };
        Some(format!("{} {word}", sensor.id.0))
    });
    words.collect()
}

/// Whether the machine's own clock is so far off that the station goes by what it counts.
fn time_in_words(api: &Api) -> Vec<String> {
    let off = api.handle.wall_disbelieved().map(|ahead| {
        let side = if ahead.is_negative() { "behind" } else { "ahead of" };
        let hours = ahead.unsigned_abs().as_secs() / 3_600;
        format!(
            "the machine's clock is {hours} h {side} the station's time and is not believed: set it right, or start the station again to go by it"
        )
    });
    off.into_iter().collect()
}

/// Which cameras give no pictures.
fn cameras_in_words(api: &Api) -> Vec<String> {
    let cameras = api.handle.cameras().all();
    let lost = cameras.iter().filter_map(|camera| {
        let why = camera.state().lost?;
        Some(format!("{}: {why}", camera.sensor().0))
    });
    lost.collect()
}

/// How much of the record each witness has seen, or why not.
fn witnesses_in_words(assurance: &Assurance) -> CheckView {
    let seen = |state: &WitnessState| {
        let so_far = format!("{} has seen {} of", state.name, state.entries);
        let late = if state.is_late() { " and is late" } else { "" };
        let why = state.problem.as_ref().map(|problem| format!(": {problem}"));
        format!("{so_far} {} signed entries{late}{}", assurance.signed, why.unwrap_or_default())
    };
    let (amiss, well): (Vec<_>, Vec<_>) =
        assurance.witnesses.iter().partition(|state| state.problem.is_some() || state.is_late());
    let amiss: Vec<String> = amiss.into_iter().map(seen).collect();
    let well: Vec<String> = well.into_iter().map(seen).collect();
    let none = "none is asked: what is signed is as good as the key";
    let otherwise = if well.is_empty() { none.to_owned() } else { well.join(", ") };
    CheckView::told("witnesses", &amiss, &otherwise)
}

/// Which sensors lately told more than is kept of one.
fn floods_in_words<'a>(
    sensors: impl Iterator<Item = &'a SensorState>,
    now: Timestamp,
) -> Vec<String> {
    let lately = |at: Timestamp| now.duration_since(at).as_secs_f64() <= FLOOD_TOLD_S;
    let words = sensors
        .filter(|sensor| sensor.flood.last_at.is_some_and(lately))
        .map(|sensor| format!("{}: {} reports dropped so far", sensor.id.0, sensor.flood.dropped));
    words.collect()
}

impl CheckView {
    fn new(name: &'static str, problem: Option<String>, otherwise: String) -> Self {
        let ok = problem.is_none();
        Self { name, ok, attention: !ok, detail: problem.unwrap_or(otherwise) }
    }

    /// Of things that do not stop the station.
    fn told(name: &'static str, words: &[String], otherwise: &str) -> Self {
        let detail = if words.is_empty() { otherwise.to_owned() } else { words.join(", ") };
        Self { name, ok: true, attention: !words.is_empty(), detail }
    }
}
