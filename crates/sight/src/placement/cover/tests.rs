//! Lazy greedy against plain greedy and against every selection, on random windows.

use std::cmp::Reverse;

use proptest::prelude::*;

use super::*;

const ROWS: usize = 6;
const COLS: usize = 130;

proptest! {
    #[test]
    fn lazy_greedy_chooses_what_plain_greedy_chooses(
        seeds in proptest::collection::vec(any::<u64>(), 1..14), count in 1_usize..6,
    ) {
        let case = Case::of(&seeds);
        let choice = case.choice(count);

        prop_assert_eq!(choice.greedy(&case.open, By::Gain), plain(&choice, &case.open));
    }

    #[test]
    fn greedy_keeps_its_promise_and_the_bound_is_one(
        seeds in proptest::collection::vec(any::<u64>(), 1..9), count in 1_usize..5,
    ) {
        let case = Case::of(&seeds);
        let choice = case.choice(count);

        let greedy = choice.greedy(&case.open, By::Gain).total() as f64;
        let swapped = choice.best(&case.open);
        let best = choice.exhaustive(&case.open).unwrap() as f64;

        // Nemhauser, Wolsey and Fisher (1978).
        prop_assert!(greedy >= (1.0 - 1.0 / std::f64::consts::E) * best - 1e-9);
        prop_assert!(swapped.total() as f64 >= greedy && swapped.total() as f64 <= best);
        prop_assert!(bound(&case, &choice, &swapped) >= best);
    }

    #[test]
    fn more_candidates_never_lower_the_best(
        seeds in proptest::collection::vec(any::<u64>(), 2..9), count in 1_usize..4,
    ) {
        let (all, fewer) = (Case::of(&seeds), Case::of(&seeds[1..]));

        let best = |case: &Case| case.choice(count).exhaustive(&case.open).unwrap();

        prop_assert!(best(&all) >= best(&fewer));
    }

    #[test]
    fn budgets_are_kept_and_bounded(
        seeds in proptest::collection::vec(any::<u64>(), 1..9), budget in 1.0..9.0_f64,
    ) {
        let case = Case::of(&seeds);
        let choice = Choice { budget, ..case.choice(4) };

        let chosen = choice.best(&case.open);

        let spent: f64 = chosen.picks.iter().map(|pick| case.costs[*pick]).sum();
        prop_assert!(spent <= budget);
        let best = choice.exhaustive(&case.open).unwrap();
        prop_assert!(chosen.total() <= best);
        prop_assert!(bound(&case, &choice, &chosen) >= best as f64 - 1e-9);
    }
}

#[test]
fn pieces_too_near_each_other_are_not_both_chosen() {
    let case = Case::of(&[3, 4, 5, 6, 7]);
    let apart = |a: usize, b: usize| a.abs_diff(b) > 1;
    let choice = Choice { may_join: &apart, ..case.choice(3) };

    let mut picks = choice.best(&case.open).picks;

    picks.sort_unstable();
    assert!(picks.windows(2).all(|pair| pair[1] - pair[0] > 1), "{picks:?}");
    assert!(picks.len() > 1);
}

#[test]
fn a_weight_counts_as_often_as_it_says() {
    let open = Open::new(2, 70, |row, col| if (row, col) == (1, 69) { 5 } else { 0 });
    let window = Window::trimmed((1, 1), 1, &[u64::MAX]);

    assert_eq!((open.total(), open.gain(&window)), (5, 5));
    let mut closed = open.clone();
    closed.close(&window);
    assert_eq!(closed.total(), 0);
    assert_eq!(Window::trimmed((0, 0), 2, &[0, 0, 0, 0]), Window::default());
}

/// The bound from every prefix of a selection.
fn bound(case: &Case, choice: &Choice<'_>, chosen: &Chosen) -> f64 {
    let mut left = case.open.clone();
    let mut covered = 0;
    let mut least = f64::INFINITY;
    for at in 0..=chosen.picks.len() {
        let gains: Vec<u64> = case.windows.iter().map(|window| left.gain(window)).collect();
        let more = most_to_add(&gains, &case.costs, choice.count, choice.budget);
        least = least.min(covered as f64 + more);
        if let Some(pick) = chosen.picks.get(at) {
            covered += left.gain(&case.windows[*pick]);
            left.close(&case.windows[*pick]);
        }
    }
    least
}

/// The greatest gain at each step, everything counted again.
fn plain(choice: &Choice<'_>, open: &Open) -> Chosen {
    let mut open = open.clone();
    let mut chosen = Chosen::default();
    while chosen.picks.len() < choice.count {
        let gains = (0..choice.windows.len())
            .filter(|at| choice.fits(&chosen.picks, *at))
            .map(|at| (open.gain(&choice.windows[at]), Reverse(at)));
        let Some((gain, Reverse(at))) = gains.max().filter(|(gain, _)| *gain > 0) else { break };
        open.close(&choice.windows[at]);
        chosen.picks.push(at);
        chosen.gains.push(gain);
    }
    chosen
}

struct Case {
    open: Open,
    windows: Vec<Window>,
    costs: Vec<f64>,
}

impl Case {
    /// Windows of random place, size and bits over weights of 0 to 6.
    fn of(seeds: &[u64]) -> Self {
        let words_per_row = COLS.div_ceil(64);
        let windows = seeds.iter().map(|seed| {
            let word = |at: usize| {
                let mixed = mixed(seed ^ (at as u64) << 32);
                if mixed.is_multiple_of(3) { mixed & (mixed >> 7) & (mixed << 9) } else { 0 }
            };
            let words: Vec<u64> = (0..ROWS * words_per_row).map(word).collect();
            Window::trimmed((0, 0), words_per_row, &words)
        });
        Self {
            open: Open::new(ROWS, COLS, |row, col| {
                u8::try_from(mixed((row * COLS + col) as u64) % 7).unwrap()
            }),
            windows: windows.collect(),
            costs: seeds.iter().map(|seed| 1.0 + (seed % 4) as f64).collect(),
        }
    }

    fn choice(&self, count: usize) -> Choice<'_> {
        Choice {
            windows: &self.windows,
            costs: &self.costs,
            count,
            budget: f64::INFINITY,
            may_join: &|_, _| true,
        }
    }
}

/// `SplitMix64` (Steele, Lea and Flood, 2014).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
