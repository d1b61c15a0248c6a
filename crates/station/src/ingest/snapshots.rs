//! Pictures that a recorder keeps of what its cameras saw: which, of when, and where a person can look at them.
//!
//! They are references, and nothing is fetched: the recorder's own address, as configured, is given to
//! people. Nothing of it decides anything; the recorder's name for an object is in the record.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sight::sector::SensorId;
use wire::frigate::Event;

use super::{limits, seconds};

/// One picture of a recorder's event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub sensor: SensorId,
    pub at: Timestamp,
    /// The recorder's name for the camera, and for what it follows.
    pub camera: String,
    pub event: String,
    /// A picture of the event can be asked for.
    pub is_kept: bool,
    /// Where; `None` where nobody configured the recorder's address.
    pub href: Option<String>,
}

/// The newest pictures, which all doors and the interface share; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Snapshots(Arc<Mutex<VecDeque<Snapshot>>>);

impl Snapshot {
    /// What an event says of its picture; a name that is no plain word makes no address.
    pub(super) fn of(event: &Event, (sensor, base): (&SensorId, Option<&str>)) -> Option<Self> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        let name = Some(event.id.as_str()).filter(|id| id.chars().all(is_plain));
        let href = base.zip(name).map(|(base, id)| format!("{base}/api/events/{id}/snapshot.jpg"));
        Some(Self {
            sensor: sensor.clone(),
            at: event.seen?,
            camera: event.camera.clone(),
            event: event.id.clone(),
            is_kept: event.has_snapshot,
            href,
        })
    }
}

impl Snapshots {
    pub(super) fn keep(&self, snapshots: Vec<Snapshot>) {
        let mut kept = self.kept();
        kept.extend(snapshots);
        let surplus = kept.len().saturating_sub(limits::SNAPSHOTS_KEPT);
        kept.drain(..surplus);
    }

    /// Pictures of a sensor that were taken when it saw something, of each event the newest, oldest first.
    pub fn of(&self, sensor: &SensorId, seen_at: &[Timestamp]) -> Vec<Snapshot> {
        let kept = self.kept();
        let own = || kept.iter().filter(|snapshot| snapshot.sensor == *sensor);
        let near = |snapshot: &Snapshot| {
            seen_at.iter().any(|at| seconds(*at, snapshot.at).abs() <= limits::SNAPSHOT_NEAR_S)
        };
        let mut events: BTreeMap<&str, &Snapshot> = BTreeMap::new();
        for snapshot in own().filter(|snapshot| near(snapshot)) {
            let newest = events.entry(&snapshot.event).or_insert(snapshot);
            if newest.at < snapshot.at {
                *newest = snapshot;
            }
        }
        // A recorder may come to keep a picture only after it told of the event.
        let is_kept = |event: &str| own().any(|other| other.event == event && other.is_kept);
        let mut found: Vec<Snapshot> =
            events.into_values().filter(|snapshot| is_kept(&snapshot.event)).cloned().collect();
        found.sort_by_key(|snapshot| snapshot.at);
        found
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Snapshot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn snapshot(event: &str, second: i64) -> Snapshot {
        Snapshot {
            sensor: SensorId("gate".into()),
            at: at(second),
            camera: "front".into(),
            event: event.into(),
            is_kept: true,
            href: None,
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }

    #[test]
    fn pictures_are_those_of_when_the_sensor_saw_something_and_of_each_event_the_newest() {
        let snapshots = Snapshots::default();
        snapshots.keep(vec![
            Snapshot { is_kept: false, ..snapshot("a", 10) },
            Snapshot { is_kept: false, ..snapshot("b", 20) },
            snapshot("a", 30),
            snapshot("c", 90),
        ]);
        let events = |seen_at: &[Timestamp]| -> Vec<(String, Timestamp)> {
            let found = snapshots.of(&SensorId("gate".into()), seen_at);
            found.into_iter().map(|snapshot| (snapshot.event, snapshot.at)).collect()
        };

        assert_eq!(events(&[at(11), at(31), at(20)]), [("a".to_owned(), at(30))]);
        assert_eq!(events(&[at(11)]), [("a".to_owned(), at(10))], "kept by the time it is asked");
        assert!(events(&[at(20), at(50)]).is_empty(), "no picture of that event was kept");
        assert!(snapshots.of(&SensorId("other".into()), &[at(10)]).is_empty());
    }

    #[test]
    fn no_more_is_kept_than_the_newest() {
        let snapshots = Snapshots::default();
        let all = 0..i64::try_from(limits::SNAPSHOTS_KEPT).unwrap() + 3;
        snapshots.keep(all.map(|second| snapshot("a", second)).collect());

        let kept = snapshots.kept();
        assert_eq!(
            (kept.len(), kept.front().map(|first| first.at)),
            (limits::SNAPSHOTS_KEPT, Some(at(3)))
        );
    }
}
