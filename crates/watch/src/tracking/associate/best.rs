//! The likeliest assignments of a cluster, best first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Partial assignments looked at before the search is content with what it has.
const LOOKED_AT_MAX: usize = 20_000;

/// One way to share out the columns; its score is the logarithm of its weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice {
    pub(crate) score: f64,
    /// For each row its column, `None` when the row was missed.
    pub(crate) column_of_row: Vec<Option<usize>>,
}

/// Each row's columns with the logarithms of their weights relative to a miss.
pub(crate) type Options = Vec<(usize, f64)>;

/// The likeliest assignments found; never none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Best {
    pub(crate) choices: Vec<Choice>,
    /// The search was given up before its first answer: the one choice is merely a fair one.
    pub(crate) given_up: bool,
}

/// Finds up to `limit` assignments in the order of their scores, none `depth` below the best.
///
/// Best-first search over the rows; what the rows that are still free could add at most, were
/// they free to share columns, bounds every partial assignment from above, so the first complete
/// one is the best and the next the second.
pub(crate) fn best(rows: &[Options], limit: usize, depth: f64) -> Best {
    let mut waiting = BinaryHeap::new();
    waiting.push(Partial {
        bound: could_add(rows, &[]),
        score: 0.0,
        number: 0,
        columns: Vec::new(),
    });
    let mut number = 0;
    let mut found: Vec<Choice> = Vec::new();
    while let Some(partial) = waiting.pop() {
        let floor = found.first().map_or(f64::NEG_INFINITY, |best| best.score - depth);
        if partial.bound < floor {
            break;
        }
        if number > LOOKED_AT_MAX {
            return if found.is_empty() {
                Best { choices: vec![fair(rows, partial)], given_up: true }
            } else {
                Best { choices: found, given_up: false }
            };
        }
        let row = partial.columns.len();
        let Some(options) = rows.get(row) else {
            found.push(Choice { score: partial.score, column_of_row: partial.columns });
            if found.len() == limit {
                break;
            }
            continue;
        };
        let mut push = |column: Option<usize>, gain: f64| {
            let mut columns = partial.columns.clone();
            columns.push(column);
            let score = partial.score + gain;
            number += 1;
            let bound = score + could_add(&rows[row + 1..], &columns);
            waiting.push(Partial { bound, score, number, columns });
        };
        push(None, 0.0);
        for &(column, gain) in options {
            if !partial.columns.contains(&Some(column)) {
                push(Some(column), gain);
            }
        }
    }
    Best { choices: found, given_up: false }
}

/// The most that rows can add when columns are gone already.
fn could_add(rows: &[Options], gone: &[Option<usize>]) -> f64 {
    let most = |options: &Options| {
        let free = options.iter().filter(|(column, _)| !gone.contains(&Some(*column)));
        free.map(|(_, gain)| *gain).fold(0.0, f64::max)
    };
    rows.iter().fold(0.0, |sum, options| sum + most(options))
}

/// Completes a partial assignment row by row, each with the best column that is left.
fn fair(rows: &[Options], partial: Partial) -> Choice {
    let Partial { mut score, mut columns, .. } = partial;
    for options in &rows[columns.len()..] {
        let free = options.iter().filter(|(column, _)| !columns.contains(&Some(*column)));
        let best = free.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, gain)| *gain > 0.0);
        score += best.map_or(0.0, |(_, gain)| *gain);
        columns.push(best.map(|(column, _)| *column));
    }
    Choice { score, column_of_row: columns }
}

#[derive(Debug)]
struct Partial {
    bound: f64,
    score: f64,
    /// Earlier ones first among equals, so that the order is the same everywhere.
    number: usize,
    columns: Vec<Option<usize>>,
}

impl Ord for Partial {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bound.total_cmp(&other.bound).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Partial {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Partial {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Partial {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_rows_that_want_one_column_share_it_out_every_way() {
        let rows = vec![vec![(0, 2.0), (1, 1.0)], vec![(0, 1.5)]];

        let found = best(&rows, 10, 100.0).choices;

        let columns: Vec<_> = found.iter().map(|choice| choice.column_of_row.clone()).collect();
        assert_eq!(
            columns,
            [
                vec![Some(1), Some(0)],
                vec![Some(0), None],
                vec![None, Some(0)],
                vec![Some(1), None],
                vec![None, None],
            ]
        );
        approx::assert_relative_eq!(found[0].score, 2.5);
    }

    #[test]
    fn a_search_that_is_given_up_still_shares_out_every_column() {
        // Forty rows that all want the same thirty-nine columns alike.
        let rows: Vec<Options> =
            (0..40).map(|_| (0..39).map(|column| (column, 10.0)).collect()).collect();

        let found = best(&rows, 20, 12.0);

        assert!(found.given_up);
        let taken = found.choices[0].column_of_row.iter().flatten().count();
        assert_eq!((found.choices.len(), taken), (1, 39));
        approx::assert_relative_eq!(found.choices[0].score, 390.0);
    }

    proptest::proptest! {
        #[test]
        fn it_finds_what_a_look_at_every_assignment_finds(gains in proptest::collection::vec(
            proptest::collection::vec(-5.0_f64..5.0, 4), 1..5,
        )) {
            let rows: Vec<Options> = gains.iter().map(|line| line.iter().copied().enumerate().collect()).collect();
            let mut all = every(&rows);
            all.sort_by(|a, b| b.total_cmp(a));

            let found = best(&rows, 7, f64::INFINITY).choices;

            for (choice, expected) in found.iter().zip(&all) {
                approx::assert_relative_eq!(choice.score, *expected, epsilon = 1e-12);
            }
            proptest::prop_assert_eq!(found.len(), all.len().min(7));
        }
    }

    fn every(rows: &[Options]) -> Vec<f64> {
        fn go(rows: &[Options], taken: &mut Vec<usize>, score: f64, all: &mut Vec<f64>) {
            let Some((row, rest)) = rows.split_first() else {
                all.push(score);
                return;
            };
            go(rest, taken, score, all);
            for &(column, gain) in row {
                if !taken.contains(&column) {
                    taken.push(column);
                    go(rest, taken, score + gain, all);
                    taken.pop();
                }
            }
        }
        let mut all = Vec::new();
        go(rows, &mut Vec::new(), 0.0, &mut all);
        all
    }
}
