//! `[doors.sapient_parent]`: the fusion node above this station.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wire::sapient::ids;

use crate::runtime::{ParentConfig, ParentTls};

const DOOR: &str = "doors.sapient_parent";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawParent {
    connect: Option<SocketAddr>,
    node_id: Option<String>,
    hands_on: Option<bool>,
    tls: Option<RawParentTls>,
    agency: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParentTls {
    ca: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    name: Option<String>,
}

impl RawParent {
    pub(super) fn resolve(self, home: &Path) -> Result<Option<ParentConfig>, String> {
        let Self { connect, node_id, hands_on, tls, agency } = self;
        let Some(connect) = connect else {
            let needless = [
                ("node_id", node_id.is_some()),
                ("hands_on", hands_on.is_some()),
                ("tls", tls.is_some()),
                ("agency", agency.is_some()),
            ];
            return match needless.iter().find(|(_, is_set)| *is_set) {
                Some((field, _)) => {
                    Err(format!("{DOOR}.{field} needs {DOOR}.connect, and there is none"))
                }
                None => Ok(None),
            };
        };
        if tls.is_none() && !connect.ip().is_loopback() {
            return Err(format!(
                "{DOOR}.connect must be on loopback without {DOOR}.tls, got {connect}"
            ));
        }
        if let Some(node_id) = node_id.as_deref().filter(|id| !ids::is_strict_uuid(id)) {
            return Err(format!(
                "{DOOR}.node_id must be a uuid of version 4 in lower case, got {node_id:?}"
            ));
        }
        let tls = tls.map(|RawParentTls { ca, certificate, key, name }| ParentTls {
            ca: home.join(ca),
            certificate: home.join(certificate),
            key: home.join(key),
            name,
        });
        let hands_on = hands_on.unwrap_or(false);
        Ok(Some(ParentConfig { connect, node_id, tls, hands_on, agency }))
    }
}
