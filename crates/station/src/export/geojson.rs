//! `GeoJSON` (RFC 7946).

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

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
