//! Candidates: made from the ground and the line, or read from a file.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::Value;
use sight::coverage::Model;
use sight::geo::{Azimuth, EnuPoint, Wgs84};
use sight::placement::{
    Asset, AssetClass, CANDIDATES_MAX, Site, along_roads, along_the_line, lattice, leg_of, site_at,
    stops_along, tops, ways_over,
};

use super::figures::held;

/// Where pieces could stand.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Candidates")]
pub(super) struct Candidates {
    /// Places from a file: .csv with the columns `lon_deg` and `lat_deg` and, if known, `id`, `cost`, `height_m` and `facing_deg`;
    /// or .geojson with points and lines. A line is a patrol's leg; for others a place every so many metres of it, as along a road.
    #[arg(long = "candidates", value_name = "FILE")]
    file: Option<PathBuf>,
    /// How candidates are made when no file gives them; without it, what suits the asset.
    #[arg(long)]
    from: Option<From>,
    /// Metres from one made candidate to the next; without it, what suits the asset.
    #[arg(long, value_name = "M")]
    every_m: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// The highest places around: towers, cameras, balloons.
    Tops,
    /// A square lattice: drones.
    Lattice,
    /// Abreast of the line, a little inside: patrols.
    Line,
    /// Where people pass the line: checkpoints.
    Ways,
    /// Along the sector's roads.
    Roads,
}

/// How far inside the line a patrol's made leg runs. An assumption.
const LEG_INSIDE_M: f64 = 300.0;

impl Candidates {
    pub(super) fn sites(
        &self,
        model: &Model,
        asset: &Asset,
        cost: f64,
    ) -> anyhow::Result<Vec<Site>> {
        let (from, every_m) = match asset.class {
            AssetClass::Tower | AssetClass::Camera => (From::Tops, 150.0),
            AssetClass::Balloon => (From::Tops, 500.0),
            AssetClass::Drone => (From::Lattice, 1_000.0),
            AssetClass::Patrol => (From::Line, 500.0),
            AssetClass::Checkpoint => (From::Ways, 500.0),
        };
        let every_m = held("--every-m", self.every_m.unwrap_or(every_m), (10.0, 1e5))?;
        if let Some(path) = &self.file {
            return read(path, model, asset, (cost, every_m));
        }
        Ok(made(model, asset, self.from.unwrap_or(from), (cost, every_m)))
    }
}

fn made(model: &Model, asset: &Asset, from: From, (cost, every_m): (f64, f64)) -> Vec<Site> {
    let sector = model.sector();
    let numbered = |kind: &str, points: Vec<EnuPoint>| {
        points
            .into_iter()
            .enumerate()
            .flat_map(|(at, point)| site_at(asset, &format!("{kind}-{at}"), point, cost))
            .collect()
    };
    let named = |kind: &str, points: Vec<(f64, EnuPoint)>| {
        points
            .into_iter()
            .flat_map(|(chainage_m, point)| {
                site_at(asset, &format!("{kind}-km-{:.2}", chainage_m / 1e3), point, cost)
            })
            .collect()
    };
    match from {
        From::Tops => numbered("top", near(model, tops(model, every_m))),
        From::Lattice => {
            numbered("place", near(model, lattice(model, every_m, sector.near_depth_m)))
        }
        From::Line if asset.class == AssetClass::Patrol => {
            let stops = along_the_line(model, 100.0_f64.min(every_m), LEG_INSIDE_M);
            let starts = along_the_line(model, every_m, LEG_INSIDE_M);
            let leg = |(from_m, _): (f64, EnuPoint)| {
                let on =
                    stops.iter().filter(|(at_m, _)| (from_m..=from_m + asset.leg_m).contains(at_m));
                let way: Vec<EnuPoint> = on.map(|(_, point)| *point).collect();
                leg_of(asset, &format!("leg-km-{:.1}", from_m / 1e3), &way, cost)
            };
            let last_m = sector.line.end_m() - asset.leg_m;
            let whole =
                starts.into_iter().filter(|(from_m, _)| *from_m <= last_m.max(sector.line.start_m));
            whole.map(leg).collect()
        }
        From::Line => named("line", along_the_line(model, every_m, LEG_INSIDE_M)),
        From::Roads => along_roads(model, every_m)
            .into_iter()
            .enumerate()
            .flat_map(|(at, (road, point))| site_at(asset, &format!("{road}-{at}"), point, cost))
            .collect(),
        From::Ways => named("way", ways_over(model, every_m)),
    }
}

/// Ground inside the line, no deeper than the near edge: what lies elsewhere would only be refused one by one.
fn near(model: &Model, points: Vec<EnuPoint>) -> Vec<EnuPoint> {
    let sector = model.sector();
    let inside = |point: &EnuPoint| {
        let beside = sector.line.beside(*point);
        !beside.past_end && (-sector.near_depth_m..0.0).contains(&beside.signed_m)
    };
    points.into_iter().filter(inside).collect()
}

fn read(
    path: &Path,
    model: &Model,
    asset: &Asset,
    figures: (f64, f64),
) -> anyhow::Result<Vec<Site>> {
    let named = || format!("--candidates {}", path.display());
    let text = std::fs::read_to_string(path).with_context(named)?;
    let sites = match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => rows(&text, model, asset, figures.0),
        Some("geojson" | "json") => features(&text, model, asset, figures),
        _ => Err(anyhow::anyhow!("the ending must be .csv or .geojson")),
    };
    let sites = sites.with_context(named)?;
    anyhow::ensure!(!sites.is_empty(), "{}: holds no place", named());
    anyhow::ensure!(
        sites.len() <= CANDIDATES_MAX,
        "{}: holds {} candidates, more than {CANDIDATES_MAX}",
        named(),
        sites.len()
    );
    Ok(sites)
}

fn rows(text: &str, model: &Model, asset: &Asset, cost: f64) -> anyhow::Result<Vec<Site>> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let (_, heading) = lines.next().context("is empty")?;
    let columns: Vec<&str> = heading.split(',').map(str::trim).collect();
    let known = ["lon_deg", "lat_deg", "id", "cost", "height_m", "facing_deg"];
    if let Some(unknown) = columns.iter().find(|column| !known.contains(column)) {
        anyhow::bail!("column `{unknown}` is unknown: there are {}", known.join(", "));
    }
    let mut sites = Vec::new();
    for (at, line) in lines {
        let number = at + 1;
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let cell = |name: &str| {
            let column = columns.iter().position(|column| *column == name)?;
            cells.get(column).copied().filter(|cell| !cell.is_empty())
        };
        let figure = |name: &str| {
            let parsed = cell(name).map(|cell| {
                let number_of = cell.parse::<f64>().ok().filter(|value| value.is_finite());
                number_of
                    .with_context(|| format!("line {number}: {name} is `{cell}`, not a number"))
            });
            parsed.transpose()
        };
        let needed =
            |name: &str| figure(name)?.with_context(|| format!("line {number}: {name} is missing"));
        let place = Wgs84::new(needed("lon_deg")?, needed("lat_deg")?)
            .with_context(|| format!("line {number}"))?;
        let id = cell("id").map_or_else(|| format!("line-{number}"), str::to_owned);
        let cost = figure("cost")?.unwrap_or(cost);
        anyhow::ensure!(cost > 0.0, "line {number}: cost must be positive, got {cost}");
        let (height_m, facing_deg) = (figure("height_m")?, figure("facing_deg")?);
        let mut made = site_at(asset, &id, model.sector().frame.point(place), cost);
        if let Some(facing_deg) = facing_deg {
            made.truncate(1);
            made[0].id = id;
            made[0].posts[0].facing = Some(Azimuth::from_degrees(facing_deg));
        }
        if let Some(height_m) = height_m {
            for site in &mut made {
                site.posts[0].height_m = height_m;
            }
        }
        sites.extend(made);
    }
    Ok(sites)
}

fn features(
    text: &str,
    model: &Model,
    asset: &Asset,
    (cost, every_m): (f64, f64),
) -> anyhow::Result<Vec<Site>> {
    let document: Value = serde_json::from_str(text).context("is not JSON")?;
    let features = match document.get("features").and_then(Value::as_array) {
        Some(features) => features.clone(),
        None => vec![document],
    };
    let mut sites = Vec::new();
    for (at, feature) in features.iter().enumerate() {
        let property = |name: &str| feature.get("properties").and_then(|all| all.get(name));
        let id = property("id")
            .and_then(Value::as_str)
            .map_or_else(|| format!("feature-{at}"), str::to_owned);
        let cost = property("cost").and_then(Value::as_f64).unwrap_or(cost);
        anyhow::ensure!(cost > 0.0, "feature {at}: cost must be positive, got {cost}");
        let geometry = feature.get("geometry").unwrap_or(feature);
        let kind = geometry.get("type").and_then(Value::as_str).unwrap_or("nothing");
        let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
        let each = || coordinates.as_array().cloned().unwrap_or_default();
        let named = || format!("feature {at}");
        match kind {
            "Point" => {
                let point = point(model, coordinates).with_context(named)?;
                sites.extend(site_at(asset, &id, point, cost));
            }
            "LineString" => {
                let way: Vec<EnuPoint> = each()
                    .iter()
                    .map(|pair| point(model, pair).with_context(named))
                    .collect::<anyhow::Result<_>>()?;
                anyhow::ensure!(way.len() >= 2, "feature {at}: a line needs two places");
                sites.extend(of_line(asset, &id, &way, (cost, every_m)));
            }
            other => {
                anyhow::bail!("feature {at}: geometry is {other}; points and lines can be used")
            }
        }
    }
    Ok(sites)
}

/// A patrol walks a line; other pieces stand somewhere along it.
fn of_line(asset: &Asset, id: &str, way: &[EnuPoint], (cost, every_m): (f64, f64)) -> Vec<Site> {
    if asset.class == AssetClass::Patrol {
        return vec![leg_of(asset, id, way, cost)];
    }
    let each = stops_along(way, every_m, CANDIDATES_MAX).into_iter().enumerate();
    each.flat_map(|(at, stop)| site_at(asset, &format!("{id}-{at}"), stop, cost)).collect()
}

fn point(model: &Model, pair: &Value) -> anyhow::Result<EnuPoint> {
    let at = |number: usize| pair.get(number).and_then(Value::as_f64);
    let (Some(lon_deg), Some(lat_deg)) = (at(0), at(1)) else {
        anyhow::bail!("coordinates must be [longitude, latitude], got {pair}");
    };
    Ok(model.sector().frame.point(Wgs84::new(lon_deg, lat_deg)?))
}
