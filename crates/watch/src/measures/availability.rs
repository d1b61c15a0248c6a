//! How long what should work did, and what kept it from it.

use serde::{Deserialize, Serialize};

use super::share;

/// How an asset stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Up,
    Failed,
    Maintenance,
    Weather,
    /// Nothing was heard of it.
    Unknown,
}

/// Seconds in each standing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    pub up_s: f64,
    pub failed_s: f64,
    pub maintenance_s: f64,
    pub weather_s: f64,
    pub unknown_s: f64,
}

impl Times {
    /// So long it stood so.
    pub fn add(&mut self, standing: Standing, seconds: f64) {
        let time = match standing {
            Standing::Up => &mut self.up_s,
            Standing::Failed => &mut self.failed_s,
            Standing::Maintenance => &mut self.maintenance_s,
            Standing::Weather => &mut self.weather_s,
            Standing::Unknown => &mut self.unknown_s,
        };
        *time += seconds.max(0.0);
    }

    /// Seconds of which it is known how it stood.
    pub fn known_s(&self) -> f64 {
        self.up_s + self.failed_s + self.maintenance_s + self.weather_s
    }

    /// Time at work of the time that is known; `None` where nothing is.
    pub fn availability(&self) -> Option<f64> {
        share(self.up_s, self.known_s())
    }

    /// How much of the time is known.
    pub fn known_share(&self) -> Option<f64> {
        share(self.known_s(), self.known_s() + self.unknown_s)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    #[test]
    fn what_is_unknown_is_neither_up_nor_down_and_is_told() {
        let mut times = Times::default();
        assert_eq!((times.availability(), times.known_share()), (None, None));
        let day = [
            (Standing::Up, 15.0),
            (Standing::Failed, 1.0),
            (Standing::Maintenance, 1.0),
            (Standing::Weather, 3.0),
            (Standing::Unknown, 5.0),
        ];
        for (standing, hours) in day {
            times.add(standing, hours * 3_600.0);
        }
        assert_abs_diff_eq!(times.availability().unwrap(), 0.75, epsilon = 1e-12);
        assert_abs_diff_eq!(times.known_share().unwrap(), 0.8, epsilon = 1e-12);
        times.add(Standing::Up, -60.0);
        assert_abs_diff_eq!(times.up_s, 15.0 * 3_600.0, epsilon = 1e-9);
    }
}
