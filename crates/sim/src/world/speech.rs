//! What each node says when its time comes.

use super::{HEARTBEAT_MS, MAST_HEARTBEAT_MS, Node, Pending, Sent, World, tasks};
use crate::eye::{Grounded, Scene, Sighting, seconds};
use crate::mast;
use crate::scenario::Failure;
use crate::voice::{self, Heartbeat, Role, View};

impl World {
    pub(super) fn introduce(&mut self, node: Node, at_ms: i64) -> Sent {
        let (role, name, interval_ms) = match node {
            Node::Eye(index) => {
                let sensor = &self.eyes[index].sensor;
                (Role::Sensor(sensor.kind), sensor.id.0.clone(), HEARTBEAT_MS)
            }
            Node::Crew(index) => (Role::Unit, self.crews[index].unit.id.0.clone(), HEARTBEAT_MS),
            Node::Mast(index) => (Role::Mast, self.masts[index].name.clone(), MAST_HEARTBEAT_MS),
        };
        #[expect(clippy::cast_possible_truncation, reason = "ten or sixty seconds")]
        let content = voice::introduction(role, &name, seconds(interval_ms) as f32);
        self.sent(node, at_ms, at_ms, content)
    }

    /// A heartbeat; `None` from a node that has fallen silent.
    pub(super) fn heartbeat(&mut self, node: Node, at_ms: i64) -> Option<Sent> {
        let beat = match node {
            Node::Eye(index) => self.eye_beat(index, at_ms)?,
            Node::Crew(index) => self.crew_beat(index, at_ms),
            Node::Mast(index) => self.mast_beat(index, at_ms),
        };
        let report_id = self.ids.report(self.moment(at_ms));
        Some(self.sent(node, at_ms, at_ms, voice::heartbeat(report_id, beat)))
    }

    fn eye_beat(&mut self, index: usize, at_ms: i64) -> Option<Heartbeat> {
        let failure = self.dark(index, at_ms);
        if failure == Some(Failure::Silent) {
            return None;
        }
        let scene = Scene {
            ground: &self.ground,
            weather: &self.weather,
            night: &self.night,
            movers: &self.movers,
        };
        let eye = &mut self.eyes[index];
        let before = eye.perch.grounded();
        eye.perch.weather(&scene, seconds(at_ms));
        let grounded = eye.perch.grounded();
        let (point, height_m) = eye.perch.reported();
        let ground_m = scene.ground.stand(point).map_or(0.0, |stand| stand.ground_m);
        let broken = failure == Some(Failure::Fault);
        let sensor = &eye.sensor;
        Some(Heartbeat {
            not_detecting: if broken {
                Some("fault: no picture".to_owned())
            } else {
                grounded.map(|why| why_grounded(why).to_owned())
            },
            broken,
            place: Some((scene.ground.place(point), ground_m + height_m)),
            view: sensor.facing.map(|facing| View {
                facing,
                field_rad: sensor.field_rad,
                range_m: sensor.range_max_m,
            }),
            new: grounded != before || eye.perch.moves(),
            ..Heartbeat::default()
        })
    }

    fn crew_beat(&self, index: usize, at_ms: i64) -> Heartbeat {
        let crew = &self.crews[index];
        let point = crew.point(seconds(at_ms));
        let ground_m = self.ground.stand(point).map_or(0.0, |stand| stand.ground_m);
        Heartbeat {
            place: Some((self.ground.place(point), ground_m)),
            task: crew.task.clone(),
            new: true,
            ..Heartbeat::default()
        }
    }

    fn mast_beat(&self, index: usize, at_ms: i64) -> Heartbeat {
        let mast = &self.masts[index];
        let local = self.weather.at(mast.point, seconds(at_ms));
        let ground_m = self.ground.stand(mast.point).map_or(0.0, |stand| stand.ground_m);
        Heartbeat {
            place: Some((self.ground.place(mast.point), ground_m)),
            metar: Some(mast::metar(&local, self.weather.temperature_c, self.moment(at_ms))),
            new: true,
            ..Heartbeat::default()
        }
    }

    /// A detection, and its entry in the ledger of truth.
    pub(super) fn report(
        &mut self,
        node: Node,
        at_ms: i64,
        observed_ms: i64,
        sighting: &Sighting,
    ) -> Sent {
        self.counts.detections += 1;
        self.counts.false_alarms += u64::from(sighting.truth.is_none());
        self.ledger.note(node, at_ms, sighting.truth);
        let report_id = self.ids.report(self.moment(at_ms));
        let number = match node {
            Node::Eye(index) => index,
            Node::Crew(index) => self.eyes.len() + index,
            Node::Mast(index) => self.eyes.len() + self.crews.len() + index,
        };
        let object_id = self.ids.object(self.scenario.start, number, sighting.object);
        let content = voice::detection(report_id, object_id, &self.ground, sighting);
        self.sent(node, at_ms, observed_ms, content)
    }

    pub(super) fn say(&mut self, pending: Pending, at_ms: i64) -> Option<Sent> {
        match pending {
            Pending::Report { node, observed_ms, sighting } => {
                Some(self.report(node, at_ms, observed_ms, &sighting))
            }
            Pending::Answer { crew, task, answer } => {
                // A crew that was sent elsewhere meanwhile does not arrive.
                let on_it = self.crews[crew].task.as_deref() == Some(&task);
                if answer == tasks::Stage::Arrived && !on_it {
                    return None;
                }
                let (status, reason) = answer.words();
                let content = voice::task_answer(&task, status, reason);
                Some(self.sent(Node::Crew(crew), at_ms, at_ms, content))
            }
        }
    }
}

fn why_grounded(why: Grounded) -> &'static str {
    match why {
        Grounded::Wind => "grounded: wind above limit",
        Grounded::Visibility => "grounded: visibility below limit",
        Grounded::Waiting => "grounded: waiting for steady weather",
    }
}
