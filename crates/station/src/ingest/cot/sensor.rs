//! Sensor points: where a `sensor` looks, in figures that can be, and which words about one are news.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use sight::coverage::view::Cone;
use watch::mark::Mark;
use wire::cot::Event;
use wire::cot::xml::Element;

use crate::ingest::limits;
use crate::ingest::rejections::Refusal;

/// Where the sensor of an event looks and of what model it is; `None` where it has none, or shows no view: phones draw one only
/// where direction, width and range are told.
pub(super) fn looks(event: &Event) -> Result<Option<(Cone, Option<&str>)>, Refusal> {
    let Some(sensor) =
        event.detail("sensor").filter(|sensor| sensor.attribute("hideFov").is_none())
    else {
        return Ok(None);
    };
    let azimuth_deg = figure(sensor, "azimuth", "sensor@azimuth", (-360.0, 360.0))?;
    let width_deg = figure(sensor, "fov", "sensor@fov", (0.1, 360.0))?;
    let range_m = figure(sensor, "range", "sensor@range", (1.0, limits::PLACE_DISTANCE_MAX_M))?;
    let elevation_deg = figure(sensor, "elevation", "sensor@elevation", (-90.0, 90.0))?;
    let height_deg = figure(sensor, "vfov", "sensor@vfov", (0.0, 180.0))?;
    let (Some(azimuth_deg), Some(width_deg), Some(range_m)) = (azimuth_deg, width_deg, range_m)
    else {
        return Ok(None);
    };
    // A height of nothing is one that its sender did not set.
    let elevation_ddeg = height_deg.filter(|height_deg| *height_deg > 0.0).map(|height_deg| {
        let middle_deg = elevation_deg.unwrap_or(0.0);
        (ddeg(middle_deg - height_deg / 2.0), ddeg(middle_deg + height_deg / 2.0))
    });
    let looks = Cone {
        azimuth_ddeg: ddeg(azimuth_deg).rem_euclid(3_600),
        width_ddeg: ddeg(width_deg),
        elevation_ddeg,
        range_m: Some(whole_m(range_m)),
    };
    let model = sensor.attribute("model").filter(|model| !model.trim().is_empty());
    Ok(Some((looks, model)))
}

/// Sensors that one connection told of, as they were told.
#[derive(Debug, Default)]
pub(super) struct Sensors {
    told: BTreeMap<String, Mark>,
}

impl Sensors {
    /// A phone repeats what it shows for as long as it shows it: news is another place or view, or that it holds much longer.
    pub(super) fn is_news(&mut self, mark: &Mark) -> bool {
        if self.told.get(&mark.id).is_some_and(|known| is_repeated(known, mark)) {
            return false;
        }
        if self.told.len() >= limits::MARKS_MAX && !self.told.contains_key(&mark.id) {
            self.told.pop_first();
        }
        self.told.insert(mark.id.clone(), mark.clone());
        true
    }

    /// What a deletion takes away: a connection deletes what it told of, and nothing of others.
    pub(super) fn deleted_by(&mut self, event: &Event) -> Option<Mark> {
        let deleted = event.detail("link").filter(|_| event.kind == "t-x-d-d")?.attribute("uid")?;
        let mark = self.told.remove(deleted)?;
        // Of the same moment as the last word it would count as a repeated one.
        let at = event.time.max(mark.told_at.saturating_add(SignedDuration::from_millis(1)).ok()?);
        Some(Mark { told_at: at, until: at, ..mark })
    }
}

fn is_repeated(known: &Mark, mark: &Mark) -> bool {
    let holds = mark.until.duration_since(mark.told_at);
    let longer = mark.until.duration_since(known.until);
    let is_held = !longer.is_negative() && longer < holds / 2;
    let as_known = Mark { told_at: known.told_at, until: known.until, ..mark.clone() };
    is_held && as_known == *known
}

fn figure(
    sensor: &Element,
    name: &str,
    field: &str,
    (least, most): (f64, f64),
) -> Result<Option<f64>, Refusal> {
    let Some(told) = sensor.attribute(name) else { return Ok(None) };
    let figure = told.trim().parse().ok().filter(|figure| (least..=most).contains(figure));
    figure.map(Some).ok_or_else(|| {
        let told = wire::text::clean(told, limits::NAME_CHARS);
        Refusal::new(field, format!("must be {least} to {most}, got {told:?}"))
    })
}

#[expect(clippy::cast_possible_truncation, reason = "at most a turn")]
fn ddeg(degrees: f64) -> i32 {
    (degrees * 10.0).round() as i32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the limits")]
fn whole_m(metres: f64) -> u32 {
    metres.round() as u32
}
