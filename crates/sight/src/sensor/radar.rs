//! Ground surveillance radar: range law and clutter notch.

/// Chance to detect a target that fluctuates from scan to scan, at a signal-to-noise ratio (Swerling I, square law,
/// one pulse: `P = Pfa^(1 / (1 + SNR))`).
pub fn swerling_1(snr: f64, false_alarm: f64) -> f64 {
    libm::pow(false_alarm, 1.0 / (1.0 + snr.max(0.0)))
}

/// The signal-to-noise ratio at which that chance is one half.
pub(super) fn half_detection_snr(false_alarm: f64) -> f64 {
    libm::log(false_alarm) / libm::log(0.5) - 1.0
}

/// Share of headings, all equally likely, on which a mover's radial speed exceeds the notch:
/// `1 - (2 / pi) asin(notch / speed)`.
pub fn in_clear_doppler(speed_mps: f64, notch_mps: f64) -> f64 {
    if notch_mps >= speed_mps {
        return 0.0;
    }
    1.0 - std::f64::consts::FRAC_2_PI * libm::asin(notch_mps / speed_mps)
}
