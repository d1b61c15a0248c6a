//! TAF: the weather that is expected at an airfield, as text (WMO No. 306, FM 51; ICAO Annex 3, chapter 6).

mod read;

use jiff::{SignedDuration, Timestamp};

use super::{DayTime, MetarError, Visibility, Weather, Wind};

/// One forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Taf {
    pub station: String,
    pub status: Status,
    pub issued: Option<DayTime>,
    pub valid: Period,
    pub first: Conditions,
    /// In their order.
    pub changes: Vec<Change>,
    /// Number of groups that were not understood.
    pub unread: usize,
    /// The words that it was read from.
    pub text: String,
}

/// Whether it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Routine,
    /// Takes the place of an earlier one (AMD).
    Amended,
    /// Mends an earlier one (COR).
    Corrected,
    /// Takes an earlier one back (CNL).
    Cancelled,
}

/// From one moment within a month to another, UTC; an hour of 24 is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: DayTime,
    pub to: DayTime,
}

/// What is told of the weather; `None` where nothing is told.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Conditions {
    pub wind: Option<Wind>,
    pub visibility: Option<Visibility>,
    /// Empty where weather is said to end (NSW).
    pub weather: Option<Vec<Weather>>,
    pub sky: Option<Sky>,
}

/// The lowest layer that covers more than half the sky.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sky {
    Open,
    Ceiling { base_m: f64 },
}

/// Other weather from some time on, or for some time.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub kind: Kind,
    /// 30 or 40 where the forecaster is not sure.
    pub probability_percent: Option<u8>,
    pub conditions: Conditions,
}

/// How a change comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// All is new from then on (FM).
    From(DayTime),
    /// What is named changes at some time within the period and stays (BECMG).
    Becoming(Period),
    /// What is named holds now and then, or perhaps, within the period (TEMPO, PROB).
    Temporarily(Period),
}

/// Weather as a watch can reckon with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    pub visibility_m: f64,
    /// Gusts if told.
    pub wind_mps: f64,
    pub ceiling_m: Option<f64>,
    pub dust: bool,
}

/// What a forecast says of one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// What prevails.
    pub likely: Outlook,
    /// The worst of each that a change in progress or for a time may bring.
    pub worst: Outlook,
}

/// Reads one forecast.
pub fn parse(text: &str) -> Result<Taf, MetarError> {
    read::parse(text)
}

/// True for text whose first word says that it is a forecast.
pub fn is_taf(text: &str) -> bool {
    text.split_ascii_whitespace().next() == Some("TAF")
}

impl Taf {
    /// What is expected at a time; `None` outside the validity, and where the forecast was taken back.
    ///
    /// Days of the month are taken to be those nearest to the time asked for.
    pub fn at(&self, time: Timestamp) -> Option<Expected> {
        let (begin, end) = self.valid.around(time)?;
        if self.status == Status::Cancelled || !(begin..end).contains(&time) {
            return None;
        }
        let mut likely = self.first.clone();
        let mut perhaps = Vec::new();
        for change in &self.changes {
            match change.kind {
                Kind::From(from) => {
                    if from.nearest(time)? <= time {
                        likely = change.conditions.clone();
                        perhaps.clear();
                    }
                }
                Kind::Becoming(period) => {
                    let (begin, end) = period.around(time)?;
                    if end <= time {
                        likely = likely.with(&change.conditions);
                    } else if begin <= time {
                        perhaps.push(&change.conditions);
                    }
                }
                Kind::Temporarily(period) => {
                    let (begin, end) = period.around(time)?;
                    if (begin..end).contains(&time) {
                        perhaps.push(&change.conditions);
                    }
                }
            }
        }
        let outlook = likely.outlook();
        let worst = perhaps.iter().map(|other| likely.with(other).outlook());
        Some(Expected { worst: worst.fold(outlook, Outlook::worse), likely: outlook })
    }

    /// What is expected at each full hour of the validity that is nearest to `now`, at most two days of it.
    pub fn hours(&self, now: Timestamp) -> Vec<(Timestamp, Expected)> {
        let Some((begin, end)) = self.valid.around(now) else { return Vec::new() };
        let hours =
            (0..48).filter_map(|hour| begin.checked_add(SignedDuration::from_hours(hour)).ok());
        let within = hours.take_while(|hour| *hour < end);
        within.filter_map(|hour| Some((hour, self.at(hour)?))).collect()
    }
}

impl Period {
    /// Begin and end, the begin as near to a time as can be; `None` where the end is not after it.
    fn around(self, time: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let begin = self.from.nearest(time)?;
        // No forecast is for more than some days, so the end is the nearest one to the begin.
        let end = self.to.nearest(begin)?;
        (begin < end).then_some((begin, end))
    }
}

impl DayTime {
    /// The moment of that day and time nearest to another, in the month of that one or the one before or after.
    pub fn nearest(self, to: Timestamp) -> Option<Timestamp> {
        const DAY_S: i64 = 86_400;
        let offset_s = i64::from(self.hour) * 3_600 + i64::from(self.minute) * 60;
        let shifted = |days: i64| to.checked_add(SignedDuration::from_secs(days * DAY_S)).ok();
        // A day of the month stands once or not at all in each month: 46 days reach the next on either side.
        let days = (-46..=46).filter_map(shifted).filter_map(|at| {
            let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
            let midnight = at.as_second() - at.as_second().rem_euclid(DAY_S);
            (date.day() == i8::try_from(self.day).ok()?)
                .then(|| Timestamp::from_second(midnight + offset_s).ok())?
        });
        days.min_by_key(|at| at.duration_since(to).abs())
    }
}

impl Conditions {
    /// These, with what others name in its place.
    fn with(&self, others: &Self) -> Self {
        Self {
            wind: others.wind.or(self.wind),
            visibility: others.visibility.or(self.visibility),
            weather: others.weather.clone().or_else(|| self.weather.clone()),
            sky: others.sky.or(self.sky),
        }
    }

    fn outlook(&self) -> Outlook {
        let ceiling_m = match self.sky {
            Some(Sky::Ceiling { base_m }) => Some(base_m),
            Some(Sky::Open) | None => None,
        };
        Outlook {
            visibility_m: self
                .visibility
                .map_or(super::VISIBILITY_OPEN_M, |visibility| visibility.metres),
            wind_mps: self.wind.map_or(0.0, |wind| wind.gust_mps.unwrap_or(wind.speed_mps)),
            ceiling_m,
            dust: self.weather.iter().flatten().any(Weather::is_dust_here),
        }
    }
}

impl Outlook {
    /// The worse of each.
    fn worse(self, other: Self) -> Self {
        let dust = if other.visibility_m < self.visibility_m { other.dust } else { self.dust };
        Self {
            visibility_m: self.visibility_m.min(other.visibility_m),
            wind_mps: self.wind_mps.max(other.wind_mps),
            ceiling_m: match (self.ceiling_m, other.ceiling_m) {
                (Some(one), Some(two)) => Some(one.min(two)),
                (one, two) => one.or(two),
            },
            dust,
        }
    }
}

#[cfg(test)]
mod tests;
