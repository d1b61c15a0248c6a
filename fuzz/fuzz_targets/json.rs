//! JSON payloads of brokers: Frigate's events and mapped ones never panic.

#![no_main]

use std::sync::LazyLock;

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::frigate;
use wire::mapping::{Mapping, Read};

static MAPPING: LazyLock<Mapping> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../mapping.json")).expect("a mapping")
});

fuzz_target!(|payload: &[u8]| within_bar(|| decoded(payload)));

fn decoded(payload: &[u8]) {
    if let Ok(event) = frigate::parse(payload) {
        assert!(event.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
    }
    if let Ok(cameras) = frigate::stats(payload) {
        assert!(cameras.values().all(|pictures_per_s| pictures_per_s.is_finite()));
    }
    if let Ok(read) = MAPPING.read(payload) {
        assert!(read.values().all(|value| !matches!(value, Read::Number(number) if !number.is_finite())));
    }
}
