//! A reported track as others see it.

use jiff::Timestamp;
use nalgebra::{Matrix4, Vector4};
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::SensorId;

use super::acts::Spoken;
use super::bernoulli::Bernoulli;
use super::class::ClassWeights;
use super::config::TrackerConfig;
use super::filter::Filter;
use super::modes::Intervals;
use super::motion::Mode;
use super::vertical::Vertical;
use crate::journal::TrackId;

/// Where a track is believed to be at [`TrackEstimate::at`], and how surely.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackEstimate {
    pub id: TrackId,
    pub at: Timestamp,
    /// East, east velocity, north, north velocity in m and m/s.
    pub mean: Vector4<f64>,
    /// Of the mean, in m², m²/s and m²/s².
    pub covariance: Matrix4<f64>,
    /// Chance that it is there at all.
    pub existence: f64,
    /// Probabilities of its class; they add up to one.
    pub classes: ClassWeights,
    /// Probabilities of how it moves; they add up to one. None where one motion serves everything.
    pub modes: Vec<(Mode, f64)>,
    /// Where it flies, rather than not, and a height was measured.
    pub height: Option<Height>,
    /// The last time that a measurement was more likely of it than not.
    pub last_seen_at: Timestamp,
    /// Sensors that contributed and when each last did, in the order of their first contribution.
    pub seen_by: Vec<(SensorId, Timestamp)>,
    pub lineage: Lineage,
    /// What people said of it.
    pub spoken: Spoken,
}

/// How high what flies is, and how it climbs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Height {
    /// Above mean sea level, m.
    pub above_sea_m: f64,
    /// Above the ground under it, where that is known, m.
    pub above_ground_m: Option<f64>,
    pub climb_mps: f64,
    /// Of the height above sea and the climb: height-height, height-climb, climb-climb.
    pub covariance: [f64; 3],
}

impl Height {
    fn of(flight: &Vertical, point: EnuPoint, config: &TrackerConfig) -> Self {
        let ground_m = config.relief.as_ref().and_then(|relief| relief.height_m(point));
        let (mean, p) = (&flight.mean, &flight.covariance);
        Self {
            above_sea_m: mean.x,
            above_ground_m: ground_m.map(|ground_m| mean.x - ground_m),
            climb_mps: mean.y,
            covariance: [p.m11, p.m12, p.m22],
        }
    }

    /// Error of the height above sea, one sigma, m.
    pub fn sigma_m(&self) -> f64 {
        libm::sqrt(self.covariance[0])
    }

    /// Error of the climb, one sigma, m/s.
    pub fn climb_sigma_mps(&self) -> f64 {
        libm::sqrt(self.covariance[2])
    }
}

/// The newest measurements that a track was made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lineage(pub Vec<MeasurementRef>);

/// A measurement that probably was of the track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasurementRef {
    pub sensor: SensorId,
    pub at: Timestamp,
    pub id: u64,
    /// Chance that it was.
    pub share: f64,
}

impl TrackEstimate {
    pub fn point(&self) -> EnuPoint {
        EnuPoint::new(self.mean.x, self.mean.z)
    }

    /// How it most likely moves; the first of equals.
    pub fn motion(&self) -> Option<Mode> {
        let likelier = |best: &(Mode, f64), other: &(Mode, f64)| other.1 > best.1;
        let best = self
            .modes
            .iter()
            .copied()
            .reduce(|best, other| if likelier(&best, &other) { other } else { best });
        best.map(|(mode, _)| mode)
    }

    /// Sensors that contributed.
    pub(crate) fn sensors(&self) -> Vec<SensorId> {
        self.seen_by.iter().map(|(sensor, _)| sensor.clone()).collect()
    }

    /// Position covariance: east-east, east-north, north-north, in m².
    pub fn position_covariance_m2(&self) -> [f64; 3] {
        [self.covariance.m11, self.covariance.m13, self.covariance.m33]
    }
}

/// A track as it is believed to be by now, which `to_now` leads up to.
pub(crate) fn of(
    id: TrackId,
    bernoulli: &Bernoulli,
    filter: &Filter,
    to_now: &mut Intervals<'_>,
) -> TrackEstimate {
    let mut belief = bernoulli.belief.clone();
    if let Some(interval) = to_now.since(bernoulli.at) {
        belief.predict(interval);
    }
    let named = |number| filter.sensor(number).cloned();
    TrackEstimate {
        id,
        at: to_now.end(),
        mean: belief.state.mean,
        covariance: belief.state.covariance,
        existence: belief.mover(),
        classes: belief.classes,
        modes: belief.modes.chances(to_now.config()),
        height: belief
            .modes
            .aloft(to_now.config())
            .map(|flight| Height::of(&flight, belief.state.point(), to_now.config())),
        last_seen_at: bernoulli.last_seen,
        seen_by: bernoulli
            .seen_by
            .iter()
            .filter_map(|&(number, at)| Some((named(number)?, at)))
            .collect(),
        lineage: Lineage(
            bernoulli
                .lineage
                .iter()
                .filter_map(|seen| {
                    let sensor = named(seen.sensor)?;
                    Some(MeasurementRef {
                        sensor,
                        at: seen.at,
                        id: seen.measurement,
                        share: seen.share,
                    })
                })
                .collect(),
        ),
        spoken: Spoken::default(),
    }
}
