//! Common Alerting Protocol 1.2 (OASIS, 2010): an alert as other agencies' systems take it, with all that became of it.
//!
//! Each act on an alert is one message; it refers to those before it. The first is an Alert, those that follow are
//! Updates, and closing it cancels it. Nothing is public: `scope` is Restricted to those who work on the line.

mod words;

use std::f64::consts::{FRAC_PI_4, FRAC_PI_8};

use jiff::Timestamp;
use jiff::fmt::strtime;
use sight::geo::EnuPoint;
use sight::sector::{Sector, TerrainSource};
use watch::alert::{Alert, AlertKind, Priority, Stage};
use wire::cot::xml::Element;

use self::words::{Language, Words};
use super::kml::text;
use crate::features::point_of;
use crate::places::{km, place, round};

/// Radius of the area around a place (A): as far as somebody on foot gets in five minutes.
const AROUND_PLACE_M: f64 = 400.0;
/// How long an alert may be relied upon after its last message (A); it does not end by then.
const EXPIRES_S: i64 = 6 * 3_600;

/// Where an alert comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub sector: &'a Sector,
    /// True for what is invented: it must not be taken for real. Where the ground is generated it is, whatever this says.
    pub is_exercise: bool,
}

impl Origin<'_> {
    fn status(&self) -> &'static str {
        let generated = matches!(self.sector.terrain, TerrainSource::Exercise(_));
        if self.is_exercise || generated { "Exercise" } else { "Actual" }
    }
}

/// The newest message about an alert.
pub fn message(alert: &Alert, origin: Origin<'_>) -> String {
    let acts = acts(alert);
    let sent = *acts.last().unwrap_or(&alert.raised_at);
    let number = acts.len().max(1);
    let mut root = Element::new("alert")
        .with("xmlns", "urn:oasis:names:tc:emergency:cap:1.2")
        .holding(text("identifier", identifier(alert, origin, number)))
        .holding(text("sender", sender(origin)))
        .holding(text("sent", time(sent)))
        .holding(text("status", origin.status().to_owned()))
        .holding(text("msgType", kind_of_message(alert, number).to_owned()))
        .holding(text("scope", "Restricted".to_owned()))
        .holding(text("restriction", "Agencies that work on this line".to_owned()));
    if number > 1 {
        root = root.holding(text("references", references(alert, origin, &acts)));
    }
    for language in Language::ALL {
        root = root.holding(info(alert, origin, sent, language));
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{root}\n")
}

/// When each message was sent: when anybody or a rule did something about the alert.
fn acts(alert: &Alert) -> Vec<Timestamp> {
    alert.history.iter().map(|act| act.at).collect()
}

fn kind_of_message(alert: &Alert, number: usize) -> &'static str {
    match alert.stage {
        Stage::Closed { .. } => "Cancel",
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } if number == 1 => {
            "Alert"
        }
        Stage::Raised | Stage::Acknowledged { .. } | Stage::Assigned { .. } => "Update",
    }
}

/// All messages before the newest.
fn references(alert: &Alert, origin: Origin<'_>, acts: &[Timestamp]) -> String {
    let sender = sender(origin);
    let before = acts.iter().take(acts.len() - 1).zip(1..);
    let one = |(sent, number): (&Timestamp, usize)| {
        format!("{sender},{},{}", identifier(alert, origin, number), time(*sent))
    };
    before.map(one).collect::<Vec<_>>().join(" ")
}

fn identifier(alert: &Alert, origin: Origin<'_>, number: usize) -> String {
    let raised = alert.raised_at.as_second();
    format!("{}.{raised}.{}.{number}", sender(origin), alert.id.0)
}

/// Without what the standard forbids in names: spaces, commas, `<` and `&`.
fn sender(origin: Origin<'_>) -> String {
    let safe = |c: char| if c.is_whitespace() || matches!(c, ',' | '<' | '&') { '-' } else { c };
    format!("watchline.{}", origin.sector.name.chars().map(safe).collect::<String>())
}

/// Whole seconds and an offset in digits, as the standard wants it.
fn time(at: Timestamp) -> String {
    strtime::format("%Y-%m-%dT%H:%M:%S+00:00", &at.to_zoned(jiff::tz::TimeZone::UTC))
        .expect("the format is a literal that holds for every time")
}

/// Its parts stand in the order that the schema wants.
fn info(alert: &Alert, origin: Origin<'_>, sent: Timestamp, language: Language) -> Element {
    let words = Words::of(&alert.kind, language);
    let expires = sent + jiff::SignedDuration::from_secs(EXPIRES_S);
    let category = match alert.kind {
        AlertKind::CrossingPredicted { .. }
        | AlertKind::Crossed
        | AlertKind::Approach { .. }
        | AlertKind::Loitering { .. }
        | AlertKind::ZoneEntry
        | AlertKind::GroundPattern { .. } => "Security",
        AlertKind::PossibleDistress { .. } | AlertKind::CalledForHelp { .. } => "Rescue",
        AlertKind::DustAhead { .. } => "Met",
        AlertKind::SightLost { .. }
        | AlertKind::Unwatched { .. }
        | AlertKind::SensorLost
        | AlertKind::BarrierDamage => "Infra",
    };
    let mut info = Element::new("info")
        .holding(text("language", language.code().to_owned()))
        .holding(text("category", category.to_owned()))
        .holding(text("event", words.event.to_owned()))
        .holding(text("responseType", response(alert).to_owned()))
        .holding(text("urgency", urgency(alert).to_owned()))
        .holding(text("severity", severity(alert.priority).to_owned()))
        .holding(text("certainty", certainty(alert).to_owned()))
        .holding(text("onset", time(alert.raised_at)))
        .holding(text("expires", time(expires)))
        .holding(text("senderName", language.pick(&origin.sector.title).to_owned()))
        .holding(text("headline", words.headline(at_km(alert, origin))))
        .holding(text("description", words.description(alert)));
    for (name, value) in parameters(alert, origin) {
        let parameter = Element::new("parameter")
            .holding(text("valueName", name.to_owned()))
            .holding(text("value", value));
        info = info.holding(parameter);
    }
    match area(alert, origin, &words) {
        Some(area) => info.holding(area),
        None => info,
    }
}

fn at_km(alert: &Alert, origin: Origin<'_>) -> Option<f64> {
    crate::api::chainage_m(alert, origin.sector).map(|chainage_m| round(km(chainage_m), 1))
}

fn response(alert: &Alert) -> &'static str {
    match (&alert.stage, alert.kind) {
        (Stage::Closed { .. }, _) => "AllClear",
        (
            _,
            AlertKind::SightLost { .. }
            | AlertKind::Unwatched { .. }
            | AlertKind::SensorLost
            | AlertKind::DustAhead { .. }
            | AlertKind::Approach { .. },
        ) => "Monitor",
        (
            _,
            AlertKind::CrossingPredicted { .. }
            | AlertKind::Crossed
            | AlertKind::PossibleDistress { .. }
            | AlertKind::Loitering { .. }
            | AlertKind::ZoneEntry
            | AlertKind::BarrierDamage
            | AlertKind::GroundPattern { .. }
            | AlertKind::CalledForHelp { .. },
        ) => "Assess",
    }
}

/// Immediate calls for an act now, Expected within the hour (CAP 1.2, 3.2.2).
fn urgency(alert: &Alert) -> &'static str {
    match (&alert.stage, alert.kind) {
        (Stage::Closed { .. }, _) => "Past",
        (
            _,
            AlertKind::CrossingPredicted { .. }
            | AlertKind::SightLost { .. }
            | AlertKind::Unwatched { .. }
            | AlertKind::Approach { .. }
            | AlertKind::Loitering { .. }
            | AlertKind::BarrierDamage
            | AlertKind::DustAhead { .. }
            | AlertKind::SensorLost,
        ) => "Expected",
        (
            _,
            AlertKind::Crossed
            | AlertKind::ZoneEntry
            | AlertKind::GroundPattern { .. }
            | AlertKind::PossibleDistress { .. }
            | AlertKind::CalledForHelp { .. },
        ) => "Immediate",
    }
}

fn severity(priority: Priority) -> &'static str {
    match priority {
        Priority::High => "Severe",
        Priority::Medium => "Moderate",
        Priority::Low => "Minor",
    }
}

/// Likely is more than an even chance (CAP 1.2, 3.2.2); what a sensor or the line itself tells is observed.
fn certainty(alert: &Alert) -> &'static str {
    match alert.kind {
        AlertKind::SightLost { .. }
        | AlertKind::Unwatched { .. }
        | AlertKind::SensorLost
        | AlertKind::BarrierDamage
        | AlertKind::CalledForHelp { .. } => "Observed",
        AlertKind::CrossingPredicted { .. }
        | AlertKind::Crossed
        | AlertKind::Approach { .. }
        | AlertKind::Loitering { .. }
        | AlertKind::ZoneEntry
        | AlertKind::GroundPattern { .. }
        | AlertKind::DustAhead { .. }
        | AlertKind::PossibleDistress { .. } => {
            if alert.confidence > 0.5 {
                "Likely"
            } else {
                "Possible"
            }
        }
    }
}

fn parameters(alert: &Alert, origin: Origin<'_>) -> Vec<(&'static str, String)> {
    let mut told = vec![
        ("watchline-alert", alert.id.0.to_string()),
        ("watchline-confidence", round(alert.confidence, 2).to_string()),
    ];
    told.extend(at_km(alert, origin).map(|km| ("watchline-km", km.to_string())));
    told.extend(alert.stretch.map(|stretch| ("watchline-stretch", stretch.0.to_string())));
    told.extend(alert.track.map(|track| ("watchline-track", track.0.to_string())));
    told.extend(alert.sensor.as_ref().map(|sensor| ("watchline-sensor", sensor.0.clone())));
    told
}

/// Where it is: a circle around a place, or what lies along a piece of line. Latitude comes before longitude.
fn area(alert: &Alert, origin: Origin<'_>, words: &Words) -> Option<Element> {
    let point = point_of(alert, origin.sector)?;
    let shape = match alert.kind {
        AlertKind::SightLost { length_m } | AlertKind::Unwatched { length_m, .. } => {
            text("polygon", polygon(origin.sector, point, length_m))
        }
        AlertKind::CrossingPredicted { .. }
        | AlertKind::Crossed
        | AlertKind::PossibleDistress { .. }
        | AlertKind::CalledForHelp { .. }
        | AlertKind::Approach { .. }
        | AlertKind::Loitering { .. }
        | AlertKind::ZoneEntry
        | AlertKind::BarrierDamage
        | AlertKind::GroundPattern { .. }
        | AlertKind::DustAhead { .. }
        | AlertKind::SensorLost => {
            let [lon, lat] = place(&origin.sector.frame, point);
            text("circle", format!("{lat},{lon} {}", round(AROUND_PLACE_M / 1_000.0, 3)))
        }
    };
    let described = text("areaDesc", words.place(at_km(alert, origin)));
    Some(Element::new("area").holding(described).holding(shape))
}

/// What lies along so much of the line around a place: the hull of its vertices and what is around them.
///
/// A hull never crosses itself, as a band along a winding line would, and leaves nothing of the band out.
fn polygon(sector: &Sector, middle: EnuPoint, length_m: f64) -> String {
    let at_m = sector.line.chainage_m(middle);
    let along = sector.line.between(at_m - length_m / 2.0, at_m + length_m / 2.0);
    // Corners of an octagon around the circle: nothing of that is cut off.
    let corner_m = AROUND_PLACE_M / FRAC_PI_8.cos();
    let corners = (0..8).map(|corner| {
        let (sin, cos) = (FRAC_PI_8 + f64::from(corner) * FRAC_PI_4).sin_cos();
        (corner_m * sin, corner_m * cos)
    });
    let around = along.iter().flat_map(|point| {
        corners.clone().map(|(east_m, north_m)| (point.east_m + east_m, point.north_m + north_m))
    });
    let ring = hull(around.collect());
    let corner = |&(east_m, north_m): &(f64, f64)| {
        let [lon, lat] = place(&sector.frame, EnuPoint::new(east_m, north_m));
        format!("{lat},{lon}")
    };
    ring.iter().chain(ring.first()).map(corner).collect::<Vec<_>>().join(" ")
}

/// The convex hull, counter-clockwise (Andrew's monotone chain, 1979).
fn hull(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = |points: &mut dyn Iterator<Item = (f64, f64)>| {
        let mut chain: Vec<(f64, f64)> = Vec::new();
        for next in points {
            while let [.., a, b] = chain[..]
                && (b.0 - a.0) * (next.1 - a.1) - (b.1 - a.1) * (next.0 - a.0) <= 0.0
            {
                chain.pop();
            }
            chain.push(next);
        }
        // The last is the first of the other half.
        chain.pop();
        chain
    };
    let lower = half(&mut points.iter().copied());
    let upper = half(&mut points.iter().rev().copied());
    [lower, upper].concat()
}

#[cfg(test)]
mod tests;
