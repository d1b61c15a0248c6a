//! Which measurement came from which track, or from nobody: marginal probabilities of a cluster.

mod belief;
pub(crate) mod best;
mod exact;

/// Most rows or columns, whichever are fewer, for which the sum over all assignments is taken.
const EXACT_MAX: usize = 6;

/// Tracks and measurements that cannot be judged apart from each other.
///
/// Weights are relative to "the track was missed" and "the measurement is of nobody known":
/// for track i and measurement j, `r P_d g(z_j) / ((1 - r P_d) (clutter + undetected))`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cluster {
    /// Number of tracks.
    pub(crate) rows: usize,
    /// Number of measurements.
    pub(crate) columns: usize,
    /// Sorted by row.
    pub(crate) edges: Vec<Edge>,
}

/// One measurement in one track's gate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) weight: f64,
}

/// Who caused what, with which probability.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marginals {
    /// For each row: it caused no measurement.
    pub(crate) missed: Vec<f64>,
    /// For each edge, in the cluster's order: the row caused the column.
    pub(crate) paired: Vec<f64>,
    /// For each column: no row caused it.
    pub(crate) unclaimed: Vec<f64>,
}

impl Marginals {
    /// Whether some column is claimed by two rows that count, each with at least `share`.
    pub(crate) fn contested(
        &self,
        cluster: &Cluster,
        share: f64,
        counts: &dyn Fn(usize) -> bool,
    ) -> bool {
        let mut claims = vec![0_u8; cluster.columns];
        for (edge, paired) in cluster.edges.iter().zip(&self.paired) {
            let claim = *paired >= share && counts(edge.row);
            claims[edge.column] = claims[edge.column].saturating_add(u8::from(claim));
        }
        claims.iter().any(|&claims| claims > 1)
    }
}

/// Solves a cluster: in closed form, by the sum over all assignments, or by belief propagation.
pub(crate) fn solve(cluster: &Cluster, marginals: &mut Marginals) {
    if let [edge] = cluster.edges.as_slice() {
        let paired = edge.weight / (1.0 + edge.weight);
        let left = 1.0 / (1.0 + edge.weight);
        marginals.missed.clear();
        marginals.missed.resize(cluster.rows, 1.0);
        marginals.missed[edge.row] = left;
        marginals.unclaimed.clear();
        marginals.unclaimed.resize(cluster.columns, 1.0);
        marginals.unclaimed[edge.column] = left;
        marginals.paired.clear();
        marginals.paired.push(paired);
    } else if cluster.rows.min(cluster.columns) <= EXACT_MAX {
        exact::solve(cluster, marginals);
    } else {
        belief::solve(cluster, belief::TOLERANCE, marginals);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Golden {
        #[serde(rename = "L")]
        weights: Vec<Vec<f64>>,
        exact: Vec<Vec<f64>>,
        lbp: Vec<Vec<f64>>,
    }

    fn golden() -> Vec<Golden> {
        serde_json::from_str(include_str!("../../testdata/golden_assoc.json")).unwrap()
    }

    /// A cluster from lines of weights that begin with the weight of a miss.
    fn cluster(weights: &[Vec<f64>]) -> Cluster {
        let edges = weights.iter().enumerate().flat_map(|(row, line)| {
            let hit = line[1..].iter().enumerate().filter(|(_, weight)| **weight > 0.0);
            hit.map(move |(column, &weight)| Edge { row, column, weight: weight / line[0] })
        });
        Cluster { rows: weights.len(), columns: weights[0].len() - 1, edges: edges.collect() }
    }

    fn assert_matches(cluster: &Cluster, got: &Marginals, expected: &[Vec<f64>], epsilon: f64) {
        for (row, line) in expected.iter().enumerate() {
            approx::assert_relative_eq!(got.missed[row], line[0], epsilon = epsilon);
        }
        for (edge, paired) in cluster.edges.iter().zip(&got.paired) {
            approx::assert_relative_eq!(
                *paired,
                expected[edge.row][edge.column + 1],
                epsilon = epsilon
            );
        }
    }

    #[test]
    fn a_single_pairing_says_nothing_of_others() {
        let edges = vec![Edge { row: 1, column: 0, weight: 3.0 }];
        let mut marginals = Marginals::default();

        solve(&Cluster { rows: 3, columns: 2, edges }, &mut marginals);

        assert_eq!(marginals.missed, [1.0, 0.25, 1.0]);
        assert_eq!(marginals.unclaimed, [0.25, 1.0]);
        assert_eq!(marginals.paired, [0.75]);
    }

    #[test]
    fn exact_marginals_agree_with_two_other_programs() {
        let mut got = Marginals::default();
        for case in golden() {
            let cluster = cluster(&case.weights);

            exact::solve(&cluster, &mut got);

            assert_matches(&cluster, &got, &case.exact, 1e-12);
        }
    }

    #[test]
    fn belief_propagation_agrees_with_two_other_programs() {
        let mut got = Marginals::default();
        for case in golden() {
            let cluster = cluster(&case.weights);

            belief::solve(&cluster, 1e-13, &mut got);

            assert_matches(&cluster, &got, &case.lbp, 1e-9);
        }
    }

    #[test]
    fn one_edge_alone_is_solved_as_the_sum_over_assignments_is() {
        let cluster = cluster(&[vec![0.5, 0.35]]);
        let (mut closed, mut summed) = (Marginals::default(), Marginals::default());

        solve(&cluster, &mut closed);
        exact::solve(&cluster, &mut summed);

        approx::assert_relative_eq!(closed.paired[0], summed.paired[0], epsilon = 1e-15);
        approx::assert_relative_eq!(closed.missed[0], summed.missed[0], epsilon = 1e-15);
        approx::assert_relative_eq!(closed.unclaimed[0], summed.unclaimed[0], epsilon = 1e-15);
    }

    proptest::proptest! {
        #[test]
        fn each_row_and_each_column_shares_out_exactly_one(weights in proptest::collection::vec(
            proptest::collection::vec(1e-6_f64..1e4, 7), 1..5,
        )) {
            let cluster = cluster(&weights);
            let mut got = Marginals::default();

            solve(&cluster, &mut got);

            for row in 0..cluster.rows {
                let paired: f64 = cluster.edges.iter().zip(&got.paired).filter(|(edge, _)| edge.row == row).map(|(_, p)| p).sum();
                proptest::prop_assert!((got.missed[row] + paired - 1.0).abs() < 1e-9);
            }
            for column in 0..cluster.columns {
                let paired: f64 = cluster.edges.iter().zip(&got.paired).filter(|(edge, _)| edge.column == column).map(|(_, p)| p).sum();
                proptest::prop_assert!((got.unclaimed[column] + paired - 1.0).abs() < 1e-9);
            }
        }
    }
}
