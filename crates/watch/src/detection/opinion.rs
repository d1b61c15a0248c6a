//! What a sensor's word on the class of a thing is worth: a table of how often each kind of sensor errs how.

use sight::sector::{SensorKind, Settings};

use super::Class;
use crate::tracking::{CLASSES, ClassWeights};

/// Looks in a row err alike, so one look's word on class counts for less than a fresh one (TRACKING.md 8; A).
pub(crate) const CLASS_TEMPER: f64 = 0.4;

/// Who speaks. Each kind errs in its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witness {
    Camera,
    Radar,
    Ground,
    Person,
}

/// For each true class (rows) how the wrong answers about it divide over what is said (columns), both in
/// the order of [`CLASSES`]. All are assumptions: a group is taken for one of it more often than for a car.
const WRONG: [[f64; CLASSES.len()]; CLASSES.len()] = [
    [0.0, 0.35, 0.05, 0.25, 0.02, 0.33],
    [0.40, 0.0, 0.08, 0.22, 0.02, 0.28],
    [0.08, 0.25, 0.0, 0.12, 0.05, 0.50],
    [0.35, 0.20, 0.05, 0.0, 0.05, 0.35],
    [0.05, 0.05, 0.10, 0.20, 0.0, 0.60],
    // Nothing of these: said to be anything, alike.
    [0.2, 0.2, 0.2, 0.2, 0.2, 0.0],
];

impl Witness {
    pub(crate) fn of(kind: &SensorKind) -> Self {
        match kind {
            SensorKind::ThermalCamera(_)
            | SensorKind::VisibleCamera(_)
            | SensorKind::Balloon(_)
            | SensorKind::Drone(_) => Self::Camera,
            SensorKind::Radar(_) => Self::Radar,
            SensorKind::GroundSensor(_) => Self::Ground,
            SensorKind::Observer(_) | SensorKind::Checkpoint(_) => Self::Person,
        }
    }

    /// Chance that it names the class of a thing it tells of.
    fn right(self, settings: &Settings) -> f64 {
        match self {
            Self::Camera => settings.camera_class_right,
            Self::Radar => settings.radar_class_right,
            Self::Ground => settings.ground_class_right,
            Self::Person => settings.people_class_right,
        }
    }

    /// Chance that it says one class of a thing that is of another.
    fn says(self, said: Class, truth: Class, settings: &Settings) -> f64 {
        // What is none of the classes is told as unknown no more often than as each of them.
        let right =
            if truth == Class::Unknown { 1.0 / CLASSES.len() as f64 } else { self.right(settings) };
        if said == truth { right } else { (1.0 - right) * WRONG[truth as usize][said as usize] }
    }
}

/// Likelihoods of each class, from what a sensor said with which confidence.
///
/// A class said for sure weighs as Bayes' rule has it: by how often the sensor says so of each true class.
/// Of several, each weighs by its confidence; what is left unsaid says nothing. Confidences that are not
/// in 0..=1 are passed over. `temper` in 0..=1 is the share of a fresh look.
pub(crate) fn likelihoods(
    said: &[(Class, f64)],
    (witness, settings): (Witness, &Settings),
    temper: f64,
) -> ClassWeights {
    let heard = || {
        let known = |&&(class, confidence): &&(Class, f64)| {
            class != Class::Unknown && (0.0..=1.0).contains(&confidence)
        };
        said.iter().filter(known)
    };
    let total: f64 = heard().map(|(_, confidence)| confidence).sum();
    let scale = if total > 1.0 { 1.0 / total } else { 1.0 };
    let mut likelihoods = ClassWeights::uniform().map(|_| 1.0 - total * scale);
    for &(class, confidence) in heard() {
        let says = |truth| witness.says(class, truth, settings);
        let mean = CLASSES.into_iter().map(says).sum::<f64>() / CLASSES.len() as f64;
        for truth in CLASSES {
            let own = likelihoods.get(truth) + confidence * scale * says(truth) / mean;
            likelihoods.set(truth, own);
        }
    }
    likelihoods.map(|likelihood| libm::pow(likelihood, temper))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// A sensor that says "vehicle" of 80 vehicles in 100, of 2 persons in 100 (see the table) and so on:
    /// Bayes' rule by hand.
    #[test]
    fn a_word_said_for_sure_moves_the_class_by_bayes_rule() {
        let settings = Settings { camera_class_right: 0.8, ..Settings::default() };
        let prior = ClassWeights::new([0.5, 0.1, 0.2, 0.1, 0.05, 0.05]);

        let word = likelihoods(&[(Class::Vehicle, 1.0)], (Witness::Camera, &settings), 1.0);
        let after = prior.times(&word).normalised();

        let says = [0.2 * 0.05, 0.2 * 0.08, 0.8, 0.2 * 0.05, 0.2 * 0.10, 5.0 / 6.0 * 0.2];
        let joint: Vec<f64> = CLASSES.iter().zip(says).map(|(c, s)| prior.get(*c) * s).collect();
        let total: f64 = joint.iter().sum();
        for (class, joint) in CLASSES.into_iter().zip(joint) {
            assert_relative_eq!(after.get(class), joint / total, epsilon = 1e-12);
        }
    }

    #[test]
    fn each_true_class_is_told_as_something() {
        let settings = Settings::default();
        for witness in [Witness::Camera, Witness::Radar, Witness::Ground, Witness::Person] {
            for truth in CLASSES {
                let all: f64 =
                    CLASSES.into_iter().map(|said| witness.says(said, truth, &settings)).sum();
                assert_relative_eq!(all, 1.0, epsilon = 1e-12);
            }
        }
    }

    #[test]
    fn a_camera_s_word_weighs_more_than_a_ground_sensor_s() {
        let settings = Settings::default();
        let of = |witness| {
            let word = likelihoods(&[(Class::Person, 0.9)], (witness, &settings), 1.0);
            word.get(Class::Person) / word.get(Class::Vehicle)
        };

        assert!(of(Witness::Camera) > 2.0 * of(Witness::Ground));
    }

    #[test]
    fn nothing_said_and_nonsense_say_nothing() {
        let settings = Settings::default();
        let nonsense = [(Class::Person, f64::NAN), (Class::Animal, 7.0), (Class::Unknown, 1.0)];

        let word = likelihoods(&nonsense, (Witness::Camera, &settings), 0.4);

        for class in CLASSES {
            assert_relative_eq!(word.get(class), 1.0, epsilon = 1e-12);
        }
    }

    #[test]
    fn a_tempered_word_said_twice_and_a_half_is_one_fresh_word() {
        let settings = Settings::default();
        let word = |temper| {
            let said = [(Class::Person, 0.8)];
            likelihoods(&said, (Witness::Camera, &settings), temper).get(Class::Person)
        };

        assert_relative_eq!(libm::pow(word(0.4), 2.5), word(1.0), epsilon = 1e-12);
    }
}
