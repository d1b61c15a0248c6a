//! Whose phone is whose: the units of the sector by the uids of their devices.

use std::collections::{BTreeMap, BTreeSet};

use sight::geo::LocalFrame;
use sight::sector::{Sector, UnitId};

/// The devices that a sector knows.
#[derive(Debug, Clone)]
pub struct Phones {
    units: BTreeMap<String, UnitId>,
    known: BTreeSet<UnitId>,
    frame: LocalFrame,
    /// How sure a person's mark is of what it calls a thing (A).
    class_confidence: f64,
}

/// A device of a unit that the sector does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("doors.cot.units: {uid:?} must be a unit of the sector, got {unit:?}")]
pub struct UnknownUnit {
    pub uid: String,
    pub unit: String,
}

impl Phones {
    /// The devices named in the configuration; a unit's own node id is one of its devices too.
    pub fn of_sector(
        sector: &Sector,
        devices: &BTreeMap<String, String>,
        class_confidence: f64,
    ) -> Result<Self, UnknownUnit> {
        let by_node = sector.units.iter().map(|unit| (unit.node_id.clone(), unit.id.clone()));
        let mut units: BTreeMap<String, UnitId> = by_node.collect();
        for (uid, unit) in devices {
            let known = sector.units.iter().find(|known| known.id.0 == *unit);
            let Some(known) = known else {
                return Err(UnknownUnit { uid: uid.clone(), unit: unit.clone() });
            };
            units.insert(uid.clone(), known.id.clone());
        }
        let known = sector.units.iter().map(|unit| unit.id.clone()).collect();
        Ok(Self { units, known, frame: sector.frame, class_confidence })
    }

    /// One phone of one unit, and no other.
    #[must_use]
    pub fn only(&self, uid: &str, unit: &UnitId) -> Self {
        Self { units: BTreeMap::from([(uid.to_owned(), unit.clone())]), ..self.clone() }
    }

    /// The unit of the sector with this id.
    pub fn named(&self, unit: &str) -> Option<&UnitId> {
        self.known.iter().find(|known| known.0 == unit)
    }

    pub fn unit(&self, uid: &str) -> Option<&UnitId> {
        self.units.get(uid)
    }

    /// The device of a unit that is first by name, under which it is shown to others.
    pub fn device_of(&self, unit: &UnitId) -> Option<&str> {
        self.units.iter().find(|(_, known)| *known == unit).map(|(uid, _)| uid.as_str())
    }

    pub fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    pub fn class_confidence(&self) -> f64 {
        self.class_confidence
    }
}
