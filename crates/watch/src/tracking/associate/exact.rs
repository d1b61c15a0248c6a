//! The sum over all assignments, by dynamic programming over which of the fewer side are taken.

use super::{Cluster, Marginals};

/// Which side is walked: the longer one.
#[derive(Debug, Clone, Copy)]
enum Walk {
    Rows,
    Columns,
}

impl Walk {
    /// What belongs to the side that is walked, then what belongs to the other.
    fn pair<T>(self, row: T, column: T) -> (T, T) {
        match self {
            Self::Rows => (row, column),
            Self::Columns => (column, row),
        }
    }
}

/// Exact marginals in time `larger side × 2^smaller side × smaller side`.
///
/// The longer side is walked item by item; a state is the set of the shorter side's items that
/// are taken. What leads up to a pairing and what may follow it multiply.
pub(super) fn solve(cluster: &Cluster, marginals: &mut Marginals) {
    let walk = if cluster.columns <= cluster.rows { Walk::Rows } else { Walk::Columns };
    let (walked, taken) = walk.pair(cluster.rows, cluster.columns);
    let weights = dense(cluster, walk, taken);
    let sets = 1_usize << taken;
    let before = forward(&weights, walked, taken);
    let after = backward(&weights, walked, taken);

    let mut paired = vec![0.0; walked * taken];
    for item in 0..walked {
        // The same total for every item, but for the scales that kept the tables finite.
        let span = item * sets..(item + 1) * sets;
        let total: f64 = before[span.clone()].iter().zip(&after[span]).map(|(a, b)| a * b).sum();
        for bit in 0..taken {
            let weight = weights[item * taken + bit];
            if weight > 0.0 {
                let both: f64 = (0..sets)
                    .filter(|set| set & (1 << bit) == 0)
                    .map(|set| {
                        before[item * sets + set] * after[(item + 1) * sets + (set | 1 << bit)]
                    })
                    .sum();
                paired[item * taken + bit] = weight * both / total;
            }
        }
    }
    fill(cluster, walk, taken, &paired, marginals);
}

fn dense(cluster: &Cluster, walk: Walk, taken: usize) -> Vec<f64> {
    let mut weights = vec![0.0; cluster.rows * cluster.columns];
    for edge in &cluster.edges {
        let (item, bit) = walk.pair(edge.row, edge.column);
        weights[item * taken + bit] = edge.weight;
    }
    weights
}

/// Weight of all ways that lead to each set before each item.
fn forward(weights: &[f64], walked: usize, taken: usize) -> Vec<f64> {
    let sets = 1_usize << taken;
    let mut ways = vec![0.0; (walked + 1) * sets];
    ways[0] = 1.0;
    for item in 0..walked {
        let (done, next) = ways.split_at_mut((item + 1) * sets);
        let (now, next) = (&done[item * sets..], &mut next[..sets]);
        let mut largest = 0.0_f64;
        for set in 0..sets {
            let mut sum = now[set];
            for bit in (0..taken).filter(|bit| set & (1 << bit) != 0) {
                sum += now[set & !(1 << bit)] * weights[item * taken + bit];
            }
            next[set] = sum;
            largest = largest.max(sum);
        }
        scale_if_huge(&mut ways, largest);
    }
    ways
}

/// Weight of all ways to go on from each set after each item.
fn backward(weights: &[f64], walked: usize, taken: usize) -> Vec<f64> {
    let sets = 1_usize << taken;
    let mut ways = vec![1.0; (walked + 1) * sets];
    for item in (0..walked).rev() {
        let (now, later) = ways.split_at_mut((item + 1) * sets);
        let (now, later) = (&mut now[item * sets..], &later[..sets]);
        let mut largest = 0.0_f64;
        for set in 0..sets {
            let mut sum = later[set];
            for bit in (0..taken).filter(|bit| set & (1 << bit) == 0) {
                sum += later[set | 1 << bit] * weights[item * taken + bit];
            }
            now[set] = sum;
            largest = largest.max(sum);
        }
        scale_if_huge(&mut ways, largest);
    }
    ways
}

/// Keeps products away from infinity; only ratios matter, so the whole table is scaled alike.
fn scale_if_huge(ways: &mut [f64], largest: f64) {
    const HUGE: f64 = 1e100;
    if largest > HUGE {
        for way in ways {
            *way /= HUGE;
        }
    }
}

fn fill(cluster: &Cluster, walk: Walk, taken: usize, paired: &[f64], marginals: &mut Marginals) {
    marginals.missed.clear();
    marginals.missed.resize(cluster.rows, 1.0);
    marginals.unclaimed.clear();
    marginals.unclaimed.resize(cluster.columns, 1.0);
    marginals.paired.clear();
    for edge in &cluster.edges {
        let (item, bit) = walk.pair(edge.row, edge.column);
        let share = paired[item * taken + bit];
        marginals.paired.push(share);
        marginals.missed[edge.row] -= share;
        marginals.unclaimed[edge.column] -= share;
    }
    for left in marginals.missed.iter_mut().chain(&mut marginals.unclaimed) {
        *left = left.clamp(0.0, 1.0);
    }
}
