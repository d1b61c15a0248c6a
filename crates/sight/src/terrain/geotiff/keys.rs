//! The `GeoKey` directory: which reference system the pixels lie in.

use super::super::TerrainError;
use super::super::utm::UtmZone;
use super::{
    DEGREE, GREENWICH, METRE, MODEL_GEOGRAPHIC, MODEL_PROJECTED, PIXEL_IS_AREA, PIXEL_IS_POINT,
    WGS84, key,
};

/// Vertical datums whose heights are metres above mean sea level: EGM2008, EGM96, EGM84, NAVD88, mean sea level.
const MEAN_SEA_LEVEL: [u16; 5] = [3855, 5773, 5798, 5703, 5714];
/// "Undefined" and "user-defined".
const UNSAID: [u16; 2] = [0, 32767];

/// A reference system that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crs {
    /// WGS84 longitude and latitude in degrees.
    Geographic,
    /// WGS84 universal transverse Mercator in metres.
    Utm(UtmZone),
}

/// What the `GeoKeys` say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) crs: Crs,
    /// True when a tie point names a pixel's middle rather than its corner.
    pub(super) pixel_is_point: bool,
}

/// Reads a `GeoKeyDirectoryTag`.
pub(super) fn read(file: &str, directory: &[u16]) -> Result<Keys, TerrainError> {
    let keys = Directory { file, directory };
    let (geodetic, projected) = (keys.short(key::GEODETIC_CRS)?, keys.short(key::PROJECTED_CRS)?);
    keys.must(
        "GeogPrimeMeridianGeoKey",
        key::PRIME_MERIDIAN,
        &[GREENWICH],
        "only Greenwich (8901) is read",
    )?;
    let wgs84 = "only WGS84 is read, 4326 or UTM 32601-32660 and 32701-32760: \
                 warp the file with gdalwarp -t_srs EPSG:4326";
    let crs = match keys.short(key::MODEL_TYPE)? {
        Some(MODEL_GEOGRAPHIC) => {
            keys.must(
                "GeogAngularUnitsGeoKey",
                key::ANGULAR_UNITS,
                &[DEGREE],
                "must be degrees (9102)",
            )?;
            match geodetic {
                Some(WGS84) => Crs::Geographic,
                other => return Err(keys.wrong("GeodeticCRSGeoKey", other, wgs84)),
            }
        }
        Some(MODEL_PROJECTED) => {
            keys.must(
                "ProjLinearUnitsGeoKey",
                key::LINEAR_UNITS,
                &[METRE],
                "must be metres (9001)",
            )?;
            keys.must("GeodeticCRSGeoKey", key::GEODETIC_CRS, &[WGS84], wgs84)?;
            projected
                .and_then(UtmZone::from_epsg)
                .map(Crs::Utm)
                .ok_or_else(|| keys.wrong("ProjectedCRSGeoKey", projected, wgs84))?
        }
        other => {
            let problem = "must be 1 (projected) or 2 (longitude and latitude)";
            return Err(keys.wrong("GTModelTypeGeoKey", other, problem));
        }
    };
    keys.vertical()?;
    let pixel_is_point = match keys.short(key::RASTER_TYPE)? {
        None | Some(PIXEL_IS_AREA) => false,
        Some(PIXEL_IS_POINT) => true,
        other => {
            return Err(keys.wrong("GTRasterTypeGeoKey", other, "must be 1 (area) or 2 (point)"));
        }
    };
    Ok(Keys { crs, pixel_is_point })
}

struct Directory<'a> {
    file: &'a str,
    directory: &'a [u16],
}

impl Directory<'_> {
    /// A key whose value stands in the directory itself, as all codes do.
    fn short(&self, id: u16) -> Result<Option<u16>, TerrainError> {
        let entries = self.directory.get(4..).unwrap_or_default().as_chunks::<4>().0;
        let stated = self.directory.get(3).map_or(0, |count| usize::from(*count));
        if entries.len() < stated {
            let value = format!("{stated} keys in {} values", self.directory.len());
            return Err(wrong(
                self.file,
                "GeoKeyDirectoryTag",
                &value,
                "the file is cut or damaged",
            ));
        }
        Ok(entries[..stated]
            .iter()
            .find(|entry| entry[0] == id && entry[1] == 0)
            .map(|entry| entry[3]))
    }

    /// Accepts a key that is absent, unsaid or one of `allowed`.
    fn must(
        &self,
        name: &'static str,
        id: u16,
        allowed: &[u16],
        problem: &str,
    ) -> Result<(), TerrainError> {
        match self.short(id)? {
            Some(value) if !allowed.contains(&value) && !UNSAID.contains(&value) => {
                Err(self.wrong(name, Some(value), problem))
            }
            _ => Ok(()),
        }
    }

    fn vertical(&self) -> Result<(), TerrainError> {
        let metres =
            "must be metres (9001): convert the heights with gdal_calc or gdal_translate -scale";
        self.must("VerticalUnitsGeoKey", key::VERTICAL_UNITS, &[METRE], metres)?;
        let sea = "only heights in metres above mean sea level are read \
                   (3855 EGM2008, 5773 EGM96, 5798 EGM84, 5703 NAVD88, 5714 MSL)";
        self.must("VerticalGeoKey", key::VERTICAL, &MEAN_SEA_LEVEL, sea)
    }

    fn wrong(&self, name: &'static str, value: Option<u16>, problem: &str) -> TerrainError {
        let value = value.map_or_else(|| "missing".to_owned(), |value| value.to_string());
        wrong(self.file, name, &value, problem)
    }
}

/// The error that names a tag or key and what stands there.
pub(super) fn wrong(file: &str, tag: &'static str, value: &str, problem: &str) -> TerrainError {
    TerrainError::Tag {
        file: file.to_owned(),
        tag,
        value: value.to_owned(),
        problem: problem.to_owned(),
    }
}
