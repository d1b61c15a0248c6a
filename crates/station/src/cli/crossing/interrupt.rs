//! `watchline crossing interrupt`: the chance of meeting a careful mover in time, through every stretch.

use std::path::PathBuf;

use serde::Serialize;
use sight::coverage::{Model, Readiness, TimelyPassage, interruptions};
use sight::crossing::Starter;

use super::ways::{self, Form};
use crate::cli::output::Table;
use crate::cli::sight::assumed::Assumed;
use crate::cli::{Answer, Outcome, Output};

/// The chance that whoever crosses is met before the near edge, and the critical detection point of each stretch.
///
/// Only a detection that leaves the first unit time to be where the crossing ends is worth anything: the mover is taken to
/// stay unseen up to the critical detection point and to hurry from there on. Units start where the sector file puts
/// them. Method: EASI (Garcia, Design and Evaluation of Physical Protection Systems) along that way.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the weakest point of a shipped sector in dust\n  \
        watchline crossing interrupt --sector upper-euphrates --weather 'METAR ORXX 201200Z 31030KT 0300 DS'")]
pub(crate) struct Interrupt {
    #[command(flatten)]
    assumed: Assumed,
    /// From a detection to units on their way: seen, judged, told (an assumption).
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    alarm_s: f64,
    /// Chance that a detection is told to those who respond (an assumption).
    #[arg(long, value_name = "P", default_value_t = 0.95)]
    p_comm: f64,
    /// Standard deviation of every time as a share of it (0.3 in the textbook).
    #[arg(long, value_name = "SHARE", default_value_t = 0.3)]
    sd_share: f64,
    /// Also writes the ways (.geojson), one row for each stretch (.csv), or the profile as a picture (.svg).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The answer: the weakest stretch first, then all.
#[derive(Debug, Serialize)]
struct Told {
    sector: String,
    /// Least chance over all stretches.
    p_interrupt: f64,
    /// Where the last timely detection on the weakest way would be.
    critical_point: Option<[f64; 2]>,
    path: Vec<[f64; 2]>,
    stretches: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    id: u32,
    from_km: f64,
    to_km: f64,
    p_interrupt: f64,
    p_detect: f64,
    response_s: Option<f64>,
    critical_point: Option<[f64; 2]>,
}

impl Interrupt {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let form = self.out.as_deref().map(Form::of).transpose()?;
        let readiness = self.readiness()?;
        let (model, conditions) = self.assumed.read()?;
        let units: Vec<Starter> = model
            .sector()
            .units
            .iter()
            .map(|unit| Starter {
                unit: unit.id.clone(),
                mobility: unit.mobility,
                point: unit.point,
            })
            .collect();
        let met = interruptions(&model, &conditions, &units, &readiness);
        if let (Some(form), Some(path)) = (form, &self.out) {
            let ways: Vec<_> = met
                .iter()
                .map(|met| met.as_ref().map(|met| (&met.passage, met.interruption.p_interrupt)))
                .collect();
            let quantity = "probability of interruption";
            ways::write(form, path, &ways::Sheet { model: &model, quantity, ways: &ways })?;
        }
        out.answer(&Told::of(&model, &met), Told::text)?;
        Ok(Answer::Yes)
    }

    fn readiness(&self) -> anyhow::Result<Readiness> {
        for (flag, value, holds, must) in [
            ("--alarm-s", self.alarm_s, self.alarm_s >= 0.0, "not negative"),
            ("--p-comm", self.p_comm, (0.0..=1.0).contains(&self.p_comm), "from 0 to 1"),
            ("--sd-share", self.sd_share, self.sd_share >= 0.0, "not negative"),
        ] {
            anyhow::ensure!(holds && value.is_finite(), "{flag} must be {must}, got {value}");
        }
        Ok(Readiness { alarm_s: self.alarm_s, p_comm: self.p_comm, sd_share: self.sd_share })
    }
}

impl Told {
    fn of(model: &Model, met: &[Option<TimelyPassage>]) -> Self {
        let chance = |met: &TimelyPassage| met.interruption.p_interrupt;
        let weakest = met.iter().flatten().min_by(|a, b| chance(a).total_cmp(&chance(b)));
        let critical = |met: &TimelyPassage| met.critical.map(|point| ways::place(model, point));
        let each = model.sector().stretches.iter().zip(met);
        let rows = each.map(|(stretch, met)| Row {
            id: stretch.id.0,
            from_km: stretch.from_m / 1e3,
            to_km: stretch.to_m / 1e3,
            p_interrupt: met.as_ref().map_or(1.0, chance),
            p_detect: met.as_ref().map_or(1.0, |met| met.passage.probability),
            response_s: met.as_ref().and_then(|met| met.response_s),
            critical_point: met.as_ref().and_then(critical),
        });
        Self {
            sector: model.sector().name.clone(),
            p_interrupt: weakest.map_or(1.0, chance),
            critical_point: weakest.and_then(critical),
            path: weakest.map_or_else(Vec::new, |met| ways::path(model, &met.passage)),
            stretches: rows.collect(),
        }
    }

    fn text(&self) -> String {
        let mut table = Table::new(["km", "p interrupted", "p detected", "response min"]);
        for rows in self.stretches.chunk_by(|a, b| ways::same_km(a.from_km, b.from_km)) {
            let weakest = rows.iter().min_by(|a, b| a.p_interrupt.total_cmp(&b.p_interrupt));
            let Some(weakest) = weakest else { continue };
            let minutes = |s: f64| format!("{:.0}", s / 60.0);
            table.row([
                format!("{:.2}", weakest.from_km),
                format!("{:.3}", weakest.p_interrupt),
                format!("{:.3}", weakest.p_detect),
                weakest.response_s.map_or_else(|| "-".to_owned(), minutes),
            ]);
        }
        let place = match self.critical_point {
            Some([lon, lat]) => format!("its critical detection point is {lon:.5},{lat:.5}"),
            None => "on its way no detection would come in time".to_owned(),
        };
        format!("{table}\nweakest crossing: interrupted with {:.3}; {place}", self.p_interrupt)
    }
}
