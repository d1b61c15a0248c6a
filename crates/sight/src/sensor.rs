//! Range models: the chance that one look of a sensor finds a mover.

mod acquisition;
mod radar;
mod thermal;

pub use self::acquisition::ttpf;
pub use self::radar::{in_clear_doppler, swerling_1};
pub use self::thermal::{ThermalEye, gas_transmission};

use crate::sector::{Mover, Optics, SensorKind, Settings};

/// Extinction per metre at the visibility `visibility_m` (Koschmieder, DOMAIN 2: 3.912 / V).
pub fn extinction_per_m(visibility_m: f64) -> f64 {
    3.912 / visibility_m.max(1.0)
}

/// The part of that extinction which dust, not air, makes (THERMAL.md: less 0.0116 per km of Rayleigh).
pub fn dust_extinction_per_m(visibility_m: f64) -> f64 {
    (extinction_per_m(visibility_m) - 1.16e-5).max(0.0)
}

/// Which of the two optical depths on the way weakens a sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// 8-12 um: dust and fog count by their thermal ratio.
    Thermal,
    /// The eye and visible cameras: dust and fog beyond the clear air that is always there.
    Visible,
    /// Radar and ground sensors: dust changes next to nothing (THERMAL.md: below 6.5 dB over 25 km at V < 2 m).
    Unweakened,
}

/// A sensor's range model for one kind of mover, ready to be asked many times.
#[derive(Debug, Clone)]
pub struct RangeModel {
    kind: Kind,
    band: Band,
    /// Of the sensing head above the ground: looks are as long as the slant.
    height_m: f64,
}

#[derive(Debug, Clone)]
enum Kind {
    Thermal {
        eye: ThermalEye,
        critical_m: f64,
        n50: f64,
    },
    /// Limited by the contrast that the air leaves.
    Visible {
        cycles_per_rad: f64,
        critical_m: f64,
        n50: f64,
        clear_per_m: f64,
    },
    Radar {
        half_range_m: f64,
        cross_section_ratio: f64,
        doppler_share: f64,
        false_alarm: f64,
    },
    Ground {
        reach_m: f64,
        p_detect: f64,
    },
    Observer {
        half_range_m: f64,
    },
}

impl RangeModel {
    /// Prepares the model of a sensor whose head stands `height_m` above the ground.
    pub fn new(kind: &SensorKind, height_m: f64, mover: Mover, settings: &Settings) -> Self {
        let critical_m = Settings::of(&settings.critical_dimension_m, mover);
        let thermal = |optics: &Optics| {
            let eye = ThermalEye::new(optics, settings);
            (Kind::Thermal { eye, critical_m, n50: settings.n50_detect }, Band::Thermal)
        };
        let (kind, band) = match kind {
            SensorKind::ThermalCamera(optics) => thermal(optics),
            SensorKind::Balloon(platform) | SensorKind::Drone(platform) => {
                thermal(&platform.optics)
            }
            SensorKind::VisibleCamera(optics) => {
                let cycles_per_rad = thermal::nyquist_per_rad(optics);
                let clear_per_m = extinction_per_m(settings.clear_visibility_m);
                let n50 = settings.n50_detect;
                (Kind::Visible { cycles_per_rad, critical_m, n50, clear_per_m }, Band::Visible)
            }
            SensorKind::Radar(radar) => {
                let sections = &settings.radar_cross_section_m2;
                let kind = Kind::Radar {
                    half_range_m: radar.walker_half_range_m,
                    cross_section_ratio: Settings::of(sections, mover)
                        / Settings::of(sections, Mover::Walker),
                    doppler_share: in_clear_doppler(
                        settings.off_path_speed_mps(mover),
                        radar.notch_mps,
                    ),
                    false_alarm: settings.radar_false_alarm,
                };
                (kind, Band::Unweakened)
            }
            SensorKind::GroundSensor(ground) => {
                let reach_m = ground.radius_m * Settings::of(&settings.ground_reach, mover);
                (Kind::Ground { reach_m, p_detect: ground.p_detect }, Band::Unweakened)
            }
            SensorKind::Observer(observer) => {
                let walker_m = Settings::of(&settings.critical_dimension_m, Mover::Walker);
                let half_range_m = observer.walker_half_range_m * critical_m / walker_m;
                (Kind::Observer { half_range_m }, Band::Visible)
            }
        };
        Self { kind, band, height_m }
    }

    pub fn band(&self) -> Band {
        self.band
    }

    /// Chance that one look finds the mover at a ground distance, through an optical depth in the sensor's
    /// [`Band`] that weather adds to clear air; the line of sight is taken to be free.
    pub fn p_look(&self, ground_m: f64, depth: f64) -> f64 {
        let range_m = libm::hypot(ground_m, self.height_m).max(1.0);
        match &self.kind {
            Kind::Thermal { eye, critical_m, n50 } => {
                ttpf(critical_m * eye.resolved_per_rad(range_m, depth) / (range_m * n50))
            }
            Kind::Visible { cycles_per_rad, critical_m, n50, clear_per_m } => {
                let contrast = acquisition::contrast_share(clear_per_m * range_m + depth);
                ttpf(critical_m * cycles_per_rad * contrast / (range_m * n50))
            }
            Kind::Radar { half_range_m, cross_section_ratio, doppler_share, false_alarm } => {
                let ratio = half_range_m / range_m;
                let snr = radar::half_detection_snr(*false_alarm)
                    * cross_section_ratio
                    * (ratio * ratio)
                    * (ratio * ratio);
                doppler_share * swerling_1(snr, *false_alarm)
            }
            Kind::Ground { reach_m, p_detect } => {
                if ground_m <= *reach_m {
                    *p_detect
                } else {
                    0.0
                }
            }
            Kind::Observer { half_range_m } => ttpf(half_range_m / range_m * libm::exp(-depth)),
        }
    }
}

#[cfg(test)]
mod tests;
