//! Journal entries: a damaged record is refused, never trusted, and what decodes encodes to itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use watch::journal::{decode, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = decode(bytes) {
        let written = encode(&entry);
        let again = decode(&written).expect("what we write we can read");
        assert_eq!(encode(&again), written);
    }
});
