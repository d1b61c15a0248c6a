//! Lines and areas on the ground: written out in the sector file, or in a `GeoJSON` file that it names.

use super::super::GroundShape;
use super::super::fields::{Faults, Fields};
use super::super::geojson::{Shape, read_shapes};
use super::geometry::Ground;
use crate::geo::{EnuPoint, Wgs84};

/// What it takes to turn words of the file into shapes of the sector's frame.
#[derive(Clone, Copy)]
pub(super) struct Surveyor<'a, 's> {
    pub(super) ground: Option<&'a Ground>,
    pub(super) faults: &'a Faults<'s>,
    pub(super) read: &'a dyn Fn(&str) -> Result<Vec<u8>, String>,
}

impl Surveyor<'_, '_> {
    fn points(self, places: &[Wgs84]) -> Option<Vec<EnuPoint>> {
        let frame = self.ground?.frame;
        Some(places.iter().map(|place| frame.point(*place)).collect())
    }

    /// Lines: the table's `path`, or all that its `file` holds.
    pub(super) fn lines(self, fields: &mut Fields<'_, '_>) -> Option<Vec<Vec<EnuPoint>>> {
        fields.mention("path");
        fields.mention("file");
        if !is_one_of(fields, &["path", "file"]) {
            return None;
        }
        if fields.has("path") {
            return Some(vec![self.path(fields)?]);
        }
        let mut lines = Vec::new();
        for shape in self.file(fields)? {
            match shape {
                Shape::Line(places) => lines.push(self.points(&places)?),
                Shape::Rings(_) => {
                    fields.fault("file", "holds an area: only lines have a place here");
                    return None;
                }
            }
        }
        Some(lines)
    }

    /// Areas: the table's `ring`, its `path` that is `width_m` wide, or all areas and beds that its `file` holds.
    pub(super) fn areas(self, fields: &mut Fields<'_, '_>) -> Option<Vec<GroundShape>> {
        for key in ["ring", "path", "file"] {
            fields.mention(key);
        }
        let width_m = fields.number_or("width_m", 0.5..=5_000.0, f64::NAN);
        if !is_one_of(fields, &["ring", "path", "file"]) {
            return None;
        }
        let strip = |fields: &Fields<'_, '_>, points| {
            if width_m.is_nan() {
                fields.fault("width_m", "is missing: a line needs a width to be an area");
                return None;
            }
            Some(GroundShape::Strip { points, width_m })
        };
        if fields.has("ring") {
            return Some(vec![GroundShape::Rings(vec![self.ring(fields)?])]);
        }
        if fields.has("path") {
            let points = self.path(fields)?;
            return Some(vec![strip(fields, points)?]);
        }
        let mut shapes = Vec::new();
        for shape in self.file(fields)? {
            shapes.push(match shape {
                Shape::Line(places) => strip(fields, self.points(&places)?)?,
                Shape::Rings(rings) => {
                    let rings = rings.iter().map(|ring| self.points(ring));
                    GroundShape::Rings(rings.collect::<Option<_>>()?)
                }
            });
        }
        Some(shapes)
    }

    /// The corners at `ring`, at least three; a last one that repeats the first is dropped.
    pub(super) fn ring(self, fields: &mut Fields<'_, '_>) -> Option<Vec<EnuPoint>> {
        let mut places = fields.places("ring")?;
        if places.len() > 1 && places.first() == places.last() {
            places.pop();
        }
        if places.len() < 3 {
            fields.fault("ring", "needs at least three corners");
        }
        self.points(&places)
    }

    pub(super) fn path(self, fields: &mut Fields<'_, '_>) -> Option<Vec<EnuPoint>> {
        let mut places = fields.places("path")?;
        places.dedup();
        if places.len() < 2 {
            fields.fault("path", "needs at least two different places");
            return None;
        }
        self.points(&places)
    }

    fn file(self, fields: &mut Fields<'_, '_>) -> Option<Vec<Shape>> {
        let file = fields.text("file")?;
        let bytes = match (self.read)(&file) {
            Ok(bytes) => bytes,
            Err(problem) => {
                fields.fault("file", format!("cannot be read: {problem}"));
                return None;
            }
        };
        read_shapes(&file, &bytes).map_err(|list| self.faults.adopt(list)).ok()
    }
}

/// Notes a fault unless exactly one of some fields is there.
pub(super) fn is_one_of(fields: &Fields<'_, '_>, keys: &[&str]) -> bool {
    let mut there = keys.iter().filter(|key| fields.has(key));
    match (there.next(), there.next()) {
        (Some(_), None) => true,
        (Some(first), Some(second)) => {
            fields.fault(second, format!("stands beside {first}: keep one of the two"));
            false
        }
        (None, _) => {
            fields.fault(keys[0], format!("is missing: give one of {}", keys.join(", ")));
            false
        }
    }
}
