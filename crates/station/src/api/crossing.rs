//! `GET /api/stretches/{id}/crossing`: the crossing that is least likely to be met in time, as things stand.
//!
//! Computed when somebody asks, not with every assessment, and kept until sight or a unit has changed.

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Serialize;
use sight::coverage::{
    Assessment, CorridorMap, Model, Readiness, TimelyPassage, corridor_map, interruptions,
};
use sight::crossing::Starter;
use tokio::sync::Mutex;

use super::problem::Problem;
use super::sector::{LonLat, place, round};
use super::shown::{Seen, Shown};
use crate::runtime::live::Coverage;

/// What was computed last. Whoever asks while it is computed waits for it.
#[derive(Debug, Default)]
pub(super) struct Crossings {
    met: Mutex<Option<(MetKey, Arc<Met>)>>,
    corridors: Mutex<Option<(u64, Arc<CorridorMap>)>>,
}

/// The crossing of each stretch; `None` where no way leads.
type Met = Vec<Option<TimelyPassage>>;

/// What crossings were computed from.
#[derive(Debug, Clone, PartialEq)]
struct MetKey {
    coverage: u64,
    units: Vec<Starter>,
}

#[derive(Debug, Serialize)]
pub(super) struct CrossingView {
    stretch: u32,
    /// The coverage that it was computed from.
    coverage_version: u64,
    /// Null where no way leads through the stretch.
    crossing: Option<WayView>,
}

#[derive(Debug, Serialize)]
struct WayView {
    /// Where it crosses the line.
    km: f64,
    p_interrupt: f64,
    p_detect: f64,
    crossing_s: f64,
    /// From a detection until the first unit is where the way ends; null when none gets there.
    response_s: Option<f64>,
    /// Where the last detection that comes in time would be; null when already the far edge is too late.
    critical: Option<LonLat>,
    way: Vec<LonLat>,
    legs: Vec<LegView>,
    assumed: Readiness,
}

/// A leg of the way, from the far edge on.
#[derive(Debug, Serialize)]
struct LegView {
    delay_s: f64,
    p_detect: f64,
    /// What it adds to the chance of being met.
    p_interrupt: f64,
}

pub(super) async fn crossing(
    Seen(shown): Seen,
    Path(id): Path<String>,
) -> Result<Json<CrossingView>, Problem> {
    let stretches = &shown.outlook.model().sector().stretches;
    let at = id.parse::<u32>().ok().and_then(|id| stretches.iter().position(|s| s.id.0 == id));
    let at = at.ok_or_else(|| {
        let detail = format!("there is no stretch `{id}` among the {}", stretches.len());
        Problem::new(StatusCode::NOT_FOUND, "stretch-unknown", detail).at("stretch")
    })?;
    let (coverage, met) = met(&shown).await?;
    let met = met.get(at).and_then(Option::as_ref);
    Ok(Json(CrossingView {
        stretch: stretches[at].id.0,
        coverage_version: coverage,
        crossing: met.map(|met| WayView::of(shown.outlook.model(), met)),
    }))
}

/// The best crossing through every cell as things stand, and the version of the coverage it was computed from.
pub(super) async fn corridors(shown: &Shown) -> Result<Option<(u64, Arc<CorridorMap>)>, Problem> {
    let Some(Coverage { assessment, version }) = coverage(shown) else { return Ok(None) };
    let mut kept = shown.crossings.corridors.lock().await;
    if kept.as_ref().is_none_or(|(known, _)| *known != version) {
        let model = Arc::clone(shown.outlook.model());
        let map = aside(move || corridor_map(&model, assessment.conditions())).await?;
        *kept = Some((version, Arc::new(map)));
    }
    Ok(kept.clone())
}

async fn met(shown: &Shown) -> Result<(u64, Arc<Met>), Problem> {
    let Some(Coverage { assessment, version }) = coverage(shown) else {
        let detail = "the line has not been assessed yet: ask again in a few seconds";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-assessed", detail));
    };
    let key = MetKey { coverage: version, units: units(shown) };
    let mut kept = shown.crossings.met.lock().await;
    if let Some((known, met)) = kept.as_ref()
        && *known == key
    {
        return Ok((version, Arc::clone(met)));
    }
    let (model, starters) = (Arc::clone(shown.outlook.model()), key.units.clone());
    let met = aside(move || compute(&model, &assessment, &starters)).await?;
    let met = Arc::new(met);
    *kept = Some((key, Arc::clone(&met)));
    Ok((version, met))
}

fn compute(model: &Model, assessment: &Assessment, units: &[Starter]) -> Met {
    interruptions(model, assessment.conditions(), units, &Readiness::default())
}

fn coverage(shown: &Shown) -> Option<Coverage> {
    shown.outlook.live().read().coverage.value.clone()
}

/// Units where they are now.
fn units(shown: &Shown) -> Vec<Starter> {
    let picture = shown.outlook.live().read();
    let starter = |unit: &watch::dispatch::UnitState| Starter {
        unit: unit.id.clone(),
        mobility: unit.mobility,
        point: unit.point,
    };
    picture.units.values().map(starter).collect()
}

/// Work that takes a while, beside the threads that answer.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
    })
}

impl WayView {
    fn of(model: &Model, met: &TimelyPassage) -> Self {
        let frame = &model.sector().frame;
        let legs = met.legs.iter().zip(&met.interruption.shares);
        Self {
            km: round(met.passage.chainage_m / 1e3, 2),
            p_interrupt: round(met.interruption.p_interrupt, 4),
            p_detect: round(met.passage.probability, 4),
            crossing_s: round(met.passage.time_s, 0),
            response_s: met.response_s.map(|s| round(s, 0)),
            critical: met.critical.map(|point| place(frame, point)),
            way: met.passage.way.iter().map(|waypoint| place(frame, waypoint.point)).collect(),
            legs: legs
                .map(|(leg, share)| LegView {
                    delay_s: round(leg.delay_s, 0),
                    p_detect: round(leg.p_detect, 4),
                    p_interrupt: round(share.p_interrupt, 4),
                })
                .collect(),
            assumed: Readiness::default(),
        }
    }
}
