//! Rules of detection reports.

use super::{Check, Problem, Walk};
use crate::sapient::detection::{
    Behaviour, Classification, DerivedDetection, DetectionReport, Position, PredictedLocation,
    PredictedPosition, Signal, SubClass, TrackObjectInfo, Velocity,
};

impl Check for DetectionReport {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("report_id", self.report_id.as_ref());
        walk.ulid("object_id", self.object_id.as_ref());
        walk.ulid_if("task_id", self.task_id.as_ref());
        match &self.location {
            None => walk.fault("location", Problem::Missing),
            Some(Position::RangeBearing(part)) => walk.part("range_bearing", Some(part)),
            Some(Position::Location(part)) => walk.part("location", Some(part)),
        }
        walk.within_if("detection_confidence", self.detection_confidence, 0.0..=1.0);
        walk.parts("track_info", &self.track_info);
        walk.part_if("prediction_location", self.prediction_location.as_ref());
        walk.parts("object_info", &self.object_info);
        walk.parts("classification", &self.classification);
        walk.parts("behaviour", &self.behaviour);
        walk.parts("associated_file", &self.associated_file);
        walk.parts("signal", &self.signal);
        walk.parts("associated_detection", &self.associated_detection);
        walk.parts("derived_detection", &self.derived_detection);
        if let Some(Velocity::Enu(part)) = &self.velocity {
            walk.part("enu_velocity", Some(part));
        }
    }
}

impl Check for PredictedLocation {
    fn check(&self, walk: &mut Walk) {
        match &self.predicted_location {
            None => walk.fault("predicted_location", Problem::Missing),
            Some(PredictedPosition::RangeBearing(part)) => walk.part("range_bearing", Some(part)),
            Some(PredictedPosition::Location(part)) => walk.part("location", Some(part)),
        }
        walk.moment_if("predicted_timestamp", self.predicted_timestamp);
    }
}

impl Check for TrackObjectInfo {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.text("value", self.value.as_ref());
        walk.number_if("error", self.error);
    }
}

impl Check for Classification {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.within_if("confidence", self.confidence, 0.0..=1.0);
        walk.parts("sub_class", &self.sub_class);
    }
}

impl Check for SubClass {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.within_if("confidence", self.confidence, 0.0..=1.0);
        walk.present("level", self.level);
        walk.parts("sub_class", &self.sub_class);
    }
}

impl Check for Behaviour {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.within_if("confidence", self.confidence, 0.0..=1.0);
    }
}

impl Check for Signal {
    fn check(&self, walk: &mut Walk) {
        walk.number("amplitude", self.amplitude);
        walk.number_if("start_frequency", self.start_frequency);
        walk.number("centre_frequency", self.centre_frequency);
        walk.number_if("stop_frequency", self.stop_frequency);
        walk.number_if("pulse_duration", self.pulse_duration);
    }
}

impl Check for DerivedDetection {
    fn check(&self, walk: &mut Walk) {
        walk.moment_if("timestamp", self.timestamp);
        walk.uuid("node_id", self.node_id.as_ref());
        walk.ulid("object_id", self.object_id.as_ref());
    }
}
