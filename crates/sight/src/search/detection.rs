//! Probability of detection by coverage.

use serde::{Deserialize, Serialize};

/// How the chance of finding what is in an area grows with coverage: sweep width times track length over area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DetectionLaw {
    /// `1 - exp(-C)`: tracks that fall anyhow. The careful choice, and the one that effort is allocated by.
    #[default]
    RandomSearch,
    /// `erf(C sqrt(pi) / 2)`: parallel tracks, a sensor whose detection rate falls with the cube of range.
    InverseCube,
    /// `min(C, 1)`: everything within the sweep width is found, nothing beyond, and no ground is swept twice.
    DefiniteRange,
}

impl DetectionLaw {
    /// Probability of detection, 0 to 1, at a coverage that is not negative.
    pub fn pod(self, coverage: f64) -> f64 {
        let coverage = coverage.max(0.0);
        match self {
            Self::RandomSearch => -libm::expm1(-coverage),
            Self::InverseCube => libm::erf(coverage * libm::sqrt(std::f64::consts::PI) / 2.0),
            Self::DefiniteRange => coverage.min(1.0),
        }
    }
}
