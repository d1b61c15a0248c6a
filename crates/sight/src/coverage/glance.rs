//! Single looks of single sensors: what an assessment is asked by whoever weighs a detection, or the lack of one.

use std::sync::{Arc, OnceLock};

use crate::coverage::air::{Air, End};
use crate::coverage::haze::Haze;
use crate::coverage::model::{Model, Stance};
use crate::coverage::reach::{Ground, Reach};
use crate::coverage::view::View;
use crate::coverage::{Conditions, Health, MovedTo, scene};
use crate::crossing::Light;
use crate::geo::EnuPoint;
use crate::sector::{Mover, SensorId};

/// No cell of a terrain is wider.
const CELL_MAX_M: f64 = 1_000.0;
/// Heights of movers that differ; every sensor keeps a reach for each.
const MOVERS: usize = Mover::ALL.len();

/// What each sensor could find at one look, in the air as it most likely is.
///
/// What a sensor looks through and which cells it looks at is worked out when it is first asked about, from the model and
/// the conditions alone, so that answers do not depend on what was asked before.
#[derive(Debug)]
pub(crate) struct Glances {
    air: Air,
    /// By sensor, in the sector's order; `None` for one that does not look. Those that see as they did before are the same ones.
    eyes: Vec<Option<Arc<Eye>>>,
}

#[derive(Debug)]
struct Eye {
    from: EnuPoint,
    moved_to: Option<MovedTo>,
    view: Option<View>,
    haze: OnceLock<Haze>,
    /// By mover.
    reaches: [OnceLock<Option<Arc<Reach>>>; MOVERS],
}

impl Glances {
    /// What was worked out before, of the same model, is gone on with where it holds.
    ///
    /// A stale sensor is believed: whoever asks has just had a look from it. So are one that sees less than it should,
    /// one that says so itself and one that is not believed in what it says, for whoever asks wants to know what they should have seen.
    pub(crate) fn follow(before: Option<&Self>, model: &Model, conditions: &Conditions) -> Self {
        let air = model.air(conditions, End::Middle);
        let before = before.filter(|before| before.air == air);
        let known = |index: usize| before.and_then(|before| before.eyes.get(index)?.as_ref());
        let eyes =
            model
                .sector()
                .sensors
                .iter()
                .enumerate()
                .map(|(index, sensor)| {
                    let condition = conditions.sensors.get(&sensor.id)?;
                    let from = condition.moved_to.map_or(sensor.point, |moved| moved.point);
                    let looks = matches!(
                        condition.health,
                        Health::Working
                            | Health::Stale
                            | Health::Obscured
                            | Health::Impaired
                            | Health::Quarantined
                    );
                    if !looks || scene::is_grounded(sensor, condition.moved_to, &air) {
                        return None;
                    }
                    let (moved_to, view) = (condition.moved_to, conditions.views.get(&sensor.id));
                    let stays = |eye: &&Arc<Eye>| eye.stands() == (from, moved_to, view);
                    Some(known(index).filter(stays).map_or_else(
                        || Arc::new(Eye::new(from, moved_to, view.cloned())),
                        Arc::clone,
                    ))
                })
                .collect();
        Self { air, eyes }
    }

    /// Whether a sensor is known to see everybody with the same chance as it did.
    pub(crate) fn sees_alike(&self, before: &Self, index: usize) -> bool {
        let eye = |of: &Self| of.eyes.get(index).cloned().flatten();
        match (eye(self), eye(before)) {
            (Some(now), Some(then)) => Arc::ptr_eq(&now, &then),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// Chance that one look finds a mover at a point; `None` where there is no look.
    pub(crate) fn p_look(
        &self,
        model: &Model,
        id: &SensorId,
        at: EnuPoint,
        mover: Mover,
    ) -> Option<f64> {
        let index = model.index_of(id)?;
        let eye = self.eyes.get(index)?.as_ref()?;
        let sensor = model.sensor(index);
        let (east_m, north_m) = (at.east_m - eye.from.east_m, at.north_m - eye.from.north_m);
        let range_m = libm::sqrt(east_m * east_m + north_m * north_m);
        // A window's cells reach half a cell farther than the sensor.
        if range_m > sensor.range_max_m + CELL_MAX_M {
            return None;
        }
        let prepared = model.mover(mover, Light::Day);
        let reach = eye.reaches[mover as usize].get_or_init(|| {
            let stance = Stance { moved: eye.moved_to, view: eye.view.as_ref() };
            model.reach(index, stance, prepared.target_height_m, Ground::AsItIs)
        });
        let reach = reach.as_ref()?;
        if !reach.holds(model.cell_at(at)?) {
            return None;
        }
        let slant_m = libm::hypot(range_m, reach.head_m());
        let make = &prepared.makes[index];
        let haze = eye
            .haze
            .get_or_init(|| Haze::new(&self.air, make.band(), eye.from, sensor.range_max_m));
        Some(make.p_look(slant_m, slant_m * haze.mean_per_m(east_m, north_m)))
    }
}

impl Eye {
    fn new(from: EnuPoint, moved_to: Option<MovedTo>, view: Option<View>) -> Self {
        let reaches = [const { OnceLock::new() }; MOVERS];
        Self { from, moved_to, view, haze: OnceLock::new(), reaches }
    }

    fn stands(&self) -> (EnuPoint, Option<MovedTo>, Option<&View>) {
        (self.from, self.moved_to, self.view.as_ref())
    }
}

/// What has been worked out already makes no difference.
impl PartialEq for Glances {
    fn eq(&self, other: &Self) -> bool {
        let alike = |(one, other): (&Option<Arc<Eye>>, &Option<Arc<Eye>>)| match (one, other) {
            (Some(one), Some(other)) => one.stands() == other.stands(),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let eyes = (&self.eyes, &other.eyes);
        self.air == other.air
            && eyes.0.len() == eyes.1.len()
            && eyes.0.iter().zip(eyes.1).all(alike)
    }
}
