//! Class as a discrete probability: what a thing may be, and how evidence moves it.

use serde::{Deserialize, Serialize};

use crate::detection::Class;

/// Every class, in the order in which weights are kept.
pub const CLASSES: [Class; 6] =
    [Class::Person, Class::Group, Class::Vehicle, Class::Animal, Class::Aircraft, Class::Unknown];

/// One weight per class: probabilities of a track, or likelihoods of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassWeights([f64; CLASSES.len()]);

impl ClassWeights {
    pub(crate) const ZERO: Self = Self([0.0; CLASSES.len()]);

    /// Weights in the order of [`CLASSES`].
    pub fn new(weights: [f64; CLASSES.len()]) -> Self {
        Self(weights)
    }

    /// All alike: no information.
    pub fn uniform() -> Self {
        Self([1.0; CLASSES.len()])
    }

    /// Likelihoods from a sensor's confidences, which name some classes and may not add up to one.
    ///
    /// What it leaves unsaid is spread evenly over all classes. `weight` in 0..1 tempers the
    /// whole, because looks at one thing in a row repeat each other's errors. Confidences that
    /// are not in 0..=1 are passed over.
    pub fn from_confidences(confidences: &[(Class, f64)], weight: f64) -> Self {
        let mut named = [0.0; CLASSES.len()];
        for &(class, confidence) in confidences {
            if class != Class::Unknown && (0.0..=1.0).contains(&confidence) {
                named[class as usize] += confidence;
            }
        }
        let total: f64 = named.iter().sum();
        let scale = if total > 1.0 { 1.0 / total } else { 1.0 };
        let unsaid = (1.0 - total * scale).max(0.02) / CLASSES.len() as f64;
        Self(named.map(|share| libm::pow((share * scale + unsaid) * CLASSES.len() as f64, weight)))
    }

    pub fn get(&self, class: Class) -> f64 {
        self.0[class as usize]
    }

    pub fn set(&mut self, class: Class, weight: f64) {
        self.0[class as usize] = weight;
    }

    /// The class with the largest weight; the first of equals.
    pub fn most_likely(&self) -> (Class, f64) {
        CLASSES.iter().zip(self.0).fold(
            (Class::Unknown, f64::NEG_INFINITY),
            |best, (&class, weight)| {
                if weight > best.1 { (class, weight) } else { best }
            },
        )
    }

    pub(crate) fn is_likelihood(&self) -> bool {
        self.0.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
            && self.0.iter().any(|weight| *weight > 0.0)
    }

    pub(crate) fn sum(&self) -> f64 {
        self.0.iter().sum()
    }

    pub(crate) fn scaled(self, scale: f64) -> Self {
        self.map(|weight| weight * scale)
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = *self;
        for (a, b) in product.0.iter_mut().zip(other.0) {
            *a *= b;
        }
        product
    }

    pub(crate) fn add_scaled(&mut self, other: &Self, scale: f64) {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a += scale * b;
        }
    }

    pub(crate) fn map(self, change: impl FnMut(f64) -> f64) -> Self {
        Self(self.0.map(change))
    }

    /// Scaled to a sum of one; even when there is nothing to scale.
    pub(crate) fn normalised(self) -> Self {
        let total = self.sum();
        if total > 0.0 && total.is_finite() {
            self.scaled(1.0 / total)
        } else {
            Self::uniform().scaled(1.0 / CLASSES.len() as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn weights_are_kept_in_the_order_of_the_classes() {
        for (place, class) in CLASSES.into_iter().enumerate() {
            assert_eq!(class as usize, place);
        }
    }

    #[test]
    fn a_sure_sensor_still_leaves_room_for_the_others() {
        let likelihood = ClassWeights::from_confidences(&[(Class::Vehicle, 1.0)], 1.0);

        assert_eq!(likelihood.most_likely().0, Class::Vehicle);
        assert!(likelihood.get(Class::Person) > 0.0);
    }

    #[test]
    fn confidences_out_of_range_say_nothing() {
        let likelihood =
            ClassWeights::from_confidences(&[(Class::Person, f64::NAN), (Class::Animal, 7.0)], 1.0);

        assert_relative_eq!(likelihood.get(Class::Person), 1.0, epsilon = 1e-12);
        assert_relative_eq!(likelihood.get(Class::Animal), 1.0, epsilon = 1e-12);
    }
}
