//! What one candidate would watch, as bits of a window, and what is still open to be watched.

/// Bits of some rows and columns of a grid; rows and 64-bit words without any bit at the window's edges are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Window {
    first_row: usize,
    first_word: usize,
    words_per_row: usize,
    words: Vec<u64>,
}

/// Cells that count and that nobody watches yet, in planes: a cell's weight is the sum of 2^plane over its bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    rows: usize,
    words_per_row: usize,
    planes: Vec<Vec<u64>>,
}

impl Window {
    /// Trims a window whose first word stands at (row, word) of the grid.
    pub(crate) fn trimmed(
        (row, word): (usize, usize),
        words_per_row: usize,
        words: &[u64],
    ) -> Self {
        let rows: Vec<&[u64]> = words.chunks(words_per_row.max(1)).collect();
        let holds = |row: &&[u64]| row.iter().any(|word| *word != 0);
        let (Some(top), Some(bottom)) = (rows.iter().position(holds), rows.iter().rposition(holds))
        else {
            return Self::default();
        };
        let inner = &rows[top..=bottom];
        let used = |at: &usize| inner.iter().any(|row| row[*at] != 0);
        let left = (0..words_per_row).find(used).unwrap_or(0);
        let right = (0..words_per_row).rfind(used).unwrap_or(0);
        Self {
            first_row: row + top,
            first_word: word + left,
            words_per_row: right + 1 - left,
            words: inner.iter().flat_map(|row| &row[left..=right]).copied().collect(),
        }
    }

    /// Whether a cell of the grid is in it.
    pub(crate) fn holds(&self, row: usize, col: usize) -> bool {
        let (Some(row), Some(word)) =
            (row.checked_sub(self.first_row), (col / 64).checked_sub(self.first_word))
        else {
            return false;
        };
        word < self.words_per_row
            && self
                .words
                .get(row * self.words_per_row + word)
                .is_some_and(|bits| bits >> (col % 64) & 1 == 1)
    }

    /// Grid row, first word and bits of each row.
    fn lines(&self) -> impl Iterator<Item = (usize, usize, &[u64])> {
        let rows = self.words.chunks_exact(self.words_per_row.max(1)).enumerate();
        rows.map(|(at, words)| (self.first_row + at, self.first_word, words))
    }
}

impl Open {
    /// From a weight for every cell of the grid, row by row; 0 counts for nothing.
    pub(crate) fn new(rows: usize, cols: usize, weight: impl Fn(usize, usize) -> u8) -> Self {
        let words_per_row = cols.div_ceil(64);
        let mut planes = vec![vec![0; rows * words_per_row]; 8];
        for row in 0..rows {
            for col in 0..cols {
                let weight = weight(row, col);
                for (plane, words) in planes.iter_mut().enumerate() {
                    words[row * words_per_row + col / 64] |=
                        u64::from(weight >> plane & 1) << (col % 64);
                }
            }
        }
        while planes.last().is_some_and(|words| words.iter().all(|word| *word == 0)) {
            planes.pop();
        }
        Self { rows, words_per_row, planes }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn words_per_row(&self) -> usize {
        self.words_per_row
    }

    /// The cells of a word that count still.
    pub(crate) fn word(&self, row: usize, word: usize) -> u64 {
        self.planes.iter().fold(0, |all, plane| all | plane[row * self.words_per_row + word])
    }

    /// Weight of all that is open.
    pub(crate) fn total(&self) -> u64 {
        self.sum(|plane| plane.iter().map(|word| u64::from(word.count_ones())).sum())
    }

    /// Weight of what a window would add.
    pub(crate) fn gain(&self, window: &Window) -> u64 {
        self.sum(|plane| {
            let lines = window.lines();
            lines
                .map(|(row, first, words)| {
                    let open = &plane[row * self.words_per_row + first..][..words.len()];
                    let both = open.iter().zip(words);
                    both.map(|(open, seen)| u64::from((open & seen).count_ones())).sum::<u64>()
                })
                .sum()
        })
    }

    fn sum(&self, of: impl Fn(&[u64]) -> u64) -> u64 {
        self.planes.iter().enumerate().map(|(plane, words)| of(words) << plane).sum()
    }

    /// What a window watches is open no more.
    pub(crate) fn close(&mut self, window: &Window) {
        for plane in &mut self.planes {
            for (row, first, words) in window.lines() {
                let open = &mut plane[row * self.words_per_row + first..][..words.len()];
                open.iter_mut().zip(words).for_each(|(open, seen)| *open &= !seen);
            }
        }
    }
}
