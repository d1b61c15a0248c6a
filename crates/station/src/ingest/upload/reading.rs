//! From the bytes of an upload to words, row by row.

use jiff::Timestamp;
use sight::sector::{Sector, SensorId};
use watch::detection::{ReportedPlace, ReportedPosition, ReportedWeather, Source};
use wire::upload::{self, Alarm, Detection, Position, Status, Upload, Weather};

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
        (now, position_step_s): (Timestamp, f64),
        sector: &Sector,
    ) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body)
            .map_err(|fault| Refusal::new("body", format!("must be UTF-8: {fault}")))?;
        match kind {
            Kind::Detections { of, form } => Self::of_detections(&of, form, text),
            Kind::Alarms { sensor } => Self::of_alarms(&sensor, text, sector),
            Kind::Status { sensor } => {
                let of = |status| alive(&sensor, status);
                Self::of_rows(upload::parse_status(text), |status| status.time, of)
            }
            Kind::Weather => Self::of_weather(text),
            Kind::Measured { station } => {
                let of = |weather| measured(&station, &weather);
                Self::of_rows(upload::parse_weather(text), |weather| weather.time, of)
            }
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
        let seen = |detection| Word::Seen(source.clone(), sighting(detection));
        Self::of_rows(read, |detection| detection.time, seen)
    }

    fn of_alarms(sensor: &SensorId, text: &str, sector: &Sector) -> Result<Self, Refusal> {
        let stands = sector.sensor(sensor).map(|sensor| sensor.place);
        let place = stands.ok_or_else(|| Refusal::new("sensor", "is not known"))?;
        let place = (place.lat_deg(), place.lon_deg(), None);
        let near = |alarm| alarmed(sensor, alarm, place);
        Self::of_rows(upload::parse_alarms(text), |alarm| alarm.time, near)
    }

    /// Rows as words in order of time: what the core hears so needs no looking back.
    fn of_rows<T>(
        read: Result<Upload<T>, upload::UploadError>,
        time: impl Fn(&T) -> Timestamp,
        word: impl Fn(T) -> Word,
    ) -> Result<Self, Refusal> {
        let read = read.map_err(|fault| Refusal::new("body", fault.to_string()))?;
        let faults = read.faults.into_iter().map(|fault| {
            let reason = format!("must be {}, got {:?}", fault.expected, fault.got);
            (fault.row, Refusal::new(fault.field, reason))
        });
        let mut rows = read.rows;
        rows.sort_by_key(|(_, row)| time(row));
        let words = rows.into_iter().map(|(number, row)| (number, word(row))).collect();
        Ok(Self { words, faults: faults.collect(), left_out: read.left_out, passed_over: 0 })
    }

    fn of_weather(text: &str) -> Result<Self, Refusal> {
        let Bulletin { words, faults, left_out, passed_over } =
            Bulletin::read(text).map_err(|fault| Refusal::new("body", fault))?;
        Ok(Self { words, faults, left_out, passed_over })
    }
}

fn sighting(detection: Detection) -> Sighting {
    let Detection { time, position, class, confidence, id } = detection;
    let position = match position {
        Position::Place { lat_deg, lon_deg, error_m } => {
            ReportedPosition::Place(place_of((lat_deg, lon_deg, error_m)))
        }
        Position::Direction(told) => ReportedPosition::Polar {
            azimuth_deg: told.azimuth_deg.rem_euclid(360.0),
            azimuth_sigma_deg: told.azimuth_error_deg,
            elevation_deg: told.elevation_deg,
            elevation_sigma_deg: told.elevation_error_deg,
            range_m: told.range_m,
            range_sigma_m: told.range_error_m,
        },
    };
    Sighting { time, position, class, confidence, id }
}

/// Somebody is near a ground sensor, which knows no more of where than where it stands itself; or nobody is any more.
fn alarmed(sensor: &SensorId, alarm: Alarm, place: (f64, f64, Option<f64>)) -> Word {
    let Alarm { time, active, class, confidence, id } = alarm;
    if !active {
        return Word::Alive(sensor.clone(), time, Ok(()));
    }
    let position = ReportedPosition::Place(place_of(place));
    let sighting = Sighting { time, position, class, confidence, id };
    Word::Seen(Source::Sensor(sensor.clone()), sighting)
}

fn alive(sensor: &SensorId, status: Status) -> Word {
    let Status { time, works, note } = status;
    let silent = || "says that it does not work".to_owned();
    let works = if works { Ok(()) } else { Err(note.unwrap_or_else(silent)) };
    Word::Alive(sensor.clone(), time, works)
}

fn measured(station: &str, weather: &Weather) -> Word {
    let Weather { time, visibility_m, wind_mps, ceiling_m, dust } = *weather;
    let told = ReportedWeather { visibility_m: Some(visibility_m), wind_mps, ceiling_m, dust };
    Word::Measured(station.to_owned(), time, told)
}

fn place_of((lat_deg, lon_deg, error_m): (f64, f64, Option<f64>)) -> ReportedPlace {
    ReportedPlace {
        lon_deg,
        lat_deg,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: error_m,
        north_sigma_m: error_m,
    }
}
