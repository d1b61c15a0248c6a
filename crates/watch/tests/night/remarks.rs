//! What sensors say of what they see and of themselves, and what a parent asks of the desk.

use sight::coverage::{Health, WatchState};
use sight::sector::SensorId;
use watch::detection::{
    Behaviour, DetectionReport, Impairment, Origin, Relation, Remarks, ReportedPlace,
    ReportedWeather, Source, StatusReport,
};
use watch::dispatch::TaskStage;
use watch::journal::{Command, CommandRefused, Input, PointingId};
use watch::message::{Answer, Asked, AskedKind, AskedStage, Became, Doer, Kept, Message, Standing};
use watch::pointing::Aim;
use watch::tracking::TrackAct;

use super::flat::Night;

fn radar() -> SensorId {
    SensorId("radar".into())
}

/// Somebody is seen again and again, and said to do something.
fn is_seen(night: &mut Night, steps: u32, remarks: &Remarks) {
    for step in 0..steps {
        let entries = night.entries.len();
        let report = night.report_at(-900.0 + 7.0 * f64::from(step), 0.0, format!("r{entries}"));
        let object_id = format!("object {step}");
        let remarks = remarks.clone();
        night.take(Input::Detected(DetectionReport { object_id, remarks, ..report }));
        night.hear("radar");
        night.pass(5);
    }
}

#[test]
fn what_a_sensor_says_of_somebody_stands_with_the_track_as_its_word_until_it_is_old() {
    let mut night = Night::begin();
    let origin = Origin {
        relation: Relation::Derived,
        node_id: "6ba7b810-9dad-41d1-80b4-00c04fd430c8".into(),
        object_id: "01ARZ3NDEKTSV4RRFFQ69G5FAV".into(),
        at: Some(night.now),
    };
    let remarks = Remarks {
        behaviours: vec![(Behaviour::Walking, Some(0.75)), (Behaviour::Digging, None)],
        origins: vec![origin],
    };

    is_seen(&mut night, 12, &remarks);

    let track = night.core.tracks().next().unwrap();
    let [told] = track.told.as_slice() else { panic!("{track:?}") };
    assert_eq!((&told.sensor, told.object_id.as_str()), (&radar(), "object 11"));
    assert_eq!(told.remarks, remarks);
    let (track, reason) = (track.id, "to look again".to_owned());
    let act = TrackAct::Pin { track };
    night.command("pin", Command::ActOnTrack { act, reason }).unwrap();

    for _ in 0..4 {
        night.hear("radar");
        night.pass(10);
    }
    let track = night.core.tracks().find(|seen| seen.id == track).unwrap();
    assert_eq!(track.told, [], "what was said is no longer so");
}

fn says(night: &mut Night, impaired: Option<Impairment>) {
    let report_id = format!("s{}", night.entries.len());
    night.take(Input::Status(StatusReport {
        source: Source::Sensor(radar()),
        report_id,
        observed_at: night.now,
        detecting: true,
        note: String::new(),
        location: None,
        weather: Some(ReportedWeather {
            visibility_m: Some(10_000.0),
            wind_mps: 3.0,
            ceiling_m: None,
            dust: false,
        }),
        impaired,
    }));
    night.pass(2);
}

#[test]
fn a_sensor_whose_power_fails_or_that_clutter_blinds_makes_its_stretches_unknown() {
    let mut night = Night::begin();
    let seen = |night: &Night| {
        let states = night.core.stretches().iter().map(|stretch| stretch.state);
        (states.clone().filter(|state| *state == WatchState::Unknown).count(), states.count())
    };
    says(&mut night, None);
    assert_eq!(seen(&night).0, 0);

    for impaired in [Impairment::PowerFault, Impairment::BatteryEmpty, Impairment::Clutter] {
        says(&mut night, Some(impaired));
        let state = night.core.roster().sensor(&radar()).unwrap();
        assert_eq!((state.health(), state.impaired), (Health::Impaired, Some(impaired)));
        assert!(seen(&night).0 > 0, "{impaired:?}: {:?}", seen(&night));

        says(&mut night, None);
        assert_eq!(night.core.roster().sensor(&radar()).unwrap().health(), Health::Working);
        assert_eq!(seen(&night).0, 0, "{impaired:?}");
    }
}

const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn asks(night: &mut Night, id: &str, kind: AskedKind) {
    let place = |lon_deg| ReportedPlace {
        lon_deg,
        lat_deg: 34.5,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: None,
        north_sigma_m: None,
    };
    let places = vec![place(41.51), place(41.52)];
    let asked = Asked { task: ULID.into(), kind, places, track: None };
    night.take(Input::Wrote(Message {
        door: "sapient-parent".into(),
        id: id.into(),
        name: "parent".into(),
        unit: None,
        text: "task look at".into(),
        written_at: night.now,
        place: None,
        asked: Some(asked),
    }));
}

fn answer(night: &mut Night, message: u64, answer: Answer) -> Result<(), CommandRefused> {
    let key = format!("a{}", night.entries.len());
    night.command(&key, Command::AnswerAsked { message, answer, reason: "so it is".into() })
}

fn kept(night: &Night) -> Vec<Kept> {
    night.core.messages().kept().cloned().collect()
}

fn standing(night: &Night) -> Standing {
    kept(night)[0].standing.clone().unwrap()
}

#[test]
fn what_a_parent_asks_keeps_all_its_places_and_is_answered_once_by_a_person() {
    let mut night = Night::begin();
    asks(&mut night, ULID, AskedKind::Patrol);
    assert_eq!(kept(&night)[0].message.asked.as_ref().unwrap().places.len(), 2);
    assert_eq!(standing(&night).stage, AskedStage::Told);
    let before = night.core.messages().version();

    assert_eq!(answer(&mut night, 9, Answer::Done).unwrap_err().code, "message-unknown");
    answer(&mut night, 1, Answer::Declined).unwrap();

    let stands = standing(&night);
    assert_eq!((stands.stage, stands.note.as_str()), (AskedStage::Declined, "so it is"));
    assert_eq!(stands.by.unwrap().0, "officer");
    assert_eq!(night.core.messages().version(), before + 1);
    assert_eq!(answer(&mut night, 1, Answer::Done).unwrap_err().code, "asked-over");
}

#[test]
fn what_became_an_order_to_a_sensor_ends_as_that_does() {
    for (stage, ended) in
        [(TaskStage::Done, AskedStage::Done), (TaskStage::Declined, AskedStage::Failed)]
    {
        let mut night = Night::begin();
        asks(&mut night, ULID, AskedKind::LookAt);
        let refused = answer(&mut night, 1, Answer::TakenOn(Doer::Sensor(radar()))).unwrap_err();
        assert_eq!(refused.code, "nothing-ordered");
        let at = night.core.model().sector().sensor(&radar()).unwrap().place;
        let (aim, reason) = (Aim::LookAt(at), "as asked".to_owned());
        night.command("look", Command::PointSensor { sensor: radar(), aim, reason }).unwrap();
        answer(&mut night, 1, Answer::TakenOn(Doer::Sensor(radar()))).unwrap();
        let became = Some(Became::Pointing(radar(), PointingId(1)));
        assert_eq!(
            (standing(&night).stage, standing(&night).became),
            (AskedStage::TakenOn, became)
        );
        night.pass(2);
        assert_eq!(standing(&night).stage, AskedStage::TakenOn);

        let (pointing, note) = (PointingId(1), "mount stuck".to_owned());
        night.take(Input::PointingReported { pointing, stage, note });
        night.pass(1);

        let stands = standing(&night);
        assert_eq!((stands.stage, stands.note.as_str()), (ended, "mount stuck"));
    }
}

#[test]
fn what_became_an_order_that_gives_way_has_failed_and_one_that_is_released_is_done() {
    for (next, ended) in [(true, AskedStage::Failed), (false, AskedStage::Done)] {
        let mut night = Night::begin();
        asks(&mut night, ULID, AskedKind::LookAt);
        let at = night.core.model().sector().sensor(&radar()).unwrap().place;
        let point = |night: &mut Night, key: &str, aim| {
            let reason = "as asked".to_owned();
            night.command(key, Command::PointSensor { sensor: radar(), aim, reason }).unwrap();
        };
        point(&mut night, "look", Aim::LookAt(at));
        answer(&mut night, 1, Answer::TakenOn(Doer::Sensor(radar()))).unwrap();

        point(&mut night, "next", if next { Aim::LookAt(at) } else { Aim::Release });
        night.pass(1);

        assert_eq!(standing(&night).stage, ended);
    }
}

#[test]
fn a_parent_takes_back_what_it_asked_and_what_waits_outlasts_other_messages() {
    let mut night = Night::begin();
    asks(&mut night, ULID, AskedKind::MoveTo);
    for number in 0..250 {
        night.take(Input::Wrote(Message {
            door: "cot".into(),
            id: format!("chat {number}"),
            name: "patrol".into(),
            unit: None,
            text: "all quiet".into(),
            written_at: night.now,
            place: None,
            asked: None,
        }));
    }
    assert_eq!(kept(&night).len(), 200);
    assert_eq!(standing(&night).stage, AskedStage::Told);

    asks(&mut night, &format!("{ULID} stop"), AskedKind::Stop);

    assert_eq!(kept(&night).len(), 200);
    assert!(
        kept(&night)
            .iter()
            .all(|kept| kept.standing.as_ref().is_none_or(|s| s.stage == AskedStage::Withdrawn))
    );
}
