//! Health, place and weather.

use watch::detection::{Impairment, ReportedWeather, StatusReport as Reported};
use watch::journal::Input;
use wire::sapient::Content;
use wire::sapient::place::{Area, Location, LocationDatum, LocationList, LocationOrRangeBearing};
use wire::sapient::status::{
    Info, Power, PowerSource, PowerStatus, StatusLevel, StatusReport, StatusType, System,
};

use super::super::Step;
use super::messages::*;

fn report(change: impl FnOnce(&mut StatusReport)) -> Step {
    let mut message = status();
    change(&mut message);
    say(&mut ready(TOWER), TOWER, Content::StatusReport(message))
}

fn reported(step: &Step) -> &Reported {
    match step.inputs.first() {
        Some(Input::Status(reported)) => reported,
        other => panic!("no status: {other:?}"),
    }
}

#[test]
fn a_plain_status_says_that_the_node_detects() {
    let step = report(|_| {});

    let got = reported(&step);
    assert_eq!(got.source, tower());
    assert_eq!((got.detecting, got.note.as_str()), (true, ""));
    assert_eq!(got.observed_at, now());
    assert!(step.replies.is_empty(), "status reports are not answered");
}

#[test]
fn a_node_that_cannot_detect_says_why() {
    for (system, lines, detecting, note) in [
        (
            System::Ok,
            vec![line(StatusType::NotDetecting, StatusLevel::InformationStatus, "lens iced")],
            false,
            "not detecting (lens iced)",
        ),
        (
            System::Ok,
            vec![line(StatusType::InternalFault, StatusLevel::ErrorStatus, "cooler")],
            false,
            "internal fault (cooler)",
        ),
        (
            System::Warning,
            vec![line(StatusType::ExternalFault, StatusLevel::WarningStatus, "")],
            true,
            "warning: external fault",
        ),
        (
            System::Ok,
            vec![line(StatusType::PtzStatus, StatusLevel::InformationStatus, "12 3")],
            true,
            "",
        ),
        (System::Error, vec![], false, "error"),
    ] {
        let step = report(|message| {
            message.system = Some(system.into());
            message.status = lines;
        });

        let got = reported(&step);
        assert_eq!((got.detecting, got.note.as_str()), (detecting, note));
    }
}

#[test]
fn unchanged_without_lines_repeats_what_was_said_before() {
    let mut session = ready(TOWER);
    let blocked = StatusReport {
        status: vec![line(StatusType::NotDetecting, StatusLevel::ErrorStatus, "")],
        ..status()
    };
    say(&mut session, TOWER, Content::StatusReport(blocked));

    let unchanged = StatusReport { info: Some(Info::Unchanged.into()), ..status() };
    let step = say(&mut session, TOWER, Content::StatusReport(unchanged.clone()));
    assert_eq!(
        (reported(&step).detecting, reported(&step).note.as_str()),
        (false, "not detecting")
    );

    say(&mut session, TOWER, Content::StatusReport(status()));
    let step = say(&mut session, TOWER, Content::StatusReport(unchanged));
    assert!(reported(&step).detecting, "new without lines means that all is well again");
}

#[test]
fn goodbye_is_a_status_and_then_a_leave() {
    let mut session = ready(TOWER);
    let goodbye = StatusReport { system: Some(System::Goodbye.into()), ..status() };

    let step = say(&mut session, TOWER, Content::StatusReport(goodbye));

    assert!(
        matches!(&step.inputs[0], Input::Status(status) if !status.detecting && status.note == "goodbye")
    );
    assert_eq!(step.inputs[1], Input::Disconnected { node_id: TOWER.into() });
    assert!(step.close.is_some());
    assert_eq!(session.hang_up(now()), Step::default(), "and it leaves once");
}

#[test]
fn the_place_of_a_node_is_kept_with_its_height_above_the_sea_only() {
    for (datum, height_m) in [(LocationDatum::Wgs84G, Some(210.0)), (LocationDatum::Wgs84E, None)] {
        let step = report(|message| {
            message.node_location = Some(Location { datum: Some(datum.into()), ..location() });
        });

        let place = reported(&step).location.unwrap();
        assert_eq!((place.lon_deg, place.lat_deg, place.height_m), (41.1, 34.5, height_m));
    }
}

#[test]
fn weather_comes_as_a_metar() {
    let text = "METAR OSDZ 201900Z 27018MPS 0600 +DS VV005 34/02 Q1003=";
    let step = report(|message| {
        message.status = vec![line(StatusType::Weather, StatusLevel::InformationStatus, text)];
    });

    let expected = ReportedWeather {
        visibility_m: Some(600.0),
        wind_mps: 18.0,
        ceiling_m: Some(152.4),
        dust: true,
    };
    assert_eq!(reported(&step).weather, Some(expected));
    assert_eq!(reported(&step).note, "");
}

#[test]
fn weather_that_cannot_be_read_is_refused_and_the_rest_still_counts() {
    for (text, reason) in [
        (
            "nice",
            r#"not a weather report: station must be four capital letters or digits, got "nice""#,
        ),
        ("OSDZ 201900Z 27018KT ////", "the weather report must tell the visibility"),
        ("OSDZ 201900Z /////KT 0600", "the weather report must tell the wind"),
    ] {
        let step = report(|message| {
            message.status = vec![
                line(StatusType::PtzStatus, StatusLevel::InformationStatus, ""),
                line(StatusType::Weather, StatusLevel::InformationStatus, text),
            ];
        });

        assert_eq!(reported(&step).weather, None);
        let Input::Rejected(rejected) = &step.inputs[1] else { panic!("{step:?}") };
        assert_eq!(rejected.field, "status_report.status[1].status_value");
        assert_eq!(rejected.reason, reason);
        assert_eq!(step.replies.len(), 1);
    }
}

#[test]
fn a_place_on_the_other_side_of_the_globe_is_a_slip() {
    let step = report(|message| {
        message.node_location = Some(Location { x: Some(34.5), y: Some(-41.1), ..location() });
    });

    assert_eq!(reported(&step).location, None);
    assert!(matches!(
        &step.inputs[1],
        Input::Rejected(rejected) if rejected.field == "status_report.node_location"
            && rejected.reason.starts_with("must be within 300 km of the sector's middle, got ")
    ));
}

#[test]
fn three_missed_intervals_end_the_connection_and_say_so() {
    let mut session = ready(TOWER);

    assert_eq!(session.tick(after(15.0)), Step::default());
    let step = session.tick(after(15.1));

    assert_eq!(only(&step), &Input::Disconnected { node_id: TOWER.into() });
    assert_eq!(step.close.as_deref(), Some("3 status intervals of 5 s missed"));
    assert_eq!(session.tick(after(99.0)), Step::default());
}

fn power(status: PowerStatus, source: PowerSource, level: Option<i32>) -> Power {
    Power { level, source: source.into(), status: status.into() }
}

#[test]
fn a_node_whose_power_fails_or_that_clutter_blinds_detects_and_may_not_be_relied_on() {
    let (well, fails) = (PowerStatus::Ok, PowerStatus::Fault);
    let (mains, battery) = (PowerSource::Mains, PowerSource::InternalBattery);
    for (power, expected) in [
        (power(fails, mains, None), Some(Impairment::PowerFault)),
        (power(well, battery, Some(5)), Some(Impairment::BatteryEmpty)),
        (power(well, PowerSource::Unspecified, Some(0)), Some(Impairment::BatteryEmpty)),
        (power(well, battery, Some(6)), None),
        (power(well, mains, Some(0)), None),
    ] {
        let step = report(|message| message.power = Some(power));
        assert_eq!((reported(&step).detecting, reported(&step).impaired), (true, expected));
    }
    for (level, area, expected) in [
        (StatusLevel::ErrorStatus, Some(ring()), Some(Impairment::Clutter)),
        (StatusLevel::WarningStatus, None, Some(Impairment::Clutter)),
        (StatusLevel::WarningStatus, Some(ring()), None),
        (StatusLevel::InformationStatus, None, None),
    ] {
        let step = report(|message| {
            message.status = vec![line(StatusType::Clutter, level, "sea")];
            message.obscuration = area.into_iter().collect();
        });
        assert_eq!((reported(&step).detecting, reported(&step).impaired), (true, expected));
    }
}

fn ring() -> LocationOrRangeBearing {
    let corner = |x| Location { x: Some(x), ..location() };
    let locations = vec![corner(41.1), corner(41.2), Location { y: Some(34.6), ..location() }];
    LocationOrRangeBearing { fov: Some(Area::LocationList(LocationList { locations })) }
}

#[test]
fn unchanged_without_power_repeats_what_was_said_of_it_before() {
    let mut session = ready(TOWER);
    let failing = power(PowerStatus::Fault, PowerSource::Mains, None);
    let told = StatusReport { power: Some(failing), ..status() };
    say(&mut session, TOWER, Content::StatusReport(told));

    let unchanged = StatusReport { info: Some(Info::Unchanged.into()), ..status() };
    let step = say(&mut session, TOWER, Content::StatusReport(unchanged));
    assert_eq!(reported(&step).impaired, Some(Impairment::PowerFault));
    assert_eq!(reported(&step).note, "power fault");

    let step = say(&mut session, TOWER, Content::StatusReport(status()));
    assert_eq!(reported(&step).impaired, None);
}
