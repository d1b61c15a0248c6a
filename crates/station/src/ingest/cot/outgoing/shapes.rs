//! What sensors look over, and where the line is blind, as shapes on a phone's map.

use sight::coverage::view::{Corner, Look};
use sight::coverage::{Health, WatchState};
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::{Sensor, SensorId, SensorKind, Stretch};
use watch::journal::SensorState;
use watch::mark::Mark;
use wire::cot::xml::{Element, Node};

use super::{PLAN_HOLDS, Scene, TRACK_HOLDS, contact, detail, rounded, words};
use crate::ingest::cot::board::{Draft, Rank};

/// ATAK draws no sensor beyond this.
const RANGE_MAX_M: f64 = 15_000.0;
/// Points of one shape, so that its event stays far below what a phone takes.
const POINTS_MAX: usize = 400;
/// Colours of lines as signed ARGB: red for blind, violet for unknown. Never green.
const BLIND_ARGB: i32 = 0xffd3_2f2f_u32.cast_signed();
const UNKNOWN_ARGB: i32 = 0xff7b_1fa2_u32.cast_signed();
/// Blue for ground that is looked at.
const LOOK_ARGB: i32 = 0xff19_76d2_u32.cast_signed();

impl Scene<'_> {
    /// A sensor with its field of view, and the ground that it says it looks at where it names one; one that does not see
    /// is shown without either.
    pub(super) fn sensor(&self, sensor: &SensorState) -> Vec<Draft> {
        let Some(planned) = self.sector.sensor(&sensor.id) else { return Vec::new() };
        let here = sensor.condition.moved_to.map_or(planned.point, |moved| moved.point);
        let health = sensor.health();
        let sees = matches!(health, Health::Working | Health::Obscured | Health::Impaired);
        let look = sensor.view.look(planned);
        let mut field = Element::new("sensor");
        if let Look::Sweep(sweep) = look {
            field = field
                .with("azimuth", format!("{:.0}", sweep.middle.degrees()))
                .with("fov", format!("{:.0}", sweep.width_rad.to_degrees()))
                .with("range", format!("{:.0}", sweep.range_m.min(RANGE_MAX_M)));
        }
        field = field
            .with("type", kind_of(&planned.kind))
            .with("model", &*sensor.id.0)
            .with("displayMagneticReference", "0");
        if !(sees && matches!(look, Look::Sweep(_))) {
            field = field.with("hideFov", "true");
        }
        let word = health_in_words(health);
        let mut event = self.event(&format!("sensor.{}", sensor.id.0), "b-m-p-s-p-loc", here);
        "m-c".clone_into(&mut event.how);
        event.detail = detail([contact(&planned.name.en), field, words(word)]);
        let draft = Draft { event, of: None, seen_at: None, holds: PLAN_HOLDS, rank: Rank::Sensor };
        let ground = match look {
            Look::Ring(corners) if sees => self.looked_at(planned, corners),
            Look::Ring(_) | Look::Sweep(_) | Look::Nowhere => None,
        };
        [Some(draft), ground].into_iter().flatten().collect()
    }

    /// Ground that a sensor says it looks at.
    fn looked_at(&self, sensor: &Sensor, corners: &[Corner]) -> Option<Draft> {
        let places = corners.iter().filter_map(|corner| corner.place());
        let name = format!("{} looks here", sensor.name.en);
        self.ground(&format!("sensor.{}.view", sensor.id.0), &name, places)
    }

    /// A sensor that somebody marked, as they told it, to everybody else.
    pub(super) fn mark(&self, mark: &Mark) -> Draft {
        let Mark { looks, place, .. } = mark;
        let mut field = Element::new("sensor")
            .with("azimuth", degrees(looks.azimuth_ddeg))
            .with("fov", degrees(looks.width_ddeg))
            .with("displayMagneticReference", "0");
        if let Some(range_m) = looks.range_m {
            field = field.with("range", range_m.to_string());
        }
        if let Some((low, high)) = looks.elevation_ddeg {
            let middle = f64::midpoint(f64::from(low), f64::from(high)) / 10.0;
            field = field.with("vfov", degrees(high - low)).with("elevation", format!("{middle}"));
        }
        // What phones call it may be another's name: theirs stand apart.
        let uid = format!("mark.{}.{}", mark.device, mark.id);
        let mut event = self.event(&uid, "b-m-p-s-p-loc", EnuPoint::new(0.0, 0.0));
        (event.point.lat_deg, event.point.lon_deg) =
            (rounded(place.lat_deg), rounded(place.lon_deg));
        "h-e".clone_into(&mut event.how);
        let said = format!("marked by {}", mark.unit.0);
        event.detail = detail([contact(&mark.name), field, words(&said)]);
        let of = Some(mark.device.clone());
        Draft { event, of, seen_at: None, holds: PLAN_HOLDS, rank: Rank::Sensor }
    }

    /// What a drone's camera sees on the ground now.
    pub(super) fn picture(&self, sensor: &SensorId, ring: &[Wgs84]) -> Option<Draft> {
        let name = format!("picture of {}", self.sector.sensor(sensor)?.name.en);
        let uid = format!("sensor.{}.picture", sensor.0);
        let draft = self.ground(&uid, &name, ring.iter().copied())?;
        Some(Draft { holds: TRACK_HOLDS, ..draft })
    }

    /// An area: a line that ends where it began.
    fn ground(&self, uid: &str, name: &str, places: impl Iterator<Item = Wgs84>) -> Option<Draft> {
        let mut ring: Vec<Wgs84> = places.take(POINTS_MAX).collect();
        if ring.first() != ring.last() {
            ring.extend(ring.first().copied());
        }
        let first = *ring.first().filter(|_| ring.len() >= 4)?;
        let mut event = self.event(uid, "u-d-f", self.sector.frame.point(first));
        "m-f".clone_into(&mut event.how);
        event.detail = detail([
            contact(name),
            Element::new("strokeColor").with("value", LOOK_ARGB.to_string()),
            Element::new("strokeWeight").with("value", "2.0"),
        ]);
        event.detail.splice(0..0, ring.into_iter().map(link));
        Some(Draft { event, of: None, seen_at: None, holds: PLAN_HOLDS, rank: Rank::Sensor })
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
        let links = kept.map(|point| link(self.sector.frame.place(*point)));
        event.detail.splice(0..0, links);
        Some(Draft { event, of: None, seen_at: None, holds: PLAN_HOLDS, rank: Rank::Line })
    }
}

/// Tenths of a degree in degrees.
fn degrees(ddeg: i32) -> String {
    format!("{}", f64::from(ddeg) / 10.0)
}

/// A corner of a shape.
fn link(place: Wgs84) -> Node {
    let (lat_deg, lon_deg) = (rounded(place.lat_deg()), rounded(place.lon_deg()));
    Node::Element(Element::new("link").with("point", format!("{lat_deg},{lon_deg}")))
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
