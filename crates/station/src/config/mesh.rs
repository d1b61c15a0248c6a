//! `[doors.cot.mesh]`: the picture by UDP to phones without a server.

use std::net::{Ipv4Addr, SocketAddrV4};

use serde::Deserialize;

use super::check;
use crate::ingest::cot_door::{Group, MeshConfig};
use crate::ingest::limits;

const DOOR: &str = "doors.cot.mesh";
/// What phones listen to when nobody sets another.
const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 2, 3, 1), 6_969);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMesh {
    to: Option<SocketAddrV4>,
    interface: Ipv4Addr,
    ttl: Option<u8>,
    /// Whose phones listen.
    pub(super) agency: Option<String>,
}

impl RawMesh {
    /// `listens` is the group and port whose datagrams the station itself takes.
    pub(super) fn resolve(self, listens: Option<(Group, u16)>) -> Result<MeshConfig, String> {
        let Self { to, interface, ttl, agency: _ } = self;
        let (to, ttl) = (to.unwrap_or(GROUP), ttl.unwrap_or(1));
        check(DOOR, "ttl", &ttl, &limits::MESH_TTL)?;
        if interface.is_unspecified() || interface.is_multicast() {
            return Err(format!(
                "{DOOR}.interface must be an address of this machine, got {interface}"
            ));
        }
        let hears_itself = listens.is_some_and(|(group, port)| {
            (group.address, port) == (*to.ip(), to.port()) && group.interface == interface
        });
        if hears_itself {
            return Err(format!(
                "{DOOR}.to must not be what doors.cot.udp_listen listens to by the same interface, got {to}"
            ));
        }
        Ok(MeshConfig { to, interface, ttl })
    }
}
