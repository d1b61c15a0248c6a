//! Commands that need no station, run as people run them.

#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

mod crossing;
mod doors;
mod people;
mod place;
mod release;
mod search;
mod track;
mod video;
mod viewshed;

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A small sector.
const DRILL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");

/// Runs `watchline` in a directory; words are split at spaces.
fn run(directory: &Path, words: &str) -> Output {
    run_with(directory, words.split_whitespace())
}

/// The same with words that may hold spaces.
fn run_with<'a>(directory: &Path, words: impl IntoIterator<Item = &'a str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchline"));
    command.current_dir(directory).args(words).output().unwrap()
}

/// What `watchline --json` answers; it must succeed.
fn answer(directory: &Path, words: &str) -> Value {
    answer_with(directory, &words.split_whitespace().collect::<Vec<_>>())
}

/// The same with words that may hold spaces.
fn answer_with(directory: &Path, words: &[&str]) -> Value {
    let output = run_with(directory, ["--json"].iter().chain(words).copied());
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What a command that cannot use its input says; it must exit with 2.
fn complaint(directory: &Path, words: &str) -> String {
    let output = run(directory, words);
    assert_eq!(output.status.code(), Some(2), "{words}");
    String::from_utf8(output.stderr).unwrap()
}
