//! The best way of sending teams, by dynamic programming over regions.

use super::{Party, Plan};

/// Most sums of two shares that are weighed: a few tenths of a second.
const WEIGHED_MAX: usize = 100_000_000;

/// How many teams of each kind, numbered: kind by kind, the first counts ones.
struct Shares {
    /// Teams of each kind, by number.
    teams: Vec<Vec<usize>>,
    /// What one more of a kind adds to the number.
    stride: Vec<usize>,
}

impl Shares {
    fn of(parties: &[Party]) -> Self {
        let mut teams = vec![Vec::new()];
        let mut stride = Vec::new();
        for party in parties {
            stride.push(teams.len());
            let more = |count: usize| teams.iter().map(move |share| with(share, count));
            teams = (0..=party.teams).flat_map(more).collect();
        }
        Self { teams, stride }
    }

    /// The numbers of all shares that have no more of any kind than one has, least first.
    fn within(&self, share: usize, numbers: &mut Vec<usize>) {
        numbers.clear();
        numbers.push(0);
        for (most, stride) in self.teams[share].iter().zip(&self.stride) {
            let lower = numbers.len();
            for count in 1..=*most {
                for at in 0..lower {
                    numbers.push(numbers[at] + count * stride);
                }
            }
        }
    }
}

fn with(share: &[usize], count: usize) -> Vec<usize> {
    share.iter().copied().chain([count]).collect()
}

/// Teams of each party in each region so that no other way has a greater probability of success; `None` where too many
/// ways would have to be weighed.
///
/// What is found in one region does not depend on who is sent to others, so the best of the first regions with so many
/// teams of each kind follows from the best of one region fewer.
pub(super) fn sent(plan: &Plan<'_>, parties: &[Party]) -> Option<Vec<Vec<usize>>> {
    let states = parties.iter().try_fold(1_usize, |all, party| {
        party.teams.checked_add(1).and_then(|counts| all.checked_mul(counts))
    })?;
    let weighed = states.checked_mul(states)?.checked_mul(plan.regions.len())?;
    if weighed > WEIGHED_MAX || plan.regions.is_empty() {
        return None;
    }
    let shares = Shares::of(parties);
    // Teams may stay where no region gains by them.
    let mut best = vec![0.0; states];
    let mut chosen = Vec::with_capacity(plan.regions.len());
    let mut within = Vec::new();
    for region in 0..plan.regions.len() {
        let chances: Vec<f64> =
            shares.teams.iter().map(|share| chance(plan, parties, region, share)).collect();
        let (mut raised, mut choice) = (best.clone(), vec![0_u32; states]);
        for state in 0..states {
            shares.within(state, &mut within);
            let mut most = f64::NEG_INFINITY;
            for &here in &within {
                let pos = best[state - here] + chances[here];
                if pos > most {
                    most = pos;
                    choice[state] = u32::try_from(here).ok()?;
                }
            }
            raised[state] = most;
        }
        best = raised;
        chosen.push(choice);
    }
    Some(traced(&shares, parties.len(), &chosen))
}

fn chance(plan: &Plan<'_>, parties: &[Party], region: usize, share: &[usize]) -> f64 {
    let effort = |(party, teams): (&Party, &usize)| party.team_m2[region] * *teams as f64;
    plan.chance(region, parties.iter().zip(share).map(effort).sum())
}

/// Walks back from all teams sent, region by region.
fn traced(shares: &Shares, parties: usize, chosen: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut sent = vec![vec![0; chosen.len()]; parties];
    let mut state = shares.teams.len() - 1;
    for (region, choice) in chosen.iter().enumerate().rev() {
        let here = choice[state] as usize;
        for (sent, teams) in sent.iter_mut().zip(&shares.teams[here]) {
            sent[region] = *teams;
        }
        state -= here;
    }
    sent
}
