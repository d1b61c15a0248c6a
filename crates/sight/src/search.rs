//! Looking for somebody: where they may be, how well a sweep finds them, where the next hour of searching pays most.
//!
//! Terms are those of search theory (Koopman 1946; Stone, *Theory of Optimal Search*; Frost & Cooper for land search):
//! probability of area (POA), coverage (effective sweep over area), probability of detection (POD), probability of success (POS).

mod allocation;
mod detection;
mod ground;
mod parties;
mod record;
mod searcher;
mod sweep_width;

pub use self::allocation::{Allocation, Region, allocate, assign_teams};
pub use self::detection::DetectionLaw;
pub use self::ground::{BLOCKS_MAX, Block, Clue, Sighting, likely_ground};
pub use self::parties::{Dispatch, Party, send_parties};
pub use self::record::{Cell, Search, SearchFault, Swept};
pub use self::searcher::{Searcher, SweepConditions, SweepFigures};
pub use self::sweep_width::{lateral_range, sweep_width_m};

#[cfg(test)]
mod tests;
