//! Whether a clock goes too fast or too slow: a straight line through the least delays of the last hour.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits;
use crate::roster::seconds_between;

/// Whiles and time from which a drift may be told.
const WINDOWS_MIN: usize = 30;
const SPAN_MIN_S: f64 = 600.0;
/// Standard errors that a drift must differ from none.
const SIGMAS: f64 = 6.0;
/// A drift that once was sure goes on until it is less than this share of what is told.
const KEPT_SHARE: f64 = 0.5;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Drift {
    /// Arrival and lead of each while, oldest first.
    windows: VecDeque<(Timestamp, f64)>,
    sure_ppm: Option<f64>,
}

impl Drift {
    pub(super) fn add(&mut self, ahead_s: f64, arrived: Timestamp, least_ppm: f64) {
        self.windows.push_back((arrived, ahead_s));
        if self.windows.len() > limits::CLOCK_WINDOWS_MAX {
            self.windows.pop_front();
        }
        self.sure_ppm = self.line().and_then(|(ppm, error_ppm)| {
            let least = if self.sure_ppm.is_some() { KEPT_SHARE * least_ppm } else { least_ppm };
            (ppm.abs() >= least && ppm.abs() >= SIGMAS * error_ppm).then_some(ppm)
        });
    }

    /// Parts in a million by which the clock goes too fast, where that is sure.
    pub(super) fn sure_ppm(&self) -> Option<f64> {
        self.sure_ppm
    }

    /// The slope of the line of least squares and its standard error, in parts per million.
    fn line(&self) -> Option<(f64, f64)> {
        let (first, last) = (self.windows.front()?.0, self.windows.back()?.0);
        let n = self.windows.len();
        if n < WINDOWS_MIN || seconds_between(first, last) < SPAN_MIN_S {
            return None;
        }
        let points = || self.windows.iter().map(|(at, lead)| (seconds_between(first, *at), *lead));
        let mean = |sum: f64| sum / n as f64;
        let middle_s = mean(points().map(|(t, _)| t).sum());
        let level_s = mean(points().map(|(_, lead)| lead).sum());
        let spread: f64 = points().map(|(t, _)| (t - middle_s) * (t - middle_s)).sum();
        let joint: f64 = points().map(|(t, lead)| (t - middle_s) * (lead - level_s)).sum();
        let slope = joint / spread;
        let off = |(t, lead): (f64, f64)| lead - level_s - slope * (t - middle_s);
        let left: f64 = points().map(|point| off(point) * off(point)).sum();
        let error = libm::sqrt(left / (n as f64 - 2.0) / spread);
        Some((slope * 1e6, error * 1e6))
    }
}
