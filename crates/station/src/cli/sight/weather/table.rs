//! A table of weather: one row for each place and time, comma-separated, columns named in its first line.

use std::collections::BTreeMap;

use anyhow::Context as _;
use jiff::Timestamp;
use sight::coverage::WeatherAt;
use sight::geo::Wgs84;
use sight::sector::Sector;

use super::Told;

/// Most rows of a table.
const ROWS_MAX: usize = 500_000;
/// Most places that one time may have.
const PLACES_MAX: usize = 10_000;
/// Columns that must be there.
const NEEDED: [&str; 4] = ["time", "lon_deg", "lat_deg", "visibility_m"];
/// Columns that may be there.
const ALSO: [&str; 3] = ["wind_mps", "ceiling_m", "dust"];

/// Weather at one place and time.
#[derive(Debug, Clone, Copy)]
struct Row {
    time: Timestamp,
    place: Wgs84,
    visibility_m: f64,
    wind_mps: f64,
    ceiling_m: Option<f64>,
    dust: bool,
}

/// A place to the microdegree: longitude, latitude.
type Spot = (i64, i64);

/// True when the first line that says anything names a column of time.
pub(super) fn is_table(text: &str) -> bool {
    said(text).next().is_some_and(|(_, line)| line.split(',').any(|name| name.trim() == "time"))
}

/// The weather at a time, linear between the rows before and after it at each place; without a time, at the table's last.
///
/// Visibilities are mixed as extinctions. Before a place's first row and after its last, that row counts for as long as
/// the sector lets weather count; when no place is left, the weather is stale.
pub(super) fn weather(text: &str, at: Option<Timestamp>, sector: &Sector) -> anyhow::Result<Told> {
    let places = read(text)?;
    let last = places.values().flatten().map(|row| row.time).max();
    let at = at.or(last).context("the table has no rows")?;
    let limit_s = sector.settings.weather_limit_s;
    let now: Vec<Row> = places.values().filter_map(|rows| at_time(rows, at, limit_s)).collect();
    anyhow::ensure!(now.len() <= PLACES_MAX, "{} places, at most {PLACES_MAX} are read", now.len());
    let reports = now.iter().map(|row| WeatherAt {
        point: sector.frame.point(row.place),
        visibility_m: row.visibility_m,
        wind_mps: row.wind_mps,
        ceiling_m: row.ceiling_m,
        dust: row.dust,
    });
    Ok(Told { reports: reports.collect(), is_stale: now.is_empty() })
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

/// Rows by place, each in order of time.
fn read(text: &str) -> anyhow::Result<BTreeMap<Spot, Vec<Row>>> {
    let mut lines = said(text);
    let (_, head) = lines.next().context("the table has no first line")?;
    let names: Vec<&str> = head.split(',').map(str::trim).collect();
    for name in NEEDED {
        anyhow::ensure!(
            names.contains(&name),
            "line 1: column {name} is missing; give {head:?} one"
        );
    }
    if let Some(name) = names.iter().find(|name| !NEEDED.contains(name) && !ALSO.contains(name)) {
        anyhow::bail!("column {name:?} is not known; there are {NEEDED:?} and {ALSO:?}");
    }
    let mut places: BTreeMap<Spot, Vec<Row>> = BTreeMap::new();
    for (count, (number, line)) in lines.enumerate() {
        anyhow::ensure!(count < ROWS_MAX, "line {number}: at most {ROWS_MAX} rows are read");
        let row = row(&names, line).with_context(|| format!("line {number}"))?;
        let spot = [row.place.lon_deg(), row.place.lat_deg()].map(microdegrees);
        places.entry((spot[0], spot[1])).or_default().push(row);
    }
    for rows in places.values_mut() {
        rows.sort_by_key(|row| row.time);
    }
    Ok(places)
}

/// Lines that are neither empty nor a remark, with their numbers.
fn said(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    (1..).zip(lines).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

fn row(names: &[&str], line: &str) -> anyhow::Result<Row> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    anyhow::ensure!(
        cells.len() == names.len(),
        "{} values for {} columns",
        cells.len(),
        names.len()
    );
    let cell = |name: &str| {
        let at = names.iter().position(|known| *known == name);
        at.map(|at| cells[at]).filter(|cell| !cell.is_empty())
    };
    let number = |name: &str, least: f64, most: f64| {
        cell(name).map(|text| figure(name, text, least, most)).transpose()
    };
    let needed = |name: &str, value: Option<f64>| value.with_context(|| format!("{name} is empty"));
    let time = cell("time").context("time is empty")?;
    let lon_deg = needed("lon_deg", number("lon_deg", -180.0, 180.0)?)?;
    let lat_deg = needed("lat_deg", number("lat_deg", -90.0, 90.0)?)?;
    Ok(Row {
        time: time.parse().with_context(|| {
            format!("time {time:?} must be a moment such as 2026-03-31T18:00:00Z")
        })?,
        place: Wgs84::new(lon_deg, lat_deg)?,
        visibility_m: needed("visibility_m", number("visibility_m", 1.0, 1e6)?)?,
        wind_mps: number("wind_mps", 0.0, 150.0)?.unwrap_or(0.0),
        ceiling_m: number("ceiling_m", 0.0, 30_000.0)?,
        dust: match cell("dust") {
            None | Some("no" | "false" | "0") => false,
            Some("yes" | "true" | "1") => true,
            Some(other) => anyhow::bail!("dust must be yes or no, got {other:?}"),
        },
    })
}

fn figure(name: &str, text: &str, least: f64, most: f64) -> anyhow::Result<f64> {
    let value: f64 =
        text.parse().with_context(|| format!("{name} must be a number, got {text:?}"))?;
    anyhow::ensure!(
        (least..=most).contains(&value),
        "{name} must be between {least} and {most}, got {value}"
    );
    Ok(value)
}

#[expect(clippy::cast_possible_truncation, reason = "at most 180 million")]
fn microdegrees(deg: f64) -> i64 {
    (deg * 1e6).round() as i64
}

#[cfg(test)]
mod tests {
    use super::super::tests::sector;
    use super::*;

    const TABLE: &str = "\
# A front from the west.
time, lon_deg, lat_deg, visibility_m, wind_mps, ceiling_m, dust
2026-03-31T18:00:00Z, 1.5, 42.5, 10000, 4, , no
2026-03-31T19:00:00Z, 1.5, 42.5, 1000, 12, 300, yes
2026-03-31T18:00:00Z, 1.6, 42.5, 20000, 3, , no
";

    #[test]
    fn between_two_rows_extinction_and_wind_are_linear() {
        let told = at("2026-03-31T18:20:00Z");

        let [west, east] = told.reports[..] else { panic!("two places: {told:?}") };
        // A third of the way: 1 / (2/3 * 1/10 km + 1/3 * 1/1 km).
        assert!((west.visibility_m - 2_500.0).abs() < 1.0, "{west:?}");
        assert!((west.wind_mps - 4.0 - 8.0 / 3.0).abs() < 1e-9);
        assert!(!west.dust && west.ceiling_m.is_none());
        assert!((east.visibility_m - 20_000.0).abs() < 1e-6);
        assert!(east.point.east_m > west.point.east_m + 8_000.0);
    }

    #[test]
    fn a_place_whose_last_row_is_too_old_is_left_out_and_none_left_is_stale() {
        let one = at("2026-03-31T18:50:00Z");
        assert_eq!(one.reports.len(), 1);
        assert!(one.reports[0].dust && !one.is_stale);

        assert!(at("2026-03-31T19:40:00Z").is_stale);
        assert!(at("2026-03-31T17:00:00Z").is_stale);
    }

    #[test]
    fn without_a_time_the_last_one_counts() {
        let told = weather(TABLE, None, &sector()).unwrap();

        assert_eq!(told.reports.len(), 1);
        assert!((told.reports[0].visibility_m - 1_000.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_wrong_is_said_by_line_and_column() {
        for (from, to, words) in [
            ("1000, 12", "thick, 12", ["line 4", "visibility_m", "thick"]),
            ("lon_deg", "lon", ["lon_deg", "missing", "column"]),
            (", yes", ", maybe", ["line 4", "dust", "maybe"]),
            ("19:00", "25:00", ["line 4", "time", "25:00"]),
            ("1.6, 42.5", "1.6, 95", ["line 5", "lat_deg", "95"]),
            (", 300, yes", ", 300", ["line 4", "6 values", "7 columns"]),
        ] {
            let error = weather(&TABLE.replace(from, to), None, &sector()).unwrap_err();
            let error = format!("{error:#}");
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }

    fn at(time: &str) -> Told {
        assert!(is_table(TABLE));
        weather(TABLE, Some(time.parse().unwrap()), &sector()).unwrap()
    }
}
