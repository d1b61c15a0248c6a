//! Who searches, and how wide a strip they clear in effect: by light, air and ground.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::crossing::Light;
use crate::sector::GroundKind;

/// A kind of searcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Searcher {
    /// People on foot, side by side.
    Foot,
    /// A dog with its handler: by scent, in the dark as by day.
    Dog,
    /// A vehicle that drives slowly with lookouts.
    Vehicle,
    /// A drone with a thermal camera.
    Drone,
}

/// How one kind of searcher sweeps. Every figure is an assumption; sweep widths differ by a factor of three between
/// experiments on land (Robe and Frost 2002; Koester and others 2004) and should be measured with one's own people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepFigures {
    /// Effective sweep width on open ground by day in clear air, metres.
    pub open_m: f64,
    /// Speed of searching on open ground, metres per second.
    pub speed_mps: f64,
    /// Share of the width that the dark leaves.
    pub night_share: f64,
    /// Share of an optical visibility to which they see in dust or fog; nothing limits those who do not look.
    pub sight_share: Option<f64>,
    /// Share of the width that is left on kinds of ground that hide more, or less, than open ground.
    pub ground_share: BTreeMap<GroundKind, f64>,
}

/// What a sweep is made in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SweepConditions {
    pub light: Light,
    /// Meteorological visibility, metres.
    pub visibility_m: f64,
}

impl Default for SweepConditions {
    fn default() -> Self {
        Self { light: Light::Day, visibility_m: 40_000.0 }
    }
}

impl Searcher {
    pub const ALL: [Self; 4] = [Self::Foot, Self::Dog, Self::Vehicle, Self::Drone];

    /// The figures that hold when nobody gives others.
    pub fn figures(self) -> SweepFigures {
        let (open_m, speed_mps, night_share, sight_share) = match self {
            Self::Foot => (60.0, 0.6, 0.35, Some(0.69)),
            Self::Dog => (45.0, 0.8, 1.0, None),
            Self::Vehicle => (120.0, 3.0, 0.35, Some(0.69)),
            // Thermal light is weakened half as much by dust: seen twice as far.
            Self::Drone => (200.0, 6.0, 1.2, Some(1.4)),
        };
        let shares = match self {
            Self::Foot | Self::Vehicle => [0.9, 0.6, 0.6, 0.5, 0.8, 0.5],
            Self::Dog => [1.0, 0.8, 1.0, 0.9, 1.0, 0.6],
            Self::Drone => [1.0, 0.7, 0.8, 0.4, 0.9, 0.5],
        };
        let kinds = [
            GroundKind::Sand,
            GroundKind::Rock,
            GroundKind::Wadi,
            GroundKind::Scrub,
            GroundKind::Field,
            GroundKind::BuiltUp,
        ];
        let ground_share = kinds.into_iter().zip(shares).collect();
        SweepFigures { open_m, speed_mps, night_share, sight_share, ground_share }
    }
}

impl SweepFigures {
    /// Effective sweep width on one kind of ground, metres.
    ///
    /// Nobody finds what they cannot see: the width is at most twice the range at which contrast is lost,
    /// `sight_share * visibility`. For the eye that share is ln(0.3 / 0.02) / 3.912 = 0.69 (Koschmieder, with the sector's
    /// contrasts by default).
    pub fn width_m(&self, kind: GroundKind, conditions: &SweepConditions) -> f64 {
        let light_share = if conditions.light == Light::Night { self.night_share } else { 1.0 };
        let ground_share = self.ground_share.get(&kind).copied().unwrap_or(1.0);
        let width_m = self.open_m * light_share * ground_share;
        self.sight_share.map_or(width_m, |share| width_m.min(2.0 * share * conditions.visibility_m))
    }

    /// Mean width over ground of several kinds, each with its share.
    pub fn mean_width_m(&self, ground: &[(GroundKind, f64)], conditions: &SweepConditions) -> f64 {
        let sum = ground.iter().fold(0.0, |sum, (_, share)| sum + share);
        if sum <= 0.0 {
            return self.width_m(GroundKind::Open, conditions);
        }
        ground
            .iter()
            .fold(0.0, |mean, (kind, share)| mean + share / sum * self.width_m(*kind, conditions))
    }

    /// Whether every figure can be computed with.
    pub fn check(&self) -> Result<(), super::SearchFault> {
        let shares = self.ground_share.values().copied().map(|share| ("ground_share", share));
        let sight = self.sight_share.map(|share| ("sight_share", share));
        let own = [
            ("open_m", self.open_m),
            ("speed_mps", self.speed_mps),
            ("night_share", self.night_share),
        ];
        for (field, value) in own.into_iter().chain(sight).chain(shares) {
            if !(value.is_finite() && value > 0.0) {
                let must = "finite and positive";
                return Err(super::SearchFault::Sweep { field, must, value });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    const DAY: SweepConditions = SweepConditions { light: Light::Day, visibility_m: 40_000.0 };

    #[test]
    fn the_dark_and_dust_narrow_what_eyes_sweep_and_not_what_a_dog_does() {
        let dust = SweepConditions { visibility_m: 20.0, ..DAY };
        let night = SweepConditions { light: Light::Night, ..DAY };
        let width = |searcher: Searcher, conditions: &SweepConditions| {
            searcher.figures().width_m(GroundKind::Open, conditions)
        };

        assert_relative_eq!(width(Searcher::Foot, &DAY), 60.0);
        assert_relative_eq!(width(Searcher::Foot, &dust), 2.0 * 0.69 * 20.0);
        assert!(width(Searcher::Foot, &night) < 30.0);
        for conditions in [dust, night] {
            assert_relative_eq!(width(Searcher::Dog, &conditions), 45.0);
        }
        assert!(width(Searcher::Drone, &night) > width(Searcher::Drone, &DAY), "cooler ground");
    }

    #[test]
    fn ground_of_several_kinds_is_swept_at_its_mean_width() {
        let figures = Searcher::Foot.figures();
        let ground = [(GroundKind::Open, 0.75), (GroundKind::Scrub, 0.25)];

        assert_relative_eq!(figures.mean_width_m(&ground, &DAY), 0.75 * 60.0 + 0.25 * 30.0);
        assert_relative_eq!(figures.mean_width_m(&[], &DAY), 60.0);
    }
}
