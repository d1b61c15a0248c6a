//! Plain JSON without a mapping: detections, alarms of ground sensors, whether a sensor works, and weather.

use serde_json::Value;

use super::members::{self, Fault, Row};
use super::{
    Alarm, Detection, Direction, Position, Status, Upload, UploadError, Weather, check_length,
    detected, place, plain,
};
use crate::limits::UPLOAD_ROWS_MAX;

/// Reads detections: one object, a list of objects, or an object that has the list under `detections`.
pub fn parse_json(upload: &str) -> Result<Upload<Detection>, UploadError> {
    const KNOWN: &str = "of members time, lat_deg, lon_deg, error_m, azimuth_deg, azimuth_error_deg, elevation_deg, \
                         elevation_error_deg, range_m, range_error_m, class, confidence and id alone";
    parse(upload, "detections", (&members::DETECTION, KNOWN), |row| detected(row, position(row)?))
}

/// Reads alarms of a ground sensor: one, a list, or a list under `alarms`.
pub fn parse_alarms(upload: &str) -> Result<Upload<Alarm>, UploadError> {
    let known = "of members time, active, class, confidence and id alone";
    parse(upload, "alarms", (&members::ALARM, known), |row| {
        Ok(Alarm {
            time: row.time()?,
            active: row.flag("active")?.unwrap_or(true),
            class: row.words("class"),
            confidence: row.number("confidence")?,
            id: row.words("id"),
        })
    })
}

/// Reads whether a sensor works: once, a list, or a list under `status`.
pub fn parse_status(upload: &str) -> Result<Upload<Status>, UploadError> {
    let known = "of members time, works and note alone";
    parse(upload, "status", (&members::STATUS, known), |row| {
        let works = row.flag("works")?.unwrap_or(true);
        Ok(Status { time: row.time()?, works, note: row.words("note") })
    })
}

/// Reads what a weather station measured: once, a list, or a list under `weather`.
pub fn parse_weather(upload: &str) -> Result<Upload<Weather>, UploadError> {
    let known = "of members time, visibility_m, wind_mps, ceiling_m and dust alone";
    parse(upload, "weather", (&members::WEATHER, known), |row| {
        Ok(Weather {
            time: row.time()?,
            visibility_m: row.needed("visibility_m")?,
            wind_mps: row.needed("wind_mps")?,
            ceiling_m: row.number("ceiling_m")?,
            dust: row.flag("dust")?.unwrap_or(false),
        })
    })
}

/// The text of a member by its name.
type Told<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

/// A member that nobody knows is as likely a known one misspelt, so it is a fault.
fn parse<T>(
    upload: &str,
    list: &'static str,
    (known, only): (&[&str], &'static str),
    read: impl Fn(&Row<Told<'_>>) -> Result<T, Fault>,
) -> Result<Upload<T>, UploadError> {
    check_length(upload)?;
    let root: Value =
        serde_json::from_str(upload).map_err(|fault| UploadError::Json(fault.to_string()))?;
    let rows = match (&root, root.get(list)) {
        (Value::Array(rows), _) | (_, Some(Value::Array(rows))) => rows.as_slice(),
        (Value::Object(_), None) => std::slice::from_ref(&root),
        _ => return Err(UploadError::Shape { list }),
    };
    if rows.len() > UPLOAD_ROWS_MAX {
        return Err(UploadError::TooManyRows);
    }
    let mut all = Upload::default();
    for (number, row) in (1..).zip(rows) {
        let Some(members) = row.as_object() else {
            all.take(number, Err(("row", "an object", row.to_string())));
            continue;
        };
        let unknown = members.keys().find(|name| !known.contains(&name.as_str()));
        all.take(
            number,
            match unknown {
                Some(name) => Err(("row", only, name.clone())),
                None => read(&Row(Box::new(|name| members.get(name).and_then(plain)))),
            },
        );
    }
    Ok(all)
}

/// Either a place or a direction; what belongs to the other is a fault, for it would be passed over.
fn position(row: &Row<Told<'_>>) -> Result<Position, Fault> {
    const POLAR: [&str; 6] = [
        "azimuth_deg",
        "azimuth_error_deg",
        "elevation_deg",
        "elevation_error_deg",
        "range_m",
        "range_error_m",
    ];
    let misplaced = |names: &[&'static str], expected| {
        let told = names.iter().find_map(|name| Some((*name, row.words(name)?)));
        told.map_or(Ok(()), |(name, got)| Err((name, expected, got)))
    };
    if row.has("lat_deg") || row.has("lon_deg") {
        misplaced(&POLAR, "left out where lat_deg and lon_deg tell the place")?;
        return place(row);
    }
    if !row.has("azimuth_deg") {
        return Err(("lat_deg", "there with lon_deg, or azimuth_deg instead", String::new()));
    }
    misplaced(&["error_m"], "left out where azimuth_deg tells the direction")?;
    Ok(Position::Direction(Direction {
        azimuth_deg: row.needed("azimuth_deg")?,
        azimuth_error_deg: row.number("azimuth_error_deg")?,
        elevation_deg: row.number("elevation_deg")?,
        elevation_error_deg: row.number("elevation_error_deg")?,
        range_m: row.number("range_m")?,
        range_error_m: row.number("range_error_m")?,
    }))
}
