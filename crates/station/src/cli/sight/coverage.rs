//! `watchline sight coverage`: where a mover who stays a minute would be detected.

use std::path::PathBuf;

use serde::Serialize;
use sight::coverage::{Assessment, Model};
use sight::terrain::Cell;

use super::assumed::Assumed;
use super::picture;
use crate::cli::{Answer, Outcome, Output};

/// How long the mover is taken to stay in each cell.
pub(super) const STAY_S: f64 = 60.0;

/// The chance that a mover who stays a minute is detected, for every cell of the sector.
///
/// The ending of --out chooses the form: .png is a picture with its legend, .csv one row for each cell that any sensor
/// covers.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
        watchline sight coverage --sector andorra --mover group --out andorra.png")]
pub(crate) struct Coverage {
    #[command(flatten)]
    assumed: Assumed,
    /// Where to write: .png or .csv.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Answered {
    sector: String,
    out: PathBuf,
    cells: usize,
    /// Cells that any sensor covers at all.
    cells_covered: usize,
    /// Cells where a minute's stay is detected with a chance of at least 0.5.
    cells_half: usize,
    stay_s: f64,
}

impl Coverage {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let ending = self.out.extension().and_then(|ending| ending.to_str());
        anyhow::ensure!(
            matches!(ending, Some("png" | "csv")),
            "--out {}: the ending must be .png or .csv",
            self.out.display()
        );
        let (model, assessment) = self.assumed.assess()?;
        match ending {
            Some("csv") => write_csv(&self.out, &model, &assessment)?,
            _ => picture::write_png(&self.out, &picture::coverage(&model, &assessment))?,
        }
        out.answer(&Answered::of(self.out, &model, &assessment), |answer| {
            format!(
                "{}: {} of {} cells covered, {} of them so that a minute's stay is more likely detected than not",
                answer.out.display(),
                answer.cells_covered,
                answer.cells,
                answer.cells_half
            )
        })?;
        Ok(Answer::Yes)
    }
}

impl Answered {
    fn of(out: PathBuf, model: &Model, assessment: &Assessment) -> Self {
        let field = assessment.field();
        let cells = (0..field.rates.len()).map(|at| {
            field.probability(Cell { row: at / field.cols, col: at % field.cols }, STAY_S)
        });
        Self {
            sector: model.sector().name.clone(),
            out,
            cells: field.rates.len(),
            cells_covered: field.rates.iter().filter(|rate| **rate > 0).count(),
            cells_half: cells.filter(|chance| *chance >= 0.5).count(),
            stay_s: STAY_S,
        }
    }
}

fn write_csv(path: &std::path::Path, model: &Model, assessment: &Assessment) -> anyhow::Result<()> {
    use std::io::Write as _;

    let field = assessment.field();
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(file, "lon_deg,lat_deg,probability_in_{STAY_S}_s")?;
    for (at, _) in field.rates.iter().enumerate().filter(|(_, rate)| **rate > 0) {
        let cell = Cell { row: at / field.cols, col: at % field.cols };
        let (lon_deg, lat_deg) = model.grid().place_of(cell);
        writeln!(file, "{lon_deg:.6},{lat_deg:.6},{:.4}", field.probability(cell, STAY_S))?;
    }
    file.flush()?;
    Ok(())
}
