//! Rates that follow conditions: what one sensor adds is taken away again exactly.

use std::sync::Arc;

use crate::coverage::air::{Air, End};
use crate::coverage::model::Model;
use crate::coverage::scene::{Scene, Sign};
use crate::coverage::{Conditions, Health, RateField};

/// A field of rates that is kept up to date by adding and subtracting sensors.
///
/// After any sequence of changes it equals, byte for byte, the field built anew. A sensor that fails, comes back or moves is
/// painted alone; new weather leaves the radars and ground sensors as they are. One field follows one model.
pub struct LiveField {
    /// Shared with whoever still holds an assessment; copied when it is written to then.
    field: Arc<RateField>,
    /// The part of the field that no weather changes.
    steady: RateField,
    air: Air,
    /// What the field was painted for.
    conditions: Conditions,
}

impl LiveField {
    /// Builds the field for conditions.
    pub fn new(model: &Model, conditions: &Conditions) -> Self {
        let air = worse_air(model, conditions);
        let scene = Scene::new(model, conditions);
        let (steady_ones, weakened) = apart(&scene);
        let (rows, cols) = (model.grid().height, model.grid().width);
        let mut steady = RateField { rows, cols, rates: vec![0; rows * cols] };
        scene.repaint(&steady_ones, &air, &mut steady, Sign::Plus);
        let mut field = steady.clone();
        scene.repaint(&weakened, &air, &mut field, Sign::Plus);
        Self { field: Arc::new(field), steady, air, conditions: conditions.clone() }
    }

    pub fn field(&self) -> &RateField {
        &self.field
    }

    pub(crate) fn shared(&self) -> Arc<RateField> {
        Arc::clone(&self.field)
    }

    /// The air that the field was painted for.
    pub(crate) fn air(&self) -> &Air {
        &self.air
    }

    /// Follows to new conditions over the same model.
    pub fn follow(&mut self, model: &Model, conditions: &Conditions) {
        if conditions.mover != self.conditions.mover {
            *self = Self::new(model, conditions);
            return;
        }
        let (before, after) = (Scene::new(model, &self.conditions), Scene::new(model, conditions));
        let changed = |index: &usize| {
            before.conditions[*index] != after.conditions[*index]
                || before.views[*index] != after.views[*index]
        };
        let (steady, weakened) = apart(&before);
        let steady_changed: Vec<usize> = steady.into_iter().filter(changed).collect();
        let weakened_changed: Vec<usize> = weakened.iter().copied().filter(changed).collect();
        let swap = |sensors: &[usize], air: &Air, field: &mut RateField| {
            before.repaint(sensors, air, field, Sign::Minus);
            after.repaint(sensors, air, field, Sign::Plus);
        };
        if !steady_changed.is_empty() {
            swap(&steady_changed, &self.air, &mut self.steady);
        }
        let weather = |of: &Conditions| (of.weather_stale, of.weather.clone());
        if weather(conditions) != weather(&self.conditions) {
            self.air = worse_air(model, conditions);
            let field = written_over(&mut self.field);
            after.paint_over(&weakened, &self.air, &self.steady, field);
        } else if !steady_changed.is_empty() || !weakened_changed.is_empty() {
            let field = Arc::make_mut(&mut self.field);
            swap(&steady_changed, &self.air, field);
            swap(&weakened_changed, &self.air, field);
        }
        self.conditions = conditions.clone();
    }
}

/// A field whose rates will all be written: one that somebody else holds need not be copied for that.
fn written_over(field: &mut Arc<RateField>) -> &mut RateField {
    if Arc::get_mut(field).is_none() {
        let (rows, cols) = (field.rows, field.cols);
        *field = Arc::new(RateField { rows, cols, rates: vec![0; rows * cols] });
    }
    Arc::make_mut(field)
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
