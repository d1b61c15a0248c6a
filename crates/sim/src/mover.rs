//! The movers of a night: their bodies, their ways and when they cross the line.

use sight::geo::EnuPoint;
use sight::sector::Settings;

use crate::chance::{Chance, Purpose};
use crate::ground::{Ground, LineHit};
use crate::path;
use crate::physics::Aspect;
use crate::scenario::{Fault, Kind, MoverPlan, Scenario, Spot, Then, Way};
use crate::timeline::{Motion, Timeline};

mod body;
mod way;

pub(crate) use body::{Body, BodyKind};
pub(crate) use way::walk;

/// How far past the line a mover must come before its crossing counts.
const PAST_LINE_M: f64 = 30.0;
/// Share of its height that a sitting body keeps (A).
const SITTING: f64 = 0.55;

/// A body as it stands at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figure<'a> {
    pub body: &'a Body,
    pub motion: Motion,
    pub height_m: f64,
    pub aspect: Aspect,
}

/// A mover with its whole night laid out.
#[derive(Debug, Clone)]
pub(crate) struct Mover {
    pub name: String,
    pub kind: Kind,
    pub bodies: Vec<Body>,
    /// No body is farther from the mover's own place.
    pub spread_m: f64,
    timeline: Timeline,
    /// When it can no longer be seen.
    leaves_s: f64,
    sits_from_s: f64,
}

/// A mover's way over the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Passage {
    pub at_s: f64,
    pub hit: LineHit,
}

impl Mover {
    /// Lays out the night of one plan.
    fn plan(
        plan: &MoverPlan,
        (scenario, ground): (&Scenario, &Ground),
        at: &str,
        chance: &mut Chance,
    ) -> Result<Self, Fault> {
        let bodies = body::all((plan.kind, plan.count), &ground.sector().settings, chance);
        let spread_m = bodies.iter().map(Body::spread_m).fold(0.0, f64::max);
        let timeline = match &plan.way {
            Way::Travel { from, to, pauses, .. } => {
                let ends = (
                    point_of(ground, *from, &format!("{at}.from"))?,
                    point_of(ground, *to, &format!("{at}.to"))?,
                );
                let traveller = way::traveller(plan);
                let way = path::find(ground, &traveller, ends, chance).ok_or_else(|| {
                    Fault::new(at, &plan.name, "no ground leads from its start to its end")
                })?;
                let way = walk(ground, &traveller, plan.departs_s, &way);
                let way = way::pause(&way, pauses);
                way::delay_at_barriers(&way, ground, plan, chance)
            }
            Way::Wander { around, radius_m, may_cross } => {
                let home = point_of(ground, *around, &format!("{at}.around"))?;
                let range = way::Range { home, radius_m: *radius_m, may_cross: *may_cross };
                way::wander(ground, plan, &range, scenario.duration_s, chance)
            }
        };
        let end_s = timeline.end().map_or(0.0, |(at_s, _)| at_s);
        let sits = matches!(plan.way, Way::Travel { then: Then::Sits, .. });
        Ok(Self {
            name: plan.name.clone(),
            kind: plan.kind,
            bodies,
            spread_m,
            timeline,
            leaves_s: if sits { f64::INFINITY } else { end_s },
            sits_from_s: end_s,
        })
    }

    /// So many of a kind on a way that is known, gone at its end.
    pub(crate) fn along(
        timeline: Timeline,
        (kind, count): (Kind, u32),
        settings: &Settings,
        chance: &mut Chance,
    ) -> Self {
        let bodies = body::all((kind, count), settings, chance);
        let spread_m = bodies.iter().map(Body::spread_m).fold(0.0, f64::max);
        let end_s = timeline.end().map_or(0.0, |(at_s, _)| at_s);
        Self {
            name: String::new(),
            kind,
            bodies,
            spread_m,
            timeline,
            leaves_s: end_s,
            sits_from_s: f64::INFINITY,
        }
    }

    /// Where its middle is; `None` when it is not there to be seen.
    pub(crate) fn at(&self, at_s: f64) -> Option<Motion> {
        let there = (self.timeline.start_s()..=self.leaves_s).contains(&at_s);
        there.then(|| self.timeline.at(at_s))
    }

    pub(crate) fn departs_s(&self) -> f64 {
        self.timeline.start_s()
    }

    /// Its bodies as they stand at a time; none when it is not there to be seen.
    pub(crate) fn figures(&self, at_s: f64) -> impl Iterator<Item = Figure<'_>> {
        let posture = if at_s >= self.sits_from_s { SITTING } else { 1.0 };
        let middle = self.at(at_s);
        middle.into_iter().flat_map(move |middle| {
            self.bodies.iter().map(move |body| Figure {
                body,
                motion: body.motion(&middle, at_s),
                height_m: posture * body.height_m,
                aspect: Aspect {
                    // A critical dimension is the root of an area.
                    dimension_m: body.aspect.dimension_m * posture.sqrt(),
                    ..body.aspect
                },
            })
        })
    }

    /// Every passage over the line that leads well past it, in order of time.
    pub(crate) fn passages(&self, ground: &Ground) -> Vec<Passage> {
        let mut passages = Vec::new();
        let mut pending: Option<Passage> = None;
        let start = self.timeline.at(self.timeline.start_s()).point;
        let mut beyond = ground.beyond_m(start) > 0.0;
        for ((from_s, from), (to_s, to)) in self.timeline.legs() {
            if let Some(hit) = ground.line_hit(from, to)
                && pending.is_none()
                && hit.inward == beyond
            {
                pending = Some(Passage { at_s: from_s + hit.share * (to_s - from_s), hit });
            }
            let depth_m = ground.beyond_m(to);
            let settled = depth_m.abs() >= PAST_LINE_M;
            if settled && (depth_m > 0.0) != beyond {
                beyond = !beyond;
                passages.extend(pending.take());
            } else if settled {
                pending = None;
            }
        }
        passages
    }
}

/// All movers of a scenario. Every fault is returned.
pub(crate) fn all(
    scenario: &Scenario,
    ground: &Ground,
    seed: u64,
) -> Result<Vec<Mover>, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut movers = Vec::new();
    for (i, plan) in scenario.movers.iter().enumerate() {
        let mut chance = Chance::new(seed, Purpose::Mover(i));
        match Mover::plan(plan, (scenario, ground), &format!("mover[{i}]"), &mut chance) {
            Ok(mover) => movers.push(mover),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(movers) } else { Err(faults) }
}

fn point_of(ground: &Ground, spot: Spot, field: &str) -> Result<EnuPoint, Fault> {
    let point = ground
        .point_of(spot)
        .ok_or_else(|| Fault::new(field, &spot, "no such km post on this sector's line"))?;
    ground.stand(point).ok_or_else(|| Fault::new(field, &spot, "lies outside the terrain"))?;
    Ok(point)
}

#[cfg(test)]
mod tests;
