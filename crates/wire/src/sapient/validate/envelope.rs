//! Rules of the envelope and of error messages.

use super::{Check, Problem, Walk};
use crate::sapient::envelope::{Content, Error, SapientMessage};

impl Check for SapientMessage {
    fn check(&self, walk: &mut Walk) {
        walk.moment("timestamp", self.timestamp);
        walk.uuid("node_id", self.node_id.as_ref());
        walk.uuid_if("destination_id", self.destination_id.as_ref());
        match &self.content {
            None => walk.fault("content", Problem::Missing),
            Some(Content::Registration(part)) => walk.part("registration", Some(part)),
            Some(Content::RegistrationAck(part)) => walk.part("registration_ack", Some(part)),
            Some(Content::StatusReport(part)) => walk.part("status_report", Some(part)),
            Some(Content::DetectionReport(part)) => walk.part("detection_report", Some(part)),
            Some(Content::Task(part)) => walk.part("task", Some(part)),
            Some(Content::TaskAck(part)) => walk.part("task_ack", Some(part)),
            Some(Content::Alert(part)) => walk.part("alert", Some(part)),
            Some(Content::AlertAck(part)) => walk.part("alert_ack", Some(part)),
            Some(Content::Error(part)) => walk.part("error", Some(part)),
        }
    }
}

impl Check for Error {
    fn check(&self, walk: &mut Walk) {
        walk.present("packet", self.packet.as_ref());
    }
}
