//! A short night on a flat sector, told to the core entry by entry.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod aloft;
mod calls;
mod clock;
mod flat;
mod flood;
mod floor;
mod kept;
mod late;
mod pointings;
mod remarks;
mod views;

use jiff::SignedDuration;
use sight::coverage::{Health, WatchState};
use sight::geo::EnuPoint;
use sight::sector::SensorId;
use watch::Core;
use watch::alert::{AlertKind, Outcome, Priority, Stage};
use watch::detection::Class;
use watch::dispatch::TaskStage;
use watch::heavy::Computer;
use watch::journal::{AlertId, Command, Entry, Input, Output, TrackId};
use watch::tracking::{Finding, Order, TrackAct};

use self::flat::{Night, model};

#[test]
fn somebody_who_walks_to_the_line_calls_one_alert_that_becomes_a_crossing() {
    let mut night = Night::begin();

    night.walk(-500.0, -200.0);
    let predicted = night.alert().clone();
    night.walk(-200.0, 120.0);

    assert!(
        matches!(predicted.kind, AlertKind::CrossingPredicted { in_s } if (60.0..900.0).contains(&in_s)),
        "{predicted:?}"
    );
    assert_eq!(predicted.stage, Stage::Raised);
    let crossed = night.alert();
    assert_eq!(crossed.id, predicted.id);
    assert_eq!(crossed.kind, AlertKind::Crossed);
    assert_eq!(crossed.priority, Priority::High);
    assert_eq!(night.core.alerts().filter(|alert| alert.track.is_some()).count(), 1);
}

#[test]
fn an_alert_stays_until_a_person_closes_it_even_when_its_track_is_gone() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let id = night.alert().id;

    for _ in 0..360 {
        night.hear("radar");
        night.pass(10);
    }

    assert_eq!(night.core.tracks().count(), 0);
    assert!(night.core.alerts().any(|alert| alert.id == id && alert.stage == Stage::Raised));
}

#[test]
fn the_desk_acknowledges_ranks_sends_and_closes_in_that_order() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;

    let too_early = night.dispatch("k1", "nearest").unwrap_err();
    night.command("k2", Command::Acknowledge { alert }).unwrap();
    let twice = night.command("k3", Command::Acknowledge { alert }).unwrap_err();
    night.command("k4", Command::Propose { alert }).unwrap();
    let silent = night.dispatch("k5", "  ").unwrap_err();
    night.dispatch("k6", "nearest free unit").unwrap();
    let busy = night.dispatch("k7", "again").unwrap_err();

    assert_eq!(too_early.code, "stage-wrong");
    assert_eq!(twice.code, "stage-wrong");
    assert_eq!(silent.code, "reason-missing");
    assert_eq!(busy.code, "unit-busy");
    let task = night.core.tasks().next().unwrap().clone();
    assert_eq!(task.reason, "nearest free unit");
    assert_eq!(
        task.alternatives.len(),
        1,
        "the ranking that was on the screen stays with the task"
    );
    assert!(task.travel_s.is_some_and(|seconds| seconds > 0.0));
    assert!(matches!(night.alert().stage, Stage::Assigned { .. }));

    night.take(Input::TaskReported {
        task: task.id,
        stage: TaskStage::OnScene,
        note: String::new(),
    });
    let close = Command::Close { alert, outcome: Outcome::Herder, reason: "known shepherd".into() };
    night.command("k8", close).unwrap();

    assert!(matches!(night.alert().stage, Stage::Closed { outcome: Outcome::Herder, .. }));
    assert!(night.core.roster().units().all(|unit| unit.task.is_none()), "its unit is free again");
    let acts: Vec<&str> = night.alert().history.iter().map(|act| act.what.as_str()).collect();
    assert_eq!(acts, ["raised", "acknowledged", "dispatched", "on-scene", "closed"]);
}

#[test]
fn no_task_ever_leads_onto_or_beyond_the_line() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;
    night.command("k1", Command::Acknowledge { alert }).unwrap();

    night.dispatch("k2", "meet them").unwrap();

    let to = night.core.tasks().next().unwrap().to;
    assert!(
        night.core.model().sector().line.signed_distance_m(to) < -10.0,
        "the alert is beyond the line, the task is not"
    );
}

#[test]
fn the_core_sends_nobody_by_itself() {
    let mut night = Night::begin();

    night.walk(-500.0, 200.0);
    night.pass(600);

    assert!(
        !night.outputs.iter().any(|output| matches!(output, Output::SendTask(_) | Output::Task(_)))
    );
}

#[test]
fn moves_are_proposed_to_the_desk_and_nobody_is_sent() {
    let mut night = Night::begin();
    night.pass(70);

    night.command("k1", Command::ProposeMoves { horizon_s: 3_600 }).unwrap();

    let moves = night.outputs.iter().find_map(|output| {
        if let Output::Moves { answer, .. } = output { Some(answer.clone()) } else { None }
    });
    let moves = moves.unwrap();
    assert!(moves.movers > 0, "the units have no task: {moves:?}");
    for found in &moves.moves {
        assert!(!night.core.model().sector().line.is_far(found.to), "nobody is sent over the line");
    }
    assert!(night.core.tasks().next().is_none());
    let refused = night.command("k2", Command::ProposeMoves { horizon_s: 5 }).unwrap_err();
    assert_eq!(refused.code, "horizon-wrong");
}

#[test]
fn the_same_key_is_the_same_act_once() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;

    let first = night.command("key", Command::Acknowledge { alert });
    let again = night.command("key", Command::Acknowledge { alert });

    assert_eq!(first, Ok(()));
    assert_eq!(again, first);
    assert_eq!(night.alert().history.iter().filter(|act| act.what == "acknowledged").count(), 1);
}

#[test]
fn the_same_key_for_another_act_is_refused() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;
    night.command("k", Command::Acknowledge { alert }).unwrap();

    let other = night.command("k", Command::AnswerHelp { alert, needs_help: true });

    assert_eq!(other.unwrap_err().code, "key-used");
    assert_eq!(night.alert().needs_help, None);
}

#[test]
fn without_a_worker_the_line_turns_unknown() {
    let mut night = Night::begin();
    night.pass(10);
    assert!(!night.core.stretches().is_empty());
    let is_unknown = |night: &Night| {
        night.core.stretches().iter().all(|stretch| stretch.state == WatchState::Unknown)
    };
    assert!(!is_unknown(&night));
    night.worker_works = false;
    // The radar falls silent: a question that nobody answers.
    night.pass(280);
    assert!(!is_unknown(&night));

    night.pass(150);

    assert!(is_unknown(&night));
    let told = night.outputs.iter().rev().find_map(|output| {
        if let Output::Stretches(stretches) = output { Some(stretches) } else { None }
    });
    assert!(told.unwrap().iter().all(|stretch| stretch.state == WatchState::Unknown));
}

#[test]
fn a_person_who_needs_help_comes_first() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert = night.alert().id;
    assert_eq!(night.alert().needs_help, None, "the question is open until a person answers it");

    night.command("k", Command::AnswerHelp { alert, needs_help: true }).unwrap();

    assert_eq!(night.alert().needs_help, Some(true));
    assert_eq!(night.alert().priority, Priority::High);
}

#[test]
fn somebody_who_stays_still_in_the_open_may_be_in_distress() {
    let mut night = Night::begin();

    for _ in 0..130 {
        night.see(300.0, 100.0);
        night.hear("radar");
        night.pass(5);
    }

    assert!(
        matches!(night.alert().kind, AlertKind::PossibleDistress { still_s } if still_s >= 480.0)
    );
    assert_eq!(night.alert().priority, Priority::High);
}

#[test]
fn a_silent_sensor_turns_stale_and_calls_a_person_once() {
    let mut night = Night::begin();

    night.pass(300);

    let radar = night.core.roster().sensor(&SensorId("radar".into())).unwrap();
    assert_eq!(radar.condition.health, Health::Stale);
    let calls =
        night.core.alerts().filter(|alert| matches!(alert.kind, AlertKind::SensorLost)).count();
    assert_eq!(calls, 1);
}

#[test]
fn a_sensor_that_a_person_does_not_believe_watches_nothing_and_moves_nothing() {
    let mut night = Night::begin();
    night.walk(-500.0, -300.0);
    let judge = |order, reason: &str| Command::JudgeSensor {
        sensor: SensorId("radar".into()),
        order,
        reason: reason.into(),
    };
    let silent = night.command("k1", judge(Order::Quarantine, " ")).unwrap_err();
    let stranger = Command::JudgeSensor {
        sensor: SensorId("rader".into()),
        order: Order::Quarantine,
        reason: "typing".into(),
    };
    let unknown = night.command("k2", stranger).unwrap_err();

    night.command("k3", judge(Order::Quarantine, "the mast fell")).unwrap();
    night.walk(-300.0, -250.0);
    let seen_at = night.core.tracks().next().unwrap().last_seen_at;
    night.walk(-250.0, -200.0);

    assert_eq!((silent.code.as_str(), unknown.code.as_str()), ("reason-missing", "sensor-unknown"));
    let radar = night.core.roster().sensor(&SensorId("radar".into())).unwrap();
    assert_eq!(radar.health(), Health::Quarantined);
    assert_eq!(radar.worth.finding, Some(Finding::Ordered));
    assert!(radar.detections > 20, "what it says is still counted");
    assert!(night.core.tracks().all(|track| track.last_seen_at == seen_at));
    assert!(night.core.stretches().iter().all(|stretch| stretch.state != WatchState::Watched));
    assert!(night.core.alerts().any(|alert| matches!(alert.kind, AlertKind::SensorLost)));

    night.command("k4", judge(Order::Trust, "it stands again")).unwrap();
    night.walk(-200.0, -100.0);

    let radar = night.core.roster().sensor(&SensorId("radar".into())).unwrap();
    assert_eq!(radar.health(), Health::Working);
    assert!(night.core.tracks().any(|track| track.last_seen_at > seen_at));
}

#[test]
fn a_report_from_the_future_moves_no_track_is_counted_and_is_kept() {
    let mut night = Night::begin();
    let mut report = night.report_at(-400.0, 0.0, "r".into());
    report.observed_at = night.now + SignedDuration::from_secs(60);

    night.take(Input::Detected(report));
    night.pass(10);

    assert_eq!(night.core.tracks().count(), 0);
    assert_eq!(night.core.counters().mistimed, 1);
    assert_eq!(night.core.evidence().kept().len(), 1);
}

#[test]
fn a_repeated_report_changes_nothing() {
    let mut once = Night::begin();
    let mut twice = Night::begin();
    let report = once.report_at(-400.0, 0.0, "same".into());

    once.take(Input::Detected(report.clone()));
    twice.take(Input::Detected(report.clone()));
    twice.take(Input::Detected(report));
    once.pass(10);
    twice.pass(10);

    let places = |night: &Night| -> Vec<_> {
        night.core.tracks().map(|track| (track.east_m, track.existence)).collect()
    };
    assert_eq!(places(&once), places(&twice));
}

#[test]
fn who_is_called_an_animal_calls_nobody_until_that_is_taken_back() {
    let mut night = Night::begin();
    night.walk(-500.0, -470.0);
    let track = night.core.tracks().next().unwrap().id;
    let said = |act: TrackAct, reason: &str| Command::ActOnTrack { act, reason: reason.into() };
    let animal = TrackAct::Relabel { track, class: Class::Animal };

    let silent = night.command("k1", said(animal.clone(), " ")).unwrap_err();
    let stranger = TrackAct::Pin { track: TrackId(77) };
    let unknown = night.command("k2", said(stranger, "keep it")).unwrap_err();
    night.command("k3", said(animal, "the camera shows a donkey")).unwrap();
    night.walk(-470.0, -250.0);

    assert_eq!((silent.code.as_str(), unknown.code.as_str()), ("reason-missing", "track-unknown"));
    assert_eq!(night.core.alerts().filter(|alert| alert.track.is_some()).count(), 0);
    let view = night.core.tracks().next().unwrap().clone();
    assert_eq!(view.class, Class::Animal);
    assert_eq!(view.acts[0].said.by.0, "officer");

    let act = view.acts[0].id;
    let undo = || Command::UndoTrackAct { act, reason: "it is a person after all".into() };
    night.command("k4", undo()).unwrap();
    let twice = night.command("k5", undo()).unwrap_err();
    night.walk(-250.0, -200.0);

    assert_eq!(twice.code, "nothing-to-undo");
    assert_eq!(night.alert().track, Some(track));
    assert!(night.core.tracks().next().unwrap().acts[0].undone.is_some(), "it stays written down");
}

#[test]
fn an_alert_follows_its_track_through_a_merge_and_back() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let (alert, old) = (night.alert().id, night.alert().track.unwrap());
    for _ in 0..360 {
        night.hear("radar");
        night.pass(10);
    }
    assert_eq!(night.core.tracks().count(), 0);
    night.walk(-200.0, -150.0);
    let new = night.core.tracks().next().unwrap().id;
    assert_ne!(new, old);

    let act = TrackAct::Merge { track: old, other: new };
    let reason = "the same coat".to_owned();
    night.command("k1", Command::ActOnTrack { act, reason }).unwrap();
    night.walk(-150.0, -60.0);

    let view = night.core.tracks().next().unwrap().clone();
    assert_eq!((view.id, view.also.as_slice()), (old, [new].as_slice()));
    let about: Vec<_> = night.core.alerts().filter(|alert| alert.track.is_some()).collect();
    assert!(about.iter().any(|one| one.id == alert && one.track == Some(old)), "{about:?}");
    assert!(about.iter().all(|one| view.is_known_as(one.track.unwrap())), "{about:?}");

    let undo = Command::UndoTrackAct { act: view.acts[0].id, reason: "another coat".into() };
    night.command("k2", undo).unwrap();

    assert_eq!(night.core.tracks().next().unwrap().id, new);
}

#[test]
fn replaying_the_journal_gives_the_same_state_hash() {
    let mut night = Night::begin();
    night.walk(-500.0, -200.0);
    let alert: AlertId = night.alert().id;
    night.command("k1", Command::Acknowledge { alert }).unwrap();
    night.command("k2", Command::Propose { alert }).unwrap();
    night.dispatch("k3", "nearest").unwrap();
    let track = night.core.tracks().next().unwrap().id;
    for (key, act) in [
        ("k4", TrackAct::Pin { track }),
        ("k5", TrackAct::SplitFrom { track, from: night.now - SignedDuration::from_secs(60) }),
        ("k6", TrackAct::Merge { track, other: TrackId(track.0 + 1) }),
    ] {
        night.command(key, Command::ActOnTrack { act, reason: "for replay".into() }).unwrap();
    }
    night.walk(-200.0, -180.0);

    let mut replayed = Core::new(model());
    let mut computer = Computer::new(model());
    let mut wanted = None;
    for entry in &night.entries {
        let computed = matches!(entry.input, Input::Computed { .. });
        let request = if computed { wanted.take() } else { None };
        let heavy = request.map(|request| computer.compute(&request));
        for output in replayed.step(entry, heavy) {
            if let Output::Compute { request, .. } = output {
                wanted = Some(request);
            }
        }
    }

    assert_eq!(replayed.state_hash(), night.core.state_hash());
    replayed.step(&Entry::new(night.now + SignedDuration::from_secs(1), Input::Tick), None);
    assert_ne!(replayed.state_hash(), night.core.state_hash(), "the hash sees a single tick");
}

#[test]
fn positions_in_the_plane_keep_their_compass() {
    let core = Core::new(model());
    let line = &core.model().sector().line;

    let west = EnuPoint::new(line.point_at(1_000.0).east_m - 500.0, line.point_at(1_000.0).north_m);

    assert!(line.is_far(west), "beyond this line is west");
}
