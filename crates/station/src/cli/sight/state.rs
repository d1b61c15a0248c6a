//! `watchline sight state`: the watch state of each stretch, why, and what would mend it.

use std::path::PathBuf;

use serde::Serialize;
use sight::coverage::{Assessment, Cause, Model, Repair, StretchAssessment, WatchState};
use sight::geo::EnuPoint;

use super::assumed::Assumed;
use super::picture;
use crate::cli::output::Table;
use crate::cli::{Answer, Outcome, Output};

/// The watch state of each stretch: state, chance that the least-detected crossing is detected, reasons and repair.
///
/// A crossing belongs to the stretch through which it first crosses the line. Watched from 0.9, degraded from 0.5,
/// below it blind. All sensors but those named by --without are taken to work where the sector file puts them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: the same night in a dust storm, one tower out\n  \
        watchline sight state --sector upper-euphrates --weather 'METAR ORXX 201200Z 31030KT 0300 DS' \
        --without tower-4-thermal")]
pub(crate) struct State {
    #[command(flatten)]
    assumed: Assumed,
    /// Also writes the strip of the line as a picture (.png).
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The answer.
#[derive(Debug, Serialize)]
struct States {
    sector: String,
    watched_km: f64,
    degraded_km: f64,
    blind_km: f64,
    unknown_km: f64,
    /// The weather is older than the sector's limit.
    weather_stale: bool,
    grounded: Vec<String>,
    stretches: Vec<StateRow>,
}

#[derive(Debug, Serialize)]
struct StateRow {
    id: u32,
    from_km: f64,
    to_km: f64,
    state: WatchState,
    probability: f64,
    probability_high: f64,
    crossing_s: f64,
    reasons: Vec<sight::coverage::Reason>,
    repair: Option<RepairRow>,
    #[serde(skip)]
    why: String,
}

#[derive(Debug, Serialize)]
struct RepairRow {
    kind: &'static str,
    sensor: Option<String>,
    at: Option<[f64; 2]>,
    probability_with: f64,
}

impl State {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let (model, assessment) = self.assumed.assess()?;
        if let Some(path) = &self.out {
            picture::strip(&model, &assessment).write_png(path)?;
        }
        out.answer(&States::of(&model, &assessment), States::text)?;
        Ok(Answer::Yes)
    }
}

impl States {
    fn of(model: &Model, assessment: &Assessment) -> Self {
        let stretches = &model.sector().stretches;
        let km = |state: WatchState| {
            let each = stretches.iter().zip(&assessment.stretches);
            each.filter(|(_, assessed)| assessed.state == state)
                .fold(0.0, |km, (stretch, _)| km + (stretch.to_m - stretch.from_m) / 1e3)
        };
        Self {
            sector: model.sector().name.clone(),
            watched_km: km(WatchState::Watched),
            degraded_km: km(WatchState::Degraded),
            blind_km: km(WatchState::Blind),
            unknown_km: km(WatchState::Unknown),
            weather_stale: assessment.conditions().weather_stale,
            grounded: assessment.grounded.iter().map(|id| id.0.clone()).collect(),
            stretches: stretches
                .iter()
                .zip(&assessment.stretches)
                .map(|(stretch, assessed)| StateRow {
                    id: stretch.id.0,
                    from_km: stretch.from_m / 1e3,
                    to_km: stretch.to_m / 1e3,
                    state: assessed.state,
                    probability: assessed.probability,
                    probability_high: assessed.probability_high,
                    crossing_s: assessed.crossing_s,
                    reasons: assessed.reasons.clone(),
                    repair: assessed.repair.as_ref().map(|repair| RepairRow::of(repair, model)),
                    why: why(assessed),
                })
                .collect(),
        }
    }

    /// Neighbours alike in state and reason stand in one row.
    fn text(&self) -> String {
        let mut table = Table::new(["km", "to", "state", "p", "p high", "why", "repair"]);
        for rows in self.stretches.chunk_by(|a, b| a.state == b.state && a.why == b.why) {
            let weakest = rows.iter().min_by(|a, b| a.probability.total_cmp(&b.probability));
            let (Some(first), Some(last), Some(weakest)) = (rows.first(), rows.last(), weakest)
            else {
                continue;
            };
            table.row([
                format!("{:.2}", first.from_km),
                format!("{:.2}", last.to_km),
                word(first.state).to_owned(),
                format!("{:.2}", weakest.probability),
                format!("{:.2}", weakest.probability_high),
                first.why.clone(),
                weakest.repair.as_ref().map(RepairRow::text).unwrap_or_default(),
            ]);
        }
        let grounded = match self.grounded.as_slice() {
            [] => String::new(),
            some => format!("\ngrounded by the weather: {}", some.join(", ")),
        };
        let stale = if self.weather_stale {
            "\nthe weather is too old: what depends on it is unknown"
        } else {
            ""
        };
        format!(
            "{table}\n\nwatched {:.1} km, degraded {:.1} km, blind {:.1} km, unknown {:.1} km{grounded}{stale}",
            self.watched_km, self.degraded_km, self.blind_km, self.unknown_km
        )
    }
}

impl RepairRow {
    fn of(repair: &Repair, model: &Model) -> Self {
        match repair {
            Repair::RestoreSensor { sensor, probability_with } => Self {
                kind: "restore-sensor",
                sensor: Some(sensor.0.clone()),
                at: None,
                probability_with: *probability_with,
            },
            Repair::MoveSensor { sensor, at, probability_with } => Self {
                kind: "move-sensor",
                sensor: Some(sensor.0.clone()),
                at: Some(lon_lat(model, *at)),
                probability_with: *probability_with,
            },
            Repair::PostObserver { at, probability_with } => Self {
                kind: "post-observer",
                sensor: None,
                at: Some(lon_lat(model, *at)),
                probability_with: *probability_with,
            },
        }
    }

    fn text(&self) -> String {
        let what = match (&self.sensor, self.at) {
            (Some(sensor), Some([lon, lat])) => format!("move {sensor} to {lon:.4},{lat:.4}"),
            (Some(sensor), None) => format!("restore {sensor}"),
            (None, Some([lon, lat])) => format!("observer at {lon:.4},{lat:.4}"),
            (None, None) => return String::new(),
        };
        format!("{what} -> {:.2}", self.probability_with)
    }
}

fn lon_lat(model: &Model, point: EnuPoint) -> [f64; 2] {
    let place = model.sector().frame.place(point);
    [place.lon_deg(), place.lat_deg()]
}

/// The dearest causes in words.
fn why(assessed: &StretchAssessment) -> String {
    let words = assessed.reasons.iter().take(2).map(|reason| match &reason.cause {
        Cause::Terrain => "terrain".to_owned(),
        Cause::Dust => "dust".to_owned(),
        Cause::Outage { sensor } => format!("{} out", sensor.0),
        Cause::StaleHeartbeat { sensor } => format!("{} silent", sensor.0),
        Cause::NobodyAssigned => "nobody assigned".to_owned(),
        Cause::Obscured { sensor } => format!("{} obscured", sensor.0),
        Cause::Impaired { sensor } => format!("{} impaired", sensor.0),
        Cause::Quarantined { sensor } => format!("{} not believed", sensor.0),
        Cause::LooksElsewhere { sensor } => format!("{} looks elsewhere", sensor.0),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// A state's word.
pub(in crate::cli) fn word(state: WatchState) -> &'static str {
    match state {
        WatchState::Watched => "watched",
        WatchState::Degraded => "degraded",
        WatchState::Blind => "blind",
        WatchState::Unknown => "unknown",
    }
}
