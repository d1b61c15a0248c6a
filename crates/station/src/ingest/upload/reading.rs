//! From the bytes of an upload to words, row by row.

use jiff::Timestamp;
use watch::detection::{ReportedPlace, ReportedPosition, Source};
use wire::upload::{self, Detection};

use super::{Form, Kind, TrackForm};
use crate::ingest::bulletins::Bulletin;
use crate::ingest::gate::{Sighting, Word};
use crate::ingest::patrol::Track;
use crate::ingest::rejections::Refusal;

/// An upload as far as it could be read.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) words: Vec<(usize, Word)>,
    pub(super) faults: Vec<(usize, Refusal)>,
    /// Rows at fault, those that are not told among them.
    pub(super) left_out: usize,
    /// Rows that are right and of no use.
    pub(super) passed_over: usize,
}

impl Reading {
    pub(super) fn of(
        kind: Kind,
        body: &[u8],
        now: Timestamp,
        position_step_s: f64,
    ) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body)
            .map_err(|fault| Refusal::new("body", format!("must be UTF-8: {fault}")))?;
        match kind {
            Kind::Detections { of, form } => Self::of_detections(&of, form, text),
            Kind::Weather => Self::of_weather(text),
            Kind::Track { of, form } => {
                let track = match form {
                    TrackForm::Gpx => Track::of_gpx(text)?,
                    TrackForm::Nmea => Track::of_nmea(text, now)?,
                };
                let Track { fixes, faults, left_out, passed_over } = track.thinned(position_step_s);
                let placed = |(row, fix)| (row, Word::Placed(of.clone(), fix));
                let words = fixes.into_iter().map(placed).collect();
                Ok(Self { words, faults, left_out, passed_over })
            }
        }
    }

    fn of_detections(source: &Source, form: Form, text: &str) -> Result<Self, Refusal> {
        let read = match form {
            Form::Json => upload::parse_json(text),
            Form::Csv => upload::parse_csv(text),
            Form::GeoJson => upload::parse_geojson(text),
        };
        let read = read.map_err(|fault| Refusal::new("body", fault.to_string()))?;
        let faults = read.faults.into_iter().map(|fault| {
            let reason = format!("must be {}, got {:?}", fault.expected, fault.got);
            (fault.row, Refusal::new(fault.field, reason))
        });
        let mut rows = read.detections;
        // What the core hears in order of time needs no looking back.
        rows.sort_by_key(|(_, detection)| detection.time);
        let seen = |(row, detection)| (row, Word::Seen(source.clone(), sighting(detection)));
        let words = rows.into_iter().map(seen).collect();
        Ok(Self { words, faults: faults.collect(), left_out: read.left_out, passed_over: 0 })
    }

    fn of_weather(text: &str) -> Result<Self, Refusal> {
        let Bulletin { words, faults, left_out, passed_over } =
            Bulletin::read(text).map_err(|fault| Refusal::new("body", fault))?;
        Ok(Self { words, faults, left_out, passed_over })
    }
}

fn sighting(detection: Detection) -> Sighting {
    let Detection { time, lat_deg, lon_deg, error_m, class, confidence, id } = detection;
    let place = ReportedPlace {
        lon_deg,
        lat_deg,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: error_m,
        north_sigma_m: error_m,
    };
    Sighting { time, position: ReportedPosition::Place(place), class, confidence, id }
}
