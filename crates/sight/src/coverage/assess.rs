//! The watch state of every stretch under given conditions.

use std::sync::Arc;

use crate::coverage::air::{Air, End};
use crate::coverage::glance::Glances;
use crate::coverage::live::{is_relied_on, worse_air};
use crate::coverage::model::Model;
use crate::coverage::reach::Ground;
use crate::coverage::reasons::{Causes, explain};
use crate::coverage::repair::Repairs;
use crate::coverage::scene::{Assumed, Scene};
use crate::coverage::{Assessment, Conditions, Health, StretchAssessment, WatchState};
use crate::crossing::net::{Asked, LeastDetected};

/// From this probability on a stretch is watched (SIGHT.md).
pub const WATCHED_MIN: f64 = 0.9;
/// From this probability on it is degraded, below it is blind (SIGHT.md).
pub const DEGRADED_MIN: f64 = 0.5;

/// Assesses the whole watch. Pure: the same model and conditions give the same result, bit for bit.
///
/// The state follows from the worse end of every assumption. It is `unknown` where inputs that are too old would
/// change it: sensors with stale heartbeats working or not, stale weather being clear air or the worst air.
pub fn assess(model: &Model, conditions: &Conditions) -> Assessment {
    let scene = Scene::new(model, conditions);
    let heard = scene.working(is_relied_on);
    let believed = scene.working(|health| matches!(health, Health::Working | Health::Stale));
    let clear = Air::clear(&model.sector().settings);
    let worse = worse_air(model, conditions);
    let better =
        if conditions.weather_stale { clear.clone() } else { model.air(conditions, End::Better) };

    let low_assumed = Assumed { air: &worse, ground: Ground::AsItIs, working: &heard };
    let field = scene.field(&worse);
    let sums = scene.sums_of(&field);
    let low = scene.crossings(&sums, Asked::All);
    let every = vec![true; low.len()];
    let asked = Asked::Uncertain(&every);
    let run = |air: &Air, working: &[bool]| {
        let assumed = Assumed { air, ground: Ground::AsItIs, working };
        scene.crossings(&scene.sums(&assumed), asked)
    };
    let if_believed = if conditions.weather_stale {
        Some(run(&clear, &believed))
    } else if heard != believed {
        let silent = (0..heard.len()).filter(|index| heard[*index] != believed[*index]);
        let mut sums = sums.clone();
        silent.for_each(|index| scene.add_sensor(index, &worse, &mut sums));
        Some(scene.crossings(&sums, asked))
    } else {
        None
    };
    let high = if if_believed.is_some() || better != worse {
        run(&better, &believed)
    } else {
        low.clone()
    };

    let mut stretches: Vec<StretchAssessment> = model
        .sector()
        .stretches
        .iter()
        .enumerate()
        .map(|(at, stretch)| {
            let probability = probability(low[at]);
            let state = match &if_believed {
                Some(other) if state_of(other[at]) != state_of(low[at]) => WatchState::Unknown,
                _ => state_of(low[at]),
            };
            StretchAssessment {
                stretch: stretch.id,
                state,
                probability,
                probability_high: crate::coverage::assess::probability(high[at]).max(probability),
                crossing_s: low[at].map_or(0.0, LeastDetected::time_s),
                reasons: Vec::new(),
                repair: None,
            }
        })
        .collect();
    if stretches.iter().any(|stretch| stretch.state != WatchState::Watched) {
        let causes = Causes { scene: &scene, low: &low_assumed, clear: &clear, sums: &sums };
        explain(&causes, &low, &mut stretches);
        let repairs = Repairs { scene: &scene, air: &worse, sums: &sums, low: &low };
        repairs.offer_to(&mut stretches);
    }
    let grounded = grounded(&scene, &worse);
    Assessment {
        stretches,
        grounded,
        conditions: conditions.clone(),
        field,
        glances: Arc::new(Glances::new(model, conditions)),
    }
}

fn grounded(scene: &Scene<'_>, air: &Air) -> Vec<crate::sector::SensorId> {
    let sensors = &scene.model.sector().sensors;
    (0..sensors.len())
        .filter(|index| scene.is_grounded(*index, air))
        .map(|index| sensors[index].id.clone())
        .collect()
}

/// Chance that a crossing is detected; certain where no way leads through the stretch.
pub(crate) fn probability(crossing: Option<LeastDetected>) -> f64 {
    crossing.map_or(1.0, LeastDetected::probability)
}

pub(crate) fn state_of(crossing: Option<LeastDetected>) -> WatchState {
    state_at(probability(crossing))
}

/// The state of a stretch whose least-detected crossing has a probability of detection.
pub(crate) fn state_at(probability: f64) -> WatchState {
    match probability {
        high if high >= WATCHED_MIN => WatchState::Watched,
        middle if middle >= DEGRADED_MIN => WatchState::Degraded,
        _ => WatchState::Blind,
    }
}
