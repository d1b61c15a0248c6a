//! How likely each stretch's least-detected crossing is to be detected, kept up with a field of rates.

use crate::coverage::model::Model;
use crate::coverage::scene::Scene;
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
    fields: Fields,
}

impl<'a> LiveProfile<'a> {
    /// Spreads the forward and the backward field out.
    pub fn new(model: &'a Model, mover: Mover, rates: &RateField) -> Self {
        let fields = fields_from(None, model, mover, rates);
        Self { model, mover, fields }
    }

    /// The profile under other rates of the same cells.
    #[must_use]
    pub fn following(self, rates: &RateField) -> Self {
        let fields = fields_from(Some(self.fields), self.model, self.mover, rates);
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
        self.mover == other.mover && self.fields == other.fields
    }
}

fn fields_from(known: Option<Fields>, model: &Model, mover: Mover, rates: &RateField) -> Fields {
    let nobody = Conditions {
        mover,
        light: Light::Day,
        weather: Vec::new(),
        weather_stale: false,
        sensors: std::collections::BTreeMap::new(),
        views: std::collections::BTreeMap::new(),
    };
    let scene = Scene::new(model, &nobody);
    let hazard = scene.hazard(&scene.sums_of(rates));
    let known = known.map(std::borrow::Cow::Owned);
    model.net.fields_from(known, (&scene.mover.times, &hazard), Asked::All)
}
