//! Seams: where one sector's line goes on as another's, and tracks are handed over without a new identity.
//!
//! A track that moves out through the overlap is offered to the neighbour, again and again until it is
//! taken. Whoever takes it answers for it from then on. Each hand-over of one identity has a turn of its
//! own, counted up by one, and only who holds turn n can offer turn n + 1: however messages are lost,
//! repeated or overtaken, both sides end with the same owner.

mod desk;
mod ground;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::desk::{Here, Seams};
pub(crate) use self::ground::PlaneState;
pub use self::ground::joined;
use crate::tracking::ClassWeights;

/// One identity along the whole line: the sector that first numbered the track, and its number there.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GlobalTrackId {
    pub sector: String,
    pub number: u64,
}

impl fmt::Display for GlobalTrackId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.sector, self.number)
    }
}

/// What one sector tells its neighbour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeamMessage {
    pub from: String,
    pub to: String,
    pub word: SeamWord,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeamWord {
    Offer(Box<HandOver>),
    Taken(Taken),
}

/// A track that is offered. Identity and turn together are the message's id: a repeat is the same offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandOver {
    pub identity: GlobalTrackId,
    /// Which hand-over of this identity it is, from 1.
    pub turn: u64,
    /// When it was first seen, by whomever.
    pub since: Timestamp,
    pub at: Timestamp,
    pub lon_deg: f64,
    pub lat_deg: f64,
    /// Along true east and north at its place.
    pub east_mps: f64,
    pub north_mps: f64,
    /// Of east, east velocity, north, north velocity there: the upper triangle, row by row.
    pub covariance: [f64; 10],
    /// Where it flies and that is known.
    #[serde(default)]
    pub height: Option<SeamHeight>,
    pub existence: f64,
    pub classes: ClassWeights,
    /// The sensors it was made of, each with its sector before it.
    pub sources: Vec<String>,
}

/// How high a track that is offered flies, and how it climbs. Above sea, so that it is the same in both sectors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SeamHeight {
    pub above_sea_m: f64,
    pub climb_mps: f64,
    /// Height-height, height-climb, climb-climb.
    pub covariance: [f64; 3],
}

/// The answer to an offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// As it was offered.
    pub identity: GlobalTrackId,
    pub turn: u64,
    /// The identity that both use from now on: of two for which somebody answered, the older.
    pub known_as: GlobalTrackId,
}

/// How a track stands between two sectors.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AtSeam {
    /// What people along the whole line call it.
    pub identity: GlobalTrackId,
    /// The neighbour in whose ground it stands.
    pub ground_of: Option<String>,
    /// The neighbour that took it.
    pub handed_to: Option<String>,
    /// Whether this sector answers for it.
    pub is_ours: bool,
}

/// Why a message from a neighbour is of no use.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SeamRefused {
    #[error("is for sector `{0}`, not for this one")]
    OtherSector(String),
    #[error("is from `{0}`, with which this sector has no seam")]
    Stranger(String),
    #[error("{field} must be {rule}, got {value}")]
    Invalid { field: &'static str, rule: &'static str, value: f64 },
    #[error("sources must be at most {most}, got {got}")]
    TooLong { got: usize, most: usize },
    #[error("more hand-overs are open than the {most} that are kept")]
    Full { most: usize },
}

impl SeamRefused {
    /// What of the message is at fault.
    pub(crate) fn field(&self) -> &'static str {
        match self {
            Self::OtherSector(_) => "to",
            Self::Stranger(_) => "from",
            Self::Invalid { field, .. } => field,
            Self::TooLong { .. } => "sources",
            Self::Full { .. } => "identity",
        }
    }

    /// Counted by kind, not by figure: the text must not differ from message to message.
    pub(crate) fn in_words(&self) -> &'static str {
        match self {
            Self::OtherSector(_) => "is for another sector",
            Self::Stranger(_) => "is from a sector with which this one has no seam",
            Self::Invalid { .. } => "cannot be computed with",
            Self::TooLong { .. } => "are too many",
            Self::Full { .. } => "is one more than are kept",
        }
    }
}
