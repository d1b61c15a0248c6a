//! How a mover goes: at the speed of the slope, with its halts, held up by barriers, or drifting.

use sight::geo::EnuPoint;
use sight::sector::{Barrier, Mover};

use crate::chance::Chance;
use crate::ground::Ground;
use crate::path::{Gait, Traveller};
use crate::scenario::{Kind, MoverPlan, Pause, Way};
use crate::timeline::Timeline;

/// Longest leg of a wanderer, metres.
const STROLL_M: f64 = 150.0;

pub(super) fn traveller(plan: &MoverPlan) -> Traveller {
    let careful = matches!(plan.way, Way::Travel { careful: true, .. });
    let gait = if plan.kind == Kind::Vehicle { Gait::Wheels } else { Gait::Foot };
    Traveller { gait, flat_speed_mps: plan.speed_mps, careful }
}

/// Walks a way at the speed that each slope allows.
pub(crate) fn walk(
    ground: &Ground,
    traveller: &Traveller,
    departs_s: f64,
    way: &[EnuPoint],
) -> Timeline {
    let Some(first) = way.first() else { return Timeline::default() };
    let mut timeline = Timeline::starting(departs_s, *first);
    let height_m = |point| ground.stand(point).map_or(0.0, |stand| stand.ground_m);
    for (from, to) in way.iter().zip(way.iter().skip(1)) {
        let run_m = from.distance_m(*to).max(0.1);
        let slope = (height_m(*to) - height_m(*from)) / run_m;
        let slowest_mps = 0.15 * traveller.flat_speed_mps;
        timeline.go(*to, run_m / traveller.speed_mps(slope).max(slowest_mps));
    }
    timeline
}

/// Puts the planned halts into a way.
pub(super) fn pause(way: &Timeline, pauses: &[Pause]) -> Timeline {
    let Some(((start_s, start), _)) = way.legs().next() else { return way.clone() };
    let mut paused = Timeline::starting(start_s, start);
    let mut left = pauses.to_vec();
    left.sort_by(|a, b| a.after_s.total_cmp(&b.after_s));
    let mut left = left.into_iter().peekable();
    for ((from_s, _), (to_s, to)) in way.legs() {
        while let Some(halt) = left.next_if(|halt| halt.after_s < to_s - start_s) {
            paused.rest(halt.for_s);
        }
        paused.go(to, to_s - from_s);
    }
    paused
}

/// Holds a mover up at each barrier on its way: cutting, climbing, wading.
pub(super) fn delay_at_barriers(
    way: &Timeline,
    ground: &Ground,
    plan: &MoverPlan,
    chance: &mut Chance,
) -> Timeline {
    let Some(((start_s, start), _)) = way.legs().next() else { return way.clone() };
    let mut delayed = Timeline::starting(start_s, start);
    for ((from_s, from), (to_s, to)) in way.legs() {
        let takes_s = to_s - from_s;
        let mut gone = 0.0;
        let planned = plan.kind.planned_as();
        for halt in planned.map_or_else(Vec::new, |mover| halts(ground, mover, (from, to), chance))
        {
            delayed.go(halt.point, (halt.share - gone) * takes_s);
            delayed.rest(halt.delay_s);
            gone = halt.share;
        }
        delayed.go(to, (1.0 - gone) * takes_s);
    }
    delayed
}

/// A halt at a barrier on one leg.
struct Halt {
    share: f64,
    point: EnuPoint,
    delay_s: f64,
}

/// Halts of a leg in the order in which they come.
fn halts(
    ground: &Ground,
    mover: Mover,
    (from, to): (EnuPoint, EnuPoint),
    chance: &mut Chance,
) -> Vec<Halt> {
    let hit = ground.line_hit(from, to);
    let mut halts = Vec::new();
    for barrier in &ground.sector().barriers {
        let crossings: Vec<(f64, EnuPoint)> = if let Some([from_m, to_m]) = barrier.along_m {
            let there = hit.filter(|hit| (from_m..to_m).contains(&hit.chainage_m));
            there.map(|hit| (hit.share, hit.point)).into_iter().collect()
        } else {
            let point = |share: f64| {
                let point = from.to_vector().lerp(&to.to_vector(), share);
                (share, EnuPoint::new(point.x, point.y))
            };
            barrier.crossed_at(from, to).into_iter().map(point).collect()
        };
        for (share, point) in crossings {
            let delay_s = delay_s(ground, barrier, mover, point, chance);
            if delay_s > 0.0 {
                halts.push(Halt { share, point, delay_s });
            }
        }
    }
    halts.sort_by(|a, b| a.share.total_cmp(&b.share));
    halts
}

/// How long one barrier holds one mover at one place: an opening's time there, nothing where it is broken down.
fn delay_s(
    ground: &Ground,
    barrier: &Barrier,
    mover: Mover,
    point: EnuPoint,
    chance: &mut Chance,
) -> f64 {
    let settings = &ground.sector().settings;
    let drawn =
        |mean_s: f64, sd_s: f64, chance: &mut Chance| (mean_s + sd_s * chance.normal()).max(0.0);
    if let Some(toll) = barrier.toll_at_opening(point, 0.0, mover, settings) {
        return drawn(toll.delay_s, toll.delay_sd_s, chance);
    }
    let toll = Barrier { damaged_share: 0.0, ..barrier.clone() }.toll(mover, settings);
    if barrier.damaged_share > 0.0 && chance.happens(barrier.damaged_share) {
        return 0.0;
    }
    drawn(toll.delay_s, toll.delay_sd_s, chance)
}

/// Ground that a wanderer keeps to.
pub(super) struct Range {
    pub home: EnuPoint,
    pub radius_m: f64,
    pub may_cross: bool,
}

pub(super) fn wander(
    ground: &Ground,
    plan: &MoverPlan,
    range: &Range,
    until_s: f64,
    chance: &mut Chance,
) -> Timeline {
    let traveller = traveller(plan);
    let mut timeline = Timeline::starting(plan.departs_s, range.home);
    let (mut here, mut heading) = (range.home, chance.between(0.0, std::f64::consts::TAU));
    while timeline.end().is_some_and(|(at_s, _)| at_s < until_s) {
        heading += 0.7 * chance.normal();
        let away_m = here.distance_m(range.home);
        if away_m > 0.7 * range.radius_m {
            heading = here.azimuth_to(range.home).radians() + 0.5 * chance.normal();
        }
        let (sin, cos) = libm::sincos(heading);
        let stroll_m = chance.between(0.2, 1.0) * STROLL_M.min(range.radius_m / 2.0);
        let to = EnuPoint::new(here.east_m + stroll_m * sin, here.north_m + stroll_m * cos);
        let free = ground.stand(to).is_some()
            && to.distance_m(range.home) <= range.radius_m
            && (range.may_cross || ground.line_hit(here, to).is_none());
        if free {
            let leg = walk(ground, &traveller, 0.0, &[here, to]);
            timeline.go(to, leg.end().map_or(1.0, |(takes_s, _)| takes_s));
            here = to;
        } else {
            heading += std::f64::consts::FRAC_PI_2;
        }
        if chance.happens(0.4) {
            timeline.rest(chance.between(10.0, 150.0));
        } else if !free {
            timeline.rest(5.0);
        }
    }
    timeline
}
