//! Writes a camera's pictures into files of bounded length, and each complete file's digest into the record.
//!
//! A file is durable before the record tells of it, and is called complete only after. What a stop or a crash left
//! unfinished is taken up to its last whole picture and completed at the next start.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval};
use watch::footage::Recording;
use watch::journal::Input;

use super::fragments::Fragments;
use super::{AccessUnit, Camera, Kept, Shelf};
use crate::ingest::door::Counters;
use crate::ingest::store::store;
use crate::ingest::{Intake, limits, seconds};

/// Records one camera.
#[derive(Debug)]
pub struct Recorder<I> {
    camera: Arc<Camera>,
    intake: I,
    counters: Arc<Counters>,
    /// Length of one file, seconds.
    file_s: f64,
    open: Option<Begun>,
    /// When writing is tried again after it failed.
    again_at: Option<Instant>,
}

/// A file that is being written.
#[derive(Debug)]
struct Begun {
    path: PathBuf,
    began_at: Timestamp,
    last_at: Timestamp,
    frames: u64,
    fragments: Fragments,
    /// What is not written yet.
    waiting: Vec<u8>,
    written: Option<Written>,
}

/// The part of a file that is on disk.
#[derive(Debug)]
struct Written {
    file: File,
    digest: Sha256,
    bytes: u64,
}

impl Written {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::create(path)?, digest: Sha256::new(), bytes: 0 })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Makes it durable; returns its length and digest.
    fn finish(self) -> io::Result<(u64, [u8; 32])> {
        self.file.sync_all()?;
        Ok((self.bytes, self.digest.finalize().into()))
    }
}

impl<I: Intake> Recorder<I> {
    pub fn new(camera: Arc<Camera>, intake: I, counters: Arc<Counters>, file_s: f64) -> Self {
        Self { camera, intake, counters, file_s, open: None, again_at: None }
    }

    /// Records until the future is dropped.
    pub async fn run(mut self) {
        let mut units = self.camera.units();
        self.complete_left_over().await;
        let mut looks = interval(limits::FOOTAGE_WRITTEN_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                unit = units.recv() => match unit {
                    Ok(unit) => self.take(unit).await,
                    Err(RecvError::Lagged(missed)) => {
                        self.fault("the disk is too slow for its pictures");
                        self.camera.leave_unrecorded(missed);
                        // What follows cannot be decoded without what was missed.
                        self.complete().await;
                    }
                    Err(RecvError::Closed) => return,
                },
                _ = looks.tick() => self.look().await,
            }
        }
    }

    /// Writes what waits, and completes a file to which nothing is added any more.
    async fn look(&mut self) {
        let now = self.intake.now();
        if self.open.as_ref().is_some_and(|open| seconds(open.last_at, now) > self.file_s) {
            self.complete().await;
        }
        self.write().await;
    }

    async fn take(&mut self, unit: Arc<AccessUnit>) {
        let ends = self.open.as_ref().is_some_and(|open| {
            let is_long = seconds(open.began_at, unit.at) >= self.file_s;
            !open.fragments.goes_on(&unit.format)
                || unit.is_key && is_long
                || open.bytes() >= limits::FOOTAGE_BYTES_MAX
        });
        if ends {
            self.complete().await;
        }
        match &mut self.open {
            Some(open) => open.push(unit),
            None => self.begin(unit).await,
        }
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.waiting.len() >= limits::FOOTAGE_WAITING_BYTES)
        {
            self.write().await;
        }
    }

    /// Begins a file, with a picture that can be decoded by itself.
    async fn begin(&mut self, unit: Arc<AccessUnit>) {
        if !unit.is_key || self.again_at.is_some_and(|at| at > Instant::now()) {
            return self.camera.leave_unrecorded(1);
        }
        let path = self.camera.shelf().begun(unit.at);
        let created = path.clone();
        match on_disk(move || Written::create(&created)).await {
            Ok(written) => self.open = Some(Begun::of(path, unit, written)),
            Err(fault) => {
                self.camera.leave_unrecorded(1);
                self.give_up(&path, &fault);
            }
        }
    }

    async fn write(&mut self) {
        let Some(open) = &mut self.open else { return };
        let Some(mut written) = open.written.take() else { return };
        let waiting = std::mem::take(&mut open.waiting);
        let done = on_disk(move || written.write(&waiting).map(|()| written)).await;
        match done {
            Ok(written) => open.written = Some(written),
            Err(fault) => {
                // What was written before stays: it is completed at the next start.
                let path = open.path.clone();
                self.camera.leave_unrecorded(open.frames);
                self.open = None;
                self.give_up(&path, &fault);
            }
        }
    }

    /// Makes the open file a complete one.
    async fn complete(&mut self) {
        if let Some(open) = &mut self.open {
            open.finish();
        }
        self.write().await;
        let Some(Begun { path, began_at, last_at, frames, written: Some(written), .. }) =
            self.open.take()
        else {
            return;
        };
        match on_disk(|| written.finish()).await {
            Ok(sealed) => self.enter((path, sealed), (began_at, last_at), frames).await,
            Err(fault) => self.give_up(&path, &fault),
        }
    }

    /// Writes a durable file's digest into the record, then gives it the name of a complete one.
    async fn enter(
        &mut self,
        (begun, (bytes, sha256)): (PathBuf, (u64, [u8; 32])),
        (began_at, ended_at): (Timestamp, Timestamp),
        frames: u64,
    ) {
        let shelf = Arc::clone(self.camera.shelf());
        let name = Shelf::name(began_at, ended_at);
        let recording = Recording {
            sensor: self.camera.sensor().clone(),
            file: shelf.below_media(&name),
            began_at,
            ended_at,
            frames,
            bytes,
            sha256,
        };
        if let Err(fault) = store(&self.intake, vec![Input::Recorded(recording)]).await {
            return self.fault(&fault.to_string());
        }
        let (kept, now) = (Kept { began_at, ended_at, bytes }, self.intake.now());
        let put = begun.clone();
        let done = on_disk(move || {
            shelf.put(&put, &name, kept)?;
            shelf.clear(now)
        });
        if let Err(fault) = done.await {
            self.give_up(&begun, &fault);
        }
    }

    async fn complete_left_over(&mut self) {
        let shelf = Arc::clone(self.camera.shelf());
        let now = self.intake.now();
        let found = on_disk(move || {
            shelf.clear(now)?;
            shelf.left_over()
        });
        let found = match found.await {
            Ok(found) => found,
            Err(fault) => return self.fault(&format!("what a stop left unfinished: {fault}")),
        };
        for (path, began_at) in found {
            let cut = path.clone();
            match on_disk(move || cut_to_whole(&cut)).await {
                Ok(Some((sealed, frames, written_at))) => {
                    let ended_at = written_at.clamp(began_at, now.max(began_at));
                    self.enter((path, sealed), (began_at, ended_at), frames).await;
                }
                Ok(None) => {}
                Err(fault) => self.give_up(&path, &fault),
            }
        }
    }

    fn give_up(&mut self, path: &Path, fault: &io::Error) {
        self.again_at = Some(Instant::now() + limits::FOOTAGE_RETRY);
        self.fault(&format!("{}: {fault}", path.display()));
    }

    fn fault(&self, what: &str) {
        let sensor = &self.camera.sensor().0;
        tracing::warn!("{sensor} is not recorded: {what}");
        self.counters.fault(self.intake.now(), &format!("{sensor} is not recorded: {what}"));
    }
}

impl Begun {
    fn of(path: PathBuf, unit: Arc<AccessUnit>, written: Written) -> Self {
        let at = unit.at;
        let (fragments, waiting) = Fragments::begin(unit);
        let written = Some(written);
        Self { path, began_at: at, last_at: at, frames: 1, fragments, waiting, written }
    }

    fn push(&mut self, unit: Arc<AccessUnit>) {
        self.last_at = unit.at;
        self.frames += 1;
        self.waiting.extend(self.fragments.push(unit));
    }

    fn finish(&mut self) {
        self.waiting.extend(self.fragments.finish());
    }

    fn bytes(&self) -> u64 {
        self.written.as_ref().map_or(0, |written| written.bytes) + self.waiting.len() as u64
    }
}

/// Does what may wait for the disk, beside the sockets.
async fn on_disk<T: Send + 'static>(
    act: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(act).await.unwrap_or_else(|fault| Err(io::Error::other(fault)))
}

type Sealed = ((u64, [u8; 32]), u64, Timestamp);

/// Cuts a file to its whole pictures; one that has none is deleted. Returns its length and digest, how many pictures
/// there are, and when it was written last.
fn cut_to_whole(path: &Path) -> io::Result<Option<Sealed>> {
    let written_at = std::fs::metadata(path)?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let bytes = std::fs::read(path)?;
    let whole = wire::fmp4::whole(&bytes);
    if whole.frames == 0 {
        return std::fs::remove_file(path).map(|()| None);
    }
    let kept = bytes.get(..whole.bytes).unwrap_or_default();
    let file = File::options().write(true).open(path)?;
    file.set_len(kept.len() as u64)?;
    file.sync_all()?;
    let written_at = Timestamp::try_from(written_at).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Some(((kept.len() as u64, Sha256::digest(kept).into()), whole.frames, written_at)))
}
