//! Greetings under way: those who have not yet shown who they are cannot crowd out those who have.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::stream::{Peer, Stream};
use super::tls::Tls;
use crate::ingest::limits;

/// Who came, or why nobody did.
pub(super) type Greeted = Result<(Stream, Peer), String>;

/// The greetings of one door.
#[derive(Debug)]
pub(super) struct Handshakes {
    tls: Tls,
    under_way: JoinSet<(SocketAddr, Greeted)>,
    by_address: BTreeMap<IpAddr, usize>,
}

impl Handshakes {
    pub(super) fn new(tls: Tls) -> Self {
        Self { tls, under_way: JoinSet::new(), by_address: BTreeMap::new() }
    }

    /// Begins to greet; an error says why not.
    pub(super) fn begin(&mut self, stream: TcpStream, from: SocketAddr) -> Result<(), String> {
        let (all, own) = (limits::HANDSHAKES_MAX, limits::HANDSHAKES_PER_ADDRESS_MAX);
        if self.under_way.len() >= all {
            return Err(format!("{from} was turned away: {all} are being greeted already"));
        }
        let count = self.by_address.entry(from.ip()).or_default();
        if *count >= own {
            return Err(format!("{from} was turned away: {own} from there are being greeted"));
        }
        *count += 1;
        let greeting = self.tls.clone().greet(stream, from);
        self.under_way.spawn(async move { (from, greeting.await) });
        Ok(())
    }

    /// The next one that has been greeted, or why one was not; `None` when nobody is.
    pub(super) async fn next(&mut self) -> Option<Greeted> {
        let (from, greeted) = self.under_way.join_next().await?.ok()?;
        if let Some(count) = self.by_address.get_mut(&from.ip()) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&from.ip());
            }
        }
        Some(greeted.map_err(|fault| format!("{from}: {fault}")))
    }
}
