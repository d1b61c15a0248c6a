//! Sensors of their own that people in the field put on the map. They are shown and no more: ground that one is said to see
//! counts as watched by nobody.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::view::Cone;
use sight::sector::UnitId;

use crate::detection::ReportedPlace;
use crate::limits;

/// A sensor that somebody marked, and where it looks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// `cot` ...
    pub door: String,
    /// The device that tells of it.
    pub device: String,
    /// The device's own name for it: its newest word stands.
    pub id: String,
    /// What people call it, fit to be shown; the model with it where one is told.
    pub name: String,
    /// The unit of the sector whose device it is.
    pub unit: UnitId,
    pub place: ReportedPlace,
    pub looks: Cone,
    pub told_at: Timestamp,
    /// Until when it holds; one that is taken away holds no longer than it was told.
    pub until: Timestamp,
}

/// The marks that hold, by device and its name for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    kept: BTreeMap<(String, String), Mark>,
}

impl Marks {
    /// Those that hold now, in the order of their devices.
    pub fn kept(&self) -> impl Iterator<Item = &Mark> {
        self.kept.values()
    }

    /// Takes in the newest word about a mark; an older one, or the same again, changes nothing.
    pub fn take(&mut self, mark: &Mark, now: Timestamp) {
        let key = (mark.device.clone(), mark.id.clone());
        if self.kept.get(&key).is_some_and(|known| known.told_at >= mark.told_at) {
            return;
        }
        if mark.until > now && mark.until > mark.told_at {
            self.make_room(&key);
            self.kept.insert(key, mark.clone());
        } else {
            self.kept.remove(&key);
        }
    }

    /// Drops those that hold no longer.
    pub fn expire(&mut self, now: Timestamp) {
        self.kept.retain(|_, mark| mark.until > now);
    }

    /// The one told of longest ago gives way when there are too many.
    fn make_room(&mut self, key: &(String, String)) {
        if self.kept.len() < limits::MARKS_KEPT || self.kept.contains_key(key) {
            return;
        }
        let oldest = self.kept.iter().min_by_key(|(_, mark)| mark.told_at);
        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
            self.kept.remove(&oldest);
        }
    }
}
