//! Crossings as files: ways for a map, rows for a table, the profile along the line as a picture.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use sight::coverage::{DEGRADED_MIN, Model, Passage, WATCHED_MIN};
use sight::geo::EnuPoint;

use super::chart;

/// A form in which crossings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Ways,
    Rows,
    Picture,
    /// The same as a raster.
    Chart,
}

/// What is written: a crossing with its chance for each stretch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sheet<'a> {
    pub(super) model: &'a Model,
    /// What the chance is of.
    pub(super) quantity: &'a str,
    pub(super) ways: &'a [Option<(&'a Passage, f64)>],
}

impl Form {
    /// The form that a file's ending chooses.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("geojson") => Ok(Self::Ways),
            Some("csv") => Ok(Self::Rows),
            Some("svg") => Ok(Self::Picture),
            Some("png") => Ok(Self::Chart),
            _ => anyhow::bail!(
                "--out {}: the ending must be .geojson, .csv, .svg or .png",
                path.display()
            ),
        }
    }
}

/// Whether two distances lie in the same kilometre.
pub(super) fn same_km(a: f64, b: f64) -> bool {
    (a.floor() - b.floor()).abs() < 0.5
}

/// Longitude and latitude of a point.
pub(super) fn place(model: &Model, point: EnuPoint) -> [f64; 2] {
    let place = model.sector().frame.place(point);
    [place.lon_deg(), place.lat_deg()]
}

/// A crossing's way as longitudes and latitudes.
pub(super) fn path(model: &Model, passage: &Passage) -> Vec<[f64; 2]> {
    passage.way.iter().map(|waypoint| place(model, waypoint.point)).collect()
}

pub(super) fn write(form: Form, path: &Path, sheet: &Sheet<'_>) -> anyhow::Result<()> {
    let text = match form {
        Form::Ways => ways(sheet)?,
        Form::Rows => rows(sheet),
        Form::Picture => picture(sheet),
        Form::Chart => return chart::bars(sheet).write_png(path),
    };
    std::fs::write(path, text).with_context(|| format!("--out {}", path.display()))
}

fn ways(sheet: &Sheet<'_>) -> anyhow::Result<String> {
    let features: Vec<_> = sheet
        .ways
        .iter()
        .flatten()
        .map(|(passage, chance)| {
            serde_json::json!({
                "type": "Feature",
                "properties": {
                    "stretch": passage.stretch.0,
                    "km": passage.chainage_m / 1e3,
                    "quantity": sheet.quantity,
                    "probability": chance,
                    "time_s": passage.time_s,
                },
                "geometry": { "type": "LineString", "coordinates": path(sheet.model, passage) },
            })
        })
        .collect();
    let collection = serde_json::json!({ "type": "FeatureCollection", "features": features });
    Ok(serde_json::to_string(&collection)?)
}

fn rows(sheet: &Sheet<'_>) -> String {
    let mut out = String::from("stretch,km,probability,time_s,quantity\n");
    for (passage, chance) in sheet.ways.iter().flatten() {
        let (stretch, km) = (passage.stretch.0, passage.chainage_m / 1e3);
        let row =
            writeln!(out, "{stretch},{km:.3},{chance:.6},{:.0},{}", passage.time_s, sheet.quantity);
        row.expect("writing to a string cannot fail");
    }
    out
}

/// The chance along the line, with the bounds of watched and degraded.
fn picture(sheet: &Sheet<'_>) -> String {
    let (width, top, height, margin) = (1_160.0, 50.0, 200.0, 50.0);
    let length_m = sheet.model.sector().line.length_m.max(1.0);
    let x = |chainage_m: f64| margin + (width - 2.0 * margin) * chainage_m / length_m;
    let y = |chance: f64| top + height * (1.0 - chance);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} 300\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{width}\" height=\"300\" fill=\"#fff\"/>\n\
         <text x=\"{margin}\" y=\"28\" font-size=\"17\">{}: {} of the least-detected crossing</text>\n",
        sheet.model.sector().name,
        sheet.quantity
    );
    let mut say = |text: std::fmt::Arguments<'_>| {
        out.write_fmt(text).expect("writing to a string cannot fail");
    };
    for chance in [0.0, DEGRADED_MIN, WATCHED_MIN, 1.0] {
        say(format_args!(
            "<path d=\"M{margin} {0:.1}H{1}\" stroke=\"#dadce0\"/><text x=\"14\" y=\"{2:.1}\">{chance}</text>\n",
            y(chance),
            width - margin,
            y(chance) + 4.0
        ));
    }
    for (stretch, way) in sheet.model.sector().stretches.iter().zip(sheet.ways) {
        let Some((_, chance)) = way else { continue };
        let colour = match chance {
            high if *high >= WATCHED_MIN => "#1b7f5c",
            middle if *middle >= DEGRADED_MIN => "#e2a100",
            _ => "#b3261e",
        };
        let (left, right) = (x(stretch.from_m), x(stretch.to_m));
        say(format_args!(
            "<rect x=\"{left:.2}\" y=\"{:.1}\" width=\"{:.2}\" height=\"{:.1}\" fill=\"{colour}\"/>\n",
            y(*chance).min(y(0.0) - 2.0),
            right - left,
            (y(0.0) - y(*chance)).max(2.0)
        ));
    }
    let tick_m = if length_m > 40_000.0 { 10_000.0 } else { 5_000.0 };
    let mut at_m = 0.0;
    while at_m <= length_m {
        let (x, base) = (x(at_m), top + height + 18.0);
        say(format_args!(
            "<text x=\"{x:.1}\" y=\"{base}\" text-anchor=\"middle\">{:.0} km</text>\n",
            at_m / 1e3
        ));
        at_m += tick_m;
    }
    out.push_str("</svg>\n");
    out
}
