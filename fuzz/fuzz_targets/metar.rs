//! Weather reports: no text panics, and what is read can be written and read again.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::metar;

fuzz_target!(|text: &str| within_bar(|| decoded(text)));

fn decoded(text: &str) {
    drop(metar::bulletin::read(text));
    if let Ok(report) = metar::parse(text) {
        let written = report.to_string();
        let again = metar::parse(&written).expect("what we write we can read");
        assert_eq!(again.to_string(), written);
        assert_eq!(again.is_dusty(), report.is_dusty());
    }
}
