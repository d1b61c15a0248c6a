//! Who comes to a door, however many connections they open: one budget each, and no more than some of the places.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::budget::Budget;
use super::stream::Peer;
use super::{DoorLimits, limits};

/// A budget forgets nothing sooner: after this long it is full again.
const REFILLED_AFTER: Duration = Duration::from_secs(1);

/// Whose connections share a budget.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// Whom the certificate names, wherever they come from.
    Certificate(String),
    Address(IpAddr),
}

/// All sources of one door; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Sources {
    limits: DoorLimits,
    known: Arc<Mutex<BTreeMap<Source, Known>>>,
}

#[derive(Debug)]
struct Known {
    open: usize,
    budget: SourceBudget,
    /// When one of its connections came or went last.
    seen_at: Instant,
}

/// What one source may still send by all its connections together.
#[derive(Debug, Clone)]
pub struct SourceBudget(Arc<Mutex<Budget>>);

/// A connection's place among those of its source; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    source: Source,
    sources: Sources,
    budget: SourceBudget,
}

impl Sources {
    pub(super) fn new(limits: DoorLimits) -> Self {
        Self { limits, known: Arc::default() }
    }

    /// Lets one more connection of a source in; an error says how many it has.
    pub(super) fn admit(&self, peer: &Peer, now: Instant) -> Result<Place, usize> {
        let named = peer.identity().map(|identity| Source::Certificate(identity.to_string()));
        let source = named.unwrap_or_else(|| Source::Address(peer.address.ip().to_canonical()));
        let mut known = self.known();
        // Whoever left and has a full budget again is as one who never came.
        known.retain(|_, known| {
            known.open > 0 || now.saturating_duration_since(known.seen_at) < REFILLED_AFTER
        });
        let per_s = self.limits.messages_per_s;
        let fresh = || Known { open: 0, budget: SourceBudget::new(per_s, now), seen_at: now };
        let entry = known.entry(source.clone()).or_insert_with(fresh);
        if entry.open >= places_of_one(self.limits.connections_max) {
            return Err(entry.open);
        }
        (entry.open, entry.seen_at) = (entry.open + 1, now);
        let budget = entry.budget.clone();
        drop(known);
        Ok(Place { source, sources: self.clone(), budget })
    }

    fn leave(&self, source: &Source, now: Instant) {
        if let Some(known) = self.known().get_mut(source) {
            (known.open, known.seen_at) = (known.open.saturating_sub(1), now);
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<Source, Known>> {
        // Nothing panics while it holds the lock, and every change under it is whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Places that one source may take: a quarter of a large door, so that a few who take all they can leave room for others.
fn places_of_one(connections_max: usize) -> usize {
    (connections_max / 4).max(connections_max.min(limits::CONNECTIONS_PER_SOURCE))
}

impl SourceBudget {
    pub(in crate::ingest) fn new(messages_per_s: f64, now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Budget::new(messages_per_s, now))))
    }

    /// Takes off what was read; says how long not to read on when that was too much.
    pub fn spend(&self, messages: u64, bytes: usize, now: Instant) -> Option<Duration> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).spend(messages, bytes, now)
    }
}

impl Place {
    pub(super) fn budget(&self) -> SourceBudget {
        self.budget.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sources.leave(&self.source, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::pki::{Identity, Subject};

    fn at(address: &str) -> Peer {
        Peer { address: address.parse().unwrap(), subject: None }
    }

    fn sources(connections_max: usize) -> Sources {
        Sources::new(DoorLimits { connections_max, messages_per_s: 100.0 })
    }

    #[test]
    fn all_connections_of_a_source_share_one_budget_and_others_have_theirs() {
        let (sources, now) = (sources(64), Instant::now());
        let come = |address: &str| sources.admit(&at(address), now).unwrap();
        let (first, second, other) =
            (come("10.0.0.1:1"), come("[::ffff:10.0.0.1]:2"), come("10.0.0.2:1"));

        assert_eq!(first.budget().spend(100, 0, now), None);
        assert_eq!(second.budget().spend(50, 0, now), Some(Duration::from_millis(500)));
        assert_eq!(other.budget().spend(100, 0, now), None);

        drop((first, second));
        let again = come("10.0.0.1:3");
        assert!(
            again.budget().spend(1, 0, now).is_some(),
            "who comes again has no more than before"
        );
    }

    #[test]
    fn one_source_takes_no_more_than_some_places_and_gets_them_back_one_by_one() {
        let (sources, now) = (sources(80), Instant::now());
        let mut taken: Vec<Place> =
            (0..20).map(|_| sources.admit(&at("10.0.0.1:1"), now).unwrap()).collect();

        assert_eq!(sources.admit(&at("10.0.0.1:1"), now).unwrap_err(), 20);
        sources.admit(&at("10.0.0.2:1"), now).unwrap();
        taken.pop();

        sources.admit(&at("10.0.0.1:1"), now).unwrap();
        assert_eq!(places_of_one(4), 4, "a small door has room for one who comes alone");
    }

    #[test]
    fn who_comes_by_a_certificate_is_one_source_from_wherever_it_comes() {
        let (sources, now) = (sources(64), Instant::now());
        let gate = crate::ingest::door::tests::Gate::new();
        let phone = gate.issue(&Identity::phone("ANDROID-1", "patrol-1").unwrap());
        let subject = Arc::new(Subject::of_certificate(&phone.certificate).unwrap());
        let by = |address: &str| Peer { subject: Some(Arc::clone(&subject)), ..at(address) };
        let first = sources.admit(&by("10.0.0.1:1"), now).unwrap();
        let second = sources.admit(&by("10.0.0.2:1"), now).unwrap();
        let neighbour = sources.admit(&at("10.0.0.1:2"), now).unwrap();

        assert_eq!(first.budget().spend(100, 0, now), None);

        assert!(second.budget().spend(1, 0, now).is_some());
        assert_eq!(neighbour.budget().spend(1, 0, now), None);
    }

    #[test]
    fn those_who_have_left_are_forgotten() {
        let (sources, now) = (sources(64), Instant::now());
        for number in 0..1_000_u32 {
            let address = std::net::Ipv4Addr::from(0x0a00_0000 + number);
            drop(sources.admit(&at(&format!("{address}:1")), now).unwrap());
        }
        let later = Instant::now() + 2 * REFILLED_AFTER;

        sources.admit(&at("10.1.0.1:1"), later).unwrap();

        assert_eq!(sources.known().len(), 1);
    }
}
