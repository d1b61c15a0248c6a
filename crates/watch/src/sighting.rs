//! The watch state of the line as last computed, and when to ask for it anew.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Assessment, Conditions, MovedTo, StretchAssessment, WatchState, WeatherAt};

use crate::heavy::HeavyRequest;
use crate::journal::RequestId;
use crate::limits;
use crate::roster::seconds_between;

/// What is known of the line's watch state.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    stretches: Vec<StretchAssessment>,
    digest: Option<[u8; 32]>,
    asked: Option<Asked>,
    /// Counts assessments taken in, so that pictures of coverage can be told apart.
    version: u64,
    #[serde(skip)]
    assessment: Option<Arc<Assessment>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Asked {
    request: RequestId,
    at: Timestamp,
    conditions: Conditions,
    answered: bool,
}

impl Sighting {
    pub fn stretches(&self) -> &[StretchAssessment] {
        &self.stretches
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn assessment(&self) -> Option<&Arc<Assessment>> {
        self.assessment.as_ref()
    }

    /// Puts an assessment back that was taken in before the state was written; false when it is another.
    pub fn put_back(&mut self, assessment: Arc<Assessment>) -> bool {
        let is_same = self.digest == Some(assessment.digest());
        if is_same {
            self.assessment = Some(assessment);
        }
        is_same
    }

    /// Asks for an assessment when conditions differ from those last asked about and the last answer is in.
    ///
    /// A change of health or of view, weather that turns and a balloon that is hauled are asked about at once; the rest waits
    /// for the interval.
    pub fn ask_if_changed(
        &mut self,
        conditions: Conditions,
        now: Timestamp,
        next: impl FnOnce() -> RequestId,
    ) -> Option<(RequestId, HeavyRequest)> {
        let due = match &self.asked {
            None => true,
            Some(asked) if !asked.answered || asked.conditions == conditions => false,
            Some(asked) => {
                seconds_between(asked.at, now) >= limits::ASSESS_INTERVAL_S
                    || breaks(&asked.conditions, &conditions)
            }
        };
        if !due {
            return None;
        }
        let request = next();
        self.asked =
            Some(Asked { request, at: now, conditions: conditions.clone(), answered: false });
        Some((request, HeavyRequest::Assess(conditions)))
    }

    /// Makes every stretch unknown when the answer to a question is overdue; says whether that changed anything.
    pub fn doubt_if_overdue(&mut self, now: Timestamp) -> bool {
        let overdue = self.asked.as_ref().is_some_and(|asked| {
            !asked.answered && seconds_between(asked.at, now) > limits::ASSESS_PATIENCE_S
        });
        let is_known = |stretch: &StretchAssessment| stretch.state != WatchState::Unknown;
        if !overdue || !self.stretches.iter().any(is_known) {
            return false;
        }
        for stretch in &mut self.stretches {
            stretch.state = WatchState::Unknown;
        }
        true
    }

    /// Takes in an assessment, if it is the one that was asked for.
    pub fn take(
        &mut self,
        request: RequestId,
        digest: [u8; 32],
        assessment: Arc<Assessment>,
    ) -> bool {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.request == request) else {
            return false;
        };
        asked.answered = true;
        self.stretches.clone_from(&assessment.stretches);
        self.digest = Some(digest);
        self.version += 1;
        self.assessment = Some(assessment);
        true
    }
}

/// True when something happened that cannot wait: a sensor failed, came back or turned, the weather turned, a balloon was
/// hauled.
fn breaks(before: &Conditions, after: &Conditions) -> bool {
    let sensors = || before.sensors.values().zip(after.sensors.values());
    before.weather_stale != after.weather_stale
        || before.sensors.len() != after.sensors.len()
        || sensors().any(|(before, after)| before.health != after.health)
        || sensors().any(|(before, after)| is_hauled(before.moved_to, after.moved_to))
        || before.views != after.views
        || before.weather.len() != after.weather.len()
        || before.weather.iter().zip(&after.weather).any(|(before, after)| turns(before, after))
}

/// True when it went up, came down or climbed; a bend of a drone's orbit waits.
fn is_hauled(before: Option<MovedTo>, after: Option<MovedTo>) -> bool {
    match (before, after) {
        (None, None) => false,
        (Some(before), Some(after)) => {
            (before.height_m - after.height_m).abs() >= limits::CLIMBED_STEP_M
        }
        (None, Some(_)) | (Some(_), None) => true,
    }
}

/// True when a mast tells of another kind of weather, not of a little more of the same.
fn turns(before: &WeatherAt, after: &WeatherAt) -> bool {
    let sight_turns = |(before_m, after_m): (f64, f64)| {
        let (worse_m, better_m) = (before_m.min(after_m), before_m.max(after_m));
        worse_m < limits::OPEN_SIGHT_M && better_m >= limits::SIGHT_TURN_RATIO * worse_m
    };
    before.visibility_m.zip(after.visibility_m).is_some_and(sight_turns)
        || before.dust != after.dust
        || before.ceiling_m.is_some() != after.ceiling_m.is_some()
        || (before.wind_mps - after.wind_mps).abs() >= limits::WIND_TURN_MPS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sight::coverage::{Health, SensorCondition};
    use sight::crossing::Light;
    use sight::geo::EnuPoint;
    use sight::sector::{Mover, SensorId};

    use super::*;

    #[test]
    fn a_front_a_failure_and_a_hauled_balloon_are_asked_about_at_once() {
        let calm = conditions(9_000.0, Health::Working, Some(300.0));

        for (what, sudden) in [
            ("front", conditions(900.0, Health::Working, Some(300.0))),
            ("failure", conditions(9_000.0, Health::Down, Some(300.0))),
            ("hauled", conditions(9_000.0, Health::Working, Some(120.0))),
            ("moored", conditions(9_000.0, Health::Working, None)),
        ] {
            assert!(asked_within_a_second(&calm, sudden), "{what}");
        }
    }

    #[test]
    fn a_little_more_haze_waits_for_the_interval() {
        let calm = conditions(9_000.0, Health::Working, Some(300.0));

        assert!(!asked_within_a_second(&calm, conditions(8_100.0, Health::Working, Some(300.0))));
        assert!(!asked_within_a_second(&calm, conditions(9_000.0, Health::Working, Some(310.0))));
        let clear = conditions(20_000.0, Health::Working, Some(300.0));
        assert!(!asked_within_a_second(&clear, conditions(38_000.0, Health::Working, Some(300.0))));
    }

    fn asked_within_a_second(before: &Conditions, after: Conditions) -> bool {
        let now = Timestamp::UNIX_EPOCH;
        let mut sighting = Sighting::default();
        let first = sighting.ask_if_changed(before.clone(), now, || RequestId(1));
        assert!(first.is_some());
        if let Some(asked) = &mut sighting.asked {
            asked.answered = true;
        }
        let later = now.checked_add(jiff::SignedDuration::from_secs(1)).unwrap();
        sighting.ask_if_changed(after, later, || RequestId(2)).is_some()
    }

    fn conditions(visibility_m: f64, health: Health, height_m: Option<f64>) -> Conditions {
        let point = EnuPoint::new(0.0, 0.0);
        let moved_to = height_m.map(|height_m| MovedTo { point, height_m });
        let balloon = (SensorId("balloon".to_owned()), SensorCondition { health, moved_to });
        Conditions {
            mover: Mover::Walker,
            light: Light::Day,
            weather: vec![WeatherAt {
                point,
                visibility_m: Some(visibility_m),
                wind_mps: 4.0,
                ceiling_m: None,
                dust: true,
            }],
            weather_stale: false,
            sensors: BTreeMap::from([balloon]),
            views: BTreeMap::new(),
        }
    }
}
