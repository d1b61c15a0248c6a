//! What an assessment on the command line assumes: sector, mover, weather and which sensors are out.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jiff::Timestamp;
use sight::coverage::{Assessment, Conditions, Health, Model, SensorCondition, assess};
use sight::crossing::Light;
use sight::sector::{Mover, SensorId};
use sight::sun;

use super::weather::weather;
use crate::cli::output::spinner;
use crate::shipped;

/// What is assumed.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Assumed {
    /// A shipped sector's name, a sector file, or the directory that holds it.
    #[arg(long, value_name = "FILE")]
    sector: String,
    /// Who is watched for.
    #[arg(long, default_value = "walker", value_parser = mover_parser())]
    mover: Mover,
    /// `clear`, a METAR report or a TAF forecast in quotes, or a file: METAR reports line by line, a forecast, of which
    /// the worst that it allows at the time of --at counts, or a table with the columns `time`,
    /// `lon_deg`, `lat_deg`, `visibility_m` and, if known, `wind_mps`, `ceiling_m` and `dust` (see docs/SIGHT.md).
    #[arg(long, default_value = "clear", value_name = "clear|METAR|FILE")]
    weather: String,
    /// When: the weather of that moment, such as 2026-03-31T18:20:00Z, is taken from the file or the report; older than
    /// the sector's limit it leaves what depends on it unknown. Without it the latest word counts.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// Whether movers and units see where they go; as the sun stands at the time of --at when left out, day without it.
    #[arg(long, value_name = "day|night", value_parser = light_parser())]
    light: Option<Light>,
    /// A sensor taken to be down; may be given again.
    #[arg(long, value_name = "SENSOR")]
    without: Vec<String>,
}

pub(in crate::cli) fn mover_parser() -> impl clap::builder::TypedValueParser<Value = Mover> {
    PossibleValuesParser::new(MOVERS.map(|(name, _)| name)).map(|word| {
        let found = MOVERS.into_iter().find(|(name, _)| *name == word);
        found.map_or(Mover::Walker, |(_, mover)| mover)
    })
}

pub(in crate::cli) fn light_parser() -> impl clap::builder::TypedValueParser<Value = Light> {
    PossibleValuesParser::new(["day", "night"])
        .map(|word| if word == "night" { Light::Night } else { Light::Day })
}

const MOVERS: [(&str, Mover); 5] = [
    ("walker", Mover::Walker),
    ("group", Mover::Group),
    ("vehicle", Mover::Vehicle),
    ("donkey", Mover::Donkey),
    ("drone", Mover::Drone),
];

impl Assumed {
    /// Reads the sector and assesses its watch under what is assumed.
    pub(super) fn assess(&self) -> anyhow::Result<(Model, Assessment)> {
        let (model, conditions) = self.read()?;
        let work = spinner("assessing");
        let assessment = assess(&model, &conditions);
        work.finish_and_clear();
        Ok((model, assessment))
    }

    /// Reads the sector, and the conditions that are assumed in it.
    pub(in crate::cli) fn read(&self) -> anyhow::Result<(Model, Conditions)> {
        let work = spinner("reading the sector and what its sensors can see");
        let model = shipped::load_model(&self.sector)?;
        let conditions = self.conditions_at(&model, self.at)?;
        work.finish_and_clear();
        Ok((model, conditions))
    }

    /// The time that is asked about, if one is.
    pub(in crate::cli) fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// The conditions that are assumed at a time; without one, by the latest word on the weather.
    pub(in crate::cli) fn conditions_at(
        &self,
        model: &Model,
        at: Option<Timestamp>,
    ) -> anyhow::Result<Conditions> {
        let sensors = &model.sector().sensors;
        for id in &self.without {
            anyhow::ensure!(
                sensors.iter().any(|sensor| sensor.id.0 == *id),
                "--without {id}: the sector has no such sensor; it has {}",
                sensors.iter().map(|sensor| sensor.id.0.as_str()).collect::<Vec<_>>().join(", ")
            );
        }
        let condition = |id: &SensorId| {
            let out = self.without.contains(&id.0);
            SensorCondition {
                health: if out { Health::Down } else { Health::Working },
                moved_to: None,
            }
        };
        let origin = model.sector().frame.origin();
        let as_the_sun_stands = || at.map_or(Light::Day, |at| sun::light(origin, at));
        let told = weather(&self.weather, at, model.sector())?;
        Ok(Conditions {
            mover: self.mover,
            light: self.light.unwrap_or_else(as_the_sun_stands),
            weather: told.reports,
            weather_stale: told.is_stale,
            sensors: sensors
                .iter()
                .map(|sensor| (sensor.id.clone(), condition(&sensor.id)))
                .collect(),
            views: std::collections::BTreeMap::new(),
        })
    }
}
