//! Where crossings lead: the best one through every cell, and the corridors that they keep to.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Conditions;
use super::live::{is_relied_on, worse_air};
use super::model::Model;
use super::passage::{Passage, Waypoint, chance};
use super::reach::Ground;
use super::scene::{Assumed, Scene, Views};
use crate::crossing::net::{TIME_BITS, UNREACHED};
use crate::geo::EnuPoint;
use crate::sector::StretchId;
use crate::terrain::Layout;

/// Most corridors that are told apart.
pub const CORRIDORS_MAX: usize = 50;
/// A crossing belongs to a corridor when at least this share of its way keeps to it.
const SHARED: f64 = 0.5;

/// The chance that the least-detected crossing through each cell is detected.
#[derive(Debug, Clone, PartialEq)]
pub struct CorridorMap {
    /// Cells of the net of ways, coarser than the terrain's posts.
    pub layout: Layout,
    /// Row by row; not a number where no crossing leads.
    pub chances: Vec<f32>,
}

/// Crossings that keep to the same ground, by the least detected of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corridor {
    /// The stretch of its least-detected crossing.
    pub best: StretchId,
    /// The stretches whose least-detected crossings keep to it, in order.
    pub stretches: Vec<StretchId>,
}

/// The best crossing through every cell, all assumptions at their worse end.
pub fn corridor_map(model: &Model, conditions: &Conditions) -> CorridorMap {
    let scene = Scene::new(model, conditions);
    let (air, working) = (worse_air(model, conditions), scene.working(is_relied_on));
    let assumed =
        Assumed { air: &air, ground: Ground::AsItIs, working: &working, views: Views::AsTold };
    let hazard = scene.hazard(&scene.sums(&assumed));
    let net = &model.net;
    let keys = net.through(&scene.mover.times, &hazard);
    let chances = (0..model.going.points.len())
        .map(|cell| {
            let key = net.layout.node_at(cell).map_or(UNREACHED, |node| keys[node as usize]);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a chance; seven digits are plenty"
            )]
            let chance = chance(key >> TIME_BITS) as f32;
            if key == UNREACHED { f32::NAN } else { chance }
        })
        .collect();
    CorridorMap { layout: model.going.lattice.layout(), chances }
}

/// Corridors in the order of their least-detected crossings, the least detected first.
///
/// A crossing founds a corridor unless half of its way or more lies within `apart_m` of one founded before; then it belongs to
/// the one that it shares most of its way with. Of equal chances the first stretch comes first.
pub fn corridors(passages: &[Option<Passage>], apart_m: f64) -> Vec<Corridor> {
    let mut order: Vec<&Passage> = passages.iter().flatten().collect();
    order.sort_by(|a, b| a.probability.total_cmp(&b.probability).then(a.stretch.cmp(&b.stretch)));
    let mut corridors: Vec<Corridor> = Vec::new();
    let mut tracks: Vec<Track> = Vec::new();
    for passage in order {
        let shared = tracks.iter().map(|track| track.share_of(&passage.way));
        let most = shared.enumerate().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        match most {
            Some((at, share)) if share >= SHARED => corridors[at].stretches.push(passage.stretch),
            _ if corridors.len() < CORRIDORS_MAX => {
                let best = passage.stretch;
                corridors.push(Corridor { best, stretches: vec![best] });
                tracks.push(Track::of(&passage.way, apart_m));
            }
            _ => {}
        }
    }
    for corridor in &mut corridors {
        corridor.stretches.sort_unstable();
    }
    corridors
}

/// The ground about a way, as squares of its breadth.
struct Track {
    square_m: f64,
    squares: BTreeSet<(i64, i64)>,
}

impl Track {
    fn of(way: &[Waypoint], apart_m: f64) -> Self {
        let square_m = apart_m.max(1.0);
        let squares = way
            .iter()
            .map(|waypoint| square(waypoint.point, square_m))
            .flat_map(|(east, north)| {
                (-1..=1).flat_map(move |e| (-1..=1).map(move |n| (east + e, north + n)))
            })
            .collect();
        Self { square_m, squares }
    }

    fn share_of(&self, way: &[Waypoint]) -> f64 {
        let on = way
            .iter()
            .filter(|waypoint| self.squares.contains(&square(waypoint.point, self.square_m)));
        on.count() as f64 / way.len().max(1) as f64
    }
}

fn square(point: EnuPoint, square_m: f64) -> (i64, i64) {
    #[expect(clippy::cast_possible_truncation, reason = "a sector is some hundred kilometres wide")]
    let number = |metres: f64| libm::floor(metres / square_m) as i64;
    (number(point.east_m), number(point.north_m))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage(stretch: u32, probability: f64, east_m: f64, bend_m: f64) -> Passage {
        let waypoint = |at: u32| {
            let north_m = 100.0 * f64::from(at);
            let point = EnuPoint::new(east_m + if at > 20 { bend_m } else { 0.0 }, north_m);
            Waypoint { point, at_s: 60.0 * f64::from(at), detected: 0.0 }
        };
        Passage {
            stretch: StretchId(stretch),
            chainage_m: 250.0 * f64::from(stretch),
            probability,
            time_s: 1_800.0,
            way: (0..30).map(waypoint).collect(),
        }
    }

    #[test]
    fn crossings_that_keep_together_are_one_corridor() {
        let passages = [
            Some(passage(0, 0.5, 0.0, 0.0)),
            Some(passage(1, 0.4, 100.0, 0.0)),
            None,
            Some(passage(3, 0.45, 120.0, 2_000.0)),
            Some(passage(4, 0.3, 5_000.0, 0.0)),
        ];

        let found = corridors(&passages, 300.0);

        let told: Vec<_> = found
            .iter()
            .map(|corridor| (corridor.best.0, corridor.stretches.iter().map(|id| id.0).collect()))
            .collect();
        assert_eq!(told, [(4, vec![4]), (1, vec![0, 1, 3])]);
        assert_eq!(corridors(&[], 300.0), []);
    }
}
