//! A concrete schedule drawn from a mix and a seed.

use sha2::{Digest as _, Sha256};

use super::beat::{Beats, Party, Rules};
use super::{ScheduleError, VISITS_MAX};

/// One party at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visit {
    pub party: usize,
    /// Number of the place.
    pub place: usize,
    /// Seconds since the schedule's start.
    pub leaves_s: f64,
    pub arrives_s: f64,
    pub until_s: f64,
}

/// Draws visits for so many slots, party by party. The same seed gives the same visits.
///
/// Chance comes from SHA-256 of seed and counter, so that whoever sees visits cannot work out the seed, nor what comes next. The
/// time left in a slot beside travel and the least stay is dealt out by chance too.
pub fn draw(
    beats: &Beats,
    parties: &[Party],
    rules: &Rules,
    (seed, slots): (u64, usize),
) -> Result<Vec<Visit>, ScheduleError> {
    if slots == 0 || slots.saturating_mul(parties.len()) > VISITS_MAX {
        let must = format!("1 to {VISITS_MAX} visits in all");
        return Err(ScheduleError::Figure { field: "slots", must, value: slots as f64 });
    }
    let mut visits = Vec::with_capacity(slots * parties.len());
    for (number, (party, mix)) in parties.iter().zip(&beats.mixes).enumerate() {
        let mut chance = Chance::new(seed, number);
        let mut here = chance.pick(&mix.chain.shares);
        for slot in 0..slots {
            let starts_s = slot as f64 * rules.slot_s;
            let next = if slot == 0 { here } else { chance.pick(&mix.chain.next[here]) };
            let travel_s = if next == here { 0.0 } else { party.travel_s[here][next] };
            let spare_s = (rules.slot_s - travel_s - rules.stay_s).max(0.0);
            let leaves_s = starts_s + spare_s * chance.next();
            visits.push(Visit {
                party: number,
                place: party.places[next],
                leaves_s,
                arrives_s: leaves_s + travel_s,
                until_s: starts_s + rules.slot_s,
            });
            here = next;
        }
    }
    // A visit ends when the party leaves for the next one.
    for at in 1..visits.len() {
        if visits[at].party == visits[at - 1].party {
            visits[at - 1].until_s = visits[at].leaves_s;
        }
    }
    Ok(visits)
}

/// Uniform numbers from a seed.
struct Chance {
    seed: [u8; 16],
    drawn: u64,
}

impl Chance {
    fn new(seed: u64, stream: usize) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..].copy_from_slice(&(stream as u64).to_le_bytes());
        Self { seed: bytes, drawn: 0 }
    }

    /// From 0 up to 1.
    fn next(&mut self) -> f64 {
        let mut hash = Sha256::new();
        hash.update(b"watchline schedule 1\n");
        hash.update(self.seed);
        hash.update(self.drawn.to_le_bytes());
        self.drawn += 1;
        let digest: [u8; 32] = hash.finalize().into();
        let bits = digest[..8].iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn pick(&mut self, chances: &[f64]) -> usize {
        let mut left = self.next() * chances.iter().sum::<f64>();
        let possible = || (0..chances.len()).filter(|at| chances[*at] > 0.0);
        for at in possible() {
            left -= chances[at];
            if left < 0.0 {
                return at;
            }
        }
        possible().next_back().unwrap_or(0)
    }
}
