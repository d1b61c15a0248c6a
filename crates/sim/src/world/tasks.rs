//! What the station asks of nodes, and their answers.

use jiff::Timestamp;
use sight::geo::{EnuPoint, Wgs84};
use wire::sapient::place::{Location, LocationCoordinateSystem};
use wire::sapient::task::{Control, Order, Task, TaskStatus};
use wire::sapient::{Content, SapientMessage};

use super::{Pending, World, milliseconds};
use crate::eye::seconds;
use crate::unit::Answer;

/// Seconds until a node refuses what it cannot do.
const REFUSES_MS: i64 = 2_000;

/// How a crew answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Accepted,
    Arrived,
    Stopped,
    Refused(&'static str),
}

impl Stage {
    pub(super) fn words(self) -> (TaskStatus, Option<&'static str>) {
        match self {
            Self::Accepted => (TaskStatus::Accepted, None),
            Self::Arrived => (TaskStatus::Completed, Some("on scene")),
            Self::Stopped => (TaskStatus::Accepted, Some("stopped, returning")),
            Self::Refused(why) => (TaskStatus::Rejected, Some(why)),
        }
    }
}

impl World {
    /// Takes a message that the station sent to a node at a time; its answers come out of [`World::advance`].
    ///
    /// Units obey tasks that move them. Acknowledgements are taken in silence; tasks for nobody and
    /// messages that a node has no use for are counted as unused.
    pub fn receive(&mut self, node_id: &str, message: &SapientMessage, at: Timestamp) {
        // What came before `at` is done with: an answer may not overtake it.
        let at_ms = self.since_start_ms(at).max(self.now_ms);
        let crew = self.crews.iter().position(|crew| crew.unit.node_id == node_id);
        match (&message.content, crew) {
            (Some(Content::Task(task)), Some(crew)) => self.take_task(crew, task, at_ms),
            (Some(Content::RegistrationAck(_) | Content::TaskAck(_) | Content::AlertAck(_)), _) => {
            }
            _ => self.counts.unused += 1,
        }
    }

    fn take_task(&mut self, crew: usize, task: &Task, at_ms: i64) {
        let Some(id) = task.task_id.clone() else {
            self.counts.unused += 1;
            return;
        };
        let control = task.control.and_then(|control| Control::try_from(control).ok());
        match control {
            Some(Control::Start) => match self.destination(task) {
                Ok(to) => self.send_crew(crew, id, to, at_ms),
                Err(why) => self.answer(crew, id, Stage::Refused(why), at_ms + REFUSES_MS),
            },
            Some(Control::Stop) => {
                if self.crews[crew].task.as_deref() == Some(&id) {
                    self.crews[crew].recall(&self.ground, seconds(at_ms));
                }
                self.answer(crew, id, Stage::Stopped, at_ms + REFUSES_MS);
            }
            Some(Control::Pause | Control::Unspecified) | None => {
                self.answer(crew, id, Stage::Refused("only start and stop"), at_ms + REFUSES_MS);
            }
        }
    }

    fn send_crew(&mut self, crew: usize, task: String, to: EnuPoint, at_ms: i64) {
        match self.crews[crew].send(&self.ground, &task, to, seconds(at_ms)) {
            Answer::Goes { answers_s, arrives_s } => {
                self.answer(crew, task.clone(), Stage::Accepted, milliseconds(answers_s));
                self.answer(crew, task, Stage::Arrived, milliseconds(arrives_s));
            }
            Answer::NoWay { answers_s } => {
                let refusal = Stage::Refused("no way leads there");
                self.answer(crew, task, refusal, milliseconds(answers_s));
            }
        }
    }

    fn answer(&mut self, crew: usize, task: String, answer: Stage, at_ms: i64) {
        self.say_later(at_ms, Pending::Answer { crew, task, answer });
    }

    /// The last place of a `move_to`.
    fn destination(&self, task: &Task) -> Result<EnuPoint, &'static str> {
        let order = task.command.as_ref().and_then(|command| command.command.as_ref());
        let Some(Order::MoveTo(list)) = order else { return Err("only move_to is understood") };
        let last = list.locations.last().ok_or("move_to names no place")?;
        let place = place_of(last).ok_or("place is not in degrees of latitude and longitude")?;
        Ok(self.ground.sector().frame.point(place))
    }
}

fn place_of(location: &Location) -> Option<Wgs84> {
    let degrees: i32 = LocationCoordinateSystem::LatLngDegM.into();
    let (lon_deg, lat_deg) = (location.x?, location.y?);
    (location.coordinate_system == Some(degrees)).then(|| Wgs84::new(lon_deg, lat_deg).ok())?
}
