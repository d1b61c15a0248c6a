//! What the file says of the doors at which nobody registers: `[doors.upload]`, `[doors.weather]`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sight::geo::Wgs84;

use super::{RawLimits, check};
use crate::ingest::door::DoorLimits;
use crate::ingest::limits;
use crate::ingest::upload::UploadConfig;
use crate::ingest::weather_folder::FolderConfig;
use crate::runtime::PlainConfig;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawUpload {
    connections_max: Option<usize>,
    messages_per_s: Option<f64>,
    position_step_s: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeather {
    /// A file or a folder in which reports and forecasts lie.
    path: Option<PathBuf>,
    poll_s: Option<f64>,
    /// Longitude and latitude by the station's name.
    #[serde(default)]
    stations: BTreeMap<String, [f64; 2]>,
}

/// The doors at which nobody registers; paths are relative to where the configuration lies.
pub(super) fn resolve(
    upload: &RawUpload,
    weather: RawWeather,
    home: &Path,
) -> Result<PlainConfig, String> {
    Ok(PlainConfig {
        upload: upload.resolve()?,
        folder: weather.folder(home)?,
        stations: weather.stations()?,
        ..PlainConfig::default()
    })
}

impl RawUpload {
    fn resolve(&self) -> Result<UploadConfig, String> {
        const DOOR: &str = "doors.upload";
        let uploads = self.connections_max.unwrap_or(limits::UPLOADS_DEFAULT);
        check(DOOR, "connections_max", &uploads, &limits::UPLOADS)?;
        let told =
            RawLimits { connections_max: Some(uploads), messages_per_s: self.messages_per_s };
        let rates: DoorLimits = told.resolve(DOOR, limits::UPLOAD_ROWS_PER_S_DEFAULT)?;
        let position_step_s = self.position_step_s.unwrap_or(limits::POSITION_STEP_S_DEFAULT);
        check(DOOR, "position_step_s", &position_step_s, &limits::POSITION_STEP_S)?;
        Ok(UploadConfig { limits: rates, position_step_s })
    }
}

impl RawWeather {
    fn folder(&self, home: &Path) -> Result<Option<FolderConfig>, String> {
        let Some(path) = &self.path else {
            return match self.poll_s {
                Some(_) => {
                    Err("doors.weather.poll_s needs doors.weather.path, and there is none".into())
                }
                None => Ok(None),
            };
        };
        let poll_s = self.poll_s.unwrap_or(limits::FOLDER_POLL_S_DEFAULT);
        check("doors.weather", "poll_s", &poll_s, &limits::FOLDER_POLL_S)?;
        Ok(Some(FolderConfig { path: home.join(path), poll_s }))
    }

    fn stations(self) -> Result<BTreeMap<String, Wgs84>, String> {
        const FIELD: &str = "doors.weather.stations";
        let most = watch::limits::WEATHER_SOURCES_MAX;
        if self.stations.len() > most {
            let got = self.stations.len();
            return Err(format!("{FIELD} may name at most {most} stations, got {got}"));
        }
        let place = |(name, [lon_deg, lat_deg]): (String, [f64; 2])| {
            let place = Wgs84::new(lon_deg, lat_deg);
            let place = place.map_err(|fault| format!("{FIELD}.{name}: {fault}"))?;
            Ok((name, place))
        };
        self.stations.into_iter().map(place).collect()
    }
}
