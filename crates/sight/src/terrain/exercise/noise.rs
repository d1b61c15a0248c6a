//! Seeded gradient noise: smooth, without a period, the same on every machine.

/// Smooth noise of about -1..1 over a plane, features about 1 wide.
pub(super) fn plane(seed: u64, x: f64, y: f64) -> f64 {
    let (x0, y0) = (libm::floor(x), libm::floor(y));
    let (dx, dy) = (x - x0, y - y0);
    let corner = |right: f64, up: f64| {
        let hash = mix(seed, whole(x0 + right), whole(y0 + up));
        unit(hash) * (dx - right) + unit(hash >> 32) * (dy - up)
    };
    let (across, along) = (fade(dx), fade(dy));
    let lower = corner(0.0, 0.0) + across * (corner(1.0, 0.0) - corner(0.0, 0.0));
    let upper = corner(0.0, 1.0) + across * (corner(1.0, 1.0) - corner(0.0, 1.0));
    1.6 * (lower + along * (upper - lower))
}

/// Smooth noise of about -1..1 along a line, features about 1 long.
pub(super) fn line(seed: u64, x: f64) -> f64 {
    let x0 = libm::floor(x);
    let at = |right: f64| unit(mix(seed, whole(x0 + right), 0)) * (x - x0 - right);
    2.0 * (at(0.0) + fade(x - x0) * (at(1.0) - at(0.0)))
}

/// Quintic ease from 0 to 1: its first two derivatives vanish at both ends.
fn fade(share: f64) -> f64 {
    share * share * share * (share * (share * 6.0 - 15.0) + 10.0)
}

/// The low 32 bits of a hash as a number in -1..1.
fn unit(hash: u64) -> f64 {
    (hash & 0xffff_ffff) as f64 / 2_147_483_648.0 - 1.0
}

#[expect(clippy::cast_possible_truncation, reason = "a floor of metres over a wavelength")]
fn whole(floor: f64) -> i64 {
    floor as i64
}

/// A well-mixed hash of a lattice point (the finaliser of splitmix64 by Vigna).
fn mix(seed: u64, x: i64, y: i64) -> u64 {
    let mut hash = seed
        .wrapping_add(x.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_add(y.cast_unsigned().wrapping_mul(0xd1b5_4a32_d192_ed03));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_bounded_smooth_and_centred() {
        let samples: Vec<f64> =
            (0..40_000).map(|at| plane(5, f64::from(at) * 0.11, f64::from(at) * 0.07)).collect();
        let mean = samples.iter().sum::<f64>() / samples.len() as f64;

        assert!(samples.iter().all(|sample| sample.abs() < 1.6));
        assert!(mean.abs() < 0.05, "{mean}");
        assert!(samples.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 0.7));
        assert!(samples.iter().any(|&sample| sample > 0.5));
    }
}
