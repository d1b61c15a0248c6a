//! What one scan taught: counted while it is taken, believed once it is final.

use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;

use super::clutter::Loose;
use super::evidence::{Comparison, Stray};
use super::polar::{Compass, SECTORS, looked_at};
use crate::tracking::config::Area;
use crate::tracking::scan::{Clutter, Footprint, Scan};

/// Everything that one scan says of sensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// The number of the sensor that looked.
    pub(crate) sensor: u16,
    pub(super) from: EnuPoint,
    pub(super) set: Clutter,
    pub(super) sees: Footprint,
    pub(super) looked: [f64; SECTORS],
    /// False reports that the settings expect of such a scan.
    pub(super) expected_clutter: f64,
    /// Reports that may be false.
    pub(crate) loose: Vec<Loose>,
    /// Looks at things that are surely there: the cell, hits and expected hits.
    pub(crate) sight: Vec<(usize, f64, f64)>,
    pub(crate) comparison: Comparison,
    /// Where reports lie from what was missed.
    pub(crate) strays: Vec<Stray>,
    /// Word for or against what another sensor alone has reported.
    pub(crate) words: Vec<Word>,
}

/// What a look says of a track that another sensor reported.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Word {
    pub(crate) about: u16,
    /// Hits that there were.
    pub(crate) vouched: f64,
    /// Hits that there should have been.
    pub(crate) disputed: f64,
}

impl Tally {
    pub(crate) fn of(scan: &Scan, sensor: u16, area: &Area) -> Self {
        let Clutter { per_m2, per_rad } = scan.clutter;
        let (area_m2, width_rad) = extent(scan, area);
        Self {
            sensor,
            from: Compass::of(scan, area).from,
            set: scan.clutter,
            looked: looked_at(scan),
            expected_clutter: (per_m2 * area_m2).max(per_rad * width_rad),
            loose: Vec::new(),
            sees: scan.sees,
            strays: Vec::new(),
            sight: Vec::new(),
            comparison: Comparison::default(),
            words: Vec::new(),
        }
    }
}

/// Square metres and radians that a scan covers.
fn extent(scan: &Scan, area: &Area) -> (f64, f64) {
    let round = std::f64::consts::TAU;
    match scan.sees {
        Footprint::Everywhere => {
            let (low, high) = (area.south_west, area.north_east);
            ((high.east_m - low.east_m) * (high.north_m - low.north_m), round)
        }
        Footprint::Disc { radius_m, .. } => (round / 2.0 * radius_m * radius_m, round),
        Footprint::Wedge { radius_m, width_rad, .. } => {
            let width_rad = width_rad.min(round);
            (width_rad / 2.0 * radius_m * radius_m, width_rad)
        }
    }
}
