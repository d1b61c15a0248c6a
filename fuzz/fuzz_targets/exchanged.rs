//! Texts that others send or bring: requests to a witness, letters that an intermediary carries, proofs, signed checkpoints and
//! keys. The first byte says which.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use station::fuzzing;

fuzz_target!(|bytes: &[u8]| within_bar(|| fuzzing::text(bytes)));
