//! How far a share may be off that was counted on so many.

/// Two-sided 95 % of the standard normal.
const Z: f64 = 1.959_964;

/// Bounds of the true share when `hits` of `count` hit, with 95 % confidence (Wilson, 1927). 0 to 1 when nothing was counted.
pub(super) fn interval(hits: u32, count: u32) -> (f64, f64) {
    if count == 0 {
        return (0.0, 1.0);
    }
    let n = f64::from(count);
    let share = f64::from(hits) / n;
    let middle = share + Z * Z / (2.0 * n);
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_the_published_ones() {
        // Newcombe, "Two-sided confidence intervals for the single proportion" (1998), table I, method 3.
        for (hits, count, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
        {
            let (lower, upper) = interval(hits, count);
            assert!((lower - low).abs() < 1e-4 && (upper - high).abs() < 1e-4, "{lower} {upper}");
        }
    }

    #[test]
    fn nothing_counted_says_nothing() {
        assert_eq!(interval(0, 0), (0.0, 1.0));
    }
}
