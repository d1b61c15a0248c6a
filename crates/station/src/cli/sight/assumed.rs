//! What an assessment on the command line assumes: sector, mover, weather and which sensors are out.

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use sight::coverage::{Assessment, Conditions, Health, Model, SensorCondition, WeatherAt, assess};
use sight::geo::EnuPoint;
use sight::sector::{Mover, SensorId};

use crate::cli::output::spinner;
use crate::shipped;

/// The longest weather file that is read.
const WEATHER_BYTES_MAX: u64 = 1 << 20;

/// What is assumed.
#[derive(Debug, clap::Args)]
pub(super) struct Assumed {
    /// A shipped sector's name, a sector file, or the directory that holds it.
    #[arg(long, value_name = "FILE")]
    sector: String,
    /// Who is watched for.
    #[arg(long, default_value = "walker", value_parser = mover_parser())]
    mover: Mover,
    /// `clear`, a METAR report in quotes, or a file of reports of which the last counts.
    #[arg(long, default_value = "clear", value_name = "clear|METAR|FILE")]
    weather: String,
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
        let work = spinner("reading the sector and what its sensors can see");
        let model = shipped::load_model(&self.sector)?;
        let conditions = self.conditions(&model)?;
        work.set_message("assessing");
        let assessment = assess(&model, &conditions);
        work.finish_and_clear();
        Ok((model, assessment))
    }

    fn conditions(&self, model: &Model) -> anyhow::Result<Conditions> {
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
        Ok(Conditions {
            mover: self.mover,
            weather: weather(&self.weather)?.into_iter().collect(),
            weather_stale: false,
            sensors: sensors
                .iter()
                .map(|sensor| (sensor.id.clone(), condition(&sensor.id)))
                .collect(),
        })
    }
}

/// Weather as given, the same over the whole sector; none when clear.
fn weather(given: &str) -> anyhow::Result<Option<WeatherAt>> {
    if given == "clear" {
        return Ok(None);
    }
    let text =
        if given.contains(char::is_whitespace) { given.to_owned() } else { last_report(given)? };
    let report = wire::metar::parse(&text).with_context(|| format!("--weather {text:?}"))?;
    let visibility = report
        .visibility
        .with_context(|| format!("--weather {text:?}: the report has no visibility"))?;
    Ok(Some(WeatherAt {
        point: EnuPoint::new(0.0, 0.0),
        visibility_m: visibility.metres,
        wind_mps: report.wind.map_or(0.0, |wind| wind.gust_mps.unwrap_or(wind.speed_mps)),
        dust: report.is_dusty(),
    }))
}

fn last_report(path: &str) -> anyhow::Result<String> {
    let named =
        || format!("--weather {path}: neither `clear` nor a report nor a file that can be read");
    let length = std::fs::metadata(path).with_context(named)?.len();
    anyhow::ensure!(
        length <= WEATHER_BYTES_MAX,
        "--weather {path}: {length} bytes, at most {WEATHER_BYTES_MAX} are read"
    );
    let text = std::fs::read_to_string(path).with_context(named)?;
    let last = text.lines().rev().find(|line| !line.trim().is_empty());
    last.map(str::to_owned).with_context(|| format!("--weather {path}: the file holds no report"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_a_dust_storm_becomes_weather() {
        let weather = weather("METAR ORXX 201200Z 31030G42KT 0300 DS").unwrap().unwrap();

        assert!(weather.dust);
        assert!((weather.visibility_m - 300.0).abs() < 1.0);
        assert!((weather.wind_mps - 21.6).abs() < 0.1);
    }

    #[test]
    fn what_is_no_weather_is_refused_by_name() {
        for given in ["no-such-file", "METAR", "METAR ORXX 201200Z 31030KT"] {
            let error = format!("{:#}", weather(given).unwrap_err());
            assert!(error.contains("--weather"), "{error}");
        }
        assert!(weather("clear").unwrap().is_none());
    }
}
