//! Forecasts as stations write them, and as they should not.

use proptest::prelude::*;

use super::*;

/// After the form of ICAO Annex 3, with dust as in the east of Syria.
const DUST: &str = "TAF OSDZ 300500Z 3006/0112 27010KT 9999 FEW040 \
    BECMG 3008/3010 30018G32KT 4000 BLDU \
    PROB40 TEMPO 3012/3016 0800 DS VV004 \
    FM302000 VRB03KT CAVOK \
    TEMPO 0103/0106 3000 BR BKN010=";

fn at(time: &str) -> Expected {
    parse(DUST).unwrap().at(time.parse().unwrap()).unwrap()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.01
}

#[test]
fn a_forecast_is_read_with_its_changes() {
    let taf = parse(DUST).unwrap();

    assert_eq!((taf.station.as_str(), taf.status, taf.unread), ("OSDZ", Status::Routine, 0));
    assert_eq!(taf.issued, Some(DayTime { day: 30, hour: 5, minute: 0 }));
    assert_eq!(taf.first.sky, Some(Sky::Open));
    assert_eq!(taf.changes.len(), 4);
    assert_eq!(taf.changes[1].probability_percent, Some(40));
    assert_eq!(taf.changes[2].kind, Kind::From(DayTime { day: 30, hour: 20, minute: 0 }));
}

#[test]
fn what_prevails_and_what_may_come_follow_the_changes() {
    let morning = at("2026-11-30T07:00:00Z");
    assert!(close(morning.likely.visibility_m, 10_000.0) && morning.likely == morning.worst);

    let between = at("2026-11-30T09:00:00Z");
    assert!(close(between.likely.visibility_m, 10_000.0) && !between.likely.dust);
    assert!(close(between.worst.visibility_m, 4_000.0) && between.worst.dust);
    assert!(close(between.worst.wind_mps, 32.0 * 0.514_444));

    let storm = at("2026-11-30T14:00:00Z");
    assert!(close(storm.likely.visibility_m, 4_000.0) && storm.likely.ceiling_m.is_none());
    assert!(close(storm.worst.visibility_m, 800.0) && storm.worst.dust);
    assert!(close(storm.worst.ceiling_m.unwrap(), 400.0 * 0.3048));
    assert!(close(storm.worst.wind_mps, 32.0 * 0.514_444), "the wind that is not named stays");

    let night = at("2026-11-30T20:00:00Z");
    assert!(close(night.worst.visibility_m, 10_000.0) && !night.worst.dust);
    assert!(close(night.worst.wind_mps, 3.0 * 0.514_444));
}

#[test]
fn validity_goes_over_the_end_of_a_month_and_no_further() {
    assert!(close(at("2026-12-01T04:00:00Z").worst.visibility_m, 3_000.0));
    let taf = parse(DUST).unwrap();
    for outside in ["2026-11-30T05:59:00Z", "2026-12-01T12:00:00Z", "2026-11-15T12:00:00Z"] {
        assert_eq!(taf.at(outside.parse().unwrap()), None, "{outside}");
    }
    let hours = taf.hours("2026-11-30T10:00:00Z".parse().unwrap());
    assert_eq!(hours.len(), 30);
    assert_eq!(hours[29].0.to_string(), "2026-12-01T11:00:00Z");
}

#[test]
fn hour_24_is_the_end_of_the_day_also_of_the_last_of_february() {
    let taf = parse("TAF OSDI 272300Z 2800/2824 24010KT 6000").unwrap();
    let last = taf.at("2027-02-28T23:59:59Z".parse().unwrap());

    assert!(last.is_some());
    assert_eq!(taf.at("2027-03-01T00:00:00Z".parse().unwrap()), None);
}

#[test]
fn amendments_and_cancellations_are_told_apart() {
    let status = |text| parse(text).unwrap().status;

    assert_eq!(status("TAF AMD OSDI 301100Z 3011/3106 24010KT 6000"), Status::Amended);
    assert_eq!(status("TAF TAF COR OSDI 301100Z 3011/3106 24010KT 6000"), Status::Corrected);
    assert_eq!(status("TAF AMD OSDI 301100Z 3011/3106 CNL="), Status::Cancelled);
    let cancelled = parse("TAF AMD OSDI 301100Z 3011/3106 CNL=").unwrap();
    assert_eq!(cancelled.at("2026-11-30T12:00:00Z".parse().unwrap()), None);
    assert_eq!(parse("TAF OSDI 301100Z NIL="), Err(MetarError::Nil));
}

#[test]
fn american_forecasts_are_read_in_miles() {
    let taf = parse("TAF KELP 301120Z 3012/0112 26012KT P6SM SKC FM301800 27025G40KT 1 1/2SM BLDU WS020/27050KT QNH2982INS").unwrap();
    let gusty = taf.at("2026-11-30T19:00:00Z".parse().unwrap()).unwrap();

    assert!(close(gusty.likely.visibility_m, 1.5 * 1_609.344) && gusty.likely.dust);
    assert_eq!(taf.unread, 0, "{taf:?}");
}

#[test]
fn what_is_wrong_is_said_with_group_and_value() {
    for (text, message) in [
        ("TAF", "station is missing"),
        ("TAF OSDI 301100Z", "validity is missing"),
        (
            "TAF OSDI 301100Z 3011/3225 9999",
            "validity must be days and hours such as 2712/2818, got \"3011/3225\"",
        ),
        (
            "TAF OSDI 301100Z 3011/3011 9999",
            "validity must be days and hours such as 2712/2818, got \"3011/3011\"",
        ),
        ("TAF OSDI 301100Z 3011/3106 24010KT", "visibility is missing"),
        ("TAF OSDI 301100Z 3011/3106 9999 TEMPO", "period is missing"),
        (
            "TAF OSDI 301100Z 3011/3106 9999 TEMPO 4000",
            "period must be days and hours such as 2712/2818, got \"4000\"",
        ),
        (
            "TAF OSDI 301100Z 3011/3106 9999 PROB50 3012/3013 4000",
            "probability must be PROB30 or PROB40, got \"PROB50\"",
        ),
        (
            "TAF OSDI 301100Z 3011/3106 9999 FM3012 4000",
            "change must be day, hour and minute such as FM271830, got \"FM3012\"",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
    }
    assert!(matches!(parse(&"A".repeat(5_000)), Err(MetarError::TooLong { got: 5_000, .. })));
    let many = format!("TAF OSDI 301100Z 3011/3106 9999 {}", "FM301200 9999 ".repeat(65));
    assert!(parse(&many).unwrap_err().to_string().starts_with("changes must be 64 at most"));
}

proptest! {
    #[test]
    fn text_made_of_pieces_of_forecasts_never_panics(
        words in prop::collection::vec("(TAF|AMD|CNL|OSDI|30[0-9]{4}Z|[0-3][0-9]{3}/[0-3][0-9]{3}|FM[0-3][0-9]{5}|BECMG|TEMPO|PROB[34]0|24010KT|[0-9]{4}|CAVOK|DS|BKN0[0-9]{2}|é)", 0..16),
        now_s in -60_000_000_000_i64..250_000_000_000,
    ) {
        if let Ok(taf) = parse(&words.join(" ")) {
            prop_assert!(taf.hours(Timestamp::from_second(now_s).unwrap()).len() <= 48);
        }
    }

    #[test]
    fn a_day_and_time_is_found_within_a_month_of_any_time(
        day in 1_u8..=31, hour in 0_u8..24, now_s in 0_i64..4_000_000_000,
    ) {
        let now = Timestamp::from_second(now_s).unwrap();
        let found = DayTime { day, hour, minute: 0 }.nearest(now).unwrap();
        let zoned = found.to_zoned(jiff::tz::TimeZone::UTC);
        prop_assert_eq!((zoned.day(), zoned.hour()), (day.cast_signed(), hour.cast_signed()));
        prop_assert!(found.duration_since(now).abs() <= SignedDuration::from_hours(46 * 24));
    }
}
