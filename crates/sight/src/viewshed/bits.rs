//! Windows of bits: setting runs, and joining a window with a turned one.

/// Rows of bits, each starting at a whole word.
#[derive(Debug, Clone)]
pub(super) struct Bits {
    pub(super) words_per_row: usize,
    pub(super) words: Vec<u64>,
}

impl Bits {
    pub(super) fn new(rows: usize, cols: usize) -> Self {
        let words_per_row = cols.div_ceil(64);
        Self { words_per_row, words: vec![0; rows * words_per_row] }
    }

    /// Sets every bit (row, col) for which `turned` has (col, row).
    pub(super) fn or_turned(&mut self, turned: &Self) {
        let blocks_down = turned.words_per_row;
        let rows = self.words.len() / self.words_per_row.max(1);
        let cols = turned.words.len() / turned.words_per_row.max(1);
        for across in 0..cols.div_ceil(64) {
            for down in 0..blocks_down {
                let mut block = [0; 64];
                for (at, word) in block.iter_mut().enumerate().take(cols - across * 64) {
                    *word = turned.words[(across * 64 + at) * turned.words_per_row + down];
                }
                if block.iter().all(|&word| word == 0) {
                    continue;
                }
                transpose(&mut block);
                for (at, word) in block.iter().enumerate().take(rows - down * 64) {
                    self.words[(down * 64 + at) * self.words_per_row + across] |= word;
                }
            }
        }
    }
}

/// Exchanges rows and columns of a block: bit `j` of word `i` becomes bit `i` of word `j`.
fn transpose(block: &mut [u64; 64]) {
    let (mut half, mut mask) = (32, 0xffff_ffff_u64);
    while half > 0 {
        for pair in block.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                let swap = ((*low >> half) ^ *high) & mask;
                *low ^= swap << half;
                *high ^= swap;
            }
        }
        half /= 2;
        mask ^= mask << half;
    }
}

/// Collects bits for a row of words, from some column on.
pub(super) struct Run<'a> {
    words: &'a mut [u64],
    word: usize,
    /// Bits of the word that stand already, and how many.
    bits: u64,
    count: u32,
}

impl<'a> Run<'a> {
    pub(super) fn new(words: &'a mut [u64], col: usize) -> Self {
        Self { words, word: col / 64, bits: 0, count: u32::try_from(col % 64).unwrap_or(0) }
    }

    /// Appends the lowest `count` bits, from 1 to 64; bits beyond them must be 0.
    pub(super) fn append(&mut self, bits: u64, count: u32) {
        self.bits |= bits << self.count;
        self.count += count;
        if self.count >= 64 {
            self.words[self.word] |= self.bits;
            self.word += 1;
            self.count -= 64;
            // In two steps, for a shift by all 64 is none.
            self.bits = bits >> 1 >> (count - self.count - 1);
        }
    }

    /// Writes what is left.
    pub(super) fn finish(self) {
        if self.bits != 0 {
            self.words[self.word] |= self.bits;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_turned_window_joins_with_rows_and_columns_exchanged(
            rows in 1_usize..150,
            cols in 1_usize..150,
            places in proptest::collection::vec((0_usize..150, 0_usize..150), 0..40),
        ) {
            let mut turned = Bits::new(cols, rows);
            let places: Vec<_> = places.into_iter().filter(|&(row, col)| row < rows && col < cols).collect();
            for &(row, col) in &places {
                turned.words[col * turned.words_per_row + row / 64] |= 1 << (row % 64);
            }
            let mut bits = Bits::new(rows, cols);

            bits.or_turned(&turned);

            for (row, col) in (0..rows).flat_map(|row| (0..cols).map(move |col| (row, col))) {
                let set = bits.words[row * bits.words_per_row + col / 64] >> (col % 64) & 1 == 1;
                prop_assert_eq!(set, places.contains(&(row, col)));
            }
        }
    }

    #[test]
    fn runs_cross_words() {
        let mut words = [0; 3];

        let mut run = Run::new(&mut words, 60);
        (0..16).for_each(|_| run.append(0b00101, 5));
        run.finish();

        let set: Vec<usize> = (0..192).filter(|at| words[at / 64] >> (at % 64) & 1 == 1).collect();
        assert_eq!(set, (0..32).map(|at| 60 + at / 2 * 5 + at % 2 * 2).collect::<Vec<_>>());
    }
}
