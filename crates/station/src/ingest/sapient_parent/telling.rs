//! What is told to the parent as the picture changes: the state of the watch, tracks, alerts, and what became of its tasks.

use jiff::Timestamp;
use watch::journal::AlertId;
use wire::sapient::Content;
use wire::sapient::status::Info;

use super::said::{self, alert, lost, status, track};
use super::{Child, Scene, Step, asked, limits, seconds};

impl Child<'_> {
    pub(super) fn tell_status(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let is_due = self.status_at.is_none_or(|at| {
            let since_s = seconds(at, now);
            !(0.0..said::STATUS_INTERVAL_S).contains(&since_s)
        });
        if !is_due {
            return;
        }
        self.status_at = Some(now);
        let words = said::state_in_words(scene);
        let repeats = self.last_status.as_ref() == Some(&words);
        let info = if repeats { Info::Unchanged } else { Info::New };
        let report_id = self.next_id(now);
        let content = status(report_id, scene, &words, info);
        self.last_status = Some(words);
        step.messages.push(self.envelope(content, now));
    }

    pub(super) fn tell_tracks(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let mut before = std::mem::take(&mut self.told.tracks);
        for view in &scene.tracks {
            let is_known = before.remove(&view.id).is_some_and(|known| known == *view);
            if !is_known {
                let report_id = self.next_id(now);
                let content = Content::DetectionReport(track(view, report_id, self));
                // The time is that of the track, not of its telling.
                step.messages.push(self.envelope(content, view.at));
            }
            self.told.tracks.insert(view.id, view.clone());
        }
        for gone in before.into_values() {
            let report_id = self.next_id(now);
            let content = Content::DetectionReport(lost(&gone, report_id, self));
            step.messages.push(self.envelope(content, now));
        }
    }

    pub(super) fn tell_alerts(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let shown: Vec<AlertId> = scene.alerts.iter().map(|alert| alert.id).collect();
        self.told.alerts.retain(|id, _| shown.contains(id));
        for told in &scene.alerts {
            if self.told.alerts.insert(told.id, told.changed_at) != Some(told.changed_at) {
                let content = Content::Alert(alert(told, self));
                step.messages.push(self.envelope(content, now));
            }
        }
    }

    /// Says how what the parent asked goes on. What ended while it was away is told when it is back, unless that is long ago.
    pub(super) fn tell_asked(&mut self, scene: &Scene, now: Timestamp, step: &mut Step) {
        let before = std::mem::take(&mut self.told.asked);
        for kept in &scene.asked {
            let (Some(asked), Some(standing)) = (&kept.message.asked, &kept.standing) else {
                continue;
            };
            let known = before.get(&asked.task);
            let is_lately = seconds(standing.changed_at, now) <= limits::ASKED_RETOLD_WITHIN_S;
            let is_news = known.map_or(is_lately, |stage| *stage != standing.stage);
            if let Some((status, reason)) = asked::status_of(standing).filter(|_| is_news) {
                step.messages.push(self.answer(&asked.task, status, vec![reason.to_owned()], now));
            }
            self.told.asked.insert(asked.task.clone(), standing.stage);
        }
    }
}
