//! The line, its stretches and its sensors as features.

use serde::Serialize;
use sight::coverage::{Cause, Reason, Repair, StretchAssessment};
use sight::geo::EnuPoint;
use sight::sector::{Sector, Sensor, Stretch};
use watch::journal::SensorState;

use super::table::{Column, Feature, FeatureId, Geometry, Kind, Value, column, word};
use crate::api::sector::kind_of;
use crate::places::{km, lon_lat, place, places, round};
use crate::runtime::live::Picture;

pub(super) const LINE: &[Column<Sector>] = &[
    column("title_en", Kind::Text, "The sector's name in English", |s| Value::text(&s.title.en)),
    column("title_ar", Kind::Text, "The sector's name in Arabic", |s| Value::text(&s.title.ar)),
    column("start_km", Kind::Number, "Chainage of its beginning", |s| {
        Value::Number(km(s.line.start_m))
    }),
    column("length_km", Kind::Number, "How long it is", |s| Value::Number(km(s.line.length_m))),
    column("closed", Kind::Flag, "Whether it ends where it begins", |s| Value::Flag(s.line.closed)),
];

pub(super) fn line(sector: &Sector) -> Vec<Feature> {
    let mut along: Vec<_> = sector.line.places.iter().map(|place| lon_lat(*place)).collect();
    if sector.line.closed && along.first() != along.last() {
        along.extend(along.first().copied());
    }
    let id = FeatureId::Name(sector.name.clone());
    vec![Feature::of(id, LINE, sector).at(Some(Geometry::Line(along)))]
}

/// A stretch, what is known of it now and for whom.
pub(super) struct StretchRow {
    stretch: Stretch,
    known: Option<StretchAssessment>,
    mover: Option<String>,
}

pub(super) const STRETCHES: &[Column<StretchRow>] = &[
    column("from_km", Kind::Number, "Chainage of its beginning", |r| {
        Value::Number(km(r.stretch.from_m))
    }),
    column("to_km", Kind::Number, "Chainage of its end", |r| Value::Number(km(r.stretch.to_m))),
    column("state", Kind::Text, "Watch state: watched, degraded, blind or unknown", |r| {
        r.known.as_ref().map_or_else(|| Value::text("unknown"), |known| Value::word(&known.state))
    }),
    column("mover", Kind::Text, "The mover for whom the state holds", |r| {
        Value::maybe(r.mover.clone(), Value::Text)
    }),
    column(
        "probability",
        Kind::Number,
        "Chance that the least-detected crossing is detected, 0 to 1",
        |r| r.figure(|known| round(known.probability, 4)),
    ),
    column(
        "probability_high",
        Kind::Number,
        "The same with stale inputs believed and the dust at its better end",
        |r| r.figure(|known| round(known.probability_high, 4)),
    ),
    column("crossing_s", Kind::Number, "Seconds that this crossing takes", |r| {
        r.figure(|known| round(known.crossing_s, 0))
    }),
    column("reasons", Kind::Texts, "What keeps it from being watched, dearest first", |r| {
        let reasons = r.known.iter().flat_map(|known| &known.reasons);
        Value::Texts(reasons.map(reason).collect())
    }),
    column("repair", Kind::Text, "The one act that would help most", |r| {
        Value::maybe(r.repair(), |repair| Value::Text(named(repair)))
    }),
    column("repair_probability", Kind::Number, "The probability after that act", |r| {
        Value::maybe(r.repair().map(probability_with), |p| Value::Number(round(p, 4)))
    }),
];

pub(super) fn stretches(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    let assessment = picture.coverage.value.as_ref().map(|coverage| &coverage.assessment);
    let mover = assessment.and_then(|assessment| word(&assessment.conditions().mover, None));
    let feature = |stretch: &Stretch| {
        let known = picture.stretches.get(&stretch.id).cloned();
        let row = StretchRow { stretch: stretch.clone(), known, mover: mover.clone() };
        let along = places(&sector.frame, &stretch.points);
        let id = FeatureId::Number(stretch.id.0.into());
        Feature::of(id, STRETCHES, &row).at(Some(Geometry::Line(along)))
    };
    sector.stretches.iter().map(feature).collect()
}

impl StretchRow {
    fn figure(&self, of: fn(&StretchAssessment) -> f64) -> Value {
        Value::maybe(self.known.as_ref(), |known| Value::Number(of(known)))
    }

    fn repair(&self) -> Option<&Repair> {
        self.known.as_ref()?.repair.as_ref()
    }
}

fn reason(reason: &Reason) -> String {
    named(&reason.cause)
}

/// A cause or a repair by its word, and the sensor that it is about.
fn named<T: Serialize + OfSensor>(of: &T) -> String {
    let name = word(of, Some("kind")).unwrap_or_default();
    of.sensor().map_or(name.clone(), |sensor| format!("{name} {sensor}"))
}

trait OfSensor {
    fn sensor(&self) -> Option<&str>;
}

impl OfSensor for Cause {
    fn sensor(&self) -> Option<&str> {
        match self {
            Self::Outage { sensor }
            | Self::StaleHeartbeat { sensor }
            | Self::Obscured { sensor }
            | Self::Impaired { sensor }
            | Self::Quarantined { sensor }
            | Self::LooksElsewhere { sensor } => Some(&sensor.0),
            Self::Terrain | Self::Dust | Self::NobodyAssigned => None,
        }
    }
}

impl OfSensor for Repair {
    fn sensor(&self) -> Option<&str> {
        match self {
            Self::RestoreSensor { sensor, .. } | Self::MoveSensor { sensor, .. } => Some(&sensor.0),
            Self::PostObserver { .. } => None,
        }
    }
}

fn probability_with(repair: &Repair) -> f64 {
    match repair {
        Repair::RestoreSensor { probability_with, .. }
        | Repair::MoveSensor { probability_with, .. }
        | Repair::PostObserver { probability_with, .. } => *probability_with,
    }
}

/// A sensor as planned and as it is.
#[derive(Clone)]
pub(super) struct SensorRow {
    pub(super) planned: Sensor,
    pub(super) state: Option<SensorState>,
}

pub(super) const SENSORS: &[Column<SensorRow>] = &[
    column("name_en", Kind::Text, "Its name in English", |r| Value::text(&r.planned.name.en)),
    column("name_ar", Kind::Text, "Its name in Arabic", |r| Value::text(&r.planned.name.ar)),
    column("kind", Kind::Text, "What it is: thermal-camera, radar, ground-sensor ...", |r| {
        Value::text(kind_of(&r.planned.kind))
    }),
    column(
        "health",
        Kind::Text,
        "working, down, stale, never-heard, obscured, impaired, quarantined",
        |r| Value::maybe(r.state.as_ref(), |state| Value::word(&state.health())),
    ),
    column("standing", Kind::Text, "How far its word is believed", |r| {
        Value::maybe(r.state.as_ref(), |state| Value::word(&state.worth.standing))
    }),
    column("note", Kind::Text, "What it says of itself", |r| {
        Value::maybe(r.state.as_ref(), |state| Value::text(&state.note))
    }),
    column("heard_at", Kind::Time, "When it was last heard", |r| {
        Value::maybe(r.state.as_ref().and_then(|state| state.heard_at), Value::Time)
    }),
    column("detections", Kind::Whole, "How many detections it told", |r| {
        Value::maybe(r.state.as_ref(), |state| Value::Whole(state.detections))
    }),
    column("height_m", Kind::Number, "Height of its head above ground", |r| {
        Value::Number(round(r.here().1, 1))
    }),
    column(
        "facing_deg",
        Kind::Number,
        "Middle of its field; nothing when it sees all round",
        |r| Value::maybe(r.planned.facing, |facing| Value::Number(round(facing.degrees(), 3))),
    ),
    column("field_deg", Kind::Number, "Whole width of its field", |r| {
        Value::Number(round(r.planned.field_rad.to_degrees(), 3))
    }),
    column("range_max_m", Kind::Number, "Nothing is looked for beyond", |r| {
        Value::Number(r.planned.range_max_m)
    }),
];

pub(super) fn sensor_rows(sector: &Sector, picture: &Picture) -> Vec<SensorRow> {
    let row = |planned: &Sensor| SensorRow {
        planned: planned.clone(),
        state: picture.sensors.get(&planned.id).cloned(),
    };
    sector.sensors.iter().map(row).collect()
}

pub(super) fn sensors(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    let feature = |row: &SensorRow| {
        let here = place(&sector.frame, row.here().0);
        let id = FeatureId::Name(row.planned.id.0.clone());
        Feature::of(id, SENSORS, row).at(Some(Geometry::Point(here)))
    };
    sensor_rows(sector, picture).iter().map(feature).collect()
}

impl SensorRow {
    /// Where it is now, and how high.
    pub(super) fn here(&self) -> (EnuPoint, f64) {
        let moved = self.state.as_ref().and_then(|state| state.condition.moved_to);
        moved.map_or((self.planned.point, self.planned.height_m), |moved| {
            (moved.point, moved.height_m)
        })
    }
}
