//! What can be seen from where: terrain, viewsheds, sensors, coverage and the watch state.

pub mod coverage;
pub mod crossing;
pub mod geo;
#[expect(unsafe_code, reason = "vector instructions; see the module")]
mod lanes;
mod pages;
pub mod placement;
pub mod schedule;
pub mod search;
pub mod sector;
pub mod sensor;
pub mod sun;
mod tagged;
pub mod terrain;
pub mod viewshed;
