//! `watchline sector check`: every fault of a sector file, with field, value and what would be right.

use serde::Serialize;
use sight::coverage::Model;
use sight::sector::Fault;

use crate::cli::output::spinner;
use crate::cli::{Answer, Outcome, Output};
use crate::shipped::{self, LoadError};

/// Checks a sector file, its line, its terrain and where its sensors stand; tells every fault at once.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline sector check my-sector/sector.toml")]
pub(crate) struct Check {
    /// The sector file, the directory that holds it, or the name of a shipped sector.
    #[arg(value_name = "FILE")]
    sector: String,
}

/// The verdict.
#[derive(Debug, Serialize)]
struct Verdict {
    ok: bool,
    sector: String,
    faults: Vec<FaultView>,
}

/// One thing to mend.
#[derive(Debug, Serialize)]
struct FaultView {
    file: String,
    line: Option<usize>,
    field: String,
    value: String,
    problem: String,
    #[serde(skip)]
    text: String,
}

impl Check {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let files = shipped::find(&self.sector)?;
        let work = spinner("reading the sector and its terrain");
        let faults = match files.model() {
            Ok(model) => look_again(&model),
            Err(LoadError::Faulty { faults, .. }) => faults,
            Err(error @ LoadError::Files(_)) => return Err(error.into()),
        };
        work.finish_and_clear();
        let verdict = Verdict {
            ok: faults.is_empty(),
            sector: files.label,
            faults: faults.into_iter().map(FaultView::of).collect(),
        };
        out.answer(&verdict, Verdict::text)?;
        Ok(if verdict.ok { Answer::Yes } else { Answer::No })
    }
}

/// What only shows once the sector stands on its ground: nothing can be watched beyond the terrain.
fn look_again(model: &Model) -> Vec<Fault> {
    let sector = model.sector();
    let off = |stretch: &&sight::sector::Stretch| {
        let middle = sector.line.point_at(f64::midpoint(stretch.from_m, stretch.to_m));
        model.grid().cell_at(sector.frame.place(middle)).is_none()
    };
    let off: Vec<f64> =
        sector.stretches.iter().filter(off).map(|stretch| stretch.from_m / 1e3).collect();
    match off.first() {
        None => Vec::new(),
        Some(first_km) => vec![Fault {
            file: "sector.toml".to_owned(),
            line: None,
            field: "terrain".to_owned(),
            value: String::new(),
            problem: format!(
                "does not reach under {} stretches, the first at km {first_km:.2}: add tiles",
                off.len()
            ),
        }],
    }
}

impl FaultView {
    fn of(fault: Fault) -> Self {
        let text = fault.to_string();
        let Fault { file, line, field, value, problem } = fault;
        Self { file, line, field, value, problem, text }
    }
}

impl Verdict {
    fn text(&self) -> String {
        if self.ok {
            return format!("{}: no fault", self.sector);
        }
        let mut text = format!("{}: {} to mend", self.sector, self.faults.len());
        for fault in &self.faults {
            text.push_str("\n  ");
            text.push_str(&fault.text);
        }
        text
    }
}
