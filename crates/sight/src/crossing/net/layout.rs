//! How the nodes of a strip lie in memory: row by row, so that a step is a fixed distance within a row.

use crate::crossing::going::{Going, STEPS, Zone};

/// A row starts at a multiple of so many nodes, so that few numbers tell in which row a node lies. As many numbers before
/// the first row and after the last are nobody's, so that what surrounds a node can be read without looking for the end.
const ROW_ALIGN: usize = 16;

/// The numbers of the nodes.
///
/// Each row of the ground holds one run of nodes, from the first cell of the strip to the last. What lies between them
/// without belonging to the strip has a number too, and no step leads there.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    cols: usize,
    len: usize,
    /// By row of the ground.
    runs: Vec<Run>,
    /// What each step adds to a node's number, by row of the ground.
    offsets: Vec<[i32; 16]>,
    /// Row of the ground by [`ROW_ALIGN`] nodes.
    row_of: Vec<u32>,
}

/// The nodes of one row of the ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first_col: usize,
    /// One past the last.
    pub(crate) end_col: usize,
    /// The node of the first column.
    pub(crate) first: usize,
}

impl Run {
    /// Nodes of the run, one after another.
    pub(crate) fn nodes(&self) -> std::ops::Range<usize> {
        self.first..self.first + (self.end_col - self.first_col)
    }

    /// Where a step's values begin among those of all nodes and steps.
    #[inline]
    pub(crate) fn first_of_step(&self, step: usize) -> usize {
        16 * self.first + step * (self.end_col - self.first_col)
    }
}

impl Layout {
    pub(crate) fn new(going: &Going) -> Self {
        let mut len = ROW_ALIGN;
        let runs: Vec<Run> = going
            .zones
            .chunks(going.cols.max(1))
            .map(|zones| {
                let inside = |zone: &Zone| matches!(zone, Zone::Far | Zone::Near);
                let first_col = zones.iter().position(inside).unwrap_or(0);
                let end_col = zones.iter().rposition(inside).map_or(0, |last| last + 1);
                let run = Run { first_col, end_col, first: len };
                len += (end_col - first_col).next_multiple_of(ROW_ALIGN);
                run
            })
            .collect();
        let row_of = runs.iter().enumerate().flat_map(|(row, run)| {
            let blocks = (run.end_col - run.first_col).div_ceil(ROW_ALIGN);
            std::iter::repeat_n(super::index(row), blocks)
        });
        // The margins count as the first and the last row.
        let row_of = [0].into_iter().chain(row_of).chain([super::index(runs.len().max(1) - 1)]);
        let row_of = row_of.collect();
        let offsets = (0..runs.len()).map(|row| offsets(&runs, row)).collect();
        Self { cols: going.cols, len: len + ROW_ALIGN, runs, offsets, row_of }
    }

    /// Numbers given, those that belong to no node included.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The row of the ground that a node lies in.
    #[inline]
    fn row_of(&self, node: u32) -> usize {
        self.row_of[node as usize / ROW_ALIGN] as usize
    }

    /// The row and the column of the ground that a node lies in.
    #[inline]
    pub(crate) fn place_of(&self, node: u32) -> (usize, usize) {
        let row = self.row_of(node);
        let run = &self.runs[row];
        (row, (run.first_col + node as usize).saturating_sub(run.first))
    }

    /// Where something is kept for each node of a row and each of its steps: one step's row after the other's.
    #[inline]
    pub(crate) fn place_of_step(&self, node: u32, step: usize) -> usize {
        let run = &self.runs[self.row_of(node)];
        run.first_of_step(step) + (node as usize - run.first)
    }

    /// Rows and columns of the ground.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.runs.len(), self.cols)
    }

    /// What each step adds to a node's number, for those that lead to a node.
    #[inline]
    pub(crate) fn offsets(&self, node: u32) -> &[i32; 16] {
        &self.offsets[self.row_of(node)]
    }

    /// The cell of the ground that a node is.
    pub(crate) fn cell_of(&self, node: u32) -> usize {
        let (row, col) = self.place_of(node);
        row * self.cols + col
    }

    /// The number of a cell of the ground; `None` outside the runs.
    pub(crate) fn node_at(&self, cell: usize) -> Option<u32> {
        let (row, col) = (cell / self.cols, cell % self.cols);
        let run = &self.runs[row];
        (run.first_col..run.end_col)
            .contains(&col)
            .then(|| super::index(run.first + col - run.first_col))
    }
}

fn offsets(runs: &[Run], row: usize) -> [i32; 16] {
    let origin =
        |run: &Run| i64::from(super::index(run.first)) - i64::from(super::index(run.first_col));
    STEPS.map(|(d_row, d_col)| {
        let to = row.checked_add_signed(d_row).and_then(|row| runs.get(row));
        let apart = to.map_or(0, |to| origin(to) - origin(&runs[row]));
        // No step leads into a row that is missing or empty.
        i32::try_from(apart + d_col as i64).unwrap_or(0)
    })
}
