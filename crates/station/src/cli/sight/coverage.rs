//! `watchline sight coverage`: where a mover who stays a minute would be detected.

use std::path::PathBuf;

use serde::Serialize;
use sight::coverage::{Assessment, Model};
use sight::terrain::Cell;
use sight::terrain::geotiff::Samples;

use super::assumed::Assumed;
use super::picture;
use crate::cli::raster::{Class, Form, Layer, Share, Sheet, summary_table};
use crate::cli::{Answer, Outcome, Output};

/// How long the mover is taken to stay in each cell.
pub(super) const STAY_S: f64 = 60.0;

/// Classes of chance, in colours of the cividis scale.
const CLASSES: [Class; 5] = [
    Class { name: "above 0.005", from: 0.005, colour: [0x00, 0x20, 0x4D] },
    Class { name: "from 0.1", from: 0.1, colour: [0x39, 0x48, 0x6B] },
    Class { name: "from 0.3", from: 0.3, colour: [0x70, 0x71, 0x73] },
    Class { name: "from 0.5", from: 0.5, colour: [0xA6, 0x9D, 0x75] },
    Class { name: "from 0.9", from: 0.9, colour: [0xFF, 0xEA, 0x46] },
];

/// The chance that a mover who stays a minute is detected, for every cell of the sector.
///
/// The ending of --out chooses the form: .png is a picture with its legend, .tif the chances as a raster, .geojson the
/// outline of each class of chance, .csv one row for each cell that any sensor covers.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  \
        watchline sight coverage --sector andorra --mover group --out andorra.png")]
pub(crate) struct Coverage {
    #[command(flatten)]
    assumed: Assumed,
    /// Where to write: .png, .tif, .geojson or .csv.
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
    /// Cells and area by class of chance; cells that no sensor covers belong to none.
    classes: Vec<Share>,
}

impl Coverage {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = Form::of(&self.out)?;
        let (model, assessment) = self.assumed.assess()?;
        let chances = chances(&model, &assessment);
        let quantity = format!("probability_in_{STAY_S}_s");
        let layer = Layer {
            layout: model.grid().layout(),
            quantity: &quantity,
            samples: Samples::Floats(&chances),
            classes: &CLASSES,
        };
        if form == Form::Picture {
            picture::coverage(&model, &assessment).write_png(&self.out)?;
        } else {
            layer.write(form, &self.out, &Sheet::default())?;
        }
        let classes = layer.summary();
        out.answer(&Answered::of(self.out, &model, &assessment, classes), |answer| {
            format!(
                "{}: {} of {} cells covered, {} of them so that a minute's stay is more likely detected than not\n{}",
                answer.out.display(),
                answer.cells_covered,
                answer.cells,
                answer.cells_half,
                summary_table(&answer.classes)
            )
        })?;
        Ok(Answer::Yes)
    }
}

impl Answered {
    fn of(out: PathBuf, model: &Model, assessment: &Assessment, classes: Vec<Share>) -> Self {
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
            classes,
        }
    }
}

/// The chance of every cell; none where the ground is unknown.
fn chances(model: &Model, assessment: &Assessment) -> Vec<f32> {
    let (field, grid) = (assessment.field(), model.grid());
    (0..field.rates.len())
        .map(|at| Cell { row: at / field.cols, col: at % field.cols })
        .map(|cell| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a chance; seven digits are plenty"
            )]
            let chance = field.probability(cell, STAY_S) as f32;
            if grid.post_m(cell).is_some() { chance } else { f32::NAN }
        })
        .collect()
}
