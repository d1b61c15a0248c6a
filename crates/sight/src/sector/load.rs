//! Brings a sector's terrain.

use super::{Fault, Sector, TerrainSource};
use crate::geo::metres_per_degree;
use crate::terrain::{Bounds, Grid, TerrainError, exercise, mosaic, tile_within};

/// Ground beyond what any sensor looks at, for those that move.
const MARGIN_M: f64 = 5_000.0;

/// Reads or generates the terrain that a sector names; `read` fetches files relative to the sector file.
///
/// Of a `GeoTIFF` only what lies within [`Sector::reach`] is unpacked.
pub fn load_terrain(
    sector: &Sector,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Grid, Vec<Fault>> {
    let fault = |field: String, value: &str, problem: String| Fault {
        file: "sector.toml".to_owned(),
        line: None,
        field,
        value: value.to_owned(),
        problem,
    };
    let whole =
        |field: &str, error: &TerrainError| vec![fault(field.to_owned(), "", error.to_string())];
    let files = match &sector.terrain {
        TerrainSource::Exercise(recipe) => {
            return exercise::generate(recipe).map_err(|error| whole("terrain.exercise", &error));
        }
        TerrainSource::Files(files) => files,
    };
    let reach = sector.reach();
    let mut tiles = Vec::new();
    let mut faults = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let tile = read(file)
            .map_err(|problem| format!("cannot be read: {problem}"))
            .and_then(|bytes| tile_within(file, &bytes, &reach).map_err(|error| error.to_string()));
        match tile {
            Ok(tile) => tiles.extend(tile),
            Err(problem) => {
                faults.push(fault(format!("terrain.files[{index}]"), file, problem));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if tiles.is_empty() {
        let problem = "none of these reaches under the sector: name tiles that hold its line";
        return Err(vec![fault("terrain.files".to_owned(), "", problem.to_owned())]);
    }
    mosaic(tiles).map_err(|error| whole("terrain.files", &error))
}

impl Sector {
    /// Bounds of everything that the sector names, widened by its longest range or depth and 5 km.
    pub fn reach(&self) -> Bounds {
        let ranges = self.sensors.iter().map(|sensor| sensor.range_max_m);
        let reach_m = ranges.fold(self.far_depth_m.max(self.near_depth_m), f64::max) + MARGIN_M;
        let (north_m, east_m) = metres_per_degree(self.frame.origin().lat_deg());
        let (lat_deg, lon_deg) = (reach_m / north_m, reach_m / east_m);
        let line = self.line.points.iter().map(|point| self.frame.place(*point));
        let posts = self.sensors.iter().map(|sensor| sensor.place);
        let units = self.units.iter().map(|unit| unit.place);
        let nothing = Bounds {
            west_deg: f64::INFINITY,
            south_deg: f64::INFINITY,
            east_deg: f64::NEG_INFINITY,
            north_deg: f64::NEG_INFINITY,
        };
        line.chain(posts).chain(units).fold(nothing, |bounds, place| Bounds {
            west_deg: bounds.west_deg.min(place.lon_deg() - lon_deg),
            south_deg: bounds.south_deg.min(place.lat_deg() - lat_deg),
            east_deg: bounds.east_deg.max(place.lon_deg() + lon_deg),
            north_deg: bounds.north_deg.max(place.lat_deg() + lat_deg),
        })
    }
}
