//! `[doors.sapient_parent]`: the fusion node above this station.

use std::net::SocketAddr;

use serde::Deserialize;
use wire::sapient::ids;

use crate::runtime::ParentConfig;

const DOOR: &str = "doors.sapient_parent";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawParent {
    connect: Option<SocketAddr>,
    node_id: Option<String>,
}

impl RawParent {
    pub(super) fn resolve(self) -> Result<Option<ParentConfig>, String> {
        let Some(connect) = self.connect else {
            return match self.node_id {
                Some(_) => Err(format!("{DOOR}.node_id needs {DOOR}.connect, and there is none")),
                None => Ok(None),
            };
        };
        if !connect.ip().is_loopback() {
            return Err(format!(
                "{DOOR}.connect must be on loopback: it has no TLS, got {connect}"
            ));
        }
        if let Some(node_id) = self.node_id.as_deref().filter(|id| !ids::is_strict_uuid(id)) {
            return Err(format!(
                "{DOOR}.node_id must be a uuid of version 4 in lower case, got {node_id:?}"
            ));
        }
        Ok(Some(ParentConfig { connect, node_id: self.node_id }))
    }
}
