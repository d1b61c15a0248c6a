//! Sector files: TOML up to the first zero byte, and what follows stands in every file it names.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let split = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (toml, file) = bytes.split_at(split);
    let Ok(toml) = std::str::from_utf8(toml) else { return };
    let file = file.get(1..).unwrap_or_default();
    if let Err(faults) = sight::sector::parse(toml, &|_name| Ok(file.to_vec())) {
        assert!(!faults.is_empty(), "a sector is refused with at least one reason");
    }
}
