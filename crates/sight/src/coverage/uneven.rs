//! What a mean rate over a cell of the ways is worth, when places within the cell are seen unequally well.
//!
//! Behind every fold a mover is hidden for as long as the fold lasts, and where one place of a cell is seen perfectly and
//! the next not at all, the mean of their rates promises too much: the chance of passing unseen is a mean of exponentials,
//! never less than the exponential of the mean (Jensen). So the rate is taken to vary over the places of a cell by a gamma
//! distribution of shape k about its mean r. Over a stay of T the chance of passing unseen is (1 + r T / k)^-k, that of a
//! negative binomial count; the even rate with that chance is k / T ln(1 + r T / k).
//!
//! Slow ground is stayed on for longer: there the same law holds with its own T.

/// Bits of a rate beneath its first that choose a step of the table.
const STEP_BITS: u32 = 6;
/// Steps between a rate and its double.
const STEPS: usize = 1 << STEP_BITS;

/// Steps between a stay and its double.
const SLOW_STEPS: f64 = 16.0;
/// The shortest and the longest stay that are told apart, in such steps from the one that tables are made for.
const SLOW_MIN: i8 = -64;
const SLOW_MAX: i8 = 127;

/// How long a cell is stayed in, against flat open ground: steps of a sixteenth of a doubling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slow(i8);

impl Slow {
    /// As on flat open ground.
    pub(crate) const NOT: Self = Self(0);

    /// From a stay as a multiple of that on flat open ground.
    pub(crate) fn of(times: f64) -> Self {
        let steps = libm::round(libm::log2(times.max(f64::MIN_POSITIVE)) * SLOW_STEPS);
        #[expect(clippy::cast_possible_truncation, reason = "clamped")]
        let steps = steps.clamp(f64::from(SLOW_MIN), f64::from(SLOW_MAX)) as i8;
        Self(steps)
    }

    fn times(self) -> f64 {
        libm::exp2(f64::from(self.0) / SLOW_STEPS)
    }

    /// Its place among all.
    #[inline]
    fn place(self) -> usize {
        usize::from(self.0.abs_diff(SLOW_MIN))
    }
}

/// Even rates by mean rates, in the unit of rates.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Uneven {
    /// At each step, and what is added until the next one.
    steps: Box<[(u32, u32)]>,
    /// How many times longer each slowness stays, and one over it.
    times: Box<[(f64, f64)]>,
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
        let times =
            (SLOW_MIN..=SLOW_MAX).map(|slow| (Slow(slow).times(), 1.0 / Slow(slow).times()));
        Self { steps: steps.collect(), times: times.collect() }
    }

    /// The even rate that is worth what this mean rate is to a mover who stays longer or shorter than the table's T.
    ///
    /// The law depends on r T alone but for its unit: k / (s T) ln(1 + r s T / k) is the table's value at s r, over s.
    #[inline]
    pub(crate) fn rate_on(&self, mean: u32, slow: Slow) -> u32 {
        if slow == Slow::NOT {
            return self.rate(mean);
        }
        let (times, over) = self.times[slow.place()];
        // Every node of every question comes here: a half and a cut are quicker than a call that rounds.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let nearest = |rate: f64| (rate + 0.5) as u32;
        let longer = nearest(f64::from(mean) * times);
        nearest(f64::from(self.rate(longer)) * over).min(mean)
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

    /// As in the first test, but held up for four times as long at a quarter of the rate: as many looks, as many pass unseen.
    #[test]
    fn slow_ground_has_its_own_stay() {
        let uneven = Uneven::new(0.5, 100.0, ONE);

        let per_s = f64::from(uneven.rate_on(13_107, Slow::of(4.0))) / ONE;

        assert_relative_eq!(libm::exp(-per_s * 400.0), 0.301_5, max_relative = 4e-3);
        assert_eq!(uneven.rate_on(52_429, Slow::of(1.01)), uneven.rate(52_429));
    }

    proptest! {
        #[test]
        fn who_stays_longer_is_found_more_often_and_less_in_each_second(mean in 0..u32::MAX / 2, times in 0.1..50.0_f64) {
            let uneven = Uneven::new(0.5, 100.0, ONE);

            let slow = Slow::of(times);
            let (long, short) = (f64::from(uneven.rate_on(mean, slow)), f64::from(uneven.rate(mean)));

            let slack = 2.0 + 1e-3 * short;
            if times >= 1.0 {
                prop_assert!(long <= short + slack && long * slow.times() + slack * slow.times() >= short);
            } else {
                prop_assert!(long + slack >= short && long * slow.times() <= short + slack);
            }
        }

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
