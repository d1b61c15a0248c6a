//! The operational core: a deterministic state machine from journalled inputs to outputs.
//!
//! Read [`pipeline`] first.

pub mod account;
pub mod alert;
pub mod audit;
pub mod call;
pub mod clocks;
pub mod counters;
pub mod detection;
pub mod dispatch;
pub mod erasure;
pub mod evidence;
pub mod footage;
mod geometry;
pub mod heavy;
pub mod journal;
pub mod lasting;
pub mod limits;
pub mod looks;
pub mod mark;
pub mod measures;
pub mod message;
pub mod metrics;
pub mod pipeline;
pub mod pointing;
pub mod roster;
pub mod runs;
pub mod sayings;
pub mod seam;
mod shared;
pub mod sighting;
pub mod subject;
pub mod trace;
pub mod tracking;
pub mod weather;

pub use pipeline::Core;
pub use pipeline::snapshot::{SNAPSHOT_VERSION, SnapshotError};
