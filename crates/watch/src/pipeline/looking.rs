//! The way of what sensors and people tell into the tracker, or into the evidence beside it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::coverage::Health;
use sight::geo::EnuPoint;
use sight::sector::{Sensor, SensorId};

use super::{Core, State};
use crate::clocks::Kind;
use crate::detection::locate::{mover_of, scan_of, steps_near, steps_of, testimony_of};
use crate::detection::{Class, DetectionReport, Rejection, Source, StatusReport};
use crate::evidence::{Candidate, Ground, WhyKept};
use crate::journal::{Output, TrackId};
use crate::limits;
use crate::looks::{Look, Step, Sweep};
use crate::roster::seconds_between;
use crate::tracking::{Observed, Scan, ScanRefused};

impl Core {
    /// A status; one whose time cannot be believed counts as of its arrival.
    pub(super) fn heard(&mut self, status: &StatusReport, out: &mut Vec<Output>) {
        let now = self.state.now;
        let believed = self.hear_clock(&status.source, Kind::Heartbeat, status.observed_at);
        let observed_at = believed.unwrap_or(now).min(now);
        let status = StatusReport { observed_at, ..status.clone() };
        self.state.roster.hear(&status, &self.model, now, out);
        self.state.weather.hear(&status, self.model.sector(), out);
    }

    pub(super) fn detected(&mut self, report: &DetectionReport) {
        let step = match &report.source {
            Source::Sensor(sensor) => self.steps_of_sensor(sensor, report),
            Source::Unit(unit) => Some((Step { sensor: SensorId(unit.0.clone()), index: 0 }, None)),
            Source::Weather(_) => None,
        };
        let Some((step, beside)) = step else {
            self.reject(
                "detection_report",
                "node_id",
                "only sensors and units of the sector file report detections",
            );
            return;
        };
        self.state.counters.accepted += 1;
        let now = self.state.now;
        self.state.roster.count_detection(&step.sensor, now);
        self.state.rules.hit(&step.sensor, self.model.sector(), now);
        match self.hear_clock(&report.source, Kind::Detection, report.observed_at) {
            Some(observed_at) if seconds_between(now, observed_at) <= limits::CLOCK_AHEAD_MAX_S => {
                let report = DetectionReport { observed_at, ..report.clone() };
                let pace = self.pace_of(&step.sensor);
                self.state.looks.add((step, beside), report, pace, now);
            }
            // It tells of somebody all the same, only not when.
            Some(_) | None => {
                self.state.counters.mistimed += 1;
                self.state.evidence.put_aside(step, report.clone(), now);
            }
        }
    }

    /// Holds what a message calls now against its arrival; returns its time, if that can be believed.
    ///
    /// People tell of what they saw some time ago, so their times say nothing of their clocks.
    fn hear_clock(&mut self, source: &Source, kind: Kind, told: Timestamp) -> Option<Timestamp> {
        let Source::Sensor(sensor) = source else { return Some(told) };
        let heard = (told, self.state.now);
        self.state.clocks.hear(sensor, kind, heard, &self.model.sector().settings)
    }

    /// The step in which a sensor saw something, and the neighbour that it may be counted to as well.
    fn steps_of_sensor(
        &self,
        sensor: &SensorId,
        report: &DetectionReport,
    ) -> Option<(Step, Option<u16>)> {
        let moved_to = self.state.roster.sensor(sensor)?.condition.moved_to;
        let planned = self.model.sector().sensor(sensor)?;
        let (index, beside) = steps_near(report, &self.model, planned, moved_to);
        Some((Step { sensor: sensor.clone(), index }, beside))
    }

    /// How long a look of a sensor lasts, and how much older than it says its word is; `None` of people.
    fn pace_of(&self, sensor: &SensorId) -> Option<(f64, f64)> {
        let sensor = self.model.sector().sensor(sensor)?;
        Some((sweep_of(sensor).span_s(), sensor.delay_s))
    }

    /// Looks whose hold is over, those in which nothing was seen too.
    pub(super) fn due_looks(&mut self) -> Vec<Look> {
        let State { looks, roster, clocks, now, .. } = &mut self.state;
        let model = &self.model;
        let working = model.sector().sensors.iter().filter(|sensor| {
            // A sensor whose times are not believed has not been seen to look in vain either, nor one without pictures, nor
            // one that says itself that it may not be relied on.
            let looks = roster.sensor(&sensor.id).is_some_and(|state| {
                state.condition.health == Health::Working
                    && state.picture_lost.is_none()
                    && state.impaired.is_none()
            });
            looks && !clocks.is_off(&sensor.id)
        });
        looks.take_due(working.map(sweep_of), *now)
    }

    /// Shows looks to the tracker, in their order, each with the chance this sensor had of seeing anything anywhere; gives
    /// back those that came too late.
    pub(super) fn observe(&mut self, looks: Vec<Look>) -> Vec<(Look, Scan)> {
        let scan = |look: Look| self.scan_of(&look).map(|scan| (look, scan));
        let (looks, scans): (Vec<Look>, Vec<Scan>) = looks.into_iter().filter_map(scan).unzip();
        let assessment = self.state.sighting.assessment().cloned();
        let model = &self.model;
        // A late look has others taken again: each is judged by who looked, not by who is late.
        let p_detect = |scan: &Scan, point: EnuPoint, class: Class| {
            if !model.has_sensor(&scan.sensor) {
                return model.sector().settings.report_p_detect;
            }
            let seen = assessment.as_ref();
            seen.map_or(0.0, |seen| seen.p_look(model, &scan.sensor, point, mover_of(class)))
        };
        self.state.tracker.sight_is(assessment.as_ref(), model);
        let answers = self.state.tracker.observe_all(&scans, &p_detect);
        let shown = looks.into_iter().zip(scans).zip(answers);
        shown.filter_map(|((look, scan), answer)| self.note_look(look, scan, answer)).collect()
    }

    /// Counts what became of a look; gives it back when it came too late.
    fn note_look(
        &mut self,
        look: Look,
        scan: Scan,
        answer: Result<Observed, ScanRefused>,
    ) -> Option<(Look, Scan)> {
        match answer {
            Ok(observed) => {
                self.state.counters.dropped += observed.dropped.total();
                self.state.sayings.note(&look, scan.at);
                self.state.counters.retaken += observed.scans_taken.saturating_sub(1) as u64;
            }
            Err(ScanRefused::TooLate { .. }) => {
                self.state.counters.late += scan.measurements.len() as u64;
                return Some((look, scan));
            }
            Err(ScanRefused::Invalid(_)) => self.state.counters.reject(&Rejection {
                door: "core".into(),
                source: Some(Source::Sensor(scan.sensor.clone())),
                field: "look".into(),
                reason: "cannot be computed with".into(),
            }),
        }
        None
    }

    /// The scan that a look makes; what of it cannot be used is counted.
    pub(super) fn scan_of(&mut self, look: &Look) -> Option<Scan> {
        let condition = self.state.roster.sensor(&look.step.sensor).map(|state| state.condition);
        let (scan, unusable) = match condition {
            Some(condition) => scan_of(look, &self.model, condition.moved_to)?,
            None => testimony_of(look, &self.model),
        };
        for rejection in unusable {
            self.state.counters.reject(&rejection);
        }
        Some(scan)
    }

    /// Keeps as evidence what looks told, with what it bears on.
    pub(super) fn keep(&mut self, looks: &[(Look, Scan)], why: WhyKept) {
        if looks.is_empty() {
            return;
        }
        let State { evidence, tracker, tracks, alerts, .. } = &mut self.state;
        let followed = tracks.values().map(|view| (view.id, view.class));
        // An alert may outlive its track.
        let called = alerts.open().filter_map(|alert| Some((alert.track?, Class::Unknown)));
        let mut classes: BTreeMap<TrackId, Class> = called.collect();
        classes.extend(followed);
        let candidates = classes.into_iter().map(|(track, class)| Candidate {
            track,
            class,
            trail: tracker.trail(track),
        });
        let ground = Ground {
            sector: self.model.sector(),
            candidates: candidates.collect(),
            alerts: alerts.open().collect(),
        };
        evidence.keep(looks, why, &ground);
    }
}

fn sweep_of(sensor: &Sensor) -> Sweep<'_> {
    Sweep { sensor: &sensor.id, steps: steps_of(sensor), revisit_s: sensor.revisit_s }
}
