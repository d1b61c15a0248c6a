//! Recordings that were cut off or damaged: what is found whole is whole, and found again alike.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::fmp4::whole;

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let found = whole(bytes);
    assert!(found.bytes <= bytes.len());
    assert_eq!(found.bytes == 0, found.frames == 0);
    assert_eq!(whole(&bytes[..found.bytes]), found);
}
