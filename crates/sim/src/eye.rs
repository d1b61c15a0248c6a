//! A sensor that looks: which bodies it finds, what it takes them for and where it puts them.

use std::collections::BTreeMap;

use nalgebra::Vector2;
use sight::geo::EnuPoint;
use sight::sector::{Sensor, SensorKind};

use crate::chance::{Chance, Luck, normal_cdf};
use crate::ground::Ground;
use crate::mover::Mover;
use crate::physics::Night;
use crate::weather::Weather;

mod class;
mod fix;
mod glance;
mod nuisance;
mod perch;
mod sweep;

pub(crate) use class::{Label, Opinion, label_of};
pub(crate) use fix::{Fix, by_eye};
use glance::{Candidate, Glance};
pub(crate) use nuisance::Nuisance;
pub(crate) use perch::{Grounded, Perch};
use sweep::Sweep;

/// Time in which a sensor's luck with one mover changes: a wrinkle of ground, a bush, a bearing (A).
pub(crate) const LUCK_MEMORY_S: f64 = 25.0;
/// Share of that luck that all bodies of a mover have in common (A).
const SHARED_LUCK: f64 = 0.7;
/// Bodies nearer to each other are reported as one object.
const GROUP_GAP_M: f64 = 10.0;
/// A sensor calls an object by the same name when it sees it again within this time.
const NAME_KEPT_S: f64 = 60.0;

/// Everything there is to see, and the air between.
pub(crate) struct Scene<'a> {
    pub ground: &'a Ground,
    pub weather: &'a Weather,
    pub night: &'a Night,
    pub movers: &'a [Mover],
}

/// One object that a look found, or thought it found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sighting {
    /// The mover that it truly is; `None` for a false alarm.
    pub truth: Option<usize>,
    pub object: ObjectName,
    pub fix: Fix,
    pub opinion: Opinion,
    pub confidence: f64,
}

/// A sensor's own name for an object: it stays while the object is seen again in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectName {
    pub first_seen_ms: i64,
    /// Tells apart what was first seen in the same look.
    pub ordinal: u32,
}

/// A sensor of the sector, with its private luck.
#[derive(Debug, Clone)]
pub(crate) struct Eye {
    pub sensor: Sensor,
    pub perch: Perch,
    sweep: Sweep,
    pub chance: Chance,
    nuisance: Nuisance,
    bias: fix::Bias,
    luck: BTreeMap<usize, Luck>,
    names: BTreeMap<(usize, usize), (ObjectName, f64)>,
    /// Looks at bodies in reach and in sight, and how many of them hit.
    pub looks: u64,
    pub hits: u64,
}

impl Eye {
    pub(crate) fn new(sensor: Sensor, mut nuisance: Nuisance, mut chance: Chance) -> Self {
        let perch = Perch::new(&sensor, &mut chance);
        let sweep = Sweep::of(&sensor);
        let bias = fix::Bias::draw(&mut chance);
        nuisance.start(&mut chance);
        Self {
            sensor,
            perch,
            sweep,
            chance,
            nuisance,
            bias,
            luck: BTreeMap::new(),
            names: BTreeMap::new(),
            looks: 0,
            hits: 0,
        }
    }

    /// Time between two looks.
    pub(crate) fn interval_ms(&self) -> i64 {
        self.sweep.interval_ms
    }

    /// One look at everything before the sensor, false alarms included. A panning camera turns on.
    pub(crate) fn look(&mut self, scene: &Scene<'_>, at_ms: i64) -> Vec<Sighting> {
        let pan = self.sweep.turn();
        let Some(place) = self.perch.place(scene, seconds(at_ms)) else { return Vec::new() };
        let glance = Glance::new(scene, &self.sensor, (place, pan), at_ms);
        let mut sightings = Vec::new();
        let mut ordinal = 0;
        for (index, mover) in scene.movers.iter().enumerate() {
            let found = self.found(&glance, index, mover);
            for (part, cluster) in clusters(found, self.gap_m()).iter().enumerate() {
                let object = self.name((index, part), at_ms, &mut ordinal);
                let sighting = self.sighting(&glance, cluster);
                sightings.extend(sighting.map(|(fix, opinion, confidence)| Sighting {
                    truth: Some(index),
                    object,
                    fix,
                    opinion,
                    confidence,
                }));
            }
        }
        sightings.extend(self.false_alarms(&glance, &mut ordinal));
        sightings
    }

    /// The bodies of one mover that this look finds.
    fn found<'m>(
        &mut self,
        glance: &Glance<'_>,
        index: usize,
        mover: &'m Mover,
    ) -> Vec<Candidate<'m>> {
        let candidates = glance.candidates(&self.sensor, mover);
        if candidates.is_empty() {
            return candidates;
        }
        let chance = &mut self.chance;
        let luck = self.luck.entry(index).or_insert_with(|| Luck::new(chance, glance.at_s));
        let shared = luck.at(glance.at_s, LUCK_MEMORY_S, chance);
        self.looks += candidates.len() as u64;
        let hit = |candidate: &Candidate<'_>| {
            let own = chance.normal();
            let z = SHARED_LUCK.sqrt() * shared + (1.0 - SHARED_LUCK).sqrt() * own;
            normal_cdf(z) < candidate.probability
        };
        let found: Vec<Candidate<'m>> = candidates.into_iter().filter(hit).collect();
        self.hits += found.len() as u64;
        found
    }

    /// Bodies closer than this are one object to this sensor.
    fn gap_m(&self) -> f64 {
        match self.sensor.kind {
            SensorKind::Radar(figures) => GROUP_GAP_M.max(2.0 * figures.range_sigma_m),
            SensorKind::GroundSensor(_) => f64::INFINITY,
            SensorKind::ThermalCamera(_)
            | SensorKind::VisibleCamera(_)
            | SensorKind::Balloon(_)
            | SensorKind::Drone(_)
            | SensorKind::Observer(_)
            | SensorKind::Checkpoint(_) => GROUP_GAP_M,
        }
    }

    /// The name of an object: the old one if it was seen lately.
    fn name(&mut self, key: (usize, usize), at_ms: i64, ordinal: &mut u32) -> ObjectName {
        let at_s = seconds(at_ms);
        let fresh = fresh_name(at_ms, ordinal);
        let (name, last_s) = self.names.entry(key).or_insert((fresh, at_s));
        if at_s - *last_s > NAME_KEPT_S {
            *name = fresh;
        }
        *last_s = at_s;
        *name
    }

    /// Place, class and confidence of bodies taken for one object.
    fn sighting(
        &mut self,
        glance: &Glance<'_>,
        cluster: &[Candidate<'_>],
    ) -> Option<(Fix, Opinion, f64)> {
        let first = cluster.first()?;
        let count = cluster.len() as f64;
        let points = cluster.iter().map(|each| each.figure.motion.point.to_vector());
        let middle = points.sum::<Vector2<f64>>() / count;
        let stand = glance.scene.ground.stand(EnuPoint::new(middle.x, middle.y));
        let target = fix::Target { stand: stand.unwrap_or(first.stand), lowest_m: first.lowest_m };
        let recognised = cluster.iter().map(|each| each.recognised).sum::<f64>() / count;
        let probability = cluster.iter().map(|each| each.probability).fold(0.0, f64::max);
        let label = label_of(cluster.iter().map(|each| each.figure.body.kind));
        let fix = self.bias.measure(&self.sensor, glance, &target, &mut self.chance);
        let opinion = Opinion::about(label, recognised, &mut self.chance);
        let confidence = 0.45 + 0.5 * probability + 0.05 * self.chance.normal();
        Some((fix, opinion, confidence.clamp(0.05, 0.99)))
    }

    fn false_alarms(&mut self, glance: &Glance<'_>, ordinal: &mut u32) -> Vec<Sighting> {
        let wind_mps = glance.scene.weather.at(glance.place.stand.point, glance.at_s).wind_mps;
        let alarms = self.nuisance.due(glance.at_s, wind_mps, &mut self.chance);
        let mut sightings = Vec::new();
        for _ in 0..alarms {
            let chance = &mut self.chance;
            let Some(target) = nuisance::spot(&self.sensor, glance, chance) else { continue };
            sightings.push(Sighting {
                truth: None,
                object: fresh_name(glance.at_ms, ordinal),
                fix: self.bias.measure(&self.sensor, glance, &target, chance),
                opinion: Opinion::of_nothing(chance),
                confidence: chance.between(0.15, 0.6),
            });
        }
        sightings
    }
}

pub(crate) fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

fn fresh_name(at_ms: i64, ordinal: &mut u32) -> ObjectName {
    *ordinal += 1;
    ObjectName { first_seen_ms: at_ms, ordinal: *ordinal }
}

/// Joins bodies that stand within `gap_m` of a cluster's first body; largest cluster first.
fn clusters(found: Vec<Candidate<'_>>, gap_m: f64) -> Vec<Vec<Candidate<'_>>> {
    let mut clusters: Vec<Vec<Candidate<'_>>> = Vec::new();
    for candidate in found {
        let point = candidate.figure.motion.point;
        let near = clusters.iter_mut().find(|cluster| {
            let first = cluster.first();
            first.is_some_and(|first| first.figure.motion.point.distance_m(point) <= gap_m)
        });
        match near {
            Some(cluster) => cluster.push(candidate),
            None => clusters.push(vec![candidate]),
        }
    }
    clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.len()));
    clusters
}

#[cfg(test)]
mod tests;
