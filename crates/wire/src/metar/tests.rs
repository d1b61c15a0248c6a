//! Reports as stations write them, and as they should not.

use proptest::prelude::*;

use super::*;

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-6
}

#[test]
fn a_dust_storm_at_deir_ez_zor_is_read() {
    let report = parse("METAR OSDZ 201300Z 27018G32KT 0600 +DS VV005 34/02 Q1003 NOSIG=").unwrap();

    assert_eq!(report.kind, Kind::Metar);
    assert_eq!(report.station, "OSDZ");
    assert_eq!(report.time, Some(DayTime { day: 20, hour: 13, minute: 0 }));
    let wind = report.wind.unwrap();
    assert_eq!(wind.from_deg, Some(270.0));
    assert!(close(wind.speed_mps, 9.26) && close(wind.gust_mps.unwrap(), 32.0 * 1_852.0 / 3_600.0));
    assert_eq!(report.visibility, Some(Visibility { metres: 600.0, bound: Bound::Exactly }));
    assert_eq!(report.weather.len(), 1);
    assert_eq!(report.weather[0].intensity, Intensity::Heavy);
    assert!(report.is_dusty());
    assert!(close(report.ceiling_m.unwrap(), 152.4));
    assert_eq!(report.unread, 0);
}

#[test]
fn miles_fractions_and_bounds_are_read() {
    for (text, metres, bound) in [
        ("SPECI KYUM 201355Z 18010KT 1 1/2SM BLDU 30/10 A2990", 2_414.016, Bound::Exactly),
        ("KYUM 201355Z 18010KT 3/4SM HZ 30/10 A2990", 1_207.008, Bound::Exactly),
        ("KYUM 201355Z AUTO 18010KT M1/4SM FG 30/10 A2990", 402.336, Bound::AtMost),
        ("KYUM 201355Z 18010KT P6SM SKC 30/10 A2990", 9_656.064, Bound::AtLeast),
        ("KYUM 201355Z 18010KT 10SM CLR 30/10 A2990 RMK AO2", 16_093.44, Bound::Exactly),
        ("OIKK 201300Z 20008MPS 9999 NSC 30/10 Q1010", 10_000.0, Bound::AtLeast),
        ("OIKK 201300Z 20008MPS CAVOK 30/10 Q1010", 10_000.0, Bound::AtLeast),
        ("OIKK 201300Z 20008MPS 5000NDV HZ 30/10 Q1010", 5_000.0, Bound::Exactly),
        ("ZBAA 201300Z 20008MPS 15KM NSC 30/10 Q1010", 15_000.0, Bound::Exactly),
    ] {
        let report = parse(text).unwrap();

        let visibility = report.visibility.unwrap();
        assert!(close(visibility.metres, metres), "{text}: {visibility:?}");
        assert_eq!(visibility.bound, bound, "{text}");
        assert_eq!(report.unread, 0, "{text}");
    }
}

#[test]
fn wind_in_every_unit_is_metres_per_second() {
    for (group, speed_mps) in
        [("24010KT", 5.144_444), ("VRB03MPS", 3.0), ("24036KMH", 10.0), ("240P99KT", 50.93)]
    {
        let wind = parse(&format!("OSDI 201300Z {group} 9999")).unwrap().wind.unwrap();

        assert!((wind.speed_mps - speed_mps).abs() < 1e-3, "{group}: {wind:?}");
    }
    assert_eq!(parse("OSDI 201300Z /////KT 9999").unwrap().wind, None);
    assert_eq!(parse("OSDI 201300Z VRB03KT 9999").unwrap().wind.unwrap().from_deg, None);
}

#[test]
fn only_dust_here_at_eye_level_is_dust() {
    for (group, dusty) in [
        ("DU", true),
        ("SA", true),
        ("BLDU", true),
        ("BLSA", true),
        ("+SS", true),
        ("-DS", true),
        ("PO", true),
        ("DRDU", false),
        ("VCBLSA", false),
        ("VCDS", false),
        ("HZ", false),
        ("FU", false),
        ("RA", false),
        ("-TSRAGR", false),
        ("VCSH", false),
    ] {
        let report = parse(&format!("OSDI 201300Z 24010KT 3000 {group}")).unwrap();

        assert_eq!(report.is_dusty(), dusty, "{group}");
        assert_eq!((report.weather.len(), report.unread), (1, 0), "{group}");
    }
}

#[test]
fn the_lowest_covering_layer_is_the_ceiling() {
    let report = parse("OSDI 201300Z 24010KT 9999 FEW010 BKN040 OVC025CB").unwrap();

    assert!(close(report.ceiling_m.unwrap(), 762.0));
    assert_eq!(report.unread, 0);
}

#[test]
fn trends_and_remarks_do_not_change_what_is_now() {
    let report = parse("OSDI 201300Z 24010KT 9999 NSC TEMPO 0500 DS").unwrap();

    assert!(!report.is_dusty());
    assert!(close(report.visibility.unwrap().metres, 10_000.0));
}

#[test]
fn groups_that_mean_nothing_to_us_are_counted() {
    assert_eq!(parse("OSDI 201300Z 24010KT 9999 HELLO BLU+").unwrap().unread, 2);
}

#[test]
fn what_is_wrong_is_said_with_group_and_value() {
    for (text, message) in [
        ("", "station is missing"),
        ("METAR", "station is missing"),
        ("METAR osdi 201300Z", r#"station must be four capital letters or digits, got "osdi""#),
        (
            "OSDI 321300Z 9999",
            r#"time must be day, hour and minute such as 201300Z, got "321300Z""#,
        ),
        ("OSDI 201300Z 24010KT", "visibility is missing"),
        (
            "OSDI 201300Z 24x10KT 9999",
            r#"wind must be direction, speed and unit such as 24012G25KT, got "24x10KT""#,
        ),
        (
            "OSDI 201300Z 24010KT 1/0SM",
            r#"visibility must be metres, statute miles (SM) or CAVOK, got "1/0SM""#,
        ),
        ("OSDI 201300Z NIL", "the station sent no report (NIL)"),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
    }
    assert_eq!(parse(&"A".repeat(1_025)), Err(MetarError::TooLong { max: 1_024, got: 1_025 }));
}

fn weather() -> impl Strategy<Value = Weather> {
    (
        prop::sample::select(vec![Intensity::Light, Intensity::Moderate, Intensity::Heavy]),
        any::<bool>(),
        prop::option::of(prop::sample::select(Descriptor::ALL.to_vec())),
        prop::collection::vec(prop::sample::select(Phenomenon::ALL.to_vec()), 1..4),
    )
        .prop_map(|(intensity, vicinity, descriptor, phenomena)| Weather {
            intensity,
            vicinity,
            descriptor,
            phenomena,
        })
}

prop_compose! {
    fn report()(
        speci in any::<bool>(),
        time in (1_u8..=31, 0_u8..24, 0_u8..60),
        (corrected, automatic) in (any::<bool>(), any::<bool>()),
        wind in prop::option::of((prop::option::of(0_u16..=360), 0_u16..200, prop::option::of(0_u16..200))),
        metres in prop::option::of(0_u16..9_999),
        weather in prop::collection::vec(weather(), 0..3),
        feet in prop::option::of(0_u16..1_000),
    ) -> Metar {
        Metar {
            kind: if speci { Kind::Speci } else { Kind::Metar },
            station: "OSDZ".into(),
            time: Some(DayTime { day: time.0, hour: time.1, minute: time.2 }),
            corrected,
            automatic,
            wind: wind.map(|(from, speed, gust)| Wind {
                from_deg: from.map(f64::from),
                speed_mps: f64::from(speed),
                gust_mps: gust.map(f64::from),
            }),
            visibility: metres.map(|metres| Visibility { metres: f64::from(metres), bound: Bound::Exactly }),
            weather,
            ceiling_m: feet.map(|hundreds| f64::from(hundreds) * 100.0 * METRES_PER_FOOT),
            unread: 0,
        }
    }
}

proptest! {
    #[test]
    fn a_report_comes_back_as_it_was_written(report in report()) {
        prop_assert_eq!(parse(&report.to_string()), Ok(report));
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,80}") {
        drop(parse(&text));
    }

    #[test]
    fn text_made_of_pieces_of_reports_never_panics(
        words in prop::collection::vec("(METAR|OSDI|2013[0-9]{2}Z|[0-9V/]{1,5}(G[0-9]{2})?(KT|MPS)|[MP]?[0-9/]{1,4}(SM|KM)?|é?[A-Z+-]{1,6}[0-9]{0,3})", 0..12)
    ) {
        drop(parse(&words.join(" ")));
    }
}
