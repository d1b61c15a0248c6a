//! GPX 1.1: tracks and waypoints of patrols, both ways (topografix.com/GPX/1/1).

use jiff::Timestamp;

use crate::cot::xml::{self, Element, XmlError};
use crate::limits::{EXCERPT_CHARS_MAX, FAULTS_MAX, GPX_BYTES_MAX, GPX_ELEMENTS_MAX};
use crate::text;

const NAMESPACE: &str = "http://www.topografix.com/GPX/1/1";

/// What a file holds, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Gpx {
    pub waypoints: Vec<Point>,
    pub tracks: Vec<Track>,
    /// One for each point that was left out, up to a maximum.
    pub faults: Vec<PointFault>,
    /// Points that were left out.
    pub left_out: usize,
}

/// One track. Between its segments the receiver had no fix.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Track {
    pub name: Option<String>,
    pub segments: Vec<Vec<Point>>,
}

/// One place.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// WGS84.
    pub lat_deg: f64,
    pub lon_deg: f64,
    /// Above mean sea level.
    pub elevation_m: Option<f64>,
    pub time: Option<Timestamp>,
    pub name: Option<String>,
}

/// Why a point was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("point {number}: {field} must be {expected}, got {got:?}")]
pub struct PointFault {
    /// Counted from 1 in the order of the file.
    pub number: usize,
    pub field: &'static str,
    pub expected: &'static str,
    pub got: String,
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GpxError {
    #[error("file must hold at most {GPX_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("file is not xml: {0}")]
    Xml(#[from] XmlError),
    #[error("root element must be gpx, got {0:?}")]
    Root(String),
}

/// Reads a file. Points that are no places are told and left out, all others kept.
pub fn parse(file: &str) -> Result<Gpx, GpxError> {
    if file.len() > GPX_BYTES_MAX {
        return Err(GpxError::TooLong(file.len()));
    }
    let root = xml::parse_up_to(file, GPX_ELEMENTS_MAX)?;
    if root.name != "gpx" {
        return Err(GpxError::Root(text::clean(&root.name, EXCERPT_CHARS_MAX)));
    }
    let mut reader = Reader::default();
    for element in root.elements() {
        match element.name.as_str() {
            "wpt" => {
                let point = reader.point(element);
                reader.gpx.waypoints.extend(point);
            }
            "trk" => reader.track(element, "trkseg", "trkpt"),
            "rte" => reader.route(element),
            _ => {}
        }
    }
    Ok(reader.gpx)
}

#[derive(Default)]
struct Reader {
    gpx: Gpx,
    points: usize,
}

impl Reader {
    fn track(&mut self, element: &Element, segment: &str, point: &str) {
        let segments = element.elements().filter(|child| child.name == segment);
        let segments = segments.map(|segment| self.points(segment, point)).collect();
        self.gpx.tracks.push(Track { name: name(element), segments });
    }

    /// A route is a track of one segment.
    fn route(&mut self, element: &Element) {
        let segments = vec![self.points(element, "rtept")];
        self.gpx.tracks.push(Track { name: name(element), segments });
    }

    fn points(&mut self, of: &Element, name: &str) -> Vec<Point> {
        let points = of.elements().filter(|child| child.name == name);
        points.filter_map(|point| self.point(point)).collect()
    }

    fn point(&mut self, element: &Element) -> Option<Point> {
        self.points += 1;
        match read_point(element) {
            Ok(point) => Some(point),
            Err((field, expected, got)) => {
                self.gpx.left_out += 1;
                if self.gpx.faults.len() < FAULTS_MAX {
                    let got = text::clean(&got, EXCERPT_CHARS_MAX);
                    self.gpx.faults.push(PointFault { number: self.points, field, expected, got });
                }
                None
            }
        }
    }
}

type Fault = (&'static str, &'static str, String);

fn read_point(element: &Element) -> Result<Point, Fault> {
    let degrees = |field: &'static str, limit_deg: f64| {
        let told = element.attribute(field).unwrap_or_default();
        let number: Option<f64> = told.trim().parse().ok();
        number.filter(|number| (-limit_deg..=limit_deg).contains(number)).ok_or((
            field,
            "degrees on the globe",
            told.to_owned(),
        ))
    };
    let inside = |name: &str| element.child(name).map(|child| child.text().trim().to_owned());
    let elevation_m = match inside("ele") {
        None => None,
        Some(told) => match told.parse() {
            Ok(number) if (-1e5..=1e6).contains(&number) => Some(number),
            Ok(_) | Err(_) => return Err(("ele", "a height in metres", told)),
        },
    };
    let time = match inside("time") {
        None => None,
        Some(told) => match told.parse() {
            Ok(time) => Some(time),
            Err(_) => return Err(("time", "a time such as 2026-11-20T19:00:00Z", told)),
        },
    };
    let (lat_deg, lon_deg) = (degrees("lat", 90.0)?, degrees("lon", 180.0)?);
    Ok(Point { lat_deg, lon_deg, elevation_m, time, name: name(element) })
}

fn name(element: &Element) -> Option<String> {
    let name = element.child("name").map(|child| text::clean(&child.text(), EXCERPT_CHARS_MAX));
    name.filter(|name| !name.is_empty())
}

impl Gpx {
    /// Writes waypoints and tracks as a file; what was left out in reading stays left out.
    pub fn to_xml(&self) -> String {
        let mut root = Element::new("gpx")
            .with("version", "1.1")
            .with("creator", "Watchline")
            .with("xmlns", NAMESPACE);
        for point in &self.waypoints {
            root = root.holding(write_point("wpt", point));
        }
        for track in &self.tracks {
            let mut element = named(Element::new("trk"), track.name.as_deref());
            for segment in &track.segments {
                let points = segment.iter().map(|point| write_point("trkpt", point));
                element = element.holding(points.fold(Element::new("trkseg"), Element::holding));
            }
            root = root.holding(element);
        }
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}")
    }
}

fn write_point(kind: &str, point: &Point) -> Element {
    let mut element = Element::new(kind)
        .with("lat", point.lat_deg.to_string())
        .with("lon", point.lon_deg.to_string());
    if let Some(elevation_m) = point.elevation_m {
        element = element.holding(holding_text("ele", &elevation_m.to_string()));
    }
    if let Some(time) = point.time {
        element = element.holding(holding_text("time", &time.to_string()));
    }
    named(element, point.name.as_deref())
}

fn named(element: Element, name: Option<&str>) -> Element {
    match name {
        Some(name) => element.holding(holding_text("name", name)),
        None => element,
    }
}

fn holding_text(name: &str, text: &str) -> Element {
    Element { children: vec![xml::Node::Text(text.to_owned())], ..Element::new(name) }
}

#[cfg(test)]
mod tests;
