//! What sensors look over, and where the line is blind, as shapes on a phone's map.

use sight::coverage::{Health, WatchState};
use sight::geo::EnuPoint;
use sight::sector::{SensorKind, Stretch};
use watch::journal::SensorState;
use wire::cot::xml::Element;

use super::{PLAN_HOLDS, Scene, contact, detail, rounded, words};
use crate::ingest::cot::board::{Draft, Rank};

/// ATAK draws no sensor beyond this.
const RANGE_MAX_M: f64 = 15_000.0;
/// Points of one shape, so that its event stays far below what a phone takes.
const POINTS_MAX: usize = 400;
/// Colours of lines as signed ARGB: red for blind, violet for unknown. Never green.
const BLIND_ARGB: i32 = 0xffd3_2f2f_u32.cast_signed();
const UNKNOWN_ARGB: i32 = 0xff7b_1fa2_u32.cast_signed();

impl Scene<'_> {
    /// A sensor with its field of view; one that does not see is shown without.
    pub(super) fn sensor(&self, sensor: &SensorState) -> Option<Draft> {
        let planned = self.sector.sensor(&sensor.id)?;
        let here = sensor.condition.moved_to.map_or(planned.point, |moved| moved.point);
        let health = sensor.health();
        let facing_deg = planned.facing.map_or(0.0, sight::geo::Azimuth::degrees);
        let width_deg = planned.facing.map_or(360.0, |_| planned.field_rad.to_degrees());
        let mut field = Element::new("sensor")
            .with("azimuth", format!("{facing_deg:.0}"))
            .with("fov", format!("{width_deg:.0}"))
            .with("range", format!("{:.0}", planned.range_max_m.min(RANGE_MAX_M)))
            .with("type", kind_of(&planned.kind))
            .with("model", &*sensor.id.0)
            .with("displayMagneticReference", "0");
        if !matches!(health, Health::Working | Health::Obscured | Health::Impaired) {
            field = field.with("hideFov", "true");
        }
        let word = health_in_words(health);
        let mut event = self.event(&format!("sensor.{}", sensor.id.0), "b-m-p-s-p-loc", here);
        "m-c".clone_into(&mut event.how);
        event.detail = detail([contact(&planned.name.en), field, words(word)]);
        Some(Draft { event, seen_at: None, holds: PLAN_HOLDS, rank: Rank::Sensor })
    }

    /// Runs of blind and of unknown stretches, each as one line.
    pub(super) fn blind_line(&self) -> Vec<Draft> {
        let mut runs: Vec<(WatchState, Vec<&Stretch>)> = Vec::new();
        let mut follows = false;
        // A shape that ends where it began would be an area to a phone: half the line is the longest.
        let longest = (self.sector.stretches.len() / 2).max(1);
        let has_room = |run: &[&Stretch]| {
            let points: usize = run.iter().map(|stretch| stretch.points.len()).sum();
            run.len() < longest && points < POINTS_MAX / 2
        };
        for (stretch, assessed) in self.sector.stretches.iter().zip(&self.stretches) {
            if !matches!(assessed.state, WatchState::Blind | WatchState::Unknown) {
                follows = false;
                continue;
            }
            match runs
                .last_mut()
                .filter(|(state, run)| follows && *state == assessed.state && has_room(run))
            {
                Some((_, run)) => run.push(stretch),
                None => runs.push((assessed.state, vec![stretch])),
            }
            follows = true;
        }
        runs.iter().filter_map(|(state, run)| self.dark_run(*state, run)).collect()
    }

    fn dark_run(&self, state: WatchState, run: &[&Stretch]) -> Option<Draft> {
        let (first, last) = (run.first()?, run.last()?);
        let mut points: Vec<EnuPoint> = Vec::new();
        for point in run.iter().flat_map(|stretch| &stretch.points) {
            if points.last() != Some(point) {
                points.push(*point);
            }
        }
        let (word, colour) = match state {
            WatchState::Blind => ("blind", BLIND_ARGB),
            WatchState::Watched | WatchState::Degraded | WatchState::Unknown => {
                ("unknown", UNKNOWN_ARGB)
            }
        };
        let from_km = first.from_m / 1e3;
        let name = format!("km {from_km:.1}-{:.1} {word}", last.to_m / 1e3);
        let uid = format!("line.{word}.{}", first.id.0);
        let mut event = self.event(&uid, "u-d-f", *points.get(points.len() / 2)?);
        "m-f".clone_into(&mut event.how);
        event.detail = detail([
            contact(&name),
            Element::new("strokeColor").with("value", colour.to_string()),
            Element::new("strokeWeight").with("value", "4.0"),
        ]);
        // One stretch alone may be drawn finer than anybody can see.
        let step = points.len().div_ceil(POINTS_MAX);
        let kept = points.iter().step_by(step).chain(points.last().filter(|_| step > 1));
        let links = kept.map(|point| {
            let place = self.sector.frame.place(*point);
            let (lat_deg, lon_deg) = (rounded(place.lat_deg()), rounded(place.lon_deg()));
            wire::cot::xml::Node::Element(
                Element::new("link").with("point", format!("{lat_deg},{lon_deg}")),
            )
        });
        event.detail.splice(0..0, links);
        Some(Draft { event, seen_at: None, holds: PLAN_HOLDS, rank: Rank::Line })
    }
}

fn kind_of(kind: &SensorKind) -> &'static str {
    match kind {
        SensorKind::ThermalCamera(_) => "thermal camera",
        SensorKind::VisibleCamera(_) => "camera",
        SensorKind::Radar(_) => "radar",
        SensorKind::GroundSensor(_) => "ground sensor",
        SensorKind::Balloon(_) => "balloon",
        SensorKind::Drone(_) => "drone",
        SensorKind::Observer(_) => "observer",
        SensorKind::Checkpoint(_) => "checkpoint",
    }
}

fn health_in_words(health: Health) -> &'static str {
    match health {
        Health::Working => "works",
        Health::Down => "cannot detect",
        Health::Stale => "silent",
        Health::NeverHeard => "never heard",
        Health::Obscured => "sees less than the weather explains",
        Health::Impaired => "says that it may not be relied on",
        Health::Quarantined => "not believed",
    }
}
