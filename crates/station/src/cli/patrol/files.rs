//! A schedule as files: rows that calendars import, places and rounds for a map.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use super::told::Told;

/// A form in which a schedule is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Calendar,
    Map,
}

impl Form {
    /// The form that a file's ending chooses.
    pub(super) fn of(path: &Path) -> anyhow::Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Calendar),
            Some("geojson") => Ok(Self::Map),
            _ => anyhow::bail!("--out {}: the ending must be .csv or .geojson", path.display()),
        }
    }

    pub(super) fn write(self, path: &Path, told: &Told) -> anyhow::Result<()> {
        let text = match self {
            Self::Calendar => calendar(told),
            Self::Map => map(told)?,
        };
        std::fs::write(path, text).with_context(|| format!("--out {}", path.display()))
    }
}

/// The columns that Google's and Microsoft's calendars import; times are UTC.
fn calendar(told: &Told) -> String {
    let mut out =
        String::from("Subject,Start Date,Start Time,End Date,End Time,Location,Description\n");
    let date = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let time = |at: Timestamp| at.strftime("%H:%M").to_string();
    for row in &told.visits {
        let line = writeln!(
            out,
            "{} at place {},{},{},{},{},\"{:.5},{:.5}\",\"km {:.2}; leaves at {} UTC\"",
            row.unit,
            row.place,
            date(row.arrives),
            time(row.arrives),
            date(row.until),
            time(row.until),
            row.at[1],
            row.at[0],
            row.km,
            time(row.leaves)
        );
        line.expect("writing to a string cannot fail");
    }
    out
}

fn map(told: &Told) -> anyhow::Result<String> {
    let places = told.places.iter().map(|row| {
        serde_json::json!({
            "type": "Feature",
            "properties": { "place": row.place, "km": row.km, "visits_per_slot": row.visits_per_slot },
            "geometry": { "type": "Point", "coordinates": row.at },
        })
    });
    let mut rounds: BTreeMap<&str, Vec<[f64; 2]>> = BTreeMap::new();
    for row in &told.visits {
        rounds.entry(&row.unit).or_default().push(row.at);
    }
    let rounds = rounds.into_iter().filter(|(_, places)| places.len() > 1).map(|(unit, places)| {
        serde_json::json!({
            "type": "Feature",
            "properties": { "unit": unit },
            "geometry": { "type": "LineString", "coordinates": places },
        })
    });
    let features: Vec<_> = places.chain(rounds).collect();
    let collection = serde_json::json!({ "type": "FeatureCollection", "features": features });
    Ok(serde_json::to_string(&collection)?)
}
