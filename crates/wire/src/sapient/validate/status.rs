//! Rules of status reports.

use super::{Check, Walk};
use crate::sapient::status::{
    Info, Power, PowerSource, PowerStatus, Status, StatusLevel, StatusReport, StatusType, System,
};

impl Check for StatusReport {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("report_id", self.report_id.as_ref());
        walk.choice::<System>("system", self.system);
        walk.choice::<Info>("info", self.info);
        walk.ulid_if("active_task_id", self.active_task_id.as_ref());
        walk.text("mode", self.mode.as_ref());
        walk.part_if("power", self.power.as_ref());
        walk.part_if("node_location", self.node_location.as_ref());
        walk.part_if("field_of_view", self.field_of_view.as_ref());
        walk.parts("obscuration", &self.obscuration);
        walk.parts("status", &self.status);
        walk.parts("coverage", &self.coverage);
    }
}

impl Check for Power {
    fn check(&self, walk: &mut Walk) {
        walk.within_if("level", self.level, 0.0..=100.0);
        walk.choice_if::<PowerSource>("source", Some(self.source));
        walk.choice_if::<PowerStatus>("status", Some(self.status));
    }
}

impl Check for Status {
    fn check(&self, walk: &mut Walk) {
        walk.choice_if::<StatusLevel>("status_level", self.status_level);
        walk.choice::<StatusType>("status_type", self.status_type);
    }
}
