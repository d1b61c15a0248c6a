//! `watchline record traces`: what stays of tracks whose detections are erased.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use watch::journal::{self, Input};
use watch::subject::RetentionClass;
use watch::trace::TracePlace;

use super::super::output::{Output, spinner};
use super::super::{Answer, Outcome};
use crate::record;

/// Lists what stays of tracks: where they went, a place a minute at most, and who saw them. It is written down before
/// detections are erased for their age (`record.keep_days.detection`), and goes by an age of its own (`record.keep_days.trace`).
#[derive(Debug, Args)]
#[command(after_help = "Example: last spring's\n  \
    watchline record traces ./data --from 2026-03-01T00:00:00Z --to 2026-06-01T00:00:00Z --json")]
pub(crate) struct Traces {
    /// A data directory; a station may be running on it.
    data: PathBuf,
    /// Only places from here on.
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::MIN, hide_default_value = true)]
    from: Timestamp,
    /// Only places until here.
    #[arg(long, value_name = "TIME", default_value_t = Timestamp::MAX, hide_default_value = true)]
    to: Timestamp,
}

#[derive(Debug, Serialize)]
struct Told {
    traces: Vec<TraceRow>,
    /// Entries that were traces and are erased themselves.
    erased: u64,
}

#[derive(Debug, Serialize)]
struct TraceRow {
    /// The entry that it stands in, for `record prove`.
    entry: u64,
    track: u64,
    seen_by: Vec<String>,
    places: Vec<PlaceRow>,
}

#[derive(Debug, Serialize)]
struct PlaceRow {
    at: Timestamp,
    lon_deg: f64,
    lat_deg: f64,
}

impl Traces {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        anyhow::ensure!(self.from <= self.to, "--from lies after --to: turn them round");
        let work = spinner("reading the record");
        let mut traces = Vec::new();
        let erased =
            record::read_classes(&self.data, &[RetentionClass::Trace], |entry, content| {
                let Input::Traced(trace) = journal::read(content)?.input else { return Ok(()) };
                let within = |place: &&TracePlace| (self.from..=self.to).contains(&place.at);
                let places: Vec<PlaceRow> =
                    trace.places.iter().filter(within).map(PlaceRow::of).collect();
                if !places.is_empty() {
                    let seen_by = trace.seen_by.into_iter().map(|sensor| sensor.0).collect();
                    traces.push(TraceRow { entry, track: trace.track.0, seen_by, places });
                }
                Ok(())
            })?;
        work.finish_and_clear();
        out.answer(&Told { traces, erased }, Told::text)?;
        Ok(Answer::Yes)
    }
}

impl PlaceRow {
    fn of(place: &TracePlace) -> Self {
        Self { at: place.at, lon_deg: place.lon_deg(), lat_deg: place.lat_deg() }
    }
}

impl Told {
    fn text(&self) -> String {
        let row = |row: &TraceRow| {
            let ends = row.places.first().zip(row.places.last());
            let when = ends.map_or_else(String::new, |(first, last)| {
                format!(
                    "{} to {}",
                    first.at.round(jiff::Unit::Second).unwrap_or(first.at),
                    last.at.round(jiff::Unit::Second).unwrap_or(last.at)
                )
            });
            let sensors = row.seen_by.join(", ");
            format!(
                "track {}: {when}, {} places, seen by {sensors} (entry {})\n",
                row.track,
                row.places.len(),
                row.entry
            )
        };
        let rows: String = self.traces.iter().map(row).collect();
        format!(
            "{rows}{} traces; of {} more the content was erased.",
            self.traces.len(),
            self.erased
        )
    }
}

#[cfg(test)]
mod tests {
    use sight::sector::SensorId;
    use watch::journal::{Entry, TrackId};
    use watch::trace::Trace;

    use super::*;
    use crate::cli::record::tests::{answered, erase};
    use crate::record::{Content, DataLock, Journal};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn traced(track: u64, sensor: &str, seconds: [i64; 2]) -> Content {
        let places = seconds.map(|second| TracePlace::of(at(second), 41.0, 34.4).unwrap()).to_vec();
        let seen_by = vec![SensorId(sensor.into())];
        let trace = Trace { track: TrackId(track), seen_by, places };
        Content::of(&Entry::new(at(1_000), Input::Traced(trace)))
    }

    #[test]
    fn traces_are_listed_by_the_times_of_their_places_and_erased_ones_are_counted() {
        let home = tempfile::tempdir().unwrap();
        let mut journal =
            Journal::open(DataLock::take(home.path()).unwrap(), |_, _| Ok(())).unwrap();
        let traces = [traced(7, "tower-1", [0, 60]), traced(8, "tower-2", [60, 120])];
        journal.append(&traces).unwrap();
        journal.seal().unwrap();
        drop(journal);
        let ask = |from: Timestamp, to: Timestamp| {
            let traces = Traces { data: home.path().to_owned(), from, to };
            answered(|out| traces.run(out)).map(|(_, told)| told)
        };

        let all = ask(Timestamp::MIN, Timestamp::MAX).unwrap();
        let rows = all["traces"].as_array().unwrap();
        let told: Vec<_> = rows.iter().map(|row| (&row["track"], &row["entry"])).collect();
        assert_eq!(told, [(&7.into(), &1.into()), (&8.into(), &2.into())]);
        assert_eq!(rows[0]["seen_by"], serde_json::json!(["tower-1"]));
        assert_eq!(rows[0]["places"].as_array().unwrap().len(), 2);
        let later = ask(at(61), at(200)).unwrap();
        let rows = later["traces"].as_array().unwrap();
        assert_eq!((rows.len(), &rows[0]["track"]), (1, &8.into()));
        assert_eq!(rows[0]["places"].as_array().unwrap().len(), 1);
        assert!(ask(at(2), at(1)).unwrap_err().to_string().contains("--from lies after --to"));

        erase(home.path(), "trace/tower-2");
        let left = ask(Timestamp::MIN, Timestamp::MAX).unwrap();
        assert_eq!((left["traces"].as_array().unwrap().len(), &left["erased"]), (1, &1.into()));
    }
}
