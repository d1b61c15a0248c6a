//! Journal entries: a damaged record is refused, never trusted, and what decodes encodes to itself.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use watch::journal::{JOURNAL_VERSION, decode, encode};

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    drop(decode(bytes));
    // The seeds may be of an older version: what follows is tried as one of this.
    let body = bytes.iter().skip(1).copied();
    let present: Vec<u8> = std::iter::once(JOURNAL_VERSION).chain(body).collect();
    if let Ok(entry) = decode(&present) {
        let written = encode(&entry);
        let again = decode(&written).expect("what we write we can read");
        assert_eq!(encode(&again), written);
    }
}
