//! Rates that follow conditions: what one sensor adds is taken away again exactly.

use crate::coverage::air::{Air, End};
use crate::coverage::model::Model;
use crate::coverage::scene::{Scene, Sign};
use crate::coverage::{Conditions, Health, RateField};

/// A field of rates that is kept up to date by adding and subtracting sensors.
///
/// After any sequence of changes it equals, byte for byte, the field that [`crate::coverage::assess`] would build anew. A
/// sensor that fails, comes back or moves is painted alone; new weather leaves the radars and ground sensors as they are.
pub struct LiveField<'a> {
    model: &'a Model,
    field: RateField,
    /// The part of the field that no weather changes.
    steady: RateField,
    air: Air,
    /// What the field was painted for.
    conditions: Conditions,
}

impl<'a> LiveField<'a> {
    /// Builds the field for conditions.
    pub fn new(model: &'a Model, conditions: &Conditions) -> Self {
        let air = worse_air(model, conditions);
        let scene = Scene::new(model, conditions);
        let (steady_ones, weakened) = apart(&scene);
        let (rows, cols) = (model.grid().height, model.grid().width);
        let mut steady = RateField { rows, cols, rates: vec![0; rows * cols] };
        scene.repaint(&steady_ones, &air, &mut steady, Sign::Plus);
        let mut field = steady.clone();
        scene.repaint(&weakened, &air, &mut field, Sign::Plus);
        Self { model, field, steady, air, conditions: conditions.clone() }
    }

    pub fn field(&self) -> &RateField {
        &self.field
    }

    /// Follows to new conditions.
    pub fn follow(&mut self, conditions: &Conditions) {
        if conditions.mover != self.conditions.mover {
            *self = Self::new(self.model, conditions);
            return;
        }
        let (before, after) =
            (Scene::new(self.model, &self.conditions), Scene::new(self.model, conditions));
        let changed = |index: &usize| before.conditions[*index] != after.conditions[*index];
        let (steady, weakened) = apart(&before);
        let steady_changed: Vec<usize> = steady.into_iter().filter(changed).collect();
        for field in [&mut self.steady, &mut self.field] {
            before.repaint(&steady_changed, &self.air, field, Sign::Minus);
            after.repaint(&steady_changed, &self.air, field, Sign::Plus);
        }
        let weather = |of: &Conditions| (of.weather_stale, of.weather.clone());
        if weather(conditions) == weather(&self.conditions) {
            let weakened_changed: Vec<usize> = weakened.into_iter().filter(changed).collect();
            before.repaint(&weakened_changed, &self.air, &mut self.field, Sign::Minus);
            after.repaint(&weakened_changed, &self.air, &mut self.field, Sign::Plus);
        } else {
            self.air = worse_air(self.model, conditions);
            after.paint_over(&weakened, &self.air, &self.steady, &mut self.field);
        }
        self.conditions = conditions.clone();
    }
}

/// The sensors that no weather weakens, and the others.
fn apart(scene: &Scene<'_>) -> (Vec<usize>, Vec<usize>) {
    (0..scene.conditions.len()).partition(|index| scene.is_steady(*index))
}

/// The air at its worse end, which the states are about.
pub(crate) fn worse_air(model: &Model, conditions: &Conditions) -> Air {
    if conditions.weather_stale { Air::worst() } else { model.air(conditions, End::Worse) }
}

/// Sensors that the states rely on.
pub(crate) fn is_relied_on(health: Health) -> bool {
    health == Health::Working
}
