//! What the desk asks a sensor to look at. Nothing here turns or moves a sensor without a person's command.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::Health;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{Sector, SensorId, SensorKind};

use crate::alert::desk::refused;
use crate::dispatch::TaskStage;
use crate::journal::{CommandRefused, PersonId, PointingId, SensorState, TrackId};
use crate::limits;

/// What a sensor is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aim {
    /// Look at one place.
    LookAt(Wgs84),
    /// Fly along these places, again and again.
    Patrol(Vec<Wgs84>),
    /// Do again what it did before it was asked.
    Release,
    /// Keep looking at what it told of that was of a track.
    Follow(TrackId),
}

/// One order to a sensor, and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pointing {
    pub id: PointingId,
    pub sensor: SensorId,
    pub aim: Aim,
    /// What the sensor calls that which it is to follow.
    pub object: Option<String>,
    pub stage: TaskStage,
    pub sent_at: Timestamp,
    pub by: PersonId,
    pub reason: String,
    /// The sensor's own words.
    pub note: String,
    /// The order that is to be stopped, where this one releases the sensor.
    pub stops: Option<PointingId>,
}

impl Pointing {
    pub fn is_over(&self) -> bool {
        matches!(self.stage, TaskStage::Done | TaskStage::Declined)
    }
}

/// How far inside the line what flies on a patrol stays.
const INSIDE_M: f64 = 60.0;

/// Whether a sensor can be asked this.
pub(crate) fn check(sector: &Sector, state: &SensorState, aim: &Aim) -> Result<(), CommandRefused> {
    let id = &state.id;
    if state.condition.health != Health::Working {
        let reason = format!("{} is not at work: nobody would hear it", id.0);
        return Err(refused("sensor-silent", "sensor", reason));
    }
    let Some(planned) = sector.sensor(id) else {
        return Err(refused("sensor-unknown", "sensor", format!("{} is no sensor", id.0)));
    };
    match aim {
        Aim::LookAt(place) => {
            let here = state.condition.moved_to.map_or(planned.point, |moved| moved.point);
            let away_m = here.distance_m(sector.frame.point(*place));
            let reach_m = planned.range_max_m;
            if away_m > reach_m {
                let reason =
                    format!("must be within {reach_m:.0} m of {}, got {away_m:.0} m", id.0);
                return Err(refused("out-of-reach", "at", reason));
            }
            Ok(())
        }
        Aim::Patrol(places) => {
            if !matches!(planned.kind, SensorKind::Drone(_)) {
                let reason = format!("{} cannot go anywhere: only drones patrol", id.0);
                return Err(refused("sensor-stands", "sensor", reason));
            }
            if !(1..=limits::PATROL_PLACES_MAX).contains(&places.len()) {
                let most = limits::PATROL_PLACES_MAX;
                let reason = format!("must hold 1 to {most} places, got {}", places.len());
                return Err(refused("path-wrong", "path", reason));
            }
            check_inside(sector, places)
        }
        Aim::Release => {
            let busy = state.pointing.as_ref().is_some_and(|pointing| !pointing.is_over());
            let reason = format!("{} was asked for nothing", id.0);
            if busy { Ok(()) } else { Err(refused("nothing-to-release", "sensor", reason)) }
        }
        Aim::Follow(_) => check_follows(state, &planned.kind),
    }
}

/// What goes anywhere would go after it beyond the line, where no order may lead: only what stands follows.
fn check_follows(state: &SensorState, kind: &SensorKind) -> Result<(), CommandRefused> {
    let id = &state.id.0;
    match kind {
        SensorKind::Drone(_) | SensorKind::Observer(_) | SensorKind::Checkpoint(_) => {
            let reason = format!("{id} might follow beyond the line: only what stands follows");
            Err(refused("sensor-moves", "sensor", reason))
        }
        SensorKind::ThermalCamera(_)
        | SensorKind::VisibleCamera(_)
        | SensorKind::Radar(_)
        | SensorKind::Balloon(_)
        | SensorKind::GroundSensor(_) => {
            let reason = format!("{id} did not say that it can follow when it registered");
            if state.follows { Ok(()) } else { Err(refused("cannot-follow", "sensor", reason)) }
        }
    }
}

/// The hard geofence: neither a place of a patrol nor its way there lies on or beyond the line.
fn check_inside(sector: &Sector, places: &[Wgs84]) -> Result<(), CommandRefused> {
    let points: Vec<_> = places.iter().map(|place| sector.frame.point(*place)).collect();
    let round = points.iter().zip(points.iter().cycle().skip(1));
    for (at, (from, to)) in round.enumerate() {
        let leg_m = from.distance_m(*to);
        if leg_m > limits::PATROL_LEG_MAX_M {
            let most_m = limits::PATROL_LEG_MAX_M;
            let reason = format!("leg {} must be at most {most_m} m, got {leg_m:.0} m", at + 1);
            return Err(refused("path-wrong", "path", reason));
        }
        let steps = libm::ceil(leg_m / INSIDE_M).max(1.0);
        let mut done = 0.0;
        while done <= steps {
            let on_way = from.to_vector().lerp(&to.to_vector(), done / steps);
            let beside = sector.line.beside(EnuPoint::new(on_way.x, on_way.y));
            if beside.signed_m > -INSIDE_M {
                let reason = format!(
                    "must stay {INSIDE_M:.0} m inside the line, and leg {} does not",
                    at + 1
                );
                return Err(refused("beyond-line", "path", reason));
            }
            done += 1.0;
        }
    }
    Ok(())
}
