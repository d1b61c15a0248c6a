//! Sensors that stop seeing.

use jiff::Timestamp;
use sight::coverage::Health;
use sight::geo::EnuPoint;
use sight::sector::{Rule, Sector};

use super::RuleMemory;
use crate::alert::desk::{AlertDesk, Finding};
use crate::alert::{Alert, AlertKind};
use crate::clocks::ClockStanding;
use crate::journal::{AlertId, SensorState};
use crate::roster::seconds_between;

impl RuleMemory {
    /// Calls a person when a sensor stops seeing, once per loss.
    pub fn watch_sensors<'a>(
        &mut self,
        sensors: impl Iterator<Item = &'a SensorState>,
        sector: &Sector,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        let alerting = &sector.alerting;
        if !alerting.rule(Rule::SensorLost).watched {
            return;
        }
        for sensor in sensors {
            let health = sensor.health();
            if !matches!(health, Health::Down | Health::Stale | Health::Quarantined) {
                self.lost.remove(&sensor.id);
                continue;
            }
            let open = desk.open().find(|alert| is_of(alert, sensor)).map(|alert| alert.id);
            if let Some(open) = open {
                self.lost.insert(sensor.id.clone());
                desk.found(open, now);
                continue;
            }
            if self.lost.contains(&sensor.id) {
                continue;
            }
            let finding = finding(sensor, health, sector);
            if !desk.has_lasted(&finding, &sensor.id.0, alerting, now) {
                continue;
            }
            self.lost.insert(sensor.id.clone());
            match lost_with(&finding, sector, now, desk) {
                Some(id) => {
                    desk.refresh(id, &finding, now);
                    desk.found(id, now);
                }
                None => drop(desk.raise(finding, now)),
            }
        }
    }
}

fn is_of(alert: &Alert, sensor: &SensorState) -> bool {
    let named = alert.sensor.as_ref() == Some(&sensor.id);
    alert.kind == AlertKind::SensorLost && (named || alert.origin.sensors.contains(&sensor.id))
}

fn finding(sensor: &SensorState, health: Health, sector: &Sector) -> Finding {
    let point = sector.sensor(&sensor.id).map(|planned| planned.point);
    let words = if sensor.clock.standing == ClockStanding::Off {
        "a sensor's clock stepped: its times are not believed"
    } else if health == Health::Quarantined {
        "a sensor is not believed: others contradict it, or a person does"
    } else {
        "a sensor that was there stopped seeing"
    };
    Finding {
        point,
        stretch: point.map(|point| sector.stretch_at(sector.line.chainage_m(point))),
        sensor: Some(sensor.id.clone()),
        sensors: vec![sensor.id.clone()],
        ..Finding::of(AlertKind::SensorLost, &sector.alerting, None, words)
    }
}

/// The open alert of a sensor beside this one that was lost just now: a mast without power is one event.
fn lost_with(
    finding: &Finding,
    sector: &Sector,
    now: Timestamp,
    desk: &AlertDesk,
) -> Option<AlertId> {
    let alerting = &sector.alerting;
    let near = |at: Option<EnuPoint>| {
        at.zip(finding.point).is_some_and(|(a, b)| a.distance_m(b) <= alerting.lost_together_m)
    };
    let mut together = desk.open().filter(|alert| {
        alert.kind == AlertKind::SensorLost
            && near(alert.point)
            && seconds_between(alert.raised_at, now) <= alerting.lost_together_s
    });
    together.next().map(|alert| alert.id)
}
