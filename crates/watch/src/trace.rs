//! What stays of a track once what sensors saw of it is erased for its age: a place now and then, and who saw it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use crate::journal::TrackId;

/// Where a track went on the days that are erased, thinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    pub track: TrackId,
    /// In the order of their ids.
    pub seen_by: Vec<SensorId>,
    /// The oldest first.
    pub places: Vec<TracePlace>,
}

/// One place of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracePlace {
    pub at: Timestamp,
    /// Hundred-thousandths of a degree, which are about a metre.
    pub lon_e5: i32,
    pub lat_e5: i32,
}

impl TracePlace {
    /// `None` of what is no place on the globe.
    pub fn of(at: Timestamp, lon_deg: f64, lat_deg: f64) -> Option<Self> {
        let is_place = lon_deg.abs() <= 180.0 && lat_deg.abs() <= 90.0;
        #[expect(clippy::cast_possible_truncation, reason = "at most 18 million")]
        let e5 = |deg: f64| libm::round(deg * 1e5) as i32;
        is_place.then(|| Self { at, lon_e5: e5(lon_deg), lat_e5: e5(lat_deg) })
    }

    pub fn lon_deg(self) -> f64 {
        f64::from(self.lon_e5) / 1e5
    }

    pub fn lat_deg(self) -> f64 {
        f64::from(self.lat_e5) / 1e5
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_to_about_a_metre_and_nonsense_is_none() {
        let at = Timestamp::UNIX_EPOCH;
        let place = TracePlace::of(at, 40.123_456, -34.987_654).unwrap();
        assert_eq!((place.lon_deg(), place.lat_deg()), (40.12346, -34.98765));
        assert!(TracePlace::of(at, f64::NAN, 0.0).is_none());
        assert!(TracePlace::of(at, 0.0, 91.0).is_none());
    }
}
