//! Rules of registrations and their answer.

mod coordinates;
mod mode;
mod tasking;

use super::{Check, Problem, Walk};
use crate::sapient::ICD_VERSION;
use crate::sapient::registration::{
    Capability, ConfigurationData, Coordinates, Duration, LocationType, NodeDefinition, NodeType,
    Registration, RegistrationAck, StatusDefinition, StatusReport, StatusReportCategory, TimeUnits,
};

impl Check for Registration {
    fn check(&self, walk: &mut Walk) {
        walk.some_parts("node_definition", &self.node_definition);
        check_version(walk, self.icd_version.as_ref());
        walk.some_parts("capabilities", &self.capabilities);
        walk.part("status_definition", self.status_definition.as_ref());
        walk.some_parts("mode_definition", &self.mode_definition);
        walk.uuids("dependent_nodes", &self.dependent_nodes);
        walk.parts("reporting_region", &self.reporting_region);
        walk.some_parts("config_data", &self.config_data);
    }
}

/// Some senders write the version with underscores, as in the package name.
fn check_version(walk: &mut Walk, version: Option<&String>) {
    let Some(version) = walk.present("icd_version", version) else { return };
    if version.replace('_', " ") != ICD_VERSION {
        let got = super::excerpt(version);
        walk.fault("icd_version", Problem::NotExactly { expected: ICD_VERSION, got });
    }
}

impl Check for NodeDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.choice::<NodeType>("node_type", self.node_type);
    }
}

impl Check for Capability {
    fn check(&self, walk: &mut Walk) {
        walk.text("category", self.category.as_ref());
        walk.text("type", self.kind.as_ref());
    }
}

impl Check for StatusDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.part("status_interval", self.status_interval.as_ref());
        walk.part_if("location_definition", self.location_definition.as_ref());
        walk.part_if("coverage_definition", self.coverage_definition.as_ref());
        walk.part_if("obscuration_definition", self.obscuration_definition.as_ref());
        walk.parts("status_report", &self.status_report);
        walk.part_if("field_of_view_definition", self.field_of_view_definition.as_ref());
        if let Some(LocationType { coordinates: Some(Coordinates::RangeBearingUnits(_)), .. }) =
            &self.location_definition
        {
            walk.fault(
                "location_definition",
                Problem::Rule("must be of the location family, not range and bearing"),
            );
        }
    }
}

impl Check for Duration {
    fn check(&self, walk: &mut Walk) {
        walk.choice::<TimeUnits>("units", self.units);
        walk.present("value", self.value);
        walk.within_if("value", self.value, 0.0..=f64::MAX);
    }
}

impl Check for StatusReport {
    fn check(&self, walk: &mut Walk) {
        walk.choice::<StatusReportCategory>("category", self.category);
        walk.text("type", self.kind.as_ref());
    }
}

impl Check for ConfigurationData {
    fn check(&self, walk: &mut Walk) {
        walk.text("manufacturer", Some(&self.manufacturer));
        walk.text("model", Some(&self.model));
        walk.parts("sub_components", &self.sub_components);
    }
}

impl Check for RegistrationAck {
    fn check(&self, walk: &mut Walk) {
        walk.present("acceptance", self.acceptance);
    }
}
