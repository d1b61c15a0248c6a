//! Messages about an alert at every stage of its life.

use sight::sector::{StretchId, UnitId};
use watch::alert::{Act, Outcome};
use watch::journal::{AlertId, PersonId};
use wire::cot::xml::parse;

use super::*;
use crate::api::sector::Occasion;

#[test]
fn a_fresh_alert_is_an_alert_in_two_languages_with_a_circle_where_it_is() {
    let message = told(&alert(Stage::Raised, &["raised"]), Occasion::Demonstration);

    assert_eq!(message.child("msgType").unwrap().text(), "Alert");
    assert_eq!(message.child("status").unwrap().text(), "Exercise");
    assert_eq!(message.child("sent").unwrap().text(), "1970-01-01T00:16:40+00:00");
    assert!(message.child("references").is_none());
    let infos: Vec<&Element> = message.elements().filter(|e| e.name == "info").collect();
    let languages: Vec<String> =
        infos.iter().map(|i| i.child("language").unwrap().text()).collect();
    assert_eq!(languages, ["en", "ar"]);
    let circle = infos[0].child("area").unwrap().child("circle").unwrap().text();
    let (place, radius) = circle.split_once(' ').unwrap();
    let (lat, lon) = place.split_once(',').unwrap();
    let near = |text: &str, to: f64| (text.parse::<f64>().unwrap() - to).abs() < 1.0;
    assert!(near(lat, 34.4) && near(lon, 41.0), "{circle}");
    assert_eq!(radius, "0.4");
}

#[test]
fn a_blind_piece_of_line_is_a_closed_polygon_that_holds_the_line_and_what_is_around_it() {
    let kind = AlertKind::SightLost { length_m: 2_000.0 };
    let message = told(&Alert { kind, ..alert(Stage::Raised, &["raised"]) }, Occasion::Real);

    let area = message.child("info").unwrap().child("area").unwrap();
    assert!(area.child("circle").is_none());
    let polygon = area.child("polygon").unwrap().text();
    let corners: Vec<(f64, f64)> = polygon
        .split(' ')
        .map(|corner| corner.split_once(',').unwrap())
        .map(|(lat, lon)| (lon.parse().unwrap(), lat.parse().unwrap()))
        .collect();
    assert!(corners.len() >= 5 && corners.first() == corners.last(), "{polygon}");
    // All turns are to the left, so it is convex and does not cross itself.
    let turn = |a: (f64, f64), b: (f64, f64), c: (f64, f64)| {
        (b.0 - a.0) * (c.1 - b.1) - (b.1 - a.1) * (c.0 - b.0)
    };
    for corner in corners.windows(3) {
        assert!(turn(corner[0], corner[1], corner[2]) > 0.0, "{polygon}");
    }
    let model = crate::shipped::load_model(DRILL).unwrap();
    let sector = model.sector();
    let middle = point_of(&alert(Stage::Raised, &[]), sector).unwrap();
    let at_m = sector.line.chainage_m(middle);
    for along_m in [-900.0, 0.0, 900.0] {
        let [lon, lat] = place(&sector.frame, sector.line.point_at(at_m + along_m));
        let inside = corners.windows(2).all(|side| turn(side[0], side[1], (lon, lat)) > 0.0);
        assert!(inside, "{along_m}: {lon} {lat} {polygon}");
    }
}

#[test]
fn later_messages_refer_to_all_before_them_and_closing_cancels() {
    let by = PersonId("desk-1".into());
    let at = second(1_002);
    let assigned = Stage::Assigned { unit: UnitId("patrol-1".into()), by: by.clone(), at };
    let closed = Stage::Closed { outcome: Outcome::Nothing, by, at };

    let update = told(&alert(assigned, &["raised", "acknowledged", "dispatched"]), Occasion::Real);
    let cancel = told(&alert(closed, &["raised", "acknowledged", "closed"]), Occasion::Real);

    assert_eq!(update.child("msgType").unwrap().text(), "Update");
    assert_eq!(update.child("status").unwrap().text(), "Actual");
    assert_eq!(
        update.child("references").unwrap().text(),
        "watchline.drill,watchline.drill.1000.3.1,1970-01-01T00:16:40+00:00 \
         watchline.drill,watchline.drill.1000.3.2,1970-01-01T00:16:41+00:00"
    );
    assert_eq!(update.child("identifier").unwrap().text(), "watchline.drill.1000.3.3");
    assert_eq!(cancel.child("msgType").unwrap().text(), "Cancel");
    let info = cancel.child("info").unwrap();
    assert_eq!(info.child("urgency").unwrap().text(), "Past");
    assert_eq!(info.child("responseType").unwrap().text(), "AllClear");
    assert!(info.child("description").unwrap().text().ends_with("Closed: nothing there."));
}

fn told(alert: &Alert, occasion: Occasion) -> Element {
    let is_exercise = occasion == Occasion::Demonstration;
    let model = crate::shipped::load_model(DRILL).unwrap();
    // The drill's ground is generated; what is real stands on ground from files.
    let terrain = TerrainSource::Files(Vec::new());
    let sector = Sector { terrain, ..model.sector().clone() };
    let origin = Origin { sector: &sector, is_exercise };
    parse(&message(alert, origin)).unwrap()
}

const DRILL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill/sector.toml");

fn alert(stage: Stage, acts: &[&str]) -> Alert {
    let act = |(number, what): (i64, &&str)| Act {
        at: second(1_000 + number),
        by: None,
        what: (*what).to_owned(),
        reason: String::new(),
        entry: None,
    };
    Alert {
        id: AlertId(3),
        kind: AlertKind::CrossingPredicted { in_s: 640.0 },
        priority: Priority::High,
        stage,
        life: watch::alert::life::Life::default(),
        origin: watch::alert::Origin::default(),
        raised_at: second(1_000),
        changed_at: second(1_002),
        point: None,
        stretch: Some(StretchId(1)),
        track: None,
        sensor: None,
        caller: None,
        confidence: 0.97,
        needs_help: None,
        tasks: Vec::new(),
        history: (0..).zip(acts).map(act).collect(),
    }
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
