//! Reads the line's `GeoJSON` (RFC 7946): a `LineString`, or a `Polygon` whose outer ring is the line.

use serde_json::Value;

use super::Fault;
use crate::geo::Wgs84;

/// Most vertices that a line may have.
const VERTICES_MAX: usize = 100_000;

/// A line as read: a ring's repeated last vertex is dropped.
pub(super) struct LineFile {
    pub(super) places: Vec<Wgs84>,
    pub(super) closed: bool,
}

/// Reads the first geometry of a Feature, `FeatureCollection` or bare geometry.
pub(super) fn read_line(file: &str, bytes: &[u8]) -> Result<LineFile, Vec<Fault>> {
    let fault = |field: &str, value: String, problem: String| Fault {
        file: file.to_owned(),
        line: None,
        field: field.to_owned(),
        value,
        problem,
    };
    let root: Value = serde_json::from_slice(bytes)
        .map_err(|error| vec![fault("", String::new(), format!("is not JSON: {error}"))])?;
    let (path, geometry) = geometry_of(&root);
    let kind = geometry.get("type").and_then(Value::as_str).unwrap_or_default();
    let coordinates = &geometry["coordinates"];
    let (path, list, closed) = match kind {
        "LineString" => (format!("{path}coordinates"), coordinates, false),
        "Polygon" => (format!("{path}coordinates[0]"), &coordinates[0], true),
        other => {
            let problem = "must be LineString (an open line) or Polygon (a closed one)";
            return Err(vec![fault(&format!("{path}type"), other.to_owned(), problem.to_owned())]);
        }
    };
    let items = list.as_array().map_or(&[][..], Vec::as_slice);
    if items.len() > VERTICES_MAX {
        let problem = format!("a line has at most {VERTICES_MAX} vertices: simplify it");
        return Err(vec![fault(&path, items.len().to_string(), problem)]);
    }
    let mut faults = Vec::new();
    let mut places = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match place_of(item) {
            Ok(place) if places.last() == Some(&place) => {}
            Ok(place) => places.push(place),
            Err(problem) => {
                faults.push(fault(&format!("{path}[{index}]"), item.to_string(), problem));
            }
        }
    }
    if closed && places.len() > 1 && places.first() == places.last() {
        places.pop();
    }
    let needed = if closed { 3 } else { 2 };
    if faults.is_empty() && places.len() < needed {
        let problem = format!("needs at least {needed} different vertices");
        faults.push(fault(&path, format!("{} vertices", places.len()), problem));
    }
    if faults.is_empty() { Ok(LineFile { places, closed }) } else { Err(faults) }
}

fn geometry_of(root: &Value) -> (&'static str, &Value) {
    match root.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => ("features[0].geometry.", &root["features"][0]["geometry"]),
        Some("Feature") => ("geometry.", &root["geometry"]),
        _ => ("", root),
    }
}

fn place_of(item: &Value) -> Result<Wgs84, String> {
    let number = |index: usize| item.get(index).and_then(Value::as_f64);
    let (Some(lon_deg), Some(lat_deg)) = (number(0), number(1)) else {
        return Err("must be [longitude, latitude] in degrees".to_owned());
    };
    Wgs84::new(lon_deg, lat_deg).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_loses_its_repeated_vertex() {
        let json = r#"{"type":"Polygon","coordinates":[[[1,42],[2,42],[2,43],[1,42]]]}"#;

        let line = read_line("line.geojson", json.as_bytes()).ok().unwrap();

        assert!(line.closed);
        assert_eq!(line.places.len(), 3);
    }

    #[test]
    fn every_bad_vertex_is_named() {
        let json = r#"{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,42],[400,42],["x"]]}}"#;

        let faults = read_line("line.geojson", json.as_bytes()).err().unwrap();

        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, ["geometry.coordinates[1]", "geometry.coordinates[2]"]);
    }

    #[test]
    fn what_is_not_a_line_is_refused() {
        for text in ["", "[]", "{}", r#"{"type":"Point","coordinates":[1,2]}"#] {
            assert!(read_line("line.geojson", text.as_bytes()).is_err(), "{text}");
        }
        let empty = r#"{"type":"LineString","coordinates":[[1,42],[1,42]]}"#;
        assert!(read_line("line.geojson", empty.as_bytes()).is_err());
    }
}
