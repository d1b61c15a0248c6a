//! The groups of a report, one word each.

use super::{Bound, DayTime, METRES_PER_FOOT, MetarError, VISIBILITY_OPEN_M, Visibility, Wind};

const MPS_PER_KNOT: f64 = 1_852.0 / 3_600.0;
const MPS_PER_KMH: f64 = 1.0 / 3.6;
const METRES_PER_STATUTE_MILE: f64 = 1_609.344;
/// A station that reports 9999 sees at least 10 km.
const METRES_OPEN: u32 = 9_999;

pub(super) fn station(word: Option<&str>) -> Result<String, MetarError> {
    let word = word.ok_or(MetarError::Missing { group: "station" })?;
    let letters = word.len() == 4
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if letters && word.starts_with(|first: char| first.is_ascii_uppercase()) {
        return Ok(word.to_owned());
    }
    Err(MetarError::malformed("station", "four capital letters or digits", word))
}

pub(super) fn time(word: &str) -> Result<DayTime, MetarError> {
    let fault = || MetarError::malformed("time", "day, hour and minute such as 201300Z", word);
    let digits =
        word.strip_suffix('Z').and_then(|digits| whole(digits, 6..=6)).ok_or_else(fault)?;
    let part = |value: u32| u8::try_from(value).map_err(|_large| fault());
    let time = DayTime {
        day: part(digits / 10_000)?,
        hour: part(digits / 100 % 100)?,
        minute: part(digits % 100)?,
    };
    if (1..=31).contains(&time.day) && time.hour < 24 && time.minute < 60 {
        Ok(time)
    } else {
        Err(fault())
    }
}

/// Digits only, as many as `count` allows.
fn whole(word: &str, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits = count.contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if digits { word.parse().ok() } else { None }
}

const WIND_UNITS: [(&str, f64); 3] = [("KT", MPS_PER_KNOT), ("MPS", 1.0), ("KMH", MPS_PER_KMH)];

pub(super) fn is_wind(word: &str) -> bool {
    word.len() >= 5 && WIND_UNITS.iter().any(|(unit, _)| word.ends_with(unit))
}

pub(super) fn wind(word: &str) -> Result<Option<Wind>, MetarError> {
    let fault =
        || MetarError::malformed("wind", "direction, speed and unit such as 24012G25KT", word);
    let (figures, per_unit) = WIND_UNITS
        .iter()
        .find_map(|(unit, per_unit)| Some((word.strip_suffix(unit)?, *per_unit)))
        .ok_or_else(fault)?;
    let (from, speeds) = figures.split_at_checked(3).ok_or_else(fault)?;
    let (mean, gust) = match speeds.split_once('G') {
        Some((mean, gust)) => (mean, Some(gust)),
        None => (speeds, None),
    };
    if mean == "//" || mean == "///" {
        return Ok(None);
    }
    // P99: above what the instrument shows.
    let speed = |word: &str| {
        whole(word.strip_prefix('P').unwrap_or(word), 2..=3)
            .map(|speed| f64::from(speed) * per_unit)
            .ok_or_else(fault)
    };
    let from_deg = match from {
        "VRB" | "///" => None,
        degrees => Some(
            whole(degrees, 3..=3)
                .filter(|degrees| *degrees <= 360)
                .map(f64::from)
                .ok_or_else(fault)?,
        ),
    };
    let gust_mps = match gust {
        None | Some("//") => None,
        Some(gust) => Some(speed(gust)?),
    };
    Ok(Some(Wind { from_deg, speed_mps: speed(mean)?, gust_mps }))
}

/// True for a word that opens a visibility group; whole miles stand before a word of sixteenths.
pub(super) fn is_visibility(word: &str, next: Option<&str>) -> bool {
    let whole_miles = whole(word, 1..=2).is_some() && next.is_some_and(|next| next.ends_with("SM"));
    matches!(word, "CAVOK" | "////")
        || word.ends_with("SM")
        || word.ends_with("KM")
        || word.get(..4).is_some_and(|digits| whole(digits, 4..=4).is_some())
            && is_metres_tail(word.get(4..))
        || whole_miles
}

/// Metres may be followed by a compass point, or by NDV for "the same all round".
fn is_metres_tail(tail: Option<&str>) -> bool {
    matches!(tail, Some("" | "NDV" | "N" | "NE" | "E" | "SE" | "S" | "SW" | "W" | "NW"))
}

/// Reads a visibility; also tells how many words it took beyond the first.
pub(super) fn visibility(
    word: &str,
    next: Option<&str>,
) -> Result<(Option<Visibility>, usize), MetarError> {
    let fault = || MetarError::malformed("visibility", "metres, statute miles (SM) or CAVOK", word);
    let open = Visibility { metres: VISIBILITY_OPEN_M, bound: Bound::AtLeast };
    if word == "////" {
        return Ok((None, 0));
    }
    if word == "CAVOK" {
        return Ok((Some(open), 0));
    }
    if let Some(metres) = word.get(..4).and_then(|digits| whole(digits, 4..=4)) {
        let exactly = Visibility { metres: f64::from(metres), bound: Bound::Exactly };
        return Ok((Some(if metres == METRES_OPEN { open } else { exactly }), 0));
    }
    if let Some(km) = word.strip_suffix("KM") {
        let metres = whole(km, 1..=3).map(|km| f64::from(km) * 1_000.0).ok_or_else(fault)?;
        return Ok((Some(Visibility { metres, bound: Bound::Exactly }), 0));
    }
    if let Some(miles) = word.strip_suffix("SM") {
        return miles_of(miles).map(|visibility| (Some(visibility), 0)).ok_or_else(fault);
    }
    let whole_miles = whole(word, 1..=2).map(f64::from).ok_or_else(fault)?;
    let part = next.and_then(|next| miles_of(next.strip_suffix("SM")?)).ok_or_else(fault)?;
    let metres = whole_miles * METRES_PER_STATUTE_MILE + part.metres;
    Ok((Some(Visibility { metres, bound: Bound::Exactly }), 1))
}

/// `10`, `3/4`, `M1/4` (less than) or `P6` (more than), in statute miles.
fn miles_of(word: &str) -> Option<Visibility> {
    let (bound, figure) = match word.split_at_checked(1)? {
        ("M", figure) => (Bound::AtMost, figure),
        ("P", figure) => (Bound::AtLeast, figure),
        _ => (Bound::Exactly, word),
    };
    let miles = match figure.split_once('/') {
        None => f64::from(whole(figure, 1..=2)?),
        Some((over, under)) => {
            f64::from(whole(over, 1..=2)?)
                / f64::from(whole(under, 1..=2).filter(|under| *under > 0)?)
        }
    };
    Some(Visibility { metres: miles * METRES_PER_STATUTE_MILE, bound })
}

/// Height of a layer that hides most of the sky, or vertical visibility.
pub(super) fn ceiling(word: &str) -> Option<f64> {
    let figures = ["BKN", "OVC", "VV"].iter().find_map(|cover| word.strip_prefix(cover))?;
    let hundreds_of_feet = whole(figures.get(..3)?, 3..=3)?;
    Some(f64::from(hundreds_of_feet) * 100.0 * METRES_PER_FOOT)
}

/// Groups that are understood to say nothing about sight here and now.
pub(super) fn is_known_filler(word: &str) -> bool {
    let starts = |with: &[&str]| with.iter().any(|start| word.starts_with(start));
    let temperatures =
        word.contains('/') && word.bytes().all(|byte| matches!(byte, b'M' | b'/' | b'0'..=b'9'));
    let varying = word.len() == 7 && word.as_bytes()[3] == b'V';
    let pressure = word.len() == 5 && starts(&["Q", "A"]);
    let runway = starts(&["R"]) && word.contains('/');
    let minimum_m = word.get(..4).is_some_and(|digits| whole(digits, 4..=4).is_some());
    let sky = starts(&["FEW", "SCT", "BKN", "OVC", "VV", "NSC", "NCD", "SKC", "CLR", "RE", "WS"]);
    temperatures || varying || pressure || runway || minimum_m || sky
}
