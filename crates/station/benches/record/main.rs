//! The record against its bars: durable entries a second, beside `SQLite` in the same run; how fast it is verified; a proof's
//! size; and how long a station takes to start again.
//!
//! `-- long` does the last two parts with ten million entries, which takes 6 GB of disk; `-- restart` does the last alone, and
//! with a number after it that of so many entries.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench prints its figures, and stops at what it did not expect"
)]

mod restart;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Connection;
use station::record::{Content, DataLock, Journal};
use watch::subject::{RetentionClass, Subject};

/// Bytes of an entry, as in the measurements that the design rests on.
const ENTRY_BYTES: usize = 300;
const FOR: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;

fn main() {
    let has = |word: &str| std::env::args().any(|argument| argument == word);
    let entries = if has("long") { 10_000_000 } else { 1_000_000 };
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, home, entries] = &arguments[..]
        && what == restart::UNTIL_KILLED
    {
        restart::until_killed(Path::new(home), entries.parse().unwrap());
        return;
    }
    if has("restart") {
        let told = std::env::args().find_map(|argument| argument.parse().ok());
        restart::restart(told.unwrap_or(entries));
        return;
    }
    println!(
        "durable entries of {ENTRY_BYTES} bytes a second, medians of {ROUNDS} rounds in turns"
    );
    println!("{:>8} {:>12} {:>22} {:>7}", "batch", "record", "SQLite WAL, FULL", "ratio");
    for batch in [1, 100, 1_000] {
        let (mut ours, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let home = tempfile::tempdir().unwrap();
            ours.push(record(home.path(), batch));
            peers.push(sqlite(home.path(), batch));
        }
        let (ours, peers) = (median(ours), median(peers));
        println!("{batch:>8} {ours:>12.0} {peers:>22.0} {:>7.2}", ours / peers);
    }
    verify(entries);
    restart::restart(entries);
}

fn entry(number: u64) -> Vec<u8> {
    let mut entry = vec![0x5a; ENTRY_BYTES];
    entry[..8].copy_from_slice(&number.to_le_bytes());
    entry
}

/// Entries as what fifty sensors saw.
fn contents(entries: Vec<Vec<u8>>) -> Vec<Content> {
    let content = |bytes: Vec<u8>| {
        let subject = Subject::new(RetentionClass::Detection, &format!("tower-{}", bytes[0] % 50));
        Content { at: Timestamp::UNIX_EPOCH, subject, bytes }
    };
    entries.into_iter().map(content).collect()
}

fn batches(batch: usize) -> impl Iterator<Item = Vec<Vec<u8>>> {
    let mut next = 0;
    std::iter::repeat_with(move || {
        let entries = (next..next + batch as u64).map(entry).collect();
        next += batch as u64;
        entries
    })
}

/// Entries a second; those in the tree and hashed among it.
fn record(home: &Path, batch: usize) -> f64 {
    let lock = DataLock::take(&home.join("record")).unwrap();
    let mut journal = Journal::open(lock, |_, _| Ok(())).unwrap();
    let began = Instant::now();
    let mut count = 0;
    for entries in batches(batch).take_while(|_| began.elapsed() < FOR) {
        let of_batch = entries.len();
        journal.append(&contents(entries)).unwrap();
        count += of_batch;
    }
    count as f64 / began.elapsed().as_secs_f64()
}

fn sqlite(home: &Path, batch: usize) -> f64 {
    let mut store = Connection::open(home.join("peer.sqlite")).unwrap();
    store.pragma_update(None, "journal_mode", "WAL").unwrap();
    store.pragma_update(None, "synchronous", "FULL").unwrap();
    store.execute("CREATE TABLE entry (number INTEGER PRIMARY KEY, payload BLOB)", ()).unwrap();
    let began = Instant::now();
    let mut count = 0;
    for entries in batches(batch).take_while(|_| began.elapsed() < FOR) {
        let transaction = store.transaction().unwrap();
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO entry (payload) VALUES (?1)").unwrap();
            for entry in &entries {
                insert.execute((entry,)).unwrap();
            }
        }
        transaction.commit().unwrap();
        count += entries.len();
    }
    count as f64 / began.elapsed().as_secs_f64()
}

/// How fast the command verifies a record, how long it takes to open it again, and how large a proof is.
fn verify(entries: u64) {
    let home = tempfile::tempdir().unwrap();
    let data = home.path();
    let mut journal = Journal::open(DataLock::take(data).unwrap(), |_, _| Ok(())).unwrap();
    for batch in batches(1_000).take(usize::try_from(entries / 1_000).unwrap()) {
        journal.append(&contents(batch)).unwrap();
    }
    journal.seal().unwrap();
    drop(journal);

    let verified_s = median((0..ROUNDS).map(|_| {
        let began = Instant::now();
        assert!(watchline(data, &["record", "verify"], &[]).success());
        began.elapsed().as_secs_f64()
    }));
    println!(
        "verify: {entries} entries in {verified_s:.2} s, {:.0} a second",
        entries as f64 / verified_s
    );
    let began = Instant::now();
    let out = data.join("proof");
    let more = ["--entry", "777", "--out", out.to_str().unwrap()];
    assert!(watchline(data, &["record", "prove"], &more).success());
    let took_s = began.elapsed().as_secs_f64();
    let bytes = out.metadata().unwrap().len();
    println!("prove: {bytes} bytes with an entry of {ENTRY_BYTES}, in {took_s:.2} s");
    let began = Instant::now();
    let journal = Journal::open(DataLock::take(data).unwrap(), |_, _| Ok(())).unwrap();
    println!(
        "opened again in {:.2} s: {} entries",
        began.elapsed().as_secs_f64(),
        journal.next_index() - 1
    );
}

fn watchline(data: &Path, words: &[&str], more: &[&str]) -> std::process::ExitStatus {
    let mut command = Command::new(env!("CARGO_BIN_EXE_watchline"));
    command.arg("--json").args(words).arg(data).args(more);
    command.stdout(std::process::Stdio::null()).status().unwrap()
}

fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
