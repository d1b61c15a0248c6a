//! Rates that follow conditions: what one sensor adds is taken away again exactly.

use crate::coverage::air::{Air, End};
use crate::coverage::model::Model;
use crate::coverage::scene::{Scene, Sign};
use crate::coverage::{Conditions, Health, RateField, SensorCondition};
use crate::sector::Mover;

/// A field of rates that is kept up to date by adding and subtracting sensors.
///
/// After any sequence of changes it equals, byte for byte, the field that [`crate::coverage::assess`] would build anew.
pub struct LiveField<'a> {
    model: &'a Model,
    field: RateField,
    mover: Mover,
    air: Air,
    /// What each sensor was doing when it was painted.
    painted: Vec<SensorCondition>,
}

impl<'a> LiveField<'a> {
    /// Builds the field for conditions.
    pub fn new(model: &'a Model, conditions: &Conditions) -> Self {
        let air = worse_air(model, conditions);
        let scene = Scene::new(model, conditions);
        let field = scene.field(&air);
        Self { model, field, mover: conditions.mover, air, painted: scene.conditions }
    }

    pub fn field(&self) -> &RateField {
        &self.field
    }

    /// Follows to new conditions: only sensors that do something else than before are painted anew, unless the air or the
    /// mover has changed.
    pub fn follow(&mut self, conditions: &Conditions) {
        let air = worse_air(self.model, conditions);
        if air != self.air || conditions.mover != self.mover {
            *self = Self::new(self.model, conditions);
            return;
        }
        let after = Scene::new(self.model, conditions);
        let changed: Vec<usize> = (0..self.painted.len())
            .filter(|index| self.painted[*index] != after.conditions[*index])
            .collect();
        let before = Scene { conditions: self.painted.clone(), ..after };
        before.repaint(&changed, &air, &mut self.field, Sign::Minus);
        let after = Scene::new(self.model, conditions);
        after.repaint(&changed, &air, &mut self.field, Sign::Plus);
        self.painted = after.conditions;
    }
}

/// The air at its worse end, which the states are about.
pub(crate) fn worse_air(model: &Model, conditions: &Conditions) -> Air {
    if conditions.weather_stale { Air::worst() } else { model.air(conditions, End::Worse) }
}

/// Sensors that the states rely on.
pub(crate) fn is_relied_on(health: Health) -> bool {
    health == Health::Working
}
