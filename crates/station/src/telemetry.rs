//! Every metric name, and the text that `GET /metrics` answers with (`OpenMetrics` text, version 0.0.4).

use std::fmt::Write as _;

use watch::clocks::ClockStanding;
use watch::journal::SensorState;

use crate::runtime::Handle;

const ENTRIES: &str = "watchline_record_entries_total";
const ACCEPTED: &str = "watchline_inputs_accepted_total";
const REJECTED: &str = "watchline_inputs_rejected_total";
const SHED: &str = "watchline_inputs_shed_total";
const LATE: &str = "watchline_reports_late_total";
const MISTIMED: &str = "watchline_reports_mistimed_total";
const CLOCKS_OFF: &str = "watchline_clocks_off";
const WAITING: &str = "watchline_inputs_waiting";
const TRACKS: &str = "watchline_tracks";
const ALERTS: &str = "watchline_alerts";
const RECORD_OK: &str = "watchline_record_ok";
const STORE_OK: &str = "watchline_store_ok";

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
        (CLOCKS_OFF, "gauge", clocks_off as u64),
        (WAITING, "gauge", waiting as u64),
        (TRACKS, "gauge", picture.tracks.values().count() as u64),
        (ALERTS, "gauge", picture.alerts.values().count() as u64),
        (RECORD_OK, "gauge", u64::from(health.record_problem.is_none())),
        (STORE_OK, "gauge", u64::from(health.store_problem.is_none())),
    ];
    lines.iter().fold(String::new(), |mut text, (name, kind, value)| {
        writeln!(text, "# TYPE {name} {kind}\n{name} {value}")
            .expect("writing to a string does not fail");
        text
    })
}
