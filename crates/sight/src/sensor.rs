//! Range models: the chance that one look of a sensor finds a mover.

mod acquisition;
mod extinction;
pub mod footprint;
pub mod geolocation;
pub mod pointing;
mod radar;
mod thermal;

pub use self::acquisition::ttpf;
pub use self::extinction::{Added, Obscurant, dust_extinction_per_m, extinction_per_m};
pub use self::radar::{in_clear_doppler, swerling_1};
pub use self::thermal::{ThermalEye, gas_transmission};

use std::collections::BTreeMap;

use crate::sector::{GroundFigures, Mover, Optics, RadarFigures, SensorKind, Settings};

/// How sure of a mover a look must be (Johnson).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// Something is there.
    Detect,
    /// A person, an animal, a vehicle.
    Recognise,
    /// Which of its kind.
    Identify,
}

impl Task {
    /// Cycles on the target at which half the looks succeed.
    fn n50(self, settings: &Settings) -> f64 {
        match self {
            Self::Detect => settings.n50_detect,
            Self::Recognise => settings.n50_recognise,
            Self::Identify => settings.n50_identify,
        }
    }
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
        /// Logarithm of the target's contrast over the least one.
        contrast_reach: f64,
    },
    Radar {
        half_range_m: f64,
        range_min_m: f64,
        /// Signal against a walker's on clear ground: cross-section, less what clutter takes.
        signal_ratio: f64,
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
        Self::for_task(kind, height_m, mover, settings, Task::Detect)
    }

    /// The same for looks that must do more than detect; a radar, a ground sensor or a person does nothing more.
    pub fn for_task(
        kind: &SensorKind,
        height_m: f64,
        mover: Mover,
        settings: &Settings,
        task: Task,
    ) -> Self {
        let target = Target {
            mover,
            critical_m: Settings::of(&settings.critical_dimension_m, mover),
            n50: task.n50(settings),
        };
        let (kind, band) = match kind {
            SensorKind::ThermalCamera(optics) => (target.thermal(optics, settings), Band::Thermal),
            SensorKind::Balloon(platform) | SensorKind::Drone(platform) => {
                (target.thermal(&platform.optics, settings), Band::Thermal)
            }
            SensorKind::VisibleCamera(optics) => (target.visible(optics, settings), Band::Visible),
            SensorKind::Radar(radar) => (target.radar(radar, settings), Band::Unweakened),
            SensorKind::GroundSensor(ground) => {
                (target.near(ground, &settings.ground_reach), Band::Unweakened)
            }
            SensorKind::Checkpoint(ground) => {
                (target.near(ground, &settings.checkpoint_reach), Band::Unweakened)
            }
            SensorKind::Observer(observer) => {
                let walker_m = Settings::of(&settings.critical_dimension_m, Mover::Walker);
                let half_range_m = observer.walker_half_range_m * target.critical_m / walker_m;
                (Kind::Observer { half_range_m }, Band::Visible)
            }
        };
        Self { kind, band, height_m }
    }

    /// The ground distance at which half the looks succeed through air that adds `per_m` of optical depth a metre in
    /// the sensor's [`Band`]; `None` when fewer do even at the sensor's foot.
    ///
    /// To a decimetre, at most 1 000 km.
    pub fn half_range_m(&self, per_m: f64) -> Option<f64> {
        let half = |range_m: f64| self.p_look(range_m, per_m * range_m) >= 0.5;
        let (mut near_m, mut far_m) = (self.range_min_m(), 1e6);
        if !half(near_m) {
            return None;
        }
        while far_m - near_m > 0.05 {
            let middle_m = f64::midpoint(near_m, far_m);
            if half(middle_m) {
                near_m = middle_m;
            } else {
                far_m = middle_m;
            }
        }
        Some(near_m)
    }

    fn range_min_m(&self) -> f64 {
        match &self.kind {
            Kind::Radar { range_min_m, .. } => *range_min_m,
            Kind::Thermal { .. }
            | Kind::Visible { .. }
            | Kind::Ground { .. }
            | Kind::Observer { .. } => 0.0,
        }
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
            Kind::Visible { cycles_per_rad, critical_m, n50, clear_per_m, contrast_reach } => {
                let contrast =
                    acquisition::contrast_share(clear_per_m * range_m + depth, *contrast_reach);
                ttpf(critical_m * cycles_per_rad * contrast / (range_m * n50))
            }
            Kind::Radar { range_min_m, .. } if range_m < *range_min_m => 0.0,
            Kind::Radar { half_range_m, signal_ratio, doppler_share, false_alarm, .. } => {
                let ratio = half_range_m / range_m;
                let snr = radar::half_detection_snr(*false_alarm)
                    * signal_ratio
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

/// What is looked for, and how sure the look must be.
#[derive(Debug, Clone, Copy)]
struct Target {
    mover: Mover,
    critical_m: f64,
    n50: f64,
}

impl Target {
    fn thermal(self, optics: &Optics, settings: &Settings) -> Kind {
        let eye = ThermalEye::new(optics, settings, settings.contrast_of_k(self.mover));
        Kind::Thermal { eye, critical_m: self.critical_m, n50: self.n50 }
    }

    fn visible(self, optics: &Optics, settings: &Settings) -> Kind {
        Kind::Visible {
            cycles_per_rad: thermal::steady_per_rad(optics),
            critical_m: self.critical_m,
            n50: self.n50,
            clear_per_m: extinction_per_m(settings.clear_visibility_m),
            contrast_reach: libm::log(settings.visible_contrast / settings.least_contrast),
        }
    }

    fn radar(self, radar: &RadarFigures, settings: &Settings) -> Kind {
        let section_m2 = |mover| Settings::of(&settings.radar_cross_section_m2, mover);
        let speed_mps = settings.off_path_speed_mps(self.mover);
        Kind::Radar {
            half_range_m: radar.walker_half_range_m,
            range_min_m: radar.range_min_m,
            signal_ratio: section_m2(self.mover) / section_m2(Mover::Walker)
                * libm::pow(10.0, -radar.clutter_db / 10.0),
            doppler_share: in_clear_doppler(speed_mps, radar.notch_mps),
            false_alarm: settings.radar_false_alarm,
        }
    }

    fn near(self, figures: &GroundFigures, reach: &BTreeMap<Mover, f64>) -> Kind {
        Kind::Ground {
            reach_m: figures.radius_m * Settings::of(reach, self.mover),
            p_detect: figures.p_detect,
        }
    }
}

#[cfg(test)]
mod tests;
