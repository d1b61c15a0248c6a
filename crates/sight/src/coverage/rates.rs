//! At what rate a make of sensor finds a mover: by range, and by the depth of the air between.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use crate::coverage::haze::Haze;
use crate::sensor::{Band, RangeModel};

/// One detection per second, in the unit of rates: 2^-20 per second.
pub const RATE_ONE: i32 = 1 << 20;

/// Steps of range in a table.
const RANGE_STEPS: usize = 512;
/// Optical depth between two levels of a table.
const LEVEL_DEPTH: f64 = 1.0 / 32.0;
/// Levels of a table; at the last, [`DEPTH_MAX`], nothing is seen by any optics.
const LEVELS: usize = 385;
/// Entries of a row for even air; the last is nought, for everything out of reach.
const EVEN_ENTRIES: usize = 4_096;

/// Depth from which nothing is seen: the last level's.
pub(crate) const DEPTH_MAX: f32 = 12.0;
/// Rows for even air that a make keeps.
const EVENS_KEPT: usize = 4;

/// Most that one of so many sensors may add to a cell: one detection a second, and less where sums could overflow.
pub(crate) fn rate_cap(sensors: usize) -> i32 {
    RATE_ONE.min(i32::MAX / i32::try_from(sensors.max(1)).unwrap_or(i32::MAX))
}

/// What sensors with the same figures find of one mover; neither their place nor the weather changes it.
#[derive(Debug)]
pub(crate) struct Make {
    band: Band,
    step_m: f64,
    /// One over it.
    per_step: f32,
    levels: usize,
    /// By step of range, then by level of depth.
    chances: Vec<f32>,
    /// The same as rates: `-ln(1 - P_look) / T_look` in units of 2^-20 per second, capped.
    rates: Vec<f32>,
    /// The rows for even air that were asked for last, by extinction.
    evens: Mutex<VecDeque<(u32, Arc<Even>)>>,
}

/// Rates by range alone, in air that is even.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Even {
    pub(crate) reach_m: f32,
    per_m: f32,
    row: Box<[i32; EVEN_ENTRIES]>,
}

impl Make {
    pub(crate) fn new(model: &RangeModel, range_max_m: f64, revisit_s: f64, cap: i32) -> Self {
        let step_m = range_max_m / (RANGE_STEPS - 1) as f64;
        let band = model.band();
        // Two levels at least, so that there is always one above.
        let levels = if band == Band::Unweakened { 2 } else { LEVELS };
        let chances: Vec<f64> = (0..RANGE_STEPS * levels)
            .map(|at| {
                let depth = (at % levels) as f64 * LEVEL_DEPTH;
                model.p_look((at / levels) as f64 * step_m, depth)
            })
            .collect();
        let rates = chances.iter().map(|chance| narrow(rate(*chance, revisit_s, cap))).collect();
        let chances = chances.into_iter().map(narrow).collect();
        let per_step = narrow(1.0 / step_m);
        Self { band, step_m, per_step, levels, chances, rates, evens: Mutex::default() }
    }

    pub(crate) fn band(&self) -> Band {
        self.band
    }

    /// Chance that one look finds the mover at a slant range, through a depth that weather adds.
    pub(crate) fn p_look(&self, range_m: f64, depth: f64) -> f64 {
        f64::from(self.interpolated(&self.chances, narrow(range_m), narrow(depth)))
    }

    /// The rate at a slant range, through a depth that weather adds.
    pub(crate) fn rate(&self, range_m: f32, depth: f32) -> i32 {
        #[expect(clippy::cast_possible_truncation, reason = "between entries that are capped")]
        let rate = (self.interpolated(&self.rates, range_m, depth) + 0.5) as i32;
        rate
    }

    /// Linear between the four entries round a range and a depth.
    #[inline]
    fn interpolated(&self, table: &[f32], range_m: f32, depth: f32) -> f32 {
        let (step, on) = between(range_m * self.per_step, RANGE_STEPS);
        let (level, up) = between(depth * narrow(1.0 / LEVEL_DEPTH), self.levels);
        let at = step * self.levels + level;
        let (Some([a, b]), Some([c, d])) =
            (table.get(at..at + 2), table.get(at + self.levels..at + self.levels + 2))
        else {
            return 0.0;
        };
        let (near, far) = (a + (b - a) * up, c + (d - c) * up);
        near + (far - near) * on
    }

    /// Rates by range alone; nothing but an even haze gives them. The last few are kept.
    pub(crate) fn even(&self, haze: &Haze) -> Option<Arc<Even>> {
        let Haze::Even { per_m } = haze else { return None };
        let per_m = if self.band == Band::Unweakened { 0.0 } else { narrow(*per_m) };
        let kept = || self.evens.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |evens: &VecDeque<(u32, Arc<Even>)>| {
            let found = evens.iter().find(|(bits, _)| *bits == per_m.to_bits());
            found.map(|(_, even)| Arc::clone(even))
        };
        if let Some(even) = known(&kept()) {
            return Some(even);
        }
        let even = Arc::new(self.even_of(per_m));
        let mut evens = kept();
        if evens.len() >= EVENS_KEPT {
            evens.pop_front();
        }
        evens.push_back((per_m.to_bits(), Arc::clone(&even)));
        Some(even)
    }

    fn even_of(&self, per_m: f32) -> Even {
        let step_m = narrow(self.step_m);
        let at = |range_m: f32| self.rate(range_m, per_m * range_m);
        let mut steps = (0..RANGE_STEPS).rev();
        let last = steps.find(|step| at(*step as f32 * step_m) > 0).map_or(0, |step| step + 1);
        let reach_m = last.min(RANGE_STEPS - 1) as f32 * step_m;
        let entry_m = (reach_m / (EVEN_ENTRIES - 2) as f32).max(f32::MIN_POSITIVE);
        let mut row = Box::new([0; EVEN_ENTRIES]);
        if last > 0 {
            for (entry, rate) in row.iter_mut().enumerate().take(EVEN_ENTRIES - 1) {
                *rate = at(entry as f32 * entry_m);
            }
        }
        Even { reach_m, per_m: 1.0 / entry_m, row }
    }
}

impl Even {
    /// The entry of a range, ready for [`Even::at`]; the last for ranges out of reach.
    #[inline]
    pub(crate) fn entry(&self, range_m: f32) -> u32 {
        /// Adding 2^23 leaves the nearest whole number in the low bits.
        const WHOLE: f32 = 8_388_608.0;
        let entry = range_m * self.per_m;
        let last = (EVEN_ENTRIES - 1) as f32;
        (if entry < last { entry } else { last } + WHOLE).to_bits()
    }

    #[inline]
    pub(crate) fn at(&self, entry: u32) -> i32 {
        self.row[entry as usize % EVEN_ENTRIES]
    }
}

/// The rate of a chance per look, in units of 2^-20 per second.
fn rate(p_look: f64, revisit_s: f64, cap: i32) -> f64 {
    let per_s = -libm::log1p(-p_look.clamp(0.0, 1.0)) / revisit_s;
    libm::round((per_s * f64::from(RATE_ONE)).clamp(0.0, f64::from(cap)))
}

/// The entry below a position and the share of the one above; the position is held inside the table.
#[inline]
fn between(position: f32, count: usize) -> (usize, f32) {
    let held = position.max(0.0).min((count - 1) as f32);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held above 0")]
    let below = (held as usize).min(count - 2);
    (below, held - below as f32)
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are plenty")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sector::{Mover, Optics, SensorKind, Settings};

    #[test]
    fn sums_of_any_number_of_sensors_stay_below_the_largest_number() {
        for sensors in [0, 1, 2_047, 2_048, 100_000] {
            let sum = i128::from(rate_cap(sensors)) * i128::try_from(sensors).unwrap();
            assert!(sum <= i128::from(i32::MAX), "{sensors} sensors");
        }
        assert_eq!(rate_cap(500), RATE_ONE);
    }

    proptest! {
        #[test]
        fn tables_agree_with_the_range_law(range_m in 300.0..7_000.0_f64, depth in 0.0..6.0_f64) {
            let (model, make) = camera();

            let (table, law) = (make.p_look(range_m, depth), model.p_look(range_m, depth));

            prop_assert!((table - law).abs() < 0.01, "{} {}", table, law);
        }

        #[test]
        fn even_rates_agree_with_the_table(range_m in 10.0..7_000.0_f32, per_m in 0.0..0.01_f64) {
            let (_, make) = camera();
            let even = make.even(&Haze::Even { per_m }).unwrap();

            let (row, table) = (even.at(even.entry(range_m)), make.rate(range_m, narrow(per_m) * range_m));

            // The nearest entry lies within a metre.
            let slack = f64::from(table) * 0.05 + 30.0;
            prop_assert!(f64::from(row - table).abs() < slack, "{} {}", row, table);
        }
    }

    #[test]
    fn out_of_reach_there_is_nothing() {
        let (_, make) = camera();
        let even = make.even(&Haze::Even { per_m: 0.02 }).unwrap();

        assert!(even.reach_m < 1_000.0);
        assert_eq!(even.at(even.entry(even.reach_m + 5.0)), 0);
        assert_eq!(even.at(even.entry(1e9)), 0);
        assert_eq!(make.rate(7_000.0, 12.0), 0);
    }

    fn camera() -> (RangeModel, Make) {
        let kind = SensorKind::ThermalCamera(Optics {
            pixels_across: 640,
            pixels_down: 512,
            pitch_um: 12.0,
            focal_mm: 100.0,
            netd_mk: 50.0,
            jitter_urad: 0.0,
        });
        let model = RangeModel::new(&kind, 20.0, Mover::Walker, &Settings::default());
        let make = Make::new(&model, 7_000.0, 60.0, RATE_ONE);
        (model, make)
    }
}
