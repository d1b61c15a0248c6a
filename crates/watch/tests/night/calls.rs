//! Calls for help and messages of people in the field.

use jiff::SignedDuration;
use sight::coverage::view::Cone;
use sight::sector::UnitId;
use watch::alert::{Alert, AlertKind, Outcome, Stage};
use watch::call::{Call, CallKind, CallWord};
use watch::detection::ReportedPlace;
use watch::journal::{Command, Input};
use watch::mark::Mark;
use watch::message::Message;

use super::flat::Night;

fn call(night: &Night, word: CallWord, lon_deg: f64) -> Input {
    let place = ReportedPlace {
        lon_deg,
        lat_deg: 34.5,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: None,
        north_sigma_m: None,
    };
    Input::Called(Call {
        door: "cot".into(),
        device: "phone-1-9-1-1".into(),
        name: "HAWK".into(),
        unit: None,
        word,
        observed_at: night.now,
        place: Some(place),
    })
}

fn called(night: &Night) -> &Alert {
    night.core.alerts().find(|alert| alert.caller.is_some()).unwrap()
}

const HELP: CallWord = CallWord::Raised(CallKind::Emergency);

#[test]
fn a_repeated_call_is_one_alert_that_follows_its_caller_and_outlives_the_device_and_time() {
    let mut night = Night::begin();
    night.take(call(&night, HELP, 41.501));
    night.take(call(&night, HELP, 41.501));
    let first = called(&night).clone();
    assert_eq!(first.kind, AlertKind::CalledForHelp { call: CallKind::Emergency });
    assert_eq!(first.caller.as_ref().unwrap().name, "HAWK");
    assert_eq!(first.history.len(), 1);

    night.take(call(&night, HELP, 41.505));
    assert!(called(&night).point.unwrap().distance_m(first.point.unwrap()) > 300.0);
    night.take(call(&night, CallWord::CalledOff, 41.505));
    night.now += SignedDuration::from_hours(12);
    night.take(Input::Tick);

    let alert = called(&night);
    assert_eq!((alert.id, &alert.stage), (first.id, &Stage::Raised));
    assert!(alert.caller.as_ref().unwrap().called_off);
    assert_eq!(alert.history.last().unwrap().what, "called-off");
}

#[test]
fn a_device_that_goes_on_calling_after_the_end_is_the_same_event_and_a_later_call_another() {
    let mut night = Night::begin();
    night.take(call(&night, HELP, 41.501));
    let alert = called(&night).id;
    night.command("k1", Command::Acknowledge { alert }).unwrap();
    let reason = "brought to the post".into();
    night.command("k2", Command::Close { alert, outcome: Outcome::Assisted, reason }).unwrap();

    night.now += SignedDuration::from_mins(5);
    night.take(call(&night, HELP, 41.501));
    assert_eq!(night.core.alerts().count(), 1);
    night.now += SignedDuration::from_mins(20);
    night.take(call(&night, HELP, 41.501));

    assert_eq!(night.core.alerts().count(), 2);
}

/// Sends a word as it was recorded; true when it is refused as an old one.
fn is_old(night: &mut Night, recorded: &Input) -> bool {
    let refused = |night: &Night| {
        let kinds = night.core.counters().rejections.iter();
        kinds.filter(|((_, field, _), _)| field == "call.observed_at").map(|(_, n)| *n).sum::<u64>()
    };
    let before = refused(night);
    night.take(recorded.clone());
    refused(night) > before
}

#[test]
fn a_recorded_call_that_is_sent_again_after_the_end_raises_nothing_and_a_new_one_does() {
    let mut night = Night::begin();
    let first = call(&night, HELP, 41.501);
    night.take(first.clone());
    let alert = called(&night).id;
    night.now += SignedDuration::from_mins(2);
    let second = call(&night, HELP, 41.505);
    night.take(second.clone());
    let moved = called(&night).point;
    assert!(is_old(&mut night, &first), "an old word of a call that goes on");
    assert_eq!(called(&night).point, moved, "the caller is not moved back");
    assert!(!is_old(&mut night, &second), "the newest word may come twice");
    night.command("k1", Command::Acknowledge { alert }).unwrap();
    let reason = "brought to the post".into();
    night.command("k2", Command::Close { alert, outcome: Outcome::Assisted, reason }).unwrap();

    // At once, an hour later, and when the station must still take what is a day old.
    for hours in [0, 1, 22] {
        night.now += SignedDuration::from_hours(hours);
        for recorded in [&first, &second] {
            assert!(is_old(&mut night, recorded), "after {hours} h");
        }
        assert_eq!(night.core.alerts().count(), 1);
    }

    night.take(call(&night, HELP, 41.501));
    assert_eq!(night.core.alerts().count(), 2, "a new call is a new alert");
    assert!(is_old(&mut night, &first), "old words change nothing of it");
    assert_eq!(night.core.alerts().filter(|alert| alert.is_open()).count(), 1);
}

#[test]
fn a_recorded_end_of_a_call_takes_back_no_later_one_and_a_clock_set_back_silences_nobody() {
    let mut night = Night::begin();
    night.take(call(&night, HELP, 41.501));
    night.now += SignedDuration::from_mins(1);
    let end = call(&night, CallWord::CalledOff, 41.501);
    night.take(end.clone());
    let alert = called(&night).id;
    night.command("k1", Command::Acknowledge { alert }).unwrap();
    let reason = "a slip".into();
    night.command("k2", Command::Close { alert, outcome: Outcome::Test, reason }).unwrap();

    night.now += SignedDuration::from_hours(1);
    let Input::Called(mut later) = call(&night, HELP, 41.501) else { unreachable!() };
    later.observed_at -= SignedDuration::from_hours(3);
    night.take(Input::Called(later));
    let open = |night: &Night| night.core.alerts().find(|alert| alert.is_open()).cloned();
    let new = open(&night).expect("a call of a time that nobody heard of is new");
    assert!(is_old(&mut night, &end));

    assert!(!open(&night).unwrap().caller.unwrap().called_off, "{new:?}");
}

#[test]
fn a_call_taken_back_that_nobody_made_is_counted_and_calls_nobody() {
    let mut night = Night::begin();
    night.take(call(&night, CallWord::CalledOff, 41.501));

    assert_eq!(night.core.alerts().count(), 0);
    assert_eq!(night.core.counters().rejected, 1);
}

#[test]
fn messages_are_kept_once_each_in_order_and_the_oldest_give_way() {
    let mut night = Night::begin();
    let message = |number: u64| {
        Input::Wrote(Message {
            door: "cot".into(),
            id: format!("message-{number}"),
            name: "HAWK".into(),
            unit: None,
            text: format!("word {number}"),
            written_at: "2026-11-20T19:00:00Z".parse().unwrap(),
            place: None,
            asked: None,
        })
    };
    for number in 0..250 {
        night.take(message(number));
        night.take(message(number));
    }

    let kept: Vec<_> = night.core.messages().kept().map(|kept| kept.number).collect();
    assert_eq!(kept, (51..=250).collect::<Vec<u64>>());
    assert_eq!(night.core.messages().ever(), 250);
}

fn mark(id: &str, azimuth_ddeg: i32, [told, until]: [&str; 2]) -> Input {
    let place = ReportedPlace {
        lon_deg: 41.51,
        lat_deg: 34.5,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: None,
        north_sigma_m: None,
    };
    let looks = Cone { azimuth_ddeg, width_ddeg: 400, elevation_ddeg: None, range_m: Some(2_000) };
    Input::Marked(Mark {
        door: "cot".into(),
        device: "phone-1".into(),
        id: id.into(),
        name: "Mast".into(),
        unit: UnitId("patrol-1".into()),
        place,
        looks,
        told_at: format!("2026-11-20T{told}Z").parse().unwrap(),
        until: format!("2026-11-20T{until}Z").parse().unwrap(),
    })
}

#[test]
fn a_marked_sensor_is_as_its_newest_word_has_it_until_that_holds_no_longer() {
    let mut night = Night::begin();
    let at = |time: &str| format!("2026-11-20T{time}Z").parse().unwrap();
    night.now = at("19:00:00");
    let looks = |night: &Night| -> Vec<i32> {
        night.core.marks().map(|mark| mark.looks.azimuth_ddeg).collect()
    };
    night.take(mark("a", 100, ["19:00:00", "20:00:00"]));
    night.take(mark("b", 200, ["19:00:00", "19:10:00"]));
    night.take(mark("a", 300, ["19:00:10", "20:00:00"]));
    night.take(mark("a", 400, ["19:00:05", "20:00:00"]));
    assert_eq!(looks(&night), [300, 200], "an older word changes nothing");

    night.now = at("19:10:00");
    night.take(Input::Tick);
    assert_eq!(looks(&night), [300]);
    night.take(mark("a", 300, ["19:10:00", "19:10:00"]));
    assert_eq!(looks(&night), [] as [i32; 0], "it was taken away");
}

#[test]
fn of_too_many_marks_the_one_told_of_longest_ago_gives_way() {
    let mut night = Night::begin();
    night.now = "2026-11-20T19:00:00Z".parse().unwrap();
    for number in 0..300 {
        let told = format!("18:{:02}:{:02}", number / 60, number % 60);
        night.take(mark(&format!("m{number:03}"), number, [&told, "20:00:00"]));
    }

    let kept: Vec<i32> = night.core.marks().map(|mark| mark.looks.azimuth_ddeg).collect();
    assert_eq!(kept, (44..300).collect::<Vec<_>>());
}
