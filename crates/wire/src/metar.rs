//! METAR and SPECI: the weather at an airfield or a mast, as text (WMO No. 306, FM 15 and FM 16).
//!
//! What decides how far one can see is read: wind, visibility, present weather, ceiling. Groups
//! that say nothing about it are counted as unread and left; so are trends and remarks.

pub mod bulletin;
mod group;
pub mod taf;
mod weather;

use std::fmt;

use crate::limits::{EXCERPT_CHARS_MAX, METAR_BYTES_MAX};
use crate::text;

pub use weather::{Descriptor, Intensity, Phenomenon, Weather};

/// Visibility from which a report says "at least" (9999, CAVOK).
const VISIBILITY_OPEN_M: f64 = 10_000.0;
const METRES_PER_FOOT: f64 = 0.3048;

/// One report.
#[derive(Debug, Clone, PartialEq)]
pub struct Metar {
    pub kind: Kind,
    /// Four letters or digits of the station.
    pub station: String,
    /// Day of the month, hour and minute, UTC; the month is not told.
    pub time: Option<DayTime>,
    /// Mends an earlier one of the same time (COR).
    pub corrected: bool,
    /// No person looked at it.
    pub automatic: bool,
    /// `None` when the station could not measure it.
    pub wind: Option<Wind>,
    /// `None` when the station could not measure it.
    pub visibility: Option<Visibility>,
    pub weather: Vec<Weather>,
    /// Height of the lowest layer that covers more than half the sky, or how far one sees upward into fog or dust.
    pub ceiling_m: Option<f64>,
    /// Number of groups that were not understood.
    pub unread: usize,
}

/// Routine or out of turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Metar,
    Speci,
}

/// A moment within a month, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayTime {
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
}

/// Wind, mean over ten minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wind {
    /// Degrees from true north that it blows from; `None` when it varies.
    pub from_deg: Option<f64>,
    pub speed_mps: f64,
    pub gust_mps: Option<f64>,
}

/// How far one can see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Visibility {
    pub metres: f64,
    pub bound: Bound,
}

/// Whether a figure is meant as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Exactly,
    AtLeast,
    AtMost,
}

/// Why text is not a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetarError {
    #[error("report must hold at most {max} bytes, got {got}")]
    TooLong { max: usize, got: usize },
    #[error("{group} is missing")]
    Missing { group: &'static str },
    #[error("{group} must be {expected}, got {got:?}")]
    Malformed { group: &'static str, expected: &'static str, got: String },
    #[error("the station sent no report (NIL)")]
    Nil,
}

impl MetarError {
    fn malformed(group: &'static str, expected: &'static str, got: &str) -> Self {
        Self::Malformed { group, expected, got: text::clean(got, EXCERPT_CHARS_MAX) }
    }
}

/// Reads one report.
pub fn parse(report: &str) -> Result<Metar, MetarError> {
    if report.len() > METAR_BYTES_MAX {
        return Err(MetarError::TooLong { max: METAR_BYTES_MAX, got: report.len() });
    }
    let body = report.split('=').next().unwrap_or_default();
    let mut groups = body.split_ascii_whitespace().take_while(|word| !ends_body(word)).peekable();
    let kind = match groups.next_if(|word| matches!(*word, "METAR" | "SPECI")) {
        Some("SPECI") => Kind::Speci,
        _ => Kind::Metar,
    };
    let corrected = groups.next_if_eq(&"COR").is_some();
    let mut metar = Metar {
        kind,
        station: group::station(groups.next())?,
        time: groups.next_if(|word| word.ends_with('Z')).map(group::time).transpose()?,
        corrected,
        automatic: false,
        wind: None,
        visibility: None,
        weather: Vec::new(),
        ceiling_m: None,
        unread: 0,
    };
    let words: Vec<&str> = groups.collect();
    metar.read_body(&words)?;
    Ok(metar)
}

/// True where the trend or the remarks begin.
fn ends_body(word: &str) -> bool {
    matches!(word, "RMK" | "NOSIG" | "TEMPO" | "BECMG" | "INTER")
}

impl Metar {
    /// True when dust or sand is in the air here, so that thermal sight suffers less than visible.
    ///
    /// Dust only in the vicinity does not count, nor does dust that drifts below eye level.
    pub fn is_dusty(&self) -> bool {
        self.weather.iter().any(Weather::is_dust_here)
    }

    fn read_body(&mut self, words: &[&str]) -> Result<(), MetarError> {
        let mut wind_done = false;
        let mut visibility_done = false;
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            match *word {
                "NIL" => return Err(MetarError::Nil),
                "AUTO" => self.automatic = true,
                "COR" => self.corrected = true,
                word if !wind_done && group::is_wind(word) => {
                    self.wind = group::wind(word)?;
                    wind_done = true;
                }
                word if !visibility_done && group::is_visibility(word, words.get(at).copied()) => {
                    let (visibility, taken) = group::visibility(word, words.get(at).copied())?;
                    self.visibility = visibility;
                    visibility_done = true;
                    at += taken;
                }
                word => self.read_other(word),
            }
        }
        if !visibility_done {
            return Err(MetarError::Missing { group: "visibility" });
        }
        Ok(())
    }

    fn read_other(&mut self, word: &str) {
        if let Some(weather) = weather::parse(word) {
            self.weather.push(weather);
        } else if let Some(base_m) = group::ceiling(word) {
            self.ceiling_m = Some(self.ceiling_m.map_or(base_m, |known| known.min(base_m)));
        } else if !group::is_known_filler(word) {
            self.unread += 1;
        }
    }
}

/// Writes the report in metres and metres per second, both rounded to whole ones, ceilings in hundreds of feet.
impl fmt::Display for Metar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == Kind::Speci { "SPECI" } else { "METAR" };
        let corrected = if self.corrected { " COR" } else { "" };
        write!(f, "{kind}{corrected} {}", self.station)?;
        if let Some(DayTime { day, hour, minute }) = self.time {
            write!(f, " {day:02}{hour:02}{minute:02}Z")?;
        }
        if self.automatic {
            write!(f, " AUTO")?;
        }
        match self.wind {
            None => write!(f, " /////MPS")?,
            Some(wind) => write!(f, " {wind}")?,
        }
        match self.visibility {
            None => write!(f, " ////")?,
            Some(Visibility { metres, .. }) if metres >= VISIBILITY_OPEN_M => write!(f, " 9999")?,
            Some(Visibility { metres, .. }) => write!(f, " {:04.0}", metres.clamp(0.0, 9_998.0))?,
        }
        for weather in &self.weather {
            write!(f, " {weather}")?;
        }
        if let Some(base_m) = self.ceiling_m {
            write!(f, " OVC{:03.0}", base_m / (100.0 * METRES_PER_FOOT))?;
        }
        Ok(())
    }
}

impl fmt::Display for Wind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from_deg {
            None => write!(f, "VRB")?,
            Some(from_deg) => write!(f, "{from_deg:03.0}")?,
        }
        write!(f, "{:02.0}", self.speed_mps)?;
        if let Some(gust_mps) = self.gust_mps {
            write!(f, "G{gust_mps:02.0}")?;
        }
        write!(f, "MPS")
    }
}

#[cfg(test)]
mod tests;
