//! A file or a folder in which somebody lays reports and forecasts: looked at again and again, read when it changed.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sight::coverage::Model;
use tokio::time::{MissedTickBehavior, interval};
use wire::limits::BULLETIN_BYTES_MAX;

use super::bulletins::Bulletin;
use super::door::{DoorBoard, DoorLimits};
use super::gate::{Gate, Taken};
use super::rejections::Refusal;
use super::stations::Stations;
use super::store::store;
use super::{Intake, limits};

/// How this door is called.
pub const DOOR: &str = "weather";
const PROTOCOL: &str = "METAR, SPECI and TAF in files";

/// Where reports lie, and how often they are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct FolderConfig {
    /// A file, or a folder whose files are read and those in it no deeper.
    pub path: PathBuf,
    pub poll_s: f64,
}

/// What a file is known by to have changed: number, length, and when it was written.
type Stamp = (u64, u64, i64, i64);

/// What a file holds, or why it cannot be read.
type Held = Result<Vec<u8>, String>;

/// The door for weather in files.
#[derive(Debug)]
pub struct WeatherFolder<I> {
    board: DoorBoard,
    config: FolderConfig,
    gate: Gate,
    seen: BTreeMap<PathBuf, Stamp>,
    intake: I,
}

/// What lies there: files by path, each with what it holds where that is new.
#[derive(Debug, Default)]
struct Look {
    files: BTreeMap<PathBuf, (Stamp, Option<Held>)>,
    /// Files that are too many.
    left: usize,
}

impl<I: Intake> WeatherFolder<I> {
    pub fn new(
        config: FolderConfig,
        (model, stations): (Arc<Model>, Arc<Stations>),
        intake: I,
    ) -> Self {
        let per_s = limits::UPLOAD_CHUNK as f64 / config.poll_s;
        let doors = DoorLimits { connections_max: limits::FOLDER_FILES_MAX, messages_per_s: per_s };
        let board = DoorBoard::new((DOOR, PROTOCOL), config.path.display().to_string(), doors);
        let gate = Gate::new(DOOR, model, stations, intake.now());
        Self { board, config, gate, seen: BTreeMap::new(), intake }
    }

    pub fn board(&self) -> &DoorBoard {
        &self.board
    }

    /// Looks again and again, until the future is dropped.
    pub async fn serve(mut self) {
        let mut ticks = interval(Duration::from_secs_f64(self.config.poll_s));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let trouble = self.look().await.err();
            if let Some(trouble) = &trouble {
                tracing::warn!("weather: {trouble}");
            }
            self.board.counters.set_trouble(trouble);
        }
    }

    /// Reads what changed since the last look; says why it cannot.
    async fn look(&mut self) -> Result<(), String> {
        let (path, seen) = (self.config.path.clone(), self.seen.clone());
        // Disks are slow, and network drives slower.
        let look = tokio::task::spawn_blocking(move || Look::at(&path, &seen)).await;
        let look = look.map_err(|fault| fault.to_string())??;
        self.seen.retain(|path, _| look.files.contains_key(path));
        for (path, (stamp, held)) in look.files {
            let Some(held) = held else { continue };
            self.take(&path, held).await?;
            self.seen.insert(path, stamp);
        }
        match look.left {
            0 => Ok(()),
            left => Err(format!(
                "{} holds more than {} files: {left} are not read",
                self.config.path.display(),
                limits::FOLDER_FILES_MAX
            )),
        }
    }

    /// Takes one file, a few reports at a time. What was not stored is read again at the next look.
    async fn take(&mut self, path: &Path, held: Held) -> Result<(), String> {
        let name = wire::text::clean(
            &path.file_name().unwrap_or_default().to_string_lossy(),
            limits::NAME_CHARS,
        );
        let bytes = held.as_ref().map_or(0, Vec::len);
        let text =
            held.and_then(|bytes| String::from_utf8(bytes).map_err(|fault| fault.to_string()));
        let (read, unreadable) = match text.and_then(|text| Bulletin::read(&text)) {
            Ok(read) => (read, None),
            Err(fault) => (Bulletin::default(), Some((0, Refusal::new("file", fault)))),
        };
        let (now, before) = (self.intake.now(), self.gate.counts());
        let mut taken = Taken::default();
        let mut told = None;
        self.gate.refuse_untold(read.untold());
        self.gate.pass_over(read.passed_over);
        for (line, refusal) in unreadable.into_iter().chain(read.faults) {
            let refusal = placed((&name, line), refusal);
            self.gate.refuse(&refusal, None, now, &mut taken);
            told.get_or_insert(refusal);
        }
        let mut words = read.words.into_iter().peekable();
        loop {
            for (line, word) in words.by_ref().take(limits::UPLOAD_CHUNK) {
                if let Err(refusal) = self.gate.take(word, now, &mut taken) {
                    told.get_or_insert(placed((&name, line), refusal));
                }
            }
            let inputs = std::mem::take(&mut taken.inputs);
            if let Err(fault) = store(&self.intake, inputs.clone()).await {
                taken.inputs = inputs;
                self.gate.undo(&taken);
                return Err(format!("{name}: {fault}"));
            }
            taken = Taken::default();
            if words.peek().is_none() {
                break;
            }
        }
        self.board.counters.add(before, self.gate.counts(), bytes);
        if let Some(Refusal { field, reason }) = told {
            self.board.counters.fault(now, &format!("{field}: {reason}"));
        }
        Ok(())
    }
}

/// A refusal that says in which file and line.
fn placed((name, line): (&str, usize), refusal: Refusal) -> Refusal {
    let Refusal { field, reason } = refusal;
    Refusal::new(field, format!("{reason} ({name}, line {line})"))
}

impl Look {
    fn at(path: &Path, seen: &BTreeMap<PathBuf, Stamp>) -> Result<Self, String> {
        let fault = |fault: std::io::Error| format!("cannot read {}: {fault}", path.display());
        let metadata = std::fs::metadata(path).map_err(fault)?;
        let mut look = Self::default();
        if !metadata.is_dir() {
            look.add(path.to_owned(), &metadata, seen);
            return Ok(look);
        }
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(fault)?.take(limits::FOLDER_ENTRIES_MAX) {
            let entry = entry.map_err(fault)?;
            // What begins with a dot is being written, or hidden on purpose.
            let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            // A file that went meanwhile is no fault.
            let Ok(metadata) = std::fs::metadata(entry.path()) else { continue };
            if metadata.is_file() && !is_hidden {
                found.push((entry.path(), metadata));
            }
        }
        found.sort_by(|(one, _), (other, _)| one.cmp(other));
        look.left = found.len().saturating_sub(limits::FOLDER_FILES_MAX);
        for (path, metadata) in found.into_iter().take(limits::FOLDER_FILES_MAX) {
            look.add(path, &metadata, seen);
        }
        Ok(look)
    }

    fn add(&mut self, path: PathBuf, metadata: &Metadata, seen: &BTreeMap<PathBuf, Stamp>) {
        let written = (metadata.mtime(), metadata.mtime_nsec());
        let stamp = (metadata.ino(), metadata.len(), written.0, written.1);
        let held = (seen.get(&path) != Some(&stamp)).then(|| read(&path));
        self.files.insert(path, (stamp, held));
    }
}

/// A file's bytes, no more of them than anybody reads.
fn read(path: &Path) -> Held {
    let file = std::fs::File::open(path).map_err(|fault| fault.to_string())?;
    let mut bytes = Vec::new();
    let most = BULLETIN_BYTES_MAX as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(|fault| fault.to_string())?;
    if bytes.len() > BULLETIN_BYTES_MAX {
        return Err(format!("must hold at most {BULLETIN_BYTES_MAX} bytes"));
    }
    Ok(bytes)
}
