//! GPS exchange format 1.1, for hand-held receivers: points as waypoints, lines as tracks.

use wire::cot::xml::Element;

use super::kml::text;
use super::{ExportError, Sheet};
use crate::features::{Feature, Geometry, PathPoint};
use crate::places::LonLat;

pub(super) fn write(sheet: &Sheet<'_>) -> Result<String, ExportError> {
    let mut root = Element::new("gpx")
        .with("version", "1.1")
        .with("creator", "Watchline")
        .with("xmlns", "http://www.topografix.com/GPX/1/1")
        .holding(
            Element::new("metadata")
                .holding(text("name", format!("{}: {}", sheet.sector, sheet.of.title())))
                .holding(text("time", sheet.made_at.to_string())),
        );
    let (mut points, mut tracks) = (Vec::new(), Vec::new());
    for feature in sheet.features {
        match &feature.geometry {
            // A track is where it was, too.
            Some(_) if feature.path.len() > 1 => {
                tracks.push(track(sheet, feature, timed(&feature.path)));
            }
            Some(Geometry::Point(place)) => points.push(waypoint(sheet, feature, *place)),
            Some(Geometry::Line(places)) => {
                let untimed = places.iter().map(|place| trackpoint(*place, None, None)).collect();
                tracks.push(track(sheet, feature, untimed));
            }
            Some(Geometry::Areas(_)) => return Err(ExportError::AreasInGpx { of: sheet.of }),
            None => {}
        }
    }
    for part in points.into_iter().chain(tracks) {
        root = root.holding(part);
    }
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}\n"))
}

/// Its parts stand in the order that the schema wants.
fn waypoint(sheet: &Sheet<'_>, feature: &Feature, place: LonLat) -> Element {
    let time = feature.span.map(|span| text("time", span.since.to_string()));
    let mut point = placed("wpt", place);
    if let Some(time) = time {
        point = point.holding(time);
    }
    point
        .holding(text("name", sheet.name_of(feature)))
        .holding(text("desc", description(sheet, feature)))
        .holding(text("type", sheet.of.name().to_owned()))
}

fn track(sheet: &Sheet<'_>, feature: &Feature, points: Vec<Element>) -> Element {
    let segment = points.into_iter().fold(Element::new("trkseg"), Element::holding);
    Element::new("trk")
        .holding(text("name", sheet.name_of(feature)))
        .holding(text("desc", description(sheet, feature)))
        .holding(text("type", sheet.of.name().to_owned()))
        .holding(segment)
}

fn timed(path: &[PathPoint]) -> Vec<Element> {
    path.iter().map(|point| trackpoint(point.place, point.height_m, Some(point.at))).collect()
}

fn trackpoint(place: LonLat, height_m: Option<f64>, at: Option<jiff::Timestamp>) -> Element {
    let mut point = placed("trkpt", place);
    if let Some(height_m) = height_m {
        point = point.holding(text("ele", height_m.to_string()));
    }
    match at {
        Some(at) => point.holding(text("time", at.to_string())),
        None => point,
    }
}

fn placed(name: &str, [lon, lat]: LonLat) -> Element {
    Element::new(name).with("lat", lat.to_string()).with("lon", lon.to_string())
}

fn description(sheet: &Sheet<'_>, feature: &Feature) -> String {
    let told: Vec<String> =
        sheet.told(feature).map(|(name, value)| format!("{name}: {value}")).collect();
    told.join("; ")
}
