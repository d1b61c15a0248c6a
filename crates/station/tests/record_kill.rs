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
const KILLED_AFTER_MS: (u64, u64) = (5, 125);
/// Entries that a writer syncs at once at most.
const BATCH_MAX: u64 = 600;
/// Entries a second that must be acknowledged between kills ...
const RATE_LEAST: f64 = 5_000.0;
/// ... where a writer that nobody kills acknowledges so many times as many; of a slower machine, fewer in proportion.
const UNKILLED_TIMES: f64 = 4.0;
/// For so long such a writer is listened to.
const UNKILLED_FOR: Duration = Duration::from_secs(1);

/// What a writer acknowledged before it was killed.
struct Heard {
    last: u64,
    entries: u64,
    over: Duration,
}

#[test]
fn nothing_acknowledged_is_lost_when_the_writer_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let kills = setting("WATCHLINE_KILLS", 30);
    let seed = setting("WATCHLINE_KILLS_SEED", 1);
    let mut moments = SplitMix(seed);
    let (mut acknowledged, mut entries, mut over) = (0, 0, Duration::ZERO);
    for round in 0..kills {
        let mut writer = start_writer(home.path());
        let heard = kill_while_it_writes(&mut writer, moments.moment());
        acknowledged = acknowledged.max(heard.last);
        (entries, over) = (entries + heard.entries, over + heard.over);

        let found = check_record(home.path());
        let told = format!("kill {round} of seed {seed}: {acknowledged} acknowledged");
        assert!(found >= acknowledged, "{told}, {found} found");
        acknowledged = found;
    }
    let (rate, unkilled) = (entries as f64 / over.as_secs_f64(), unkilled_rate());
    let least = RATE_LEAST.min(unkilled / UNKILLED_TIMES);
    let told = format!(
        "{kills} kills of seed {seed}: {acknowledged} entries, none that was acknowledged is missing; \
         {entries} acknowledged in {:.1} s between kills, {rate:.0} a second; at least {least:.0} are asked for where a writer \
         that nobody kills acknowledges {unkilled:.0}",
        over.as_secs_f64()
    );
    writeln!(std::io::stdout().lock(), "{told}").unwrap();
    assert!(rate >= least, "{told}");
}

/// Entries a second that a writer acknowledges when nobody kills it.
fn unkilled_rate() -> f64 {
    let home = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
    let began = Instant::now();
    while began.elapsed() < UNKILLED_FOR {
        append_next(&mut journal);
    }
    (journal.next_index() - 1) as f64 / began.elapsed().as_secs_f64()
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
    let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let acknowledged =
        |line: &str| line.strip_prefix("durable ").and_then(|index| index.parse().ok());
    let first: u64 =
        lines.by_ref().map(Result::unwrap).find_map(|line| acknowledged(&line)).unwrap();
    let began = Instant::now();
    let reader = std::thread::spawn(move || {
        let (mut last, mut over) = (first, Duration::ZERO);
        for line in lines.map_while(Result::ok) {
            if let Some(index) = acknowledged(&line) {
                (last, over) = (index, began.elapsed());
            }
        }
        Heard { last, entries: last - first, over: over.max(Duration::from_micros(1)) }
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
        let durable = append_next(&mut journal);
        // One write, so that a kill never shortens a number into a smaller one that looks whole.
        out.write_all(format!("durable {durable}\n").as_bytes()).unwrap();
        out.flush().unwrap();
    }
}

/// Appends the next batch; the index of its last entry, which is durable now.
fn append_next(journal: &mut Journal) -> u64 {
    let next = journal.next_index();
    let batch: Vec<Content> = (next..=next + next % BATCH_MAX).map(content).collect();
    journal.append(&batch).unwrap()
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
