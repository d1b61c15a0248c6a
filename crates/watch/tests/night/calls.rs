//! Calls for help and messages of people in the field.

use jiff::SignedDuration;
use watch::alert::{Alert, AlertKind, Outcome, Stage};
use watch::call::{Call, CallKind, CallWord};
use watch::detection::ReportedPlace;
use watch::journal::{Command, Input};
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
