//! The chance of being detected along ways that are already known.

use super::air::{Air, End};
use super::live::{is_relied_on, worse_air};
use super::model::Model;
use super::passage::Waypoint;
use super::rates::RATE_ONE;
use super::reach::Ground;
use super::scene::{Assumed, Scene};
use super::{Conditions, Health};

/// Chances that a mover who keeps to a way is detected: all assumptions at their worse end, and at their better end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    pub low: f64,
    pub high: f64,
}

/// What the watch promises along each way. Waypoints off the strip between far edge and near edge count for nothing.
pub fn promises_along(
    model: &Model,
    conditions: &Conditions,
    ways: &[&[Waypoint]],
) -> Vec<Promise> {
    let scene = Scene::new(model, conditions);
    let better = if conditions.weather_stale {
        Air::clear(&model.sector().settings)
    } else {
        model.air(conditions, End::Better)
    };
    let believed = |health| matches!(health, Health::Working | Health::Stale);
    let hazard = |air: &Air, working: &[bool]| {
        let assumed = Assumed { air, ground: Ground::AsItIs, working };
        scene.hazard(&scene.sums(&assumed))
    };
    let low = hazard(&worse_air(model, conditions), &scene.working(is_relied_on));
    let high = hazard(&better, &scene.working(believed));
    let promise = |way: &&[Waypoint]| {
        let chance = |hazard: &[u32]| -libm::expm1(-expected(model, hazard, way));
        let low = chance(&low);
        Promise { low, high: chance(&high).max(low) }
    };
    ways.iter().map(promise).collect()
}

/// Detections to be expected along a way: the mean rate of both ends of each leg, for as long as the leg takes.
fn expected(model: &Model, hazard: &[u32], way: &[Waypoint]) -> f64 {
    let rate = |waypoint: &Waypoint| {
        let node = model.node_at(waypoint.point).and_then(|node| hazard.get(node as usize));
        node.map_or(0.0, |rate| f64::from(*rate) / f64::from(RATE_ONE))
    };
    let legs = way.iter().zip(way.iter().skip(1));
    legs.map(|(from, to)| f64::midpoint(rate(from), rate(to)) * (to.at_s - from.at_s)).sum()
}
