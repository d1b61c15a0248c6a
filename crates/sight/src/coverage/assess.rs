//! The watch state of every stretch under given conditions.

use std::sync::Arc;

use crate::coverage::air::{Air, End};
use crate::coverage::kept::{If, Kept, Question, Slot};
use crate::coverage::live::is_relied_on;
use crate::coverage::model::Model;
use crate::coverage::reach::Ground;
use crate::coverage::reasons::{Causes, explain};
use crate::coverage::repair::Repairs;
use crate::coverage::scene::{Assumed, Crossings, Scene, Views};
use crate::coverage::{Assessment, Conditions, Health, StretchAssessment, WatchState};
use crate::crossing::net::{Asked, LeastDetected};

/// From this probability on a stretch is watched (SIGHT.md).
pub const WATCHED_MIN: f64 = 0.9;
/// From this probability on it is degraded, below it is blind (SIGHT.md).
pub const DEGRADED_MIN: f64 = 0.5;

/// Assesses the whole watch. Pure: the same model and conditions give the same result, bit for bit.
///
/// The state follows from the worse end of every assumption. It is `unknown` where inputs that are too old would
/// change it: sensors with stale heartbeats, or that see less than the weather explains, working or not, stale weather
/// being clear air or the worst air.
pub fn assess(model: &Model, conditions: &Conditions) -> Assessment {
    assessed(&mut None, model, conditions)
}

/// Assesses one model again and again; each assessment starts from what the one before has led to.
///
/// Every assessment equals that of [`assess`], bit for bit: only the time that it takes depends on those before.
pub struct Assessor {
    model: Arc<Model>,
    kept: Option<Kept>,
}

impl Assessor {
    pub fn new(model: Arc<Model>) -> Self {
        Self { model, kept: None }
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// Assesses the whole watch under these conditions.
    pub fn assess(&mut self, conditions: &Conditions) -> Assessment {
        assessed(&mut self.kept, &self.model, conditions)
    }
}

impl std::fmt::Debug for Assessor {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Assessor").field("model", &self.model).finish_non_exhaustive()
    }
}

fn assessed(known: &mut Option<Kept>, model: &Model, conditions: &Conditions) -> Assessment {
    let scene = Scene::new(model, conditions);
    let mut kept = Kept::follow(known.take(), &scene, conditions);
    let clear = Air::clear(&model.sector().settings);
    let worse = kept.live.air().clone();
    let heard = scene.working(is_relied_on);
    let low = kept.crossings(&scene);
    let mut stretches = states(&scene, &mut kept, (&low, &worse), conditions);
    if stretches.iter().any(|stretch| stretch.state != WatchState::Watched) {
        let assumed =
            Assumed { air: &worse, ground: Ground::AsItIs, working: &heard, views: Views::AsTold };
        let causes = Causes { scene: &scene, low: &assumed, clear: &clear };
        explain(&causes, &mut kept, &low, &mut stretches);
        let repairs = Repairs { scene: &scene, air: &worse, low: &low };
        repairs.offer_to(&mut kept, &mut stretches);
    }
    let assessment = Assessment {
        stretches,
        grounded: grounded(&scene, &worse),
        conditions: conditions.clone(),
        field: kept.live.shared(),
        glances: Arc::clone(&kept.glances),
    };
    *known = Some(kept);
    assessment
}

/// States and figures of the stretches, without reasons and repairs.
fn states(
    scene: &Scene<'_>,
    kept: &mut Kept,
    (low, worse): (&Crossings, &Air),
    conditions: &Conditions,
) -> Vec<StretchAssessment> {
    let model = scene.model;
    let heard = scene.working(is_relied_on);
    let believed = scene.working(may_be_relied_on);
    let better = if conditions.weather_stale {
        Air::clear(&model.sector().settings)
    } else {
        model.air(conditions, End::Better)
    };
    let every = vec![true; low.len()];
    let asked = Asked::Uncertain(&every);
    let mut questions = Vec::new();
    if conditions.weather_stale || heard != believed || better != *worse {
        let assumed = Assumed {
            air: &better,
            ground: Ground::AsItIs,
            working: &believed,
            views: Views::AsTold,
        };
        // The better end knows of no heading, unless it stands for stale weather that is believed.
        questions.push(Question {
            slot: Some(Slot::Better),
            if_so: If::Assumed(assumed),
            asked,
            headed: conditions.weather_stale,
        });
    }
    if !conditions.weather_stale && heard != believed {
        let silent = (0..heard.len()).filter(|index| heard[*index] != believed[*index]);
        let silent: Vec<usize> = silent.collect();
        let add = move |sums: &mut _| scene.add_sensors(&silent, worse, sums);
        questions.push(Question {
            slot: Some(Slot::Believed),
            if_so: If::Changed(Box::new(add), Some(believed.clone())),
            asked,
            headed: true,
        });
    }
    let answers = kept.answer(scene, &questions);
    let high = answers.first().unwrap_or(low);
    // With stale weather the better end is what the states would be if it were believed.
    let if_believed = answers.get(1).or(Some(high).filter(|_| conditions.weather_stale));
    let each = model.sector().stretches.iter().enumerate();
    each.map(|(at, stretch)| {
        let probability_low = probability(low[at]);
        let state = match if_believed {
            Some(other) if state_of(other[at]) != state_of(low[at]) => WatchState::Unknown,
            _ => state_of(low[at]),
        };
        StretchAssessment {
            stretch: stretch.id,
            state,
            probability: probability_low,
            probability_high: probability(high[at]).max(probability_low),
            crossing_s: low[at].map_or(0.0, LeastDetected::time_s),
            reasons: Vec::new(),
            repair: None,
        }
    })
    .collect()
}

fn grounded(scene: &Scene<'_>, air: &Air) -> Vec<crate::sector::SensorId> {
    let sensors = &scene.model.sector().sensors;
    (0..sensors.len())
        .filter(|index| scene.is_grounded(*index, air))
        .map(|index| sensors[index].id.clone())
        .collect()
}

/// Sensors that the better end believes.
fn may_be_relied_on(health: Health) -> bool {
    match health {
        Health::Working | Health::Stale | Health::Obscured | Health::Impaired => true,
        Health::Down | Health::NeverHeard | Health::Quarantined => false,
    }
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
