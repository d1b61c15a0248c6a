//! What holds people up: fences, wire, berms, trenches and rivers, with their condition, gaps and gates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Mover, Settings, Text};
use crate::geo::EnuPoint;

/// A barrier along part of the line or anywhere on the ground.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Barrier {
    pub id: String,
    pub name: Text,
    pub kind: BarrierKind,
    /// Chainages between which it follows the line; `None` for one that runs where its vertices say.
    pub along_m: Option<[f64; 2]>,
    /// Where it runs; at least two vertices.
    pub points: Vec<EnuPoint>,
    /// How long it holds a walker up where it is whole.
    pub delay_s: f64,
    pub delay_sd_s: f64,
    /// The same for movers whom it holds longer or shorter than a walker.
    pub mover_delay_s: BTreeMap<Mover, f64>,
    /// Share of its length that is broken down and neither holds nor notices anybody: 0 when it is intact.
    pub damaged_share: f64,
    /// Chance that its own sensor notices whoever gets over it where it is whole: 0 when it has none.
    pub p_detect: f64,
    pub openings: Vec<Opening>,
}

/// What a barrier is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarrierKind {
    Fence,
    Wire,
    Berm,
    Trench,
    River,
}

/// A place where a barrier can be passed otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Opening {
    pub kind: OpeningKind,
    pub point: EnuPoint,
    pub width_m: f64,
    /// How long it takes to pass: nothing for a gap, forcing a gate, wading a ford.
    pub delay_s: f64,
    pub delay_sd_s: f64,
    /// Chance that whoever passes is noticed there.
    pub p_detect: f64,
}

/// What kind of opening it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OpeningKind {
    Gap,
    Gate,
    Ford,
    Bridge,
}

/// What it costs to pass a barrier once.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Toll {
    pub delay_s: f64,
    pub delay_sd_s: f64,
    pub p_detect: f64,
}

impl Barrier {
    /// What a mover pays to get over it away from its openings.
    ///
    /// A trench or a river holds a vehicle until it is bridged, `vehicle_bridging_s` (DOMAIN 5), unless the file says how
    /// long. Delay and detection are means over whole and broken places: the mover is not taken to know which is which.
    pub fn toll(&self, mover: Mover, settings: &Settings) -> Toll {
        if mover == Mover::Drone {
            return Toll::default();
        }
        let whole_s = match (self.mover_delay_s.get(&mover), mover, self.kind) {
            (Some(delay_s), _, _) => *delay_s,
            (None, Mover::Vehicle, BarrierKind::Trench | BarrierKind::River) => {
                self.delay_s.max(settings.vehicle_bridging_s)
            }
            _ => self.delay_s,
        };
        let whole = 1.0 - self.damaged_share;
        let spread = if self.delay_s > 0.0 { whole_s / self.delay_s } else { 1.0 };
        // A broken place takes no time, so that the delay is a mixture: its variance holds that of the two means too.
        let variance_s2 = whole * (self.delay_sd_s * spread).powi(2)
            + whole * self.damaged_share * whole_s * whole_s;
        Toll {
            delay_s: whole * whole_s,
            delay_sd_s: libm::sqrt(variance_s2),
            p_detect: whole * self.p_detect,
        }
    }

    /// The least time that a mover pays at an opening within `slack_m` of where it crosses; `None` where none is as near.
    ///
    /// A vehicle needs an opening of `vehicle_width_m`.
    pub fn toll_at_opening(
        &self,
        at: EnuPoint,
        slack_m: f64,
        mover: Mover,
        settings: &Settings,
    ) -> Option<Toll> {
        let fits = |opening: &&Opening| {
            (mover != Mover::Vehicle || opening.width_m >= settings.vehicle_width_m)
                && opening.point.distance_m(at) <= opening.width_m / 2.0 + slack_m
        };
        let tolls = self.openings.iter().filter(fits).map(|opening| Toll {
            delay_s: opening.delay_s,
            delay_sd_s: opening.delay_sd_s,
            p_detect: opening.p_detect,
        });
        tolls.min_by(|a, b| a.delay_s.total_cmp(&b.delay_s))
    }

    /// Shares of a straight way at which it crosses the barrier, in order.
    ///
    /// A way that begins on the barrier does not cross it, one that ends on it does: ways that are joined end to end cross
    /// as often as the whole.
    pub fn crossed_at(&self, from: EnuPoint, to: EnuPoint) -> Vec<f64> {
        let walls = self.points.windows(2).map(|pair| (pair[0], pair[1]));
        let mut shares: Vec<f64> =
            walls.filter_map(|wall| crossing_share((from, to), wall)).collect();
        shares.sort_by(f64::total_cmp);
        shares
    }
}

/// Share of a straight way at which it crosses a straight wall; see [`Barrier::crossed_at`] for its ends.
fn crossing_share(
    (from, to): (EnuPoint, EnuPoint),
    (start, end): (EnuPoint, EnuPoint),
) -> Option<f64> {
    let way = to.to_vector() - from.to_vector();
    let wall = end.to_vector() - start.to_vector();
    let offset = start.to_vector() - from.to_vector();
    let turn = way.x * wall.y - way.y * wall.x;
    if turn.abs() <= f64::MIN_POSITIVE {
        return None;
    }
    let share = (offset.x * wall.y - offset.y * wall.x) / turn;
    let along = (offset.x * way.y - offset.y * way.x) / turn;
    (share > 0.0 && share <= 1.0 && (0.0..1.0).contains(&along)).then_some(share)
}

/// Where a straight way crosses a straight wall.
pub(crate) fn crossing_point(
    way: (EnuPoint, EnuPoint),
    wall: (EnuPoint, EnuPoint),
) -> Option<EnuPoint> {
    let share = crossing_share(way, wall)?;
    let point = way.0.to_vector().lerp(&way.1.to_vector(), share);
    Some(EnuPoint::new(point.x, point.y))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    fn barrier() -> Barrier {
        let words = || Text { en: "Fence".to_owned(), ar: "سياج".to_owned() };
        Barrier {
            id: "fence".to_owned(),
            name: words(),
            kind: BarrierKind::Trench,
            along_m: None,
            points: vec![EnuPoint::new(0.0, 0.0), EnuPoint::new(100.0, 0.0)],
            delay_s: 60.0,
            delay_sd_s: 20.0,
            mover_delay_s: BTreeMap::new(),
            damaged_share: 0.0,
            p_detect: 0.8,
            openings: vec![Opening {
                kind: OpeningKind::Gate,
                point: EnuPoint::new(50.0, 0.0),
                width_m: 2.0,
                delay_s: 15.0,
                delay_sd_s: 5.0,
                p_detect: 0.0,
            }],
        }
    }

    #[test]
    fn a_way_over_it_crosses_once_however_it_is_cut() {
        let at = EnuPoint::new;

        assert_eq!(barrier().crossed_at(at(20.0, -10.0), at(20.0, 30.0)), [0.25]);
        let cut = [at(20.0, -10.0), at(20.0, 0.0), at(20.0, 30.0)];
        let times: usize = cut.windows(2).map(|p| barrier().crossed_at(p[0], p[1]).len()).sum();
        assert_eq!(times, 1);
        assert!(barrier().crossed_at(at(120.0, -10.0), at(120.0, 30.0)).is_empty());
        assert!(barrier().crossed_at(at(-5.0, 0.0), at(105.0, 0.0)).is_empty(), "along it");
    }

    #[test]
    fn a_broken_barrier_holds_and_notices_less_and_is_less_certain() {
        let settings = Settings::default();
        let half = Barrier { damaged_share: 0.5, ..barrier() };

        let (whole, broken) =
            (barrier().toll(Mover::Walker, &settings), half.toll(Mover::Walker, &settings));

        assert_eq!((whole.delay_s, whole.delay_sd_s, whole.p_detect), (60.0, 20.0, 0.8));
        assert_relative_eq!(broken.delay_s, 30.0);
        assert_relative_eq!(broken.p_detect, 0.4);
        // 0.5 x 20^2 + 0.25 x 60^2.
        assert_relative_eq!(broken.delay_sd_s, 1_100_f64.sqrt());
    }

    #[test]
    fn a_trench_stops_a_vehicle_until_it_is_bridged_and_nobody_who_flies() {
        let settings = Settings::default();

        let vehicle = barrier().toll(Mover::Vehicle, &settings);

        assert_relative_eq!(vehicle.delay_s, settings.vehicle_bridging_s);
        assert_eq!(barrier().toll(Mover::Drone, &settings), Toll::default());
        let told = Barrier { mover_delay_s: [(Mover::Vehicle, 300.0)].into(), ..barrier() };
        assert_relative_eq!(told.toll(Mover::Vehicle, &settings).delay_s, 300.0);
    }

    #[test]
    fn a_gate_lets_those_pass_who_are_near_it_and_fit_through() {
        let settings = Settings::default();
        let near = |east_m, mover| {
            barrier().toll_at_opening(EnuPoint::new(east_m, 0.0), 10.0, mover, &settings)
        };

        assert_relative_eq!(near(58.0, Mover::Walker).unwrap().delay_s, 15.0);
        assert_eq!(near(62.0, Mover::Walker), None);
        assert_eq!(near(50.0, Mover::Vehicle), None);
    }
}
