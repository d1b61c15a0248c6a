//! What sensors that can follow call the things they told of lately.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

use crate::limits;
use crate::looks::Look;
use crate::roster::seconds_between;
use crate::tracking::{MeasurementRef, TrackLineage};

/// The names that sensors gave, by the measurement that each became.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Objects {
    by_sensor: BTreeMap<SensorId, BTreeMap<(Timestamp, u64), String>>,
}

impl Objects {
    /// Takes in what the tracker was shown of a look as seen at `at`; the oldest names give way.
    pub(crate) fn note(&mut self, look: &Look, at: Timestamp) {
        let named = (look.before..).zip(&look.reports);
        let named = named.filter(|(_, report)| !report.object_id.is_empty());
        let fresh = named.map(|(id, report)| ((at, id), report.object_id.clone()));
        let names = self.by_sensor.entry(look.step.sensor.clone()).or_default();
        names.extend(fresh);
        let newest = names.last_key_value().map_or(at, |((newest, _), _)| *newest);
        names.retain(|(seen_at, _), _| {
            seconds_between(*seen_at, newest) <= limits::FOLLOW_TOLD_WITHIN_S
        });
        while names.len() > limits::OBJECTS_OF_SENSOR_MAX {
            names.pop_first();
        }
    }

    /// What a sensor calls the newest that was of a track, rather than not; `None` where it has told of none lately.
    pub(crate) fn newest_of(
        &self,
        sensor: &SensorId,
        lineage: &TrackLineage,
        now: Timestamp,
    ) -> Option<&str> {
        let names = self.by_sensor.get(sensor)?;
        let told = lineage.measurements.iter().rev().map(|seen| &seen.measurement);
        let is_of_it = |seen: &&MeasurementRef| {
            let is_lately = seconds_between(seen.at, now) <= limits::FOLLOW_TOLD_WITHIN_S;
            seen.sensor == *sensor && seen.share > 0.5 && is_lately
        };
        told.filter(is_of_it).find_map(|seen| names.get(&(seen.at, seen.id))).map(String::as_str)
    }
}
