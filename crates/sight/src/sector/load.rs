//! Brings a sector's terrain.

use super::{Fault, Sector, TerrainSource};
use crate::terrain::{Grid, TerrainError, exercise, mosaic, tile_from_bytes};

/// Reads or generates the terrain that a sector names; `read` fetches files relative to the sector file.
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
    let mut tiles = Vec::new();
    let mut faults = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let tile = read(file)
            .map_err(|problem| format!("cannot be read: {problem}"))
            .and_then(|bytes| tile_from_bytes(file, &bytes).map_err(|error| error.to_string()));
        match tile {
            Ok(tile) => tiles.push(tile),
            Err(problem) => {
                faults.push(fault(format!("terrain.files[{index}]"), file, problem));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    mosaic(tiles).map_err(|error| whole("terrain.files", &error))
}
