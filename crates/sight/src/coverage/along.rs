//! The chance of being detected along ways that are already known.

use super::air::{Air, End};
use super::heading::{Beam, Leg};
use super::live::{is_relied_on, worse_air};
use super::model::Model;
use super::passage::Waypoint;
use super::rates::RATE_ONE;
use super::reach::Ground;
use super::scene::{Assumed, Scene, Sums, Views};
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
    let sums = |air: &Air, working: &[bool]| {
        scene.sums(&Assumed { air, ground: Ground::AsItIs, working, views: Views::AsTold })
    };
    let worse = worse_air(model, conditions);
    let relied_on = scene.working(is_relied_on);
    let (low, high) = (sums(&worse, &relied_on), sums(&better, &scene.working(believed)));
    let beams = scene.beams(&relied_on, Ground::AsItIs, Views::AsTold);
    let promise = |way: &&[Waypoint]| {
        let chance =
            |sums: &Sums, beams: &[Beam]| -libm::expm1(-expected(&scene, way, (sums, beams)));
        // The better end knows of no heading.
        let low = chance(&low, &beams);
        Promise { low, high: chance(&high, &[]).max(low) }
    };
    ways.iter().map(promise).collect()
}

/// Detections to be expected along a way: the mean rate of both ends of each leg, for as long as the leg takes.
fn expected(scene: &Scene<'_>, way: &[Waypoint], (sums, beams): (&Sums, &[Beam])) -> f64 {
    let beams = Beam::near(beams, way.iter().map(|waypoint| waypoint.point), scene.node_m());
    let legs = way.iter().zip(way.iter().skip(1));
    let of_leg = |(from, to): (&Waypoint, &Waypoint)| {
        let leg = Leg { from: from.point, to: to.point, takes_s: to.at_s - from.at_s };
        let hidden_from = scene.hidden_from(&leg, &beams);
        let rate = |waypoint: &Waypoint| {
            let node = scene.model.node_at(waypoint.point)?;
            let sum = *sums.get(node as usize)?;
            let rate = scene.hazard_without(&hidden_from, (node, sum));
            Some(
                f64::from(rate.unwrap_or_else(|| scene.hazard_at(node, sum))) / f64::from(RATE_ONE),
            )
        };
        f64::midpoint(rate(from).unwrap_or(0.0), rate(to).unwrap_or(0.0)) * leg.takes_s
    };
    legs.map(of_leg).sum()
}
