//! How well estimates match the truth: assignment, OSPA, GOSPA with parts, identity switches.

mod assignment;
mod distance;

pub use assignment::{Assignment, assign};
pub use distance::{Gospa, gospa, ospa};
