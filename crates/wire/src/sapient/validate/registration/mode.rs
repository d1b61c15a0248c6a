//! Rules of modes and of what is detected in them.

use crate::sapient::registration::{
    BehaviourDefinition, ClassDefinition, ConfidenceDefinition, DetectionClassDefinition,
    DetectionDefinition, DetectionReport, DetectionReportCategory, ExtensionSubclass,
    GeometricError, ModeDefinition, ModeParameter, ModeType, PerformanceValue, ScanType, SubClass,
    TaxonomyDockDefinition, TrackingType,
};
use crate::sapient::validate::{Check, Walk};

impl Check for ModeDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.text("mode_name", self.mode_name.as_ref());
        walk.choice::<ModeType>("mode_type", self.mode_type);
        walk.part("settle_time", self.settle_time.as_ref());
        walk.part_if("maximum_latency", self.maximum_latency.as_ref());
        walk.choice_if::<ScanType>("scan_type", self.scan_type);
        walk.choice_if::<TrackingType>("tracking_type", self.tracking_type);
        walk.part_if("duration", self.duration.as_ref());
        walk.parts("mode_parameter", &self.mode_parameter);
        walk.parts("detection_definition", &self.detection_definition);
        walk.part("task", self.task.as_ref());
    }
}

impl Check for ModeParameter {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.text("value", self.value.as_ref());
    }
}

impl Check for DetectionDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.part("location_type", self.location_type.as_ref());
        walk.parts("detection_performance", &self.detection_performance);
        walk.parts("detection_report", &self.detection_report);
        walk.parts("detection_class_definition", &self.detection_class_definition);
        walk.parts("behaviour_definition", &self.behaviour_definition);
        walk.part_if("velocity_type", self.velocity_type.as_ref());
        walk.part_if("geometric_error", self.geometric_error.as_ref());
    }
}

impl Check for GeometricError {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.text("units", self.units.as_ref());
        walk.text("variation_type", self.variation_type.as_ref());
        walk.parts("performance_value", &self.performance_value);
    }
}

impl Check for PerformanceValue {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.text("units", self.units.as_ref());
        walk.text("unit_value", self.unit_value.as_ref());
    }
}

impl Check for DetectionReport {
    fn check(&self, walk: &mut Walk) {
        walk.choice::<DetectionReportCategory>("category", self.category);
        walk.text("type", self.kind.as_ref());
        walk.text("units", self.units.as_ref());
    }
}

impl Check for DetectionClassDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.choice_if::<ConfidenceDefinition>("confidence_definition", self.confidence_definition);
        walk.parts("class_performance", &self.class_performance);
        walk.parts("class_definition", &self.class_definition);
        walk.parts("taxonomy_dock_definition", &self.taxonomy_dock_definition);
    }
}

impl Check for ClassDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.parts("sub_class", &self.sub_class);
    }
}

impl Check for SubClass {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
        walk.present("level", self.level);
        walk.parts("sub_class", &self.sub_class);
    }
}

impl Check for BehaviourDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.text("type", self.kind.as_ref());
    }
}

impl Check for TaxonomyDockDefinition {
    fn check(&self, walk: &mut Walk) {
        walk.text("Dock_class_namespace", self.dock_class_namespace.as_ref());
        walk.text("Dock_class", self.dock_class.as_ref());
        walk.parts("Extension_subclass", &self.extension_subclass);
    }
}

impl Check for ExtensionSubclass {
    fn check(&self, walk: &mut Walk) {
        walk.text("Subclass_namespace", self.subclass_namespace.as_ref());
        walk.text("Subclass_name", self.subclass_name.as_ref());
    }
}
