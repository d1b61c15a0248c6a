//! Assignments as files that a team's device opens: GPX routes and outlines, or `GeoJSON`.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use sight::search::Block;

use super::case::{Assignment, Case};

/// A form in which assignments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Gpx,
    GeoJson,
}

impl Form {
    /// The form that a file's ending chooses.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("gpx") => Ok(Self::Gpx),
            Some("geojson") => Ok(Self::GeoJson),
            _ => anyhow::bail!("--out {}: the ending must be .gpx or .geojson", path.display()),
        }
    }
}

/// Writes one file with every assignment.
pub(super) fn write(
    form: Form,
    path: &Path,
    case: &Case,
    assignments: &[Assignment],
) -> anyhow::Result<()> {
    let text = match form {
        Form::Gpx => gpx(case, assignments)?,
        Form::GeoJson => geojson(case, assignments)?,
    };
    std::fs::write(path, text).with_context(|| format!("--out {}", path.display()))
}

/// Corners of an assignment's block, closed, as longitude and latitude.
fn ring(case: &Case, assignment: &Assignment) -> anyhow::Result<Vec<[f64; 2]>> {
    let block: Option<&Block> = case.blocks.iter().find(|block| block.name == assignment.block);
    let corners = block.map(|block| block.corners).context("an assignment has a block")?;
    corners.iter().chain(&corners[..1]).map(|corner| case.place(*corner)).collect()
}

/// GPX 1.1: of each team a route through the middles of its blocks, and a track along the edge of each block.
fn gpx(case: &Case, assignments: &[Assignment]) -> anyhow::Result<String> {
    let (mut routes, mut tracks) = (String::new(), String::new());
    for round in assignments.chunk_by(|one, next| one.team == next.team) {
        let Some(first) = round.first() else { continue };
        let team = escaped(&first.team);
        write!(routes, "  <rte><name>{team}</name>")?;
        for assignment in round {
            let [lon, lat] = assignment.at;
            let name = escaped(&format!("{team} {}", assignment.block));
            write!(
                routes,
                "<rtept lat=\"{lat:.6}\" lon=\"{lon:.6}\"><name>{name}</name><desc>Track to sweep: {:.1} km. Sweep width: {:.0} m</desc></rtept>",
                assignment.track_m / 1e3,
                assignment.sweep_width_m
            )?;
            write!(tracks, "  <trk><name>{name}</name><trkseg>")?;
            for [lon, lat] in ring(case, assignment)? {
                write!(tracks, "<trkpt lat=\"{lat:.6}\" lon=\"{lon:.6}\"/>")?;
            }
            writeln!(tracks, "</trkseg></trk>")?;
        }
        writeln!(routes, "</rte>")?;
    }
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <gpx version=\"1.1\" creator=\"Watchline\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n{routes}{tracks}</gpx>\n"
    ))
}

fn geojson(case: &Case, assignments: &[Assignment]) -> anyhow::Result<String> {
    let features = assignments
        .iter()
        .map(|assignment| {
            Ok(serde_json::json!({
                "type": "Feature",
                "properties": assignment,
                "geometry": { "type": "Polygon", "coordinates": [ring(case, assignment)?] },
            }))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let collection = serde_json::json!({ "type": "FeatureCollection", "features": features });
    Ok(serde_json::to_string(&collection)?)
}

/// Text between the tags of XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
