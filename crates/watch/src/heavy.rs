//! Work too heavy for a step: asked for as an output, computed outside, brought back as an input.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sight::coverage::{Assessment, Conditions};
use sight::crossing::{Arrival, Starter};
use sight::geo::EnuPoint;

/// A computation that the core asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeavyRequest {
    /// The watch state of every stretch under these conditions.
    Assess(Conditions),
    /// When each unit could be at a place.
    Arrivals { to: EnuPoint, from: Vec<Starter> },
}

/// Its result. Only the digest is journalled; replay computes the rest again.
#[derive(Debug, Clone)]
pub enum HeavyResult {
    Assessed(Arc<Assessment>),
    Arrivals(Vec<Arrival>),
}
