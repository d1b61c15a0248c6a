//! From effort to rounds: which team goes to which blocks, and in which order.

use sight::geo::EnuPoint;
use sight::search::Region;

/// Most parts that a team's time is cut into.
const LEGS_MAX: usize = 32;

/// How many parts a team's time is cut into, so that one part sweeps about as much as one block holds.
///
/// A drone sweeps more in two hours than a block holds; left whole, all of it would go to one.
pub(super) fn legs_of(team_m2: &[f64], regions: &[Region]) -> usize {
    let area_m2: f64 = regions.iter().map(|region| region.area_m2).sum();
    let swept_m2: f64 = team_m2.iter().sum();
    let legs = (swept_m2 / area_m2).round();
    if legs.is_finite() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "held between 1 and 32"
        )]
        let legs = legs.clamp(1.0, LEGS_MAX as f64) as usize;
        legs
    } else {
        1
    }
}

/// Deals legs out to teams, by block: each begins where most is to be gained of what is left and goes on to the nearest, so
/// that its blocks lie beside each other.
///
/// `gain` ranks the blocks. What is returned is, by team, the blocks in order and how many legs are spent in each.
pub(super) fn deal(
    mut sent: Vec<usize>,
    (teams, legs): (usize, usize),
    gain: impl Fn(usize) -> f64,
    middles: &[EnuPoint],
) -> Vec<Vec<(usize, usize)>> {
    let mut rounds = Vec::with_capacity(teams);
    for _ in 0..teams {
        let mut round: Vec<(usize, usize)> = Vec::new();
        let mut left = legs;
        while left > 0 {
            let open = (0..sent.len()).filter(|block| sent[*block] > 0);
            let next = match round.last() {
                None => open.reduce(|a, b| if gain(b) > gain(a) { b } else { a }),
                Some((here, _)) => {
                    let way = |block: usize| distance_m(middles[*here], middles[block]);
                    open.reduce(|a, b| if way(b) < way(a) { b } else { a })
                }
            };
            let Some(next) = next else { break };
            let spent = left.min(sent[next]);
            sent[next] -= spent;
            left -= spent;
            round.push((next, spent));
        }
        rounds.push(round);
    }
    rounds
}

pub(super) fn distance_m(from: EnuPoint, to: EnuPoint) -> f64 {
    (from.to_vector() - to.to_vector()).norm()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGIONS: [Region; 2] =
        [Region { poa: 0.5, area_m2: 250_000.0 }, Region { poa: 0.5, area_m2: 250_000.0 }];

    #[test]
    fn a_team_is_cut_into_as_many_legs_as_it_could_sweep_blocks() {
        assert_eq!(legs_of(&[8.6e6, 8.6e6], &REGIONS), 32);
        assert_eq!(legs_of(&[1.0e6, 0.5e6], &REGIONS), 3);
        assert_eq!(legs_of(&[1.0e4, 1.0e4], &REGIONS), 1);
        assert_eq!(legs_of(&[], &[]), 1);
    }

    #[test]
    fn a_teams_blocks_lie_beside_each_other_and_every_leg_is_dealt_out_once() {
        // Two lots of blocks, far from each other.
        let middles = [0.0, 500.0, 9_000.0, 9_500.0].map(|east| EnuPoint::new(east, 0.0));
        let gains = [0.2, 0.1, 0.9, 0.3];

        let rounds = deal(vec![2, 1, 1, 2], (2, 3), |block| gains[block], &middles);

        assert_eq!(rounds, [vec![(2, 1), (3, 2)], vec![(0, 2), (1, 1)]]);
    }

    #[test]
    fn a_team_that_nobody_needs_stays() {
        let rounds = deal(vec![1], (2, 1), |_| 1.0, &[EnuPoint::new(0.0, 0.0)]);

        assert_eq!(rounds, [vec![(0, 1)], vec![]]);
    }
}
