use approx::assert_abs_diff_eq;
use sight::coverage::{Cause, Health, Reason, StretchAssessment, WatchState};
use sight::sector::{SensorId, StretchId, parse};

use super::*;
use crate::alert::life::Life;
use crate::alert::{Act, Alert, AlertKind, Origin, Outcome, Priority, Stage};
use crate::journal::{AlertId, PersonId, SensorState};

const SECTOR: &str = r#"
name = "small"
title = { en = "Small", ar = "صغير" }
terrain = { files = ["N34E041.tif"] }
[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 1500
near_depth_m = 1500
[[sensor]]
id = "tower-1"
name = { en = "Tower", ar = "برج" }
node_id = "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10"
kind = "radar"
at = [41.035, 34.43]
height_m = 10.0
range_max_m = 3000.0
revisit_s = 4.0
radar = { walker_half_range_m = 2000.0, notch_mps = 0.3, range_sigma_m = 8.0, azimuth_sigma_deg = 0.4 }
"#;
const LINE: &str = r#"{"type":"LineString","coordinates":[[41.03,34.405],[41.03,34.455]]}"#;

fn sector() -> Sector {
    parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).unwrap()
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + minutes * 60).unwrap()
}

fn assessed(stretch: StretchId, state: WatchState, cause: Option<Cause>) -> StretchAssessment {
    let probability = if state == WatchState::Watched { 0.95 } else { 0.2 };
    StretchAssessment {
        stretch,
        state,
        probability,
        probability_high: probability,
        crossing_s: 600.0,
        reasons: cause
            .map(|cause| Reason { cause, probability_without: 0.9 })
            .into_iter()
            .collect(),
        repair: None,
    }
}

/// The whole line in one state.
fn line(sector: &Sector, state: WatchState, cause: Option<&Cause>) -> Output {
    let all = sector.stretches.iter().map(|one| assessed(one.id, state, cause.cloned()));
    Output::Stretches(all.collect())
}

/// A station that ticks every minute of these, and says something at some of them.
fn play(gathering: &mut Gathering, minutes: std::ops::RangeInclusive<i64>, said: &[(i64, Output)]) {
    for minute in minutes {
        let now = said.iter().filter(|(when, _)| *when == minute);
        let outputs: Vec<Output> = now.map(|(_, output)| output.clone()).collect();
        gathering.take(at(minute), &outputs);
    }
}

#[test]
fn what_was_not_watched_is_told_with_place_time_and_cause() {
    let sector = sector();
    let mut gathering = Gathering::of(&sector, (at(0), at(240))).unwrap();
    let dust = Cause::Dust;
    let story = [
        (-30, line(&sector, WatchState::Watched, None)),
        (60, line(&sector, WatchState::Blind, Some(&dust))),
        (120, line(&sector, WatchState::Watched, None)),
    ];
    play(&mut gathering, -30..=240, &story);
    let account = gathering.finish(None).unwrap();

    let km_h = account.line.length_m / 1_000.0;
    assert_abs_diff_eq!(account.line.persistent.unwrap(), 0.75, epsilon = 1e-9);
    assert_abs_diff_eq!(account.line.uncovered_mh / 1_000.0, km_h, epsilon = 1e-6);
    let [gap] = account.line.gaps.as_slice() else { panic!("{:?}", account.line.gaps) };
    assert_eq!((gap.since, gap.until, &gap.cause), (at(60), at(120), &Some(dust)));
    assert_abs_diff_eq!(gap.to_m - gap.from_m, account.line.length_m, epsilon = 1e-6);
    assert_eq!(account.none_seen.at_most, None, "no walk test has shown anything");
    let stretches = sector.stretches.len() as f64;
    assert_abs_diff_eq!(account.none_seen.watched_h, 3.0 * stretches, epsilon = 1e-9);
    assert_abs_diff_eq!(account.none_seen.unwatched_h, stretches, epsilon = 1e-9);
    assert_abs_diff_eq!(account.ran_s, 240.0 * 60.0, epsilon = 1e-9);
}

#[test]
fn of_a_time_in_which_the_station_did_not_run_nothing_is_known() {
    let sector = sector();
    let tower = |health| {
        let mut state = sensor(health);
        state.id = SensorId("tower-1".into());
        Output::Sensor(state)
    };
    let mut gathering = Gathering::of(&sector, (at(0), at(200))).unwrap();
    let story = [(0, line(&sector, WatchState::Watched, None)), (0, tower(Health::Working))];
    play(&mut gathering, 0..=60, &story);
    // Killed for 40 minutes; after that all stands as before, and half an hour before the end it falls silent again.
    play(&mut gathering, 100..=140, &[(120, tower(Health::Down))]);
    play(&mut gathering, 141..=170, &[]);
    let account = gathering.finish(Some(0.9)).unwrap();

    let length_km = account.line.length_m / 1_000.0;
    assert_abs_diff_eq!(account.line.covered_mh / 1e3, length_km * 130.0 / 60.0, epsilon = 1e-6);
    assert_abs_diff_eq!(account.line.unknown_mh / 1e3, length_km * 70.0 / 60.0, epsilon = 1e-6);
    assert_abs_diff_eq!(account.silent_s, 70.0 * 60.0, epsilon = 1e-6);
    let times: Vec<_> = account.line.gaps.iter().map(|gap| (gap.since, gap.until)).collect();
    assert_eq!(times, [(at(60), at(100)), (at(170), at(200))]);
    assert!(account.line.gaps.iter().all(|gap| gap.cause.is_none()));
    assert!(account.none_seen.at_most.is_some() && !account.none_seen.is_bounded());
    let [tower] = account.sensors.as_slice() else { panic!("{:?}", account.sensors) };
    assert_abs_diff_eq!(tower.times.up_s, 80.0 * 60.0, epsilon = 1e-6);
    assert_abs_diff_eq!(tower.times.failed_s, 50.0 * 60.0, epsilon = 1e-6);
    assert_abs_diff_eq!(tower.times.unknown_s, 70.0 * 60.0, epsilon = 1e-6);
}

fn sensor(health: Health) -> SensorState {
    let core = crate::roster::Roster::of(&sector());
    let state = core.sensors().next().unwrap().clone();
    let condition = sight::coverage::SensorCondition { health, moved_to: None };
    SensorState { condition, ..state }
}

fn alert(
    id: u64,
    kind: AlertKind,
    raised: i64,
    acts: &[(&str, i64)],
    outcome: Option<Outcome>,
) -> Alert {
    let by = PersonId("omar".into());
    let act = |(what, minute): &(&str, i64)| Act {
        at: at(*minute),
        by: Some(by.clone()),
        what: (*what).into(),
        reason: String::new(),
        entry: None,
    };
    let last = acts.last().map_or(at(raised), |(_, minute)| at(*minute));
    let stage = outcome.map_or(Stage::Raised, |outcome| Stage::Closed {
        outcome,
        by: by.clone(),
        at: last,
    });
    Alert {
        id: AlertId(id),
        kind,
        priority: Priority::High,
        stage,
        raised_at: at(raised),
        changed_at: last,
        point: None,
        stretch: None,
        track: None,
        sensor: None,
        life: Life::begin(at(raised)),
        origin: Origin::default(),
        confidence: 1.0,
        needs_help: None,
        tasks: Vec::new(),
        caller: None,
        history: acts.iter().map(act).collect(),
    }
}

#[test]
fn calls_are_counted_once_as_they_stood_at_the_end() {
    let way = [("acknowledged", 12), ("dispatched", 14), ("on-scene", 40), ("closed", 60)];
    let still = AlertKind::PossibleDistress { still_s: 900.0 };
    let story = [
        // Closed before the period: not of it.
        (
            5,
            alert(
                1,
                AlertKind::Crossed,
                1,
                &[("acknowledged", 2), ("closed", 5)],
                Some(Outcome::Person),
            ),
        ),
        (10, alert(2, AlertKind::CrossingPredicted { in_s: 600.0 }, 10, &[], None)),
        (60, alert(2, AlertKind::Crossed, 10, &way, Some(Outcome::Person))),
        (20, alert(3, still, 20, &way[..1], None)),
        (
            70,
            alert(
                3,
                still,
                20,
                &[("acknowledged", 22), ("on-scene", 50), ("closed", 70)],
                Some(Outcome::Nothing),
            ),
        ),
        (80, alert(4, AlertKind::SensorLost, 80, &[], None)),
    ];
    let sector = sector();
    let mut gathering = Gathering::of(&sector, (at(8), at(100))).unwrap();
    let said = story.map(|(minute, alert)| (minute, Output::Alert(alert)));
    play(&mut gathering, 0..=100, &said);
    let calls = gathering.finish(None).unwrap().calls;

    assert_eq!(
        (calls.raised, calls.open, calls.unacknowledged, calls.crossings_noticed),
        (3, 1, 1, 1)
    );
    assert_eq!(calls.by_kind["possible-distress"], 1);
    assert_eq!(calls.by_outcome["person"] + calls.by_outcome["nothing"], 2);
    assert_eq!(calls.worth_a_call, Some(0.5));
    assert_eq!(calls.timeliness.dispatch_to_arrive.median_s, Some(26.0 * 60.0));
    assert_eq!(calls.timeliness.detect_to_assess.count, 2);
    assert_eq!(calls.distress_to_aid.median_s, Some(30.0 * 60.0));
    assert_eq!(calls.help_unasked, 2);
    let ids: Vec<u64> = calls.one_by_one.iter().map(|one| one.id.0).collect();
    assert_eq!(ids, [2, 3, 4]);
}

#[test]
fn a_period_must_have_a_length() {
    assert_eq!(Gathering::of(&sector(), (at(1), at(1))).unwrap_err().field, "to");
    let empty = Gathering::of(&sector(), (at(0), at(60))).unwrap().finish(Some(0.9)).unwrap();
    assert_eq!((empty.line.persistent, empty.none_seen.at_most), (Some(0.0), None));
    assert_abs_diff_eq!(empty.silent_s, 3_600.0, epsilon = 1e-9);
}
