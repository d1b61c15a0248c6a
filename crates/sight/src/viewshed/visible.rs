//! The visible cells of a window, one bit each.

use crate::terrain::{Cell, Grid};

use super::Disc;

/// The visible cells of a window of a grid, one bit each.
///
/// Rows and columns are those of the grid; the window starts at a column that is a multiple of 64,
/// so windows of one grid can be combined word by word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    pub first_row: usize,
    /// A multiple of 64.
    pub first_col: usize,
    pub rows: usize,
    /// Columns up to the last inside the radius; bits beyond it are 0.
    pub cols: usize,
    words_per_row: usize,
    words: Vec<u64>,
    /// For each row the grid columns inside the radius, first and one past the last.
    spans: Vec<(usize, usize)>,
}

impl Visible {
    /// A window with no cell: what an observer without a place sees.
    pub fn nothing() -> Self {
        Self {
            first_row: 0,
            first_col: 0,
            rows: 0,
            cols: 0,
            words_per_row: 0,
            words: Vec::new(),
            spans: Vec::new(),
        }
    }

    pub(super) fn of(disc: &Disc, words: Vec<u64>) -> Self {
        Self {
            first_row: disc.first_row(),
            first_col: disc.first_col(),
            rows: disc.rows(),
            cols: disc.cols(),
            words_per_row: disc.words_per_row(),
            words,
            spans: disc.spans().to_vec(),
        }
    }

    /// Whether a cell of the grid is visible; cells outside the window are not.
    pub fn is_visible(&self, cell: Cell) -> bool {
        let (Some(row), Some(col)) =
            (cell.row.checked_sub(self.first_row), cell.col.checked_sub(self.first_col))
        else {
            return false;
        };
        row < self.rows
            && col < self.cols
            && self.words[row * self.words_per_row + col / 64] >> (col % 64) & 1 == 1
    }

    /// Whether a cell of the grid lies inside the radius.
    pub fn is_inside(&self, cell: Cell) -> bool {
        cell.row
            .checked_sub(self.first_row)
            .and_then(|row| self.spans.get(row))
            .is_some_and(|&(start, end)| (start..end).contains(&cell.col))
    }

    /// The bits of a window row, column [`Visible::first_col`] in the lowest bit of the first word.
    pub fn row_words(&self, window_row: usize) -> &[u64] {
        &self.words[window_row * self.words_per_row..][..self.words_per_row]
    }

    /// Grid columns inside the radius in a window row: first and one past the last.
    pub fn span(&self, window_row: usize) -> (usize, usize) {
        self.spans[window_row]
    }

    /// Keeps of the visible cells those for which `holds`.
    pub(super) fn keep(&mut self, holds: impl Fn(Cell) -> bool) {
        let (first_row, first_col, per_row) = (self.first_row, self.first_col, self.words_per_row);
        for (at, word) in self.words.iter_mut().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                let bit = rest.trailing_zeros();
                let col = first_col + at % per_row * 64 + bit as usize;
                if !holds(Cell { row: first_row + at / per_row, col }) {
                    *word &= !(1 << bit);
                }
                rest &= rest - 1;
            }
        }
    }

    /// How many cells are visible.
    pub fn cells_visible(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many cells are inside the radius and have a height in `grid`.
    pub fn cells(&self, grid: &Grid) -> usize {
        let known = |row: usize, &(start, end): &(usize, usize)| {
            (start..end).filter(|&col| grid.post_m(Cell { row, col }).is_some()).count()
        };
        self.spans.iter().enumerate().map(|(row, span)| known(self.first_row + row, span)).sum()
    }

    /// In how many cells two results over one window differ; `None` when their windows differ.
    pub fn differing(&self, other: &Self) -> Option<usize> {
        let window = |of: &Self| (of.first_row, of.first_col, of.rows, of.cols);
        let differing = |(a, b): (&u64, &u64)| (a ^ b).count_ones() as usize;
        (window(self) == window(other))
            .then(|| self.words.iter().zip(&other.words).map(differing).sum())
    }

    /// The window row-major, `rows * cols`: 1 visible, 0 not, 255 outside the radius or void.
    pub fn raster(&self, grid: &Grid) -> Vec<u8> {
        (0..self.rows * self.cols)
            .map(|at| Cell {
                row: self.first_row + at / self.cols,
                col: self.first_col + at % self.cols,
            })
            .map(|cell| {
                let counted = self.is_inside(cell) && grid.post_m(cell).is_some();
                if counted { u8::from(self.is_visible(cell)) } else { 255 }
            })
            .collect()
    }
}
