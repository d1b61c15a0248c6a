//! What the desk asks sensors to look at.

use sight::geo::{EnuPoint, Wgs84};
use sight::sector::SensorId;
use watch::detection::{DetectionReport, Registration, Source, StatusReport};
use watch::dispatch::TaskStage;
use watch::journal::{Command, CommandRefused, Input, Output, PointingId, TrackId};
use watch::pointing::{Aim, Pointing};

use super::flat::Night;

const DRONE: &str = r#"
[[sensor]]
id = "drone"
name = { en = "Drone", ar = "مسيّرة" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f03"
kind = "drone"
at = [41.51, 34.5]
height_m = 100.0
range_max_m = 3000.0
revisit_s = 20.0
optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 35 }
limits = { wind_mps = 12, visibility_m = 2000 }
"#;

/// So many metres east of the line; beyond it is west.
fn place(night: &Night, east_m: f64, north_m: f64) -> Wgs84 {
    let sector = night.core.model().sector();
    let origin = sector.frame.point(Wgs84::new(41.5, 34.5).unwrap());
    sector.frame.place(EnuPoint::new(origin.east_m + east_m, origin.north_m + north_m))
}

fn ask(night: &mut Night, sensor: &str, aim: Aim) -> Result<(), CommandRefused> {
    let key = format!("k{}", night.entries.len());
    let sensor = SensorId(sensor.into());
    night.command(&key, Command::PointSensor { sensor, aim, reason: "a light seen".into() })
}

fn pointing<'a>(night: &'a Night, sensor: &str) -> &'a Pointing {
    night.core.roster().sensor(&SensorId(sensor.into())).unwrap().pointing.as_deref().unwrap()
}

fn sent(night: &Night) -> usize {
    night.outputs.iter().filter(|output| matches!(output, Output::SendPointing(_))).count()
}

/// A sensor registers and says that it can follow.
fn offers_to_follow(night: &mut Night, sensor: &str, node_id: &str) {
    night.take(Input::Registered(Registration {
        source: Source::Sensor(SensorId(sensor.into())),
        node_id: node_id.into(),
        name: sensor.into(),
        status_interval_s: 10.0,
        follows: true,
    }));
}

fn drone_flies(night: &mut Night) {
    offers_to_follow(night, "drone", "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f03");
    let source = Source::Sensor(SensorId("drone".into()));
    night.take(Input::Status(StatusReport {
        source,
        report_id: "d1".into(),
        observed_at: night.now,
        detecting: true,
        note: String::new(),
        location: None,
        weather: None,
        impaired: None,
    }));
}

#[test]
fn a_sensor_looks_where_a_person_asks_and_its_answers_stand_on_it() {
    let mut night = Night::begin();
    let there = place(&night, -1_000.0, 0.0);
    ask(&mut night, "radar", Aim::LookAt(there)).unwrap();
    assert_eq!(sent(&night), 1);
    let first = pointing(&night, "radar").clone();
    assert_eq!((first.id, first.stage), (PointingId(1), TaskStage::Sent));

    let (stage, note) = (TaskStage::Accepted, "turning".to_owned());
    night.take(Input::PointingReported { pointing: first.id, stage, note });
    assert_eq!(pointing(&night, "radar").stage, TaskStage::Accepted);
    assert_eq!(pointing(&night, "radar").note, "turning");

    ask(&mut night, "radar", Aim::Release).unwrap();
    let released = pointing(&night, "radar");
    assert_eq!((released.stage, released.stops), (TaskStage::Done, Some(first.id)));
    assert_eq!(ask(&mut night, "radar", Aim::Release).unwrap_err().code, "nothing-to-release");

    // An answer about an order that is over changes nothing.
    let (stage, note) = (TaskStage::Declined, String::new());
    night.take(Input::PointingReported { pointing: first.id, stage, note });
    assert_eq!(pointing(&night, "radar").stage, TaskStage::Done);
}

#[test]
fn what_cannot_be_looked_at_or_by_nobody_is_refused_and_nothing_is_sent() {
    let mut night = Night::begin_with(DRONE);
    let (near, far) = (place(&night, 500.0, 0.0), place(&night, 9_000.0, 0.0));
    let (beyond, inside) = (place(&night, -10.0, 0.0), place(&night, 800.0, 300.0));
    let refusal = |night: &mut Night, sensor: &str, aim| ask(night, sensor, aim).unwrap_err().code;

    assert_eq!(refusal(&mut night, "nobody", Aim::LookAt(near)), "sensor-unknown");
    assert_eq!(refusal(&mut night, "radar", Aim::LookAt(far)), "out-of-reach");
    assert_eq!(refusal(&mut night, "radar", Aim::Patrol(vec![near])), "sensor-stands");
    assert_eq!(refusal(&mut night, "drone", Aim::LookAt(near)), "sensor-silent");
    drone_flies(&mut night);
    assert_eq!(refusal(&mut night, "drone", Aim::Patrol(Vec::new())), "path-wrong");
    assert_eq!(refusal(&mut night, "drone", Aim::Patrol(vec![near; 17])), "path-wrong");
    assert_eq!(refusal(&mut night, "drone", Aim::Patrol(vec![near, beyond])), "beyond-line");
    let other_side_of_the_globe = Wgs84::new(-100.0, -20.0).unwrap();
    let path = vec![near, other_side_of_the_globe];
    assert_eq!(refusal(&mut night, "drone", Aim::Patrol(path)), "path-wrong");
    assert_eq!(sent(&night), 0);

    ask(&mut night, "drone", Aim::Patrol(vec![near, inside])).unwrap();
    assert_eq!(sent(&night), 1);
}

#[test]
fn an_order_ends_with_the_connection_of_its_sensor() {
    let mut night = Night::begin();
    let there = place(&night, -500.0, 0.0);
    ask(&mut night, "radar", Aim::LookAt(there)).unwrap();

    night.take(Input::Disconnected { node_id: "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01".into() });

    let told = pointing(&night, "radar");
    assert_eq!((told.stage, told.note.as_str()), (TaskStage::Declined, "connection lost"));
}

#[test]
fn a_sensor_follows_what_it_told_of_a_track_by_its_own_name_of_it() {
    let mut night = Night::begin();
    offers_to_follow(&mut night, "radar", "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01");
    assert!(night.core.roster().sensor(&SensorId("radar".into())).unwrap().follows);
    // Two walk apart, and the radar gives one of them a new name on the way.
    for step in 0..12 {
        for (north_m, object) in [(0.0, "one"), (900.0, if step < 6 { "two" } else { "three" })] {
            let report_id = format!("{object}-{step}");
            let report = night.report_at(-1_500.0 + 7.0 * f64::from(step), north_m, report_id);
            night.take(Input::Detected(DetectionReport { object_id: object.into(), ..report }));
        }
        night.hear("radar");
        night.pass(5);
    }
    let mut tracks: Vec<_> = night.core.tracks().map(|track| (track.north_m, track.id)).collect();
    tracks.sort_by(|a, b| a.0.total_cmp(&b.0));
    let [(_, south), (_, north)] = tracks[..] else { panic!("{tracks:?}") };

    for (track, object) in [(south, "one"), (north, "three")] {
        ask(&mut night, "radar", Aim::Follow(track)).unwrap();
        let asked = pointing(&night, "radar");
        assert_eq!((&asked.aim, asked.object.as_deref()), (&Aim::Follow(track), Some(object)));
    }
    assert_eq!(sent(&night), 2);
    ask(&mut night, "radar", Aim::Release).unwrap();
    assert_eq!(pointing(&night, "radar").object, None);

    // The radar goes on telling that it works, and of nobody.
    for _ in 0..4 {
        night.hear("radar");
        night.pass(10);
    }
    let refusal = ask(&mut night, "radar", Aim::Follow(south)).unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.field.as_str()), ("track-not-told", "track"));
    assert!(refusal.reason.contains("radar has not told of track"), "{}", refusal.reason);
}

#[test]
fn who_did_not_offer_to_follow_or_would_go_after_it_is_not_asked_to() {
    let mut night = Night::begin_with(DRONE);
    night.walk(-1_500.0, -1_450.0);
    let track = night.core.tracks().next().unwrap().id;
    let refusal = |night: &mut Night, sensor: &str, track| {
        ask(night, sensor, Aim::Follow(track)).unwrap_err().code
    };

    assert_eq!(refusal(&mut night, "radar", track), "cannot-follow");
    drone_flies(&mut night);
    assert_eq!(refusal(&mut night, "drone", track), "sensor-moves");
    offers_to_follow(&mut night, "radar", "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01");
    assert_eq!(refusal(&mut night, "radar", TrackId(999)), "track-unknown");
    // What it told of before it offered is not known by name.
    assert_eq!(refusal(&mut night, "radar", track), "track-not-told");
    assert_eq!(sent(&night), 0);
}
