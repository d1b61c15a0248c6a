//! A placement as files: places for a map, rows for a table, the watch before and after as a picture.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use sight::coverage::Model;

use super::told::{Row, Told};
use super::{Plan, drawing};

/// A form in which a placement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Places,
    Rows,
    Picture,
}

/// What is written.
pub(super) struct Sheet<'a> {
    pub(super) model: &'a Model,
    pub(super) plan: &'a Plan,
    pub(super) told: &'a Told,
}

impl Form {
    /// The form that a file's ending chooses.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("geojson") => Ok(Self::Places),
            Some("csv") => Ok(Self::Rows),
            Some("png") => Ok(Self::Picture),
            _ => {
                anyhow::bail!("--out {}: the ending must be .geojson, .csv or .png", path.display())
            }
        }
    }
}

pub(super) fn write(form: Form, path: &Path, sheet: &Sheet<'_>) -> anyhow::Result<()> {
    let text = match form {
        Form::Places => places(sheet.told)?,
        Form::Rows => rows(sheet.told),
        Form::Picture => return drawing::before_and_after(sheet).write_png(path),
    };
    std::fs::write(path, text).with_context(|| format!("--out {}", path.display()))
}

fn places(told: &Told) -> anyhow::Result<String> {
    let feature = |row: &Row| {
        let geometry = match &row.places[..] {
            [place] => serde_json::json!({ "type": "Point", "coordinates": place }),
            leg => serde_json::json!({ "type": "LineString", "coordinates": leg }),
        };
        Ok(serde_json::json!({
            "type": "Feature",
            "properties": serde_json::to_value(row)?,
            "geometry": geometry,
        }))
    };
    let features: Vec<_> =
        told.pieces.iter().map(feature).collect::<Result<_, serde_json::Error>>()?;
    let collection = serde_json::json!({ "type": "FeatureCollection", "features": features });
    Ok(serde_json::to_string(&collection)?)
}

fn rows(told: &Told) -> String {
    let mut out = String::from(
        "rank,id,lon_deg,lat_deg,height_m,facing_deg,share_of_time,cost,gain,alone_km2,no_longer_blind_km,becomes_watched_km,why\n",
    );
    for row in &told.pieces {
        let [lon_deg, lat_deg] = row.places.first().copied().unwrap_or_default();
        let or_nothing = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.3}"));
        let line = writeln!(
            out,
            "{},{},{lon_deg:.6},{lat_deg:.6},{:.1},{},{:.3},{},{:.6},{},{:.3},{:.3},\"{}\"",
            row.rank,
            row.id,
            row.height_m,
            or_nothing(row.facing_deg),
            row.share_of_time,
            row.cost,
            row.gain,
            or_nothing(row.alone_km2),
            row.no_longer_blind_km,
            row.becomes_watched_km,
            row.why
        );
        line.expect("writing to a string cannot fail");
    }
    out
}
