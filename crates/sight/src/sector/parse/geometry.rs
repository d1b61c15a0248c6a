//! The sector's frame, line and stretches, and which places its terrain covers.

use super::super::fields::{Faults, Fields};
use super::super::{Line, Stretch, StretchId, TerrainSource};
use super::RawLine;
use crate::geo::{EnuPoint, LocalFrame, Wgs84};

/// Farthest that a vertex may lie from the frame's origin, where distances shrink by 0.02 % (see [`LocalFrame`]).
const REACH_MAX_M: f64 = 120_000.0;

/// The metric frame and the ground that the terrain covers.
pub(super) struct Ground {
    pub(super) frame: LocalFrame,
    /// `None` when only reading the terrain would tell.
    bounds: Option<Vec<Bounds>>,
}

/// West, south, east and north in degrees.
struct Bounds([f64; 4]);

impl Bounds {
    fn holds(&self, place: Wgs84) -> bool {
        let Self([west, south, east, north]) = *self;
        (west..=east).contains(&place.lon_deg()) && (south..=north).contains(&place.lat_deg())
    }
}

impl Ground {
    /// The frame stands in the middle of the line's bounding box.
    pub(super) fn new(places: &[Wgs84], terrain: Option<&TerrainSource>) -> Option<Self> {
        let middle = |of: fn(Wgs84) -> f64| {
            let low = places.iter().map(|place| of(*place)).fold(f64::INFINITY, f64::min);
            let high = places.iter().map(|place| of(*place)).fold(f64::NEG_INFINITY, f64::max);
            f64::midpoint(low, high)
        };
        let origin = Wgs84::new(middle(Wgs84::lon_deg), middle(Wgs84::lat_deg)).ok()?;
        Some(Self { frame: LocalFrame::at(origin), bounds: terrain.and_then(bounds_of) })
    }

    fn covers(&self, place: Wgs84) -> bool {
        self.bounds.as_ref().is_none_or(|list| list.iter().any(|bounds| bounds.holds(place)))
    }

    /// Reads a place that must lie on the sector's terrain.
    pub(super) fn place(
        fields: &mut Fields<'_, '_>,
        key: &'static str,
        ground: Option<&Self>,
    ) -> Option<(Wgs84, EnuPoint)> {
        let place = fields.place(key)?;
        let ground = ground?;
        if !ground.covers(place) {
            fields.fault(key, "lies outside the terrain: move it or add terrain there");
        }
        Some((place, ground.frame.point(place)))
    }

    /// The resolved line.
    pub(super) fn line(&self, raw: &RawLine) -> Line {
        let points: Vec<_> = raw.places.iter().map(|place| self.frame.point(*place)).collect();
        let mut line = Line {
            places: raw.places.clone(),
            points,
            closed: raw.closed,
            far_side: raw.far_side,
            start_m: raw.start_m,
            length_m: 0.0,
        };
        line.length_m = line.segments().map(|(from, to)| from.distance_m(to)).sum();
        line
    }

    /// Notes vertices that are off the terrain or too far from the frame's origin.
    pub(super) fn check_line(&self, raw: &RawLine, faults: &Faults<'_>) {
        let origin = EnuPoint::new(0.0, 0.0);
        for (index, place) in raw.places.iter().enumerate() {
            let problem = if !self.covers(*place) {
                "lies outside the terrain: add terrain there or shorten the line".to_owned()
            } else if self.frame.point(*place).distance_m(origin) > REACH_MAX_M {
                format!(
                    "lies over {} km from the sector's middle: split the line",
                    REACH_MAX_M / 1e3
                )
            } else {
                continue;
            };
            faults.adopt(vec![super::Fault {
                file: raw.file.clone(),
                line: None,
                field: format!("vertex {index}"),
                value: format!("[{}, {}]", place.lon_deg(), place.lat_deg()),
                problem,
            }]);
        }
    }
}

/// What a terrain source covers, told without reading it; `None` when its names do not say.
fn bounds_of(source: &TerrainSource) -> Option<Vec<Bounds>> {
    match source {
        TerrainSource::Exercise(recipe) => Some(vec![Bounds([
            recipe.west_deg,
            recipe.south_deg,
            recipe.east_deg,
            recipe.north_deg,
        ])]),
        TerrainSource::Files(files) => files.iter().map(|file| hgt_bounds(file)).collect(),
    }
}

/// A tile's square degree from its name, such as `N42E001.hgt.gz`.
fn hgt_bounds(path: &str) -> Option<Bounds> {
    let name = path.rsplit('/').next()?.to_ascii_uppercase();
    let stem = [".HGT", ".HGT.GZ", ".HGT.ZIP"].iter().find_map(|end| name.strip_suffix(end))?;
    let signed = |letter: char, digits: &str, positive: char, negative: char| {
        let degrees: f64 = digits.parse().ok()?;
        match letter {
            letter if letter == positive => Some(degrees),
            letter if letter == negative => Some(-degrees),
            _ => None,
        }
    };
    let mut letters = stem.chars();
    let south = signed(letters.next()?, stem.get(1..3)?, 'N', 'S')?;
    let west = signed(letters.nth(2)?, stem.get(4..7)?, 'E', 'W')?;
    Some(Bounds([west, south, west + 1.0, south + 1.0]))
}

/// Cuts the line into stretches of `stretch_m`; the last takes the remainder, up to one and a half.
pub(super) fn stretches(line: &Line, stretch_m: f64) -> Vec<Stretch> {
    let pieces = libm::round(line.length_m / stretch_m).clamp(1.0, f64::from(u32::MAX));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped above")]
    let count = pieces as u32;
    (0..count)
        .map(|index| {
            let from_m = line.start_m + f64::from(index) * stretch_m;
            let to_m = if index + 1 == count { line.end_m() } else { from_m + stretch_m };
            Stretch { id: StretchId(index), from_m, to_m, points: line.between(from_m, to_m) }
        })
        .collect()
}
