//! What phones are shown of a night.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::coverage::{StretchAssessment, WatchState};
use sight::geo::EnuPoint;
use sight::sector::{Mobility, UnitId};
use watch::alert::{Alert, AlertKind, Outcome, Priority, Stage};
use watch::call::{CallKind, Caller};
use watch::dispatch::UnitState;
use watch::journal::{AlertId, PersonId};

use super::Scene;
use crate::ingest::cot::Phones;
use crate::ingest::cot::board::{Draft, Rank};
use crate::ingest::cot::tests::sector;

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
