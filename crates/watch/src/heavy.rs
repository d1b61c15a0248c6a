//! Work too heavy for a step: asked for as an output, computed outside, brought back as an input.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sight::coverage::{Assessment, Assessor, Conditions, Model};
use sight::crossing::{self, Arrival, Light, Starter};
use sight::geo::EnuPoint;
use sight::placement::{self, BuyBack, StormAsk};

/// A computation that the core asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeavyRequest {
    /// The watch state of every stretch under these conditions.
    Assess(Conditions),
    /// When each unit could be at a place.
    Arrivals { to: EnuPoint, from: Vec<Starter>, light: Light },
    /// Which moves buy back most sight.
    BuyBack(Box<StormAsk>),
}

/// Its result. Only the digest is journalled; replay computes the rest again.
#[derive(Debug, Clone)]
pub enum HeavyResult {
    Assessed(Arc<Assessment>),
    Arrivals(Vec<Arrival>),
    BoughtBack(Arc<BuyBack>),
}

/// Does the work, and keeps what makes the next assessment cheap.
///
/// Results are pure: the same request on the same model gives the same one whatever came before, so replay can do it again.
#[derive(Debug)]
pub struct Computer {
    assessor: Assessor,
}

impl Computer {
    pub fn new(model: Arc<Model>) -> Self {
        Self { assessor: Assessor::new(model) }
    }

    pub fn model(&self) -> &Arc<Model> {
        self.assessor.model()
    }

    pub fn compute(&mut self, request: &HeavyRequest) -> HeavyResult {
        match request {
            HeavyRequest::Assess(conditions) => {
                HeavyResult::Assessed(Arc::new(self.assessor.assess(conditions)))
            }
            HeavyRequest::Arrivals { to, from, light } => {
                let arrivals = crossing::arrivals(self.assessor.model(), *to, from, *light);
                HeavyResult::Arrivals(arrivals)
            }
            HeavyRequest::BuyBack(ask) => {
                let answer = placement::buy_back(self.assessor.model(), ask);
                HeavyResult::BoughtBack(Arc::new(answer))
            }
        }
    }
}

impl HeavyResult {
    /// What is journalled of it.
    pub fn digest(&self) -> [u8; 32] {
        match self {
            Self::Assessed(assessment) => assessment.digest(),
            Self::Arrivals(arrivals) => {
                let bytes = postcard::to_extend(arrivals, Vec::new())
                    .expect("arrivals always encode: they hold no unsized sequences");
                Sha256::digest(bytes).into()
            }
            Self::BoughtBack(answer) => {
                let bytes = postcard::to_extend(answer.as_ref(), Vec::new())
                    .expect("moves always encode: they hold no unsized sequences");
                Sha256::digest(bytes).into()
            }
        }
    }
}
