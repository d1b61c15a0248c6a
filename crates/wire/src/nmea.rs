//! NMEA 0183: what a satellite receiver says of where it is, RMC and GGA (edition 4.11), both ways.

mod write;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::limits::{EXCERPT_CHARS_MAX, NMEA_BYTES_MAX};
use crate::text;

pub use write::{write_gga, write_rmc};

const MPS_PER_KNOT: f64 = 1_852.0 / 3_600.0;
/// Two-digit years from here on are of the last century.
const CENTURY_BREAK: i16 = 80;

/// One sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Sentence {
    Rmc(Rmc),
    Gga(Gga),
    /// A sentence of another kind, such as `GSV`.
    Other {
        kind: String,
    },
}

/// Recommended minimum: place, time and motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rmc {
    /// `None` until the receiver knows it.
    pub time: Option<Timestamp>,
    /// `None` while the receiver warns that it has no fix.
    pub place: Option<Place>,
    pub speed_mps: Option<f64>,
    /// Over ground, clockwise from true north.
    pub course_deg: Option<f64>,
}

/// Fix: place, height and how good it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gga {
    /// Time of day, UTC; the day is not told.
    pub time_of_day: Option<Time>,
    /// `None` while there is no fix.
    pub place: Option<Place>,
    pub satellites: Option<u8>,
    /// Horizontal dilution of precision.
    pub hdop: Option<f64>,
    /// Above mean sea level.
    pub altitude_m: Option<f64>,
    /// Of mean sea level above the ellipsoid.
    pub geoid_m: Option<f64>,
}

/// A place on WGS84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    pub lat_deg: f64,
    pub lon_deg: f64,
}

/// Why a line is not a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NmeaError {
    #[error("sentence must hold at most {NMEA_BYTES_MAX} bytes, got {0}")]
    TooLong(usize),
    #[error("sentence must begin with $ and end with * and two digits, got {0:?}")]
    Shape(String),
    #[error("checksum must be {expected:02X}, got {got:02X}")]
    Checksum { expected: u8, got: u8 },
    #[error("{kind} lacks {field}")]
    Missing { kind: &'static str, field: &'static str },
    #[error("{kind}: {field} must be {expected}, got {got:?}")]
    Wrong { kind: &'static str, field: &'static str, expected: &'static str, got: String },
}

/// Reads one line; what the receiver left empty is `None`.
pub fn parse(line: &str) -> Result<Sentence, NmeaError> {
    if line.len() > NMEA_BYTES_MAX {
        return Err(NmeaError::TooLong(line.len()));
    }
    let line = line.trim();
    let shape = || NmeaError::Shape(text::clean(line, EXCERPT_CHARS_MAX));
    let (body, told) =
        line.strip_prefix('$').and_then(|rest| rest.rsplit_once('*')).ok_or_else(shape)?;
    let got = if told.len() == 2 { u8::from_str_radix(told, 16).ok() } else { None };
    let (got, expected) = (got.ok_or_else(shape)?, checksum(body));
    if got != expected {
        return Err(NmeaError::Checksum { expected, got });
    }
    let (address, rest) = body.split_once(',').ok_or_else(shape)?;
    let fields: Vec<&str> = rest.split(',').map(str::trim).collect();
    // Two letters say what kind of receiver talks, three what kind of sentence it is.
    match address.get(2..) {
        Some("RMC") => Ok(Sentence::Rmc(Fields { kind: "RMC", fields }.rmc()?)),
        Some("GGA") => Ok(Sentence::Gga(Fields { kind: "GGA", fields }.gga()?)),
        _ => Ok(Sentence::Other { kind: text::clean(address, EXCERPT_CHARS_MAX) }),
    }
}

/// All octets between `$` and `*`, each bit added without carry.
fn checksum(body: &str) -> u8 {
    body.bytes().fold(0, |sum, byte| sum ^ byte)
}

struct Fields<'a> {
    kind: &'static str,
    fields: Vec<&'a str>,
}

impl Fields<'_> {
    fn rmc(&self) -> Result<Rmc, NmeaError> {
        let (time, date) = (self.time(0)?, self.date(8)?);
        let valid = match self.at(1, "status")? {
            "A" => true,
            "V" | "" => false,
            other => return Err(self.wrong("status", "A or V", other)),
        };
        let course_deg = self.number(7, "course", 0.0..=360.0)?;
        let moment =
            time.zip(date).map(|(time, date)| date.to_datetime(time).to_zoned(TimeZone::UTC));
        Ok(Rmc {
            time: moment.and_then(Result::ok).map(|zoned| zoned.timestamp()),
            place: self.place(2)?.filter(|_| valid),
            speed_mps: self.number(6, "speed", 0.0..=2_000.0)?.map(|knots| knots * MPS_PER_KNOT),
            course_deg,
        })
    }

    fn gga(&self) -> Result<Gga, NmeaError> {
        let quality = self.number(5, "quality", 0.0..=9.0)?.unwrap_or(0.0);
        let satellites = self.at(6, "satellites")?;
        Ok(Gga {
            time_of_day: self.time(0)?,
            place: self.place(1)?.filter(|_| quality > 0.0),
            satellites: match satellites {
                "" => None,
                digits => Some(digits.parse().map_err(|_fault| {
                    self.wrong("satellites", "a whole number up to 255", digits)
                })?),
            },
            hdop: self.number(7, "hdop", 0.0..=1_000.0)?,
            altitude_m: self.number(8, "altitude", -1e4..=1e5)?,
            geoid_m: self.number(10, "geoid separation", -1e3..=1e3)?,
        })
    }

    fn at(&self, index: usize, field: &'static str) -> Result<&str, NmeaError> {
        let kind = self.kind;
        self.fields.get(index).copied().ok_or(NmeaError::Missing { kind, field })
    }

    fn wrong(&self, field: &'static str, expected: &'static str, got: &str) -> NmeaError {
        NmeaError::Wrong {
            kind: self.kind,
            field,
            expected,
            got: text::clean(got, EXCERPT_CHARS_MAX),
        }
    }

    fn number(
        &self,
        index: usize,
        field: &'static str,
        range: std::ops::RangeInclusive<f64>,
    ) -> Result<Option<f64>, NmeaError> {
        let text = self.at(index, field)?;
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| self.wrong(field, "a number within reason", text))
    }

    /// `ddmm.mmm,N,dddmm.mmm,E`.
    fn place(&self, index: usize) -> Result<Option<Place>, NmeaError> {
        let lat_deg = self.degrees(index, "latitude", ["N", "S"], 90.0)?;
        let lon_deg = self.degrees(index + 2, "longitude", ["E", "W"], 180.0)?;
        Ok(lat_deg.zip(lon_deg).map(|(lat_deg, lon_deg)| Place { lat_deg, lon_deg }))
    }

    fn degrees(
        &self,
        index: usize,
        field: &'static str,
        sides: [&str; 2],
        limit_deg: f64,
    ) -> Result<Option<f64>, NmeaError> {
        let (text, side) = (self.at(index, field)?, self.at(index + 1, field)?);
        if text.is_empty() {
            return Ok(None);
        }
        let fault = || self.wrong(field, "degrees, minutes and a side", text);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let value: f64 =
            if plain { text.parse().map_err(|_fault| fault())? } else { return Err(fault()) };
        let (degrees, minutes) = ((value / 100.0).floor(), value % 100.0);
        let sign = match side {
            side if side == sides[0] => 1.0,
            side if side == sides[1] => -1.0,
            _ => return Err(fault()),
        };
        let size = degrees + minutes / 60.0;
        if minutes < 60.0 && size <= limit_deg { Ok(Some(sign * size)) } else { Err(fault()) }
    }

    /// `hhmmss` and perhaps a fraction.
    fn time(&self, index: usize) -> Result<Option<Time>, NmeaError> {
        let text = self.at(index, "time")?;
        if text.is_empty() {
            return Ok(None);
        }
        let fault = || self.wrong("time", "hours, minutes and seconds such as 190000.25", text);
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let [hour, minute, second] = pairs(whole).ok_or_else(fault)?;
        let digits = fraction.bytes().all(|byte| byte.is_ascii_digit()) && fraction.len() <= 9;
        let scale = 10_i32.pow(9_u32.saturating_sub(u32::try_from(fraction.len()).unwrap_or(9)));
        let nanosecond = if digits { fraction.parse::<i32>().ok() } else { None };
        let nanosecond = nanosecond.ok_or_else(fault)? * scale;
        // A leap second is the last moment of its minute.
        let second = second.min(59);
        Time::new(hour, minute, second, nanosecond).map(Some).map_err(|_range| fault())
    }

    /// `ddmmyy`.
    fn date(&self, index: usize) -> Result<Option<Date>, NmeaError> {
        let text = self.at(index, "date")?;
        if text.is_empty() {
            return Ok(None);
        }
        let fault = || self.wrong("date", "day, month and year such as 271126", text);
        let [day, month, year] = pairs(text).ok_or_else(fault)?;
        let year = i16::from(year);
        let century = if year < CENTURY_BREAK { 2_000 } else { 1_900 };
        Date::new(century + year, month, day).map(Some).map_err(|_range| fault())
    }
}

/// Three numbers of two digits each.
fn pairs(text: &str) -> Option<[i8; 3]> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let at = |index: usize| text.get(index..index + 2)?.parse().ok();
    Some([at(0)?, at(2)?, at(4)?])
}

#[cfg(test)]
mod tests;
