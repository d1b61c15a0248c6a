//! What a sensor says of an object beyond its place and class: told to people as its word, and weighed by nobody.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What an object seems to do, in the words of BSI Flex 335 v2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    Walking,
    Running,
    Crawling,
    Climbing,
    Digging,
    Throwing,
    Loitering,
    Active,
    Passive,
    Other,
}

/// How another detection belongs to one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The one was made from it.
    Derived,
    Parent,
    Child,
    Sibling,
    /// They belong together, and it is not said how.
    Associated,
}

/// Another node's detection that a sensor names beside its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub relation: Relation,
    pub node_id: String,
    pub object_id: String,
    pub at: Option<Timestamp>,
}

/// What a sensor says of an object beside its place and class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Remarks {
    /// With the sensor's confidence, where it gave one.
    pub behaviours: Vec<(Behaviour, Option<f64>)>,
    /// Bounded by whoever reads them in.
    pub origins: Vec<Origin>,
}

impl Behaviour {
    pub const ALL: [Self; 10] = [
        Self::Walking,
        Self::Running,
        Self::Crawling,
        Self::Climbing,
        Self::Digging,
        Self::Throwing,
        Self::Loitering,
        Self::Active,
        Self::Passive,
        Self::Other,
    ];

    /// Its word in the standard.
    pub fn name(self) -> &'static str {
        match self {
            Self::Walking => "walking",
            Self::Running => "running",
            Self::Crawling => "crawling",
            Self::Climbing => "climbing",
            Self::Digging => "digging",
            Self::Throwing => "throwing",
            Self::Loitering => "loitering",
            Self::Active => "active",
            Self::Passive => "passive",
            Self::Other => "other",
        }
    }
}

impl Remarks {
    pub fn is_empty(&self) -> bool {
        self.behaviours.is_empty() && self.origins.is_empty()
    }
}
