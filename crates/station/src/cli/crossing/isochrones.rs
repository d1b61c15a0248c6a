//! `watchline crossing isochrones`: how soon the first unit could be at each place.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use sight::coverage::Model;
use sight::crossing::{Light, ResponseMap, Starter, response_map};
use sight::sun;
use sight::terrain::geotiff::Samples;

use super::readiness::units;
use crate::cli::output::{Table, spinner};
use crate::cli::raster::{Class, Form, Layer, Share, Sheet, Stroke, summary_table};
use crate::cli::sight::assumed::light_parser;
use crate::cli::{Answer, Outcome, Output};
use crate::shipped;

/// Classes of minutes: what is soonest reached is palest (`ColorBrewer` `YlGnBu`).
const CLASSES: [Class; 6] = [
    Class { name: "within 5 min", from: 0.0, colour: [0xFF, 0xFF, 0xCC] },
    Class { name: "10", from: 5.0, colour: [0xC7, 0xE9, 0xB4] },
    Class { name: "20", from: 10.0, colour: [0x7F, 0xCD, 0xBB] },
    Class { name: "30", from: 20.0, colour: [0x41, 0xB6, 0xC4] },
    Class { name: "60", from: 30.0, colour: [0x2C, 0x7F, 0xB8] },
    Class { name: "longer", from: 60.0, colour: [0x25, 0x34, 0x94] },
];

/// How soon the first unit could be at each place inside the line: on roads and off them, from where units are, never
/// across the line.
///
/// Units start where the sector file puts them. Time to the alarm is not in it. The ending of --out chooses the form: .png
/// is a picture with the line and the units, .tif the minutes as a raster, .geojson the outline of each class of minutes,
/// .csv one row for each cell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: how far the units of a shipped sector get in the dark\n  \
        watchline crossing isochrones --sector andorra --light night --out isochrones.png")]
pub(crate) struct Isochrones {
    /// A shipped sector's name, a sector file, or the directory that holds it.
    #[arg(long, value_name = "FILE")]
    sector: String,
    /// Only this unit; may be given again. Without it all of them.
    #[arg(long, value_name = "UNIT")]
    unit: Vec<String>,
    /// When: light or dark as the sun stands then.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Whether units see where they go; as the sun stands at the time of --at when left out, day without it.
    #[arg(long, value_name = "day|night", value_parser = light_parser())]
    light: Option<Light>,
    /// Where to write: .png, .tif, .geojson or .csv.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The answer.
#[derive(Debug, Serialize)]
struct Told {
    sector: String,
    light: Light,
    units: Vec<String>,
    /// By km post.
    line: Vec<Post>,
    /// Cells and area by class of minutes.
    classes: Vec<Share>,
}

#[derive(Debug, Serialize)]
struct Post {
    km: f64,
    /// `None` where no unit gets to.
    time_s: Option<f64>,
}

impl Isochrones {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let work = spinner("reading the sector and its terrain");
        let model = shipped::load_model(&self.sector)?;
        work.finish_and_clear();
        let from = self.starters(&model)?;
        let by_sun = |at| sun::light(model.sector().frame.origin(), at);
        let light = self.light.unwrap_or_else(|| self.at.map_or(Light::Day, by_sun));
        let map = response_map(&model, &from, light);
        #[expect(clippy::cast_possible_truncation, reason = "minutes; seven digits are plenty")]
        let minutes: Vec<f32> = map
            .times_s
            .iter()
            .map(|time_s| time_s.map_or(f32::NAN, |s| (s / 60.0) as f32))
            .collect();
        let layer = Layer {
            layout: map.layout,
            quantity: "minutes_to_the_first_unit",
            samples: Samples::Floats(&minutes),
            classes: &CLASSES,
        };
        if let (Some(form), Some(path)) = (form, &self.out) {
            layer.write(form, path, &sheet(&model, &from))?;
        }
        let told = Told {
            sector: model.sector().name.clone(),
            light,
            units: from.iter().map(|starter| starter.unit.0.clone()).collect(),
            line: posts(&model, &map),
            classes: layer.summary(),
        };
        out.answer(&told, Told::text)?;
        Ok(Answer::Yes)
    }

    fn starters(&self, model: &Model) -> anyhow::Result<Vec<Starter>> {
        let all = units(model);
        for id in &self.unit {
            anyhow::ensure!(
                all.iter().any(|starter| starter.unit.0 == *id),
                "--unit {id}: the sector has no such unit; it has {}",
                all.iter().map(|starter| starter.unit.0.as_str()).collect::<Vec<_>>().join(", ")
            );
        }
        anyhow::ensure!(
            !all.is_empty(),
            "--sector {}: it names no unit; add a [[unit]]",
            self.sector
        );
        let is_asked =
            |starter: &Starter| self.unit.is_empty() || self.unit.contains(&starter.unit.0);
        Ok(all.into_iter().filter(is_asked).collect())
    }
}

fn posts(model: &Model, map: &ResponseMap) -> Vec<Post> {
    let posts = model.sector().line.posts(1_000.0).into_iter();
    posts
        .map(|(at_m, point)| Post { km: at_m / 1e3, time_s: map.time_beside_s(model, point) })
        .collect()
}

/// Shaded ground, the line and the units.
fn sheet<'a>(model: &'a Model, from: &[Starter]) -> Sheet<'a> {
    let sector = model.sector();
    let places = |points: &[sight::geo::EnuPoint]| {
        points.iter().map(|point| sector.frame.place(*point)).collect()
    };
    let stretches = sector.stretches.iter();
    Sheet {
        title: format!("{}: MINUTES TO THE FIRST UNIT; DOTS: UNITS", sector.name),
        ground: Some(model.grid()),
        marks: from.iter().map(|starter| sector.frame.place(starter.point)).collect(),
        strokes: stretches
            .map(|stretch| Stroke { places: places(&stretch.points), colour: [20, 20, 24] })
            .collect(),
    }
}

impl Told {
    fn text(&self) -> String {
        let mut table = Table::new(["km", "minutes"]);
        for post in &self.line {
            let minutes =
                post.time_s.map_or_else(|| "-".to_owned(), |s| format!("{:.0}", s / 60.0));
            table.row([format!("{:.0}", post.km), minutes]);
        }
        format!("{table}\n\n{}", summary_table(&self.classes))
    }
}
