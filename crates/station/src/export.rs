//! Files that other programs read, made of the rows that maps are given.

mod cap;
mod csv;
mod geojson;
mod gpx;
mod kml;
mod parquet;
pub(crate) mod zip;

use std::path::Path;

use clap::ValueEnum;
use watch::alert::Alert;

use crate::features::{Collection, Feature, Field, Geometry};

pub use self::cap::{Origin, message as cap_message};
pub(crate) use self::geojson::GeoJson;

/// Messages about several alerts, each a file of its own in one archive.
pub fn cap_archive(alerts: &[Alert], origin: Origin<'_>) -> Vec<u8> {
    let file =
        |alert: &Alert| (format!("alert-{}.cap.xml", alert.id.0), cap_message(alert, origin));
    let files: Vec<(String, String)> = alerts.iter().map(file).collect();
    let files: Vec<(&str, &[u8])> =
        files.iter().map(|(name, message)| (name.as_str(), message.as_bytes())).collect();
    zip::write(&files)
}

/// What a file holds: features of one collection.
#[derive(Debug)]
pub struct Sheet<'a> {
    pub of: Collection,
    pub fields: &'a [Field],
    pub features: &'a [Feature],
    /// The sector's name.
    pub sector: &'a str,
    /// Station time.
    pub made_at: jiff::Timestamp,
}

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Geojson,
    Kml,
    Kmz,
    Gpx,
    Csv,
    Parquet,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error(
        "{of} are areas, which a GPX file cannot hold: choose .geojson, .kml, .kmz or .csv",
        of = of.name()
    )]
    AreasInGpx { of: Collection },
}

impl Format {
    pub const ALL: [Self; 6] =
        [Self::Geojson, Self::Kml, Self::Kmz, Self::Gpx, Self::Csv, Self::Parquet];

    /// The ending of its files, which is its name as well.
    pub fn name(self) -> &'static str {
        match self {
            Self::Geojson => "geojson",
            Self::Kml => "kml",
            Self::Kmz => "kmz",
            Self::Gpx => "gpx",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }

    /// Of a file, by its ending.
    pub fn of_file(path: &Path) -> Option<Self> {
        path.extension().and_then(|ending| ending.to_str()).and_then(Self::by_name)
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Geojson => "application/geo+json",
            Self::Kml => "application/vnd.google-earth.kml+xml",
            Self::Kmz => "application/vnd.google-earth.kmz",
            Self::Gpx => "application/gpx+xml",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }
}

/// The whole file.
pub fn write(sheet: &Sheet<'_>, format: Format) -> Result<Vec<u8>, ExportError> {
    Ok(match format {
        Format::Geojson => geojson::write(sheet),
        Format::Kml => kml::write(sheet).into_bytes(),
        Format::Kmz => zip::write(&[("doc.kml", kml::write(sheet).as_bytes())]),
        Format::Gpx => gpx::write(sheet)?.into_bytes(),
        Format::Csv => csv::write(sheet).into_bytes(),
        Format::Parquet => parquet::write(sheet),
    })
}

impl Sheet<'_> {
    /// What people call a feature: its name if it has one.
    fn name_of(&self, feature: &Feature) -> String {
        let is_name = |field: &Field| matches!(field.name, "name_en" | "title_en");
        let at = self.fields.iter().position(is_name);
        let named = at.and_then(|at| feature.values.get(at)?.to_text());
        named.filter(|name| !name.is_empty()).unwrap_or_else(|| self.numbered(feature))
    }

    fn numbered(&self, feature: &Feature) -> String {
        let one = match self.of {
            Collection::Stretches => "Stretch",
            Collection::Tracks | Collection::Trails => "Track",
            Collection::Alerts => "Alert",
            Collection::Incidents => "Incident",
            Collection::Evidence => "Evidence",
            Collection::Line | Collection::Sensors | Collection::Coverage | Collection::Units => "",
        };
        format!("{one} {}", feature.id).trim_start().to_owned()
    }

    /// Names and texts of what a feature says; what it does not say is left out.
    fn told<'b>(
        &'b self,
        feature: &'b Feature,
    ) -> impl Iterator<Item = (&'static str, String)> + 'b {
        let cells = self.fields.iter().zip(&feature.values);
        cells.filter_map(|(field, value)| Some((field.name, value.to_text()?)))
    }
}

/// A geometry as well-known text (OGC 06-103r4).
fn well_known_text(geometry: &Geometry) -> String {
    let pair = |[lon, lat]: &crate::places::LonLat| format!("{lon} {lat}");
    let list = |places: &[crate::places::LonLat]| {
        let pairs: Vec<String> = places.iter().map(pair).collect();
        format!("({})", pairs.join(", "))
    };
    match geometry {
        Geometry::Point(place) => format!("POINT ({})", pair(place)),
        Geometry::Line(places) => format!("LINESTRING {}", list(places)),
        Geometry::Areas(areas) => {
            let area = |rings: &Vec<Vec<_>>| {
                let rings: Vec<String> = rings.iter().map(|ring| list(ring)).collect();
                format!("({})", rings.join(", "))
            };
            let areas: Vec<String> = areas.iter().map(area).collect();
            format!("MULTIPOLYGON ({})", areas.join(", "))
        }
    }
}

#[cfg(test)]
mod tests;
