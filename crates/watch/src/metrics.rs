//! How well estimates match the truth: OSPA, GOSPA with parts, T-GOSPA, SIAP, identity switches, consistency.

mod assignment;
pub mod autoferry;
mod consistency;
mod distance;
pub mod positions;
mod score;
pub mod summary;
mod table;
mod trajectory;
pub mod williams15;

pub use assignment::{Assignment, assign};
pub use consistency::{Consistency, chi_square_quantile, consistency, consistency_of_sum};
pub use distance::{Gospa, gospa, ospa};
pub use score::{Score, Scorer};
pub use table::TableError;
pub use trajectory::{Costs, Path, TGospa, t_gospa};
