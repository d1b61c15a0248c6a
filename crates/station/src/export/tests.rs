//! Files of features that are as awkward as they come.

use jiff::Timestamp;
use std::io::Read as _;
use wire::cot::xml::{Element, parse};

use super::*;
use crate::features::{FeatureId, PathPoint, Span, Value};

const NASTY: &str = "=1+1 \"<&>'\", a;b\n]]>\u{1}ب";

#[test]
fn text_comes_out_of_kml_and_gpx_as_it_went_in_less_what_xml_may_not_hold() {
    let (fields, features) = sensors();
    let kml = parse(&text(&sheet(&fields, &features), Format::Kml)).unwrap();
    let gpx = parse(&text(&sheet(&fields, &features), Format::Gpx)).unwrap();

    let may_be_held = NASTY.replace('\u{1}', "");
    let placemark = kml.child("Document").unwrap().child("Placemark").unwrap();
    assert_eq!(placemark.child("name").unwrap().text(), may_be_held);
    assert_eq!(
        placemark.child("Point").unwrap().child("coordinates").unwrap().text(),
        "41.5,34.25"
    );
    let point = gpx.child("wpt").unwrap();
    assert_eq!(point.child("name").unwrap().text(), may_be_held);
    assert_eq!((point.attribute("lon"), point.attribute("lat")), (Some("41.5"), Some("34.25")));
}

#[test]
fn a_table_quotes_what_must_be_and_no_cell_is_a_formula() {
    let (fields, features) = sensors();

    let table = text(&sheet(&fields, &features), Format::Csv);

    let quoted = NASTY.replace('"', "\"\"");
    assert!(table.starts_with("id,lon_deg,lat_deg,WKT,name_en,name_ar,"), "{table}");
    let row = format!("\r\n'-1,41.5,34.25,POINT (41.5 34.25),\"'{quoted}\",");
    assert!(table.contains(&row), "{table}");
}

#[test]
fn geojson_keeps_all_of_it() {
    let (fields, features) = sensors();

    let file: serde_json::Value =
        serde_json::from_str(&text(&sheet(&fields, &features), Format::Geojson)).unwrap();

    assert_eq!(file["features"][0]["properties"]["name_en"], NASTY);
    assert_eq!(file["features"][0]["geometry"]["coordinates"], serde_json::json!([41.5, 34.25]));
}

#[test]
fn a_kmz_is_an_archive_with_the_kml_in_it() {
    let (fields, features) = sensors();
    let sheet = sheet(&fields, &features);
    let archive = write(&sheet, Format::Kmz).unwrap();

    // Local head of 30 bytes, then the name, then deflated content up to the directory.
    assert_eq!(&archive[30..37], b"doc.kml");
    let mut kml = String::new();
    flate2::read::DeflateDecoder::new(&archive[37..]).read_to_string(&mut kml).unwrap();
    assert_eq!(kml, text(&sheet, Format::Kml));
}

#[test]
fn a_track_becomes_a_gpx_track_with_the_time_of_every_point() {
    let fields = Collection::Tracks.fields();
    let at = |second| Timestamp::from_second(second).unwrap();
    let point = |second, lon| PathPoint { at: at(second), place: [lon, 34.0], height_m: None };
    let feature = Feature {
        id: FeatureId::Number(7),
        geometry: Some(Geometry::Point([41.2, 34.0])),
        span: Some(Span { since: at(20), until: Some(at(20)) }),
        values: fields.iter().map(|_| Value::Nothing).collect(),
        path: vec![point(10, 41.1), point(20, 41.2)],
    };
    let features = [feature];
    let sheet = Sheet { of: Collection::Tracks, ..sheet(&fields, &features) };

    let gpx = parse(&text(&sheet, Format::Gpx)).unwrap();

    let segment = gpx.child("trk").unwrap().child("trkseg").unwrap();
    let time = |point: &Element| point.child("time").unwrap().text();
    let times: Vec<String> = segment.elements().map(time).collect();
    assert_eq!(times, ["1970-01-01T00:00:10Z", "1970-01-01T00:00:20Z"]);
    assert!(gpx.child("wpt").is_none());
}

#[test]
fn areas_are_refused_by_gpx_and_become_polygons_with_holes_elsewhere() {
    let ring = |half: f64| vec![[-half, -half], [half, -half], [half, half], [-half, -half]];
    let fields = Collection::Coverage.fields();
    let feature = Feature {
        id: FeatureId::Name("a".into()),
        geometry: Some(Geometry::Areas(vec![vec![ring(2.0), ring(1.0)], vec![ring(0.5)]])),
        span: None,
        values: fields.iter().map(|_| Value::Nothing).collect(),
        path: Vec::new(),
    };
    let features = [feature];
    let sheet = Sheet { of: Collection::Coverage, ..sheet(&fields, &features) };

    let refused = write(&sheet, Format::Gpx).unwrap_err();
    let kml = parse(&text(&sheet, Format::Kml)).unwrap();
    let csv = text(&sheet, Format::Csv);

    assert_eq!(refused, ExportError::AreasInGpx { of: Collection::Coverage });
    let shape = kml.child("Document").unwrap().child("Placemark").unwrap().child("MultiGeometry");
    let parts: Vec<usize> = shape
        .unwrap()
        .elements()
        .map(|polygon| polygon.elements().filter(|e| e.name == "innerBoundaryIs").count())
        .collect();
    assert_eq!(parts, [1, 0]);
    assert!(csv.contains("MULTIPOLYGON (((-2 -2, 2 -2, 2 2, -2 -2), (-1 -1,"), "{csv}");
}

#[test]
fn a_parquet_file_says_where_its_footer_is_and_holds_places_in_binary() {
    let (fields, features) = sensors();

    let file = write(&sheet(&fields, &features), Format::Parquet).unwrap();

    let (rest, magic) = file.split_at(file.len() - 4);
    assert_eq!((&file[..4], magic), (&b"PAR1"[..], &b"PAR1"[..]));
    let (rest, length) = rest.split_at(rest.len() - 4);
    let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
    let footer = String::from_utf8_lossy(&rest[rest.len() - length..]);
    let about = serde_json::json!({
        "version": "1.1.0",
        "primary_column": "geometry",
        "columns": {"geometry": {
            "bbox": [41.5, 34.25, 41.5, 34.25], "encoding": "WKB", "geometry_types": ["Point"],
        }},
    });
    let told: String = footer.chars().skip_while(|letter| *letter != '{').collect();
    let told = serde_json::Deserializer::from_str(&told).into_iter::<serde_json::Value>().next();
    assert_eq!(told.unwrap().unwrap(), about, "{footer}");
    let mut place = vec![1, 1, 0, 0, 0];
    place.extend(41.5_f64.to_le_bytes());
    place.extend(34.25_f64.to_le_bytes());
    assert!(rest.windows(place.len()).any(|bytes| bytes == place));
}

#[test]
fn a_file_is_known_by_its_ending() {
    for (name, format) in [
        ("a.geojson", Some(Format::Geojson)),
        ("b/c.KML", Some(Format::Kml)),
        ("night.gpx", Some(Format::Gpx)),
        ("night", None),
        ("night.shp", None),
    ] {
        assert_eq!(Format::of_file(Path::new(name)), format, "{name}");
    }
}

fn text(sheet: &Sheet<'_>, format: Format) -> String {
    String::from_utf8(write(sheet, format).unwrap()).unwrap()
}

fn sheet<'a>(fields: &'a [Field], features: &'a [Feature]) -> Sheet<'a> {
    Sheet {
        of: Collection::Sensors,
        fields,
        features,
        sector: "drill",
        made_at: Timestamp::UNIX_EPOCH,
    }
}

/// One sensor with a name that nobody should have.
fn sensors() -> (Vec<Field>, Vec<Feature>) {
    let fields = Collection::Sensors.fields();
    let value = |field: &Field| match field.name {
        "name_en" => Value::Text(NASTY.to_owned()),
        _ => Value::Nothing,
    };
    let feature = Feature {
        id: FeatureId::Name("-1".into()),
        geometry: Some(Geometry::Point([41.5, 34.25])),
        span: None,
        values: fields.iter().map(value).collect(),
        path: Vec::new(),
    };
    (fields, vec![feature])
}
