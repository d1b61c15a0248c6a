//! Category 048: what a radar saw, in SI units.

use super::layout::{compound, write};
use super::tables::{CAT048, METRES_PER_FOOT, METRES_PER_NM};
use super::{AsterixError, Record, Source};

/// Metres of a quarter of a flight level.
const METRES_PER_FLIGHT_LEVEL: f64 = 100.0 * METRES_PER_FOOT;

/// One plot or radar track.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    pub source: Source,
    /// Seconds since midnight UTC; see [`super::time::moment`].
    pub time_of_day_s: Option<f64>,
    pub report: Option<Report>,
    /// Measured, in the radar's own place.
    pub polar: Option<Polar>,
    /// As the radar works it out, in its own plane.
    pub plane: Option<Plane>,
    pub track: Option<RadarTrack>,
    /// Speed along the line of sight as the item's two's complement says it, only where the radar holds it valid.
    pub radial_speed_mps: Option<f64>,
    /// Height that a 3D radar measured, above mean sea level.
    pub height_m: Option<f64>,
    /// Height by the pressure that the transponder tells, only where it is valid.
    pub pressure_height_m: Option<f64>,
    /// Four octal digits, only where they are valid.
    pub mode_3a: Option<u16>,
    /// ICAO 24-bit address.
    pub address: Option<u32>,
    pub callsign: Option<String>,
    /// Strength of the primary echo.
    pub echo_dbm: Option<f64>,
}

/// How the plot came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    pub detection: Detection,
    pub origin: Origin,
}

/// Which radar saw it (I048/020 TYP).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detection {
    None,
    Primary,
    Secondary,
    SecondaryAndPrimary,
    ModeSAllCall,
    ModeSRollCall,
    ModeSAllCallAndPrimary,
    ModeSRollCallAndPrimary,
}

/// Whether something real was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Real,
    Simulated,
    Test,
    /// A transponder that stands on the ground to check the radar.
    FieldMonitor,
}

/// Slant range and direction from the radar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Polar {
    pub range_m: f64,
    /// Clockwise from true north.
    pub azimuth_deg: f64,
}

/// A place in the radar's own plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plane {
    pub east_m: f64,
    pub north_m: f64,
}

/// What the radar's own tracker says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RadarTrack {
    pub number: u16,
    pub speed_mps: Option<f64>,
    pub heading_deg: Option<f64>,
    /// `None` where the radar does not say.
    pub state: Option<TrackState>,
}

/// Where a track stands in its life (I048/170).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackState {
    Tentative,
    Confirmed,
    Ended,
}

const DETECTIONS: [Detection; 8] = [
    Detection::None,
    Detection::Primary,
    Detection::Secondary,
    Detection::SecondaryAndPrimary,
    Detection::ModeSAllCall,
    Detection::ModeSRollCall,
    Detection::ModeSAllCallAndPrimary,
    Detection::ModeSRollCallAndPrimary,
];

impl Plot {
    /// Reads what a record of category 048 means.
    pub fn from_record(record: &Record) -> Result<Self, AsterixError> {
        record.must_be(CAT048.number)?;
        let characteristics = record.item("130");
        let radial = record.item("120").and_then(|item| item.sub("CAL"));
        let level = record.item("090").filter(|item| !item.is_set("V"));
        let code = record.item("070").filter(|item| !item.is_set("V"));
        Ok(Self {
            source: record.source()?,
            time_of_day_s: record.value("140", "ToD"),
            report: Report::from_record(record),
            polar: record.value("040", "RHO").zip(record.value("040", "THETA")).map(
                |(range_nm, azimuth_deg)| Polar { range_m: range_nm * METRES_PER_NM, azimuth_deg },
            ),
            plane: record.value("042", "X").zip(record.value("042", "Y")).map(
                |(east_nm, north_nm)| Plane {
                    east_m: east_nm * METRES_PER_NM,
                    north_m: north_nm * METRES_PER_NM,
                },
            ),
            track: RadarTrack::from_record(record),
            radial_speed_mps: radial
                .filter(|item| !item.is_set("D"))
                .and_then(|item| item.value("CAL")),
            height_m: record.value("110", "3D_Height").map(|feet| feet * METRES_PER_FOOT),
            pressure_height_m: level
                .and_then(|item| item.value("FL"))
                .map(|level| level * METRES_PER_FLIGHT_LEVEL),
            mode_3a: code
                .and_then(|item| item.raw("Mode3A"))
                .and_then(|code| u16::try_from(code).ok()),
            address: record.raw("220", "ACAddr"),
            callsign: record.item("240").and_then(|item| item.text("TId")),
            echo_dbm: characteristics
                .and_then(|item| item.sub("PAM"))
                .and_then(|item| item.value("PAM")),
        })
    }

    /// Writes the plot as a record; a value that an item cannot hold is a fault.
    pub fn to_record(&self) -> Result<Record, AsterixError> {
        let mut record = Record::new(&CAT048);
        record.set_source(self.source)?;
        if let Some(seconds) = self.time_of_day_s {
            record.set("140", |item| write(item, &[("ToD", seconds)]))?;
        }
        if let Some(report) = self.report {
            report.put(&mut record)?;
        }
        if let Some(Polar { range_m, azimuth_deg }) = self.polar {
            record.set("040", |item| {
                write(item, &[("RHO", range_m / METRES_PER_NM), ("THETA", azimuth_deg)])
            })?;
        }
        if let Some(Plane { east_m, north_m }) = self.plane {
            let (x, y) = (east_m / METRES_PER_NM, north_m / METRES_PER_NM);
            record.set("042", |item| write(item, &[("X", x), ("Y", y)]))?;
        }
        if let Some(track) = self.track {
            track.put(&mut record)?;
        }
        self.put_heights(&mut record)?;
        self.put_identity(&mut record)?;
        if let Some(echo_dbm) = self.echo_dbm {
            put_sub(&mut record, ["130", "PAM", "PAM"], echo_dbm)?;
        }
        if let Some(speed_mps) = self.radial_speed_mps {
            put_sub(&mut record, ["120", "CAL", "CAL"], speed_mps)?;
        }
        Ok(record)
    }

    fn put_heights(&self, record: &mut Record) -> Result<(), AsterixError> {
        if let Some(height_m) = self.height_m {
            let feet = height_m / METRES_PER_FOOT;
            record.set("110", |item| write(item, &[("3D_Height", feet)]))?;
        }
        if let Some(height_m) = self.pressure_height_m {
            let level = height_m / METRES_PER_FLIGHT_LEVEL;
            record.set("090", |item| write(item, &[("FL", level)]))?;
        }
        Ok(())
    }

    fn put_identity(&self, record: &mut Record) -> Result<(), AsterixError> {
        if let Some(code) = self.mode_3a {
            record.set("070", |item| write(item, &[("Mode3A", f64::from(code))]))?;
        }
        if let Some(address) = self.address {
            record.set("220", |item| write(item, &[("ACAddr", f64::from(address))]))?;
        }
        if let Some(callsign) = &self.callsign {
            record.set("240", |item| write(item, &[("TId", callsign.as_str())]))?;
        }
        Ok(())
    }
}

/// Writes a compound item with one subfield of one element.
fn put_sub(
    record: &mut Record,
    [item, sub, element]: [&'static str; 3],
    value: f64,
) -> Result<(), AsterixError> {
    record.set(item, |item| compound(item, &[(sub, write(item.sub(sub)?, &[(element, value)])?)]))
}

impl Report {
    fn from_record(record: &Record) -> Option<Self> {
        let item = record.item("020")?;
        let origin = match () {
            () if item.is_set("TST") => Origin::Test,
            () if item.is_set("SIM") => Origin::Simulated,
            () if item.is_set("RAB") => Origin::FieldMonitor,
            () => Origin::Real,
        };
        let detection = DETECTIONS[usize::try_from(item.raw("TYP")?).ok()?];
        Some(Self { detection, origin })
    }

    fn put(self, record: &mut Record) -> Result<(), AsterixError> {
        let kind = DETECTIONS.iter().position(|known| *known == self.detection).unwrap_or_default();
        let mut values = vec![("TYP", kind as f64)];
        match self.origin {
            Origin::Real => {}
            Origin::Simulated => values.push(("SIM", 1.0)),
            Origin::Test => values.push(("TST", 1.0)),
            Origin::FieldMonitor => values.push(("RAB", 1.0)),
        }
        record.set("020", |item| write(item, &values))
    }
}

impl RadarTrack {
    fn from_record(record: &Record) -> Option<Self> {
        let number = record.raw("161", "Tn")?;
        let state = record.item("170").map(|item| match () {
            () if item.is_set("TRE") => TrackState::Ended,
            () if item.is_set("CNF") => TrackState::Tentative,
            () => TrackState::Confirmed,
        });
        Some(Self {
            number,
            speed_mps: record.value("200", "CGS").map(|nm_s| nm_s * METRES_PER_NM),
            heading_deg: record.value("200", "CHdg"),
            state,
        })
    }

    fn put(self, record: &mut Record) -> Result<(), AsterixError> {
        record.set("161", |item| write(item, &[("Tn", f64::from(self.number))]))?;
        if let Some((speed_mps, heading_deg)) = self.speed_mps.zip(self.heading_deg) {
            let speed = speed_mps / METRES_PER_NM;
            record.set("200", |item| write(item, &[("CGS", speed), ("CHdg", heading_deg)]))?;
        }
        match self.state {
            None => Ok(()),
            Some(TrackState::Tentative) => record.set("170", |item| write(item, &[("CNF", 1.0)])),
            Some(TrackState::Confirmed) => record.set("170", |item| write(item, &[("CNF", 0.0)])),
            Some(TrackState::Ended) => record.set("170", |item| write(item, &[("TRE", 1.0)])),
        }
    }
}
