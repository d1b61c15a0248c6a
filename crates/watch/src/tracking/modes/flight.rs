//! The height of a thing among its ways of moving: it has one of its own only if it flies.

use super::Modes;
use super::passing::Interval;
use crate::tracking::config::TrackerConfig;
use crate::tracking::kinematics::Gaussian;
use crate::tracking::vertical::{Level, Vertical};

/// Of those that fly, a share that has just left the ground counts from here on.
const TAKEN_OFF_MIN: f64 = 1e-6;

/// A thing that flies less likely than this has no height of its own: any is as likely when the next one is measured.
pub(crate) const HEIGHT_SHARE: f64 = 1e-3;

/// A thing flies as far as people are told if that is likelier than not.
const FLIES: f64 = 0.5;

impl Modes {
    /// How high it is if it flies; `None` until a height was measured.
    pub(crate) fn flight(&self) -> Option<Vertical> {
        self.flight
    }

    /// Of nothing that is known but how high it flies.
    pub(crate) fn flying_so(self, flight: Option<Vertical>) -> Self {
        Self { flight, ..self }
    }

    /// The same with a height, where flying is among its ways.
    pub(crate) fn with_flight(self, flight: Option<Vertical>, config: &TrackerConfig) -> Self {
        let flight = flight.filter(|_| self.flying(config).is_some());
        Self { flight, ..self }
    }

    /// The place of flying among its ways, if it is one of them.
    pub(crate) fn flying(&self, config: &TrackerConfig) -> Option<usize> {
        let (motion, _) = config.flying()?;
        self.ways.iter().position(|mode| mode.motion == motion)
    }

    /// Whether flying is likelier than all that it may do on the ground.
    pub(crate) fn flies(&self, config: &TrackerConfig) -> bool {
        self.flying(config).is_some_and(|place| self.ways[place].weights.sum() > FLIES)
    }

    /// How high it is and climbs, where it is known and it flies.
    pub(crate) fn aloft(&self, config: &TrackerConfig) -> Option<Vertical> {
        self.flight.filter(|_| self.flies(config))
    }

    /// The height after a time in which a share of those that then fly left the ground under `whole`.
    pub(super) fn flown(
        &self,
        taken_off: f64,
        interval: &Interval<'_>,
        whole: &Gaussian,
    ) -> Option<Vertical> {
        let config = interval.config;
        let (mut flight, (_, climbing)) = (self.flight?, config.flying()?);
        flight.predict(interval.dt_s, climbing.acceleration_m2ps3);
        let point = whole.point();
        let ground_m = config.relief.as_ref().and_then(|relief| relief.height_m(point));
        if let Some(height_m) = ground_m.filter(|_| taken_off > TAKEN_OFF_MIN) {
            let slope = libm::tan(config.ground.at(point).slope_deg.clamp(0.0, 80.0).to_radians());
            let sigma_m = libm::hypot(config.height_sigma_m, slope * whole.position_sigma_m());
            let level = Level { height_m, variance_m2: sigma_m * sigma_m };
            let started = Vertical::found(&level, climbing.speed_sigma_mps);
            let parts = [(1.0 - taken_off, Some(flight)), (taken_off, Some(started))];
            flight = Vertical::merged(&parts.into_iter()).unwrap_or(flight);
        }
        let floor_m = ground_m.map(|height_m| height_m - config.height_sigma_m);
        Some(flight.within_bounds(floor_m))
    }
}
