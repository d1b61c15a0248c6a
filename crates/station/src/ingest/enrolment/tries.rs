//! How many wrong tokens each address has told of late, so that none can go on trying.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use tokio::time::Instant;

use crate::ingest::limits;

/// Wrong tokens by address; of IPv6 by network, for whoever has one address there has all of it.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<IpAddr, Failures>);

#[derive(Debug)]
struct Failures {
    count: f64,
    at: Instant,
}

impl Failures {
    /// How many still count.
    fn left(&self, now: Instant) -> f64 {
        let forgiven =
            now.saturating_duration_since(self.at).as_secs_f64() / limits::ENROLMENT_TRY_EVERY_S;
        (self.count - forgiven).max(0.0)
    }
}

impl Tries {
    /// Seconds until this address may try again; `None` when it may now.
    pub(super) fn pause_s(&self, from: IpAddr, now: Instant) -> Option<f64> {
        let left = self.0.get(&network(from)).map_or(0.0, |failures| failures.left(now));
        let over = left - (limits::ENROLMENT_TRIES - 1.0);
        (over > 0.0).then_some(over * limits::ENROLMENT_TRY_EVERY_S)
    }

    pub(super) fn failed(&mut self, from: IpAddr, now: Instant) {
        let from = network(from);
        if self.0.len() >= limits::ENROLMENT_ADDRESSES_MAX && !self.0.contains_key(&from) {
            let longest_ago = self.0.iter().min_by_key(|(_, failures)| failures.at);
            if let Some(address) = longest_ago.map(|(address, _)| *address) {
                self.0.remove(&address);
            }
        }
        let count = self.0.get(&from).map_or(0.0, |failures| failures.left(now)) + 1.0;
        self.0.insert(from, Failures { count, at: now });
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn after_five_wrong_tokens_an_address_waits_and_others_do_not() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let (bad, good) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..4 {
            tries.failed(bad, start);
            assert_eq!(tries.pause_s(bad, start), None);
        }
        tries.failed(bad, start);

        assert_eq!(tries.pause_s(bad, start), Some(12.0));
        assert_eq!(tries.pause_s(address("::ffff:192.0.2.1"), start), Some(12.0));
        assert_eq!(tries.pause_s(good, start), None);
        assert_eq!(tries.pause_s(bad, start + Duration::from_secs(13)), None);
        tries.failed(address("2001:db8::1"), start);
        for host in 2..6 {
            tries.failed(address(&format!("2001:db8::{host}")), start);
        }
        assert!(tries.pause_s(address("2001:db8::ffff"), start).is_some());
        assert_eq!(tries.pause_s(address("2001:db8:0:1::1"), start), None);
    }

    #[test]
    fn a_crowd_of_addresses_takes_no_more_room_than_there_is() {
        let (mut tries, start) = (Tries::default(), Instant::now());
        for number in 0..10_000_u32 {
            let at = start + Duration::from_millis(u64::from(number));
            tries.failed(std::net::Ipv4Addr::from_bits(number).into(), at);
        }

        assert_eq!(tries.0.len(), limits::ENROLMENT_ADDRESSES_MAX);
        assert!(tries.0.contains_key(&std::net::Ipv4Addr::from_bits(9_999).into()));
    }
}
