//! `watchline crossing easi`: the probability of interruption along a path given as a table.

use std::path::PathBuf;

use anyhow::Context as _;
use serde::Serialize;
use sight::crossing::easi::{Element, Interruption, Response, interruption, read_table};

use super::timeline;
use crate::cli::output::Table;
use crate::cli::{Answer, Outcome, Output};

/// The longest table that is read.
const TABLE_BYTES_MAX: u64 = 1 << 20;

/// The chance that a response meets whoever passes the elements of a path, in order.
///
/// FILE is a table with the columns `p_detect,delay_s,delay_sd_s,at`; `at` says where in an element the detection happens:
/// B at its beginning (all of its delay is left), M in the middle, E at its end. Method: EASI (Garcia, Design and
/// Evaluation of Physical Protection Systems).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: a fence with a sensor and a response of five minutes, and the picture of it\n  \
        watchline crossing easi path.csv --response-s 300 --response-sd-s 90 --p-comm 0.95 --out path.svg"
)]
pub(crate) struct Easi {
    /// The path.
    #[arg(value_name = "FILE.csv")]
    path: PathBuf,
    /// Mean time from the alarm to being there, seconds.
    #[arg(long, value_name = "S")]
    response_s: f64,
    /// Standard deviation of that time, seconds.
    #[arg(long, value_name = "S")]
    response_sd_s: f64,
    /// Chance that a detection is told to those who respond, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 1.0)]
    p_comm: f64,
    /// Also draws the path's time line (.svg, .png).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Interrupted {
    p_interrupt: f64,
    /// Number of the critical detection point among the elements, from 1.
    critical_element: Option<usize>,
    elements: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    element: Element,
    p_first: f64,
    left_s: f64,
    p_in_time: f64,
    p_interrupt: f64,
}

impl Easi {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let shown = self.path.display();
        let length = std::fs::metadata(&self.path).with_context(|| shown.to_string())?.len();
        anyhow::ensure!(
            length <= TABLE_BYTES_MAX,
            "{shown}: {length} bytes, at most {TABLE_BYTES_MAX} are read"
        );
        let text = std::fs::read_to_string(&self.path).with_context(|| shown.to_string())?;
        let elements = read_table(&text).with_context(|| shown.to_string())?;
        let response =
            Response { time_s: self.response_s, sd_s: self.response_sd_s, p_comm: self.p_comm };
        response.check().context("the response")?;
        let found = interruption(&elements, &response);
        if let Some(path) = &self.out {
            let line = timeline::TimeLine::new(&elements, &response, &found);
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("svg") => std::fs::write(path, line.svg())
                    .with_context(|| format!("--out {}", path.display()))?,
                Some("png") => line.picture().write_png(path)?,
                _ => anyhow::bail!("--out {}: the ending must be .svg or .png", path.display()),
            }
        }
        out.answer(&Interrupted::of(&elements, &found), Interrupted::text)?;
        Ok(Answer::Yes)
    }
}

impl Interrupted {
    fn of(elements: &[Element], found: &Interruption) -> Self {
        let each = elements.iter().zip(&found.shares);
        Self {
            p_interrupt: found.p_interrupt,
            critical_element: found.critical.map(|at| at + 1),
            elements: each
                .map(|(element, share)| Row {
                    element: *element,
                    p_first: share.p_first,
                    left_s: share.left_s,
                    p_in_time: share.p_in_time,
                    p_interrupt: share.p_interrupt,
                })
                .collect(),
        }
    }

    fn text(&self) -> String {
        let mut table = Table::new(["element", "p detect", "left s", "p in time", "p interrupt"]);
        for (at, row) in self.elements.iter().enumerate() {
            table.row([
                (at + 1).to_string(),
                format!("{:.3}", row.element.p_detect),
                format!("{:.0}", row.left_s),
                format!("{:.3}", row.p_in_time),
                format!("{:.3}", row.p_interrupt),
            ]);
        }
        let critical = match self.critical_element {
            Some(element) => format!("critical detection point: element {element}"),
            None => "no detection leaves enough time for the mean response".to_owned(),
        };
        format!("{table}\nprobability of interruption {:.3}; {critical}", self.p_interrupt)
    }
}
