//! Strong Stackelberg equilibria: the best mix to commit to when the other side watches before it acts.

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem};

use super::ScheduleError;

/// What to commit to, what the other side then does, and what that is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Commitment {
    /// Chance of each of the leader's acts.
    pub mix: Vec<f64>,
    pub follower: usize,
    pub value: f64,
}

/// The best mix of a leader whom the follower has watched; payoffs by the leader's act, then the follower's.
///
/// One linear programme for each act of the follower (Conitzer and Sandholm, 2006): the best mix to which that act is a best
/// answer. Between equally good answers the follower takes the one that the leader prefers, as a hair's breadth makes it.
pub fn commit(leader: &[Vec<f64>], follower: &[Vec<f64>]) -> Result<Commitment, ScheduleError> {
    let (acts, answers) = (leader.len(), leader.first().map_or(0, Vec::len));
    let square = |payoffs: &[Vec<f64>]| {
        payoffs.len() == acts
            && payoffs.iter().all(|row| row.len() == answers && row.iter().all(|p| p.is_finite()))
    };
    if acts == 0 || answers == 0 || !square(leader) || !square(follower) {
        let why = "payoffs must be finite and make two tables of one size".to_owned();
        return Err(ScheduleError::Infeasible { why });
    }
    let best = (0..answers)
        .filter_map(|answer| mix_against(leader, follower, answer))
        .reduce(|a, b| if b.value > a.value + 1e-12 { b } else { a });
    best.ok_or_else(|| ScheduleError::Infeasible {
        why: "no answer of the follower is ever best".to_owned(),
    })
}

fn mix_against(leader: &[Vec<f64>], follower: &[Vec<f64>], answer: usize) -> Option<Commitment> {
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let chances: Vec<_> =
        leader.iter().map(|row| problem.add_var(row[answer], (0.0, 1.0))).collect();
    let all: Vec<_> = chances.iter().map(|chance| (*chance, 1.0)).collect();
    problem.add_constraint(&all[..], ComparisonOp::Eq, 1.0);
    for other in (0..follower[0].len()).filter(|other| *other != answer) {
        let mut better = LinearExpr::empty();
        for (chance, row) in chances.iter().zip(follower) {
            better.add(*chance, row[answer] - row[other]);
        }
        problem.add_constraint(better, ComparisonOp::Ge, 0.0);
    }
    let solution = problem.solve().ok()?.into_solution().ok()?;
    let mix = chances.iter().map(|chance| solution.var_value(*chance).clamp(0.0, 1.0)).collect();
    Some(Commitment { mix, follower: answer, value: solution.objective() })
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    /// DOMAIN 4; Conitzer and Sandholm's example.
    #[test]
    fn the_textbook_leader_mixes_evenly_and_gets_three_and_a_half() {
        let leader = vec![vec![2.0, 4.0], vec![1.0, 3.0]];
        let follower = vec![vec![1.0, 0.0], vec![0.0, 1.0]];

        let commitment = commit(&leader, &follower).unwrap();

        assert_relative_eq!(commitment.mix[0], 0.5, epsilon = 1e-9);
        assert_relative_eq!(commitment.mix[1], 0.5, epsilon = 1e-9);
        assert_relative_eq!(commitment.value, 3.5, epsilon = 1e-9);
        assert_eq!(commitment.follower, 1);
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        let error = commit(&[vec![1.0, 2.0]], &[vec![1.0]]).unwrap_err();

        assert!(error.to_string().contains("two tables of one size"), "{error}");
    }

    proptest! {
        #[test]
        fn a_mix_is_worth_no_less_than_any_single_act(
            (leader, follower) in (1_usize..5, 1_usize..5).prop_flat_map(|(acts, answers)| {
                let table = || proptest::collection::vec(
                    proptest::collection::vec(-9.0..9.0_f64, answers), acts);
                (table(), table())
            }),
        ) {
            let commitment = commit(&leader, &follower).unwrap();

            for (act, row) in follower.iter().enumerate() {
                let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let best = (0..row.len()).filter(|answer| row[*answer] >= most)
                    .map(|answer| leader[act][answer]).fold(f64::NEG_INFINITY, f64::max);
                prop_assert!(commitment.value >= best - 1e-6);
            }
            prop_assert!((commitment.mix.iter().sum::<f64>() - 1.0).abs() < 1e-6);
        }

        /// Von Neumann: in a zero-sum game what the leader can be sure of is what the follower can hold them to.
        #[test]
        fn a_zero_sum_game_is_worth_the_same_from_both_sides(
            leader in (1_usize..5, 1_usize..5).prop_flat_map(|(acts, answers)| {
                proptest::collection::vec(proptest::collection::vec(-9.0..9.0_f64, answers), acts)
            }),
        ) {
            let negated = |table: &[Vec<f64>]| -> Vec<Vec<f64>> {
                table.iter().map(|row| row.iter().map(|payoff| -payoff).collect()).collect()
            };
            let turned: Vec<Vec<f64>> = (0..leader[0].len())
                .map(|answer| leader.iter().map(|row| -row[answer]).collect())
                .collect();

            let first = commit(&leader, &negated(&leader)).unwrap().value;
            let second = commit(&turned, &negated(&turned)).unwrap().value;

            prop_assert!((first + second).abs() < 1e-6, "{} {}", first, second);
        }
    }
}
