//! Rasters as files: the ending chooses `GeoTIFF`, picture, outlines or table; one writer for every command.
//!
//! A command makes a [`Layer`] and calls [`Layer::write`]:
//! ```ignore
//! let form = Form::of(&self.out)?; // before the work, so that a wrong ending costs nothing
//! let layer = Layer { layout, quantity: "visible", samples: Samples::Bytes(&raster), classes: &CLASSES };
//! layer.write(form, &self.out, &Sheet { title, ground: Some(&grid), marks: vec![observer], ..Sheet::default() })?;
//! out.answer(&Answered { classes: layer.summary(), .. }, ..)
//! ```

pub(crate) mod canvas;
mod geojson;
mod sheet;
mod table;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;
use sight::terrain::Layout;
use sight::terrain::geotiff::{self, Samples};

use self::canvas::{Canvas, Rgb};
pub(crate) use self::sheet::{Sheet, Stroke};
use crate::cli::output::{Table, spinner};

/// A form in which a raster is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `.tif`: the values, georeferenced.
    GeoTiff,
    /// `.png`: a picture with its legend.
    Picture,
    /// `.geojson`: the outline of each class.
    Outlines,
    /// `.csv`: one row for each cell whose value is above 0.
    Table,
}

impl Form {
    /// The form that a file's ending chooses.
    pub(crate) fn of(path: &Path) -> anyhow::Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("tif" | "tiff") => Ok(Self::GeoTiff),
            Some("png") => Ok(Self::Picture),
            Some("geojson") => Ok(Self::Outlines),
            Some("csv") => Ok(Self::Table),
            _ => anyhow::bail!(
                "--out {}: the ending must be .tif, .png, .geojson or .csv",
                path.display()
            ),
        }
    }
}

/// Values from one up to the next class's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// The least value of the class.
    pub(crate) from: f64,
    pub(crate) colour: Rgb,
}

/// A raster with what is needed to write it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layer<'a> {
    pub(crate) layout: Layout,
    /// The band's, column's and property's name, with its unit: `visible`, `probability_in_60_s`.
    pub(crate) quantity: &'a str,
    pub(crate) samples: Samples<'a>,
    /// Rising; what lies below the first belongs to none. At most 250.
    pub(crate) classes: &'a [Class],
}

/// How much of a raster a class takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Share {
    pub(crate) class: &'static str,
    pub(crate) from: f64,
    pub(crate) cells: usize,
    pub(crate) area_km2: f64,
    /// Of all cells that have a value.
    pub(crate) part: f64,
}

/// The class of a cell that belongs to none.
const NO_CLASS: u8 = u8::MAX;

impl Layer<'_> {
    /// Writes the raster; `sheet` says what a picture shows besides it.
    pub(crate) fn write(&self, form: Form, path: &Path, sheet: &Sheet<'_>) -> anyhow::Result<()> {
        let work = spinner("writing");
        if form == Form::Picture {
            sheet::draw(self, sheet).write_png(path)?;
        } else {
            self.write_values(form, path)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        work.finish_and_clear();
        Ok(())
    }

    /// Writes beside and renames, so that what fails half-way leaves the old file as it was.
    fn write_values(&self, form: Form, path: &Path) -> anyhow::Result<()> {
        let beside = path.with_added_extension("new");
        let mut to = BufWriter::new(File::create(&beside)?);
        match form {
            Form::GeoTiff => {
                geotiff::write(&mut to, &self.layout, self.quantity, self.samples)?;
            }
            Form::Outlines => geojson::write(&mut to, self)?,
            Form::Table | Form::Picture => table::write(&mut to, self)?,
        }
        to.flush()?;
        Ok(std::fs::rename(beside, path)?)
    }

    /// Cells and area of every class, in their order.
    pub(crate) fn summary(&self) -> Vec<Share> {
        let mut shares: Vec<Share> = self
            .classes
            .iter()
            .map(|class| Share {
                class: class.name,
                from: class.from,
                cells: 0,
                area_km2: 0.0,
                part: 0.0,
            })
            .collect();
        let mut known = 0;
        for row in 0..self.layout.height {
            let area_km2 = self.layout.cell_area_m2(row) * 1e-6;
            for at in row * self.layout.width..(row + 1) * self.layout.width {
                known += usize::from(self.samples.value(at).is_some());
                if let Some(share) = shares.get_mut(usize::from(self.class_at(at))) {
                    share.cells += 1;
                    share.area_km2 += area_km2;
                }
            }
        }
        for share in &mut shares {
            share.part = share.cells as f64 / f64::from(u32::try_from(known).unwrap_or(1).max(1));
        }
        shares
    }

    /// Index of the class of a cell, or [`NO_CLASS`].
    fn class_at(&self, at: usize) -> u8 {
        let Some(value) = self.samples.value(at) else { return NO_CLASS };
        // A limit such as 0.9 is no f32: it is taken as the nearest one, as the value was.
        let rounded = matches!(self.samples, Samples::Floats(_));
        #[expect(clippy::cast_possible_truncation, reason = "rounds to the samples' own precision")]
        let limit = |from: f64| if rounded { f64::from(from as f32) } else { from };
        let above = self.classes.partition_point(|class| limit(class.from) <= value);
        above.checked_sub(1).and_then(|class| u8::try_from(class).ok()).unwrap_or(NO_CLASS)
    }

    fn colour_of(&self, class: u8) -> Option<Rgb> {
        self.classes.get(usize::from(class)).map(|class| class.colour)
    }
}

/// The summary as a table for people.
pub(crate) fn summary_table(shares: &[Share]) -> Table {
    let mut table = Table::new(["class", "cells", "km2", "share"]);
    for share in shares {
        table.row([
            share.class.to_owned(),
            share.cells.to_string(),
            format!("{:.1}", share.area_km2),
            format!("{:.1} %", 100.0 * share.part),
        ]);
    }
    table
}

impl Canvas {
    /// Writes the canvas as a PNG file.
    pub(crate) fn write_png(&self, path: &Path) -> anyhow::Result<()> {
        let named = || format!("cannot write {}", path.display());
        let file = BufWriter::new(File::create(path).with_context(named)?);
        let size = |length: usize| u32::try_from(length).context("the picture is too large");
        let mut encoder = png::Encoder::new(file, size(self.width())?, size(self.height())?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().with_context(named)?;
        writer.write_image_data(self.bytes()).with_context(named)
    }
}

#[cfg(test)]
mod tests;
