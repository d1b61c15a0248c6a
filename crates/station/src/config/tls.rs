//! The parts of the configuration that are about TLS: where such doors listen, and what the station is called there.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::{Doors, RawLimits};
use crate::ingest::door::{DoorConfig, DoorLimits};
use crate::ingest::limits;
use crate::runtime::{PageTls, TlsConfig};

/// Names and addresses that the server's certificate may tell.
const NAMES_MAX: usize = 32;
/// Longest name of the domain name system (RFC 1035, 2.3.4).
const NAME_CHARS_MAX: usize = 253;

/// `[doors.tls]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTls {
    #[serde(default)]
    names: Vec<String>,
}

/// `[doors.NAME.tls]` and the like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawListen {
    pub(super) listen: SocketAddr,
}

/// `[doors.cot.enrolment]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnrolment {
    listen: SocketAddr,
    connections_max: Option<usize>,
}

/// Where phones get their certificates; of no use without the door that these open.
pub(super) fn enrolment(
    raw: Option<&RawEnrolment>,
    by_tls: Option<&RawListen>,
) -> Result<Option<DoorConfig>, String> {
    const DOOR: &str = "doors.cot.enrolment";
    let Some(&RawEnrolment { listen, connections_max }) = raw else { return Ok(None) };
    if by_tls.is_none() {
        return Err(format!("{DOOR} needs doors.cot.tls, and there is none"));
    }
    let told = RawLimits {
        connections_max: connections_max.or(Some(limits::ENROLMENTS_DEFAULT)),
        messages_per_s: None,
    };
    let limits = told.resolve(DOOR, limits::COT_MESSAGES_PER_S_DEFAULT)?;
    Ok(Some(DoorConfig { listen, limits }))
}

impl RawTls {
    /// The names as they are written, each one a name or an address.
    pub(super) fn resolve(self) -> Result<Vec<String>, String> {
        if self.names.len() > NAMES_MAX {
            let got = self.names.len();
            return Err(format!("doors.tls.names must hold at most {NAMES_MAX}, got {got}"));
        }
        match self.names.iter().find(|name| !is_name(name)) {
            Some(name) => Err(format!(
                "doors.tls.names must be names or addresses of this station, got {name:?}"
            )),
            None => Ok(self.names),
        }
    }
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    text.parse::<IpAddr>().is_ok() || text.len() <= NAME_CHARS_MAX && text.split('.').all(is_label)
}

/// The doors by TLS as the station opens them.
pub(super) fn tls(doors: &Doors, (listen, page): (SocketAddr, Option<&PageTls>)) -> TlsConfig {
    let at = |listen: Option<SocketAddr>, limits: DoorLimits| {
        listen.map(|listen| DoorConfig { listen, limits })
    };
    let sapient = at(doors.sapient_tls, doors.sapient);
    let cot = at(doors.cot.tls_listen, doors.cot.limits);
    let enrolment = doors.cot.enrolment;
    let mut names = doors.tls_names.clone();
    // Whoever names nothing tries it on this machine, or by the address that the door listens on.
    if names.is_empty() {
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let listens = [sapient, cot, enrolment].into_iter().flatten().map(|door| door.listen);
        let listens = listens.chain(page.map(|_| listen)).map(|listen| listen.ip());
        let others = listens.filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string());
        for other in others.collect::<Vec<_>>() {
            if !names.contains(&other) {
                names.push(other);
            }
        }
    }
    TlsConfig { names, sapient, cot, enrolment, page: page.cloned() }
}
