//! Simulated crossers sent along planned ways, one at a time: is each noticed, and when?
//!
//! What the planner promises of a way is a probability. Here somebody goes that way, and the simulator's own sensors look:
//! their own line of sight, their own range laws, each look drawn by itself with misses that last, a night whose contrast,
//! humidity and dust nobody told the planner. How many of many are noticed is what the promise is held against.

use std::sync::Arc;

use sight::coverage::Model;
use sight::geo::{Azimuth, EnuPoint};
use sight::sector::Sensor;

use crate::chance::{Chance, Purpose};
use crate::eye::{Eye, Nuisance, Scene, seconds};
use crate::ground::Ground;
use crate::mover::Mover;
use crate::physics::Night;
use crate::scenario::{self, Air, Kind, Murk};
use crate::timeline::Timeline;
use crate::weather::Weather;

/// How far a flying sensor strays from where the sector file puts it.
const STRAY_M: f64 = 1_500.0;
/// Standard deviation of the logarithm of how fast somebody goes against the planner's pace (A).
const PACE_SIGMA: f64 = 0.1;

/// Weather that is alike everywhere and all the time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Murky {
    /// At which objects are lost to the eye; no better than the clear air's.
    pub visibility_m: f64,
    pub of: Murk,
}

/// A place on a way, and when the planner expects somebody to be there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub point: EnuPoint,
    pub at_s: f64,
}

/// A sector on which crossers are sent out.
#[derive(Debug)]
pub struct Range {
    ground: Ground,
    weather: Weather,
}

/// What became of one crosser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Crossed {
    /// When a sensor first found them, since they set out.
    pub noticed_s: Option<f64>,
    /// When they were through.
    pub through_s: f64,
}

impl Range {
    /// The planner's sector and terrain in air that is clear, or murky everywhere.
    pub fn new(model: Arc<Model>, murky: Option<Murky>) -> Self {
        let ground = Ground::planned(model);
        let clear_m = ground.sector().settings.clear_visibility_m;
        let air = Air {
            visibility_m: clear_m,
            wind_mps: 3.0,
            wind_from: Azimuth::from_degrees(300.0),
            temperature_c: 18.0,
        };
        let weather = Weather::even(&air, murky.map(|murky| (murky.of, murky.visibility_m)));
        Self { ground, weather }
    }

    /// Sends one crosser along a way on a night of its own; the seed decides everything random in it.
    ///
    /// An empty way is through at once, and nobody is noticed on it.
    pub fn send(&self, way: &[Step], kind: Kind, count: u32, seed: u64) -> Crossed {
        let sector = self.ground.sector();
        let mut chance = Chance::new(seed, Purpose::Mover(0));
        let timeline = timeline(way, chance.factor(PACE_SIGMA));
        let through_s = timeline.end().map_or(0.0, |(at_s, _)| at_s);
        let movers = [Mover::along(timeline, (kind, count), &sector.settings, &mut chance)];
        let night = Night::draw(&sector.settings, &mut Chance::new(seed, Purpose::Night));
        let scene =
            Scene { ground: &self.ground, weather: &self.weather, night: &night, movers: &movers };
        let sensors = sector.sensors.iter().enumerate();
        let noticed =
            sensors.filter(|(_, sensor)| may_see(sensor, way)).filter_map(|(at, sensor)| {
                let chance = Chance::new(seed, Purpose::Sensor(at));
                first_noticed_s(sensor, chance, &scene, through_s)
            });
        Crossed { noticed_s: noticed.reduce(f64::min), through_s }
    }
}

/// The way at somebody's own pace.
fn timeline(way: &[Step], pace: f64) -> Timeline {
    let Some(first) = way.first() else { return Timeline::default() };
    let mut timeline = Timeline::starting(0.0, first.point);
    for (from, to) in way.iter().zip(way.iter().skip(1)) {
        timeline.go(to.point, (to.at_s - from.at_s) * pace);
    }
    timeline
}

fn may_see(sensor: &Sensor, way: &[Step]) -> bool {
    way.iter().any(|step| step.point.distance_m(sensor.point) <= sensor.range_max_m + STRAY_M)
}

/// When a sensor that looks all the time first finds the only mover there is.
fn first_noticed_s(
    sensor: &Sensor,
    mut chance: Chance,
    scene: &Scene<'_>,
    through_s: f64,
) -> Option<f64> {
    // Its sweep is somewhere when the mover sets out.
    let phase = chance.share();
    let quiet = scenario::Nuisance { camera_per_h: 0.0, radar_per_h: 0.0, ground_per_h: 0.0 };
    let mut eye = Eye::new(sensor.clone(), Nuisance::of(sensor, &quiet), chance);
    let interval_ms = eye.interval_ms();
    #[expect(clippy::cast_possible_truncation, reason = "revisits are minutes at most")]
    let mut at_ms = -(phase * 1_000.0 * sensor.revisit_s) as i64;
    while seconds(at_ms) <= through_s {
        if eye.look(scene, at_ms).iter().any(|sighting| sighting.truth.is_some()) {
            return Some(seconds(at_ms));
        }
        at_ms += interval_ms;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn who_walks_past_a_tower_in_clear_air_is_noticed_and_who_stays_far_off_is_not() {
        let range = flat_range(None);

        let near = range.send(&straight(-2_500.0), Kind::Walker, 1, 7);
        let far: Vec<Step> = straight(0.0)
            .into_iter()
            .map(|step| Step {
                point: EnuPoint::new(step.point.east_m - 14_000.0, step.point.north_m),
                ..step
            })
            .collect();
        let away = range.send(&far, Kind::Walker, 1, 7);

        assert!(near.noticed_s.is_some_and(|at_s| at_s < near.through_s));
        assert_eq!(away.noticed_s, None);
    }

    #[test]
    fn thick_dust_hides_from_cameras_more_than_clear_air_does() {
        let count = |murky| {
            let range = flat_range(murky);
            let sent = (0..24).map(|seed| range.send(&straight(4_600.0), Kind::Walker, 1, seed));
            sent.filter(|crossed| crossed.noticed_s.is_some_and(|at_s| at_s < 1_500.0)).count()
        };

        let dust = Murky { visibility_m: 150.0, of: Murk::Dust };
        assert!(count(None) > count(Some(dust)));
    }

    #[test]
    fn the_same_seed_sends_the_same_crosser() {
        let range = flat_range(None);

        let sent = |seed| range.send(&straight(3_000.0), Kind::Group, 3, seed);

        assert_eq!(sent(5), sent(5));
        assert_ne!(sent(5).through_s.to_bits(), sent(6).through_s.to_bits());
    }

    #[test]
    fn an_empty_way_is_through_at_once() {
        let crossed = flat_range(None).send(&[], Kind::Walker, 1, 1);

        assert_eq!(crossed, Crossed { noticed_s: None, through_s: 0.0 });
    }

    fn flat_range(murky: Option<Murky>) -> Range {
        let ground = fixture::ground(|_, _| 200.0);
        let air = Air {
            visibility_m: 40_000.0,
            wind_mps: 3.0,
            wind_from: Azimuth::from_degrees(300.0),
            temperature_c: 18.0,
        };
        let weather = Weather::even(&air, murky.map(|murky| (murky.of, murky.visibility_m)));
        Range { ground, weather }
    }

    /// Eastwards over the line at 1 m/s.
    fn straight(north_m: f64) -> Vec<Step> {
        (0..=40)
            .map(|step| {
                let at_s = f64::from(step) * 100.0;
                Step { point: EnuPoint::new(at_s - 3_000.0, north_m), at_s }
            })
            .collect()
    }
}
