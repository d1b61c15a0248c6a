//! The watch state of the line as last computed, and when to ask for it anew.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Assessment, Conditions, StretchAssessment, WatchState};

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

    /// Asks for an assessment when conditions differ from those last asked about and the last answer is in.
    ///
    /// A change of health or of the first weather is asked at once; the rest waits for the interval.
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
                    || health_differs(&asked.conditions, &conditions)
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

fn health_differs(a: &Conditions, b: &Conditions) -> bool {
    a.weather_stale != b.weather_stale
        || a.sensors.len() != b.sensors.len()
        || a.sensors.iter().zip(&b.sensors).any(|((_, x), (_, y))| x.health != y.health)
}
