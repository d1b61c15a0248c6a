//! Where a patrol was: tracks of GPX files, and what satellite receivers write.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use wire::gpx::{self, Gpx};
use wire::nmea::{self, Sentence};

use super::limits;
use super::rejections::Refusal;

/// One place of a patrol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fix {
    pub(super) time: Timestamp,
    pub(super) lat_deg: f64,
    pub(super) lon_deg: f64,
}

/// A track as far as it could be read; lines and points are counted from 1.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Track {
    pub(super) fixes: Vec<(usize, Fix)>,
    pub(super) faults: Vec<(usize, Refusal)>,
    /// Points that are at fault, those that are not told among them.
    pub(super) left_out: usize,
    /// Right, and no place of the patrol: waypoints, sentences of other kinds, points that others stand for.
    pub(super) passed_over: usize,
}

impl Track {
    /// Reads the tracks of a file. Its waypoints are places that somebody marked, not where the patrol was.
    pub(super) fn of_gpx(text: &str) -> Result<Self, Refusal> {
        let file = gpx::parse(text).map_err(|fault| Refusal::new("body", fault.to_string()))?;
        let Gpx { waypoints, tracks, faults, left_out } = file;
        let mut track = Self { left_out, passed_over: waypoints.len(), ..Self::default() };
        for fault in faults {
            let reason = format!("must be {}, got {:?}", fault.expected, fault.got);
            track.faults.push((fault.number, Refusal::new(fault.field, reason)));
        }
        let points = tracks.into_iter().flat_map(|track| track.segments).flatten();
        for (number, point) in (1..).zip(points) {
            match point.time {
                Some(time) => {
                    let fix = Fix { time, lat_deg: point.lat_deg, lon_deg: point.lon_deg };
                    track.fixes.push((number, fix));
                }
                None => track.fault(number, Refusal::new("time", "needed for a place of a patrol")),
            }
        }
        Ok(track)
    }

    /// Reads the lines of a receiver's file.
    pub(super) fn of_nmea(text: &str, now: Timestamp) -> Result<Self, Refusal> {
        let mut track = Self::default();
        let mut receiver = Receiver::default();
        for (number, line) in (1..).zip(text.lines()) {
            if number > limits::TRACK_LINES_MAX {
                let reason = format!("must hold at most {} lines", limits::TRACK_LINES_MAX);
                return Err(Refusal::new("body", reason));
            }
            if line.trim().is_empty() {
                continue;
            }
            match receiver.read(line, now) {
                Ok(Some(fix)) => track.fixes.push((number, fix)),
                Ok(None) => track.passed_over += 1,
                Err(refusal) => track.fault(number, refusal),
            }
        }
        Ok(track)
    }

    /// In order of time, and of those that follow each other within a step the first; the last always stays.
    pub(super) fn thinned(mut self, step_s: f64) -> Self {
        self.fixes.sort_by_key(|(_, fix)| fix.time);
        let all = std::mem::take(&mut self.fixes);
        let count = all.len();
        let mut pace = Pace::default();
        for (index, (number, fix)) in all.into_iter().enumerate() {
            if pace.is_due(fix.time, step_s) || index + 1 == count {
                self.fixes.push((number, fix));
            } else {
                self.passed_over += 1;
            }
        }
        self
    }

    fn fault(&mut self, number: usize, refusal: Refusal) {
        self.left_out += 1;
        if self.faults.len() < wire::limits::FAULTS_MAX {
            self.faults.push((number, refusal));
        }
    }
}

/// How often a patrol's place is worth keeping.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<Timestamp>,
}

impl Pace {
    /// Whether a step has passed since the last place that was kept; then this one is.
    pub(super) fn is_due(&mut self, time: Timestamp, step_s: f64) -> bool {
        let passed = |last: Timestamp| super::seconds(last, time).abs() >= step_s;
        let is_due = self.last.is_none_or(passed);
        if is_due {
            self.last = Some(time);
        }
        is_due
    }
}

/// A satellite receiver: fixes tell no date, so they are left where other sentences tell all.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    tells_date: bool,
}

impl Receiver {
    /// Reads one line; nothing for a sentence that tells no new place.
    pub(super) fn read(&mut self, line: &str, now: Timestamp) -> Result<Option<Fix>, Refusal> {
        let sentence =
            nmea::parse(line).map_err(|fault| Refusal::new("sentence", fault.to_string()))?;
        let (time, place) = match sentence {
            Sentence::Rmc(rmc) => {
                self.tells_date |= rmc.time.is_some();
                (rmc.time, rmc.place)
            }
            Sentence::Gga(gga) if !self.tells_date => {
                (gga.time_of_day.and_then(|time| nearest_day(time, now)), gga.place)
            }
            Sentence::Gga(_) | Sentence::Other { .. } => (None, None),
        };
        let fix = time.zip(place);
        Ok(fix.map(|(time, place)| Fix { time, lat_deg: place.lat_deg, lon_deg: place.lon_deg }))
    }
}

/// The moment of that time of day that is nearest to now.
fn nearest_day(time: Time, now: Timestamp) -> Option<Timestamp> {
    let today =
        now.to_zoned(TimeZone::UTC).date().to_datetime(time).to_zoned(TimeZone::UTC).ok()?;
    let days =
        [-24, 0, 24].map(|hours| today.timestamp().checked_add(SignedDuration::from_hours(hours)));
    days.into_iter().flatten().min_by_key(|at| at.duration_since(now).abs())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use wire::nmea::{Gga, Place, Rmc, write_gga, write_rmc};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T00:10:00Z".parse().unwrap()
    }

    fn rmc(at: &str) -> String {
        let place = Some(Place { lat_deg: 42.5, lon_deg: 1.5 });
        write_rmc(&Rmc { time: at.parse().ok(), place, speed_mps: None, course_deg: None })
    }

    fn gga(hour: i8) -> String {
        write_gga(&Gga {
            time_of_day: Some(time(hour, 55, 0, 0)),
            place: Some(Place { lat_deg: 42.5, lon_deg: 1.5 }),
            satellites: Some(7),
            hdop: None,
            altitude_m: None,
            geoid_m: None,
        })
    }

    #[test]
    fn a_fix_without_a_date_is_of_the_nearest_day_and_left_where_dates_are_told() {
        let track = Track::of_nmea(&format!("{}\r\n{}\n", gga(23), gga(0)), now()).unwrap();
        let times: Vec<String> = track.fixes.iter().map(|(_, fix)| fix.time.to_string()).collect();
        assert_eq!(times, ["2026-11-19T23:55:00Z", "2026-11-20T00:55:00Z"]);

        let text = format!("{}{}$GPGSV,1,1,0*00\n", rmc("2026-11-20T00:00:00Z"), gga(0));
        let track = Track::of_nmea(&text, now()).unwrap();
        assert_eq!((track.fixes.len(), track.passed_over, track.left_out), (1, 1, 1));
        assert_eq!((track.faults[0].0, track.faults[0].1.field.as_str()), (3, "sentence"));
    }

    #[test]
    fn a_file_of_points_is_read_and_a_point_without_a_time_told() {
        let gpx = "<gpx><wpt lat='42.6' lon='1.6'/><trk><trkseg>\
                   <trkpt lat='42.5' lon='1.5'><time>2026-11-20T00:00:00Z</time></trkpt>\
                   <trkpt lat='42.5' lon='1.5'/><trkpt lat='NaN' lon='1.5'/></trkseg></trk></gpx>";
        let track = Track::of_gpx(gpx).unwrap();

        assert_eq!((track.fixes.len(), track.passed_over, track.left_out), (1, 1, 2));
        assert!(track.faults.iter().any(|(_, refusal)| refusal.field == "time"));
        assert_eq!(Track::of_gpx("<kml/>").unwrap_err().field, "body");
    }

    #[test]
    fn places_in_quick_succession_are_thinned_and_the_last_one_stays() {
        let seconds =
            [4, 0, 1, 2, 3, 5, 6].map(|second| rmc(&format!("2026-11-20T00:00:{second:02}Z")));
        let track = Track::of_nmea(&seconds.join("\n"), now()).unwrap().thinned(5.0);

        let times: Vec<i8> =
            track.fixes.iter().map(|(_, fix)| fix.time.to_zoned(TimeZone::UTC).second()).collect();
        assert_eq!((times, track.passed_over), (vec![0, 5, 6], 4));
    }

    #[test]
    fn more_lines_than_a_file_may_have_are_refused() {
        let long = "\n".repeat(limits::TRACK_LINES_MAX + 2);
        assert_eq!(Track::of_nmea(&long, now()).unwrap_err().field, "body");
    }
}
