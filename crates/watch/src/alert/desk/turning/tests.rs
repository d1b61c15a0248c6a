//! The desk against the reference, and what it refuses.

use proptest::prelude::*;
use sight::sector::SensorId;

use super::super::Finding;
use super::*;
use crate::alert::life::reference::Model;
use crate::alert::life::tests::letter;
use crate::alert::suppression::Subject;
use crate::alert::{AlertKind, Outcome};

const LATCHES: AlertKind = AlertKind::Crossed;
const LATCHES_NOT: AlertKind = AlertKind::CrossingPredicted { in_s: 400.0 };

fn person() -> PersonId {
    PersonId("one".into())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_000_000 + second).unwrap()
}

fn begun() -> (AlertDesk, Alerting) {
    let (mut desk, alerting) = (AlertDesk::default(), Alerting::default());
    desk.begin(1, &alerting, at(0));
    (desk, alerting)
}

fn finding(kind: AlertKind, rules: &Alerting) -> Finding {
    let sensor = SensorId("radar".into());
    Finding { sensors: vec![sensor], ..Finding::of(kind, rules, None, "a rule") }
}

fn suppression(how: How, now: Timestamp) -> Suppression {
    Suppression {
        id: SuppressionId(0),
        how,
        rule: None,
        subject: Subject::Sensor { sensor: SensorId("radar".into()) },
        by: person(),
        reason: "it is served".into(),
        since: now,
        until: now,
        entry: 1,
    }
}

/// What a column of the reference is at the desk; false when the desk refuses it or has nothing to do.
fn go(desk: &mut AlertDesk, column: usize, rules: &Alerting, now: Timestamp) -> bool {
    let (id, by) = (AlertId(1), person());
    let why = (&by, "because");
    let of = |how: How, desk: &AlertDesk| {
        desk.suppressions().kept().iter().find(|one| one.how == how).map(|one| one.id)
    };
    let suppress = |desk: &mut AlertDesk, how: How| {
        let state = desk.get(id).unwrap().life.state;
        let designed = state == State::SuppressedByDesign && how == How::ByDesign;
        let wrong = state == State::OutOfService || designed;
        !wrong && desk.suppress(suppression(how, now), (3_600, rules)).is_ok()
    };
    // What is put out of service while it is suppressed by design is returned from both.
    let release = |desk: &mut AlertDesk, how: How| {
        let Some(number) = of(how, desk) else { return false };
        if how == How::OutOfService
            && let Some(designed) = of(How::ByDesign, desk)
        {
            desk.end_suppression(designed, why, now).unwrap();
        }
        if how == How::ByDesign && of(How::OutOfService, desk).is_some() {
            return false;
        }
        desk.end_suppression(number, why, now).is_ok()
    };
    match column {
        0 => {
            desk.found(id, now);
            true
        }
        1 => {
            desk.over(id, "over", now);
            true
        }
        2 => desk.acknowledge(id, &by, now).is_ok(),
        3 => desk.reset(id, why, now).is_ok(),
        4 => desk.shelve(id, (600, &by, "later"), rules, now).is_ok(),
        5 => desk.unshelve(id, why, now).is_ok(),
        6 => suppress(desk, How::ByDesign),
        7 => release(desk, How::ByDesign),
        8 => suppress(desk, How::OutOfService),
        _ => release(desk, How::OutOfService),
    }
}

proptest! {
    #[test]
    fn an_alert_at_the_desk_goes_the_ways_of_the_standards_figure_and_each_is_written_down(
        latching: bool,
        columns in proptest::collection::vec(0..10_usize, 0..80),
    ) {
        let (mut desk, rules) = begun();
        let kind = if latching { LATCHES } else { LATCHES_NOT };
        desk.raise(finding(kind, &rules), at(0)).unwrap();
        let mut model = Model { latching, ..Model::BEGUN };
        for (column, second) in columns.into_iter().zip(1..) {
            let before = desk.get(AlertId(1)).unwrap().clone();
            // The desk lets a person shelve only what is not aside, and so does the figure.
            let model_before = model;
            let modelled = model.go(column);

            let taken = go(&mut desk, column, &rules, at(second));

            let alert = desk.get(AlertId(1)).unwrap();
            prop_assert_eq!(taken, modelled, "{:?} by {}", model_before, column);
            prop_assert_eq!(letter(alert.life.state), model.letter);
            prop_assert_eq!(alert.life.is_active, model.in_alarm);
            if before.life.state == alert.life.state {
                continue;
            }
            let act = alert.history.last().unwrap();
            prop_assert_eq!((act.at, act.entry), (at(second), Some(1)));
            prop_assert!(column < 3 || !act.reason.is_empty(), "{:?}", act);
            prop_assert_eq!(act.by.is_some(), column > 1, "{:?}", act);
        }
        prop_assert!(desk.is_open(AlertId(1)), "nothing but closing ends it");
        prop_assert!(desk.get(AlertId(1)).unwrap().history.len() <= limits::ALERT_ACTS_MAX);
    }
}

#[test]
fn what_is_shelved_comes_back_by_itself_and_calls_only_while_it_goes_on() {
    let (mut desk, rules) = begun();
    for _ in 0..2 {
        desk.raise(finding(LATCHES_NOT, &rules), at(0)).unwrap();
    }
    for id in [AlertId(1), AlertId(2)] {
        desk.shelve(id, (600, &person(), "a known patrol"), &rules, at(1)).unwrap();
    }
    desk.over(AlertId(2), "gone", at(100));
    desk.tick(&rules, at(600));
    assert_eq!(desk.get(AlertId(1)).unwrap().life.state, State::Shelved);

    desk.tick(&rules, at(601));

    assert_eq!(desk.get(AlertId(1)).unwrap().life.state, State::Unacknowledged);
    let over = desk.get(AlertId(2)).unwrap();
    assert_eq!(over.life.state, State::Normal);
    assert!(over.is_open(), "a person says what it was");
    let act = over.history.last().unwrap();
    assert_eq!((act.what.as_str(), act.by.as_ref()), ("unshelved", None));
}

#[test]
fn nobody_in_distress_is_shelved_or_suppressed() {
    let (mut desk, rules) = begun();
    let kind = AlertKind::PossibleDistress { still_s: 500.0 };
    desk.suppress(suppression(How::OutOfService, at(0)), (3_600, &rules)).unwrap();
    let distressed = desk.raise(finding(kind, &rules), at(1)).unwrap();
    let walks = desk.raise(finding(LATCHES_NOT, &rules), at(1)).unwrap();
    assert_eq!(desk.get(distressed).unwrap().life.state, State::Unacknowledged);
    assert_eq!(desk.get(walks).unwrap().life.state, State::OutOfService);

    let shelved = desk.shelve(distressed, (60, &person(), "later"), &rules, at(2)).unwrap_err();
    let rule = Some(Rule::CalledForHelp);
    let distress = Suppression { rule, ..suppression(How::ByDesign, at(2)) };
    let suppressed = desk.suppress(distress, (60, &rules)).unwrap_err();
    assert_eq!(shelved.code, "not-to-be-shelved");
    assert_eq!(suppressed.code, "not-to-be-suppressed");

    desk.answer_help(walks, super::super::Help::Needed, &person(), at(3)).unwrap();
    assert_eq!(desk.get(walks).unwrap().life.state, State::Unacknowledged);
}

#[test]
fn a_sensor_that_is_served_calls_nobody_and_its_loss_ends_with_the_service() {
    let (mut desk, rules) = begun();
    desk.suppress(suppression(How::OutOfService, at(0)), (3_600, &rules)).unwrap();
    let lost = Finding {
        sensor: Some(SensorId("radar".into())),
        ..finding(AlertKind::SensorLost, &rules)
    };
    let id = desk.raise(lost.clone(), at(10)).unwrap();
    assert_eq!(desk.flood().calls(), 0);
    desk.over(id, "it works again", at(50));

    desk.tick(&rules, at(3_600));

    assert!(desk.suppressions().kept().is_empty());
    let alert = desk.get(id).unwrap();
    let by = person();
    assert_eq!(alert.stage, Stage::Closed { outcome: Outcome::Restored, by, at: at(3_600) });
    assert!(alert.history.iter().all(|act| act.entry.is_some()));
    let again = desk.raise(lost, at(3_700)).unwrap();
    assert_eq!(desk.get(again).unwrap().life.state, State::Unacknowledged);
    assert_eq!(desk.flood().calls(), 1);
}

#[test]
fn times_that_are_too_long_and_suppressions_that_are_unknown_are_refused() {
    let (mut desk, rules) = begun();
    let id = desk.raise(finding(LATCHES, &rules), at(0)).unwrap();
    for for_s in [0, 1_801] {
        let refused = desk.shelve(id, (for_s, &person(), "later"), &rules, at(1)).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.field.as_str()), ("time-wrong", "for_s"));
        assert!(refused.reason.contains(&for_s.to_string()), "{refused}");
    }
    let unknown = desk.end_suppression(SuppressionId(7), (&person(), "over"), at(1)).unwrap_err();
    assert_eq!(unknown.code, "suppression-unknown");
    for _ in 0..limits::SUPPRESSIONS_MAX {
        desk.suppress(suppression(How::ByDesign, at(1)), (60, &rules)).unwrap();
    }
    let full = desk.suppress(suppression(How::ByDesign, at(1)), (60, &rules)).unwrap_err();
    assert_eq!(full.code, "suppressions-full");
}

#[test]
fn many_of_low_priority_are_acknowledged_at_once_and_none_of_any_other() {
    let (mut desk, rules) = begun();
    let low = AlertKind::Approach { distance_m: 900.0 };
    let lows: BTreeSet<AlertId> =
        (0..20).map(|_| desk.raise(finding(low, &rules), at(0)).unwrap()).collect();
    let medium = desk.raise(finding(LATCHES_NOT, &rules), at(0)).unwrap();
    let by = person();
    let mixed: BTreeSet<AlertId> = lows.iter().copied().chain([medium]).collect();
    let refused = desk.acknowledge_many(&mixed, (&by, "the herd"), at(9)).unwrap_err();
    assert_eq!(refused.code, "priority-wrong");
    assert!(desk.open().all(|alert| alert.life.state.waits()), "all or none");

    desk.acknowledge_many(&lows, (&by, "the herd"), at(9)).unwrap();

    assert_eq!(desk.open().filter(|alert| alert.life.state.waits()).count(), 1);
    let shift = desk.load().shifts().last().unwrap();
    assert_eq!((shift.operators[&by].acknowledged, shift.waits.quantile_s(0.9)), (20, Some(9)));
    assert_eq!(
        desk.acknowledge_many(&lows, (&by, "again"), at(10)).unwrap_err().code,
        "stage-wrong"
    );
    assert_eq!(
        desk.acknowledge_many(&BTreeSet::new(), (&by, "none"), at(10)).unwrap_err().code,
        "alerts-wrong"
    );
}

#[test]
fn in_a_flood_everything_is_there_and_the_gravest_has_room() {
    let (mut desk, rules) = begun();
    let low = AlertKind::Approach { distance_m: 900.0 };
    for _ in 0..limits::ALERTS_OPEN_MAX {
        desk.raise(finding(low, &rules), at(0));
    }
    let urgent = desk.raise(finding(LATCHES, &rules), at(1));
    desk.tick(&rules, at(1));

    assert!(urgent.is_some(), "its place was kept");
    assert_eq!(desk.flood().since(), Some(at(1)));
    let groups = desk.groups();
    let open = limits::ALERTS_OPEN_MAX - limits::ALERTS_HIGH_RESERVED;
    assert_eq!((groups.len(), groups[0].alerts.len()), (1, open));
    assert_eq!(desk.flooded, limits::ALERTS_HIGH_RESERVED as u64, "the others are counted");
}

#[test]
fn what_alerts_turn_out_to_be_is_learned_by_sensor_and_tests_count_for_nothing() {
    let (mut desk, rules) = begun();
    for outcome in [Outcome::Animal, Outcome::Nothing, Outcome::Person, Outcome::Test] {
        let id = desk.raise(finding(LATCHES_NOT, &rules), at(0)).unwrap();
        desk.note_air(|_| crate::alert::nuisance::Air::Dust);
        desk.acknowledge(id, &person(), at(1)).unwrap();
        desk.close(id, outcome, act(at(2), Some(&person()), "closed", "seen")).unwrap();
    }

    let (sensor, by_air) = desk.nuisance().tallies().next().unwrap();
    let tally = by_air[&crate::alert::nuisance::Air::Dust];
    assert_eq!((sensor.0.as_str(), by_air.len()), ("radar", 1));
    assert_eq!((tally.nuisance, tally.real, tally.tests), (2, 1, 1));
    assert!((tally.share() - 2.5 / 4.0).abs() < 1e-12);
    assert_eq!(desk.nuisance().per_day(&tally, at(600)), None);
    assert!((desk.nuisance().per_day(&tally, at(43_200)).unwrap() - 4.0).abs() < 1e-9);
}
