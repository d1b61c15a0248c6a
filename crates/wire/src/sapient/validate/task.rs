//! Rules of tasks and their answers.

use super::{Check, Problem, Walk};
use crate::sapient::link::{Operator, RegionType};
use crate::sapient::task::{
    BehaviourFilter, ClassFilter, Command, Control, DiscreteThreshold, FollowObject, Order,
    Parameter, Region, SubClassFilter, Task, TaskAck, TaskStatus,
};

impl Check for Task {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("task_id", self.task_id.as_ref());
        walk.moment_if("task_start_time", self.task_start_time);
        walk.moment_if("task_end_time", self.task_end_time);
        walk.choice::<Control>("control", self.control);
        walk.parts("region", &self.region);
        walk.part_if("command", self.command.as_ref());
    }
}

impl Check for Command {
    fn check(&self, walk: &mut Walk) {
        match &self.command {
            None => walk.fault("command", Problem::Missing),
            Some(Order::Request(text)) => walk.text("request", Some(text)),
            Some(Order::DetectionThreshold(level)) => {
                walk.choice::<DiscreteThreshold>("detection_threshold", Some(*level));
            }
            Some(Order::DetectionReportRate(level)) => {
                walk.choice::<DiscreteThreshold>("detection_report_rate", Some(*level));
            }
            Some(Order::ClassificationThreshold(level)) => {
                walk.choice::<DiscreteThreshold>("classification_threshold", Some(*level));
            }
            Some(Order::ModeChange(text)) => walk.text("mode_change", Some(text)),
            Some(Order::LookAt(part)) => walk.part("look_at", Some(part)),
            Some(Order::MoveTo(part)) => walk.part("move_to", Some(part)),
            Some(Order::Patrol(part)) => walk.part("patrol", Some(part)),
            Some(Order::Follow(part)) => walk.part("follow", Some(part)),
        }
    }
}

impl Check for Region {
    fn check(&self, walk: &mut Walk) {
        walk.choice::<RegionType>("type", self.kind);
        walk.ulid("region_id", self.region_id.as_ref());
        walk.text("region_name", self.region_name.as_ref());
        walk.part("region_area", self.region_area.as_ref());
        walk.parts("class_filter", &self.class_filter);
        walk.parts("behaviour_filter", &self.behaviour_filter);
    }
}

impl Check for ClassFilter {
    fn check(&self, walk: &mut Walk) {
        walk.part("parameter", self.parameter.as_ref());
        walk.text("type", self.kind.as_ref());
        walk.parts("sub_class_filter", &self.sub_class_filter);
        walk.choice_if::<DiscreteThreshold>("priority", self.priority);
    }
}

impl Check for SubClassFilter {
    fn check(&self, walk: &mut Walk) {
        walk.part("parameter", self.parameter.as_ref());
        walk.text("type", self.kind.as_ref());
        walk.parts("sub_class_filter", &self.sub_class_filter);
        walk.choice_if::<DiscreteThreshold>("priority", self.priority);
    }
}

impl Check for BehaviourFilter {
    fn check(&self, walk: &mut Walk) {
        walk.part("parameter", self.parameter.as_ref());
        walk.choice_if::<DiscreteThreshold>("priority", self.priority);
    }
}

impl Check for Parameter {
    fn check(&self, walk: &mut Walk) {
        walk.text("name", self.name.as_ref());
        walk.choice::<Operator>("operator", self.operator);
        walk.number("value", self.value);
    }
}

impl Check for FollowObject {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("follow_object_id", Some(&self.follow_object_id));
    }
}

impl Check for TaskAck {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("task_id", self.task_id.as_ref());
        walk.choice::<TaskStatus>("task_status", self.task_status);
        walk.part_if("associated_file", self.associated_file.as_ref());
    }
}
