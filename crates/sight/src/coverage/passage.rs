//! Where a careful mover would pass each stretch, and the chance of meeting them in time.

use serde::{Deserialize, Serialize};

use super::Conditions;
use super::heading::Beam;
use super::live::{is_relied_on, worse_air};
use super::model::Model;
use super::reach::Ground;
use super::scene::{Assumed, Scene, Sums, Views};
use crate::crossing::easi::{self, DetectedAt, Element, Interruption, Response};
use crate::crossing::net::{COST_ONE, Cost, Escape, Steps, UNREACHED};
use crate::crossing::pace::TICKS_PER_S;
use crate::crossing::{Starter, arrivals};
use crate::geo::EnuPoint;
use crate::sector::StretchId;

/// Legs that a passage is cut into for the probability of interruption: their times vary independently of each other.
const LEGS: u64 = 12;

/// The least-detected crossing through a stretch, from the far edge to the near edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    pub stretch: StretchId,
    /// Where it crosses the line, metres from km post 0.
    pub chainage_m: f64,
    /// Chance that it is detected at all.
    pub probability: f64,
    pub time_s: f64,
    pub way: Vec<Waypoint>,
}

/// A point of a passage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Waypoint {
    pub point: EnuPoint,
    /// Since the far edge.
    pub at_s: f64,
    /// Chance of having been detected on the way here.
    pub detected: f64,
}

/// How those who respond come to know and set off. Each figure is an assumption of the one who asks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// From a detection to units on their way: seen, judged, told.
    pub alarm_s: f64,
    /// Chance that a detection is told to them.
    pub p_comm: f64,
    /// Standard deviation of every time as a share of it; 0.3 in the textbook.
    pub sd_share: f64,
}

/// A minute to see, judge and tell; one call in twenty unheard; the textbook's spread (A).
impl Default for Readiness {
    fn default() -> Self {
        Self { alarm_s: 60.0, p_comm: 0.95, sd_share: 0.3 }
    }
}

/// The crossing through a stretch that is least likely to be met in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelyPassage {
    pub passage: Passage,
    /// Mean time from a detection until the first unit is where the passage ends; `None` when none gets there.
    pub response_s: Option<f64>,
    /// Where the last detection that comes in time would be; `None` when already the far edge is too late.
    pub critical: Option<EnuPoint>,
    /// The way as EASI takes it: ground in legs of about equal time, each barrier a leg of its own.
    pub legs: Vec<Element>,
    pub interruption: Interruption,
}

/// The least-detected crossing of each stretch, in their order, all assumptions at their worse end.
///
/// Probability and time are those of [`super::assess`]; `None` where no way leads through a stretch.
pub fn crossing_profile(model: &Model, conditions: &Conditions) -> Vec<Option<Passage>> {
    let scene = Scene::new(model, conditions);
    let watch = Watch::new(&scene, conditions);
    let times = &scene.mover.times;
    let steps = model.net.passages((times, &times.tolls), &watch.hazard);
    let told = |(at, steps): (usize, Option<Steps>)| {
        let steps = steps?;
        Some(passage(model, at, &steps, &watch.costs(&steps)))
    };
    steps.into_iter().enumerate().map(told).collect()
}

/// The crossing of each stretch that is least likely to be detected in time, and the chance that it is interrupted.
///
/// A detection is in time where the fastest way on to the near edge takes no less than the first unit needs to the place where
/// that way ends. Beyond the last such ground detection does not count any more, so that a careful mover stays unseen up to
/// the critical detection point and hurries from there on (Garcia). The chance itself is EASI's along that way.
pub fn interruptions(
    model: &Model,
    conditions: &Conditions,
    units: &[Starter],
    readiness: &Readiness,
) -> Vec<Option<TimelyPassage>> {
    let scene = Scene::new(model, conditions);
    let watch = Watch::new(&scene, conditions);
    let hazard = &watch.hazard;
    let times = &scene.mover.times;
    let escape = model.net.escape(times);
    let isochrone = arrivals::isochrone(model, units, conditions.light);
    let late = Late { model, escape: &escape, isochrone: &isochrone, alarm_s: readiness.alarm_s };
    let timely: Vec<u32> = hazard
        .iter()
        .enumerate()
        .map(|(node, hazard)| if late.is_in_time(node) { *hazard } else { 0 })
        .collect();
    // A barrier's own sensor is of no more use than any other once it is too late.
    let tolls = times.tolls.counting(&model.net, |node| late.is_in_time(node as usize));
    let steps = model.net.passages((times, &tolls), &timely);
    steps
        .into_iter()
        .enumerate()
        .map(|(at, steps)| {
            let steps = steps?;
            // The way was chosen by timely detection alone; what is told of it is all detection.
            Some(late.met(at, &steps, &watch.costs(&steps), readiness))
        })
        .collect()
}

/// What watches at the worse end of every assumption.
struct Watch<'a> {
    scene: &'a Scene<'a>,
    sums: Sums,
    /// By node.
    hazard: Vec<u32>,
    beams: Vec<Beam>,
}

impl<'a> Watch<'a> {
    fn new(scene: &'a Scene<'a>, conditions: &Conditions) -> Self {
        let (air, working) = (worse_air(scene.model, conditions), scene.working(is_relied_on));
        let ground = Ground::AsItIs;
        let sums =
            scene.sums(&Assumed { air: &air, ground, working: &working, views: Views::AsTold });
        let (hazard, beams) = (scene.hazard(&sums), scene.beams(&working, ground, Views::AsTold));
        Self { scene, sums, hazard, beams }
    }

    /// What each step of a crossing costs on its own heading.
    fn costs(&self, steps: &Steps) -> Vec<Cost> {
        let costs = self.scene.model.net.costs_along(steps, &self.scene.mover.times, &self.hazard);
        self.scene.costs_headed(steps, costs, (&self.sums, &self.beams))
    }
}

fn passage(model: &Model, stretch: usize, steps: &Steps, costs: &[Cost]) -> Passage {
    let (mut detection, mut ticks) = (0, 0);
    let mut way = vec![waypoint(model, steps.nodes[0], 0, 0)];
    for (node, cost) in steps.nodes[1..].iter().zip(costs) {
        detection += cost.detection;
        ticks += cost.ticks;
        way.push(waypoint(model, *node, detection, ticks));
    }
    let end = way[way.len() - 1];
    Passage {
        stretch: model.sector().stretches[stretch].id,
        chainage_m: model.net.ways_over[steps.least.way_over as usize].chainage_m,
        probability: end.detected,
        time_s: end.at_s,
        way,
    }
}

fn waypoint(model: &Model, node: u32, cost: u64, ticks: u64) -> Waypoint {
    Waypoint {
        point: model.going.points[model.net.layout.cell_of(node)],
        at_s: ticks as f64 / TICKS_PER_S,
        detected: chance(cost),
    }
}

/// What is needed to say whether a detection comes in time.
struct Late<'a> {
    model: &'a Model,
    escape: &'a Escape,
    isochrone: &'a [u64],
    alarm_s: f64,
}

impl Late<'_> {
    /// Seconds from a detection until the first unit is at a node of the near edge.
    fn response_s(&self, exit: u32) -> Option<f64> {
        let net = &self.model.net;
        let cell = ((exit as usize) < net.len()).then(|| net.layout.cell_of(exit))?;
        let ticks = self.isochrone[cell];
        (ticks != arrivals::UNREACHED).then(|| self.alarm_s + ticks as f64 / TICKS_PER_S)
    }

    fn is_in_time(&self, node: usize) -> bool {
        let left = self.escape.ticks[node];
        let response_s = self.response_s(self.escape.exit[node]);
        left != UNREACHED
            && response_s.is_some_and(|needed_s| left as f64 / TICKS_PER_S >= needed_s)
    }

    fn met(
        &self,
        stretch: usize,
        steps: &Steps,
        costs: &[Cost],
        readiness: &Readiness,
    ) -> TimelyPassage {
        let passage = passage(self.model, stretch, steps, costs);
        let critical = steps
            .nodes
            .iter()
            .rposition(|node| self.is_in_time(*node as usize))
            .map(|at| passage.way[at].point);
        let response_s = steps.nodes.last().and_then(|exit| self.response_s(*exit));
        let response = Response {
            time_s: response_s.unwrap_or(f64::MAX),
            sd_s: response_s.unwrap_or(0.0) * readiness.sd_share,
            p_comm: readiness.p_comm,
        };
        let legs = legs(costs, readiness.sd_share);
        let interruption = easi::interruption(&legs, &response);
        TimelyPassage { passage, response_s, critical, legs, interruption }
    }
}

/// A passage in legs of about equal time, and each barrier as a leg of its own with its own spread.
fn legs(costs: &[Cost], sd_share: f64) -> Vec<Element> {
    let total: u64 = costs.iter().map(|cost| cost.ticks).sum();
    let share = (total / LEGS).max(1);
    let mut legs = Vec::new();
    let mut walk = Walk::default();
    for cost in costs {
        let (held_up, on_the_way) = split(cost);
        if let Some(barrier) = held_up {
            legs.extend(walk.take(sd_share));
            legs.push(barrier);
        }
        walk.detection += on_the_way.detection;
        walk.ticks += on_the_way.ticks;
        if walk.ticks >= share {
            legs.extend(walk.take(sd_share));
        }
    }
    legs.extend(walk.take(sd_share));
    legs
}

/// Ground covered since the last leg.
#[derive(Debug, Clone, Copy, Default)]
struct Walk {
    detection: u64,
    ticks: u64,
}

impl Walk {
    /// What was walked as a leg, if anything.
    fn take(&mut self, sd_share: f64) -> Option<Element> {
        let walked = std::mem::take(self);
        (walked.ticks > 0).then(|| {
            let delay_s = walked.ticks as f64 / TICKS_PER_S;
            Element {
                p_detect: chance(walked.detection),
                delay_s,
                delay_sd_s: sd_share * delay_s,
                at: DetectedAt::Middle,
            }
        })
    }
}

/// What of a step is being held up by barriers, and what is walking.
///
/// A barrier's own sensor notices somebody as they begin to get over it; what else looks there sees them in the middle.
fn split(cost: &Cost) -> (Option<Element>, Walk) {
    let held_ticks = u64::from(cost.barriers.ticks()).min(cost.ticks);
    let own = cost.barriers.cost().min(cost.detection);
    if held_ticks == 0 && own == 0 {
        return (None, Walk { detection: cost.detection, ticks: cost.ticks });
    }
    let seen = cost.detection - own;
    let seen_held = seen * held_ticks / cost.ticks.max(1);
    let barrier = Element {
        p_detect: chance(own + seen_held),
        delay_s: cost.barriers.delay_s,
        delay_sd_s: libm::sqrt(cost.barriers.variance_s2),
        at: if own > 0 { DetectedAt::Beginning } else { DetectedAt::Middle },
    };
    (Some(barrier), Walk { detection: seen - seen_held, ticks: cost.ticks - held_ticks })
}

/// The chance that a cost of detection stands for.
pub(super) fn chance(cost: u64) -> f64 {
    -libm::expm1(-(cost as f64) / COST_ONE)
}
