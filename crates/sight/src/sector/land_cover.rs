//! Kinds of ground from rasters of land cover: what lies where no area is drawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::{GroundKind, Sector};
use crate::geo::Wgs84;
use crate::terrain::Layout;

/// Most pixels of all rasters of a sector together, a byte each.
pub(super) const PIXELS_MAX: usize = 200_000_000;
/// Pixels that are hashed at once.
const HASHED_AT_ONCE: usize = 1 << 16;

/// What the codes of a product stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// ESA `WorldCover`, 10 m (Zanaga et al. 2021; the codes are those of its product user manual, version 2.0).
    EsaWorldCover,
}

impl Scheme {
    /// Code and kind of ground. Which kind comes nearest to a class is an assumption: trees go as heavy brush does, snow as
    /// loose sand does (Soule and Goldman 1972 put soft snow beside it), bare ground may be gravel, rock or sand and counts
    /// as open, herbs that stand in water are waded to the knee, mangroves to the chest.
    pub(super) fn kinds(self) -> &'static [(u16, GroundKind)] {
        match self {
            Self::EsaWorldCover => &[
                (10, GroundKind::Scrub),
                (20, GroundKind::Scrub),
                (30, GroundKind::Open),
                (40, GroundKind::Field),
                (50, GroundKind::BuiltUp),
                (60, GroundKind::Open),
                (70, GroundKind::Sand),
                (80, GroundKind::DeepWater),
                (90, GroundKind::ShallowWater),
                (95, GroundKind::WadingWater),
                (100, GroundKind::Open),
            ],
        }
    }
}

/// Kinds of ground by pixel, in one or more sheets; where they overlap the last one counts.
#[derive(Debug, Clone, PartialEq)]
pub struct LandCover {
    /// As the sector file names them.
    pub files: Vec<String>,
    pub(super) sheets: Vec<Sheet>,
}

/// One raster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub(super) layout: Layout,
    /// Row by row from the north-west; `None` where the raster holds nothing.
    pub(super) kinds: Arc<[Option<GroundKind>]>,
}

impl LandCover {
    /// The kind of the pixel nearest to a place, never a mixture; `None` off the rasters and where they hold nothing.
    pub fn kind_at(&self, place: Wgs84) -> Option<GroundKind> {
        self.sheets.iter().rev().find_map(|sheet| {
            let cell = sheet.layout.cell_at(place)?;
            sheet.kinds[cell.row * sheet.layout.width + cell.col]
        })
    }

    /// Pixels of each kind; `None` counts those that hold nothing.
    pub fn pixels(&self) -> BTreeMap<Option<GroundKind>, u64> {
        let mut pixels = BTreeMap::new();
        for kind in self.sheets.iter().flat_map(|sheet| sheet.kinds.iter()) {
            *pixels.entry(*kind).or_insert(0) += 1;
        }
        pixels
    }

    pub(super) fn holds(&self, kind: GroundKind) -> bool {
        self.sheets.iter().any(|sheet| sheet.kinds.contains(&Some(kind)))
    }
}

impl Sector {
    /// Whether an area or the land cover has ground of a kind.
    pub fn names_ground(&self, kind: GroundKind) -> bool {
        self.going.iter().any(|area| area.kind == kind)
            || self.land_cover.as_ref().is_some_and(|cover| cover.holds(kind))
    }
}

/// What a sheet adds to the fingerprint of its sector.
#[derive(Serialize)]
struct Fingerprint {
    /// West, north, steps east and south.
    place_deg: [f64; 4],
    width: usize,
    height: usize,
    kinds_sha256: [u8; 32],
}

impl Serialize for LandCover {
    /// Where pixels lie and a digest of their kinds: nobody reads it back, and in full it would be hundreds of megabytes.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.sheets.iter().map(Sheet::fingerprint))
    }
}

impl Sheet {
    fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        for kinds in self.kinds.chunks(HASHED_AT_ONCE) {
            let words: Vec<u8> =
                kinds.iter().map(|kind| kind.map_or(0, |kind| kind as u8 + 1)).collect();
            hash.update(&words);
        }
        let Layout { west_deg, north_deg, lon_step_deg, lat_step_deg, width, height } = self.layout;
        Fingerprint {
            place_deg: [west_deg, north_deg, lon_step_deg, lat_step_deg],
            width,
            height,
            kinds_sha256: hash.finalize().into(),
        }
    }
}

#[cfg(test)]
mod tests;
