//! What a station that runs says of itself, asked over its own HTTP interface.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde::Deserialize;

use super::Check;
use crate::config::Config;
use crate::identity::own_token;
use crate::pki::Authority;
use crate::runtime::PageTls;

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

/// What the station of a configuration says of itself; `None` when no station of ours answers there.
pub(super) fn checks(config: &Config) -> Option<Vec<Check>> {
    let tls = config.page_tls.as_ref().map(|page| trusted(page, config));
    let station = Asked { page: config.listen, tls, token: own_token(&config.data) };
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

/// A station, and the word by which it tells this machine's owner how it is.
struct Asked {
    page: SocketAddr,
    /// Where the page speaks TLS: whose certificate it must show, and for which name.
    tls: Option<(PathBuf, String)>,
    token: Option<String>,
}

impl Asked {
    /// The body of the answer, whatever its status: a failing station says why.
    fn ask(&self, path: &str) -> std::io::Result<String> {
        let stream = TcpStream::connect_timeout(&self.page, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        match &self.tls {
            None => self.ask_by(stream, path),
            Some((trusted, name)) => self.ask_by(secured(stream, trusted, name)?, path),
        }
    }

    fn ask_by(&self, mut stream: impl Read + Write, path: &str) -> std::io::Result<String> {
        let port = self.page.port();
        let token = self.token.as_ref();
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token = token.unwrap_or_default();
        let question = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{token}Connection: close\r\n\r\n"
        );
        stream.write_all(question.as_bytes())?;
        let mut answer = Vec::new();
        let read = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer);
        // A station that speaks TLS need not say goodbye by it.
        match read {
            Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
            Ok(_) | Err(_) => {}
        }
        let answer = String::from_utf8_lossy(&answer);
        Ok(answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }
}

/// Whose certificate the page must show, and a name that it tells.
fn trusted(page: &PageTls, config: &Config) -> (PathBuf, String) {
    let name = config.tls().names.into_iter().next().unwrap_or_default();
    match page {
        PageTls::Own => (Authority::path(&config.data), name),
        PageTls::Brought { certificate, .. } => (certificate.clone(), name),
    }
}

fn secured(
    stream: TcpStream,
    trusted: &Path,
    name: &str,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(trusted).map_err(std::io::Error::other)? {
        let root = root.map_err(std::io::Error::other)?;
        roots.add(root).map_err(std::io::Error::other)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(std::io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(std::io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}
