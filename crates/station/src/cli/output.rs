//! What commands write: one JSON object for machines, lines and tables for people, progress on standard error.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Who reads a command's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    Human,
    /// One JSON object and nothing else.
    Machine,
}

/// Standard output, in the voice that was asked for.
pub struct Output {
    voice: Voice,
    to: Box<dyn Write>,
}

impl Output {
    pub(super) fn to_stdout(voice: Voice) -> Self {
        Self { voice, to: Box::new(io::stdout()) }
    }

    /// Output that a test can look at; `to` is any writer.
    pub fn to_writer(voice: Voice, to: Box<dyn Write>) -> Self {
        Self { voice, to }
    }

    /// Whether a machine reads: then nothing but one JSON object may be written.
    pub fn is_json(&self) -> bool {
        self.voice == Voice::Machine
    }

    /// Writes a command's one answer: `value` as JSON, or what `human` makes of it.
    pub fn answer<T: Serialize, D: fmt::Display>(
        &mut self,
        value: &T,
        human: impl FnOnce(&T) -> D,
    ) -> io::Result<()> {
        if self.is_json() {
            serde_json::to_writer_pretty(&mut self.to, value).map_err(io::Error::from)?;
            writeln!(self.to)
        } else {
            writeln!(self.to, "{}", human(value))
        }
    }

    /// Writes a line for people; nothing when a machine reads.
    pub fn line(&mut self, text: impl fmt::Display) -> io::Result<()> {
        if self.is_json() { Ok(()) } else { writeln!(self.to, "{text}") }
    }

    /// Sends on what was written; for commands that go on running.
    pub fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    /// Writes bytes as they are, whoever reads.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.to.flush()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("voice", &self.voice).finish_non_exhaustive()
    }
}

/// Makes a file that must not be there yet, with these rights.
pub(super) fn write_new(path: &Path, mode: u32, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
    let options = &mut OpenOptions::new();
    let opened = options.write(true).create_new(true).mode(mode).open(path);
    let written = opened.and_then(|mut file| file.write_all(content.as_ref()));
    written.with_context(|| format!("write {}", path.display()))
}

/// Writes one line to standard error, for what is not an answer.
pub fn complain(text: impl fmt::Display) {
    // Nobody can be told when standard error itself is closed.
    drop(writeln!(io::stderr().lock(), "{text}"));
}

/// A spinner on standard error for work of unknown length; silent when that is not a terminal.
pub fn spinner(doing: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.set_message(doing);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// A bar on standard error for work of `length` pieces; silent when that is not a terminal.
pub fn progress(doing: &'static str, length: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}")
        .expect("the template is a literal that indicatif accepts");
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    bar.set_style(style);
    bar.set_message(doing);
    bar
}

/// Rows in aligned columns under headings; numbers stand to the right.
#[derive(Debug, Clone, Default)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { headings: headings.map(str::to_owned).to_vec(), rows: Vec::new() }
    }

    /// Adds a row; cells beyond the headings are not shown.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        cells.chain(self.headings.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    }

    /// A column of numbers (with signs, percent or units in the heading) reads best at the right.
    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(column)).peekable();
        let number = |cell: &String| {
            matches!(cell.as_str(), "" | "-")
                || cell.trim_end_matches([' ', '%']).parse::<f64>().is_ok()
        };
        cells.peek().is_some() && cells.all(number)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<(usize, bool)> = (0..self.headings.len())
            .map(|column| (self.width(column), self.is_numeric(column)))
            .collect();
        let mut lines = vec![line(&self.headings, &columns)];
        lines.extend(self.rows.iter().map(|row| line(row, &columns)));
        f.write_str(&lines.join("\n"))
    }
}

fn line(cells: &[String], columns: &[(usize, bool)]) -> String {
    let padded: Vec<String> = cells
        .iter()
        .zip(columns)
        .map(
            |(cell, &(width, right))| {
                if right { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            },
        )
        .collect();
    padded.join("  ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_puts_words_left_and_numbers_right() {
        let mut table = Table::new(["sensor", "share"]);
        table.row(["tower-1".into(), "96 %".into()]);
        table.row(["a".into(), "4 %".into()]);

        assert_eq!(table.to_string(), "sensor   share\ntower-1   96 %\na          4 %");
    }
}
