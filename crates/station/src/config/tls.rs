//! The parts of the configuration that are about TLS: where such doors listen, and what the station is called there.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;

use super::Doors;
use crate::ingest::door::{DoorConfig, DoorLimits};
use crate::runtime::TlsConfig;

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
pub(super) fn tls(doors: &Doors) -> TlsConfig {
    let at = |listen: Option<SocketAddr>, limits: DoorLimits| {
        listen.map(|listen| DoorConfig { listen, limits })
    };
    let sapient = at(doors.sapient_tls, doors.sapient);
    let cot = at(doors.cot.tls_listen, doors.cot.limits);
    let mut names = doors.tls_names.clone();
    // Whoever names nothing tries it on this machine, or by the address that the door listens on.
    if names.is_empty() {
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let listens = [sapient, cot].into_iter().flatten().map(|door| door.listen.ip());
        let others = listens.filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string());
        for other in others.collect::<Vec<_>>() {
            if !names.contains(&other) {
                names.push(other);
            }
        }
    }
    TlsConfig { names, sapient, cot }
}
