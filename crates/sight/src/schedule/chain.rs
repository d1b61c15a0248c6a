//! The order of visits: a Markov chain with given shares that tells a watcher as little as can be.

/// Rounds of scaling at most.
const ROUNDS: usize = 5_000;
/// Shares are met this closely.
const CLOSE: f64 = 1e-9;

/// A chain over places: where to go next depends on the present place alone, and on chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// Share of visits of each place.
    pub shares: Vec<f64>,
    /// Chance of each next place, by present place.
    pub next: Vec<Vec<f64>>,
}

impl Chain {
    /// The chain of greatest entropy among those with the shares of a flow, over steps that are allowed.
    ///
    /// Of all tables with given sums of rows and columns, scaling rows and columns by turns from an even table finds the one of
    /// greatest entropy (Sinkhorn, 1964; it is the nearest to even in the sense of Kullback and Leibler). Where the allowed steps
    /// do not let it meet the shares, the flow's own steps are kept.
    pub(crate) fn of(flow: &[Vec<f64>], allowed: impl Fn(usize, usize) -> bool) -> Self {
        let count = flow.len();
        let total: f64 = flow.iter().flatten().sum();
        let shares: Vec<f64> =
            flow.iter().map(|row| row.iter().sum::<f64>() / total.max(f64::MIN_POSITIVE)).collect();
        let even = |from: usize, to: usize| {
            let visited = shares[from] > CLOSE && shares[to] > CLOSE;
            f64::from(u8::from(visited && allowed(from, to)))
        };
        let start: Vec<Vec<f64>> =
            (0..count).map(|from| (0..count).map(|to| even(from, to)).collect()).collect();
        let joint = scaled(start, &shares).unwrap_or_else(|| {
            flow.iter().map(|row| row.iter().map(|f| f / total).collect()).collect()
        });
        let next = joint
            .iter()
            .enumerate()
            .map(|(from, row)| {
                let sum: f64 = row.iter().sum();
                if sum > 0.0 {
                    row.iter().map(|step| step / sum).collect()
                } else {
                    // Never visited: whoever were there would go where most visits are.
                    let mut stay = vec![0.0; count];
                    stay[from] = 1.0;
                    stay
                }
            })
            .collect();
        Self { shares, next }
    }

    /// Bits that a watcher who knows only the shares lacks about a visit.
    pub fn entropy_bits(&self) -> f64 {
        entropy_bits(&self.shares)
    }

    /// Bits that a watcher who has followed every visit still lacks about the next: the chain's entropy rate. The past before the
    /// present place tells nothing more.
    pub fn next_entropy_bits(&self) -> f64 {
        self.shares.iter().zip(&self.next).map(|(share, row)| share * entropy_bits(row)).sum()
    }

    /// Chance that the best guess of such a watcher is right.
    pub fn next_guessed(&self) -> f64 {
        let best = |row: &Vec<f64>| row.iter().copied().fold(0.0, f64::max);
        self.shares.iter().zip(&self.next).map(|(share, row)| share * best(row)).sum()
    }
}

fn entropy_bits(chances: &[f64]) -> f64 {
    let bits = |chance: f64| if chance > 0.0 { -chance * libm::log2(chance) } else { 0.0 };
    // A sum of nothing is minus nought.
    chances.iter().map(|chance| bits(*chance)).sum::<f64>() + 0.0
}

/// Scales rows and columns by turns until both sums are the shares; `None` where they never are.
fn scaled(mut table: Vec<Vec<f64>>, shares: &[f64]) -> Option<Vec<Vec<f64>>> {
    let count = shares.len();
    for _ in 0..ROUNDS {
        for (row, share) in table.iter_mut().zip(shares) {
            let sum: f64 = row.iter().sum();
            if sum > 0.0 {
                for step in row {
                    *step *= share / sum;
                }
            }
        }
        let mut off: f64 = 0.0;
        for to in 0..count {
            let sum: f64 = table.iter().map(|row| row[to]).sum();
            off = off.max((sum - shares[to]).abs());
            if sum > 0.0 {
                for row in &mut table {
                    row[to] *= shares[to] / sum;
                }
            }
        }
        if off < CLOSE {
            return Some(table);
        }
    }
    None
}
