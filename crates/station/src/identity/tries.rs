//! How often somebody failed to sign in of late, so that guessing is slow and nobody can lock out anybody for good.
//!
//! Failures count by name and by address. A browser in which the same person signed in before has a count of its own:
//! whoever guesses at a name from elsewhere makes newcomers wait, and not the person at their desk.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use tokio::time::Instant;

use super::secrets::Hashed;
use crate::limits::{TRIES_FORGOTTEN_AFTER, TRIES_FREE, TRIES_KEPT_MAX, TRY_PAUSE_MAX};

/// What failures are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum By {
    Name(Hashed),
    Address(IpAddr),
    Browser(Hashed),
}

impl By {
    /// A name as it was typed; whether there is such a person does not matter.
    pub(super) fn name(name: &str) -> Self {
        Self::Name(Hashed::of(&name.trim().to_lowercase()))
    }

    /// Of IPv6 the network, for whoever has one address there has all of it.
    pub(super) fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
            }
        })
    }
}

/// Failures of late, no more than fit.
#[derive(Debug, Default)]
pub(super) struct Tries(BTreeMap<By, Failures>);

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    at: Instant,
}

impl Tries {
    /// Begins a try, which counts as failed until [`Tries::succeeded`]; or says how long to wait. What comes while
    /// somebody must wait does not make them wait longer.
    pub(super) fn begin(&mut self, by: &[By], now: Instant) -> Result<(), Duration> {
        let pause = by.iter().filter_map(|one| self.0.get(one)).map(|one| one.pause(now)).max();
        if let Some(pause) = pause.filter(|pause| !pause.is_zero()) {
            return Err(pause);
        }
        for one in by {
            self.make_room(one);
            let before = self.0.get(one).map_or(0, |known| known.count_at(now));
            self.0.insert(*one, Failures { count: before.saturating_add(1), at: now });
        }
        Ok(())
    }

    /// Nobody guessed. An address keeps its count but for this try, or one who knows a password could guess others.
    pub(super) fn succeeded(&mut self, by: &[By]) {
        for one in by {
            match one {
                By::Name(_) | By::Browser(_) => {
                    self.0.remove(one);
                }
                By::Address(_) => {
                    if let Some(known) = self.0.get_mut(one) {
                        known.count = known.count.saturating_sub(1);
                    }
                }
            }
        }
    }

    /// When there is no room, the count that was last added to longest ago goes.
    fn make_room(&mut self, newcomer: &By) {
        if self.0.len() < TRIES_KEPT_MAX || self.0.contains_key(newcomer) {
            return;
        }
        let longest_ago = self.0.iter().min_by_key(|(_, known)| known.at).map(|(by, _)| *by);
        if let Some(by) = longest_ago {
            self.0.remove(&by);
        }
    }
}

impl Failures {
    /// How many still count.
    fn count_at(self, now: Instant) -> u32 {
        let is_over = now.saturating_duration_since(self.at) >= TRIES_FORGOTTEN_AFTER;
        if is_over { 0 } else { self.count }
    }

    /// How long it is until the next try: nothing for the first few, then twice as long after each.
    fn pause(self, now: Instant) -> Duration {
        let Some(beyond) = self.count_at(now).checked_sub(TRIES_FREE) else {
            return Duration::ZERO;
        };
        let whole = Duration::from_secs(1).saturating_mul(1 << beyond.min(16)).min(TRY_PAUSE_MAX);
        whole.saturating_sub(now.saturating_duration_since(self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> By {
        By::address(text.parse().unwrap())
    }

    #[test]
    fn guessing_is_slower_and_slower_and_stops_nobody_for_good() {
        let (mut tries, mut now) = (Tries::default(), Instant::now());
        let by = [By::name("amal"), address("192.0.2.1")];
        let mut guesses = 0;
        let hour = now + Duration::from_hours(1);
        while now < hour {
            match tries.begin(&by, now) {
                Ok(()) => guesses += 1,
                Err(pause) => {
                    assert!(pause <= TRY_PAUSE_MAX);
                    now += pause;
                }
            }
        }
        assert!((60..90).contains(&guesses), "{guesses} in an hour");

        now += TRY_PAUSE_MAX;
        assert!(tries.begin(&by, now).is_ok(), "the person herself, a minute later");
    }

    #[test]
    fn whoever_guesses_from_elsewhere_does_not_make_a_known_browser_wait() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let elsewhere = [By::name("amal"), address("192.0.2.1")];
        while tries.begin(&elsewhere, now).is_ok() {}

        assert!(tries.begin(&[By::name(" Amal "), address("192.0.2.7")], now).is_err());
        assert!(tries.begin(&[By::Browser(Hashed::of("hers"))], now).is_ok());
        assert!(tries.begin(&[By::name("bilal"), address("192.0.2.7")], now).is_ok());
    }

    #[test]
    fn who_knows_a_password_does_not_clear_the_count_of_the_address() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        let mut guesses = 0;
        for number in 0..100 {
            let own = [By::name("mallory"), address("2001:db8::1")];
            if tries.begin(&own, now).is_ok() {
                tries.succeeded(&own);
            }
            let guessed = [By::name(&format!("name {number}")), address("2001:db8::2")];
            guesses += u32::from(tries.begin(&guessed, now).is_ok());
        }
        assert_eq!(guesses, TRIES_FREE);
    }

    #[test]
    fn a_crowd_takes_no_more_room_than_there_is() {
        let (mut tries, now) = (Tries::default(), Instant::now());
        for number in 0..2 * u32::try_from(TRIES_KEPT_MAX).unwrap() {
            let by = [By::Address(std::net::Ipv4Addr::from_bits(number).into())];
            assert!(tries.begin(&by, now + Duration::from_millis(number.into())).is_ok());
        }
        assert_eq!(tries.0.len(), TRIES_KEPT_MAX);
    }
}
