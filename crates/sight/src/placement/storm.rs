//! The storm question: which patrol, drone or checkpoint, moved where, buys back most sight in the next hour?

mod places;

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::places::Place;
use super::effect::{Change, effect};
use crate::coverage::air::Air;
use crate::coverage::assess::probability;
use crate::coverage::live::{is_relied_on, worse_air};
use crate::coverage::reach::Ground;
use crate::coverage::reasons::is_sent_out;
use crate::coverage::repair::BLOCK_M;
use crate::coverage::scene::{Assumed, Crossings, Scene, Sums, Views};
use crate::coverage::{Conditions, Health, Model, WATCHED_MIN};
use crate::crossing::net::Fields;
use crate::crossing::{Starter, arrivals};
use crate::geo::EnuPoint;
use crate::sector::{Mobility, SensorId, SensorKind, UnitId};

/// Moves worked out in full, the most promising first.
const WORKED_OUT: usize = 10;
/// Moves that are told.
const TOLD: usize = 5;
/// A move that buys back less than this many kilometre-hours is none.
const BOUGHT_MIN_KMH: f64 = 0.01;

/// What is asked: the watch as it is, who else could be posted as an observer, and for how long ahead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StormAsk {
    pub conditions: Conditions,
    /// Units without a task.
    pub units: Vec<Starter>,
    pub horizon_s: f64,
    /// Speed of a drone on its way; an assumption of the one who asks.
    pub drone_mps: f64,
}

/// Who would move.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Who {
    /// A patrol, drone or checkpoint that watches already; its place is left without it from the start.
    Sensor { sensor: SensorId },
    /// A unit without a task, posted as an observer.
    Unit { unit: UnitId },
}

/// One move and what it buys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Move {
    pub who: Who,
    pub from: EnuPoint,
    pub to: EnuPoint,
    pub travel_s: f64,
    pub path: Vec<EnuPoint>,
    /// Kilometres of line times hours times chance of detection, gained less lost, until the horizon.
    pub bought_kmh: f64,
    /// Stretches that are better off once it is there, and those that are worse off without it.
    pub raised: Vec<Change>,
    pub lowered: Vec<Change>,
}

/// The answer: moves, best first. Nobody is sent; people decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuyBack {
    pub moves: Vec<Move>,
    /// Line that is not watched now, of all line.
    pub unwatched_km: f64,
    pub line_km: f64,
    /// Movers and places that were weighed.
    pub movers: usize,
    pub places: usize,
}

/// Which moves buy back most sight until the horizon, travel time counted. Pure: the same ask gives the same answer.
///
/// Places are the least-detected crossings of every kilometre that is not watched, just inside the line, and the highest ground
/// next to each. First each kind of watcher is tried at all places, places out of each other's sight in one run; the best pairs of
/// mover and place are then worked out in full, with the way there and what the mover leaves behind.
pub fn buy_back(model: &Model, ask: &StormAsk) -> BuyBack {
    let scene = Scene::new(model, &ask.conditions);
    let air = worse_air(model, &ask.conditions);
    let working = scene.working(is_relied_on);
    let sums = scene.sums(&Assumed {
        air: &air,
        ground: Ground::AsItIs,
        working: &working,
        views: Views::AsTold,
    });
    let fields = scene.fields(&sums);
    let now = scene.crossings_headed(&fields, &sums);
    let storm = Storm { ask, scene: &scene, air: &air, sums, fields, chances: chances(&now) };
    let movers = storm.movers();
    let places = storm.places(&now);
    let promising = storm.promising(&movers, &places);
    let mut moves: Vec<Move> = promising
        .into_par_iter()
        .filter_map(|(mover, to)| storm.worked_out(mover, to))
        .filter(|found| found.bought_kmh >= BOUGHT_MIN_KMH)
        .collect();
    moves.sort_by(|a, b| b.bought_kmh.total_cmp(&a.bought_kmh).then_with(|| a.who.cmp(&b.who)));
    // The best place of each: the alternatives are other people, not neighbouring places.
    let mut told = std::collections::BTreeSet::new();
    moves.retain(|found| told.insert(found.who.clone()));
    moves.truncate(TOLD);
    let unwatched = |(at, _): &(usize, _)| storm.chances[*at] < WATCHED_MIN;
    let km = |stretch: &crate::sector::Stretch| (stretch.to_m - stretch.from_m) / 1e3;
    let stretches = || model.sector().stretches.iter();
    BuyBack {
        moves,
        unwatched_km: stretches()
            .enumerate()
            .filter(unwatched)
            .map(|(_, stretch)| km(stretch))
            .sum(),
        line_km: stretches().map(km).sum(),
        movers: movers.len(),
        places: places.len(),
    }
}

/// What watches: those of one kind are taken to be alike until a move is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Watcher {
    Observer,
    Drone,
    Checkpoint,
}

/// Somebody who could move.
struct Mover {
    who: Who,
    /// Number of the sensor that looks like them; the posted observer's for a unit.
    index: usize,
    leaves: bool,
    from: EnuPoint,
    watcher: Watcher,
    mobility: Mobility,
    /// Chance-kilometres that their place loses without them, at most nought.
    loss_km: f64,
}

/// The watch as it is now.
struct Storm<'a> {
    ask: &'a StormAsk,
    scene: &'a Scene<'a>,
    air: &'a Air,
    sums: Sums,
    fields: Fields,
    chances: Vec<f64>,
}

impl Storm<'_> {
    fn movers(&self) -> Vec<Mover> {
        let model = self.scene.model;
        let sensors = model.sector().sensors.iter().enumerate().filter(|(index, sensor)| {
            is_sent_out(&sensor.kind)
                && self.scene.conditions[*index].health == Health::Working
                && !self.scene.is_grounded(*index, self.air)
        });
        let sensors = sensors.map(|(index, sensor)| Mover {
            who: Who::Sensor { sensor: sensor.id.clone() },
            index,
            leaves: true,
            from: self.scene.point_of(index),
            watcher: watcher_of(&sensor.kind),
            mobility: Mobility::Vehicle,
            loss_km: 0.0,
        });
        let units = self.ask.units.iter().map(|unit| Mover {
            who: Who::Unit { unit: unit.unit.clone() },
            index: model.observer_index(),
            leaves: false,
            from: unit.point,
            watcher: Watcher::Observer,
            mobility: unit.mobility,
            loss_km: 0.0,
        });
        let mut movers: Vec<Mover> = sensors.chain(units).collect();
        movers.par_iter_mut().filter(|mover| mover.leaves).for_each(|mover| {
            let gone = self.chances_without(mover);
            mover.loss_km = self.difference_km(&gone, |_| true).min(0.0);
        });
        movers
    }

    fn chances_without(&self, mover: &Mover) -> Vec<f64> {
        if !mover.leaves {
            return self.chances.clone();
        }
        let mut sums = self.sums.clone();
        self.scene.remove_sensor(mover.index, self.air, &mut sums);
        self.chances_of(&sums)
    }

    fn chances_of(&self, sums: &Sums) -> Vec<f64> {
        chances(&self.scene.crossings_beside(&self.fields, sums))
    }

    /// Chance times kilometres against now, over stretches that count.
    fn difference_km(&self, chances: &[f64], counts: impl Fn(usize) -> bool) -> f64 {
        let stretches = self.scene.model.sector().stretches.iter().enumerate();
        stretches
            .filter(|(at, _)| counts(*at))
            .map(|(at, stretch)| {
                (chances[at] - self.chances[at]) * (stretch.to_m - stretch.from_m) / 1e3
            })
            .sum()
    }

    /// The pairs of mover and place that promise most, when everybody travels straight and fast.
    fn promising<'m>(&self, movers: &'m [Mover], places: &[Place]) -> Vec<(&'m Mover, EnuPoint)> {
        let mut kinds: Vec<(Watcher, usize)> =
            movers.iter().map(|mover| (mover.watcher, mover.index)).collect();
        kinds.sort_unstable();
        kinds.dedup_by_key(|(watcher, _)| *watcher);
        let gains: BTreeMap<Watcher, Vec<f64>> = kinds
            .into_iter()
            .map(|(watcher, index)| (watcher, self.gains_km(index, places)))
            .collect();
        let horizon_s = self.ask.horizon_s;
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (number, mover) in movers.iter().enumerate() {
            for (at, place) in places.iter().enumerate() {
                let travel_s = mover.from.distance_m(place.at) / self.speed_mps(mover);
                let there_s = (horizon_s - travel_s).max(0.0);
                let gain_km = gains[&mover.watcher][at];
                let bought = gain_km * there_s / 3_600.0 + mover.loss_km * horizon_s / 3_600.0;
                pairs.push((bought, number, at));
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        // The best place of each mover first, so that the answer names alternatives and not neighbours.
        let mut firsts = Vec::new();
        let mut seen = vec![0_usize; movers.len()];
        for (bought, number, at) in pairs {
            if bought > 0.0 && seen[number] < 2 {
                seen[number] += 1;
                firsts.push((&movers[number], places[at].at));
            }
        }
        firsts.truncate(WORKED_OUT);
        firsts
    }

    fn speed_mps(&self, mover: &Mover) -> f64 {
        let [foot_mps, vehicle_mps] = self.scene.model.sector().settings.unit_speed_mps;
        match (mover.watcher, mover.mobility) {
            (Watcher::Drone, _) => self.ask.drone_mps,
            (_, Mobility::Foot) => foot_mps,
            (_, Mobility::Vehicle) => vehicle_mps,
        }
        .max(0.1)
    }

    /// What one like a sensor would add at each place; places whose blocks lie far enough apart share a run.
    fn gains_km(&self, index: usize, places: &[Place]) -> Vec<f64> {
        let reach_m = self.scene.model.sensor(index).range_max_m + 1_500.0;
        #[expect(clippy::cast_possible_truncation, reason = "a sensor reaches 100 km at most")]
        let apart = libm::ceil(2.0 * reach_m / BLOCK_M).max(1.0) as i64;
        let mut runs: BTreeMap<(i64, usize), Vec<usize>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            // The second place of a block has a run of its own.
            let second = at > 0 && places[at - 1].block == place.block;
            runs.entry((place.block.rem_euclid(apart), usize::from(second))).or_default().push(at);
        }
        let runs: Vec<Vec<usize>> = runs.into_values().collect();
        let tried: Vec<(Vec<usize>, Vec<f64>)> = runs
            .into_par_iter()
            .map(|run| {
                let mut sums = self.sums.clone();
                for at in &run {
                    self.scene.add_at(index, places[*at].at, self.air, &mut sums);
                }
                (run, self.chances_of(&sums))
            })
            .collect();
        let stretches = &self.scene.model.sector().stretches;
        let mut gains = vec![0.0; places.len()];
        for (run, chances) in tried {
            for at in run {
                let near = |stretch: usize| {
                    stretches[stretch].points[0].distance_m(places[at].at) <= reach_m
                };
                gains[at] = self.difference_km(&chances, near).max(0.0);
            }
        }
        gains
    }

    /// A move with its way, and what is seen on the way and once it is done; `None` when it comes too late.
    fn worked_out(&self, mover: &Mover, to: EnuPoint) -> Option<Move> {
        let (travel_s, path) = self.way(mover, to)?;
        if travel_s >= self.ask.horizon_s {
            return None;
        }
        let gone = self.chances_without(mover);
        let mut sums = self.sums.clone();
        if mover.leaves {
            self.scene.move_sensor(mover.index, to, self.air, &mut sums);
        } else {
            self.scene.add_at(mover.index, to, self.air, &mut sums);
        }
        let there = self.chances_of(&sums);
        let hours = |seconds: f64| seconds / 3_600.0;
        let bought_kmh = self.difference_km(&gone, |_| true) * hours(travel_s)
            + self.difference_km(&there, |_| true) * hours(self.ask.horizon_s - travel_s);
        let rises = |change: &Change| change.with > change.without;
        let raised = effect(self.scene, &self.chances, &there).changes.into_iter().filter(rises);
        let lowered = effect(self.scene, &there, &self.chances).changes.into_iter().filter(rises);
        let turned =
            |change: Change| Change { without: change.with, with: change.without, ..change };
        Some(Move {
            who: mover.who.clone(),
            from: mover.from,
            to,
            travel_s,
            path,
            bought_kmh,
            raised: raised.collect(),
            lowered: lowered.map(turned).collect(),
        })
    }

    fn way(&self, mover: &Mover, to: EnuPoint) -> Option<(f64, Vec<EnuPoint>)> {
        if mover.watcher == Watcher::Drone {
            let travel_s = mover.from.distance_m(to) / self.speed_mps(mover);
            return Some((travel_s, vec![mover.from, to]));
        }
        let unit = match &mover.who {
            Who::Unit { unit } => unit.clone(),
            Who::Sensor { sensor } => UnitId(sensor.0.clone()),
        };
        let starter = Starter { unit, mobility: mover.mobility, point: mover.from };
        let arrival =
            arrivals(self.scene.model, to, &[starter], self.ask.conditions.light).pop()?;
        Some((arrival.travel_s?, arrival.path))
    }
}

fn chances(crossings: &Crossings) -> Vec<f64> {
    crossings.iter().map(|crossing| probability(*crossing)).collect()
}

fn watcher_of(kind: &SensorKind) -> Watcher {
    match kind {
        SensorKind::Drone(_) => Watcher::Drone,
        SensorKind::Checkpoint(_) => Watcher::Checkpoint,
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Balloon(_)
        | SensorKind::Observer(_) => Watcher::Observer,
    }
}

#[cfg(test)]
mod tests;
