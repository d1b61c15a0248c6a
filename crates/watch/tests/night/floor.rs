//! Alerts in a night: every rule calls for what it is about, once, and returns to normal when that is over.

use jiff::SignedDuration;
use sight::sector::{Rule, SensorId};
use watch::alert::acts::AlertAct;
use watch::alert::life::State;
use watch::alert::nuisance::Air;
use watch::alert::rules::barriers::BarrierWord;
use watch::alert::suppression::{How, Subject};
use watch::alert::{Alert, AlertKind, Outcome, Priority, Stage};
use watch::detection::{
    Class, DetectionReport, DustWindow, ForecastReport, ReportedPosition, Source,
};
use watch::journal::{AlertId, Command, CommandRefused, Input};

use super::flat::Night;

const GROUND: &str = r#"
[[sensor]]
id = "ground-1"
name = { en = "Ground 1", ar = "أرضي ١" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f03"
kind = "ground-sensor"
at = [41.497, 34.515]
height_m = 0.5
range_max_m = 60.0
revisit_s = 5.0
ground = { radius_m = 60.0, p_detect = 0.6 }

[[sensor]]
id = "ground-2"
name = { en = "Ground 2", ar = "أرضي ٢" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f04"
kind = "ground-sensor"
at = [41.499, 34.515]
height_m = 0.5
range_max_m = 60.0
revisit_s = 5.0
ground = { radius_m = 60.0, p_detect = 0.6 }
"#;

const DEPOT: &str = r#"
[[zone]]
id = "depot"
name = { en = "Depot", ar = "مستودع" }
kind = "restricted"
ring = [[41.508, 34.495], [41.512, 34.495], [41.512, 34.505], [41.508, 34.505]]
"#;

const BERM: &str = r#"
[[barrier]]
id = "berm"
name = { en = "Berm", ar = "ساتر" }
kind = "berm"
from_km = 1
to_km = 3
delay_s = 20
"#;

impl Night {
    fn act(&mut self, key: &str, act: AlertAct) -> Result<(), CommandRefused> {
        self.command(key, Command::ActOnAlert { act, reason: "the desk knows why".into() })
    }

    fn of(&self, rule: Rule) -> Vec<&Alert> {
        self.core.alerts().filter(|alert| alert.kind.rule() == rule).collect()
    }

    fn hit(&mut self, sensor: &str) {
        let number = self.entries.len();
        self.take(Input::Detected(DetectionReport {
            source: Source::Sensor(SensorId(sensor.into())),
            report_id: format!("hit-{number}"),
            object_id: "step".into(),
            observed_at: self.now,
            position: ReportedPosition::Polar {
                azimuth_deg: 0.0,
                azimuth_sigma_deg: None,
                elevation_deg: None,
                elevation_sigma_deg: None,
                range_m: None,
                range_sigma_m: None,
            },
            confidence: Some(0.9),
            classes: vec![(Class::Unknown, 0.9)],
            remarks: watch::detection::Remarks::default(),
        }));
    }
}

#[test]
fn who_turns_back_leaves_an_alert_that_returns_to_normal_and_waits_for_a_person() {
    let mut night = Night::begin();
    night.walk(-500.0, -300.0);
    let alert = night.alert().clone();
    assert_eq!(alert.life.state, State::Unacknowledged);
    assert_eq!((alert.origin.air, alert.origin.sensors.len()), (Air::Clear, 1));

    for step in 0..60 {
        night.see(-300.0 - 7.0 * f64::from(step), 0.0);
        night.hear("radar");
        night.pass(5);
    }

    assert_eq!(night.alert().life.state, State::ReturnedUnacknowledged);
    assert_eq!(night.alert().history.last().unwrap().what, "returned");
    night.command("k1", Command::Acknowledge { alert: alert.id }).unwrap();
    assert_eq!(night.alert().life.state, State::Normal);
    assert!(night.alert().is_open());
    let close =
        Command::Close { alert: alert.id, outcome: Outcome::Herder, reason: "a shepherd".into() };
    night.command("k2", close).unwrap();
    let (sensor, by_air) = night.core.alert_desk().nuisance().tallies().next().unwrap();
    assert_eq!((sensor.0.as_str(), by_air[&Air::Clear].nuisance), ("radar", 1));
}

#[test]
fn who_crossed_and_is_lost_leaves_a_latched_alert() {
    let mut night = Night::begin();
    night.walk(-300.0, 120.0);
    let id = night.alert().id;
    night.command("k1", Command::Acknowledge { alert: id }).unwrap();
    assert_eq!((night.alert().kind, night.alert().priority), (AlertKind::Crossed, Priority::High));

    for _ in 0..90 {
        night.hear("radar");
        night.pass(10);
    }

    assert_eq!(night.core.tracks().count(), 0);
    assert_eq!(night.alert().life.state, State::LatchedAcknowledged);
    night.act("k2", AlertAct::Reset { alert: id }).unwrap();
    assert_eq!(night.alert().life.state, State::Normal);
}

#[test]
fn a_shelved_alert_comes_back_and_calls_again_while_it_goes_on() {
    let mut night = Night::begin();
    night.walk(-500.0, -420.0);
    let id = night.alert().id;
    let silent =
        Command::ActOnAlert { act: AlertAct::Shelve { alert: id, for_s: 60 }, reason: " ".into() };
    assert_eq!(night.command("k0", silent).unwrap_err().code, "reason-missing");
    night.act("k1", AlertAct::Shelve { alert: id, for_s: 60 }).unwrap();

    night.walk(-420.0, -360.0);
    assert_eq!(night.alert().life.state, State::Shelved);
    night.walk(-360.0, -300.0);

    assert_eq!((night.alert().life.state, night.alert().life.calls), (State::Unacknowledged, 2));
    let shift = night.core.alert_desk().load().shifts().last().unwrap();
    assert_eq!(shift.calls.iter().sum::<u64>(), 2);
    assert!(shift.operators.values().all(|operator| operator.shelved == 1));
}

#[test]
fn who_enters_a_zone_that_nobody_may_enter_calls_a_person_after_the_on_delay() {
    let mut night = Night::begin_with(DEPOT);
    for step in 0..40 {
        night.see(600.0 + 7.0 * f64::from(step), 0.0);
        night.hear("radar");
        night.pass(5);
    }

    let alerts = night.of(Rule::ZoneEntry);
    assert_eq!(alerts.len(), 1, "{:?}", night.core.alerts().collect::<Vec<_>>());
    assert_eq!(alerts[0].origin.place.as_deref(), Some("depot"));
    assert_eq!(alerts[0].priority, Priority::Medium);
    assert!(alerts[0].life.latches);
}

#[test]
fn who_comes_nearer_beyond_the_line_calls_a_person_and_who_then_crosses_is_the_same_alert() {
    let mut night = Night::begin_with(
        "[alerts]\napproach_nearer_m = 60.0\nrules = { crossing-predicted = { watched = \"no\" } }\n",
    );
    night.walk(-700.0, -300.0);

    let alert = night.alert().clone();
    let AlertKind::Approach { distance_m } = alert.kind else { panic!("{:?}", alert.kind) };
    assert!((200.0..600.0).contains(&distance_m), "{distance_m}");
    assert_eq!(alert.priority, Priority::Low);

    night.walk(-300.0, 120.0);

    assert_eq!((night.alert().id, night.alert().kind), (alert.id, AlertKind::Crossed));
    assert_eq!(night.core.alerts().filter(|alert| alert.track.is_some()).count(), 1);
    assert!(night.alert().history.iter().any(|act| act.what == "escalated"));
}

#[test]
fn who_walks_up_and_down_by_the_line_loiters() {
    let mut night = Night::begin_with("[alerts]\nloiter_for_s = 300.0\n");
    for step in 0..120 {
        let way = f64::from(step % 24);
        night.see(500.0, if way < 12.0 { 7.0 * way } else { 7.0 * (24.0 - way) });
        night.hear("radar");
        night.pass(5);
    }

    let alerts = night.of(Rule::Loitering);
    assert_eq!(alerts.len(), 1, "{:?}", night.core.alerts().collect::<Vec<_>>());
    assert!(matches!(alerts[0].kind, AlertKind::Loitering { for_s } if for_s >= 300.0));
}

#[test]
fn ground_sensors_that_are_hit_one_after_the_other_are_one_alert() {
    let mut night = Night::begin_with(GROUND);
    night.pass(5);
    for sensor in ["ground-1", "ground-1"] {
        night.hit(sensor);
        night.pass(10);
    }
    assert_eq!(night.of(Rule::GroundPattern).len(), 0, "two are no pattern");

    night.hit("ground-2");
    night.pass(10);
    night.hit("ground-2");
    night.pass(10);

    let alerts = night.of(Rule::GroundPattern);
    assert_eq!(alerts.len(), 1);
    let AlertKind::GroundPattern { hits } = alerts[0].kind else { panic!("{alerts:?}") };
    assert!(hits >= 3);
    assert_eq!(alerts[0].origin.sensors.len(), 2, "the event names every sensor of it");
    night.pass(600);
    assert_eq!(night.of(Rule::GroundPattern)[0].life.state, State::ReturnedUnacknowledged);
}

#[test]
fn a_barrier_that_a_person_finds_damaged_calls_until_another_finds_it_repaired() {
    let mut night = Night::begin_with(BERM);
    let told = |word| AlertAct::ReportBarrier { barrier: "berm".into(), word, place: None };
    assert_eq!(night.act("k1", told(BarrierWord::Repaired)).unwrap_err().code, "barrier-whole");
    night.act("k2", told(BarrierWord::Damaged)).unwrap();
    night.act("k3", told(BarrierWord::Damaged)).unwrap();
    let alerts = night.of(Rule::BarrierDamage);
    assert_eq!((alerts.len(), alerts[0].life.state), (1, State::Unacknowledged));
    assert!(alerts[0].point.is_some());

    night.act("k4", told(BarrierWord::Repaired)).unwrap();

    assert_eq!(night.of(Rule::BarrierDamage)[0].life.state, State::LatchedUnacknowledged);
    let stranger =
        AlertAct::ReportBarrier { barrier: "wall".into(), word: BarrierWord::Damaged, place: None };
    let refused = night.act("k5", stranger).unwrap_err();
    assert!(refused.code == "barrier-unknown" && refused.reason.contains("wall"), "{refused}");
}

#[test]
fn line_that_stays_blind_while_nobody_is_there_is_told_with_how_long_and_why() {
    let mut night = Night::begin();
    for _ in 0..12 {
        night.hear("radar");
        night.pass(10);
    }

    night.pass(1_500);

    let alerts = night.of(Rule::Unwatched);
    assert_eq!(alerts.len(), 1, "{:?}", night.core.alerts().collect::<Vec<_>>());
    assert_eq!(night.of(Rule::SightLost).len(), 0, "it is the same alert, gone on");
    let AlertKind::Unwatched { length_m, for_s } = alerts[0].kind else { panic!("{alerts:?}") };
    assert!(length_m >= 1_000.0 && for_s >= 1_200.0, "{length_m} m, {for_s} s");
    let words = &alerts[0].history.last().unwrap().reason;
    assert!(words.contains("radar"), "the reason names what is out: {words}");

    for _ in 0..20 {
        night.hear("radar");
        night.pass(10);
    }
    let state = night.of(Rule::Unwatched)[0].life.state;
    assert_eq!(state, State::ReturnedUnacknowledged);
}

#[test]
fn dust_that_a_forecast_tells_of_calls_a_person_once_ahead() {
    let mut night = Night::begin();
    let hours = |hours| night.now + SignedDuration::from_hours(hours);
    let dust = |from, until| {
        let window = DustWindow { from, until, visibility_m: 800.0 };
        Input::Forecast(ForecastReport {
            station: "ORBD".into(),
            heard_at: from,
            text: "TAF ORBD".into(),
            dust: vec![window],
        })
    };
    let (far, near) = (dust(hours(9), hours(12)), dust(hours(2), hours(5)));
    night.take(far);
    night.pass(3);
    assert_eq!(night.of(Rule::DustAhead).len(), 0, "nine hours are too far ahead");
    night.take(near);
    night.pass(30);

    let alerts = night.of(Rule::DustAhead);
    assert_eq!((alerts.len(), alerts[0].priority), (1, Priority::Low));
    assert!(matches!(alerts[0].kind, AlertKind::DustAhead { in_s, for_s }
        if in_s > 7_000.0 && (for_s - 10_800.0).abs() < 1.0));
    let id = alerts[0].id;
    night.command("k1", Command::Acknowledge { alert: id }).unwrap();
    let close = Command::Close { alert: id, outcome: Outcome::Test, reason: "known".into() };
    night.command("k2", close).unwrap();
    night.pass(30);
    assert_eq!(night.of(Rule::DustAhead).len(), 1, "what was closed is not called for again");
}

#[test]
fn what_is_out_of_service_calls_nobody_and_comes_back_with_its_time() {
    let mut night = Night::begin();
    night.pass(5);
    let subject = Subject::Sensor { sensor: SensorId("radar".into()) };
    let suppress = |for_s| AlertAct::Suppress {
        rule: Some(Rule::SensorLost),
        subject: subject.clone(),
        how: How::OutOfService,
        for_s,
    };
    night.act("k1", suppress(400)).unwrap();
    let strange = Subject::Sensor { sensor: SensorId("rader".into()) };
    let unknown =
        AlertAct::Suppress { rule: None, subject: strange, how: How::ByDesign, for_s: 60 };
    assert_eq!(night.act("k2", unknown).unwrap_err().code, "subject-unknown");

    night.pass(200);

    let lost = night.of(Rule::SensorLost);
    assert_eq!((lost.len(), lost[0].life.state), (1, State::OutOfService));
    assert_eq!(night.core.alert_desk().suppressions().kept().len(), 1);
    night.pass(300);
    let lost = night.of(Rule::SensorLost);
    assert_eq!((lost.len(), lost[0].life.state), (1, State::Unacknowledged));
    assert!(night.core.alert_desk().suppressions().kept().is_empty());
}

#[test]
fn a_night_of_acts_replays_to_the_same_state() {
    let mut night = Night::begin_with(&format!("{DEPOT}{BERM}{GROUND}"));
    night.walk(-500.0, 50.0);
    let id = night.alert().id;
    let told =
        AlertAct::ReportBarrier { barrier: "berm".into(), word: BarrierWord::Damaged, place: None };
    night.act("k1", told).unwrap();
    night.act("k2", AlertAct::Shelve { alert: id, for_s: 30 }).unwrap();
    night.pass(600);
    night.command("k3", Command::Acknowledge { alert: AlertId(1) }).unwrap();
    assert!(night.core.alerts().any(|alert| !matches!(alert.stage, Stage::Raised)));

    let mut again = watch::Core::new(super::flat::model_with(&format!("{DEPOT}{BERM}{GROUND}")));
    let mut computer =
        watch::heavy::Computer::new(super::flat::model_with(&format!("{DEPOT}{BERM}{GROUND}")));
    let mut asked = std::collections::BTreeMap::new();
    for entry in &night.entries {
        let result = if let Input::Computed { request, .. } = &entry.input {
            asked.remove(request).map(|request| computer.compute(&request))
        } else {
            None
        };
        for output in again.step(entry, result) {
            if let watch::journal::Output::Compute { id, request } = output {
                asked.insert(id, request);
            }
        }
    }

    assert_eq!(again.state_hash(), night.core.state_hash());
}
