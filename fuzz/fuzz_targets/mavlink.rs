//! Bytes of a drone's link: nothing panics, whatever pieces they come in.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::mavlink::Decoder;

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let mut whole = Decoder::new();
    let frames = whole.push(bytes);
    let mut pieces = Decoder::new();
    let again: Vec<_> = bytes.chunks(7).flat_map(|chunk| pieces.push(chunk)).collect();
    assert_eq!(frames, again);
    assert_eq!(whole.faults(), pieces.faults());
}
