//! Phones without a server: `[doors.cot.mesh]`, the picture by UDP, and datagrams of theirs.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};

use serde::Deserialize;

use super::check;
use super::radars::Datagrams;
use crate::ingest::cot_door::MeshConfig;
use crate::ingest::datagram_door::DatagramConfig;
use crate::ingest::door::DoorLimits;
use crate::ingest::limits;

const DOOR: &str = "doors.cot.mesh";
/// What phones listen to when nobody sets another.
const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 2, 3, 1), 6_969);

/// What `[doors.cot]` says of datagrams.
pub(super) struct RawUdp {
    pub(super) listen: Option<SocketAddr>,
    pub(super) from: BTreeSet<IpAddr>,
    pub(super) group: (Option<Ipv4Addr>, Option<Ipv4Addr>),
}

impl RawUdp {
    /// `limits` are those of the door for connections: one address counts as one of them.
    pub(super) fn resolve(self, limits: DoorLimits) -> Result<Option<DatagramConfig>, String> {
        const DOOR: &str = "doors.cot";
        let Self { listen, from, group } = self;
        let Some(listen) = listen else {
            let (multicast, interface) = group;
            let needy = [
                ("multicast", multicast.is_some()),
                ("multicast_interface", interface.is_some()),
                ("from", !from.is_empty()),
            ];
            let told = needy.into_iter().find_map(|(field, is_set)| is_set.then_some(field));
            return told.map_or(Ok(None), |field| {
                Err(format!("{DOOR}.{field} needs {DOOR}.udp_listen, and there is none"))
            });
        };
        let messages_per_s = Some(limits.messages_per_s);
        let datagrams =
            Datagrams { door: (DOOR, "udp_listen"), listen, from, group, messages_per_s };
        Ok(Some(DatagramConfig { limits, ..datagrams.resolve()? }))
    }
}

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
    /// `listens` is where the station itself takes datagrams.
    pub(super) fn resolve(self, listens: Option<&DatagramConfig>) -> Result<MeshConfig, String> {
        let Self { to, interface, ttl, agency: _ } = self;
        let (to, ttl) = (to.unwrap_or(GROUP), ttl.unwrap_or(1));
        check(DOOR, "ttl", &ttl, &limits::MESH_TTL)?;
        if interface.is_unspecified() || interface.is_multicast() {
            return Err(format!(
                "{DOOR}.interface must be an address of this machine, got {interface}"
            ));
        }
        // What goes out by another interface does not come back to the machine that sent it.
        let group = listens.and_then(|listens| Some((listens.group?, listens.listen.port())));
        let hears_itself = group.is_some_and(|(group, port)| {
            (group.address, port) == (*to.ip(), to.port())
                && group.interface == interface
                && interface.is_loopback()
        });
        if hears_itself {
            return Err(format!(
                "{DOOR}.to must not be what doors.cot.udp_listen listens to by the loopback interface, got {to}"
            ));
        }
        Ok(MeshConfig { to, interface, ttl })
    }
}
