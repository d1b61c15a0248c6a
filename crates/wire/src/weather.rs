//! A table of weather over places and time: one row for each, comma-separated, columns named in its first line.
//!
//! Places may be masts or the posts of a grid. Lines that begin with `#` are remarks.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::limits::{EXCERPT_CHARS_MAX, WEATHER_PLACES_MAX, WEATHER_ROWS_MAX};
use crate::text;

/// Columns that must be there.
const NEEDED: [&str; 4] = ["time", "lon_deg", "lat_deg", "visibility_m"];
/// Columns that may be there.
const ALSO: [&str; 3] = ["wind_mps", "ceiling_m", "dust"];

/// Weather at one place and time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub time: Timestamp,
    /// WGS84.
    pub lon_deg: f64,
    pub lat_deg: f64,
    pub visibility_m: f64,
    /// Gusts if known.
    pub wind_mps: f64,
    /// Height of the cloud base above ground; `None` where there is none.
    pub ceiling_m: Option<f64>,
    /// Dust or sand takes the sight, not fog or haze.
    pub dust: bool,
}

/// Rows by place, each place's in order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    places: BTreeMap<Spot, Vec<Row>>,
}

/// A place to the microdegree: longitude, latitude.
type Spot = (i64, i64);

/// Why text is not a table of weather.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("the table has no first line")]
    Empty,
    #[error("line {line}: column {name} is missing; give {head:?} one")]
    Missing { line: usize, name: &'static str, head: String },
    #[error("line {line}: column {name:?} is not known; there are {NEEDED:?} and {ALSO:?}")]
    Unknown { line: usize, name: String },
    #[error("line {line}: {values} values for {columns} columns")]
    Uneven { line: usize, values: usize, columns: usize },
    #[error("line {line}: {name} is empty")]
    NoValue { line: usize, name: &'static str },
    #[error("line {line}: {name} must be {must}, got {value:?}")]
    Value { line: usize, name: &'static str, must: String, value: String },
    #[error("line {line}: at most {WEATHER_ROWS_MAX} rows are read")]
    TooManyRows { line: usize },
    #[error("line {line}: at most {WEATHER_PLACES_MAX} places are read")]
    TooManyPlaces { line: usize },
}

/// True when the first line that says anything names a column of time.
pub fn is_table(text: &str) -> bool {
    said(text).next().is_some_and(|(_, line)| line.split(',').any(|name| name.trim() == "time"))
}

impl Table {
    /// Reads a table; the first fault ends it, with its line.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut lines = said(text);
        let (line, head) = lines.next().ok_or(TableError::Empty)?;
        let names: Vec<&str> = head.split(',').map(str::trim).collect();
        if let Some(name) = NEEDED.into_iter().find(|name| !names.contains(name)) {
            return Err(TableError::Missing { line, name, head: excerpt(head) });
        }
        let is_known = |name: &&str| NEEDED.contains(name) || ALSO.contains(name);
        if let Some(name) = names.iter().find(|name| !is_known(name)) {
            return Err(TableError::Unknown { line, name: excerpt(name) });
        }
        let mut places: BTreeMap<Spot, Vec<Row>> = BTreeMap::new();
        for (count, (line, cells)) in lines.enumerate() {
            if count >= WEATHER_ROWS_MAX {
                return Err(TableError::TooManyRows { line });
            }
            let row = Line { number: line, names: &names, text: cells }.row()?;
            places
                .entry((microdegrees(row.lon_deg), microdegrees(row.lat_deg)))
                .or_default()
                .push(row);
            if places.len() > WEATHER_PLACES_MAX {
                return Err(TableError::TooManyPlaces { line });
            }
        }
        for rows in places.values_mut() {
            rows.sort_by_key(|row| row.time);
        }
        Ok(Self { places })
    }

    /// The latest time that a row is of.
    pub fn last(&self) -> Option<Timestamp> {
        self.places.values().flatten().map(|row| row.time).max()
    }

    /// The weather at a time, linear between the rows before and after it at each place.
    ///
    /// Visibilities are mixed as extinctions; cloud and dust are the nearer row's. Before a place's
    /// first row and after its last, that row counts for `limit_s`, then the place is left out.
    pub fn at(&self, time: Timestamp, limit_s: f64) -> Vec<Row> {
        self.places.values().filter_map(|rows| at_time(rows, time, limit_s)).collect()
    }
}

/// One place's weather at a time; rows are in order of time.
fn at_time(rows: &[Row], at: Timestamp, limit_s: f64) -> Option<Row> {
    let next = rows.partition_point(|row| row.time <= at);
    let (before, after) = (next.checked_sub(1).map(|last| rows[last]), rows.get(next));
    let apart_s = |a: Timestamp, b: Timestamp| b.duration_since(a).as_secs_f64();
    match (before, after) {
        (Some(before), Some(after)) => {
            let share = apart_s(before.time, at) / apart_s(before.time, after.time);
            let mixed = |from: f64, to: f64| from + (to - from) * share;
            let nearer = if share < 0.5 { &before } else { after };
            Some(Row {
                visibility_m: 1.0 / mixed(1.0 / before.visibility_m, 1.0 / after.visibility_m),
                wind_mps: mixed(before.wind_mps, after.wind_mps),
                ..*nearer
            })
        }
        (Some(only), None) => (apart_s(only.time, at) <= limit_s).then_some(only),
        (None, Some(only)) => (apart_s(at, only.time) <= limit_s).then_some(*only),
        (None, None) => None,
    }
}

/// Lines that are neither empty nor a remark, with their numbers.
fn said(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

/// One line of a table under its columns' names.
struct Line<'a> {
    number: usize,
    names: &'a [&'a str],
    text: &'a str,
}

impl Line<'_> {
    fn row(&self) -> Result<Row, TableError> {
        let (line, values, columns) = (self.number, self.text.split(',').count(), self.names.len());
        if values != columns {
            return Err(TableError::Uneven { line, values, columns });
        }
        let needed = |name, value: Option<f64>| value.ok_or(TableError::NoValue { line, name });
        let time = self.cell("time").ok_or(TableError::NoValue { line, name: "time" })?;
        Ok(Row {
            time: time.parse().map_err(|_error| {
                self.wrong("time", "a moment such as 2026-03-31T18:00:00Z", time)
            })?,
            lon_deg: needed("lon_deg", self.number("lon_deg", -180.0, 180.0)?)?,
            lat_deg: needed("lat_deg", self.number("lat_deg", -90.0, 90.0)?)?,
            visibility_m: needed("visibility_m", self.number("visibility_m", 1.0, 1e6)?)?,
            wind_mps: self.number("wind_mps", 0.0, 150.0)?.unwrap_or(0.0),
            ceiling_m: self.number("ceiling_m", 0.0, 30_000.0)?,
            dust: match self.cell("dust") {
                None | Some("no" | "false" | "0") => false,
                Some("yes" | "true" | "1") => true,
                Some(other) => return Err(self.wrong("dust", "yes or no", other)),
            },
        })
    }

    /// What stands under a column; nothing where the column is missing or the cell is empty.
    fn cell(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|known| *known == name)?;
        self.text.split(',').nth(at).map(str::trim).filter(|cell| !cell.is_empty())
    }

    fn number(&self, name: &'static str, least: f64, most: f64) -> Result<Option<f64>, TableError> {
        let Some(cell) = self.cell(name) else { return Ok(None) };
        match cell.parse() {
            Ok(value) if (least..=most).contains(&value) => Ok(Some(value)),
            Ok(_) | Err(_) => {
                Err(self.wrong(name, &format!("a number between {least} and {most}"), cell))
            }
        }
    }

    fn wrong(&self, name: &'static str, must: &str, value: &str) -> TableError {
        TableError::Value { line: self.number, name, must: must.to_owned(), value: excerpt(value) }
    }
}

fn excerpt(of: &str) -> String {
    text::clean(of, EXCERPT_CHARS_MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
fn microdegrees(deg: f64) -> i64 {
    (deg * 1e6).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# A front from the west.
time, lon_deg, lat_deg, visibility_m, wind_mps, ceiling_m, dust
2026-03-31T18:00:00Z, 1.5, 42.5, 10000, 4, , no
2026-03-31T19:00:00Z, 1.5, 42.5, 1000, 12, 300, yes
2026-03-31T18:00:00Z, 1.6, 42.5, 20000, 3, , no
";
    const LIMIT_S: f64 = 1_800.0;

    #[test]
    fn between_two_rows_extinction_and_wind_are_linear() {
        let rows = at("2026-03-31T18:20:00Z");

        let [west, east] = rows[..] else { panic!("two places: {rows:?}") };
        // A third of the way: 1 / (2/3 * 1/10 km + 1/3 * 1/1 km).
        assert!((west.visibility_m - 2_500.0).abs() < 1.0, "{west:?}");
        assert!((west.wind_mps - 4.0 - 8.0 / 3.0).abs() < 1e-9);
        assert!(!west.dust && west.ceiling_m.is_none());
        assert!((east.visibility_m - 20_000.0).abs() < 1e-6);
        assert!(east.lon_deg > west.lon_deg);
    }

    #[test]
    fn a_place_whose_last_row_is_too_old_is_left_out() {
        let one = at("2026-03-31T18:50:00Z");
        assert_eq!(one.len(), 1);
        assert!(one[0].dust);

        assert!(at("2026-03-31T19:40:00Z").is_empty());
        assert!(at("2026-03-31T17:00:00Z").is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_by_line_and_column() {
        for (from, to, words) in [
            ("1000, 12", "thick, 12", ["line 4", "visibility_m", "thick"]),
            ("1000, 12", "NaN, 12", ["line 4", "visibility_m", "NaN"]),
            ("lon_deg", "lon", ["lon_deg", "missing", "line 2"]),
            ("dust\n", "dusty\n", ["dusty", "not known", "line 2"]),
            (", yes", ", maybe", ["line 4", "dust", "maybe"]),
            ("19:00", "25:00", ["line 4", "time", "25:00"]),
            ("1.6, 42.5", "1.6, 95", ["line 5", "lat_deg", "95"]),
            (", 300, yes", ", 300", ["line 4", "6 values", "7 columns"]),
            ("20000, 3", ", 3", ["line 5", "visibility_m", "empty"]),
        ] {
            let error = Table::parse(&TABLE.replace(from, to)).unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
        assert_eq!(Table::parse("# nothing\n"), Err(TableError::Empty));
    }

    #[test]
    fn too_many_rows_and_places_are_refused() {
        let head = "time,lon_deg,lat_deg,visibility_m\n";
        let row = "2026-03-31T18:00:00Z,1,42,1000\n";
        let rows = format!("{head}{}", row.repeat(WEATHER_ROWS_MAX + 1));
        assert_eq!(
            Table::parse(&rows),
            Err(TableError::TooManyRows { line: WEATHER_ROWS_MAX + 2 })
        );

        let place = |at: usize| format!("2026-03-31T18:00:00Z,1,{},1000\n", at as f64 / 1e4);
        let places: String = (0..=WEATHER_PLACES_MAX).map(place).collect();
        let error = Table::parse(&format!("{head}{places}")).unwrap_err();
        assert_eq!(error, TableError::TooManyPlaces { line: WEATHER_PLACES_MAX + 2 });
    }

    fn at(time: &str) -> Vec<Row> {
        assert!(is_table(TABLE));
        Table::parse(TABLE).unwrap().at(time.parse().unwrap(), LIMIT_S)
    }
}
