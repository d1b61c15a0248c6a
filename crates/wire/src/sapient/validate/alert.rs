//! Rules of alerts and their answers.

use super::{Check, Walk};
use crate::sapient::alert::{
    Alert, AlertAck, AlertAckStatus, AlertStatus, AlertType, DiscretePriority,
};
use crate::sapient::detection::Position;

impl Check for Alert {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("alert_id", self.alert_id.as_ref());
        walk.choice_if::<AlertType>("alert_type", self.alert_type);
        walk.choice_if::<AlertStatus>("status", self.status);
        match &self.location {
            None => {}
            Some(Position::RangeBearing(part)) => walk.part("range_bearing", Some(part)),
            Some(Position::Location(part)) => walk.part("location", Some(part)),
        }
        walk.ulid_if("region_id", self.region_id.as_ref());
        walk.choice_if::<DiscretePriority>("priority", self.priority);
        walk.within_if("ranking", self.ranking, 0.0..=1.0);
        walk.within_if("confidence", self.confidence, 0.0..=1.0);
        walk.parts("associated_file", &self.associated_file);
        walk.parts("associated_detection", &self.associated_detection);
    }
}

impl Check for AlertAck {
    fn check(&self, walk: &mut Walk) {
        walk.ulid("alert_id", self.alert_id.as_ref());
        walk.choice::<AlertAckStatus>("alert_ack_status", self.alert_ack_status);
    }
}
