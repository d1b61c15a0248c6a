//! A process that writes the record is killed again and again; nothing that it acknowledged may be missing.
#![cfg(test)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use station::record::{Content, DataLock, Journal};
use watch::subject::{RetentionClass, Subject};

const DIRECTORY: &str = "WATCHLINE_TEST_RECORD";

/// How long a writer goes on after its first acknowledgement, at least and at most.
const KILLED_AFTER_MS: (u64, u64) = (5, 250);
/// Kills of one record, which is read from its beginning after each.
const KILLS_OF_A_RECORD: u64 = 10;
/// Entries that a writer syncs at once at most.
const BATCH_MAX: u64 = 701;
/// Entries a second that must be acknowledged between kills.
const RATE_LEAST: f64 = 5_000.0;
/// For so long the disk is asked how often it can be sure of something.
const DISK_ASKED_FOR: Duration = Duration::from_millis(500);

/// What a writer acknowledged before it was killed.
struct Heard {
    last: u64,
    entries: u64,
    /// From when it could begin to the kill.
    over: Duration,
}

#[test]
fn nothing_acknowledged_is_lost_when_the_writer_is_killed() {
    let kills = setting("WATCHLINE_KILLS", 30);
    let seed = setting("WATCHLINE_KILLS_SEED", 1);
    let mut moments = SplitMix(seed);
    let (mut all, mut entries, mut over) = (0, 0, Duration::ZERO);
    let mut home = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..kills {
        if round % KILLS_OF_A_RECORD == 0 {
            all += acknowledged;
            (home, acknowledged) = (tempfile::tempdir().unwrap(), 0);
        }
        let mut writer = start_writer(home.path());
        let heard = kill_while_it_writes(&mut writer, moments.moment());
        acknowledged = acknowledged.max(heard.last);
        (entries, over) = (entries + heard.entries, over + heard.over);

        let found = check_record(home.path());
        let told = format!("kill {round} of seed {seed}: {acknowledged} acknowledged");
        assert!(found >= acknowledged, "{told}, {found} found");
        acknowledged = found;
    }
    all += acknowledged;
    let (rate, syncs) = (entries as f64 / over.as_secs_f64(), syncs_a_second(home.path()));
    let told = format!(
        "{kills} kills of seed {seed}: {all} entries, none that was acknowledged is missing; {entries} acknowledged in {:.1} s \
         between kills, {rate:.0} a second, on a disk that syncs {syncs:.0} times a second",
        over.as_secs_f64()
    );
    writeln!(std::io::stdout().lock(), "counted: {kills} kills of a writer\n{told}").unwrap();
    assert!(
        rate >= RATE_LEAST,
        "less than {RATE_LEAST} entries a second were acknowledged: {told}"
    );
}

/// How often a second the disk can be sure of a page more of a file.
fn syncs_a_second(home: &Path) -> f64 {
    let mut file = std::fs::File::create(home.join("asked")).unwrap();
    let began = Instant::now();
    let mut syncs = 0;
    while began.elapsed() < DISK_ASKED_FOR {
        file.write_all(&[7; 4_096]).unwrap();
        file.sync_data().unwrap();
        syncs += 1;
    }
    f64::from(syncs) / began.elapsed().as_secs_f64()
}

/// A number that the environment sets.
fn setting<T: std::str::FromStr<Err: std::fmt::Debug>>(name: &str, otherwise: T) -> T {
    std::env::var(name).map_or(otherwise, |set| set.parse().unwrap())
}

/// Numbers that a seed decides (`SplitMix64`: Steele, Lea, Flood, 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Some microsecond of those at which a writer may be killed.
    fn moment(&mut self) -> Duration {
        let (least, most) = KILLED_AFTER_MS;
        Duration::from_micros(1_000 * least + self.next() % (1_000 * (most - least)))
    }
}

/// Kills the writer some time after its first acknowledgement, and tells what it acknowledged until then.
fn kill_while_it_writes(writer: &mut Child, after: Duration) -> Heard {
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
    let numbered = |line: &str, what: &str| line.strip_prefix(what)?.parse::<u64>().ok();
    let next = lines.find_map(|line| numbered(&line, "ready ")).unwrap();
    let began = Instant::now();
    let first = lines.find_map(|line| numbered(&line, "durable ")).unwrap();
    let reader = std::thread::spawn(move || {
        lines.filter_map(|line| numbered(&line, "durable ")).last().unwrap_or(first)
    });
    #[expect(
        clippy::disallowed_methods,
        reason = "the instant of the kill is meant to be arbitrary"
    )]
    std::thread::sleep(after);
    writer.kill().unwrap();
    let over = began.elapsed();
    writer.wait().unwrap();
    let last = reader.join().unwrap();
    Heard { last, entries: last + 1 - next, over }
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
    // The line that the harness began is ended first.
    writeln!(out, "\nready {}", journal.next_index()).unwrap();
    loop {
        let next = journal.next_index();
        let batch: Vec<Content> = (next..=next + next % BATCH_MAX).map(content).collect();
        let durable = journal.append(&batch).unwrap();
        // One write, so that a kill never shortens a number into a smaller one that looks whole.
        out.write_all(format!("durable {durable}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

/// An entry of one of five sensors, and of another day every ten thousand entries.
fn content(index: u64) -> Content {
    let subject = Subject::new(RetentionClass::Detection, &format!("tower-{}", index % 5));
    let at = Timestamp::from_second(i64::try_from(index / 10_000).unwrap() * 86_400).unwrap();
    Content { at, subject, bytes: entry(index) }
}

/// An entry that nothing but its index decides, of 1 to some 400 bytes.
fn entry(index: u64) -> Vec<u8> {
    let size = usize::try_from(1 + index * 131 % 400).unwrap();
    let mut bytes = index.to_le_bytes().repeat(size.div_ceil(8));
    bytes.truncate(size);
    bytes
}
