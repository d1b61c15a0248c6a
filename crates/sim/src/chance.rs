//! Seeded randomness: one stream per purpose, so that one mover more does not shuffle another's luck.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use rand_distr::StandardNormal;

/// What a stream of random numbers is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    Night,
    Mover(usize),
    Sensor(usize),
    Unit(usize),
    Mast(usize),
    Ids,
}

/// A reproducible source of chance.
#[derive(Debug, Clone)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let (kind, index) = match purpose {
            Purpose::Night => (0, 0),
            Purpose::Mover(index) => (1, index),
            Purpose::Sensor(index) => (2, index),
            Purpose::Unit(index) => (3, index),
            Purpose::Mast(index) => (4, index),
            Purpose::Ids => (5, 0),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((kind << 32) | index as u64);
        Self(rng)
    }

    /// Uniform in 0..1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0.random()
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// Normal with mean zero and unit variance.
    pub(crate) fn normal(&mut self) -> f64 {
        self.0.sample(StandardNormal)
    }

    /// Log-normal about one, with this standard deviation of its logarithm.
    pub(crate) fn factor(&mut self, sigma: f64) -> f64 {
        libm::exp(sigma * self.normal())
    }

    /// Waiting time of a Poisson process; infinite when nothing ever happens.
    pub(crate) fn wait_s(&mut self, rate_per_s: f64) -> f64 {
        let share = 1.0 - self.share();
        if rate_per_s > 0.0 { -libm::log(share) / rate_per_s } else { f64::INFINITY }
    }

    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    pub(crate) fn bits(&mut self) -> u64 {
        self.0.random()
    }
}

/// Standard normal distribution function.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// A latent luck that changes slowly: an AR(1) process with unit variance.
///
/// Its normal scores are uniform at every single look, so a look's chance is kept exactly while
/// looks close in time share their fate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Luck {
    z: f64,
    at_s: f64,
}

impl Luck {
    pub(crate) fn new(chance: &mut Chance, at_s: f64) -> Self {
        Self { z: chance.normal(), at_s }
    }

    /// Moves on to a time; correlation falls by e in `memory_s`.
    pub(crate) fn at(&mut self, at_s: f64, memory_s: f64, chance: &mut Chance) -> f64 {
        let kept = libm::exp(-(at_s - self.at_s).max(0.0) / memory_s);
        self.z = kept * self.z + libm::sqrt((1.0 - kept * kept).max(0.0)) * chance.normal();
        self.at_s = at_s;
        self.z
    }
}
