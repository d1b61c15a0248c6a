//! What one look can find: the simulator's own range laws, written apart from the planner's.

use sight::sector::{GroundFigures, Optics, RadarFigures, Settings};

use crate::chance::Chance;
use crate::weather::Depth;

/// Signal-to-noise ratio at the eye's threshold, for the MRT (THERMAL.md).
const SNR_THRESHOLD: f64 = 2.25;
/// Integration time of the eye or the detector chain, s (THERMAL.md).
const INTEGRATION_S: f64 = 0.2;
/// Frames per second of a camera (A).
const FRAME_RATE_HZ: f64 = 30.0;
/// Blur of the optics as a Gaussian, in pixels (A).
const BLUR_PX: f64 = 0.25;
/// False-alarm chance of a radar cell; fixes the shape of its fall with range (A).
const RADAR_PFA: f64 = 1e-6;
/// No look is surer than this (A): heads turn, pixels die, operators blink.
const CERTAIN: f64 = 0.985;
/// Slower than this nothing shakes the ground (A).
const STILL_MPS: f64 = 0.15;
/// Contrast at the threshold of sight by which visibility is defined.
const CONTRAST_THRESHOLD: f64 = 0.02;
/// Contrast of a person in the open under stars, to an image intensifier (A).
const NIGHT_CONTRAST: f64 = 0.15;

/// What no one on the watch floor knows exactly: drawn once a night.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Night {
    /// Temperature difference between a person and the ground.
    pub contrast_k: f64,
    /// Ratio of thermal to visible extinction in dust.
    pub dust_ratio: f64,
    /// The same in fog.
    pub fog_ratio: f64,
    /// The same in clear air's haze.
    pub haze_ratio: f64,
    pub humidity_gm3: f64,
    pub n50_detect: f64,
}

impl Night {
    pub(crate) fn draw(settings: &Settings, chance: &mut Chance) -> Self {
        let [low, _] = settings.dust_ratio;
        let [fog_low, fog_high] = settings.fog_ratio;
        Self {
            contrast_k: settings.contrast_k * chance.factor(0.15),
            // A front raises its dust on the spot, so the ratio may be as high as that of raised dust.
            dust_ratio: chance.between(low, settings.raised_dust_ratio),
            fog_ratio: chance.between(fog_low, fog_high),
            // LOWTRAN and OPAC desert aerosol at light wind (THERMAL.md).
            haze_ratio: chance.between(0.11, 0.38),
            humidity_gm3: settings.humidity_gm3 * chance.factor(0.2),
            n50_detect: settings.n50_detect * chance.factor(0.1),
        }
    }
}

/// What a body offers to a sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Aspect {
    /// Critical dimension of the part that is not hidden, metres.
    pub dimension_m: f64,
    /// Warmth against the ground as a multiple of a person's.
    pub warmth: f64,
    /// Radar cross-section as a multiple of a walking person's, hidden part taken off.
    pub echo: f64,
}

/// Target transfer probability: chance of acquisition with `ratio = N / N50` (DOMAIN 2).
fn acquired(ratio: f64) -> f64 {
    let powered = libm::pow(ratio.max(0.0), 2.7 + 0.7 * ratio);
    if powered.is_finite() { powered / (1.0 + powered) } else { 1.0 }
}

/// Resolvable cycles across a target seen by a thermal camera.
///
/// MRT(f) = 0.66 SNR NETD f IFOV / (MTF(f) sqrt(t F)) rises with f; the highest f that the
/// contrast left after the air still carries, or Nyquist, decides (THERMAL.md).
pub(crate) fn thermal_cycles(
    optics: &Optics,
    night: &Night,
    aspect: &Aspect,
    range_m: f64,
    depth: Depth,
) -> f64 {
    let range_m = range_m.max(1.0);
    let range_km = range_m / 1_000.0;
    let aerosol =
        night.haze_ratio * depth.haze + night.dust_ratio * depth.dust + night.fog_ratio * depth.fog;
    let through = gas_transmission(range_km, night.humidity_gm3) * libm::exp(-aerosol);
    let contrast_mk = 1_000.0 * night.contrast_k * aspect.warmth * through;
    let ifov_rad = optics.pitch_um / optics.focal_mm / 1_000.0;
    let mrt_mk = |cycles_per_pixel: f64| {
        let averaging = libm::sqrt(INTEGRATION_S * FRAME_RATE_HZ);
        0.66 * SNR_THRESHOLD * optics.netd_mk * cycles_per_pixel
            / (modulation(cycles_per_pixel) * averaging)
    };
    let highest = highest_below(contrast_mk, 0.5, mrt_mk);
    aspect.dimension_m * highest / ifov_rad / range_m
}

/// Chance that one look of a thermal camera finds a target.
pub(crate) fn thermal_chance(cycles: f64, night: &Night) -> f64 {
    CERTAIN * acquired(cycles / night.n50_detect)
}

/// Chance that one look of a visible camera finds a target at night.
pub(crate) fn visible_chance(
    optics: &Optics,
    night: &Night,
    aspect: &Aspect,
    range_m: f64,
    depth: Depth,
) -> f64 {
    let ifov_rad = optics.pitch_um / optics.focal_mm / 1_000.0;
    let contrast = NIGHT_CONTRAST * libm::exp(-depth.visible());
    let needed = |cycles_per_pixel: f64| {
        CONTRAST_THRESHOLD * (0.2 + 4.0 * cycles_per_pixel) / modulation(cycles_per_pixel)
    };
    let cycles =
        highest_below(contrast, 0.5, needed) / ifov_rad * aspect.dimension_m / range_m.max(1.0);
    CERTAIN * acquired(cycles / night.n50_detect)
}

/// Chance that a class is told right, given cycles on target: N50 is four times that of detection (DOMAIN 2).
pub(crate) fn recognised(cycles: f64, night: &Night) -> f64 {
    acquired(cycles / (4.0 * night.n50_detect))
}

/// Chance that one sweep of a radar finds a target that moves at a radial speed.
///
/// Swerling 1: Pd = Pfa^(1 / (1 + SNR)), SNR falling with the fourth power of range and such that
/// a walker at the half range is found every other sweep. Slower than the notch is clutter.
pub(crate) fn radar_chance(
    figures: &RadarFigures,
    aspect: &Aspect,
    range_m: f64,
    radial_mps: f64,
) -> f64 {
    if radial_mps.abs() < figures.notch_mps {
        return 0.0;
    }
    let at_half = libm::log(RADAR_PFA) / libm::log(0.5) - 1.0;
    let nearness = figures.walker_half_range_m / range_m.max(1.0);
    let snr = at_half * aspect.echo * libm::pow(nearness, 4.0);
    CERTAIN * libm::pow(RADAR_PFA, 1.0 / (1.0 + snr))
}

/// Chance that a person with night aids finds a target in one look round.
pub(crate) fn observer_chance(
    half_range_m: f64,
    aspect: &Aspect,
    range_m: f64,
    depth: Depth,
) -> f64 {
    let ratio = half_range_m * aspect.dimension_m / 0.95 / range_m.max(1.0);
    CERTAIN * acquired(ratio * libm::exp(-0.5 * depth.visible()))
}

/// Chance that one look of a ground sensor finds something near it.
///
/// The signal of a step falls with distance; it is as good as promised out to the radius and gone
/// at one and a half times it. Heavier things are felt farther, things at rest not at all.
pub(crate) fn ground_chance(
    figures: &GroundFigures,
    aspect: &Aspect,
    range_m: f64,
    speed_mps: f64,
) -> f64 {
    let radius_m = figures.radius_m * libm::pow(aspect.echo, 0.25);
    let fade = ((1.5 * radius_m - range_m) / (0.5 * radius_m)).clamp(0.0, 1.0);
    if speed_mps > STILL_MPS { figures.p_detect * fade } else { 0.0 }
}

/// Transmission of the air's gases at 8-12 um over a range (THERMAL.md, a fit to LOWTRAN 7).
fn gas_transmission(range_km: f64, humidity_gm3: f64) -> f64 {
    let dry = 0.0252 * libm::pow(range_km, 0.468);
    let wet = 0.005_36 * libm::pow(humidity_gm3, 1.482) * libm::pow(range_km, 0.852);
    libm::exp(-dry - wet)
}

/// Modulation transfer of pixels and optics at a frequency in cycles per pixel.
fn modulation(cycles_per_pixel: f64) -> f64 {
    let x = std::f64::consts::PI * cycles_per_pixel;
    let pixel = if x < 1e-9 { 1.0 } else { libm::sin(x) / x };
    let blur = 2.0 * x * BLUR_PX;
    pixel * libm::exp(-0.5 * blur * blur)
}

/// The highest argument in 0..=`limit` at which a rising function is still below `level`.
fn highest_below(level: f64, limit: f64, rising: impl Fn(f64) -> f64) -> f64 {
    if rising(limit) <= level {
        return limit;
    }
    let (mut low, mut high) = (0.0, limit);
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if rising(middle) <= level {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    const NIGHT: Night = Night {
        contrast_k: 3.0,
        dust_ratio: 0.4,
        fog_ratio: 0.5,
        haze_ratio: 0.4,
        humidity_gm3: 8.0,
        n50_detect: 0.75,
    };
    const OPTICS: Optics = Optics {
        pixels_across: 640,
        pixels_down: 512,
        pitch_um: 12.0,
        focal_mm: 100.0,
        netd_mk: 50.0,
        jitter_urad: 0.0,
    };
    const PERSON: Aspect = Aspect { dimension_m: 0.75, warmth: 1.0, echo: 1.0 };

    #[test]
    fn the_probability_of_acquisition_follows_the_published_points() {
        for (ratio, expected) in [(0.5, 0.108), (1.0, 0.5), (1.5, 0.821), (2.0, 0.945)] {
            assert_relative_eq!(acquired(ratio), expected, epsilon = 5e-4);
        }
    }

    #[test]
    fn thermal_ranges_in_dust_agree_with_the_table_within_15_percent() {
        for (dust_ratio, visibility_km, expected_km) in [
            (0.4, 10.0, 4.17),
            (0.4, 1.0, 2.91),
            (0.4, 0.5, 1.78),
            (0.4, 0.2, 0.84),
            (1.0, 2.0, 2.51),
            (1.0, 1.0, 1.49),
            (1.0, 0.5, 0.85),
            (1.0, 0.2, 0.39),
        ] {
            let night = Night { dust_ratio, ..NIGHT };
            let per_km = 3.912 / visibility_km - 0.0116;
            let found = |range_m: f64| {
                let depth = Depth { dust: per_km * range_m / 1_000.0, ..Depth::default() };
                thermal_cycles(&OPTICS, &night, &PERSON, range_m, depth) / night.n50_detect
            };
            let half_m = (1..10_000).map(f64::from).find(|range_m| found(*range_m) < 1.0).unwrap();
            assert_relative_eq!(half_m / 1_000.0, expected_km, max_relative = 0.15);
        }
    }

    #[test]
    fn a_radar_finds_every_other_walker_at_its_half_range_and_none_in_the_notch() {
        let figures = RadarFigures {
            walker_half_range_m: 5_000.0,
            notch_mps: 0.5,
            range_sigma_m: 10.0,
            azimuth_sigma_deg: 0.8,
            clutter_db: 0.0,
            range_min_m: 0.0,
            sectors: 1,
        };
        assert_relative_eq!(
            radar_chance(&figures, &PERSON, 5_000.0, 1.0),
            0.5 * CERTAIN,
            epsilon = 1e-9
        );
        assert!(radar_chance(&figures, &PERSON, 2_500.0, -1.0) > 0.9);
        assert!(radar_chance(&figures, &PERSON, 2_500.0, 0.4) < 1e-12);
    }
}
