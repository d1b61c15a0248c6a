//! `watchline sector check`: every fault of a sector file, with field, value and what would be right.

use serde::Serialize;
use sight::coverage::Model;
use sight::geo::EnuPoint;
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

/// What only shows once the sector stands on its ground: nothing can be watched beyond the terrain, and a layer of which
/// nothing lies on it is a slip of the pen.
fn look_again(model: &Model) -> Vec<Fault> {
    let sector = model.sector();
    let is_off = |point: EnuPoint| model.grid().cell_at(sector.frame.place(point)).is_none();
    let fault = |field: String, value: &str, problem: String| Fault {
        file: "sector.toml".to_owned(),
        line: None,
        field,
        value: value.to_owned(),
        problem,
    };
    let middle = |stretch: &&sight::sector::Stretch| {
        is_off(sector.line.point_at(f64::midpoint(stretch.from_m, stretch.to_m)))
    };
    let off: Vec<f64> =
        sector.stretches.iter().filter(middle).map(|stretch| stretch.from_m / 1e3).collect();
    let mut faults = Vec::new();
    if let Some(first_km) = off.first() {
        let problem = format!(
            "does not reach under {} stretches, the first at km {first_km:.2}: add tiles",
            off.len()
        );
        faults.push(fault("terrain".to_owned(), "", problem));
    }
    let nowhere = || "lies wholly outside the terrain: check its places or take it out".to_owned();
    for (at, road) in sector.roads.iter().enumerate() {
        if road.lines.iter().flatten().all(|point| is_off(*point)) {
            faults.push(fault(format!("road[{at}]"), &road.id, nowhere()));
        }
    }
    for (at, area) in sector.going.iter().enumerate() {
        let mut vertices = area.shapes.iter().flat_map(sight::sector::GroundShape::vertices);
        // An area that holds the whole terrain has no vertex on it.
        let holds = |point| area.shapes.iter().any(|shape| shape.contains(point));
        if vertices.all(|point| is_off(*point)) && !sector.line.points.iter().any(|p| holds(*p)) {
            faults.push(fault(format!("going[{at}]"), &area.id, nowhere()));
        }
    }
    for (at, barrier) in sector.barriers.iter().enumerate() {
        if barrier.points.iter().all(|point| is_off(*point)) {
            faults.push(fault(format!("barrier[{at}]"), &barrier.id, nowhere()));
        }
    }
    faults
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
