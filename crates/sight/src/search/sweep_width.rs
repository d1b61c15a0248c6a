//! Sweep width: how wide a strip a searcher clears in effect, from the rate at which they detect.

/// Steps of each numeric integration.
const STEPS: usize = 400;

/// Chance that a searcher who passes at a lateral distance finds the target.
///
/// `1 - exp(-integral of rate dt)` along a straight way at `speed_mps`; `rate_per_s` gives detections per second at a range
/// in metres and is taken to be nothing beyond `range_max_m`.
pub fn lateral_range(
    rate_per_s: impl Fn(f64) -> f64,
    range_max_m: f64,
    speed_mps: f64,
    lateral_m: f64,
) -> f64 {
    let half_m = libm::sqrt((range_max_m * range_max_m - lateral_m * lateral_m).max(0.0));
    let along = |at_m: f64| rate_per_s(libm::hypot(at_m, lateral_m));
    // The way before the closest point is the way after it, mirrored.
    let hazard = 2.0 * integral(half_m, along) / speed_mps;
    -libm::expm1(-hazard)
}

/// Effective sweep width in metres: the area under the lateral range curve, both sides.
pub fn sweep_width_m(rate_per_s: impl Fn(f64) -> f64, range_max_m: f64, speed_mps: f64) -> f64 {
    2.0 * integral(range_max_m, |lateral_m| {
        lateral_range(&rate_per_s, range_max_m, speed_mps, lateral_m)
    })
}

/// Integral from 0 to `end` by the midpoint rule, with steps that grow from the origin, where rates are steep.
fn integral(end: f64, of: impl Fn(f64) -> f64) -> f64 {
    let edge = |step: usize| {
        let share = step as f64 / STEPS as f64;
        end * share * share
    };
    (0..STEPS).fold(0.0, |sum, step| {
        let (from, to) = (edge(step), edge(step + 1));
        sum + of(f64::midpoint(from, to)) * (to - from)
    })
}
