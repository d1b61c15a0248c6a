//! `watchline video`: what a drone's recorded video tells of where it was and what it saw.

mod file;
mod frame;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use sight::terrain::Grid;

use self::file::Packets;
use self::frame::{Frame, Ground as Under};
use super::output::Table;
use super::terrain::ground::Ground;
use super::{Answer, Outcome, Output};

/// Frames that one answer holds; a day of one a second.
const FRAMES_MAX: usize = 86_400;

/// Reads the metadata (MISB ST 0601) of a recorded MPEG transport stream: places, pictures on the ground, times.
///
/// A picture's outline is the four corners that the drone tells, or else, with --terrain, what its camera's rays meet.
/// The ending of --out chooses the form: .geojson holds the way of the drone and the outline of every picture, .csv a
/// row for each. Without --out every frame is shown as a row.
#[derive(Debug, Args)]
#[command(after_help = "Example: where a drone was and what it saw, for a map\n  \
        watchline video flight.ts --terrain N42E001.hgt --out flight.geojson\n\n\
    Example: the same every ten seconds, as rows\n  watchline video flight.ts --every 10")]
pub(crate) struct Video {
    /// A recorded MPEG transport stream: .ts, .m2t, .mpg.
    file: PathBuf,
    /// Elevation tiles that adjoin: .hgt, .hgt.gz, .hgt.zip or .tif; may be given again.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    terrain: Vec<PathBuf>,
    /// Seconds between two packets that are taken; 0 takes them all.
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    every: f64,
    /// Metres beyond which a camera's ray counts as meeting nothing.
    #[arg(long, value_name = "M", default_value_t = 20_000.0)]
    radius: f64,
    /// Where to write: .geojson or .csv.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The forms of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Geojson,
    Csv,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Told {
    /// Packets of metadata that could be read.
    packets: u64,
    /// Packets that could not, and why the first of them could not.
    unreadable: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_fault: Option<String>,
    /// Packets far enough apart: a frame each.
    taken: usize,
    /// Frames of which the picture's place on the ground is known.
    outlined: usize,
    first_at: Option<String>,
    last_at: Option<String>,
    /// Length of the way over ground.
    way_m: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
    /// Left out where they were written to a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    frames: Option<Vec<Frame>>,
}

impl Form {
    fn of(path: &std::path::Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("geojson") => Ok(Self::Geojson),
            Some("csv") => Ok(Self::Csv),
            Some(_) | None => {
                anyhow::bail!("--out {}: must end with .geojson or .csv", path.display())
            }
        }
    }
}

impl Video {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        for (option, value) in [("--every", self.every), ("--radius", self.radius)] {
            let is_right = value.is_finite() && value >= 0.0;
            anyhow::ensure!(is_right, "{option} {value}: must be 0 or more");
        }
        let grid = self.grid()?;
        let under = grid.as_ref().map(|grid| Under { grid, reach_m: self.radius });
        let mut packets = Packets::open(&self.file)?;
        let frames = self.frames(&mut packets, under.as_ref())?;
        let (read, unreadable) = (packets.read, packets.unreadable);
        anyhow::ensure!(
            read > 0 || unreadable > 0,
            "{}: holds no metadata of ST 0601; is it an MPEG transport stream with a KLV stream?",
            self.file.display()
        );
        let told = Told {
            packets: read,
            unreadable,
            first_fault: packets.first_fault,
            taken: frames.len(),
            outlined: frames.iter().filter(|frame| frame.outline.is_some()).count(),
            first_at: frames.first().map(|frame| frame.at.to_string()),
            last_at: frames.last().map(|frame| frame.at.to_string()),
            way_m: frame::way_m(&frames).round(),
            out: self.out.clone(),
            frames: form.is_none().then(|| frames.clone()),
        };
        if let Some((form, path)) = form.zip(self.out.as_deref()) {
            let text = match form {
                Form::Geojson => frame::geojson(&frames),
                Form::Csv => frame::csv(&frames),
            };
            std::fs::write(path, text).with_context(|| format!("--out {}", path.display()))?;
        }
        out.answer(&told, in_words)?;
        Ok(Answer::Yes)
    }

    fn grid(&self) -> anyhow::Result<Option<Grid>> {
        let read = (!self.terrain.is_empty()).then(|| Ground::read(&self.terrain, None));
        Ok(read.transpose()?.map(|ground| ground.grid))
    }

    /// Frames that are far enough apart, in their order in the file.
    fn frames(
        &self,
        packets: &mut Packets,
        under: Option<&Under<'_>>,
    ) -> anyhow::Result<Vec<Frame>> {
        let mut frames: Vec<Frame> = Vec::new();
        while let Some(told) = packets.next_packets()? {
            for uas in &told {
                let Some(at) = uas.time else { continue };
                let apart_s =
                    frames.last().map(|last| at.duration_since(last.at).as_secs_f64().abs());
                if apart_s.is_some_and(|apart_s| apart_s < self.every) {
                    continue;
                }
                anyhow::ensure!(
                    frames.len() < FRAMES_MAX,
                    "{}: more than {FRAMES_MAX} frames: take fewer by a larger --every than {}",
                    self.file.display(),
                    self.every
                );
                frames.push(Frame::of(uas, at, under));
            }
        }
        Ok(frames)
    }
}

fn in_words(told: &Told) -> String {
    let mut lines = Vec::new();
    if let Some(frames) = &told.frames {
        lines.push(rows(frames).to_string());
    }
    let (first, last) =
        (told.first_at.as_deref().unwrap_or("-"), told.last_at.as_deref().unwrap_or("-"));
    lines.push(format!(
        "{} packets, {} unreadable; {} frames from {first} to {last}, {} with their outline; {:.1} km over ground",
        told.packets,
        told.unreadable,
        told.taken,
        told.outlined,
        told.way_m / 1_000.0
    ));
    lines.extend(told.first_fault.as_ref().map(|fault| format!("first fault: {fault}")));
    lines.extend(told.out.as_ref().map(|path| format!("written to {}", path.display())));
    lines.join("\n")
}

fn rows(frames: &[Frame]) -> Table {
    let mut table = Table::new([
        "time",
        "lon",
        "lat",
        "altitude m",
        "heading",
        "centre lon",
        "centre lat",
        "range m",
        "outline",
        "targets",
    ]);
    for frame in frames {
        table.row(frame.cells());
    }
    table
}
