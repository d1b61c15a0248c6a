//! What phones are shown of a night.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::view::{Area, Cone, Corner};
use sight::coverage::{Health, SensorCondition, StretchAssessment, View, WatchState};
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{Mobility, UnitId};
use watch::alert::{Alert, AlertKind, Outcome, Priority, Stage};
use watch::call::{CallKind, Caller};
use watch::detection::ReportedPlace;
use watch::dispatch::UnitState;
use watch::journal::{AlertId, PersonId, SensorState};
use watch::mark::Mark;
use watch::roster::Roster;

use super::Scene;
use crate::ingest::cot::Phones;
use crate::ingest::cot::board::{Draft, Rank};
use crate::ingest::cot::tests::sector;
use crate::ingest::drone::tests::model;

fn now() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

/// Draws a night, with one change.
fn drafts(change: impl FnOnce(&mut Scene<'_>)) -> Vec<Draft> {
    let sector = sector();
    let devices = BTreeMap::from([("0-first".to_owned(), "patrol-1".to_owned())]);
    let phones = Phones::of_sector(&sector, &devices, 0.8).unwrap();
    let mut scene = Scene {
        sector: &sector,
        phones: &phones,
        tracks: Vec::new(),
        alerts: Vec::new(),
        units: Vec::new(),
        sensors: Vec::new(),
        pictures: Vec::new(),
        marks: Arc::default(),
        stretches: Vec::new(),
        now: now(),
    };
    change(&mut scene);
    scene.drafts()
}

fn alert() -> Alert {
    Alert {
        id: AlertId(3),
        kind: AlertKind::CalledForHelp { call: CallKind::Emergency },
        priority: Priority::High,
        stage: Stage::Raised,
        life: watch::alert::life::Life::default(),
        origin: watch::alert::Origin::default(),
        raised_at: now(),
        changed_at: now(),
        point: Some(EnuPoint::new(0.0, 0.0)),
        stretch: None,
        track: None,
        sensor: None,
        confidence: 1.0,
        needs_help: None,
        tasks: Vec::new(),
        caller: Some(Caller {
            device: "A-9-1-1".into(),
            name: "HA\u{202e}WK <b>".into(),
            unit: None,
            called_off: false,
        }),
        history: Vec::new(),
    }
}

#[test]
fn an_alarm_is_told_with_its_caller_escaped_and_cancelled_when_a_person_closes_it() {
    let shown = drafts(|scene| scene.alerts.push(alert()));
    let xml = shown[0].event.to_xml();
    assert_eq!(shown[0].rank, Rank::Alarm);
    assert!(xml.contains("type=\"b-a-o-tbl\"") && xml.contains("waits for the desk"), "{xml}");
    assert!(xml.contains("HAWK &lt;b") && !xml.contains('\u{202e}'), "{xml}");

    let by = PersonId("desk-1".into());
    let over = Stage::Closed { outcome: Outcome::Assisted, by, at: now() };
    let shown = drafts(|scene| scene.alerts.push(Alert { stage: over.clone(), ..alert() }));
    let xml = shown[0].event.to_xml();
    assert!(xml.contains("type=\"b-a-o-can\"") && xml.contains("cancel=\"true\""), "{xml}");
    let long_ago = now() - jiff::SignedDuration::from_hours(1);
    let old = Alert { stage: over, changed_at: long_ago, ..alert() };
    assert_eq!(drafts(|scene| scene.alerts.push(old)), []);
}

#[test]
fn a_unit_is_shown_under_its_devices_uid_where_and_when_it_was_heard() {
    let unit = UnitState {
        id: UnitId("patrol-1".into()),
        mobility: Mobility::Vehicle,
        point: EnuPoint::new(100.0, 0.0),
        heard_at: None,
        task: None,
    };
    assert_eq!(drafts(|scene| scene.units.push(unit.clone())), [], "it was never heard");

    let shown = drafts(|scene| scene.units.push(UnitState { heard_at: Some(now()), ..unit }));

    assert_eq!((shown[0].event.uid.as_str(), shown[0].seen_at), ("0-first", Some(now())));
}

#[test]
fn blind_and_unknown_stretches_are_lines_and_what_is_watched_is_none() {
    let sector = sector();
    let states = [WatchState::Blind, WatchState::Blind, WatchState::Watched, WatchState::Unknown];
    let assessed = sector.stretches.iter().zip(states.into_iter().cycle()).take(4);
    let stretches = assessed.map(|(stretch, state)| StretchAssessment {
        stretch: stretch.id,
        state,
        probability: 0.0,
        probability_high: 0.0,
        crossing_s: 60.0,
        reasons: Vec::new(),
        repair: None,
    });
    let shown = drafts(|scene| scene.stretches = stretches.collect());

    let lines: Vec<String> = shown.iter().map(|draft| draft.event.to_xml()).collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("blind\"") && lines[0].matches("<link point=").count() >= 3);
    assert!(lines[0].contains("strokeColor value=\"-2937041\""), "{}", lines[0]);
    assert!(lines[1].contains("unknown\""), "{}", lines[1]);
}

#[test]
fn a_long_dark_line_is_several_shapes_that_meet_and_none_is_an_area() {
    let sector = sector();
    let blind = |stretch: &sight::sector::Stretch| StretchAssessment {
        stretch: stretch.id,
        state: WatchState::Blind,
        probability: 0.0,
        probability_high: 0.0,
        crossing_s: 60.0,
        reasons: Vec::new(),
        repair: None,
    };
    let shown = drafts(|scene| scene.stretches = sector.stretches.iter().map(blind).collect());

    let ends: Vec<(String, String)> = shown
        .iter()
        .map(|draft| {
            let points: Vec<&str> =
                draft.event.details().filter_map(|link| link.attribute("point")).collect();
            (points[0].to_owned(), points[points.len() - 1].to_owned())
        })
        .collect();
    assert!(ends.len() >= 2, "{ends:?}");
    assert!(ends.iter().all(|(first, last)| first != last));
    assert!(ends.windows(2).all(|pair| pair[0].1 == pair[1].0), "{ends:?}");
}

/// The drone of another sector, as it looks when it says this of itself.
fn looking(view: View) -> Vec<Draft> {
    let model = model();
    let sector = model.sector();
    let phones = Phones::of_sector(sector, &BTreeMap::new(), 0.8).unwrap();
    let drone = Roster::of(sector).sensors().next().unwrap().clone();
    let condition = SensorCondition { health: Health::Working, ..drone.condition };
    let corners = [(41.51, 34.5), (41.52, 34.5), (41.52, 34.51)];
    let ring = corners.map(|(lon_deg, lat_deg)| Wgs84::new(lon_deg, lat_deg).unwrap());
    let scene = Scene {
        sector,
        phones: &phones,
        tracks: Vec::new(),
        alerts: Vec::new(),
        units: Vec::new(),
        marks: Arc::default(),
        pictures: vec![(drone.id.clone(), ring.to_vec())],
        sensors: vec![SensorState { condition, view, ..drone }],
        stretches: Vec::new(),
        now: now(),
    };
    scene.drafts()
}

fn field(draft: &Draft) -> [Option<&str>; 4] {
    let sensor = draft.event.detail("sensor").unwrap();
    ["azimuth", "fov", "range", "hideFov"].map(|name| sensor.attribute(name))
}

#[test]
fn a_sensor_is_shown_as_it_says_that_it_looks_and_its_picture_as_an_area() {
    let shown = looking(View::default());
    assert_eq!(field(&shown[0]), [Some("0"), Some("360"), Some("6000"), None]);
    let area: Vec<&str> =
        shown[1].event.details().filter_map(|link| link.attribute("point")).collect();
    assert_eq!(area, ["34.5,41.51", "34.5,41.52", "34.51,41.52", "34.5,41.51"]);
    assert_eq!(shown[1].event.uid, "watchline.flat.sensor.eye.picture");

    let cone =
        Cone { azimuth_ddeg: 904, width_ddeg: 200, elevation_ddeg: None, range_m: Some(2_500) };
    let shown = looking(View { field: Some(Area::Cone(cone)), ..View::default() });
    assert_eq!(field(&shown[0]), [Some("90"), Some("20"), Some("2500"), None]);
}

#[test]
fn ground_that_a_sensor_names_is_an_area_beside_it_and_no_cone() {
    let corner = |lon_udeg, lat_udeg| Corner { lon_udeg, lat_udeg };
    let ring = vec![
        corner(41_510_000, 34_500_000),
        corner(41_520_000, 34_500_000),
        corner(41_520_000, 34_510_000),
    ];
    let shown = looking(View { field: Some(Area::Ring(ring)), ..View::default() });

    assert_eq!(field(&shown[0]), [None, None, None, Some("true")]);
    assert_eq!(shown[1].event.uid, "watchline.flat.sensor.eye.view");
    assert_eq!(shown[1].event.to_xml().matches("<link point=").count(), 4);
    let shown = looking(View { field: Some(Area::Ring(Vec::new())), ..View::default() });
    assert_eq!(field(&shown[0])[3], Some("true"), "it looks nowhere");
}

#[test]
fn a_sensor_that_a_phone_marked_is_told_to_others_under_a_name_of_its_own() {
    let place = ReportedPlace {
        lon_deg: 41.51,
        lat_deg: 34.5,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: None,
        north_sigma_m: None,
    };
    let mark = Mark {
        door: "cot".into(),
        device: "ANDROID-1".into(),
        id: "alert.3".into(),
        name: "Mast".into(),
        unit: UnitId("patrol-1".into()),
        place,
        looks: Cone {
            azimuth_ddeg: 2_700,
            width_ddeg: 405,
            elevation_ddeg: Some((-250, 50)),
            range_m: Some(2_500),
        },
        told_at: now(),
        until: now(),
    };
    let shown = drafts(|scene| scene.marks = [mark].into());

    let event = &shown[0].event;
    assert_eq!(event.uid, "watchline.flat.mark.ANDROID-1.alert.3");
    assert_eq!((event.kind.as_str(), shown[0].of.as_deref()), ("b-m-p-s-p-loc", Some("ANDROID-1")));
    assert_eq!((event.point.lat_deg, event.point.lon_deg), (34.5, 41.51));
    let sensor = event.detail("sensor").unwrap();
    let told = ["azimuth", "fov", "range", "vfov", "elevation"].map(|name| sensor.attribute(name));
    assert_eq!(told, [Some("270"), Some("40.5"), Some("2500"), Some("30"), Some("-10")]);
}
