//! Detections: from a sensor's words to the core's, and nothing more than it may know.

use jiff::Timestamp;
use watch::detection::{DetectionReport as Reported, ReportedPosition, Source};
use watch::journal::Input;
use wire::sapient::DetectionReport;
use wire::sapient::detection::Position;

use super::place::Surroundings;
use super::{Refusal, Session, Step, class, limits, place, remarks, velocity};

/// Path of a detection's place.
const LOCATION: &str = "detection_report.location";

impl Session {
    pub(super) fn take_detection(
        &mut self,
        detection: &DetectionReport,
        sent_at: Timestamp,
        now: Timestamp,
        step: &mut Step,
    ) -> Result<(), Refusal> {
        let node = self.registered()?;
        if !node.has_sent_status {
            return Err(Refusal::new("content", "a status report must come before detections"));
        }
        if let Source::Weather(_) = node.source {
            return Err(Refusal::new(
                "detection_report",
                "a node that only reports weather cannot detect",
            ));
        }
        if is_lost(detection) {
            self.counts.ignored += 1;
            return Ok(());
        }
        let position = position_of(detection, node.surroundings(&self.directory))?;
        if detection.classification.len() > limits::CLASSES_MAX {
            let got = detection.classification.len();
            let reason = format!("must hold at most {} classes, got {got}", limits::CLASSES_MAX);
            return Err(Refusal::new("detection_report.classification", reason));
        }
        let source = node.source.clone();
        let moving =
            velocity::with_radial(position, detection.velocity.as_ref(), node.velocity_unit_mps);
        let position = moving.unwrap_or_else(|refusal| {
            // The place is as good as ever.
            self.refuse(&[refusal], &[], now, step);
            position
        });
        if let Some(Position::Location(location)) = &detection.location
            && let Some(refusal) = place::height_refused(location, LOCATION)
        {
            // The place is as good as ever.
            self.refuse(&[refusal], &[], now, step);
        }
        let (classes, mut redacted) = class::read(detection);
        let (remarks, refused, forbidden) = remarks::read(detection);
        redacted.extend(forbidden);
        if !refused.is_empty() {
            // What is left of it is as good as ever.
            self.refuse(&refused, &[], now, step);
        }
        step.inputs.push(Input::Detected(Reported {
            source,
            report_id: detection.report_id().to_ascii_uppercase(),
            object_id: detection.object_id().to_ascii_uppercase(),
            observed_at: sent_at,
            position,
            confidence: detection.detection_confidence.map(f64::from),
            classes,
            remarks,
        }));
        self.redact(&redacted, now, step);
        Ok(())
    }
}

/// A report that a sensor has lost an object tells where it was expected, not where it was seen.
fn is_lost(detection: &DetectionReport) -> bool {
    detection.state().to_ascii_lowercase().contains("lost")
}

fn position_of(
    detection: &DetectionReport,
    surroundings: Surroundings<'_>,
) -> Result<ReportedPosition, Refusal> {
    match &detection.location {
        Some(Position::Location(location)) => {
            place::reported(location, LOCATION, surroundings).map(ReportedPosition::Place)
        }
        Some(Position::RangeBearing(polar)) => {
            place::polar(polar, "detection_report.range_bearing")
        }
        None => Err(Refusal::new(LOCATION, "mandatory, but missing")),
    }
}
