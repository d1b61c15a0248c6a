//! What was asked of browsers and is not answered yet: each challenge is good once, for a while, and there are no more than fit.

use std::borrow::Borrow as _;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use watch::journal::PersonId;
use webauthn_rp::request::TimedCeremony as _;
use webauthn_rp::response::SentChallenge;

use super::passkeys::{Asking, Making, Passkeys};
use super::tries::By;
use crate::limits::{CHALLENGES_MAX, CHALLENGES_OF_ADDRESS_MAX};

/// Challenges that are open.
#[derive(Debug, Default)]
pub(super) struct Ceremonies {
    /// The longest ago first.
    asking: VecDeque<(By, Asking)>,
    /// One of each person.
    making: BTreeMap<PersonId, (Making, Passkeys)>,
}

impl Ceremonies {
    /// Keeps what an address was asked; the first of too many of one address makes room. False where there is none.
    pub(super) fn ask(&mut self, from: By, asking: Asking, now: Instant) -> bool {
        self.asking.retain(|(_, open)| now < open.expiration());
        let own = |(by, _): &&(By, Asking)| *by == from;
        if self.asking.iter().filter(own).count() >= CHALLENGES_OF_ADDRESS_MAX
            && let Some(first) = self.asking.iter().position(|(by, _)| *by == from)
        {
            self.asking.remove(first);
        }
        if self.asking.len() >= CHALLENGES_MAX {
            return false;
        }
        self.asking.push_back((from, asking));
        true
    }

    /// What is answered with this challenge, once.
    pub(super) fn asked(&mut self, challenge: SentChallenge) -> Option<Asking> {
        let is_it = |(_, open): &(By, Asking)| {
            let sent: &SentChallenge = open.borrow();
            *sent == challenge
        };
        let place = self.asking.iter().position(is_it)?;
        self.asking.remove(place).map(|(_, asking)| asking)
    }

    /// Keeps what a person began to make, in the place of what they began before.
    pub(super) fn make(&mut self, name: PersonId, making: (Making, Passkeys), now: Instant) {
        self.making.retain(|_, (open, _)| now < open.expiration());
        self.making.insert(name, making);
    }

    /// What this person began to make, once.
    pub(super) fn made(&mut self, name: &PersonId) -> Option<(Making, Passkeys)> {
        self.making.remove(name)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::*;
    use crate::identity::passkeys::Site;

    fn asking() -> Asking {
        Site::of("http", "localhost:8080").unwrap().ask().unwrap().0
    }

    fn from(number: u32) -> By {
        By::address(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    #[test]
    fn a_challenge_is_answered_once_and_only_while_it_is_open() {
        let (mut open, now) = (Ceremonies::default(), Instant::now());
        let (first, second) = (asking(), asking());
        let (one, other) = (first.sent_challenge(), second.sent_challenge());
        assert_ne!(one, other);
        assert!(open.ask(from(1), first, now) && open.ask(from(1), second, now));

        assert!(open.asked(one).is_some());
        assert!(open.asked(one).is_none(), "once");
        let late = now + Duration::from_secs(301);
        assert!(open.ask(from(1), asking(), late));
        assert!(open.asked(other).is_none(), "five minutes are over");
    }

    #[test]
    fn one_address_that_asks_and_asks_takes_no_room_from_others() {
        let (mut open, now) = (Ceremonies::default(), Instant::now());
        let theirs = asking();
        let challenge = theirs.sent_challenge();
        assert!(open.ask(from(2), theirs, now));
        for _ in 0..2 * CHALLENGES_MAX {
            assert!(open.ask(from(1), asking(), now));
        }
        assert_eq!(open.asking.len(), CHALLENGES_OF_ADDRESS_MAX + 1);
        assert!(open.asked(challenge).is_some());
    }

    #[test]
    fn a_crowd_of_addresses_takes_no_more_room_than_there_is() {
        let (mut open, now) = (Ceremonies::default(), Instant::now());
        let room = u32::try_from(CHALLENGES_MAX).unwrap();
        for number in 0..room {
            assert!(open.ask(from(number), asking(), now));
        }
        assert!(!open.ask(from(room), asking(), now));
        assert!(open.ask(from(room), asking(), now + Duration::from_secs(301)));
    }
}
