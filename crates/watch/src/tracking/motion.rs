//! Ways of moving: what each is like, how common it is among each class, how often things change.

use serde::{Deserialize, Serialize};

use super::class::{CLASSES, ClassWeights};
use super::config::{ConfigError, within};

/// How a thing moves just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It stands, sits or lies, or is about to.
    Stop,
    Walk,
    /// Over open ground.
    Drive,
    /// Along a road, on wheels.
    Road,
    Fly,
}

/// Most ways of moving that the filter tells apart.
pub(crate) const MOTIONS_MAX: usize = 5;

/// One way of moving.
///
/// Velocity changes by white acceleration. In a way that slows it also fades, in one that turns it
/// also turns by a rate that comes and goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Motion {
    pub mode: Mode,
    /// Spectral density of the white acceleration of each axis.
    pub acceleration_m2ps3: f64,
    /// Spread of each velocity component of what is first found, or starts, to move so.
    pub speed_sigma_mps: f64,
    /// Time in which velocity fades to 1/e; `None` where it is kept.
    pub slowing_s: Option<f64>,
    pub turning: Option<Turning>,
    pub along_road: Option<AlongRoad>,
    /// Slope at which so many fewer move so that a normal distribution has fallen by one sigma; `None`
    /// where slopes do not matter.
    pub steep_deg: Option<f64>,
    /// Share of those on land that move so in water.
    pub in_water: f64,
    /// For each class the share of its movers that move so; scaled to a sum of one over all ways.
    pub shares: ClassWeights,
    /// Of the way that leaves the ground, how it does; of one way at most.
    #[serde(default)]
    pub climbing: Option<Climbing>,
}

/// How what flies goes up and down.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Climbing {
    /// Spectral density of the white vertical acceleration.
    pub acceleration_m2ps3: f64,
    /// Spread of the climb rate of what is first found, or starts, to fly.
    pub speed_sigma_mps: f64,
    /// Before a height is measured all are alike up to so far above the ground.
    pub ceiling_m: f64,
}

/// Turns of a vehicle: a rate that is normal around zero and forgotten after a while.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Turning {
    pub sigma_radps: f64,
    /// Time in which the rate fades to 1/e.
    pub memory_s: f64,
}

/// How what follows a road keeps to it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlongRoad {
    /// Spread of its place about the road's middle, with the error of the map.
    pub spread_m: f64,
    /// Time in which it comes back to the middle, and into the road's direction, to 1/e.
    pub steering_s: f64,
    /// Spread of its velocity across the road.
    pub sway_mps: f64,
}

/// Figures for people, animals, vehicles and drones on open ground.
///
/// All are assumptions (A) unless a source is named. Standing: a person seen by a radar sways by
/// less than the radar errs. Walking: 1.2 to 1.5 m/s at ease (Bohannon, "Comfortable and maximum walking
/// speed of adults", 1997), up to 3 m/s at a run or on a donkey. Driving, also on roads that no map
/// shows: up to 60 km/h.
/// Wheels seldom leave the road above 15 degrees (vehicle manuals give 30 as the most), feet above 35.
/// Flying: small drones, up to 20 m/s (DJI and Parrot data sheets give 15 to 20), that climb and sink by 4 to 8 m/s at most
/// (the same sheets), so 3 m/s as one sigma; light aircraft that keep low are within a kilometre of the ground.
pub(crate) fn shipped() -> Vec<Motion> {
    vec![
        Motion {
            mode: Mode::Stop,
            acceleration_m2ps3: 0.02,
            speed_sigma_mps: 0.2,
            slowing_s: Some(2.0),
            turning: None,
            along_road: None,
            steep_deg: None,
            in_water: 0.5,
            shares: ClassWeights::new([0.35, 0.35, 0.35, 0.45, 0.0, 0.3]),
            climbing: None,
        },
        Motion {
            mode: Mode::Walk,
            acceleration_m2ps3: 0.05,
            speed_sigma_mps: 1.5,
            slowing_s: None,
            turning: None,
            along_road: None,
            steep_deg: Some(30.0),
            in_water: 0.3,
            shares: ClassWeights::new([0.65, 0.65, 0.0, 0.55, 0.0, 0.4]),
            climbing: None,
        },
        Motion {
            mode: Mode::Drive,
            acceleration_m2ps3: 0.5,
            speed_sigma_mps: 9.0,
            slowing_s: None,
            turning: Some(Turning { sigma_radps: 0.1, memory_s: 8.0 }),
            along_road: None,
            steep_deg: Some(12.0),
            in_water: 0.02,
            shares: ClassWeights::new([0.0, 0.0, 0.3, 0.0, 0.0, 0.25]),
            climbing: None,
        },
        Motion {
            mode: Mode::Road,
            acceleration_m2ps3: 0.5,
            speed_sigma_mps: 10.0,
            slowing_s: None,
            turning: None,
            along_road: Some(AlongRoad { spread_m: 8.0, steering_s: 2.0, sway_mps: 0.5 }),
            steep_deg: None,
            in_water: 0.1,
            shares: ClassWeights::new([0.0, 0.0, 0.6, 0.0, 0.0, 0.3]),
            climbing: None,
        },
        Motion {
            mode: Mode::Fly,
            acceleration_m2ps3: 2.0,
            speed_sigma_mps: 12.0,
            slowing_s: None,
            turning: None,
            along_road: None,
            steep_deg: None,
            in_water: 1.0,
            shares: ClassWeights::new([0.0, 0.0, 0.0, 0.0, 1.0, 0.05]),
            climbing: Some(Climbing {
                acceleration_m2ps3: 0.5,
                speed_sigma_mps: 3.0,
                ceiling_m: 1_000.0,
            }),
        },
    ]
}

/// Mean time after which a mover of each class decides anew how it moves, s (A).
pub(crate) const SHIPPED_DECIDES_AFTER_S: [f64; CLASSES.len()] =
    [60.0, 90.0, 45.0, 45.0, 120.0, 60.0];

/// Judges every figure of every way of moving.
pub(crate) fn check(motions: &[Motion]) -> Result<(), ConfigError> {
    within("motions", motions.len() as f64, 0.0, MOTIONS_MAX as f64)?;
    for (place, motion) in motions.iter().enumerate() {
        if motions[..place].iter().any(|earlier| earlier.mode == motion.mode) {
            return Err(ConfigError::ModeTwice { mode: motion.mode });
        }
        within("motions.acceleration_m2ps3", motion.acceleration_m2ps3, 1e-9, 1e6)?;
        within("motions.speed_sigma_mps", motion.speed_sigma_mps, 1e-3, 1e4)?;
        if let Some(slowing_s) = motion.slowing_s {
            within("motions.slowing_s", slowing_s, 1e-2, 1e6)?;
        }
        if let Some(turning) = motion.turning {
            within("motions.turning.sigma_radps", turning.sigma_radps, 1e-4, 2.0)?;
            within("motions.turning.memory_s", turning.memory_s, 1e-1, 1e6)?;
        }
        if motion.turning.is_some() && motion.slowing_s.is_some() {
            return Err(ConfigError::SlowsAndTurns { mode: motion.mode });
        }
        if let Some(following) = motion.along_road {
            within("motions.along_road.spread_m", following.spread_m, 0.1, 1e4)?;
            within("motions.along_road.steering_s", following.steering_s, 1e-1, 1e4)?;
            within("motions.along_road.sway_mps", following.sway_mps, 1e-2, 1e2)?;
        }
        if let Some(steep_deg) = motion.steep_deg {
            within("motions.steep_deg", steep_deg, 1.0, 1e3)?;
        }
        within("motions.in_water", motion.in_water, 0.0, 1.0)?;
        if let Some(climbing) = motion.climbing {
            if motions[..place].iter().any(|earlier| earlier.climbing.is_some()) {
                return Err(ConfigError::ClimbsTwice { mode: motion.mode });
            }
            within("motions.climbing.acceleration_m2ps3", climbing.acceleration_m2ps3, 1e-9, 1e4)?;
            within("motions.climbing.speed_sigma_mps", climbing.speed_sigma_mps, 1e-3, 1e3)?;
            within("motions.climbing.ceiling_m", climbing.ceiling_m, 1.0, 1e5)?;
        }
        for class in CLASSES {
            within("motions.shares", motion.shares.get(class), 0.0, 1e6)?;
        }
    }
    Ok(())
}

/// The shares of one class over all ways of moving, with a sum of one; alike where none has any.
pub(crate) fn scaled_shares(motions: &[Motion]) -> Vec<ClassWeights> {
    let mut scaled: Vec<ClassWeights> = motions.iter().map(|motion| motion.shares).collect();
    for class in CLASSES {
        let total: f64 = motions.iter().map(|motion| motion.shares.get(class)).sum();
        for shares in &mut scaled {
            let share =
                if total > 0.0 { shares.get(class) / total } else { 1.0 / motions.len() as f64 };
            shares.set(class, share);
        }
    }
    scaled
}
