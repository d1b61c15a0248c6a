//! Reads `GeoJSON` (RFC 7946): the line from its first geometry, lines and areas of the ground from all of them.

use serde_json::Value;

use super::Fault;
use crate::geo::Wgs84;

/// Most vertices that a file may have.
const VERTICES_MAX: usize = 100_000;
/// Most faults that one file is told.
const FAULTS_MAX: usize = 20;

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

/// A line or an area on the ground.
pub(super) enum Shape {
    Line(Vec<Wgs84>),
    /// The outer ring and its holes, without repeated last vertices.
    Rings(Vec<Vec<Wgs84>>),
}

/// Reads every line and area of a file: features, collections, multi-geometries.
pub(super) fn read_shapes(file: &str, bytes: &[u8]) -> Result<Vec<Shape>, Vec<Fault>> {
    let mut reading = Reading { file, vertices: 0, faults: Vec::new(), shapes: Vec::new() };
    match serde_json::from_slice::<Value>(bytes) {
        Ok(root) => reading.object("", &root),
        Err(error) => reading.fault("", String::new(), format!("is not JSON: {error}")),
    }
    if reading.faults.is_empty() && reading.shapes.is_empty() {
        let problem = "holds no line and no area".to_owned();
        reading.fault("", String::new(), problem);
    }
    if reading.faults.is_empty() { Ok(reading.shapes) } else { Err(reading.faults) }
}

struct Reading<'a> {
    file: &'a str,
    vertices: usize,
    faults: Vec<Fault>,
    shapes: Vec<Shape>,
}

impl Reading<'_> {
    fn fault(&mut self, field: &str, value: String, problem: String) {
        // A file full of the same slip is told by its first ones.
        if self.faults.len() < FAULTS_MAX {
            let (file, field) = (self.file.to_owned(), field.to_owned());
            self.faults.push(Fault { file, line: None, field, value, problem });
        }
    }

    fn object(&mut self, path: &str, object: &Value) {
        let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
        let coordinates = &object["coordinates"];
        let here = format!("{path}coordinates");
        match kind {
            "FeatureCollection" => self.each(path, "features", &object["features"]),
            "GeometryCollection" => self.each(path, "geometries", &object["geometries"]),
            "Feature" => self.object(&format!("{path}geometry."), &object["geometry"]),
            "LineString" => self.line(&here, coordinates),
            "MultiLineString" => {
                for (at, line) in list(coordinates).iter().enumerate() {
                    self.line(&format!("{here}[{at}]"), line);
                }
            }
            "Polygon" => self.rings(&here, coordinates),
            "MultiPolygon" => {
                for (at, rings) in list(coordinates).iter().enumerate() {
                    self.rings(&format!("{here}[{at}]"), rings);
                }
            }
            other => {
                let problem = "must be a line or an area: LineString, MultiLineString, Polygon or MultiPolygon";
                self.fault(&format!("{path}type"), other.to_owned(), problem.to_owned());
            }
        }
    }

    fn each(&mut self, path: &str, key: &str, members: &Value) {
        for (at, member) in list(members).iter().enumerate() {
            self.object(&format!("{path}{key}[{at}]."), member);
        }
    }

    fn line(&mut self, path: &str, coordinates: &Value) {
        if let Some(places) = self.places(path, coordinates, 2) {
            self.shapes.push(Shape::Line(places));
        }
    }

    fn rings(&mut self, path: &str, coordinates: &Value) {
        let mut rings = Vec::new();
        for (at, ring) in list(coordinates).iter().enumerate() {
            let Some(mut places) = self.places(&format!("{path}[{at}]"), ring, 3) else { return };
            if places.first() == places.last() {
                places.pop();
            }
            rings.push(places);
        }
        self.shapes.push(Shape::Rings(rings));
    }

    fn places(&mut self, path: &str, coordinates: &Value, needed: usize) -> Option<Vec<Wgs84>> {
        let items = list(coordinates);
        self.vertices += items.len();
        if self.vertices > VERTICES_MAX {
            let problem = format!("a file has at most {VERTICES_MAX} vertices: simplify or cut it");
            self.fault(path, self.vertices.to_string(), problem);
            return None;
        }
        let mut places = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match place_of(item) {
                Ok(place) if places.last() == Some(&place) => {}
                Ok(place) => places.push(place),
                Err(problem) => {
                    self.fault(&format!("{path}[{index}]"), item.to_string(), problem);
                    return None;
                }
            }
        }
        if places.len() < needed {
            let problem = format!("needs at least {needed} different vertices");
            self.fault(path, format!("{} vertices", places.len()), problem);
            return None;
        }
        Some(places)
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[][..], Vec::as_slice)
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

    #[test]
    fn every_line_and_area_of_a_collection_is_read() {
        let json = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","geometry":{"type":"MultiLineString","coordinates":[[[1,42],[2,42]],[[1,43],[2,43]]]}},
            {"type":"Feature","geometry":{"type":"Polygon","coordinates":[
                [[1,42],[2,42],[2,43],[1,42]],[[1.5,42.1],[1.6,42.1],[1.6,42.2],[1.5,42.1]]]}}]}"#;

        let shapes = read_shapes("ground.geojson", json.as_bytes()).ok().unwrap();

        assert_eq!(shapes.len(), 3);
        assert!(matches!(&shapes[0], Shape::Line(places) if places.len() == 2));
        assert!(
            matches!(&shapes[2], Shape::Rings(rings) if rings.len() == 2 && rings[1].len() == 3)
        );
    }

    #[test]
    fn a_fault_in_a_collection_says_which_feature_and_what_stands_there() {
        let json = r#"{"type":"FeatureCollection","features":[
            {"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,42],[2,95]]}},
            {"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}]}"#;

        let faults = read_shapes("ground.geojson", json.as_bytes()).err().unwrap();

        let told: Vec<_> =
            faults.iter().map(|fault| (fault.field.as_str(), fault.value.as_str())).collect();
        assert_eq!(
            told,
            [
                ("features[0].geometry.coordinates[1]", "[2,95]"),
                ("features[1].geometry.type", "Point"),
            ]
        );
        assert!(
            read_shapes("ground.geojson", br#"{"type":"FeatureCollection","features":[]}"#)
                .is_err()
        );
    }
}
