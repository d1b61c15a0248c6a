//! `watchline sim calibrate`: are the probabilities that the planner shows the shares that come true?

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use rayon::prelude::*;
use serde::Serialize;
use sight::coverage::{
    Conditions, Health, Model, Passage, Promise, SensorCondition, WeatherAt, crossing_profile,
    promises_along,
};
use sight::crossing::Light;
use sight::sector::Mover;
use sim::calibration::{Murky, Range, Step};
use sim::scenario::{Kind, Murk};

use super::super::output::{Output, Table, progress};
use super::super::sight::assumed::mover_parser;
use super::super::{Answer, Outcome};
use crate::shipped;

mod plot;
mod wilson;

/// Classes of promised probability.
const CLASSES: usize = 10;
/// Wind told to the planner: calm enough for everything that flies.
const WIND_MPS: f64 = 3.0;

/// Sends simulated crossers along the least-detected ways and counts who is noticed, against the chance promised.
///
/// The planner says with what probability a way is detected, at the worse and at the better end of its assumptions. The
/// simulator's sensors look by their own line of sight and range laws, each look drawn by itself with misses that last, on
/// nights whose contrast, humidity and dust nobody told the planner. In each class of promised probability the share that
/// is noticed must agree: exit 1 when, with 95 % confidence, fewer are noticed than promised.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: two thousand crossers in clear air, dust and fog, with the plot that docs/SIGHT.md shows\n  \
    watchline sim calibrate --sector upper-euphrates --out calibration.svg"
)]
pub(crate) struct Calibrate {
    /// A shipped sector's name, a sector file, or the directory that holds it.
    #[arg(long, value_name = "FILE", default_value = "upper-euphrates")]
    sector: String,
    /// Who crosses.
    #[arg(long, default_value = "walker", value_parser = mover_parser())]
    mover: Mover,
    /// `clear`, or dust or fog with its visibility in metres; may be given again, each gets its share of the crossers.
    #[arg(
        long,
        value_name = "clear|dust:M|fog:M",
        default_values = ["clear", "dust:2000", "dust:1000", "dust:500", "dust:250", "fog:500"],
        value_parser = sky
    )]
    weather: Vec<Sky>,
    /// How many are sent.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    crossers: u32,
    /// All that is random comes from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also writes the plot (.svg) or one row for each class (.csv).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Air that is alike everywhere.
#[derive(Debug, Clone, Copy)]
struct Sky(Option<Murky>);

fn sky(word: &str) -> Result<Sky, String> {
    if word == "clear" {
        return Ok(Sky(None));
    }
    let must = "must be clear, dust:METRES or fog:METRES with 10 to 40000 metres";
    let (of, visibility_m) = match word.split_once(':') {
        Some(("dust", metres)) => (Murk::Dust, metres),
        Some(("fog", metres)) => (Murk::Fog, metres),
        _ => return Err(must.to_owned()),
    };
    let visibility_m: f64 = visibility_m.parse().map_err(|error| format!("{must}: {error}"))?;
    if (10.0..=40_000.0).contains(&visibility_m) {
        Ok(Sky(Some(Murky { visibility_m, of })))
    } else {
        Err(must.to_owned())
    }
}

/// One who is sent.
struct Sent<'a> {
    range: &'a Range,
    passage: &'a Passage,
    promise: Promise,
    seed: u64,
}

/// Those of one class of promised probability.
#[derive(Debug, Clone, Serialize)]
struct Class {
    from: f64,
    to: f64,
    crossers: u32,
    noticed: u32,
    /// Mean of the promises, at the worse and at the better end of every assumption.
    promised_low: f64,
    promised_high: f64,
    observed: f64,
    /// Bounds of the true share, 95 % (Wilson).
    observed_low: f64,
    observed_high: f64,
    /// The share may be as high as promised.
    kept: bool,
    /// The share may also be as low as the better end.
    agrees: bool,
}

#[derive(Debug, Serialize)]
struct Told {
    sector: String,
    crossers: u32,
    noticed: u32,
    /// Classes in which fewer are noticed than promised.
    broken: usize,
    classes: Vec<Class>,
}

impl Calibrate {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let kind = kind_of(self.mover)?;
        let model = Arc::new(shipped::load_model(&self.sector)?);
        let ranges: Vec<(Range, Vec<(Passage, Promise)>)> = self
            .weather
            .iter()
            .map(|Sky(murky)| {
                let range = Range::new(Arc::clone(&model), *murky);
                (range, ways(&model, &conditions(&model, self.mover, *murky)))
            })
            .collect();
        let sent = self.deal(&ranges);
        let bar = progress("crossing", sent.len() as u64);
        let noticed: Vec<bool> = sent
            .par_iter()
            .map(|sent| {
                let way: Vec<Step> = sent
                    .passage
                    .way
                    .iter()
                    .map(|waypoint| Step { point: waypoint.point, at_s: waypoint.at_s })
                    .collect();
                let crossed = sent.range.send(&way, kind.0, kind.1, sent.seed);
                bar.inc(1);
                crossed.noticed_s.is_some()
            })
            .collect();
        bar.finish_and_clear();
        let told = Told::of(&model.sector().name, &sent, &noticed);
        if let (Some(form), Some(path)) = (form, &self.out) {
            let text = match form {
                Form::Plot => plot::plot(&told),
                Form::Rows => rows(&told),
            };
            std::fs::write(path, text).with_context(|| format!("--out {}", path.display()))?;
        }
        let broken = told.broken;
        out.answer(&told, Told::text)?;
        Ok(if broken == 0 { Answer::Yes } else { Answer::No })
    }

    /// Gives each weather its share of the crossers, spread evenly over the stretches.
    fn deal<'a>(&self, ranges: &'a [(Range, Vec<(Passage, Promise)>)]) -> Vec<Sent<'a>> {
        let share = (self.crossers as usize).div_ceil(ranges.len().max(1));
        let mut sent = Vec::with_capacity(share * ranges.len());
        for (range, ways) in ranges.iter().filter(|(_, ways)| !ways.is_empty()) {
            for at in 0..share {
                let (passage, promise) = &ways[at * ways.len() / share];
                // Streams of one seed are apart already; another crosser takes another seed.
                let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(sent.len() as u64);
                sent.push(Sent { range, passage, promise: *promise, seed });
            }
        }
        sent.truncate(self.crossers as usize);
        sent
    }
}

#[derive(Debug, Clone, Copy)]
enum Form {
    Plot,
    Rows,
}

impl Form {
    fn of(path: &std::path::Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("svg") => Ok(Self::Plot),
            Some("csv") => Ok(Self::Rows),
            _ => anyhow::bail!("--out {}: the ending must be .svg or .csv", path.display()),
        }
    }
}

/// Who goes in the simulator for the planner's mover, and how many.
fn kind_of(mover: Mover) -> anyhow::Result<(Kind, u32)> {
    match mover {
        Mover::Walker => Ok((Kind::Walker, 1)),
        Mover::Group => Ok((Kind::Group, 4)),
        Mover::Donkey => Ok((Kind::Donkey, 1)),
        Mover::Vehicle => Ok((Kind::Vehicle, 1)),
        Mover::Drone => anyhow::bail!("--mover drone: the simulator has no small aircraft"),
    }
}

fn conditions(model: &Model, mover: Mover, murky: Option<Murky>) -> Conditions {
    let sector = model.sector();
    let working = SensorCondition { health: Health::Working, moved_to: None };
    let report = |murky: Murky| WeatherAt {
        point: sector.line.point_at(sector.line.start_m),
        visibility_m: Some(murky.visibility_m),
        wind_mps: WIND_MPS,
        ceiling_m: None,
        dust: murky.of == Murk::Dust,
    };
    Conditions {
        mover,
        weather: murky.map(report).into_iter().collect(),
        weather_stale: false,
        // The simulator's crossers go by night.
        light: Light::Night,
        sensors: sector.sensors.iter().map(|sensor| (sensor.id.clone(), working)).collect(),
        views: std::collections::BTreeMap::new(),
    }
}

/// The least-detected way through each stretch, and what is promised of it.
fn ways(model: &Model, conditions: &Conditions) -> Vec<(Passage, Promise)> {
    let passages: Vec<Passage> =
        crossing_profile(model, conditions).into_iter().flatten().collect();
    let ways: Vec<&[_]> = passages.iter().map(|passage| passage.way.as_slice()).collect();
    let promises = promises_along(model, conditions, &ways);
    passages.into_iter().zip(promises).collect()
}

impl Told {
    fn of(sector: &str, sent: &[Sent<'_>], noticed: &[bool]) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a probability is never negative"
        )]
        let class_of = |sent: &Sent<'_>| (sent.promise.low * CLASSES as f64) as usize;
        let of_class = |class: usize| {
            let each = sent.iter().zip(noticed);
            each.filter(move |(sent, _)| class_of(sent).min(CLASSES - 1) == class)
        };
        let classes: Vec<Class> =
            (0..CLASSES).filter_map(|class| Class::of(class, of_class(class))).collect();
        Self {
            sector: sector.to_owned(),
            crossers: classes.iter().map(|class| class.crossers).sum(),
            noticed: classes.iter().map(|class| class.noticed).sum(),
            broken: classes.iter().filter(|class| !class.kept).count(),
            classes,
        }
    }

    fn text(&self) -> String {
        let mut table =
            Table::new(["promised", "crossers", "noticed", "share", "95 % of it", "verdict"]);
        for class in &self.classes {
            table.row([
                format!("{:.2} to {:.2}", class.promised_low, class.promised_high),
                class.crossers.to_string(),
                class.noticed.to_string(),
                format!("{:.2}", class.observed),
                format!("{:.2}-{:.2}", class.observed_low, class.observed_high),
                class.verdict().to_owned(),
            ]);
        }
        format!(
            "{table}\n{} of {} crossers noticed; promises broken in {} of {} classes",
            self.noticed,
            self.crossers,
            self.broken,
            self.classes.len()
        )
    }
}

impl Class {
    /// `None` for a class without a crosser.
    fn of<'a>(class: usize, each: impl Iterator<Item = (&'a Sent<'a>, &'a bool)>) -> Option<Self> {
        let (mut crossers, mut noticed, mut low, mut high) = (0_u32, 0_u32, 0.0, 0.0);
        for (sent, is_noticed) in each {
            crossers += 1;
            noticed += u32::from(*is_noticed);
            low += sent.promise.low;
            high += sent.promise.high;
        }
        if crossers == 0 {
            return None;
        }
        let count = f64::from(crossers);
        let (promised_low, promised_high) = (low / count, high / count);
        let (observed_low, observed_high) = wilson::interval(noticed, crossers);
        let kept = observed_high >= promised_low;
        Some(Self {
            from: class as f64 / CLASSES as f64,
            to: (class + 1) as f64 / CLASSES as f64,
            crossers,
            noticed,
            promised_low,
            promised_high,
            observed: f64::from(noticed) / count,
            observed_low,
            observed_high,
            kept,
            agrees: kept && observed_low <= promised_high,
        })
    }

    fn verdict(&self) -> &'static str {
        match (self.kept, self.agrees) {
            (false, _) => "broken",
            (true, true) => "agrees",
            (true, false) => "more than promised",
        }
    }
}

fn rows(told: &Told) -> String {
    let mut out = String::from(
        "from,to,crossers,noticed,promised_low,promised_high,observed,observed_low,observed_high,verdict\n",
    );
    for class in &told.classes {
        let row = writeln!(
            out,
            "{},{},{},{},{:.4},{:.4},{:.4},{:.4},{:.4},{}",
            class.from,
            class.to,
            class.crossers,
            class.noticed,
            class.promised_low,
            class.promised_high,
            class.observed,
            class.observed_low,
            class.observed_high,
            class.verdict()
        );
        row.expect("writing to a string cannot fail");
    }
    out
}
