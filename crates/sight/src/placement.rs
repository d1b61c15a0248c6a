//! Where the next tower, camera, drone, balloon, patrol or checkpoint helps most, and how far from the best that may be.

mod asset;
mod cover;
mod coverage;
pub(crate) mod effect;
mod generate;
pub(crate) mod kit;
mod site;
mod storm;
mod weakest;
mod window;

pub use self::asset::{Asset, AssetClass, Orbit};
pub use self::coverage::{CoverageGoal, CoveragePiece, CoveragePlan, CoverageTask, cover};
pub use self::effect::{Change, Effect};
pub use self::generate::{along_roads, along_the_line, lattice, tops, ways_over};
pub use self::site::{
    Generated, Grounds, Limits, Post, Refused, Site, leg_of, site_at, stops_along, suitable,
};
pub use self::storm::{BuyBack, Move, StormAsk, Who, buy_back};
pub use self::weakest::{WeakestPiece, WeakestPlan, WeakestTask, raise_weakest};

/// Most candidates that one plan looks at.
pub const CANDIDATES_MAX: usize = 100_000;
/// Most pieces that one plan places.
pub const PIECES_MAX: usize = 200;

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlacementError {
    #[error("{field} must be {must}, got {value}")]
    Figure { field: &'static str, must: &'static str, value: f64 },
    #[error(
        "none of {candidates} candidates may be used ({why}): give others, or ask less of them"
    )]
    NoCandidate { candidates: usize, why: String },
    #[error("{candidates} candidates are more than {limit}: space them wider")]
    TooMany { candidates: usize, limit: usize },
}
