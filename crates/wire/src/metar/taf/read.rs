//! Reading a forecast word by word.

use super::super::{DayTime, MetarError, group, weather};
use super::{Change, Conditions, Kind, Period, Sky, Status, Taf};
use crate::limits::{TAF_BYTES_MAX, TAF_CHANGES_MAX};

const PERIOD_SHAPE: &str = "days and hours such as 2712/2818";

pub(super) fn parse(text: &str) -> Result<Taf, MetarError> {
    if text.len() > TAF_BYTES_MAX {
        return Err(MetarError::TooLong { max: TAF_BYTES_MAX, got: text.len() });
    }
    let body = text.split('=').next().unwrap_or_default();
    let words: Vec<&str> =
        body.split_ascii_whitespace().take_while(|word| *word != "RMK").collect();
    let text = words.join(" ");
    let mut words = Words { words: &words };
    let mut status = Status::Routine;
    while let Some(word) = words.next_of(&["TAF", "AMD", "COR"]) {
        status = match word {
            "AMD" => Status::Amended,
            "COR" => Status::Corrected,
            _ => status,
        };
    }
    let station = group::station(words.next())?;
    let issued = words.next_if(|word| word.ends_with('Z')).map(group::time).transpose()?;
    if words.next_of(&["NIL"]).is_some() {
        return Err(MetarError::Nil);
    }
    let valid = period(words.next().ok_or(MetarError::Missing { group: "validity" })?, "validity")?;
    if words.next_of(&["CNL"]).is_some() {
        status = Status::Cancelled;
    }
    let mut unread = 0;
    let first = conditions(&mut words, &mut unread)?;
    if status != Status::Cancelled && first.visibility.is_none() {
        return Err(MetarError::Missing { group: "visibility" });
    }
    let mut changes = Vec::new();
    while let Some(change) = change(&mut words, &mut unread)? {
        if changes.len() >= TAF_CHANGES_MAX {
            return Err(MetarError::malformed("changes", "64 at most", "more"));
        }
        changes.push(change);
    }
    Ok(Taf { station, status, issued, valid, first, changes, unread, text })
}

/// Words that are still to be read.
struct Words<'a> {
    words: &'a [&'a str],
}

impl<'a> Words<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.first().copied()
    }

    fn next(&mut self) -> Option<&'a str> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first)
    }

    fn next_if(&mut self, is_it: impl Fn(&str) -> bool) -> Option<&'a str> {
        self.peek().filter(|word| is_it(word))?;
        self.next()
    }

    fn next_of(&mut self, known: &[&str]) -> Option<&'a str> {
        self.next_if(|word| known.contains(&word))
    }
}

fn begins_change(word: &str) -> bool {
    matches!(word, "BECMG" | "TEMPO" | "INTER")
        || word.starts_with("PROB")
        || word
            .strip_prefix("FM")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn change(words: &mut Words<'_>, unread: &mut usize) -> Result<Option<Change>, MetarError> {
    let Some(word) = words.next() else { return Ok(None) };
    let probability_percent = match word.strip_prefix("PROB") {
        Some("30") => Some(30),
        Some("40") => Some(40),
        Some(_) => return Err(MetarError::malformed("probability", "PROB30 or PROB40", word)),
        None => None,
    };
    let kind = if let Some(digits) = word.strip_prefix("FM") {
        Kind::From(moment(digits, 6).ok_or_else(|| {
            MetarError::malformed("change", "day, hour and minute such as FM271830", word)
        })?)
    } else {
        if probability_percent.is_some() {
            words.next_of(&["TEMPO", "INTER"]);
        }
        let told = words.next().ok_or(MetarError::Missing { group: "period" })?;
        let period = period(told, "period")?;
        if word == "BECMG" { Kind::Becoming(period) } else { Kind::Temporarily(period) }
    };
    let conditions = conditions(words, unread)?;
    Ok(Some(Change { kind, probability_percent, conditions }))
}

/// Reads groups up to the next change.
fn conditions(words: &mut Words<'_>, unread: &mut usize) -> Result<Conditions, MetarError> {
    let mut told = Conditions::default();
    while let Some(word) = words.next_if(|word| !begins_change(word)) {
        match word {
            "NSW" => told.weather = Some(Vec::new()),
            "NSC" | "SKC" | "CLR" => told.sky = Some(Sky::Open),
            // Wind shear is of the air above.
            word if group::is_wind(word) && !word.starts_with("WS") => {
                told.wind = group::wind(word)?;
            }
            word if told.visibility.is_none() && group::is_visibility(word, words.peek()) => {
                let (visibility, taken) = group::visibility(word, words.peek())?;
                told.visibility = visibility;
                if taken > 0 {
                    words.next();
                }
                if word == "CAVOK" {
                    (told.weather, told.sky) = (Some(Vec::new()), Some(Sky::Open));
                }
            }
            word => read_other(word, &mut told, unread),
        }
    }
    Ok(told)
}

fn read_other(word: &str, told: &mut Conditions, unread: &mut usize) {
    if let Some(weather) = weather::parse(word) {
        told.weather.get_or_insert_default().push(weather);
    } else if let Some(base_m) = group::ceiling(word) {
        told.sky = Some(Sky::Ceiling {
            base_m: match told.sky {
                Some(Sky::Ceiling { base_m: known }) => known.min(base_m),
                Some(Sky::Open) | None => base_m,
            },
        });
    } else if ["FEW", "SCT"].iter().any(|few| word.starts_with(few)) {
        told.sky.get_or_insert(Sky::Open);
    } else {
        let temperature =
            word.starts_with("TX") || word.starts_with("TN") || word.starts_with("QNH");
        *unread += usize::from(!temperature && !group::is_known_filler(word));
    }
}

fn period(word: &str, group: &'static str) -> Result<Period, MetarError> {
    let fault = || MetarError::malformed(group, PERIOD_SHAPE, word);
    let (from, to) = word.split_once('/').ok_or_else(fault)?;
    moment(from, 4)
        .zip(moment(to, 4))
        .map(|(from, to)| Period { from, to })
        .filter(|period| period.from != period.to)
        .ok_or_else(fault)
}

/// Day and hour, and the minute where there are six digits.
fn moment(digits: &str, count: usize) -> Option<DayTime> {
    if digits.len() != count || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| digits.get(at..at + 2).map_or(Some(0), |two| two.parse().ok());
    let time = DayTime { day: part(0)?, hour: part(2)?, minute: part(4)? };
    let ends_day = time.hour == 24 && time.minute == 0;
    let is_one = (1..=31).contains(&time.day) && (time.hour < 24 || ends_day) && time.minute < 60;
    is_one.then_some(time)
}
