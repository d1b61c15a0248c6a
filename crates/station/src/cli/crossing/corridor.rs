//! `watchline crossing corridor`: the best crossing through every cell, and the corridors that crossings keep to.

use std::path::PathBuf;

use serde::Serialize;
use sight::coverage::{
    Corridor as Found, CorridorMap, Model, Passage, TimelyPassage, corridor_map, corridors,
    crossing_profile, interruptions,
};
use sight::geo::Wgs84;
use sight::terrain::geotiff::Samples;

use super::readiness::{ReadinessArgs, units};
use super::ways;
use crate::cli::output::{Table, spinner};
use crate::cli::raster::{Class, Form, Layer, Share, Sheet, Stroke, summary_table};
use crate::cli::sight::assumed::Assumed;
use crate::cli::{Answer, Outcome, Output};

/// Classes of chance: what is least detected stands out.
const CLASSES: [Class; 5] = [
    Class { name: "below 0.1", from: 0.0, colour: [0x9E, 0x01, 0x42] },
    Class { name: "from 0.1", from: 0.1, colour: [0xD5, 0x3E, 0x4F] },
    Class { name: "from 0.3", from: 0.3, colour: [0xF4, 0x6D, 0x43] },
    Class { name: "from 0.5", from: 0.5, colour: [0xFE, 0xE0, 0x8B] },
    Class { name: "from 0.9", from: 0.9, colour: [0x66, 0xA6, 0x1E] },
];

/// Where careful movers would pass: for every cell the chance that the least-detected crossing through it is detected, and
/// the corridors that crossings keep to, each with its chance of being met in time.
///
/// The ending of --out chooses the form: .png is a picture with the line and each corridor's way, .tif the chances as a
/// raster, .geojson the outline of each class of chance, .csv one row for each cell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the corridors of a shipped sector in the dark\n  \
        watchline crossing corridor --sector upper-euphrates --light night --out corridors.png")]
pub(crate) struct Corridor {
    #[command(flatten)]
    assumed: Assumed,
    #[command(flatten)]
    readiness: ReadinessArgs,
    /// Crossings within this distance of each other for half of their way are one corridor.
    #[arg(long, value_name = "M", default_value_t = 400.0)]
    apart_m: f64,
    /// Where to write: .png, .tif, .geojson or .csv.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The answer: corridors, the least detected first.
#[derive(Debug, Serialize)]
struct Told {
    sector: String,
    corridors: Vec<Row>,
    /// Cells and area by class of chance.
    classes: Vec<Share>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// Where its least-detected crossing passes the line.
    km: f64,
    stretches: Vec<u32>,
    p_detect: f64,
    /// Least chance of being met in time over its stretches.
    p_interrupt: f64,
    time_s: f64,
    length_km: f64,
    critical_point: Option<[f64; 2]>,
    path: Vec<[f64; 2]>,
}

impl Corridor {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let readiness = self.readiness.checked()?;
        let is_length = self.apart_m.is_finite() && self.apart_m > 0.0;
        anyhow::ensure!(is_length, "--apart-m must be positive, got {}", self.apart_m);
        let (model, conditions) = self.assumed.read()?;
        let work = spinner("spreading over the net of ways");
        let map = corridor_map(&model, &conditions);
        let passages = crossing_profile(&model, &conditions);
        let met = interruptions(&model, &conditions, &units(&model), &readiness);
        work.finish_and_clear();
        let found = corridors(&passages, self.apart_m);
        let layer = layer(&map);
        if let (Some(form), Some(path)) = (form, &self.out) {
            layer.write(form, path, &sheet(&model, &passages, &found))?;
        }
        let rows = found.iter().filter_map(|corridor| Row::of(&model, corridor, &passages, &met));
        let told = Told {
            sector: model.sector().name.clone(),
            corridors: rows.collect(),
            classes: layer.summary(),
        };
        out.answer(&told, Told::text)?;
        Ok(Answer::Yes)
    }
}

fn layer(map: &CorridorMap) -> Layer<'_> {
    Layer {
        layout: map.layout,
        quantity: "probability_of_detection_of_the_best_crossing",
        samples: Samples::Floats(&map.chances),
        classes: &CLASSES,
    }
}

/// Shaded ground, the line, and the least-detected way of each corridor.
fn sheet<'a>(model: &'a Model, passages: &[Option<Passage>], found: &[Found]) -> Sheet<'a> {
    let sector = model.sector();
    let mut strokes: Vec<Stroke> = sector
        .stretches
        .iter()
        .map(|stretch| Stroke {
            places: stretch.points.iter().map(|point| sector.frame.place(*point)).collect(),
            colour: [20, 20, 24],
        })
        .collect();
    let ways = found.iter().filter_map(|corridor| passages.get(corridor.best.0 as usize)?.as_ref());
    strokes.extend(ways.map(|passage| Stroke {
        places: passage.way.iter().map(|waypoint| sector.frame.place(waypoint.point)).collect(),
        colour: [40, 70, 200],
    }));
    let marks: Vec<Wgs84> = sector.units.iter().map(|unit| unit.place).collect();
    Sheet {
        title: format!("{}: BEST CROSSING DETECTED; BLUE: CORRIDORS; DOTS: UNITS", sector.name),
        ground: Some(model.grid()),
        marks,
        strokes,
    }
}

impl Row {
    fn of(
        model: &Model,
        corridor: &Found,
        passages: &[Option<Passage>],
        met: &[Option<TimelyPassage>],
    ) -> Option<Self> {
        let passage = passages.get(corridor.best.0 as usize)?.as_ref()?;
        let timely = corridor.stretches.iter().filter_map(|id| met.get(id.0 as usize)?.as_ref());
        let weakest =
            timely.min_by(|a, b| a.interruption.p_interrupt.total_cmp(&b.interruption.p_interrupt));
        let pairs = passage.way.windows(2);
        let length_m: f64 = pairs.map(|pair| pair[0].point.distance_m(pair[1].point)).sum();
        Some(Self {
            km: passage.chainage_m / 1e3,
            stretches: corridor.stretches.iter().map(|id| id.0).collect(),
            p_detect: passage.probability,
            p_interrupt: weakest.map_or(1.0, |met| met.interruption.p_interrupt),
            time_s: passage.time_s,
            length_km: length_m / 1e3,
            critical_point: weakest
                .and_then(|met| met.critical)
                .map(|point| ways::place(model, point)),
            path: ways::path(model, passage),
        })
    }
}

impl Told {
    fn text(&self) -> String {
        let mut table = Table::new([
            "corridor",
            "crosses km",
            "stretches",
            "p detected",
            "p interrupted",
            "minutes",
            "km long",
        ]);
        for (number, row) in self.corridors.iter().enumerate() {
            table.row([
                (number + 1).to_string(),
                format!("{:.2}", row.km),
                row.stretches.len().to_string(),
                format!("{:.3}", row.p_detect),
                format!("{:.3}", row.p_interrupt),
                format!("{:.0}", row.time_s / 60.0),
                format!("{:.1}", row.length_km),
            ]);
        }
        format!("{table}\n\n{}", summary_table(&self.classes))
    }
}
