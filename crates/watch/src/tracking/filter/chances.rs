//! What each sensor's chance to find somebody is in each cell of the undetected: asked once for as long as it holds.

use std::collections::BTreeMap;

use sight::sector::SensorId;

use crate::limits;

/// Chances by sensor and cell, for as long as the sight model answers alike.
///
/// Only kept when whoever asks says which sight it asks about; what is kept is what was answered, to the bit.
#[derive(Debug, Default)]
pub(crate) struct CellChances {
    /// Whether anybody has said which sight is asked about.
    is_known: bool,
    known: BTreeMap<SensorId, Window>,
    cells: usize,
}

/// The cells that one sensor may reach, row by row.
#[derive(Debug)]
pub(crate) struct Window {
    first: (usize, usize),
    columns: usize,
    /// NaN for those that have not been asked about.
    chances: Vec<f64>,
}

impl CellChances {
    /// From now on another sight is asked about, which is that of before for some sensors; of one sight a chance depends on
    /// the sensor, the place and the class alone.
    pub(crate) fn follow(&mut self, is_alike: impl Fn(&SensorId) -> bool) {
        self.is_known = true;
        self.known.retain(|sensor, _| is_alike(sensor));
        self.cells = self.known.values().map(|window| window.chances.len()).sum();
    }

    /// Nobody says any more which sight is asked about.
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What is known of the cells from one corner to the other; `None` where nothing is kept.
    pub(crate) fn of(
        &mut self,
        sensor: &SensorId,
        first: (usize, usize),
        last: (usize, usize),
    ) -> Option<&mut Window> {
        if !self.is_known {
            return None;
        }
        let (rows, columns) = (last.0 + 1 - first.0, last.1 + 1 - first.1);
        let fits = |window: &Window| {
            (window.first, window.columns, window.chances.len()) == (first, columns, rows * columns)
        };
        if !self.known.get(sensor).is_some_and(fits) {
            let old = self.known.remove(sensor).map_or(0, |window| window.chances.len());
            self.cells -= old;
            if self.cells + rows * columns > limits::CELL_CHANCES_MAX {
                return None;
            }
            self.cells += rows * columns;
            let chances = vec![f64::NAN; rows * columns];
            self.known.insert(sensor.clone(), Window { first, columns, chances });
        }
        self.known.get_mut(sensor)
    }
}

impl Window {
    /// The chance in a cell, asked for if it is not known.
    pub(crate) fn chance(&mut self, row: usize, column: usize, ask: impl FnOnce() -> f64) -> f64 {
        let place = (row - self.first.0) * self.columns + column - self.first.1;
        let known = &mut self.chances[place];
        if known.is_nan() {
            *known = ask();
        }
        *known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_asked_about_once_for_as_long_as_its_sensor_sees_alike() {
        let mut chances = CellChances::default();
        let [one, other] = ["radar 1", "radar 2"].map(|name| SensorId(name.into()));
        let mut asked = 0;
        let mut chance = |chances: &mut CellChances, sensor: &SensorId, row, column| {
            let window = chances.of(sensor, (2, 3), (4, 6))?;
            Some(window.chance(row, column, || {
                asked += 1;
                (10 * row + column) as f64
            }))
        };

        assert_eq!(chance(&mut chances, &one, 4, 6), None, "nobody said which sight");
        for _ in 0..3 {
            chances.follow(|sensor| *sensor == one);
            for sensor in [&one, &other] {
                assert_eq!(chance(&mut chances, sensor, 4, 6), Some(46.0));
                assert_eq!(chance(&mut chances, sensor, 2, 3), Some(23.0));
            }
        }
        chances.forget();
        assert_eq!(chance(&mut chances, &one, 4, 6), None, "nobody says which sight any more");
        assert_eq!(asked, 2 + 3 * 2);
    }

    #[test]
    fn a_sensor_that_moves_is_asked_anew_and_what_is_kept_is_bounded() {
        let mut chances = CellChances::default();
        chances.follow(|_| false);
        let sensor = SensorId("drone".into());
        for east in 0..100 {
            let window = chances.of(&sensor, (0, east), (99, east + 99)).unwrap();
            let asked = window.chance(0, east, || east as f64);
            assert_eq!(asked.to_bits(), (east as f64).to_bits());
        }
        assert_eq!(chances.cells, 100 * 100);

        assert!(
            chances.of(&SensorId("all".into()), (0, 0), (limits::CELL_CHANCES_MAX, 0)).is_none()
        );
    }
}
