//! Keyhole Markup Language 2.2 (OGC 07-147r2), for globes.

use wire::cot::xml::{Element, Node};

use super::Sheet;
use crate::features::{Collection, Feature, Geometry, Value};
use crate::places::LonLat;

/// Colours by what a stretch's state, an alert's priority or an area's kind is, as the page has them: alpha, blue, green, red.
const STYLES: [(&str, &str); 12] = [
    ("watched", "ff8da63f"),
    ("degraded", "ff36a4db"),
    ("blind", "ff2b1f7c"),
    ("unknown", "ffb4afa9"),
    ("high", "ff6874ff"),
    ("medium", "ff4ab6f0"),
    ("low", "ffc9b79d"),
    ("field-of-view", "ffe8c47c"),
    ("seen", "ffe8c47c"),
    ("picture", "ffe8c47c"),
    ("hidden", "ffb4afa9"),
    ("watched-ground", "ff78bf58"),
];

pub(super) fn write(sheet: &Sheet<'_>) -> String {
    let mut document = Element::new("Document")
        .holding(text("name", format!("{}: {}", sheet.sector, sheet.of.title())))
        .holding(text("description", sheet.of.description().to_owned()));
    for (name, colour) in STYLES {
        document = document.holding(style(name, colour));
    }
    for feature in sheet.features {
        document = document.holding(placemark(sheet, feature));
    }
    let root = Element::new("kml").with("xmlns", "http://www.opengis.net/kml/2.2");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", root.holding(document))
}

fn style(name: &str, colour: &str) -> Element {
    let coloured = |of: &str| Element::new(of).holding(text("color", colour.to_owned()));
    // Areas are seen through.
    let faint = format!("40{}", colour.trim_start_matches("ff"));
    Element::new("Style")
        .with("id", name)
        .holding(coloured("IconStyle"))
        .holding(coloured("LineStyle").holding(text("width", "4".to_owned())))
        .holding(Element::new("PolyStyle").holding(text("color", faint)))
}

/// Its parts stand in the order that the schema wants.
fn placemark(sheet: &Sheet<'_>, feature: &Feature) -> Element {
    let id = format!("{}.{}", sheet.of.name(), feature.id);
    let mut placemark = Element::new("Placemark").holding(text("name", sheet.name_of(feature)));
    if let Some(when) = when(feature) {
        placemark = placemark.holding(when);
    }
    if let Some(style) = style_of(sheet, feature) {
        placemark = placemark.holding(text("styleUrl", format!("#{style}")));
    }
    let mut told = Element::new("ExtendedData").holding(datum("id", id));
    for (name, value) in sheet.told(feature) {
        told = told.holding(datum(name, value));
    }
    placemark = placemark.holding(told);
    match &feature.geometry {
        Some(geometry) => placemark.holding(shape(geometry)),
        None => placemark,
    }
}

fn when(feature: &Feature) -> Option<Element> {
    let span = feature.span?;
    if span.until == Some(span.since) {
        let stamp = text("when", span.since.to_string());
        return Some(Element::new("TimeStamp").holding(stamp));
    }
    let lasting = Element::new("TimeSpan").holding(text("begin", span.since.to_string()));
    Some(match span.until {
        Some(until) => lasting.holding(text("end", until.to_string())),
        None => lasting,
    })
}

fn style_of(sheet: &Sheet<'_>, feature: &Feature) -> Option<String> {
    let column = match sheet.of {
        Collection::Stretches => "state",
        Collection::Alerts | Collection::Incidents => "priority",
        Collection::Coverage => "kind",
        Collection::Line
        | Collection::Sensors
        | Collection::Tracks
        | Collection::Trails
        | Collection::Units
        | Collection::Evidence => return None,
    };
    let at = sheet.fields.iter().position(|field| field.name == column)?;
    feature.values.get(at).and_then(Value::to_text)
}

fn shape(geometry: &Geometry) -> Element {
    match geometry {
        Geometry::Point(place) => Element::new("Point").holding(coordinates(&[*place])),
        Geometry::Line(places) => Element::new("LineString")
            .holding(text("tessellate", "1".to_owned()))
            .holding(coordinates(places)),
        Geometry::Areas(areas) => areas
            .iter()
            .map(|rings| polygon(rings))
            .fold(Element::new("MultiGeometry"), Element::holding),
    }
}

fn polygon(rings: &[Vec<LonLat>]) -> Element {
    let boundary = |name: &str, ring: &[LonLat]| {
        Element::new(name).holding(Element::new("LinearRing").holding(coordinates(ring)))
    };
    let names = std::iter::once("outerBoundaryIs").chain(std::iter::repeat("innerBoundaryIs"));
    let polygon = Element::new("Polygon").holding(text("tessellate", "1".to_owned()));
    names.zip(rings).map(|(name, ring)| boundary(name, ring)).fold(polygon, Element::holding)
}

fn coordinates(places: &[LonLat]) -> Element {
    let pairs: Vec<String> = places.iter().map(|[lon, lat]| format!("{lon},{lat}")).collect();
    text("coordinates", pairs.join(" "))
}

fn datum(name: &str, value: String) -> Element {
    Element::new("Data").with("name", name).holding(text("value", value))
}

/// An element with text alone.
pub(super) fn text(name: &str, of: String) -> Element {
    Element { children: vec![Node::Text(of)], ..Element::new(name) }
}
