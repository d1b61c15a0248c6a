//! What a mean rate over a cell of the ways is worth, when places within the cell are seen unequally well.
//!
//! Behind every fold a mover is hidden for as long as the fold lasts, and where one place of a cell is seen perfectly and
//! the next not at all, the mean of their rates promises too much: the chance of passing unseen is a mean of exponentials,
//! never less than the exponential of the mean (Jensen). So the rate is taken to vary over the places of a cell by a gamma
//! distribution of shape k about its mean r. Over a stay of T the chance of passing unseen is (1 + r T / k)^-k, that of a
//! negative binomial count; the even rate with that chance is k / T ln(1 + r T / k).

/// Bits of a rate beneath its first that choose a step of the table.
const STEP_BITS: u32 = 6;
/// Steps between a rate and its double.
const STEPS: usize = 1 << STEP_BITS;

/// Even rates by mean rates, in the unit of rates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Uneven {
    /// At each step, and what is added until the next one.
    steps: Box<[(u32, u32)]>,
}

impl Uneven {
    /// `evenness` is the shape k, `stay_s` how long a mover is in one cell, `one` the rate of one per second.
    pub(crate) fn new(evenness: f64, stay_s: f64, one: f64) -> Self {
        let even = |mean: f64| {
            let scale = stay_s / (evenness * one);
            libm::log1p(mean * scale) / scale
        };
        let doublings = (u32::BITS - STEP_BITS) as usize;
        let of = |step: usize| whole(even(mean_at(step)));
        let steps = (0..(doublings + 1) * STEPS).map(|step| (of(step), of(step + 1) - of(step)));
        Self { steps: steps.collect() }
    }

    /// The even rate that is worth what this mean rate is.
    #[inline]
    pub(crate) fn rate(&self, mean: u32) -> u32 {
        // As a floating-point number: the place of its first bit, and the bits that follow.
        let shift = (u32::BITS - STEP_BITS).saturating_sub(mean.leading_zeros() + 1);
        let step = ((shift as usize) << STEP_BITS) + (mean >> shift) as usize;
        let (at, more) = self.steps[step];
        let rest = u64::from(mean & ((1 << shift) - 1));
        #[expect(clippy::cast_possible_truncation, reason = "at most the step itself")]
        let on = ((u64::from(more) * rest) >> shift) as u32;
        at + on
    }
}

/// The mean rate at which a step begins.
fn mean_at(step: usize) -> f64 {
    let shift = (step >> STEP_BITS).saturating_sub(1);
    let bits = step - (shift << STEP_BITS);
    bits as f64 * libm::exp2(shift as f64)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "never above the mean")]
fn whole(rate: f64) -> u32 {
    libm::round(rate) as u32
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use proptest::prelude::*;

    use super::*;

    const ONE: f64 = 1_048_576.0;

    /// k = 0.5, T = 100 s, r = 0.05 a second: 0.005 ln 11 = 0.011989 a second, so (1 + 10)^-0.5 = 0.3015 pass unseen.
    #[test]
    fn a_cell_seen_five_times_over_lets_three_of_ten_pass() {
        let uneven = Uneven::new(0.5, 100.0, ONE);

        let per_s = f64::from(uneven.rate(52_429)) / ONE;

        assert_relative_eq!(per_s, 0.011_989, max_relative = 1e-3);
        assert_relative_eq!(libm::exp(-per_s * 100.0), 0.301_5, max_relative = 2e-3);
    }

    #[test]
    fn what_is_seen_alike_everywhere_keeps_its_rate() {
        let even = Uneven::new(1e9, 100.0, ONE);

        for mean in [0, 1, 77, 4_096, 999_999, 60_000_000] {
            assert_relative_eq!(f64::from(even.rate(mean)), f64::from(mean), max_relative = 1e-4);
        }
    }

    proptest! {
        #[test]
        fn more_is_never_worth_less_and_never_more_than_it_is(mean in 0..u32::MAX / 2, more in 0..u32::MAX / 2) {
            let uneven = Uneven::new(0.5, 100.0, ONE);

            prop_assert!(uneven.rate(mean) <= mean);
            prop_assert!(uneven.rate(mean) <= uneven.rate(mean + more));
        }

        #[test]
        fn the_table_is_the_formula(mean in 1_000..u32::MAX) {
            let uneven = Uneven::new(0.5, 100.0, ONE);

            let exact = 0.005 * ONE * libm::log1p(f64::from(mean) / ONE * 200.0);

            assert_relative_eq!(f64::from(uneven.rate(mean)), exact, max_relative = 1e-3);
        }
    }
}
