//! Units that can be sent: they answer, go there over the ground, and tell what they see.

use std::collections::BTreeMap;

use sight::geo::EnuPoint;
use sight::sector::{Mobility, Unit};

use crate::chance::{Chance, Luck, normal_cdf};
use crate::eye::{self, LUCK_MEMORY_S, ObjectName, Opinion, Scene, Sighting, seconds};
use crate::ground::{Ground, Stand};
use crate::mover::{self, Mover};
use crate::path::{self, Gait, Traveller};
use crate::physics;
use crate::timeline::Timeline;

/// Speed of a patrol on flat ground: on foot, by vehicle off the road (A; DOMAIN 4: 30-60 km/h).
const FOOT_MPS: f64 = 1.4;
const VEHICLE_MPS: f64 = 11.0;
/// Seconds until a crew answers a task (A).
const ANSWERS_S: (f64, f64) = (5.0, 20.0);
/// Range at which a crew on the ground finds a walker every other look, with night aids (A).
const HALF_RANGE_M: f64 = 450.0;
/// Height of a crew's eyes (A).
const EYES_M: f64 = 2.0;
/// How often a crew tells what it sees (A).
const RECOGNISES: f64 = 0.85;
/// A crew reports the same mover again after this time (A).
const REPEATS_S: f64 = 90.0;
/// Seconds between seeing and having reported by radio (A).
const LATE_S: (f64, f64) = (45.0, 240.0);

/// One unit of the sector on its way through the night.
#[derive(Debug, Clone)]
pub(crate) struct Crew {
    pub unit: Unit,
    pub chance: Chance,
    timeline: Timeline,
    /// The task it is on.
    pub task: Option<String>,
    luck: BTreeMap<usize, Luck>,
    told_s: BTreeMap<usize, f64>,
}

/// How a crew takes a task, and when it will be there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Goes { answers_s: f64, arrives_s: f64 },
    NoWay { answers_s: f64 },
}

impl Crew {
    pub(crate) fn new(unit: Unit, chance: Chance) -> Self {
        let timeline = Timeline::starting(0.0, unit.point);
        Self { unit, chance, timeline, task: None, luck: BTreeMap::new(), told_s: BTreeMap::new() }
    }

    pub(crate) fn point(&self, at_s: f64) -> EnuPoint {
        self.timeline.at(at_s).point
    }

    /// Sets out for a place; the task before it, if any, is dropped.
    pub(crate) fn send(&mut self, ground: &Ground, task: &str, to: EnuPoint, at_s: f64) -> Answer {
        let answers_s = at_s + self.chance.between(ANSWERS_S.0, ANSWERS_S.1);
        if self.head_for(ground, to, answers_s) {
            self.task = Some(task.to_owned());
            let arrives_s = self.timeline.end().map_or(answers_s, |(end_s, _)| end_s);
            Answer::Goes { answers_s, arrives_s }
        } else {
            Answer::NoWay { answers_s }
        }
    }

    /// Gives up its task and goes back to its base.
    pub(crate) fn recall(&mut self, ground: &Ground, at_s: f64) {
        self.task = None;
        let home = self.unit.point;
        self.head_for(ground, home, at_s);
    }

    fn head_for(&mut self, ground: &Ground, to: EnuPoint, departs_s: f64) -> bool {
        let (gait, flat_speed_mps) = match self.unit.mobility {
            Mobility::Foot => (Gait::Foot, FOOT_MPS),
            Mobility::Vehicle => (Gait::Wheels, VEHICLE_MPS),
        };
        let flat_speed_mps = flat_speed_mps * self.chance.between(0.9, 1.1);
        let traveller = Traveller { gait, flat_speed_mps, careful: false };
        let from = self.point(departs_s);
        let Some(way) = path::find(ground, &traveller, (from, to), &mut self.chance) else {
            return false;
        };
        self.timeline = mover::walk(ground, &traveller, departs_s, &way);
        true
    }

    /// What the crew sees around itself: sightings with the seconds until they are reported.
    pub(crate) fn look(&mut self, scene: &Scene<'_>, at_ms: i64) -> Vec<(Sighting, f64)> {
        let at_s = seconds(at_ms);
        let here = self.point(at_s);
        let Some(stand) = scene.ground.stand(here) else { return Vec::new() };
        let mut told = Vec::new();
        for (index, mover) in scene.movers.iter().enumerate() {
            if self.told_lately(index, at_s) {
                continue;
            }
            let Some((there, probability)) = chance_of(scene, &stand, mover, at_s) else {
                continue;
            };
            let chance = &mut self.chance;
            let luck = self.luck.entry(index).or_insert_with(|| Luck::new(chance, at_s));
            if normal_cdf(luck.at(at_s, LUCK_MEMORY_S, chance)) >= probability {
                continue;
            }
            self.told_s.insert(index, at_s);
            let label = eye::label_of(mover.bodies.iter().map(|body| body.kind));
            let ordinal = u32::try_from(index).unwrap_or(u32::MAX);
            let sighting = Sighting {
                truth: Some(index),
                object: ObjectName { first_seen_ms: at_ms, ordinal },
                fix: eye::by_eye(here, there, chance),
                opinion: Opinion::about(label, RECOGNISES, chance),
                confidence: chance.between(0.6, 0.95),
            };
            told.push((sighting, chance.between(LATE_S.0, LATE_S.1)));
        }
        told
    }

    fn told_lately(&self, index: usize, at_s: f64) -> bool {
        self.told_s.get(&index).is_some_and(|told_s| at_s - told_s < REPEATS_S)
    }
}

/// Where a mover is and the chance that a crew sees it; `None` when it is hidden or far.
///
/// The largest figure counts; more of them help as its root in number would if independent (A).
fn chance_of(scene: &Scene<'_>, here: &Stand, mover: &Mover, at_s: f64) -> Option<(EnuPoint, f64)> {
    let there = mover.at(at_s)?.point;
    let range_m = there.distance_m(here.point);
    if range_m > 4.0 * HALF_RANGE_M {
        return None;
    }
    let target = scene.ground.stand(there)?;
    let largest =
        mover.figures(at_s).max_by(|a, b| a.aspect.dimension_m.total_cmp(&b.aspect.dimension_m))?;
    let refraction = scene.ground.sector().settings.refraction;
    let sees = (here, EYES_M);
    scene.ground.lowest_visible_m(sees, (&target, largest.height_m), refraction)?;
    let depth = scene.weather.depth(here.point, there, at_s);
    let one = physics::observer_chance(HALF_RANGE_M, &largest.aspect, range_m, depth);
    let many = libm::pow(1.0 - one, (mover.bodies.len() as f64).sqrt());
    Some((there, 1.0 - many))
}
