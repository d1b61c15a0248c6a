//! Scenarios, movers and sensors that speak the real protocols.
//!
//! A [`World`] is one seeded night. [`World::advance`] moves time and returns what the nodes say at
//! the SAPIENT door; [`World::receive`] hands them what the station asks; [`World::finish`] tells
//! the truth. Its sensors see by their own line of sight and their own range laws, not by the
//! planner's, so that agreement between the two means something.

pub mod calibration;
mod chance;
mod eye;
#[cfg(test)]
mod fixture;
mod ground;
mod mast;
mod mover;
mod path;
mod physics;
pub mod scenario;
pub mod summary;
mod timeline;
mod unit;
mod voice;
mod weather;
pub mod world;

pub use scenario::Scenario;
pub use summary::Summary;
pub use world::{Sent, World};
