//! The night as a whole: determinism, the protocol, chances kept, tasks obeyed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wire::sapient::place::{Location, LocationCoordinateSystem, LocationDatum, LocationList};
use wire::sapient::task::{Command, Control, Order, Task, TaskStatus};
use wire::sapient::{Content, DetectionReport, StatusReport, TaskAck, encode, validate};

use super::*;
use crate::fixture;
use crate::summary::Seen;

fn world(extra: &str, seed: u64) -> World {
    let grid = Arc::new(fixture::grid(fixture::hills));
    World::over(&fixture::scenario(extra), Arc::new(fixture::sector()), grid, seed).unwrap()
}

fn bytes(sent: &[Sent]) -> Vec<u8> {
    sent.iter().flat_map(|each| encode(&each.message)).collect()
}

fn status(sent: &Sent) -> Option<&StatusReport> {
    if let Some(Content::StatusReport(report)) = &sent.message.content {
        Some(report)
    } else {
        None
    }
}

fn detection(sent: &Sent) -> Option<&DetectionReport> {
    if let Some(Content::DetectionReport(report)) = &sent.message.content {
        Some(report)
    } else {
        None
    }
}

fn task_ack(sent: &Sent) -> Option<&TaskAck> {
    if let Some(Content::TaskAck(ack)) = &sent.message.content { Some(ack) } else { None }
}

#[test]
fn the_same_seed_says_the_same_bytes_however_time_is_cut() {
    let mut whole = world(fixture::BUSY, 7);
    let mut cut = world(fixture::BUSY, 7);
    let end = whole.end();

    let at_once = whole.advance(end);
    let mut in_steps = Vec::new();
    let mut now = cut.start();
    while now < end {
        now = now.checked_add(SignedDuration::from_millis(1_370)).unwrap().min(end);
        in_steps.extend(cut.advance(now));
    }

    assert_eq!(at_once, in_steps);
    assert_eq!(bytes(&at_once), bytes(&in_steps));
    assert_eq!(whole.finish(), cut.finish());
}

#[test]
fn another_seed_is_another_night() {
    let (mut one, mut other) = (world(fixture::BUSY, 7), world(fixture::BUSY, 8));
    let end = one.end();

    assert_ne!(bytes(&one.advance(end)), bytes(&other.advance(end)));
}

#[test]
fn every_message_is_valid_and_every_node_introduces_itself_first() {
    let mut world = world(fixture::BUSY, 1);
    let sent = world.advance(world.end());

    let mut introduced = BTreeSet::new();
    let mut report_ids = BTreeSet::new();
    for each in &sent {
        assert_eq!(validate(&each.message), Ok(()), "{:?}", each.message);
        assert_eq!(each.message.node_id.as_ref(), Some(&each.node_id));
        let report_id = match (status(each), detection(each)) {
            (Some(report), None) => report.report_id.clone(),
            (None, Some(report)) => report.report_id.clone(),
            _ => {
                let registers = matches!(each.message.content, Some(Content::Registration(_)));
                assert!(registers, "nothing else is said unasked: {:?}", each.message);
                introduced.insert(each.node_id.clone());
                continue;
            }
        };
        assert!(introduced.contains(&each.node_id));
        assert!(report_ids.insert(report_id.unwrap()), "every report has its own id");
    }
    assert!(sent.is_sorted_by_key(|each| each.at));
    assert_eq!(introduced.len(), 6 + 2 + 2, "sensors, units and one mast per tower");
}

#[test]
fn a_silent_sensor_says_nothing_and_introduces_itself_when_it_is_back() {
    let mut world = world(fixture::BUSY, 1);
    let node = fixture::sector().sensors[2].node_id.clone();
    let sent = world.advance(world.end());

    let said: Vec<i64> = sent
        .iter()
        .filter(|each| each.node_id == node)
        .map(|each| world.since_start_ms(each.at) / 1_000)
        .collect();
    assert!(said.iter().all(|at_s| !(600..900).contains(at_s)));
    let back =
        sent.iter().find(|each| each.node_id == node && world.since_start_ms(each.at) >= 900_000);
    assert!(matches!(back.unwrap().message.content, Some(Content::Registration(_))));
}

#[test]
fn dust_grounds_the_drone_and_the_balloon_and_masts_say_so() {
    let mut world = world(fixture::BUSY, 3);
    let sent = world.advance(world.end());
    let status_of = |node: &str, from_s: i64| {
        sent.iter()
            .filter(|each| each.node_id == node && world.since_start_ms(each.at) >= from_s * 1_000)
            .find_map(status)
            .unwrap()
    };
    let sensors = fixture::sector().sensors;

    for id in [3, 4] {
        assert!(status_of(&sensors[id].node_id, 60).status.is_empty());
        let note = status_of(&sensors[id].node_id, 1_800).status[0].status_value.clone();
        assert_eq!(note.as_deref(), Some("grounded: wind above limit"));
    }
    let mast = world.masts[0].node_id.clone();
    let clear = status_of(&mast, 60).status[0].status_value.clone().unwrap();
    let dusty = status_of(&mast, 1_800).status[0].status_value.clone().unwrap();
    assert!(clear.contains(" 9999 NSC "), "{clear}");
    assert!(dusty.contains(" 0300 +DS VV/// ") || dusty.contains(" 0250 +DS VV/// "), "{dusty}");
}

#[test]
fn a_unit_accepts_drives_there_and_says_that_it_is_on_scene() {
    let mut world = world("", 5);
    let start = world.start();
    let node = fixture::sector().units[0].node_id.clone();
    world.advance(start.checked_add(SignedDuration::from_secs(60)).unwrap());

    let to = fixture::frame().place(sight::geo::EnuPoint::new(200.0, 500.0));
    let task = task("01ARZ3NDEKTSV4RRFFQ69G5FAV", (to.lon_deg(), to.lat_deg()));
    world.receive(&node, &task, start.checked_add(SignedDuration::from_secs(61)).unwrap());
    let sent = world.advance(start.checked_add(SignedDuration::from_secs(1_200)).unwrap());

    let answers: Vec<(i64, i32)> = sent
        .iter()
        .filter_map(|each| {
            let ack = task_ack(each)?;
            assert_eq!(validate(&each.message), Ok(()));
            Some((world.since_start_ms(each.at) / 1_000, ack.task_status.unwrap()))
        })
        .collect();
    let [(accepted_s, accepted), (arrived_s, arrived)] = answers[..] else { panic!("{answers:?}") };
    assert_eq!(accepted, TaskStatus::Accepted as i32);
    assert_eq!(arrived, TaskStatus::Completed as i32);
    assert!((66..=81).contains(&accepted_s), "{accepted_s}");
    // 2.8 km at about 11 m/s.
    assert!((220..600).contains(&(arrived_s - accepted_s)), "{arrived_s}");
    let own = sent.iter().rev().filter(|each| each.node_id == node);
    let last = own.filter_map(status).find_map(|report| report.node_location.clone());
    assert!((last.unwrap().x.unwrap() - to.lon_deg()).abs() < 1e-6);
}

#[test]
fn a_task_that_cannot_be_done_is_rejected_with_its_reason() {
    let mut world = world("", 5);
    let node = fixture::sector().units[0].node_id.clone();
    let start = world.start();

    world.receive(&node, &task("01ARZ3NDEKTSV4RRFFQ69G5FAV", (50.0, 34.0)), start);
    world.receive("nobody", &task("01ARZ3NDEKTSV4RRFFQ69G5FAV", (41.0, 34.5)), start);
    let sent = world.advance(start.checked_add(SignedDuration::from_secs(60)).unwrap());

    let refused = sent.iter().find_map(task_ack);
    assert_eq!(refused.unwrap().reason, ["no way leads there"]);
    assert_eq!(world.finish().counts.unused, 1);
}

fn task(id: &str, (lon, lat): (f64, f64)) -> SapientMessage {
    let to = Location {
        x: Some(lon),
        y: Some(lat),
        coordinate_system: Some(LocationCoordinateSystem::LatLngDegM.into()),
        datum: Some(LocationDatum::Wgs84G.into()),
        ..Location::default()
    };
    let command = Order::MoveTo(LocationList { locations: vec![to] });
    let task = Task {
        task_id: Some(id.into()),
        control: Some(Control::Start.into()),
        command: Some(Command { command: Some(command), command_parameter: None }),
        ..Task::default()
    };
    SapientMessage { content: Some(Content::Task(task)), ..SapientMessage::default() }
}

#[test]
fn the_summary_counts_as_seen_only_what_was_reported() {
    let mut world = world(fixture::BUSY, 2);
    let sent = world.advance(world.end());
    let summary = world.finish();

    let detections = sent
        .iter()
        .filter(|each| matches!(each.message.content, Some(Content::DetectionReport(_))));
    assert_eq!(summary.counts.detections, detections.count() as u64);
    assert_eq!(summary.counts.messages, sent.len() as u64);
    let reports: u64 = summary.movers.iter().map(|mover| mover.reports).sum();
    assert_eq!(summary.counts.detections, reports + summary.counts.false_alarms);
    let group = summary.crossings.iter().find(|crossing| crossing.mover == "group-1").unwrap();
    assert_eq!(group.seen, Seen::Before);
    assert!(!group.sensors.is_empty());
    assert!((11..14).contains(&group.stretch.0), "about km 3: {:?}", group.stretch);
    for crossing in &summary.crossings {
        assert_eq!(crossing.seen == Seen::Missed, crossing.first_report_at.is_none());
    }
}

#[test]
fn a_night_without_sensors_misses_every_crossing() {
    let mut sector = fixture::sector();
    sector.sensors.clear();
    sector.units.clear();
    let grid = Arc::new(fixture::grid(fixture::hills));
    let scenario = fixture::scenario(fixture::BUSY);
    let mut outages = scenario.clone();
    outages.outages.clear();
    let mut world = World::over(&outages, Arc::new(sector.clone()), Arc::clone(&grid), 2).unwrap();
    world.advance(world.end());

    let summary = world.finish();
    assert!(summary.crossings.len() >= 3);
    assert!(summary.crossings.iter().all(|crossing| crossing.seen == Seen::Missed));

    let faults = World::over(&scenario, Arc::new(sector), grid, 2).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "outage[0].sensor = tower-2-thermal: no such sensor in the sector"
    );
}

#[test]
fn sensors_speak_every_ten_seconds_and_masts_every_minute() {
    let mut world = world("", 2);
    let sent = world.advance(world.end());

    let mut beats: BTreeMap<&str, usize> = BTreeMap::new();
    for each in &sent {
        if matches!(each.message.content, Some(Content::StatusReport(_))) {
            *beats.entry(&each.node_id).or_default() += 1;
        }
    }
    let minutes = 50;
    assert_eq!(beats[world.eyes[0].sensor.node_id.as_str()], 6 * minutes);
    assert_eq!(beats[world.masts[0].node_id.as_str()], minutes);
}
