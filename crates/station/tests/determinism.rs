//! The same seed twice is the same night, byte for byte, through the real binary and the real way of the data.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

#[test]
fn the_same_seed_gives_the_same_state_hash_and_another_seed_another() {
    let first = play(3);
    let again = play(3);
    let other = play(4);

    assert_eq!(first, again);
    assert_ne!(first["state_hash"], other["state_hash"]);
    assert!(
        first["detections"].as_u64().unwrap() > 0,
        "a night in which nothing is seen proves little: {first}"
    );
    assert!(first["alerts"].as_u64().unwrap() > 0, "{first}");
    assert_eq!(first["state_hash"].as_str().unwrap().len(), 64);
}

fn play(seed: u32) -> Value {
    let scenario =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/scenarios/short-night.toml");
    let played = Command::new(env!("CARGO_BIN_EXE_watchline"))
        .args(["--json", "sim", "run", "--officer", "--seed", &seed.to_string(), "--scenario"])
        .arg(scenario)
        .output()
        .unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    serde_json::from_slice(&played.stdout).unwrap()
}
