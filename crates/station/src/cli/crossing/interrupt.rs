//! `watchline crossing interrupt`: the chance of meeting a careful mover in time, through every stretch.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Serialize;
use sight::coverage::{Conditions, Model, TimelyPassage, interruptions};

use super::hours::{self, Hour, HourTold};
use super::readiness::{ReadinessArgs, units};
use super::ways::{self, Form};
use crate::cli::output::{Table, progress};
use crate::cli::sight::assumed::Assumed;
use crate::cli::{Answer, Outcome, Output};

/// The chance that whoever crosses is met before the near edge, and the critical detection point of each stretch.
///
/// Only a detection that leaves the first unit time to be where the crossing ends is worth anything: the mover is taken to
/// stay unseen up to the critical detection point and to hurry from there on. Units start where the sector file puts
/// them. Method: EASI (Garcia, Design and Evaluation of Physical Protection Systems) along that way.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the weakest point of a shipped sector in dust\n  \
        watchline crossing interrupt --sector upper-euphrates --weather 'METAR ORXX 201200Z 31030KT 0300 DS'\n  \
        and through a front that a table of weather tells of, as a picture of km by hour\n  \
        watchline crossing interrupt --sector upper-euphrates --weather front.csv --at 2026-03-31T18:00:00Z --hours 6 \
        --out hours.png")]
pub(crate) struct Interrupt {
    #[command(flatten)]
    assumed: Assumed,
    #[command(flatten)]
    readiness: ReadinessArgs,
    /// Also asks for each of the next hours after --at, by the weather that the table or the forecast (TAF) of --weather
    /// tells of.
    #[arg(long, value_name = "N", requires = "at", value_parser = clap::value_parser!(u8).range(1..=72))]
    hours: Option<u8>,
    /// Also writes the ways (.geojson), one row for each stretch (.csv), or the profile as a picture (.svg, .png). With
    /// --hours the table and the .png are about all hours.
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
    /// The weakest stretch of each hour asked for.
    hours: Vec<HourTold>,
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
        let readiness = self.readiness.checked()?;
        let (model, conditions) = self.assumed.read()?;
        let units = units(&model);
        let met = interruptions(&model, &conditions, &units, &readiness);
        let later =
            self.later(&model, |conditions| interruptions(&model, conditions, &units, &readiness))?;
        if let (Some(form), Some(path)) = (form, &self.out) {
            let is_about_hours = !later.is_empty() && matches!(form, Form::Rows | Form::Chart);
            if is_about_hours {
                hours::write(form, path, &model, &later)?;
            } else {
                let ways: Vec<_> = met
                    .iter()
                    .map(|met| met.as_ref().map(|met| (&met.passage, met.interruption.p_interrupt)))
                    .collect();
                let quantity = "probability of interruption";
                ways::write(form, path, &ways::Sheet { model: &model, quantity, ways: &ways })?;
            }
        }
        let hours = later.iter().map(|hour| hour.told(&model)).collect();
        out.answer(&Told::of(&model, &met, hours), Told::text)?;
        Ok(Answer::Yes)
    }

    /// The same question for --at and each hour after it.
    fn later(
        &self,
        model: &Model,
        ask: impl Fn(&Conditions) -> Vec<Option<TimelyPassage>>,
    ) -> anyhow::Result<Vec<Hour>> {
        let (Some(hours), Some(first)) = (self.hours, self.assumed.at()) else {
            return Ok(Vec::new());
        };
        let work = progress("hours", u64::from(hours) + 1);
        let mut later = Vec::new();
        for hour in 0..=hours {
            let at = first.checked_add(SignedDuration::from_hours(i64::from(hour)))?;
            let conditions = self.assumed.conditions_at(model, Some(at))?;
            later.push(Hour { at, met: ask(&conditions), conditions });
            work.inc(1);
        }
        work.finish_and_clear();
        Ok(later)
    }
}

impl Told {
    fn of(model: &Model, met: &[Option<TimelyPassage>], hours: Vec<HourTold>) -> Self {
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
            hours,
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
        let hours = if self.hours.is_empty() {
            String::new()
        } else {
            format!("\n\n{}", hours::table(&self.hours))
        };
        format!(
            "{table}\nweakest crossing: interrupted with {:.3}; {place}{hours}",
            self.p_interrupt
        )
    }
}
