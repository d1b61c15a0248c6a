//! The query store: a projection of the record that can be thrown away and built again.
//!
//! One thread writes. The core never waits for it: when it falls too far behind it stops, says so, and the next
//! start brings it up to date from the record.

pub mod sqlite;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use watch::journal::{Entry, Output};
use watch::subject::{RetentionClass, Subject};

use self::sqlite::Projection;
use crate::limits::{RECORD_RETRY, STORE_BATCH_MAX, STORE_TRIES_MAX, STORE_WAITING_MAX};
use crate::record::keyring::Day;
use crate::runtime::health::Health;

/// One step of the core, as the projection needs it.
#[derive(Debug, Clone)]
pub struct Stepped {
    /// Index of the entry in the record.
    pub index: u64,
    pub entry: Entry,
    pub outputs: Arc<Vec<Output>>,
}

/// What the writer does.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are steps, and none is to cost memory of its own"
)]
enum Work {
    Step(Stepped),
    Forget(Forgotten),
}

/// What of the store goes.
#[derive(Debug, Clone)]
enum Forgotten {
    /// What is held of a subject, or what of one day.
    Subject(Subject, Option<Day>),
    /// What is held of a class before a day.
    Before(RetentionClass, Day),
}

/// The core's end of the way to the writer.
#[derive(Debug)]
pub struct StoreSink {
    works: Option<SyncSender<Work>>,
    /// Tells a writer that keeps failing that nobody waits for it any more.
    ended: Arc<AtomicBool>,
}

/// Why steps no longer reach the projection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stopped before entry {index}: {why}; the next start brings it up to date from the record")]
pub struct StoreBehind {
    index: u64,
    why: &'static str,
}

/// Why the store may still hold what was erased from the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "what was erased is not forgotten: {0}; stop the station and delete DATA/store/watchline.sqlite"
)]
pub struct NotForgotten(&'static str);

/// Starts the writer.
pub(crate) fn start(
    projection: Projection,
    health: Arc<Health>,
) -> std::io::Result<(StoreSink, JoinHandle<()>)> {
    let (sender, receiver) = sync_channel(STORE_WAITING_MAX);
    let sink = StoreSink { works: Some(sender), ended: Arc::default() };
    let ended = Arc::clone(&sink.ended);
    let writer = std::thread::Builder::new()
        .name("store".into())
        .spawn(move || write(projection, &receiver, &ended, &health))?;
    Ok((sink, writer))
}

impl StoreSink {
    /// Hands over a step without ever waiting. The error comes once; later steps are dropped silently.
    pub(crate) fn push(&mut self, step: Stepped) -> Result<(), StoreBehind> {
        let index = step.index;
        self.hand_over(Work::Step(step)).map_err(|why| StoreBehind { index, why })
    }

    /// Has it forget what it holds of a subject that was erased.
    pub(crate) fn forget(
        &mut self,
        subject: Subject,
        day: Option<Day>,
    ) -> Result<(), NotForgotten> {
        self.hand_over(Work::Forget(Forgotten::Subject(subject, day))).map_err(NotForgotten)
    }

    /// Has it forget what it holds of a class before a day, because the record does not hold it any more.
    pub(crate) fn forget_before(
        &mut self,
        class: RetentionClass,
        day: Day,
    ) -> Result<(), NotForgotten> {
        self.hand_over(Work::Forget(Forgotten::Before(class, day))).map_err(NotForgotten)
    }

    fn hand_over(&mut self, work: Work) -> Result<(), &'static str> {
        let Some(works) = &self.works else { return Ok(()) };
        let why = match works.try_send(work) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(_)) => "the disk is too slow for it",
            Err(TrySendError::Disconnected(_)) => "its writer ended",
        };
        self.works = None;
        Err(why)
    }
}

impl Drop for StoreSink {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// Writes what comes, as much at once as waits, and tries again for as long as it fails.
fn write(mut projection: Projection, works: &Receiver<Work>, ended: &AtomicBool, health: &Health) {
    while let Ok(first) = works.recv() {
        let (mut steps, mut forgotten) = (Vec::new(), Vec::new());
        for work in std::iter::once(first).chain(works.try_iter().take(STORE_BATCH_MAX - 1)) {
            match work {
                Work::Step(step) => steps.push(step),
                Work::Forget(gone) => forgotten.push(gone),
            }
        }
        let mut work = || {
            projection.apply(&steps)?;
            forgotten.iter().try_for_each(|gone| match gone {
                Forgotten::Subject(subject, day) => projection.forget(subject, *day),
                Forgotten::Before(class, day) => projection.forget_before(*class, *day),
            })
        };
        let mut tries = 0;
        while let Err(error) = work() {
            health.store_fails(&error.to_string());
            tries += 1;
            if tries == STORE_TRIES_MAX || ended.load(Ordering::Relaxed) {
                return;
            }
            std::thread::park_timeout(RECORD_RETRY);
        }
        if tries > 0 {
            health.store_works();
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use watch::journal::Input;

    use super::*;

    #[test]
    fn a_writer_that_falls_behind_is_said_once_and_the_core_never_waits() {
        let (sender, _slow) = sync_channel(2);
        let mut sink = StoreSink { works: Some(sender), ended: Arc::default() };

        let pushed: Vec<_> = (1..=5).map(|index| sink.push(step(index))).collect();

        let behind = StoreBehind { index: 3, why: "the disk is too slow for it" };
        assert_eq!(pushed, [Ok(()), Ok(()), Err(behind), Ok(()), Ok(())]);
    }

    fn step(index: u64) -> Stepped {
        let entry = Entry::new(Timestamp::UNIX_EPOCH, Input::Tick);
        Stepped { index, entry, outputs: Arc::default() }
    }
}
