//! `/ogc` from outside, requirement by requirement (OGC 17-069r4, Part 1: Core, annex A).

use serde_json::{Value, json};

use super::browser::{Answer, ask};
use super::sensor::Sensor;
use super::serve::{Home, Served};

const COLLECTIONS: [&str; 10] = [
    "line",
    "stretches",
    "sensors",
    "coverage",
    "tracks",
    "trails",
    "alerts",
    "units",
    "incidents",
    "evidence",
];
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

#[test]
fn the_landing_page_leads_to_definition_conformance_and_data() {
    let home = Home::new();
    let station = home.serve();

    for path in ["/ogc", "/ogc/"] {
        let landing = station.get(path);
        assert_eq!((landing.status, landing.header("content-type")), (200, Some(JSON)), "{path}");
        for (rel, media) in [
            ("self", JSON),
            ("service-desc", "application/vnd.oai.openapi+json;version=3.0"),
            ("conformance", JSON),
            ("data", JSON),
        ] {
            let led_to = follow(&station, &landing.json, rel);
            assert_eq!((led_to.status, led_to.header("content-type")), (200, Some(media)), "{rel}");
        }
    }
    let conforms = station.get("/ogc/conformance").json["conformsTo"].clone();
    for class in ["core", "geojson", "oas30"] {
        let class = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(conforms.as_array().unwrap().contains(&json!(class)), "{conforms}");
    }
}

#[test]
fn every_collection_describes_itself_and_its_items() {
    let home = Home::new();
    let station = assessed(&home);

    let all = station.get("/ogc/collections").json;
    let ids: Vec<_> = all["collections"].as_array().unwrap().iter().map(|c| &c["id"]).collect();
    assert_eq!(ids, COLLECTIONS);
    for described in all["collections"].as_array().unwrap() {
        let itself = follow(&station, described, "self");
        assert_eq!(&itself.json, described);
        assert_eq!(described["crs"], json!([CRS84]));
        assert_eq!(described["extent"]["spatial"]["crs"], CRS84);
        let items = follow(&station, described, "items");
        assert_eq!(items.header("content-type"), Some("application/geo+json"));
        let page = &items.json;
        assert_eq!(page["type"], "FeatureCollection", "{page}");
        let told = page["features"].as_array().unwrap();
        assert_eq!(page["numberReturned"], told.len());
        assert!(page["numberMatched"].as_u64() >= page["numberReturned"].as_u64());
        assert!(page["timeStamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{page}");
        for feature in told {
            assert_eq!(feature["type"], "Feature");
            let id = feature["id"].as_str().map_or(feature["id"].to_string(), str::to_owned);
            let path = format!("/ogc/collections/{}/items/{id}", described["id"].as_str().unwrap());
            let one = station.get(&path);
            assert_eq!((one.status, &one.json["geometry"]), (200, &feature["geometry"]), "{path}");
            assert_eq!(follow(&station, &one.json, "self").json["id"], feature["id"]);
            assert_eq!(follow(&station, &one.json, "collection").json["id"], described["id"]);
        }
    }
}

#[test]
fn the_definition_names_every_path_and_every_parameter_that_is_taken() {
    let home = Home::new();
    let station = home.serve();

    let definition = station.get("/ogc/api").json;

    assert_eq!(definition["openapi"], "3.0.3");
    let refused = station.get("/ogc/collections/alerts/items?colour=red");
    let taken = refused.json["detail"].as_str().unwrap().split("known are ").nth(1).unwrap();
    let items = &definition["paths"]["/collections/alerts/items"]["get"]["parameters"];
    let named: Vec<String> =
        items.as_array().unwrap().iter().map(|p| name(&definition, p)).collect();
    let taken: Vec<&str> = taken.split(", ").collect();
    assert_eq!(named, taken);
    for id in COLLECTIONS {
        for path in ["", "/items", "/items/{feature}"] {
            let path = format!("/collections/{id}{path}");
            assert!(definition["paths"][&path]["get"]["responses"]["200"].is_object(), "{path}");
        }
    }
}

#[test]
fn pages_lead_through_all_features_forth_and_back() {
    let home = Home::new();
    let station = assessed(&home);
    let all = ids(&station.get("/ogc/collections/stretches/items?limit=10000").json);
    assert!(all.len() > 7, "{all:?}");

    let mut page = station.get("/ogc/collections/stretches/items?limit=3&f=json").json;
    let mut forth = ids(&page);
    assert_eq!((page["numberReturned"].clone(), has(&page, "prev")), (json!(3), false));
    while has(&page, "next") {
        page = follow(&station, &page, "next").json;
        forth.extend(ids(&page));
    }
    assert_eq!(forth, all);
    let mut back = Vec::new();
    while has(&page, "prev") {
        page = follow(&station, &page, "prev").json;
        back.splice(0..0, ids(&page));
    }
    assert_eq!(back[..], all[..back.len()]);
    assert!(back.len() >= all.len() - 3, "{back:?}");
    let last = all.last().unwrap();
    let beyond = station.get(&format!("/ogc/collections/stretches/items?after={last}")).json;
    assert_eq!((ids(&beyond).len(), has(&beyond, "next")), (0, false));
}

#[test]
fn a_box_a_time_and_columns_choose_features() {
    let home = Home::new();
    let station = assessed(&home);
    Sensor::connect(station.sapient).register_and_report();
    let alert = station.wait_for("a lost sensor", |picture| {
        picture["alerts"].as_array()?.iter().find(|alert| alert["kind"] == "sensor-lost").cloned()
    });
    let count = |query: &str| {
        let answer = station.get(&format!("/ogc/collections/{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.json);
        answer.json["numberMatched"].as_u64().unwrap()
    };

    let all = count("stretches/items");
    assert_eq!(count("units/items?bbox=41.019,34.414,41.021,34.416"), 1);
    assert_eq!(count("units/items?bbox=41.019,34.414,-10,41.021,34.416,9000"), 1);
    assert_eq!(count("units/items?bbox=41.03,34.42,41.04,34.43"), 0);
    assert_eq!(count("units/items?bbox=179,34,-179,35"), 0);
    assert_eq!(count("coverage/items?bbox=41.01,34.415,41.0101,34.4151&sensor=tower-1"), 1);
    let some = count("stretches/items?bbox=41.0,34.3,41.01,34.5");
    assert!(0 < some && some < all, "{some} of {all}");
    let states = ["watched", "degraded", "blind", "unknown"];
    let by_state = states.map(|state| count(&format!("stretches/items?state={state}")));
    assert_eq!(by_state.iter().sum::<u64>(), all);
    let raised_at = alert["raised_at"].as_str().unwrap();
    assert_eq!(count(&format!("alerts/items?kind=sensor-lost&datetime={raised_at}/..")), 1);
    assert_eq!(count("alerts/items?kind=sensor-lost&datetime=../2020-01-01T00:00:00Z"), 0);
    assert_eq!(count("alerts/items?kind=sensor-lost&sensor=tower-1&stage=raised"), 1);
    assert_eq!(count("incidents/items?kinds=sensor-lost&open=true"), 1);
    assert_eq!(count("incidents/items?kinds=sensor-lost&open=false"), 0);
    let at =
        station.get("/ogc/collections/alerts/items?kind=sensor-lost").json["features"][0].clone();
    assert_eq!(at["geometry"], json!({"type": "Point", "coordinates": [41.01, 34.415]}), "{at}");
}

#[test]
fn what_cannot_be_answered_is_a_problem_with_a_code_and_the_parameter() {
    let home = Home::new();
    let station = home.serve();
    for (path, status, code, field) in [
        ("collections/stretches/items?colour=red", 400, "parameter-unknown", json!("colour")),
        ("collections?limit=3", 400, "parameter-unknown", json!("limit")),
        ("collections/units/items?limit=2&limit=3", 400, "parameter-twice", json!("limit")),
        ("collections/units/items?limit=0", 400, "limit-wrong", json!("limit")),
        ("collections/units/items?limit=-1", 400, "limit-wrong", json!("limit")),
        ("collections/units/items?bbox=1,2,3", 400, "bbox-wrong", json!("bbox")),
        ("collections/units/items?bbox=1,2,3,x", 400, "bbox-wrong", json!("bbox")),
        ("collections/units/items?datetime=yesterday", 400, "time-wrong", json!("datetime")),
        ("collections/stretches/items?probability=high", 400, "filter-wrong", json!("probability")),
        ("collections/stretches/items?after=x", 400, "page-wrong", json!("after")),
        ("collections/stretches/items?after=1&before=9", 400, "page-wrong", json!("before")),
        ("collections/units/items?f=html", 400, "form-wrong", json!("f")),
        ("collections/cats/items", 404, "collection-unknown", json!("collection")),
        ("collections/cats", 404, "collection-unknown", json!("collection")),
        ("collections/units/items/nobody", 404, "feature-unknown", json!("feature")),
        ("collections/stretches/items/x", 404, "feature-unknown", json!("feature")),
        ("nothing", 404, "not-found", Value::Null),
    ] {
        let answer = station.get(&format!("/ogc/{path}"));

        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{path}");
        assert_eq!((answer.status, &answer.json["code"]), (status, &json!(code)), "{path}");
        assert_eq!(answer.json["field"], field, "{path}");
    }
    let html = station.get_with("/ogc/collections", &[("Accept", "text/html")]);
    assert_eq!((html.status, &html.json["code"]), (406, &json!("form-wrong")));
    let any = station.get_with("/ogc/collections", &[("Accept", "text/html, */*;q=0.1")]);
    assert_eq!(any.status, 200);
    let post = ask(station.page, "POST", "/ogc/collections", &[], b"");
    assert_eq!((post.status, &post.json["code"]), (405, &json!("method-wrong")));
    let head = ask(station.page, "HEAD", "/ogc/collections/units/items", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-type"), Some("application/geo+json"));
}

const JSON: &str = "application/json";

/// A station whose line has been assessed.
fn assessed(home: &Home) -> Served {
    let station = home.serve();
    station.wait_for("coverage", |picture| {
        Some(picture["coverage_version"].clone()).filter(|version| version != &json!(0))
    });
    station
}

fn link<'a>(of: &'a Value, rel: &str) -> Option<&'a str> {
    of["links"].as_array()?.iter().find(|link| link["rel"] == rel)?["href"].as_str()
}

fn has(page: &Value, rel: &str) -> bool {
    link(page, rel).is_some()
}

fn follow(station: &Served, of: &Value, rel: &str) -> Answer {
    let href = link(of, rel).unwrap_or_else(|| panic!("no link `{rel}` in {of}"));
    let path = href.strip_prefix(&format!("http://{}", station.page)).unwrap();
    station.get(path)
}

fn ids(page: &Value) -> Vec<u64> {
    page["features"].as_array().unwrap().iter().map(|f| f["id"].as_u64().unwrap()).collect()
}

/// The name of a parameter, which may be told elsewhere in the definition.
fn name(definition: &Value, parameter: &Value) -> String {
    let told = match parameter["$ref"].as_str() {
        Some(at) => definition.pointer(at.strip_prefix('#').unwrap()).unwrap(),
        None => parameter,
    };
    told["name"].as_str().unwrap().to_owned()
}
