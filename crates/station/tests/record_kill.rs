//! A process that writes the record is killed again and again; nothing that it acknowledged may be missing.
#![cfg(test)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use station::record::{Content, DataLock, Journal};
use watch::subject::{RetentionClass, Subject};

const DIRECTORY: &str = "WATCHLINE_TEST_RECORD";

#[test]
fn nothing_acknowledged_is_lost_when_the_writer_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let kills = std::env::var("WATCHLINE_KILLS").map_or(30, |kills| kills.parse().unwrap());
    let mut acknowledged = 0;
    for round in 0..kills {
        let mut writer = start_writer(home.path());
        let heard = kill_while_it_writes(&mut writer, Duration::from_millis(5 + round * 37 % 120));
        acknowledged = acknowledged.max(heard);

        let found = check_record(home.path());
        assert!(found >= acknowledged, "round {round}: {acknowledged} acknowledged, {found} found");
        acknowledged = found;
    }
    assert!(acknowledged > 100, "only {acknowledged} entries were ever stored");
}

/// Kills the writer some time after its first acknowledgement and returns the last index that it acknowledged.
fn kill_while_it_writes(writer: &mut Child, after: Duration) -> u64 {
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let acknowledged =
        |line: &str| line.strip_prefix("durable ").and_then(|index| index.parse().ok());
    let mut last: u64 =
        lines.by_ref().map(Result::unwrap).find_map(|line| acknowledged(&line)).unwrap();
    let reader = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            last = acknowledged(&line).unwrap_or(last);
        }
        last
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "the instant of the kill is meant to be arbitrary"
    )]
    std::thread::sleep(after);
    writer.kill().unwrap();
    writer.wait().unwrap();
    reader.join().unwrap()
}

fn start_writer(home: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "writer_that_gets_killed", "--ignored", "--nocapture"])
        .env(DIRECTORY, home)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Opens the record as a station does and returns how many entries it holds, each checked.
fn check_record(home: &Path) -> u64 {
    let mut count = 0;
    let journal = Journal::open(DataLock::take(home).unwrap(), |index, payload| {
        assert_eq!(payload, entry(index), "entry {index} changed");
        count += 1;
        Ok(())
    });
    assert_eq!(journal.unwrap().next_index(), count + 1);
    count
}

#[test]
#[ignore = "the child process of the test above"]
fn writer_that_gets_killed() {
    let home = std::env::var_os(DIRECTORY).expect("started by the test above");
    let lock = DataLock::take(Path::new(&home)).unwrap();
    let mut journal = Journal::open(lock, |_, _| Ok(())).unwrap();
    let mut out = std::io::stdout().lock();
    writeln!(out).unwrap();
    loop {
        let next = journal.next_index();
        let batch: Vec<Content> = (next..=next + next % 60).map(content).collect();
        let durable = journal.append(&batch).unwrap();
        // One write, so that a kill never shortens a number into a smaller one that looks whole.
        out.write_all(format!("durable {durable}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

/// An entry of one of five sensors, and of another day every thousand entries.
fn content(index: u64) -> Content {
    let subject = Subject::new(RetentionClass::Detection, &format!("tower-{}", index % 5));
    let at = Timestamp::from_second(i64::try_from(index / 1_000).unwrap() * 86_400).unwrap();
    Content { at, subject, bytes: entry(index) }
}

/// An entry that nothing but its index decides, of 1 to some 400 bytes.
fn entry(index: u64) -> Vec<u8> {
    let size = usize::try_from(1 + index * 131 % 400).unwrap();
    index.to_le_bytes().into_iter().cycle().take(size).collect()
}
