//! Sector files: TOML up to the first zero byte, and what follows stands in every file it names.

// The station's own configuration, read once at a start: not held to the time that an input from outside may take.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let split = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let (toml, file) = bytes.split_at(split);
    let Ok(toml) = std::str::from_utf8(toml) else { return };
    let file = file.get(1..).unwrap_or_default();
    if let Err(faults) = sight::sector::parse(toml, &|_name| Ok(file.to_vec())) {
        assert!(!faults.is_empty(), "a sector is refused with at least one reason");
    }
});
