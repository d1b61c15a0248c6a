//! Every metric name, and the text that `GET /metrics` answers with (`OpenMetrics` text, version 0.0.4).

use std::fmt::Write as _;

use watch::clocks::ClockStanding;
use watch::journal::SensorState;

use crate::ingest::camera::CameraState;
use crate::ingest::door::{Counters, DoorBoard};
use crate::runtime::Handle;

const ENTRIES: &str = "watchline_record_entries_total";
const ACCEPTED: &str = "watchline_inputs_accepted_total";
const REJECTED: &str = "watchline_inputs_rejected_total";
const SHED: &str = "watchline_inputs_shed_total";
const LATE: &str = "watchline_reports_late_total";
const MISTIMED: &str = "watchline_reports_mistimed_total";
const RETAKEN: &str = "watchline_looks_retaken_total";
const CLOCKS_OFF: &str = "watchline_clocks_off";
const WAITING: &str = "watchline_inputs_waiting";
const TRACKS: &str = "watchline_tracks";
const ALERTS: &str = "watchline_alerts";
const RECORD_OK: &str = "watchline_record_ok";
const STORE_OK: &str = "watchline_store_ok";

/// Of each door, by its name. What went wrong is no label, for a sender could make as many of them as it likes.
const DOORS: [DoorMetric; 14] = [
    ("watchline_door_works", "gauge", |door| Some(count(u64::from(door.trouble().is_none())))),
    ("watchline_door_connected", "gauge", |door| Some(count(door.connected()))),
    ("watchline_door_connections_total", "counter", |door| Some(count(door.connections()))),
    ("watchline_door_turned_away_total", "counter", |door| Some(count(door.turned_away()))),
    ("watchline_door_throttled_total", "counter", |door| Some(count(door.throttled()))),
    ("watchline_door_cut_off_total", "counter", |door| Some(count(door.cut_off()))),
    ("watchline_door_messages_accepted_total", "counter", |door| {
        Some(count(door.counts().accepted))
    }),
    ("watchline_door_messages_rejected_total", "counter", |door| {
        Some(count(door.counts().rejected))
    }),
    ("watchline_door_messages_ignored_total", "counter", |door| Some(count(door.counts().ignored))),
    ("watchline_door_values_redacted_total", "counter", |door| Some(count(door.counts().redacted))),
    ("watchline_door_messages_sent_total", "counter", |door| Some(count(door.sent()))),
    ("watchline_door_bytes_total", "counter", |door| Some(count(door.bytes()))),
    ("watchline_door_messages_per_second", "gauge", |door| Some(door.messages_per_s())),
    ("watchline_door_last_error_timestamp_seconds", "gauge", last_error),
];

/// Of each camera, by the sensor that it is.
const CAMERAS: [CameraMetric; 4] = [
    ("watchline_camera_frames_total", "counter", |camera| camera.frames),
    ("watchline_camera_bytes_total", "counter", |camera| camera.bytes),
    ("watchline_camera_frames_unrecorded_total", "counter", |camera| camera.unrecorded),
    ("watchline_camera_lost", "gauge", |camera| u64::from(camera.lost.is_some())),
];

type CameraMetric = (&'static str, &'static str, fn(&CameraState) -> u64);
/// A door for which there is no value has no line.
type DoorMetric = (&'static str, &'static str, fn(&Counters) -> Option<f64>);

/// The station's metrics now.
pub fn metrics(handle: &Handle) -> String {
    let (waiting, shed) = handle.load();
    let health = handle.health().now();
    let picture = handle.live().read();
    let counters = &picture.counters.value;
    let is_off = |sensor: &&SensorState| sensor.clock.standing == ClockStanding::Off;
    let clocks_off = picture.sensors.values().filter(is_off).count();
    let lines = [
        (ENTRIES, "counter", picture.seq),
        (ACCEPTED, "counter", counters.accepted),
        (REJECTED, "counter", counters.rejected),
        (SHED, "counter", shed),
        (LATE, "counter", counters.late),
        (MISTIMED, "counter", counters.mistimed),
        (RETAKEN, "counter", counters.retaken),
        (CLOCKS_OFF, "gauge", clocks_off as u64),
        (WAITING, "gauge", waiting as u64),
        (TRACKS, "gauge", picture.tracks.values().count() as u64),
        (ALERTS, "gauge", picture.alerts.values().count() as u64),
        (RECORD_OK, "gauge", u64::from(health.record_problem.is_none())),
        (STORE_OK, "gauge", u64::from(health.store_problem.is_none())),
    ];
    let text = lines.iter().fold(String::new(), |mut text, (name, kind, value)| {
        writeln!(text, "# TYPE {name} {kind}\n{name} {value}")
            .expect("writing to a string does not fail");
        text
    });
    drop(picture);
    text + &of_doors(&handle.doors()) + &of_cameras(handle)
}

fn of_cameras(handle: &Handle) -> String {
    let cameras = handle.cameras().all();
    let states: Vec<_> =
        cameras.iter().map(|camera| (camera.sensor().0.as_str(), camera.state())).collect();
    if states.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for (name, kind, value) in CAMERAS {
        text.extend(["# TYPE ", name, " ", kind, "\n"]);
        text.extend(
            states
                .iter()
                .map(|(sensor, state)| format!("{name}{{sensor=\"{sensor}\"}} {}\n", value(state))),
        );
    }
    text
}

fn of_doors(doors: &[DoorBoard]) -> String {
    let mut text = String::new();
    for (name, kind, value) in DOORS {
        text.extend(["# TYPE ", name, " ", kind, "\n"]);
        text.extend(doors.iter().filter_map(|door| {
            let value = value(&door.counters)?;
            Some(format!("{name}{{door=\"{}\"}} {value}\n", door.name))
        }));
    }
    text
}

/// Exact up to 2^53.
fn count(value: u64) -> f64 {
    value as f64
}

/// When something went wrong last; nothing before the first time.
fn last_error(door: &Counters) -> Option<f64> {
    Some(door.last_fault()?.at.as_millisecond() as f64 / 1e3)
}
