//! Least-cost assignment by shortest augmenting paths.

/// Which column each row gets, at the least total cost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assignment {
    /// For each row its column; `None` for rows left over when there are more rows than columns.
    pub column_of_row: Vec<Option<usize>>,
    pub cost: f64,
}

/// Solves the assignment problem for `rows` x `columns` finite costs, row after row.
///
/// Every row gets a column, or every column a row, whichever are fewer. Shortest augmenting paths
/// with dual potentials (Jonker and Volgenant, "A shortest augmenting path algorithm for dense and
/// sparse linear assignment problems", 1987), `O(fewer² × more)`.
pub fn assign(rows: usize, columns: usize, cost: &dyn Fn(usize, usize) -> f64) -> Assignment {
    let mut column_of_row = vec![None; rows];
    if rows > columns {
        for (column, row) in solve(columns, rows, &|a, b| cost(b, a)).into_iter().enumerate() {
            column_of_row[row] = Some(column);
        }
    } else {
        for (row, column) in solve(rows, columns, cost).into_iter().enumerate() {
            column_of_row[row] = Some(column);
        }
    }
    let total = column_of_row
        .iter()
        .enumerate()
        .filter_map(|(row, column)| column.map(|column| cost(row, column)))
        .sum();
    Assignment { column_of_row, cost: total }
}

/// The column of each row, where `rows <= columns`.
fn solve(rows: usize, columns: usize, cost: &dyn Fn(usize, usize) -> f64) -> Vec<usize> {
    let mut search = Search::new(rows, columns);
    for row in 0..rows {
        search.augment(row, cost);
    }
    let mut column_of_row = vec![0; rows];
    for (column, row) in search.row_of_column.iter().enumerate() {
        if let Some(row) = row {
            column_of_row[*row] = column;
        }
    }
    column_of_row
}

struct Search {
    row_potential: Vec<f64>,
    column_potential: Vec<f64>,
    row_of_column: Vec<Option<usize>>,
    /// Shortest reduced cost to each column from the row that is being added.
    shortest: Vec<f64>,
    /// The column before each on that path; `None` at its start.
    previous: Vec<Option<usize>>,
    scanned: Vec<bool>,
}

impl Search {
    fn new(rows: usize, columns: usize) -> Self {
        Self {
            row_potential: vec![0.0; rows],
            column_potential: vec![0.0; columns],
            row_of_column: vec![None; columns],
            shortest: vec![0.0; columns],
            previous: vec![None; columns],
            scanned: vec![false; columns],
        }
    }

    /// Gives `start` a column, moving other rows along the shortest path to a free one.
    fn augment(&mut self, start: usize, cost: &dyn Fn(usize, usize) -> f64) {
        self.shortest.fill(f64::INFINITY);
        self.previous.fill(None);
        self.scanned.fill(false);
        let (mut row, mut from, mut so_far) = (start, None, 0.0);
        let free = loop {
            let Some((column, distance)) = self.relax(row, from, so_far, cost) else { return };
            self.scanned[column] = true;
            so_far = distance;
            match self.row_of_column[column] {
                Some(next) => (row, from) = (next, Some(column)),
                None => break column,
            }
        };
        self.update_potentials(start, so_far);
        let mut column = free;
        while let Some(before) = self.previous[column] {
            self.row_of_column[column] = self.row_of_column[before];
            column = before;
        }
        self.row_of_column[column] = Some(start);
    }

    /// Tries all ways on from `row`; returns the nearest column not scanned yet, the first of equals.
    fn relax(
        &mut self,
        row: usize,
        from: Option<usize>,
        so_far: f64,
        cost: &dyn Fn(usize, usize) -> f64,
    ) -> Option<(usize, f64)> {
        let mut nearest = None;
        for column in (0..self.scanned.len()).filter(|&column| !self.scanned[column]) {
            let through = so_far + cost(row, column)
                - self.row_potential[row]
                - self.column_potential[column];
            if through < self.shortest[column] {
                self.shortest[column] = through;
                self.previous[column] = from;
            }
            if nearest.is_none_or(|(_, distance)| self.shortest[column] < distance) {
                nearest = Some((column, self.shortest[column]));
            }
        }
        nearest
    }

    fn update_potentials(&mut self, start: usize, length: f64) {
        self.row_potential[start] += length;
        for column in (0..self.scanned.len()).filter(|&column| self.scanned[column]) {
            let slack = length - self.shortest[column];
            self.column_potential[column] -= slack;
            if let Some(row) = self.row_of_column[column] {
                self.row_potential[row] += slack;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_pairing_is_not_the_greedy_one() {
        let costs = [[1.0, 2.0], [1.5, 10.0]];

        let got = assign(2, 2, &|row, column| costs[row][column]);

        assert_eq!(got.column_of_row, [Some(1), Some(0)]);
        approx::assert_relative_eq!(got.cost, 3.5);
    }

    #[test]
    fn surplus_rows_go_without() {
        let got = assign(3, 1, &|row, _| [5.0, 1.0, 3.0][row]);

        assert_eq!(got.column_of_row, [None, Some(0), None]);
    }

    proptest::proptest! {
        #[test]
        fn no_permutation_is_cheaper(costs in proptest::collection::vec(0.0_f64..100.0, 20)) {
            let got = assign(4, 5, &|row, column| costs[row * 5 + column]);

            let best = cheapest(&costs, 0, &mut [false; 5]);
            proptest::prop_assert!((got.cost - best).abs() < 1e-9, "{} against {}", got.cost, best);
        }
    }

    fn cheapest(costs: &[f64], row: usize, taken: &mut [bool; 5]) -> f64 {
        if row == 4 {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..5 {
            if !taken[column] {
                taken[column] = true;
                best = best.min(costs[row * 5 + column] + cheapest(costs, row + 1, taken));
                taken[column] = false;
            }
        }
        best
    }
}
