//! What sensors said lately of the things they told of: how they call them, what those seem to do, what they were made from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sight::sector::SensorId;

use crate::detection::{DetectionReport, Remarks};
use crate::journal::TrackId;
use crate::limits;
use crate::looks::Look;
use crate::roster::seconds_between;
use crate::tracking::{Noted, Tracker};

/// What a sensor said of a track the last time that it told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub sensor: SensorId,
    pub at: Timestamp,
    /// How the sensor calls it; empty where it does not.
    pub object_id: String,
    pub remarks: Remarks,
}

/// The words of sensors, by the look that they were of and the first measurement that it became.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sayings {
    by_sensor: BTreeMap<SensorId, BTreeMap<(Timestamp, u64), Words>>,
}

/// What was said of each measurement of a look, in their order. It never changes, and whoever copies the state shares it:
/// of fifty radars it is two hundred thousand words.
#[derive(Debug, Clone, PartialEq)]
struct Words(Arc<[Option<Saying>]>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Saying {
    object_id: String,
    remarks: Remarks,
}

impl Sayings {
    /// Takes in what the tracker was shown of a look as seen at `at`; the oldest words give way.
    pub(crate) fn note(&mut self, look: &Look, at: Timestamp) {
        let said: Arc<[Option<Saying>]> = look.reports.iter().map(Saying::of).collect();
        let looks = self.by_sensor.entry(look.step.sensor.clone()).or_default();
        if said.iter().any(Option::is_some) {
            looks.insert((at, look.before), Words(said));
        }
        let newest = looks.last_key_value().map_or(at, |((newest, _), _)| *newest);
        let is_old = |at: Timestamp| seconds_between(at, newest) > limits::SAID_WITHIN_S;
        let mut kept: usize = looks.values().map(|words| words.0.len()).sum();
        while let Some(oldest) = looks.first_entry() {
            if kept <= limits::SAYINGS_OF_SENSOR_MAX && !is_old(oldest.key().0) {
                break;
            }
            kept -= oldest.remove().0.len();
        }
    }

    pub(crate) fn forget(&mut self, sensor: &SensorId) {
        self.by_sensor.remove(sensor);
    }

    /// What a sensor calls the newest that was of a track, rather than not; `None` where it has told of none lately.
    pub(crate) fn newest_name(
        &self,
        sensor: &SensorId,
        noted: &[Noted<'_>],
        now: Timestamp,
    ) -> Option<&str> {
        let told = newest_first(noted, now).filter(|seen| seen.sensor == sensor);
        let mut names = told.filter_map(|seen| self.of(seen)).map(|saying| &*saying.object_id);
        names.find(|name| !name.is_empty())
    }

    /// What each sensor said of a track when it told of it last, if that was lately; the newest first.
    pub(crate) fn of_track(&self, track: TrackId, tracker: &Tracker, now: Timestamp) -> Vec<Told> {
        let Some(noted) = tracker.noted_since(track, lately(now)) else { return Vec::new() };
        let mut heard = BTreeSet::new();
        let mut told = Vec::new();
        for seen in newest_first(&noted, now) {
            if told.len() >= limits::TOLD_OF_TRACK_MAX {
                break;
            }
            if let Some(saying) = self.of(seen).filter(|_| heard.insert(seen.sensor)) {
                let Saying { object_id, remarks } = saying.clone();
                told.push(Told { sensor: seen.sensor.clone(), at: seen.at, object_id, remarks });
            }
        }
        told
    }

    fn of(&self, seen: Noted<'_>) -> Option<&Saying> {
        let looks = self.by_sensor.get(seen.sensor)?;
        let ((_, first), words) = looks.range((seen.at, 0)..=(seen.at, seen.id)).next_back()?;
        words.0.get(usize::try_from(seen.id - first).ok()?)?.as_ref()
    }
}

impl Saying {
    /// `None` of a report that says no more than where something is.
    fn of(report: &DetectionReport) -> Option<Self> {
        let DetectionReport { object_id, remarks, .. } = report;
        let is_bare = object_id.is_empty() && remarks.is_empty();
        (!is_bare).then(|| Self { object_id: object_id.clone(), remarks: remarks.clone() })
    }
}

impl Serialize for Words {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(|said| Self(said.into()))
    }
}

/// From when on what was said was said lately.
pub(crate) fn lately(now: Timestamp) -> Timestamp {
    let within = SignedDuration::from_secs_f64(limits::SAID_WITHIN_S);
    now.checked_sub(within).unwrap_or(Timestamp::MIN)
}

/// Measurements that were of a track, rather than not, and not long ago.
fn newest_first<'a>(noted: &'a [Noted<'a>], now: Timestamp) -> impl Iterator<Item = Noted<'a>> {
    let is_of_it = move |seen: &Noted<'_>| {
        seen.share > 0.5 && seconds_between(seen.at, now) <= limits::SAID_WITHIN_S
    };
    noted.iter().rev().copied().filter(is_of_it)
}
