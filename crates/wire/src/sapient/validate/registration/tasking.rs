//! Rules of what a node may be asked to do.

use crate::sapient::link::{Operator, RegionType};
use crate::sapient::registration::{
    BehaviourFilterDefinition, ClassFilterDefinition, Command, CommandType, FilterParameter,
    RegionDefinition, SubClassFilterDefinition, TaskDefinition,
};
use crate::sapient::validate::{Check, Problem, Walk};

impl Check for TaskDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.within_if("concurrent_tasks", self.concurrent_tasks, 0.0..=f64::from(i32::MAX));
        walk.part("region_definition", self.region_definition.as_ref());
        walk.parts("command", &self.command);
    }
}

impl Check for RegionDefinition {
    fn check(&self, walk: &mut Walk) {
        some_choices::<RegionType>(walk, "region_type", &self.region_type);
        walk.part_if("settle_time", self.settle_time.as_ref());
        walk.some_parts("region_area", &self.region_area);
        walk.parts("class_filter_definition", &self.class_filter_definition);
        walk.parts("behaviour_filter_definition", &self.behaviour_filter_definition);
    }
}

fn some_choices<E: TryFrom<i32>>(walk: &mut Walk, name: &'static str, numbers: &[i32]) {
    if numbers.is_empty() {
        walk.fault(name, Problem::Missing);
    }
    for number in numbers {
        walk.choice::<E>(name, Some(*number));
    }
}

impl Check for ClassFilterDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.parts("filter_parameter", &self.filter_parameter);
        walk.parts("sub_class_definition", &self.sub_class_definition);
        walk.text("type", self.kind.as_ref());
    }
}

impl Check for SubClassFilterDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.parts("filter_parameter", &self.filter_parameter);
        walk.present("level", self.level);
        walk.text("type", self.kind.as_ref());
        walk.parts("sub_class_definition", &self.sub_class_definition);
    }
}

impl Check for FilterParameter {
    fn check(&self, walk: &mut Walk) {
        walk.text("parameter", self.parameter.as_ref());
        some_choices::<Operator>(walk, "operators", &self.operators);
    }
}

impl Check for BehaviourFilterDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.parts("filter_parameter", &self.filter_parameter);
        walk.text("type", self.kind.as_ref());
    }
}

impl Check for Command {
    fn check(&self, walk: &mut Walk) {
        walk.present("units", self.units.as_ref());
        walk.part("completion_time", self.completion_time.as_ref());
        walk.choice::<CommandType>("type", self.kind);
    }
}
