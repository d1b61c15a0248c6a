//! Sentences as receivers write them, and as they should not.

use proptest::prelude::*;

use super::*;

/// A widely printed pair of sentences; checksums and fields are the receiver's.
const RMC: &str = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n";
const GGA: &str = "$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47";

fn close(got: f64, expected: f64) -> bool {
    (got - expected).abs() < 1e-6
}

fn rmc(line: &str) -> Rmc {
    match parse(line) {
        Ok(Sentence::Rmc(rmc)) => rmc,
        other => panic!("{line}: {other:?}"),
    }
}

/// The line with its checksum.
fn sealed(body: &str) -> String {
    format!("${body}*{:02X}", checksum(body))
}

#[test]
fn a_receivers_sentences_are_read() {
    let rmc = rmc(RMC);
    assert_eq!(rmc.time.unwrap().to_string(), "1994-03-23T12:35:19Z");
    let place = rmc.place.unwrap();
    assert!(close(place.lat_deg, 48.0 + 7.038 / 60.0) && close(place.lon_deg, 11.0 + 31.0 / 60.0));
    assert!(close(rmc.speed_mps.unwrap(), 22.4 * 1_852.0 / 3_600.0));
    assert_eq!(rmc.course_deg, Some(84.4));

    let Ok(Sentence::Gga(gga)) = parse(GGA) else { panic!("not a fix") };
    assert_eq!(
        (gga.satellites, gga.hdop, gga.altitude_m, gga.geoid_m),
        (Some(8), Some(0.9), Some(545.4), Some(46.9))
    );
    assert_eq!(gga.time_of_day.unwrap().to_string(), "12:35:19");
}

#[test]
fn without_a_fix_there_is_no_place() {
    assert_eq!(rmc(&sealed("GNRMC,123519.25,V,4807.038,N,01131.000,E,,,271126,,,N")).place, None);
    assert_eq!(rmc(&sealed("GNRMC,,V,,,,,,,,,,N")).time, None);
    let no_fix = parse(&sealed("GNGGA,,,,,,0,00,99.99,,,,,,"));
    assert!(matches!(no_fix, Ok(Sentence::Gga(Gga { place: None, satellites: Some(0), .. }))));
}

#[test]
fn sentences_of_other_kinds_are_named() {
    assert_eq!(parse(&sealed("GPGSV,1,1,00")), Ok(Sentence::Other { kind: "GPGSV".into() }));
    assert_eq!(parse(&sealed("X,1")), Ok(Sentence::Other { kind: "X".into() }));
}

#[test]
fn what_is_wrong_is_said_with_field_and_value() {
    let fault = |line: &str| parse(line).unwrap_err().to_string();

    assert_eq!(fault(&RMC.replace("4807", "4808")), "checksum must be 65, got 6A");
    assert!(fault("GPRMC,1").starts_with("sentence must begin with $"));
    assert!(fault("$GPRMC,1*6").starts_with("sentence must begin with $"));
    assert!(
        fault("$GPRMC,1*+6").starts_with("sentence must begin with $")
            || fault("$GPRMC,1*+6").contains("checksum")
    );
    for (body, message) in [
        ("GPRMC,123519,A", "RMC lacks date"),
        (
            "GPRMC,253519,A,,,,,,,230394",
            "RMC: time must be hours, minutes and seconds such as 190000.25, got \"253519\"",
        ),
        (
            "GPRMC,12:519,A,,,,,,,230394",
            "RMC: time must be hours, minutes and seconds such as 190000.25, got \"12:519\"",
        ),
        (
            "GPRMC,123519,A,,,,,,,320394",
            "RMC: date must be day, month and year such as 271126, got \"320394\"",
        ),
        ("GPRMC,123519,X,,,,,,,230394", "RMC: status must be A or V, got \"X\""),
        (
            "GPRMC,123519,A,9107.0,N,0,E,,,230394",
            "RMC: latitude must be degrees, minutes and a side, got \"9107.0\"",
        ),
        (
            "GPRMC,123519,A,4860.0,N,0,E,,,230394",
            "RMC: latitude must be degrees, minutes and a side, got \"4860.0\"",
        ),
        (
            "GPRMC,123519,A,1e300,N,0,E,,,230394",
            "RMC: latitude must be degrees, minutes and a side, got \"1e300\"",
        ),
        (
            "GPRMC,123519,A,4807.0,E,0,E,,,230394",
            "RMC: latitude must be degrees, minutes and a side, got \"4807.0\"",
        ),
        (
            "GPRMC,123519,A,4807.0,N,0,E,NaN,,230394",
            "RMC: speed must be a number within reason, got \"NaN\"",
        ),
    ] {
        assert_eq!(fault(&sealed(body)), message);
    }
    assert_eq!(fault(&"$".repeat(300)), "sentence must hold at most 256 bytes, got 300");
}

proptest! {
    #[test]
    fn a_sentence_comes_back_to_two_centimetres(
        ms in 315_532_800_000_i64..3_155_760_000_000,
        lat_deg in -90.0_f64..=90.0,
        lon_deg in -180.0_f64..=180.0,
        speed_mps in 0.0_f64..300.0,
    ) {
        let sent = Rmc {
            time: Timestamp::from_millisecond(ms).ok(),
            place: Some(Place { lat_deg, lon_deg }),
            speed_mps: Some(speed_mps),
            course_deg: None,
        };
        let read = rmc(&write_rmc(&sent));
        prop_assert_eq!(read.time, sent.time);
        let place = read.place.unwrap();
        prop_assert!((place.lat_deg - lat_deg).abs() < 2e-7 && (place.lon_deg - lon_deg).abs() < 2e-7);
        prop_assert!((read.speed_mps.unwrap() - speed_mps).abs() < 1e-3);

        let fix = Gga { time_of_day: Some(jiff::civil::time(1, 2, 3, 0)), place: sent.place, satellites: Some(7),
            hdop: Some(0.8), altitude_m: Some(612.25), geoid_m: None };
        let Ok(Sentence::Gga(read)) = parse(&write_gga(&fix)) else { panic!("not a fix") };
        prop_assert_eq!(read, Gga { place: read.place, ..fix });
    }

    #[test]
    fn arbitrary_fields_never_panic(body in "[A-Z]{2}(RMC|GGA)(,[0-9A-Zé.+-]{0,10}){0,14}") {
        drop(parse(&sealed(&body)));
    }
}
