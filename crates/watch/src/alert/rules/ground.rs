//! Ground sensors that are hit one after the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{Rule, Sector, SensorId, SensorKind};

use super::{RuleMemory, rank, worth_telling};
use crate::alert::AlertKind;
use crate::alert::desk::{AlertDesk, Finding};
use crate::limits;
use crate::roster::seconds_between;

/// A ground sensor told of something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Hit {
    sensor: SensorId,
    at: Timestamp,
    point: EnuPoint,
}

impl RuleMemory {
    /// Takes note of a ground sensor's word; the others' are tracked.
    pub fn hit(&mut self, sensor: &SensorId, sector: &Sector, now: Timestamp) {
        let Some(planned) = sector.sensor(sensor) else { return };
        if !matches!(planned.kind, SensorKind::GroundSensor(_)) {
            return;
        }
        if self.hits.len() >= limits::GROUND_HITS_KEPT {
            self.hits.pop_front();
        }
        self.hits.push_back(Hit { sensor: sensor.clone(), at: now, point: planned.point });
    }

    /// Calls a person for hits that are a pattern: so many, near to each other in time and place.
    pub fn watch_ground(&mut self, sector: &Sector, now: Timestamp, desk: &mut AlertDesk) {
        let alerting = &sector.alerting;
        while self
            .hits
            .front()
            .is_some_and(|hit| seconds_between(hit.at, now) > alerting.ground_within_s)
        {
            self.hits.pop_front();
        }
        let Some(newest) = self.hits.back().cloned() else { return };
        if !alerting.rule(Rule::GroundPattern).watched {
            return;
        }
        let apart_m = alerting.ground_apart_m;
        // Hits of what a person has closed call nobody again.
        let closed = desk.alerts().filter(|alert| {
            let at = alert.point.is_some_and(|at| at.distance_m(newest.point) <= apart_m);
            at && !alert.is_open() && matches!(alert.kind, AlertKind::GroundPattern { .. })
        });
        let closed_at = closed.map(|alert| alert.changed_at).max();
        let near: Vec<&Hit> = self
            .hits
            .iter()
            .filter(|hit| hit.point.distance_m(newest.point) <= apart_m)
            .filter(|hit| closed_at.is_none_or(|closed_at| hit.at > closed_at))
            .collect();
        if (near.len() as u64) < alerting.ground_hits {
            return;
        }
        let sensors: BTreeSet<&SensorId> = near.iter().map(|hit| &hit.sensor).collect();
        let hits = u32::try_from(near.len()).unwrap_or(u32::MAX);
        let words = "ground sensors were hit one after the other";
        let finding = Finding {
            point: Some(newest.point),
            stretch: Some(sector.stretch_at(sector.line.chainage_m(newest.point))),
            sensor: Some(newest.sensor.clone()),
            sensors: sensors.into_iter().cloned().collect(),
            ..Finding::of(AlertKind::GroundPattern { hits }, alerting, None, words)
        };
        let own = |desk: &AlertDesk| {
            let mut open = desk.open().filter(|alert| {
                let at = alert.point.is_some_and(|at| at.distance_m(newest.point) <= apart_m);
                at && matches!(alert.kind, AlertKind::GroundPattern { .. })
            });
            open.next().map(|alert| alert.id)
        };
        let Some(id) = own(desk).or_else(|| self.event_near(newest.point, now, desk)) else {
            self.raise(finding, &newest.sensor.0, (alerting, now), desk);
            return;
        };
        let Some(alert) = desk.get(id) else { return };
        if rank(&alert.kind) > rank(&finding.kind) {
            return;
        }
        if worth_telling(alert, &finding, now) {
            desk.refresh(id, &finding, now);
        }
        self.alert_seen.insert(id, (now, newest.point));
        desk.found(id, now);
    }
}
