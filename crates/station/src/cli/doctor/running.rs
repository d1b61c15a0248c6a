//! What a station that runs says of itself, asked over its own HTTP interface.

use jiff::Timestamp;
use serde::Deserialize;

use super::Check;
use crate::cli::running::Running;
use crate::config::Config;

/// A door's error is news for so long.
const FAULT_FRESH_S: f64 = 300.0;

/// The answer of `GET /api/health`.
#[derive(Debug, Deserialize)]
struct Told {
    checks: Vec<ToldCheck>,
}

#[derive(Debug, Deserialize)]
struct ToldCheck {
    name: String,
    attention: bool,
    detail: String,
}

/// What the station of a configuration says of itself; `None` when no station of ours answers there.
pub(super) fn checks(config: &Config) -> Option<Vec<Check>> {
    let station = Running::of(config);
    let told: Told = serde_json::from_str(&station.get("/api/health").ok()?).ok()?;
    let checks = told.checks.into_iter().map(|check| {
        let mend = mend_of(&check.name);
        let result = if check.attention { Err(check.detail) } else { Ok(check.detail) };
        Check::of(format!("running: {}", check.name), result, mend)
    });
    Some(checks.chain(doors(&station)).collect())
}

/// The answer of `GET /api/doors`.
#[derive(Debug, Deserialize)]
struct ToldDoors {
    now: Timestamp,
    doors: Vec<ToldDoor>,
}

#[derive(Debug, Deserialize)]
struct ToldDoor {
    name: String,
    address: String,
    connected: u64,
    connections: u64,
    accepted: u64,
    rejected: u64,
    redacted: u64,
    ignored: u64,
    sent: u64,
    bytes: u64,
    turned_away: u64,
    throttled: u64,
    cut_off: u64,
    messages_per_s: f64,
    last_end: Option<String>,
    last_error: Option<ToldFault>,
    trouble: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ToldFault {
    at: Timestamp,
    what: String,
}

/// How each door is; a door is unwell while something went wrong at it in the last minutes.
fn doors(station: &Running) -> Vec<Check> {
    let told: Option<ToldDoors> =
        station.get("/api/doors").ok().and_then(|text| serde_json::from_str(&text).ok());
    let Some(told) = told else { return Vec::new() };
    let checks = told.doors.iter().map(|door| {
        let fresh =
            |fault: &ToldFault| told.now.duration_since(fault.at).as_secs_f64() <= FAULT_FRESH_S;
        let is_unwell = door.trouble.is_some() || door.last_error.as_ref().is_some_and(fresh);
        let result = if is_unwell { Err(door.in_words()) } else { Ok(door.in_words()) };
        Check::of(
            format!("running: door {}", door.name),
            result,
            "mend what the trouble or the last error names, or raise the limit in the configuration",
        )
    });
    checks.collect()
}

impl ToldDoor {
    fn in_words(&self) -> String {
        let Self { address, connected, connections, accepted, rejected, ignored, .. } = self;
        let Self { sent, bytes, messages_per_s, .. } = self;
        let mut words = format!(
            "{address}: {connected} connected ({connections} so far), {messages_per_s} messages/s, \
             {accepted} taken, {rejected} rejected, {ignored} ignored, {sent} sent, {bytes} bytes"
        );
        let rare = [
            (self.redacted, "values dropped"),
            (self.turned_away, "turned away"),
            (self.throttled, "times read slower"),
            (self.cut_off, "cut off"),
        ];
        let rare = rare.iter().filter(|(count, _)| *count > 0);
        words.extend(rare.map(|(count, what)| format!(", {count} {what}")));
        words.extend(self.trouble.iter().map(|trouble| format!("; {trouble}")));
        let error = self.last_error.as_ref();
        words.extend(error.map(|ToldFault { at, what }| format!("; last error {at}: {what}")));
        words.extend(self.last_end.iter().map(|end| format!("; last connection: {end}")));
        words
    }
}

fn mend_of(check: &str) -> &'static str {
    match check {
        "clocks" => {
            "set the clock of the sensor; or say at the desk what it is: `correct-clock`, `trust-clock`"
        }
        "sensors" => "look at the sensor; a person may `quarantine-sensor` or `trust-sensor` it",
        "floods" => "find out what the sensor reports, and lower its sensitivity",
        _ => "restart the station once the detail is mended",
    }
}
