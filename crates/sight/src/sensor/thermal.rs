//! Thermal cameras: what detail they resolve against a temperature difference seen through the air.

use crate::sector::{Optics, Settings};

/// Middle of the 8-12 um band.
const WAVELENGTH_M: f64 = 10e-6;
/// Signal-to-noise ratio at which a bar pattern counts as resolved (THERMAL.md).
const SNR_THRESHOLD: f64 = 2.25;
/// Integration time of the eye (THERMAL.md).
const EYE_S: f64 = 0.2;
/// Steps of the resolution curve from nothing to the Nyquist frequency.
const STEPS: usize = 512;

/// MTF at which detail counts as lost to a shaking line of sight (Holst, *Electro-Optical Imaging System Performance*).
const LOST_MTF: f64 = 0.1;

/// MTF of a line of sight that shakes at random, by its standard deviation in radians (Holst): `exp(-2 pi^2 s^2 f^2)`.
fn steadiness(per_rad: f64, jitter_rad: f64) -> f64 {
    let turns = std::f64::consts::PI * jitter_rad * per_rad;
    libm::exp(-2.0 * turns * turns)
}

/// Highest frequency that pixels and a shaking line of sight leave to a camera limited by contrast.
pub(super) fn steady_per_rad(optics: &Optics) -> f64 {
    let nyquist_per_rad = nyquist_per_rad(optics);
    let jitter_rad = optics.jitter_urad * 1e-6;
    if jitter_rad <= 0.0 {
        return nyquist_per_rad;
    }
    let lost_per_rad = libm::sqrt(-libm::log(LOST_MTF) / 2.0) / (std::f64::consts::PI * jitter_rad);
    nyquist_per_rad.min(lost_per_rad)
}

/// Highest frequency that the pixels carry, in cycles per radian.
pub(super) fn nyquist_per_rad(optics: &Optics) -> f64 {
    optics.focal_mm * 1e3 / (2.0 * optics.pitch_um)
}

/// A camera's minimum resolvable temperature difference, turned round.
///
/// `MRT(f) = 0.66 SNR_T NETD f IFOV / (MTF(f) sqrt(t_e F))` (THERMAL.md) with the MTF of the pixel (a sinc), of a
/// diffraction-limited lens and of a line of sight that shakes; the resolved frequency is the highest up to Nyquist whose MRT the apparent difference reaches.
#[derive(Debug, Clone, PartialEq)]
pub struct ThermalEye {
    nyquist_per_rad: f64,
    /// MRT in kelvin at equal steps of frequency, rising.
    mrt_k: Vec<f64>,
    contrast_k: f64,
    humidity_gm3: f64,
}

impl ThermalEye {
    /// Prepares a camera's curve against movers that differ from the ground by `contrast_k`.
    pub fn new(optics: &Optics, settings: &Settings, contrast_k: f64) -> Self {
        let nyquist_per_rad = nyquist_per_rad(optics);
        let ifov_rad = optics.pitch_um / (optics.focal_mm * 1e3);
        let lens_cutoff_per_rad = optics.focal_mm * 1e-3 / settings.f_number / WAVELENGTH_M;
        let noise_k =
            0.66 * SNR_THRESHOLD * optics.netd_mk * 1e-3 / libm::sqrt(EYE_S * settings.frame_hz);
        let mrt_k = (0..=STEPS)
            .map(|step| {
                let per_rad = nyquist_per_rad * step as f64 / STEPS as f64;
                let transfer = sinc(per_rad * ifov_rad)
                    * lens(per_rad / lens_cutoff_per_rad)
                    * steadiness(per_rad, optics.jitter_urad * 1e-6);
                if transfer > 0.0 { noise_k * per_rad * ifov_rad / transfer } else { f64::INFINITY }
            })
            .collect();
        Self { nyquist_per_rad, mrt_k, contrast_k, humidity_gm3: settings.humidity_gm3 }
    }

    /// Cycles per radian resolved on a target at a range, through an optical depth added by dust or fog.
    pub fn resolved_per_rad(&self, range_m: f64, depth: f64) -> f64 {
        let transmission = gas_transmission(range_m, self.humidity_gm3) * libm::exp(-depth);
        let apparent_k = self.contrast_k * transmission;
        let above = self.mrt_k.partition_point(|mrt| *mrt <= apparent_k);
        if above > STEPS {
            return self.nyquist_per_rad;
        }
        // The first entry is 0 K, so there is always one below.
        let (low_k, high_k) = (self.mrt_k[above - 1], self.mrt_k[above]);
        let share = if high_k.is_finite() { (apparent_k - low_k) / (high_k - low_k) } else { 0.0 };
        self.nyquist_per_rad * ((above - 1) as f64 + share) / STEPS as f64
    }
}

/// Transmission of clear air for 8-12 um over a range, at an absolute humidity (THERMAL.md, a fit to LOWTRAN7):
/// `exp(-0.0252 R^0.468 - 0.00536 w^1.482 R^0.852)`, R in km.
pub fn gas_transmission(range_m: f64, humidity_gm3: f64) -> f64 {
    let km = range_m.max(0.0) * 1e-3;
    let water = 0.00536 * libm::pow(humidity_gm3, 1.482) * libm::pow(km, 0.852);
    libm::exp(-0.0252 * libm::pow(km, 0.468) - water)
}

fn sinc(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if angle == 0.0 { 1.0 } else { libm::sin(angle) / angle }
}

/// MTF of a diffraction-limited round lens at a share of its cut-off frequency.
fn lens(share: f64) -> f64 {
    if share >= 1.0 {
        return 0.0;
    }
    std::f64::consts::FRAC_2_PI * (libm::acos(share) - share * libm::sqrt(1.0 - share * share))
}
