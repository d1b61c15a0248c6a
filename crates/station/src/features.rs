//! What maps are given: one set of typed rows for the features interface and for every export.

mod collection;
mod coverage;
mod happened;
mod history;
mod incident;
mod moving;
mod standing;
mod table;

pub use self::collection::{Collection, pictures, rows, watched_ground};
pub(crate) use self::happened::point_of;
pub use self::history::History;
pub use self::table::{Feature, FeatureId, Field, Geometry, Kind, PathPoint, Span, Value};
