//! What a station that runs says of itself, asked over its own HTTP interface.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::Check;
use crate::identity::own_token;

/// A station on this machine answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(5);
/// A door's error is news for so long.
const FAULT_FRESH_S: f64 = 300.0;
/// Far more than a station ever says of itself.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

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

/// What the station at an address says of itself; `None` when no station of ours answers there.
pub(super) fn checks(page: SocketAddr, data: &Path) -> Option<Vec<Check>> {
    let station = Asked { page, token: own_token(data) };
    let told: Told = serde_json::from_str(&station.ask("/api/health").ok()?).ok()?;
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
    accepted: u64,
    rejected: u64,
    turned_away: u64,
    throttled: u64,
    cut_off: u64,
    messages_per_s: f64,
    last_error: Option<ToldFault>,
    trouble: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ToldFault {
    at: Timestamp,
    what: String,
}

/// How each door is; a door is unwell while something went wrong at it in the last minutes.
fn doors(station: &Asked) -> Vec<Check> {
    let told: Option<ToldDoors> =
        station.ask("/api/doors").ok().and_then(|text| serde_json::from_str(&text).ok());
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
        let Self { address, connected, accepted, rejected, messages_per_s, .. } = self;
        let mut words = format!(
            "{address}: {connected} connected, {messages_per_s} messages/s, {accepted} taken, {rejected} rejected"
        );
        let rare = [
            (self.turned_away, "turned away"),
            (self.throttled, "times read slower"),
            (self.cut_off, "cut off"),
        ];
        let rare = rare.iter().filter(|(count, _)| *count > 0);
        words.extend(rare.map(|(count, what)| format!(", {count} {what}")));
        words.extend(self.trouble.iter().map(|trouble| format!("; {trouble}")));
        let error = self.last_error.as_ref();
        words.extend(error.map(|ToldFault { at, what }| format!("; last error {at}: {what}")));
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

/// A station, and the word by which it tells this machine's owner how it is.
struct Asked {
    page: SocketAddr,
    token: Option<String>,
}

impl Asked {
    /// The body of the answer, whatever its status: a failing station says why.
    fn ask(&self, path: &str) -> std::io::Result<String> {
        let page = self.page;
        let mut stream = TcpStream::connect_timeout(&page, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let token = self.token.as_ref();
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token = token.unwrap_or_default();
        let question =
            format!("GET {path} HTTP/1.1\r\nHost: {page}\r\n{token}Connection: close\r\n\r\n");
        stream.write_all(question.as_bytes())?;
        let mut answer = String::new();
        stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
        Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }
}
