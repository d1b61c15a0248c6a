//! The fields that a mapping may tell, and what they are to the station.

use std::collections::BTreeMap;

use jiff::Timestamp;
use watch::detection::{ReportedPosition, ReportedWeather};
use wire::mapping::{Mapping, Read};
use wire::upload::members;

use super::{Sighting, place_of};
use crate::ingest::rejections::Refusal;

/// What kind each field must be.
fn kind_of(name: &str) -> &'static str {
    match name {
        "time" => "time",
        "active" | "works" | "dust" => "flag",
        "class" | "id" | "note" => "text",
        _ => "number",
    }
}

/// Holds a mapping against the fields that a kind of topic has.
pub(super) fn check(mapping: &Mapping, known: &[&str]) -> Result<(), String> {
    mapping.check().map_err(|fault| format!("mapping: {fault}"))?;
    for (name, kind) in mapping.kinds() {
        if !known.contains(&name) {
            return Err(format!("mapping: field {name:?} must be one of {known:?}"));
        }
        if kind != kind_of(name) {
            return Err(format!(
                "mapping: field {name:?} must be a {}, got a {kind}",
                kind_of(name)
            ));
        }
    }
    Ok(())
}

/// A detection has a place or a direction.
pub(super) fn check_position(mapping: &Mapping) -> Result<(), String> {
    let has = |wanted: &str| mapping.kinds().any(|(name, _)| name == wanted);
    if has("lat_deg") && has("lon_deg") || has("azimuth_deg") {
        return Ok(());
    }
    Err("mapping: map lat_deg and lon_deg, or azimuth_deg".to_owned())
}

pub(super) fn check_weather(mapping: &Mapping) -> Result<(), String> {
    for wanted in ["visibility_m", "wind_mps"] {
        if !mapping.kinds().any(|(name, _)| name == wanted) {
            return Err(format!("mapping: map {wanted}"));
        }
    }
    Ok(())
}

/// What a payload tells, by the names of the station's fields.
#[derive(Debug, Default)]
pub(super) struct Fields(BTreeMap<String, Read>);

impl Fields {
    /// Without a mapping nothing is read.
    pub(super) fn read(mapping: Option<&Mapping>, payload: &[u8]) -> Result<Self, Refusal> {
        let Some(mapping) = mapping else { return Ok(Self::default()) };
        let fields =
            mapping.read(payload).map_err(|fault| Refusal::new("payload", fault.to_string()))?;
        for (name, read) in &fields {
            if let Read::Number(number) = read
                && let Some([least, most]) = members::range_of(name)
                && !(least..=most).contains(number)
            {
                let reason = format!("must be between {least} and {most}, got {number}");
                return Err(Refusal::new(name.as_str(), reason));
            }
        }
        Ok(Self(fields))
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        if let Some(Read::Number(number)) = self.0.get(name) { Some(*number) } else { None }
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        if let Some(Read::Time(time)) = self.0.get(name) { Some(*time) } else { None }
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        if let Some(Read::Flag(flag)) = self.0.get(name) { Some(*flag) } else { None }
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        let Some(Read::Text(text)) = self.0.remove(name) else { return None };
        Some(text).filter(|text| !text.is_empty())
    }

    /// Where somebody is: a place, or a direction with or without a range.
    pub(super) fn position(&self) -> Result<ReportedPosition, Refusal> {
        if let (Some(lat_deg), Some(lon_deg)) = (self.number("lat_deg"), self.number("lon_deg")) {
            return Ok(ReportedPosition::Place(place_of(lat_deg, lon_deg, self.number("error_m"))));
        }
        let azimuth_deg = self.number("azimuth_deg").ok_or_else(|| {
            Refusal::new("lat_deg", "needed with lon_deg, where there is no azimuth_deg")
        })?;
        Ok(ReportedPosition::Polar {
            azimuth_deg: azimuth_deg.rem_euclid(360.0),
            azimuth_sigma_deg: self.number("azimuth_error_deg"),
            elevation_deg: self.number("elevation_deg"),
            elevation_sigma_deg: self.number("elevation_error_deg"),
            range_m: self.number("range_m"),
            range_sigma_m: self.number("range_error_m"),
        })
    }

    pub(super) fn sighting(&mut self, time: Timestamp, position: ReportedPosition) -> Sighting {
        let (class, id) = (self.text("class"), self.text("id"));
        Sighting { time, position, class, confidence: self.number("confidence"), id }
    }

    pub(super) fn weather(&self) -> Result<ReportedWeather, Refusal> {
        let needed = |name: &'static str| {
            self.number(name).ok_or_else(|| Refusal::new(name, "needed, and nothing stands there"))
        };
        Ok(ReportedWeather {
            visibility_m: Some(needed("visibility_m")?),
            wind_mps: needed("wind_mps")?,
            ceiling_m: self.number("ceiling_m"),
            dust: self.flag("dust").unwrap_or(false),
        })
    }
}
