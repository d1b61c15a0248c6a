//! What a station that runs says of itself, asked over its own HTTP interface.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde::Deserialize;

use super::Check;

/// A station on this machine answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(5);
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
pub(super) fn checks(page: SocketAddr) -> Option<Vec<Check>> {
    let told: Told = serde_json::from_str(&ask(page).ok()?).ok()?;
    let checks = told.checks.into_iter().map(|check| {
        let mend = mend_of(&check.name);
        let result = if check.attention { Err(check.detail) } else { Ok(check.detail) };
        Check::of(format!("running: {}", check.name), result, mend)
    });
    Some(checks.collect())
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

/// The body of the answer, whatever its status: a failing station says why.
fn ask(page: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&page, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let question = format!("GET /api/health HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_BYTES_MAX).read_to_string(&mut answer)?;
    Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}
