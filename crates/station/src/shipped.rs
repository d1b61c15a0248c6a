//! The sectors that ship inside the binary, and how a sector is found by name or by path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;
use sight::coverage::Model;
use sight::sector::{self, Fault, Sector};

/// The file that makes a directory a sector.
const SECTOR_FILE: &str = "sector.toml";

#[derive(RustEmbed)]
#[folder = "../../sectors"]
#[allow_missing = true]
struct Shipped;

#[derive(RustEmbed)]
#[folder = "../../scenarios"]
#[allow_missing = true]
struct Scenarios;

/// A sector file and the way to the files that it names.
#[derive(Debug, Clone)]
pub struct SectorFiles {
    /// As people know it: the shipped name, or the path that was given.
    pub label: String,
    /// The text of `sector.toml`.
    pub toml: String,
    home: Home,
}

/// What the paths in a sector file are relative to.
#[derive(Debug, Clone)]
enum Home {
    Shipped(String),
    Directory(PathBuf),
}

/// Why there is no sector.
#[derive(Debug, thiserror::Error)]
pub enum SectorFilesError {
    #[error(
        "sector `{name}`: no such file and no shipped sector of that name (shipped: {}); give the path of a {SECTOR_FILE}",
        shipped.join(", ")
    )]
    Unknown { name: String, shipped: Vec<String> },
    #[error("sector file {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
}

/// Why a sector cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Files(#[from] SectorFilesError),
    #[error("sector `{label}` cannot be used:{}", listed(faults))]
    Faulty { label: String, faults: Vec<Fault> },
}

/// Names of the shipped sectors, sorted.
pub fn names() -> Vec<String> {
    let names: BTreeSet<String> = Shipped::iter()
        .filter_map(|path| path.strip_suffix(&format!("/{SECTOR_FILE}")).map(str::to_owned))
        .filter(|name| !name.contains('/'))
        .collect();
    names.into_iter().collect()
}

/// Names of the shipped scenarios, sorted.
pub fn scenario_names() -> Vec<String> {
    let names: BTreeSet<String> = Scenarios::iter()
        .filter_map(|path| path.strip_suffix(".toml").map(str::to_owned))
        .collect();
    names.into_iter().collect()
}

/// The text of a shipped scenario.
pub fn scenario(name: &str) -> Option<String> {
    Scenarios::get(&format!("{name}.toml"))
        .map(|file| String::from_utf8_lossy(&file.data).into_owned())
}

/// Finds a sector by shipped name, by the path of its file, or by the directory that holds `sector.toml`.
///
/// A shipped name wins over a directory of the same name; write `./andorra` for the latter.
pub fn find(name_or_path: &str) -> Result<SectorFiles, SectorFilesError> {
    if let Some(file) = Shipped::get(&format!("{name_or_path}/{SECTOR_FILE}")) {
        return Ok(SectorFiles {
            label: name_or_path.to_owned(),
            toml: String::from_utf8_lossy(&file.data).into_owned(),
            home: Home::Shipped(name_or_path.to_owned()),
        });
    }
    let given = Path::new(name_or_path);
    let path = if given.is_dir() { given.join(SECTOR_FILE) } else { given.to_owned() };
    if !path.exists() {
        return Err(SectorFilesError::Unknown { name: name_or_path.to_owned(), shipped: names() });
    }
    let toml = std::fs::read_to_string(&path)
        .map_err(|source| SectorFilesError::Unreadable { path: path.clone(), source })?;
    let home = path.parent().map(Path::to_owned).unwrap_or_default();
    Ok(SectorFiles { label: path.display().to_string(), toml, home: Home::Directory(home) })
}

/// Finds a sector, reads its terrain and prepares what its sensors can see.
pub fn load_model(name_or_path: &str) -> Result<Model, LoadError> {
    find(name_or_path)?.model()
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().fold(String::new(), |text, fault| text + "\n  " + &fault.to_string())
}

impl SectorFiles {
    /// The sector as its file describes it.
    pub fn sector(&self) -> Result<Sector, LoadError> {
        sector::parse(&self.toml, &|name| self.read(name)).map_err(|faults| self.faulty(faults))
    }

    /// The sector over its terrain, with what its sensors can see.
    pub fn model(&self) -> Result<Model, LoadError> {
        let sector = self.sector()?;
        let grid = sector::load_terrain(&sector, &|name| self.read(name))
            .map_err(|faults| self.faulty(faults))?;
        Model::build(sector, grid).map_err(|faults| self.faulty(faults))
    }

    fn faulty(&self, faults: Vec<Fault>) -> LoadError {
        LoadError::Faulty { label: self.label.clone(), faults }
    }

    /// Reads a file that the sector file names, relative to it.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, String> {
        match &self.home {
            Home::Shipped(sector) => Shipped::get(&format!("{sector}/{name}"))
                .map(|file| file.data.into_owned())
                .ok_or_else(|| format!("the shipped sector {sector} has no file {name}")),
            Home::Directory(home) => {
                let path = home.join(name);
                std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sector_on_disk_reads_its_files_from_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(SECTOR_FILE), "name = \"here\"").unwrap();
        std::fs::write(directory.path().join("line.geojson"), "{}").unwrap();

        let files = find(directory.path().to_str().unwrap()).unwrap();

        assert_eq!(files.toml, "name = \"here\"");
        assert_eq!(files.read("line.geojson").unwrap(), b"{}");
        assert!(files.read("fence.geojson").unwrap_err().contains("fence.geojson"));
    }

    #[test]
    fn an_unknown_sector_is_named_in_the_error() {
        let error = find("atlantis").unwrap_err();

        assert!(error.to_string().contains("`atlantis`"), "{error}");
    }
}
