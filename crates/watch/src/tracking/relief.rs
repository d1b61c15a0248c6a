//! How high the ground is: what the tracker is told of the terrain.

use std::fmt;
use std::sync::Arc;

use sight::geo::EnuPoint;

/// Height of the ground above sea, asked of a point of the sector's plane; `None` where it is not known.
///
/// It must depend on the point alone. Two are equal when they are the same.
#[derive(Clone)]
pub struct Relief(Arc<dyn Fn(EnuPoint) -> Option<f64> + Send + Sync>);

impl Relief {
    pub fn new(height_m: impl Fn(EnuPoint) -> Option<f64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(height_m))
    }

    pub fn height_m(&self, point: EnuPoint) -> Option<f64> {
        (self.0)(point)
    }
}

impl fmt::Debug for Relief {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Relief").finish_non_exhaustive()
    }
}

impl PartialEq for Relief {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
