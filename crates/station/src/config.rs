//! The station's configuration file, `station.toml`.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Where the page and the interface listen when the file does not say.
pub const LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8_080);
/// Where the SAPIENT door listens when the file does not say.
pub const SAPIENT_LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 5_020);

/// A resolved configuration: paths are relative to nothing but the working directory any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Name of a shipped sector or path of a sector file.
    pub sector: String,
    /// The data directory.
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub sapient_listen: SocketAddr,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("configuration {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("configuration {}: {}", path.display(), problem.trim_end())]
    Faulty { path: PathBuf, problem: String },
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    sector: String,
    data: PathBuf,
    listen: Option<SocketAddr>,
    sapient_listen: Option<SocketAddr>,
}

impl Config {
    /// Reads a configuration file; its paths are relative to where it lies.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        let raw: RawConfig = toml::from_str(&text).map_err(|error| ConfigError::Faulty {
            path: path.to_owned(),
            problem: error.to_string(),
        })?;
        let home = path.parent().unwrap_or_else(|| Path::new(""));
        Ok(raw.resolve(home))
    }
}

impl RawConfig {
    fn resolve(self, home: &Path) -> Config {
        let beside = home.join(&self.sector);
        let sector =
            if beside.exists() { beside.to_string_lossy().into_owned() } else { self.sector };
        Config {
            sector,
            data: home.join(self.data),
            listen: self.listen.unwrap_or(LISTEN_DEFAULT),
            sapient_listen: self.sapient_listen.unwrap_or(SAPIENT_LISTEN_DEFAULT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_and_ports_have_defaults() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("station.toml");
        std::fs::write(&path, "sector = \"andorra\"\ndata = \"night\"\n").unwrap();

        let config = Config::read(&path).unwrap();

        assert_eq!(config.sector, "andorra");
        assert_eq!(config.data, home.path().join("night"));
        assert_eq!(config.listen, LISTEN_DEFAULT);
    }

    #[test]
    fn an_unknown_or_wrong_field_is_named_with_its_line() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("station.toml");
        for (text, named) in [
            ("sector = \"a\"\ndata = \"d\"\nlisten_on = 1\n", "listen_on"),
            ("sector = \"a\"\ndata = \"d\"\nlisten = \"8080\"\n", "8080"),
            ("data = \"d\"\n", "sector"),
        ] {
            std::fs::write(&path, text).unwrap();

            let error = Config::read(&path).unwrap_err().to_string();

            assert!(error.contains(named) && error.contains("station.toml"), "{error}");
        }
    }
}
