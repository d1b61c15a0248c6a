//! How resolvable cycles on a target become a chance to find it.

/// The target transfer probability function of `ratio` = N / N50 (Johnson; DOMAIN 2):
/// `P = r^E / (1 + r^E)` with `E = 2.7 + 0.7 r`.
pub fn ttpf(ratio: f64) -> f64 {
    if ratio <= 0.0 {
        return 0.0;
    }
    let power = (2.7 + 0.7 * ratio) * libm::log(ratio);
    // Past this the chance differs from 1 by less than 1e-13, and the power would overflow.
    if power > 30.0 {
        return 1.0;
    }
    let odds = libm::exp(power);
    odds / (1.0 + odds)
}

/// Share of a camera's resolution that is left through an optical depth: 1 in clear air, 0 where the contrast
/// has fallen to the least one, linear in its logarithm between (a straight log contrast-threshold curve; an assumption).
///
/// `reach` is the logarithm of the target's own contrast over the least one.
pub(super) fn contrast_share(depth: f64, reach: f64) -> f64 {
    (1.0 - depth / reach).clamp(0.0, 1.0)
}
