//! The published schema of the sector file says what the parser says: same fields, same bounds, same words.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing to compare must fail")]
#![expect(clippy::panic, reason = "a test that finds nothing to compare says where")]

use std::collections::BTreeSet;
use std::io::Cursor;

use serde_json::Value as Json;
use sight::sector::{SCHEMA, parse};
use sight::terrain::Layout;
use sight::terrain::geotiff::{Samples, write};
use toml::{Table, Value};

const LINE: &str = r#"{"type":"LineString","coordinates":[[41.0,34.40],[41.02,34.44]]}"#;

/// A value that no field accepts.
const ABSURD: f64 = 1e15;

#[test]
fn every_field_and_bound_and_word_of_the_parser_stands_in_the_schema() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(faults(&base("thermal-camera")), Vec::<String>::new());
    let mut compared = 0;
    for kind in strings(&schema["properties"]["sensor"]["items"]["properties"]["kind"]["enum"]) {
        let document = base(&kind);
        compare(&schema, &document, &mut Vec::new(), &mut compared);
    }
    assert!(compared > 400, "{compared}");
}

#[test]
fn every_default_in_the_schema_is_the_parser_s_own() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    let settings = serde_json::to_value(sight::sector::Settings::default()).unwrap();

    let properties = schema["properties"]["settings"]["properties"].as_object().unwrap();
    for (key, property) in properties {
        let default = default_of(property).unwrap_or_default();
        assert!(same(&default, &settings[key]), "{key}: {default} is {}", settings[key]);
    }
    assert_eq!(properties.len(), settings.as_object().unwrap().len());
}

#[test]
fn every_default_of_alerts_in_the_schema_is_the_parser_s_own() {
    let schema: Json = serde_json::from_str(SCHEMA).unwrap();
    let alerting = sight::sector::Alerting::default();
    let mut shipped = serde_json::to_value(&alerting).unwrap();
    let [low, medium, high] = alerting.shelve_max_s;
    shipped["shelve_max_s"] = serde_json::json!({"low": low, "medium": medium, "high": high});
    for rule in shipped["rules"].as_object_mut().unwrap().values_mut() {
        for key in ["watched", "latches"] {
            rule[key] = if rule[key] == true { "yes".into() } else { "no".into() };
        }
    }

    let default = default_of(&schema["properties"]["alerts"]).unwrap();

    assert!(same(&default, &shipped), "{default}\n{shipped}");
}

/// A field's default; a table's is that of its fields, which may be tables.
fn default_of(property: &Json) -> Option<Json> {
    match property.get("properties").and_then(Json::as_object) {
        None => property.get("default").cloned(),
        Some(fields) => Some(
            fields
                .iter()
                .filter_map(|(key, field)| Some((key.clone(), default_of(field)?)))
                .collect(),
        ),
    }
}

/// Equal, whole numbers written either way.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            (a.as_f64().unwrap() - b.as_f64().unwrap()).abs() < 1e-9
        }
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

/// Compares a table of the schema with what the parser says when that table of `document` is wrong.
fn compare(schema: &Json, document: &Table, path: &mut Vec<String>, compared: &mut usize) {
    let properties = schema["properties"].as_object().unwrap();
    let here = table_at(document, path);
    let known = known_fields(document, path);
    let mut expected: BTreeSet<String> = properties.keys().cloned().collect();
    if let Some(rules) = schema.get("allOf").and_then(Json::as_array) {
        let kind = here["kind"].as_str().unwrap();
        let needs = |rule: &Json| strings(&rule["then"]["required"]);
        let of = |rule: &&Json| rule["if"]["properties"]["kind"]["const"] == kind;
        let own: BTreeSet<String> = rules.iter().filter(of).flat_map(needs).collect();
        for other in rules.iter().flat_map(needs) {
            if !own.contains(&other) {
                expected.remove(&other);
            }
        }
    }
    assert_eq!(known, expected, "fields of {path:?}");
    for (key, property) in properties.iter().filter(|(key, _)| expected.contains(*key)) {
        path.push(key.clone());
        *compared += 1;
        compare_field(property, document, path, compared);
        path.pop();
    }
}

fn compare_field(property: &Json, document: &Table, path: &mut Vec<String>, compared: &mut usize) {
    let is_list_of_tables = property["items"].get("properties").is_some();
    if property.get("properties").is_some() {
        compare(property, document, path, compared);
    } else if is_list_of_tables {
        path.push("0".to_owned());
        compare(&property["items"], document, path, compared);
        path.pop();
    } else if let Some(words) = property.get("enum") {
        let said = said_of(document, path, Value::String("zz".to_owned()));
        assert_eq!(said, format!("must be one of: {}", strings(words).join(", ")), "{path:?}");
    } else if let Some([low, high]) = bounds(property) {
        let number =
            if property["type"] == "integer" { Value::Integer(-1) } else { Value::Float(ABSURD) };
        let said = said_of(document, path, number);
        assert!(said.ends_with(&format!("number from {low} to {high}")), "{path:?}: {said}");
    } else if let Some([low, high]) = property.get("items").and_then(bounds) {
        let said = said_of(document, path, Value::Array(vec![Value::Float(ABSURD)]));
        assert!(said.ends_with(&format!("between {low} and {high}")), "{path:?}: {said}");
    }
}

fn bounds(property: &Json) -> Option<[f64; 2]> {
    Some([property.get("minimum")?.as_f64()?, property.get("maximum")?.as_f64()?])
}

/// The fields that the parser knows in a table, as it lists them when a stranger stands there.
fn known_fields(document: &Table, path: &[String]) -> BTreeSet<String> {
    let mut path = path.to_vec();
    path.push("zz".to_owned());
    let said = said_of(document, &path, Value::Integer(1));
    let list = said.split_once("it has ").unwrap_or_else(|| panic!("{path:?}: {said}")).1;
    list.split(", ").map(str::to_owned).collect()
}

/// What the parser says of a field when it is set to a value.
fn said_of(document: &Table, path: &[String], value: Value) -> String {
    let mut changed = document.clone();
    let (key, tables) = path.split_last().unwrap();
    table_at_mut(&mut changed, tables).insert(key.clone(), value);
    let field = path.iter().fold(String::new(), |field, part| match part.as_str() {
        "0" => field + "[0]",
        part if field.is_empty() => part.to_owned(),
        part => format!("{field}.{part}"),
    });
    let faults = parse(&toml::to_string(&changed).unwrap(), &read).unwrap_err();
    let found = faults.into_iter().find(|fault| fault.field == field);
    found.unwrap_or_else(|| panic!("no fault at {field}")).problem
}

fn table_at<'a>(document: &'a Table, path: &[String]) -> &'a Table {
    path.iter().filter(|part| *part != "0").fold(document, |table, part| {
        let found = &table[part];
        found.as_array().map_or(found, |list| &list[0]).as_table().unwrap()
    })
}

fn table_at_mut<'a>(document: &'a mut Table, path: &[String]) -> &'a mut Table {
    path.iter().filter(|part| *part != "0").fold(document, |table, part| {
        let found = &mut table[part];
        let is_list = found.is_array();
        if is_list { &mut found[0] } else { found }.as_table_mut().unwrap()
    })
}

fn strings(list: &Json) -> Vec<String> {
    list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect()
}

fn faults(document: &Table) -> Vec<String> {
    let text = toml::to_string(document).unwrap();
    parse(&text, &read)
        .map_or_else(|list| list.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

fn read(name: &str) -> Result<Vec<u8>, String> {
    match name {
        "line.geojson" => Ok(LINE.as_bytes().to_vec()),
        "cover.tif" => Ok(cover()),
        _ => Err("no such file".to_owned()),
    }
}

/// Bare ground everywhere.
fn cover() -> Vec<u8> {
    let layout = Layout {
        west_deg: 40.95,
        north_deg: 34.45,
        lon_step_deg: 0.1,
        lat_step_deg: 0.1,
        width: 2,
        height: 2,
    };
    let mut file = Cursor::new(Vec::new());
    write(&mut file, &layout, "land cover", Samples::Bytes(&[60; 4])).unwrap();
    file.into_inner()
}

/// A sector in which every table stands, its sensor of one kind.
fn base(kind: &str) -> Table {
    let figures = match kind {
        "thermal-camera" | "visible-camera" => format!("{OPTICS}{SCAN}"),
        "balloon" | "drone" => {
            format!("{OPTICS}{SCAN}limits = {{ wind_mps = 12, visibility_m = 1500 }}\n")
        }
        "radar" => "revisit_s = 4\nradar = { walker_half_range_m = 6000 }\n".to_owned(),
        "observer" => "revisit_s = 30\nobserver = { walker_half_range_m = 600 }\n".to_owned(),
        "ground-sensor" => "revisit_s = 5\nground = { radius_m = 60, p_detect = 0.6 }\n".to_owned(),
        "checkpoint" => {
            "revisit_s = 5\ncheckpoint = { radius_m = 20, p_detect = 0.9 }\n".to_owned()
        }
        other => panic!("the schema knows a kind of sensor that this test does not: {other}"),
    };
    let mut document: Table =
        BASE.replace("KIND", kind).replace("FIGURES", &figures).parse().unwrap();
    if !figures.contains("scan") {
        // A scan is a camera's; the others are asked for it all the same, and told so.
        let sensor = document["sensor"][0].as_table_mut().unwrap();
        sensor.insert("scan".to_owned(), Value::Table("dwell_s = 1".parse().unwrap()));
    }
    document
}

const OPTICS: &str =
    "optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 75 }\n";
const SCAN: &str = "scan = { dwell_s = 1 }\n";

const BASE: &str = r#"
name = "test"
title = { en = "Test", ar = "اختبار" }

[[notice]]
en = "Exercise"
ar = "تدريب"

[terrain.exercise]
seed = 1
west_deg = 40.9
south_deg = 34.3
east_deg = 41.1
north_deg = 34.5

[line]
file = "line.geojson"
far_side = "left"

[settings]
critical_dimension_m = {}
target_height_m = {}
radar_cross_section_m2 = {}
ground_reach = {}
checkpoint_reach = {}
flat_speed_mps = {}
mover_contrast_k = {}
road_speed_mps = {}
track_speed_share = {}
night_speed_share = {}
ground_speed_share = { sand = {}, rock = {}, wadi = {}, scrub = {}, field = {}, built-up = {}, shallow-water = {}, wading-water = {}, deep-water = {} }

[alerts]
shelve_max_s = {}
rules = { crossing-predicted = {}, crossed = {}, approach = {}, loitering = {}, zone-entry = {}, barrier-damage = {}, ground-pattern = {}, sight-lost = {}, unwatched = {}, sensor-lost = {}, dust-ahead = {}, possible-distress = {}, called-for-help = {} }

[[sensor]]
id = "tower-1"
name = { en = "Tower 1", ar = "برج ١" }
node_id = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01"
kind = "KIND"
at = [41.0, 34.41]
height_m = 20
range_max_m = 9000
facing_deg = 300
field_deg = 200
pose = { lasts_s = 60 }
FIGURES

[[unit]]
id = "patrol-1"
name = { en = "Patrol 1", ar = "دورية ١" }
agency = "border-guard"
node_id = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d02"
mobility = "vehicle"
at = [41.03, 34.40]

[[barrier]]
id = "berm"
name = { en = "Berm", ar = "ساتر" }
kind = "berm"
from_km = 0.5
to_km = 1
delay_s = 20
mover_delay_s = {}

[[barrier.opening]]
kind = "gap"
at = [41.00277, 34.40554]
width_m = 5

[[road]]
id = "road"
name = { en = "Road", ar = "طريق" }
class = "paved"
path = [[41.0, 34.41], [41.01, 34.41]]

[[going]]
id = "wadi"
name = { en = "Wadi", ar = "وادي" }
kind = "wadi"
path = [[41.0, 34.41], [41.01, 34.41]]
width_m = 40

[land_cover]
files = ["cover.tif"]
scheme = "esa-worldcover"

[[land_cover.class]]
code = 60
kind = "rock"

[[place]]
id = "well"
name = { en = "Well", ar = "بئر" }
kind = "well"
at = [41.0, 34.41]

[[zone]]
id = "village"
name = { en = "Village", ar = "قرية" }
kind = "ordinary"
ring = [[41.0, 34.41], [41.01, 34.41], [41.01, 34.42]]

[[seam]]
neighbour = "east"
end = "end"
"#;
