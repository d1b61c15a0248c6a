//! `GeoParquet` 1.1: columns for whoever computes with them, the geometry as well-known binary.
//!
//! Written by hand because the format needs little here - one row group, plain pages - and the libraries that write
//! it bring some forty crates, one of them a library of time that is banned.

mod file;
mod thrift;

use std::collections::BTreeSet;

use serde_json::json;

use self::file::{Cells, Column};
use super::Sheet;
use crate::features::{Feature, FeatureId, Geometry, Kind, Value};
use crate::places::LonLat;

pub(super) fn write(sheet: &Sheet<'_>) -> Vec<u8> {
    let features = sheet.features;
    let shape = |feature: &Feature| feature.geometry.as_ref().map(well_known_binary);
    let mut columns = vec![
        Column { name: "id", cells: ids(sheet) },
        Column { name: "geometry", cells: Cells::Bytes(features.iter().map(shape).collect()) },
    ];
    for (at, field) in sheet.fields.iter().enumerate() {
        let values = features.iter().map(|feature| &feature.values[at]);
        columns.push(Column { name: field.name, cells: cells(field.kind, values) });
    }
    file::write(&columns, features.len(), &[("geo", &about(features))])
}

fn ids(sheet: &Sheet<'_>) -> Cells {
    if sheet.of.is_numbered() {
        let number = |feature: &Feature| match &feature.id {
            FeatureId::Number(number) => Some(number.cast_signed()),
            FeatureId::Name(_) => None,
        };
        Cells::Wholes(sheet.features.iter().map(number).collect())
    } else {
        Cells::Texts(sheet.features.iter().map(|feature| Some(feature.id.to_string())).collect())
    }
}

fn cells<'a>(kind: Kind, values: impl Iterator<Item = &'a Value>) -> Cells {
    match kind {
        // A list is one text, as in tables.
        Kind::Text | Kind::Texts => Cells::Texts(values.map(Value::to_text).collect()),
        Kind::Number => Cells::Numbers(values.map(number).collect()),
        Kind::Whole => Cells::Wholes(values.map(whole).collect()),
        Kind::Flag => Cells::Flags(values.map(flag).collect()),
        Kind::Time => Cells::Times(values.map(time).collect()),
    }
}

fn number(value: &Value) -> Option<f64> {
    if let Value::Number(number) = value { Some(*number) } else { None }
}

fn whole(value: &Value) -> Option<i64> {
    if let Value::Whole(whole) = value { Some(whole.cast_signed()) } else { None }
}

fn flag(value: &Value) -> Option<bool> {
    if let Value::Flag(flag) = value { Some(*flag) } else { None }
}

fn time(value: &Value) -> Option<i64> {
    if let Value::Time(time) = value { Some(time.as_microsecond()) } else { None }
}

/// The file's `geo` key; without a `crs` it is longitude and latitude of WGS 84.
fn about(features: &[Feature]) -> String {
    let geometries = || features.iter().filter_map(|feature| feature.geometry.as_ref());
    let kinds: BTreeSet<&str> = geometries().map(kind).collect();
    let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let bbox = geometries().flat_map(Geometry::vertices).fold(
        nothing,
        |[west, south, east, north], [lon, lat]| {
            [west.min(lon), south.min(lat), east.max(lon), north.max(lat)]
        },
    );
    let mut column = json!({"encoding": "WKB", "geometry_types": kinds});
    if !kinds.is_empty() {
        column["bbox"] = json!(bbox);
    }
    json!({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})
        .to_string()
}

fn kind(geometry: &Geometry) -> &'static str {
    match geometry {
        Geometry::Point(_) => "Point",
        Geometry::Line(_) => "LineString",
        Geometry::Areas(_) => "MultiPolygon",
    }
}

/// A geometry as well-known binary (OGC 06-103r4), little-endian.
fn well_known_binary(geometry: &Geometry) -> Vec<u8> {
    let mut bytes = Vec::new();
    match geometry {
        Geometry::Point(place) => {
            head(&mut bytes, 1);
            places(&mut bytes, &[*place]);
        }
        Geometry::Line(along) => {
            head(&mut bytes, 2);
            count(&mut bytes, along.len());
            places(&mut bytes, along);
        }
        Geometry::Areas(areas) => {
            head(&mut bytes, 6);
            count(&mut bytes, areas.len());
            for rings in areas {
                head(&mut bytes, 3);
                count(&mut bytes, rings.len());
                for ring in rings {
                    count(&mut bytes, ring.len());
                    places(&mut bytes, ring);
                }
            }
        }
    }
    bytes
}

fn head(to: &mut Vec<u8>, kind: u32) {
    to.push(1);
    to.extend(kind.to_le_bytes());
}

fn count(to: &mut Vec<u8>, of: usize) {
    to.extend(u32::try_from(of).expect("geometries are far below 4 Gi places").to_le_bytes());
}

fn places(to: &mut Vec<u8>, of: &[LonLat]) {
    to.extend(of.iter().flatten().flat_map(|degrees| degrees.to_le_bytes()));
}
