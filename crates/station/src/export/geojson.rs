//! `GeoJSON` (RFC 7946).

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::Sheet;
use crate::features::{Feature, FeatureId, Field, Geometry, Value};

/// A feature as `GeoJSON` has it.
#[derive(Debug, Serialize)]
pub(crate) struct GeoJson<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a FeatureId,
    geometry: Option<&'a Geometry>,
    properties: Properties<'a>,
}

/// In the order of the columns.
#[derive(Debug)]
struct Properties<'a> {
    fields: &'a [Field],
    values: &'a [Value],
}

impl<'a> GeoJson<'a> {
    pub(crate) fn of(feature: &'a Feature, fields: &'a [Field]) -> Self {
        let properties = Properties { fields, values: &feature.values };
        Self { kind: "Feature", id: &feature.id, geometry: feature.geometry.as_ref(), properties }
    }
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut object = to.serialize_map(Some(self.fields.len()))?;
        for (field, value) in self.fields.iter().zip(self.values) {
            object.serialize_entry(field.name, value)?;
        }
        object.end()
    }
}

/// A feature collection; its name is what readers call the layer.
#[derive(Debug, Serialize)]
struct File<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    name: &'static str,
    sector: &'a str,
    made_at: String,
    features: Vec<GeoJson<'a>>,
}

pub(super) fn write(sheet: &Sheet<'_>) -> Vec<u8> {
    let file = File {
        kind: "FeatureCollection",
        name: sheet.of.name(),
        sector: sheet.sector,
        made_at: sheet.made_at.to_string(),
        features: sheet.features.iter().map(|row| GeoJson::of(row, sheet.fields)).collect(),
    };
    let mut bytes = serde_json::to_vec(&file).expect("features hold texts and numbers only");
    bytes.push(b'\n');
    bytes
}
