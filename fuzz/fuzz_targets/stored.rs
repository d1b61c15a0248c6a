//! Files that a start and `record verify` go on from: segments of the record, and snapshots of the state behind a signature that
//! holds. The first byte says which.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use station::fuzzing;

fuzz_target!(|bytes: &[u8]| within_bar(|| fuzzing::file(bytes)));
