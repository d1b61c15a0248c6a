//! Who is there: nodes at the door, sensors and their health, units and where they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::{Health, Model, MovedTo, SensorCondition, View};
use sight::geo::Wgs84;
use sight::sector::{Sector, SensorId, SensorKind, UnitId};

use crate::clocks::{ClockReport, ClockStanding, Clocks};
use crate::detection::{Registration, ReportedPlace, Source, StatusReport, ViewReport};
use crate::dispatch::{TaskStage, UnitState};
use crate::footage::PictureReport;
use crate::journal::{Output, PersonId, PointingId, SensorState, TaskId};
use crate::limits;
use crate::looks::{Flood, Looks};
use crate::pointing::{Aim, Pointing};
use crate::tracking::{Finding, SensorReport, Standing};

/// Sensors, units and the nodes they speak through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Roster {
    sensors: BTreeMap<SensorId, SensorState>,
    units: BTreeMap<UnitId, UnitState>,
    /// When each unit was where it told that it is.
    placed_at: BTreeMap<UnitId, Timestamp>,
    /// Node id to who it is, for nodes that are connected.
    nodes: BTreeMap<String, Source>,
    /// Orders to sensors so far.
    pointings: u64,
}

/// What a sensor was found to be worth, in steps that do not flicker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Worth {
    pub standing: Standing,
    /// What was found against it, while it is doubted or quarantined.
    pub finding: Option<Finding>,
    /// Of what it should see under the weather as reported, the share that it sees where it sees least; absent while it
    /// sees what it should.
    pub obscured_to: Option<f64>,
    /// False reports, times what the sector file expects; to the nearest power of two.
    pub clutter_times: f64,
}

impl Default for Worth {
    fn default() -> Self {
        Self {
            standing: Standing::Unverified,
            finding: None,
            obscured_to: None,
            clutter_times: 1.0,
        }
    }
}

impl Worth {
    fn of(report: &SensorReport) -> Self {
        let tenths = |value: f64| libm::round(value * 10.0) / 10.0;
        Self {
            standing: report.standing,
            finding: report.finding.map(Finding::rounded),
            obscured_to: report.obscured_to.map(tenths),
            clutter_times: libm::exp2(libm::round(libm::log2(report.clutter_times))),
        }
    }
}

impl SensorState {
    /// Whether the sensor may be relied on: what it says of itself, and what was found of it.
    pub fn health(&self) -> Health {
        let own = self.condition.health;
        if own != Health::Working {
            own
        } else if self.picture_lost.is_some() {
            // It may say that it is well: whoever looks at its pictures sees none.
            Health::Down
        } else if self.worth.standing == Standing::Quarantined
            || self.clock.standing == ClockStanding::Off
        {
            Health::Quarantined
        } else if self.impaired.is_some() {
            Health::Impaired
        } else if self.worth.obscured_to.is_some() {
            Health::Obscured
        } else {
            Health::Working
        }
    }
}

impl Roster {
    /// Everybody in the sector file; nobody has been heard yet.
    pub fn of(sector: &Sector) -> Self {
        let sensors = sector.sensors.iter().map(|sensor| {
            let state = SensorState {
                id: sensor.id.clone(),
                condition: SensorCondition { health: Health::NeverHeard, moved_to: None },
                view: View::default(),
                follows: false,
                pointing: None,
                picture_lost: None,
                impaired: None,
                heard_at: None,
                note: String::new(),
                detections: 0,
                worth: Worth::default(),
                clock: ClockReport::default(),
                flood: Flood::default(),
            };
            (sensor.id.clone(), state)
        });
        let units = sector.units.iter().map(|unit| {
            let state = UnitState {
                id: unit.id.clone(),
                mobility: unit.mobility,
                point: unit.point,
                heard_at: None,
                task: None,
            };
            (unit.id.clone(), state)
        });
        Self {
            sensors: sensors.collect(),
            units: units.collect(),
            nodes: BTreeMap::new(),
            pointings: 0,
            placed_at: BTreeMap::new(),
        }
    }

    pub fn sensors(&self) -> impl Iterator<Item = &SensorState> {
        self.sensors.values()
    }

    pub fn sensor(&self, id: &SensorId) -> Option<&SensorState> {
        self.sensors.get(id)
    }

    pub fn units(&self) -> impl Iterator<Item = &UnitState> {
        self.units.values()
    }

    pub fn unit(&self, id: &UnitId) -> Option<&UnitState> {
        self.units.get(id)
    }

    /// Notes that a node is there; it is not yet trusted to see anything before its first status.
    pub fn register(&mut self, registration: &Registration, now: Timestamp, out: &mut Vec<Output>) {
        if self.nodes.len() < limits::NODES_MAX {
            self.nodes.insert(registration.node_id.clone(), registration.source.clone());
        }
        if let Source::Sensor(id) = &registration.source
            && let Some(sensor) = self.sensors.get_mut(id)
        {
            sensor.heard_at = Some(now);
            // What it said by an earlier connection of where it looks no longer counts: it says so anew, or not.
            sensor.view = View::default();
            if sensor.follows != registration.follows {
                sensor.follows = registration.follows;
                out.push(Output::Sensor(sensor.clone()));
            }
        }
    }

    /// A node's connection ended; its sensor is down until it is heard again.
    pub fn disconnect(&mut self, node_id: &str, out: &mut Vec<Output>) {
        if let Some(Source::Sensor(id)) = self.nodes.remove(node_id)
            && let Some(sensor) = self.sensors.get_mut(&id)
        {
            sensor.condition.health = Health::Down;
            "connection lost".clone_into(&mut sensor.note);
            // What it was asked before is over: nobody knows what it does when it comes back.
            if let Some(pointing) = sensor.pointing.as_mut().filter(|pointing| !pointing.is_over())
            {
                pointing.stage = TaskStage::Declined;
                "connection lost".clone_into(&mut pointing.note);
            }
            out.push(Output::Sensor(sensor.clone()));
        }
    }

    /// Takes in a heartbeat.
    pub fn hear(
        &mut self,
        status: &StatusReport,
        model: &Model,
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let place = status
            .location
            .and_then(|location| Wgs84::new(location.lon_deg, location.lat_deg).ok());
        match &status.source {
            Source::Sensor(id) => {
                let moved_to = place.and_then(|place| moved_to(model, id, place, status.location));
                let Some(sensor) = self.sensors.get_mut(id) else { return };
                let before = (sensor.condition.health, sensor.note.clone(), sensor.impaired);
                sensor.heard_at = Some(now);
                sensor.condition.health =
                    if status.detecting { Health::Working } else { Health::Down };
                sensor.note.clone_from(&status.note);
                sensor.impaired = status.impaired;
                let moved = replace_if_far(&mut sensor.condition.moved_to, moved_to);
                let after = (sensor.condition.health, sensor.note.clone(), sensor.impaired);
                if moved || before != after {
                    out.push(Output::Sensor(sensor.clone()));
                }
            }
            Source::Unit(id) => {
                let Some(unit) = self.units.get_mut(id) else { return };
                // A track that is brought in afterwards tells where the unit was, not where it is.
                if self.placed_at.get(id).is_some_and(|known| *known > status.observed_at) {
                    return;
                }
                unit.heard_at = Some(now);
                if let Some(place) = place {
                    unit.point = model.sector().frame.point(place);
                    self.placed_at.insert(id.clone(), status.observed_at);
                }
                out.push(Output::Unit(unit.clone()));
            }
            Source::Weather(_) => {}
        }
    }

    /// Takes in where a sensor says that it looks; false for one that the sector does not know.
    pub fn look(&mut self, report: &ViewReport, out: &mut Vec<Output>) -> bool {
        let Some(sensor) = self.sensors.get_mut(&report.sensor) else { return false };
        if sensor.view != report.view {
            sensor.view.clone_from(&report.view);
            out.push(Output::Sensor(sensor.clone()));
        }
        true
    }

    /// Takes in whether a camera's pictures come; false for one that the sector does not know.
    pub fn picture(&mut self, report: &PictureReport, out: &mut Vec<Output>) -> bool {
        let Some(sensor) = self.sensors.get_mut(&report.sensor) else { return false };
        if sensor.picture_lost != report.lost {
            sensor.picture_lost.clone_from(&report.lost);
            out.push(Output::Sensor(sensor.clone()));
        }
        true
    }

    /// Asks a sensor of the sector for something; an older order gives way.
    pub fn point(
        &mut self,
        (id, aim, object): (&SensorId, &Aim, Option<String>),
        (by, reason): (&PersonId, &str),
        now: Timestamp,
        out: &mut Vec<Output>,
    ) {
        let Some(sensor) = self.sensors.get_mut(id) else { return };
        self.pointings += 1;
        let running = sensor.pointing.take().filter(|pointing| !pointing.is_over());
        let pointing = Pointing {
            id: PointingId(self.pointings),
            sensor: id.clone(),
            aim: aim.clone(),
            object,
            stage: if *aim == Aim::Release { TaskStage::Done } else { TaskStage::Sent },
            sent_at: now,
            by: by.clone(),
            reason: reason.to_owned(),
            note: String::new(),
            stops: running.map(|running| running.id),
        };
        sensor.pointing = Some(Box::new(pointing.clone()));
        out.push(Output::Sensor(sensor.clone()));
        out.push(Output::SendPointing(pointing));
    }

    /// A sensor said how its order goes; an order that is over or was never given changes nothing.
    pub fn pointed(
        &mut self,
        id: PointingId,
        (stage, note): (TaskStage, &str),
        out: &mut Vec<Output>,
    ) {
        let asked = |sensor: &&mut SensorState| {
            sensor.pointing.as_ref().is_some_and(|pointing| pointing.id == id)
        };
        let Some(sensor) = self.sensors.values_mut().find(asked) else { return };
        if let Some(pointing) = sensor.pointing.as_mut().filter(|pointing| !pointing.is_over()) {
            pointing.stage = stage;
            note.clone_into(&mut pointing.note);
            out.push(Output::Sensor(sensor.clone()));
        }
    }

    /// Counts a detection and takes it as a sign of life.
    pub fn count_detection(&mut self, id: &SensorId, now: Timestamp) {
        if let Some(sensor) = self.sensors.get_mut(id) {
            sensor.heard_at = Some(now);
            sensor.detections += 1;
        }
    }

    /// Turns sensors that have been silent for too long to stale: unknown, not green.
    pub fn find_stale(&mut self, limit_s: f64, now: Timestamp, out: &mut Vec<Output>) {
        for sensor in self.sensors.values_mut() {
            let silent = sensor.heard_at.is_some_and(|at| seconds_between(at, now) > limit_s);
            if silent && sensor.condition.health == Health::Working {
                sensor.condition.health = Health::Stale;
                "no heartbeat".clone_into(&mut sensor.note);
                out.push(Output::Sensor(sensor.clone()));
            }
        }
    }

    /// Takes in what the tracker found the sensors to be worth.
    pub fn weigh(&mut self, reports: &[SensorReport], out: &mut Vec<Output>) {
        for report in reports {
            let Some(sensor) = self.sensors.get_mut(&report.sensor) else { continue };
            let worth = Worth::of(report);
            if sensor.worth != worth {
                sensor.worth = worth;
                out.push(Output::Sensor(sensor.clone()));
            }
        }
    }

    /// Takes in what was dropped of sensors that told too much.
    pub fn set_floods(&mut self, looks: &Looks, out: &mut Vec<Output>) {
        for sensor in self.sensors.values_mut() {
            let flood = looks.flood(&sensor.id);
            if sensor.flood != flood {
                sensor.flood = flood;
                out.push(Output::Sensor(sensor.clone()));
            }
        }
    }

    /// Takes in how the sensors' clocks stand.
    pub fn set_clocks(&mut self, clocks: &Clocks, out: &mut Vec<Output>) {
        for sensor in self.sensors.values_mut() {
            let clock = clocks.report(&sensor.id);
            if sensor.clock != clock {
                sensor.clock = clock;
                out.push(Output::Sensor(sensor.clone()));
            }
        }
    }

    /// Sets what a unit is busy with.
    pub fn assign(&mut self, id: &UnitId, task: Option<TaskId>, out: &mut Vec<Output>) {
        if let Some(unit) = self.units.get_mut(id) {
            unit.task = task;
            out.push(Output::Unit(unit.clone()));
        }
    }

    /// What the planner needs to know of every sensor.
    pub fn conditions(&self) -> BTreeMap<SensorId, SensorCondition> {
        let condition =
            |sensor: &SensorState| SensorCondition { health: sensor.health(), ..sensor.condition };
        self.sensors.iter().map(|(id, sensor)| (id.clone(), condition(sensor))).collect()
    }

    /// Where sensors say that they look, those that say something of it.
    pub fn views(&self) -> BTreeMap<SensorId, View> {
        let told = self.sensors.iter().filter(|(_, sensor)| !sensor.view.is_plain());
        told.map(|(id, sensor)| (id.clone(), sensor.view.clone())).collect()
    }
}

/// Seconds from `earlier` to `later`; negative when they are the other way round.
pub fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64()
}

/// Where a sensor that can move says it is; sensors that stand keep the place of the sector file.
fn moved_to(
    model: &Model,
    id: &SensorId,
    place: Wgs84,
    reported: Option<ReportedPlace>,
) -> Option<MovedTo> {
    let planned = model.sector().sensors.iter().find(|sensor| &sensor.id == id)?;
    let moves = match planned.kind {
        SensorKind::Balloon(_)
        | SensorKind::Drone(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => true,
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Radar(_)
        | SensorKind::GroundSensor(_) => false,
    };
    let above_sea_m = reported.and_then(|reported| reported.height_m);
    let above_ground_m = match (above_sea_m, model.grid().height_m(place)) {
        (Some(height_m), Some(ground_m)) => (height_m - ground_m).max(0.0),
        _ => planned.height_m,
    };
    moves.then(|| MovedTo { point: model.sector().frame.point(place), height_m: above_ground_m })
}

/// A moving sensor is re-placed only when it has gone far enough to matter, so the line is not assessed for every metre.
fn replace_if_far(kept: &mut Option<MovedTo>, heard: Option<MovedTo>) -> bool {
    let Some(heard) = heard else { return false };
    let near = kept.is_some_and(|kept| {
        let climbed_m = (kept.height_m - heard.height_m).abs();
        kept.point.distance_m(heard.point) < limits::MOVED_STEP_M
            && climbed_m < limits::CLIMBED_STEP_M
    });
    if !near {
        *kept = Some(heard);
    }
    !near
}
