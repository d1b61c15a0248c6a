//! Loopy belief propagation over the edges of one cluster: near-exact marginals in linear time.

use super::{Cluster, Marginals};

/// Largest change of a message at which the sweeps stop.
pub(super) const TOLERANCE: f64 = 1e-6;

/// Sweeps after which the marginals are taken as they are; it converges, but may do so slowly.
const SWEEPS_MAX: usize = 500;

/// Messages go from rows to columns and back until they stand still (Williams and Lau, 2014).
pub(super) fn solve(cluster: &Cluster, tolerance: f64, marginals: &mut Marginals) {
    let edges = &cluster.edges;
    let mut to_row = vec![1.0; edges.len()];
    let mut to_column = vec![0.0; edges.len()];
    let mut row_sum = vec![0.0; cluster.rows];
    let mut column_sum = vec![0.0; cluster.columns];
    for _ in 0..SWEEPS_MAX {
        row_sum.fill(1.0);
        for (edge, message) in edges.iter().zip(&to_row) {
            row_sum[edge.row] += edge.weight * message;
        }
        column_sum.fill(1.0);
        for ((edge, back), message) in edges.iter().zip(&to_row).zip(&mut to_column) {
            *message = edge.weight / others(row_sum[edge.row], edge.weight * back);
            column_sum[edge.column] += *message;
        }
        let mut change = 0.0_f64;
        for ((edge, back), message) in edges.iter().zip(&mut to_row).zip(&to_column) {
            let new = 1.0 / others(column_sum[edge.column], *message);
            change = change.max(libm::fabs(new - *back));
            *back = new;
        }
        if change < tolerance {
            break;
        }
    }
    read(cluster, &to_row, &column_sum, marginals);
}

/// A sum of one and non-negative terms, without one of its terms.
fn others(sum: f64, own: f64) -> f64 {
    (sum - own).max(1.0)
}

fn read(cluster: &Cluster, to_row: &[f64], column_sum: &[f64], marginals: &mut Marginals) {
    let mut row_sum = vec![1.0; cluster.rows];
    for (edge, message) in cluster.edges.iter().zip(to_row) {
        row_sum[edge.row] += edge.weight * message;
    }
    marginals.missed.clear();
    marginals.missed.extend(row_sum.iter().map(|sum| 1.0 / sum));
    marginals.paired.clear();
    let paired = cluster
        .edges
        .iter()
        .zip(to_row)
        .map(|(edge, message)| edge.weight * message / row_sum[edge.row]);
    marginals.paired.extend(paired);
    marginals.unclaimed.clear();
    marginals.unclaimed.extend(column_sum.iter().map(|sum| 1.0 / sum));
}
