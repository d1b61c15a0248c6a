//! Whether errors are as large as a filter says: normalised errors squared and their bounds.

use serde::Serialize;

/// 97.5th percentile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The mean of normalised errors squared (of estimates: NEES, of innovations: NIS).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Consistency {
    pub mean: f64,
    /// Between these bounds the mean lies in 95 of 100 runs of a filter that is right about itself,
    /// if the errors are independent.
    pub low: f64,
    pub high: f64,
    pub samples: usize,
    /// Below the bounds it is too modest, above them too sure of itself.
    pub consistent: bool,
}

/// Judges squared Mahalanobis lengths of errors of `dimensions` each; `None` without any.
///
/// Source: Bar-Shalom, Li and Kirubarajan, "Estimation with applications", 5.4.2.
pub fn consistency(errors2: &[f64], dimensions: u32) -> Option<Consistency> {
    let samples = errors2.len() as f64;
    consistency_of_sum(errors2.iter().sum(), samples, samples * f64::from(dimensions))
}

/// The same from sums: of the squares, of the samples' weights and of their dimensions.
pub fn consistency_of_sum(squares: f64, samples: f64, freedom: f64) -> Option<Consistency> {
    if !(samples > 0.0 && freedom > 0.0) {
        return None;
    }
    let mean = squares / samples;
    let (low, high) =
        (chi_square_quantile(freedom, -Z) / samples, chi_square_quantile(freedom, Z) / samples);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let samples = libm::round(samples) as usize;
    Some(Consistency { mean, low, high, samples, consistent: (low..=high).contains(&mean) })
}

/// The chi-square value at as many standard deviations of the normal distribution (Wilson and Hilferty, 1931).
pub fn chi_square_quantile(freedom: f64, deviations: f64) -> f64 {
    let spread = 2.0 / (9.0 * freedom);
    let root = 1.0 - spread + deviations * libm::sqrt(spread);
    freedom * root * root * root
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn bounds_are_those_of_the_chi_square_tables() {
        // 100 degrees of freedom: 74.222 and 129.561.
        let got = consistency(&[2.0; 50], 2).unwrap();

        assert_relative_eq!(got.low * 50.0, 74.222, max_relative = 2e-3);
        assert_relative_eq!(got.high * 50.0, 129.561, max_relative = 2e-3);
        assert!(got.consistent);
    }

    #[test]
    fn a_filter_that_is_too_sure_is_told_so() {
        assert!(!consistency(&[5.0; 50], 2).unwrap().consistent);
        assert!(consistency(&[], 2).is_none());
    }
}
