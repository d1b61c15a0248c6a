//! How well estimates match the truth: assignment, OSPA, GOSPA with parts, identity switches.

mod assignment;
pub mod autoferry;
mod distance;
pub mod positions;
mod score;
mod table;
pub mod williams15;

pub use assignment::{Assignment, assign};
pub use distance::{Gospa, gospa, ospa};
pub use score::{Score, Scorer};
pub use table::TableError;
