//! How likely each stretch's least-detected crossing is to be detected, kept up with a field of rates.

use crate::coverage::model::Model;
use crate::coverage::scene::{Scene, Sums};
use crate::coverage::{Conditions, RateField};
use crate::crossing::Light;
use crate::crossing::net::{Asked, Fields};
use crate::sector::Mover;

/// The crossing profile by day under a field of rates, such as [`crate::coverage::LiveField`]'s.
///
/// After any sequence of changes it equals, byte for byte, the profile built anew.
pub struct LiveProfile<'a> {
    model: &'a Model,
    mover: Mover,
    sums: Sums,
    fields: Fields,
}

impl<'a> LiveProfile<'a> {
    /// Spreads the forward and the backward field out.
    pub fn new(model: &'a Model, mover: Mover, rates: &RateField) -> Self {
        let conditions = nobody(mover);
        let scene = Scene::new(model, &conditions);
        let sums = scene.sums_of(rates);
        let fields = scene.fields(&sums);
        Self { model, mover, sums, fields }
    }

    /// The profile under other rates of the same cells.
    #[must_use]
    pub fn following(mut self, rates: &RateField) -> Self {
        let conditions = nobody(self.mover);
        let scene = Scene::new(self.model, &conditions);
        let changes = scene.follow(rates, &mut self.sums);
        let fields = self.model.net.fields_after(self.fields, &scene.mover.times, &changes);
        Self { fields, ..self }
    }

    /// Chance of detection by stretch, in the sector's order; certain where no way leads through.
    pub fn probabilities(&self) -> Vec<f64> {
        let times = &self.model.mover(self.mover, Light::Day).times;
        let crossings = self.model.net.least_detected(times, &self.fields, Asked::All);
        crossings.into_iter().map(super::assess::probability).collect()
    }
}

impl PartialEq for LiveProfile<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.mover == other.mover && self.sums == other.sums && self.fields == other.fields
    }
}

/// Rates are painted already: no sensor counts.
fn nobody(mover: Mover) -> Conditions {
    Conditions {
        mover,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: std::collections::BTreeMap::new(),
        views: std::collections::BTreeMap::new(),
    }
}
