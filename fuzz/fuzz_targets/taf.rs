//! Forecasts: no text panics, and the worst is never better than what is likely.

#![no_main]

use jiff::Timestamp;
use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::metar::taf;

/// 2026-11-30, so that forecasts go over the end of a month.
const NOW_S: i64 = 1_796_000_000;

fuzz_target!(|text: &str| within_bar(|| decoded(text)));

fn decoded(text: &str) {
    let (Ok(forecast), Ok(now)) = (taf::parse(text), Timestamp::from_second(NOW_S)) else { return };
    for (_, expected) in forecast.hours(now) {
        assert!(expected.worst.visibility_m <= expected.likely.visibility_m);
        assert!(expected.worst.wind_mps >= expected.likely.wind_mps);
    }
}
