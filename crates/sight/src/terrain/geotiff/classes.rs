//! Rasters of classes: each post takes the class of the pixel nearest to it, never a mixture.

use std::io::{Read, Seek};

use super::super::utm::UtmZone;
use super::super::{Bounds, Layout, TerrainError};
use super::CLASSES_MAX;
use super::keys::Crs;
use super::read::{Source, Window};
use super::resample::window_under;
use super::tags::Content;

impl<R: Read + Seek> Source<R> {
    /// The same as [`Source::open`] for a file whose whole numbers stand for classes.
    ///
    /// A file with a palette goes through [`super::as_numbers`] first.
    pub fn open_codes(file: &str, from: R) -> Result<Self, TerrainError> {
        Self::open_as(Content::Codes, file, from)
    }

    /// Reads the classes within bounds, where they lie and `none` where the file holds nothing; `None` when no post
    /// lies within.
    ///
    /// `class_of` is asked for each pixel's number. A projected file is laid onto the grid of [`Source::layout`].
    pub fn classes<T: Copy>(
        &mut self,
        within: &Bounds,
        none: T,
        mut class_of: impl FnMut(f64) -> T,
    ) -> Result<Option<(Layout, Vec<T>)>, TerrainError> {
        let Some((layout, (row, col))) = self.layout().within(within) else { return Ok(None) };
        self.check_size(layout.width.saturating_mul(layout.height), CLASSES_MAX)?;
        let window = match self.header.placement.crs {
            Crs::Utm(zone) => match window_under(&self.header, zone, &layout) {
                Some(window) => window,
                None => return Ok(None),
            },
            Crs::Geographic => {
                Window { rows: row..row + layout.height, cols: col..col + layout.width }
            }
        };
        self.check_size(window.len(), CLASSES_MAX)?;
        let mut pixels = vec![none; window.len()];
        self.pixels(&window, |at, code| pixels[at] = class_of(code))?;
        if let Crs::Utm(zone) = self.header.placement.crs {
            let nearest = self.nearest(&window, zone, layout);
            pixels = nearest.map(|at| at.map_or(none, |at| pixels[at])).collect();
        }
        Ok(Some((layout, pixels)))
    }

    /// The index in a window of the pixel nearest to each post of a layout; `None` more than half a pixel beyond the
    /// outermost ones.
    fn nearest(
        &self,
        window: &Window,
        zone: UtmZone,
        layout: Layout,
    ) -> impl Iterator<Item = Option<usize>> {
        let placement = self.header.placement;
        let posts =
            (0..layout.height).flat_map(move |row| (0..layout.width).map(move |col| (row, col)));
        posts.map(move |(row, col)| {
            let (lon_deg, lat_deg) = layout.corner(row as f64, col as f64);
            let (x, y) = zone.project(lon_deg, lat_deg);
            let across = libm::round((x - placement.x0) / placement.dx);
            let down = libm::round((placement.y0 - y) / placement.dy);
            let (row, col) = (inside(down, &window.rows)?, inside(across, &window.cols)?);
            Some(row * window.cols.len() + col)
        })
    }
}

/// The offset of a whole number in a range that holds it.
fn inside(at: f64, range: &std::ops::Range<usize>) -> Option<usize> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie in the range"
    )]
    (at >= range.start as f64 && at < range.end as f64).then(|| at as usize - range.start)
}

#[cfg(test)]
mod tests;
