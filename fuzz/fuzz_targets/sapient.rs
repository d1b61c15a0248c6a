//! A byte stream at the SAPIENT door: framing, decoding, validation, and writing back what was read.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::sapient::{FrameDecoder, decode, encode, encode_frame, validate};

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let mut frames = FrameDecoder::new();
    for chunk in bytes.chunks(1_000) {
        frames.push(chunk);
        while let Some(frame) = frames.next_frame() {
            let Ok(Ok(message)) = frame.map(decode) else { continue };
            if let Err(faults) = validate(&message) {
                assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
            }
            // A message may grow when it is written: its numbers may have come in fewer bytes.
            if encode_frame(&message).is_err() {
                continue;
            }
            let written = encode(&message);
            let again = decode(&written).expect("what we write we can read");
            assert_eq!(encode(&again), written);
        }
    }
}
