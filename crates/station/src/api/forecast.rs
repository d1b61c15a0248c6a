//! `GET /api/forecast`: the line in the hours to come, by the forecasts of the weather stations and sensors as they are.

use std::sync::Arc;

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sight::coverage::{Assessment, Conditions, Model, WeatherAt, assess};
use sight::sun;
use tokio::sync::Mutex;
use wire::metar::taf::{Expected, Outlook};

use super::problem::Problem;
use super::sector::{LonLat, round};
use super::shown::{Seen, Shown};
use crate::ingest::stations::Forecast;
use crate::limits::{FORECAST_HOURS_DEFAULT, FORECAST_HOURS_MAX};
use crate::runtime::live::Coverage;
use crate::store::sqlite::letter_of;

const HOUR_S: i64 = 3_600;

/// What was computed last. Whoever asks while it is computed waits for it.
#[derive(Debug, Default)]
pub(super) struct Forecasts(Mutex<Option<(Key, Vec<Hour>)>>);

/// What hours were computed from.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    coverage: u64,
    first: Timestamp,
    forecasts: Vec<Forecast>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    hours: Option<usize>,
}

#[derive(Debug, Serialize)]
pub(super) struct ForecastView {
    now: String,
    /// The coverage that it was computed from; null before the first.
    coverage_version: Option<u64>,
    stations: Vec<StationView>,
    hours: Vec<Hour>,
}

/// A forecast that stands.
#[derive(Debug, Serialize)]
struct StationView {
    station: String,
    at: LonLat,
    from_line_m: f64,
    issued_at: String,
    heard_at: String,
}

/// One hour to come.
#[derive(Debug, Clone, Serialize)]
struct Hour {
    at: String,
    weather: Vec<WeatherView>,
    /// One letter for each stretch, as the strip has them, by the worst that may come; null where no forecast reaches.
    states: Option<String>,
    /// Of each stretch, the chance that its least-detected crossing is detected then.
    probability: Option<Vec<f64>>,
    blind_m: Option<f64>,
}

#[derive(Debug, Clone, Serialize)]
struct WeatherView {
    station: String,
    likely: OutlookView,
    /// The worst of each that a change in progress or for a time may bring.
    worst: OutlookView,
}

#[derive(Debug, Clone, Serialize)]
struct OutlookView {
    visibility_m: f64,
    wind_mps: f64,
    ceiling_m: Option<f64>,
    dust: bool,
}

pub(super) async fn forecast(
    Seen(shown): Seen,
    Query(Asked { hours }): Query<Asked>,
) -> Result<Json<ForecastView>, Problem> {
    let hours = hours.unwrap_or(FORECAST_HOURS_DEFAULT);
    if !(1..=FORECAST_HOURS_MAX).contains(&hours) {
        let detail = format!("must be 1 to {FORECAST_HOURS_MAX}, got {hours}");
        return Err(Problem::bad_request("hours-wrong", "hours", detail));
    }
    let now = shown.outlook.now();
    let forecasts = shown.outlook.forecasts();
    let sector = shown.outlook.model().sector();
    let stations = forecasts.iter().map(|forecast| StationView::of(forecast, sector)).collect();
    let coverage = shown.outlook.live().read().coverage.value.clone();
    let coverage_version = coverage.as_ref().map(|coverage| coverage.version);
    let hours = match coverage {
        Some(coverage) => computed(&shown, coverage, (now, hours), forecasts).await?,
        None => Vec::new(),
    };
    Ok(Json(ForecastView { now: now.to_string(), coverage_version, stations, hours }))
}

/// The hours asked for, from the next full one on; those that are known are not computed again.
async fn computed(
    shown: &Shown,
    Coverage { assessment, version }: Coverage,
    (now, count): (Timestamp, usize),
    forecasts: Vec<Forecast>,
) -> Result<Vec<Hour>, Problem> {
    let first = next_hour(now);
    let mut kept = shown.forecasts.0.lock().await;
    let key = Key { coverage: version, first, forecasts };
    let known = kept.take().filter(|(known, _)| *known == key).map(|(_, hours)| hours);
    let known = known.unwrap_or_default();
    let model = Arc::clone(shown.outlook.model());
    let (forecasts, mut hours) = (key.forecasts.clone(), known);
    let all = tokio::task::spawn_blocking(move || {
        for hour in hours.len()..count {
            let at = i64::try_from(hour)
                .ok()
                .and_then(|hour| first.checked_add(SignedDuration::from_secs(hour * HOUR_S)).ok());
            let Some(at) = at else { break };
            hours.push(Hour::of(&model, &assessment, &forecasts, at));
        }
        hours
    });
    let all = all.await.map_err(|fault| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", fault.to_string())
    })?;
    let asked = all.iter().take(count).cloned().collect();
    *kept = Some((key, all));
    Ok(asked)
}

fn next_hour(now: Timestamp) -> Timestamp {
    let second = now.as_second();
    Timestamp::from_second(second - second.rem_euclid(HOUR_S) + HOUR_S).unwrap_or(now)
}

impl Hour {
    fn of(model: &Model, as_is: &Assessment, forecasts: &[Forecast], at: Timestamp) -> Self {
        let reach = |forecast: &Forecast| Some((forecast.clone(), forecast.taf.at(at)?));
        let expected: Vec<(Forecast, Expected)> = forecasts.iter().filter_map(reach).collect();
        let sector = model.sector();
        let weather: Vec<WeatherAt> = expected
            .iter()
            .map(|(forecast, Expected { worst, .. })| WeatherAt {
                point: sector.frame.point(forecast.place),
                visibility_m: Some(worst.visibility_m),
                wind_mps: worst.wind_mps,
                ceiling_m: worst.ceiling_m,
                dust: worst.dust,
            })
            .collect();
        let light = sun::light(sector.frame.origin(), at);
        let then = (!weather.is_empty()).then(|| {
            let as_is = as_is.conditions().clone();
            assess(model, &Conditions { weather, weather_stale: false, light, ..as_is })
        });
        let is_blind = |letter: char| matches!(letter, 'b' | 'u');
        let states: Option<String> = then
            .as_ref()
            .map(|then| then.stretches.iter().map(|stretch| letter_of(stretch.state)).collect());
        let length_m = |(stretch, letter): (&sight::sector::Stretch, char)| {
            if is_blind(letter) { stretch.to_m - stretch.from_m } else { 0.0 }
        };
        let blind_m = states.as_ref().map(|states| {
            round(sector.stretches.iter().zip(states.chars()).map(length_m).sum(), 0)
        });
        Self {
            at: at.to_string(),
            weather: expected.iter().map(WeatherView::of).collect(),
            states,
            probability: then.map(|then| {
                then.stretches.iter().map(|stretch| round(stretch.probability, 3)).collect()
            }),
            blind_m,
        }
    }
}

impl StationView {
    fn of(forecast: &Forecast, sector: &sight::sector::Sector) -> Self {
        let Forecast { station, place, issued_at, heard_at, .. } = forecast;
        let point = sector.frame.point(*place);
        Self {
            station: station.clone(),
            at: [round(place.lon_deg(), 5), round(place.lat_deg(), 5)],
            from_line_m: round(sector.line.signed_distance_m(point).abs(), 0),
            issued_at: issued_at.to_string(),
            heard_at: heard_at.to_string(),
        }
    }
}

impl WeatherView {
    fn of((forecast, Expected { likely, worst }): &(Forecast, Expected)) -> Self {
        let (likely, worst) = (OutlookView::of(*likely), OutlookView::of(*worst));
        Self { station: forecast.station.clone(), likely, worst }
    }
}

impl OutlookView {
    fn of(Outlook { visibility_m, wind_mps, ceiling_m, dust }: Outlook) -> Self {
        Self {
            visibility_m: round(visibility_m, 0),
            wind_mps: round(wind_mps, 1),
            ceiling_m: ceiling_m.map(|ceiling_m| round(ceiling_m, 0)),
            dust,
        }
    }
}
