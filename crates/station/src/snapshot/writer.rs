//! The thread that writes snapshots: the core's own only hands over a copy of itself.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use watch::Core;
use watch::heavy::HeavyRequest;
use watch::journal::RequestId;

use super::file::Pace;
use super::{Snapshot, SnapshotFault, file, forget_others};
use crate::limits::{SNAPSHOT_ENTRIES, SNAPSHOT_INTERVAL};
use crate::record::disk::Disk;
use crate::record::keyring::{Day, day_of};
use crate::record::note::Signer;
use crate::record::tiles::Tiles;
use crate::record::tree::{Hash, Tree};

/// How far behind the other threads the writer stands; at 10 it has a tenth of what they have.
const NICE: i32 = 10;

/// The core after an entry, and the tree over all entries up to it, which is signed.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) tree: Tree,
    pub(crate) core: Core,
    pub(crate) unanswered: BTreeMap<RequestId, HeavyRequest>,
}

/// The core's end of the way to the writer.
#[derive(Debug)]
pub(crate) struct SnapshotSink {
    moments: SyncSender<(Moment, Pace)>,
    /// Entries under the last snapshot, written or read, and when that was.
    last: (u64, Instant),
    /// Somebody waits for one of so many entries at least.
    wanted: u64,
    covered: Arc<AtomicI64>,
    written: Arc<AtomicU64>,
}

/// What the writer writes with.
struct Writer {
    disk: Box<dyn Disk>,
    data: PathBuf,
    signer: Signer,
    record: Hash,
    /// The day of the last one that was written; none before the first.
    last_day: Day,
    covered: Arc<AtomicI64>,
    written: Arc<AtomicU64>,
}

/// Starts the writer; `last` is how many entries the newest snapshot is of.
pub(crate) fn start(
    disk: Box<dyn Disk>,
    (data, signer): (PathBuf, Signer),
    (record, last): (Hash, u64),
) -> std::io::Result<(SnapshotSink, JoinHandle<()>)> {
    let (moments, waiting) = sync_channel(1);
    let covered = Arc::new(AtomicI64::new(Day::MIN));
    let written = Arc::new(AtomicU64::new(last));
    let (last_day, told) = (Day::MIN, Arc::clone(&covered));
    let told_of = Arc::clone(&written);
    let writer = Writer { disk, data, signer, record, last_day, covered: told, written: told_of };
    let thread =
        std::thread::Builder::new().name("snapshots".into()).spawn(move || writer.run(&waiting))?;
    let last = (last, Instant::now());
    Ok((SnapshotSink { moments, last, wanted: 0, covered, written }, thread))
}

impl SnapshotSink {
    /// Whether enough has been recorded since the last one.
    pub(crate) fn is_due(&self, entries: u64) -> bool {
        let (last, at) = self.last;
        let is_old = at.elapsed() >= SNAPSHOT_INTERVAL && self.is_behind(entries);
        is_old || entries >= last + SNAPSHOT_ENTRIES || self.wanted > last
    }

    /// Whether anything has.
    pub(crate) fn is_behind(&self, entries: u64) -> bool {
        entries > self.last.0
    }

    /// Asks for one that holds so many entries at least, as soon as they are signed.
    pub(crate) fn want(&mut self, entries: u64) {
        self.wanted = self.wanted.max(entries);
    }

    /// How many entries the newest one is of that is durable.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// The day that the older of two snapshots is of that this process wrote: entries of earlier days are not needed to start.
    pub(crate) fn covered(&self) -> Day {
        self.covered.load(Ordering::Acquire)
    }

    /// Hands a moment over without waiting; while the writer is busy it is passed over.
    pub(crate) fn offer(&mut self, moment: Moment) {
        let entries = moment.tree.size();
        match self.moments.try_send((moment, Pace::Leisurely)) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => self.last = (entries, Instant::now()),
            Err(TrySendError::Full(_)) => {}
        }
    }

    /// Hands the last moment over, when the station stops.
    pub(crate) fn finish(self, moment: Moment) {
        // A writer that has ended has said why.
        drop(self.moments.send((moment, Pace::Hurried)));
    }
}

impl Writer {
    fn run(mut self, waiting: &Receiver<(Moment, Pace)>) {
        give_way();
        while let Ok((moment, pace)) = waiting.recv() {
            let began = Instant::now();
            let entries = moment.tree.size();
            match self.write(moment, pace) {
                Ok(bytes) => tracing::info!(
                    "snapshot after entry {entries}: {bytes} bytes in {:.1?}",
                    began.elapsed()
                ),
                Err(fault) => tracing::error!(
                    "the snapshot after entry {entries} could not be written: {fault}; the next start reads more of the \
                     record"
                ),
            }
        }
    }

    fn write(&mut self, moment: Moment, pace: Pace) -> Result<u64, SnapshotFault> {
        let Moment { tree, core, unanswered } = moment;
        let (entries, day) = (tree.size(), day_of(core.now()));
        // Without these hashes the tree cannot be gone on with.
        Tiles::of(&self.data).sync(entries)?;
        let snapshot = Snapshot { tree, record: self.record, unanswered, state: core.snapshot() };
        let bytes = file::write((&*self.disk, &self.data), (&snapshot, &self.signer), pace)?;
        forget_others(&*self.disk, &self.data, entries)?;
        self.written.store(entries, Ordering::Release);
        self.covered.store(std::mem::replace(&mut self.last_day, day), Ordering::Release);
        Ok(bytes)
    }
}

/// This thread has the processor when nobody else wants it: encoding a state takes a good part of a second (Linux, where
/// this is of the thread).
fn give_way() {
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::warn!("snapshots: cannot give way to others: {error}");
    }
}
