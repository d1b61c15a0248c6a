//! What is looked at and what is seen, as areas.

use std::f64::consts::TAU;

use sight::coverage::view::{self, Look, Sweep};
use sight::coverage::{Assessment, Model};
use sight::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84};
use sight::sector::{Sector, SensorId};
use sight::terrain::Cell;

use super::standing::{SensorRow, sensor_rows};
use super::table::{Column, Feature, FeatureId, Geometry, Kind, Value, column, word};
use crate::limits::WATCHED_BLOCKS_MAX;
use crate::places::{LonLat, lon_lat, place, round};
use crate::rings::{Corner, patches};
use crate::runtime::live::Picture;

/// How long a mover stays whose chance of being detected is asked for; the picture of coverage asks the same.
const STAY_S: f64 = 60.0;
/// Chances whose ground is outlined (A): as likely as not, and nine times of ten.
const CHANCES: [(&str, f64); 2] = [("watched-50", 0.5), ("watched-90", 0.9)];
/// Angle between two vertices of a field's far side: its chord lies within 0.1 % of the range.
const ARC_STEP_RAD: f64 = TAU / 72.0;
/// Angle within which it is asked whether something close by hides a direction.
const LOOK_STEP_RAD: f64 = TAU / 720.0;

/// Classes of blocks.
const OUTSIDE: u8 = 0;
const INSIDE: u8 = 1;

/// An outer ring and its holes.
type Rings = Vec<Vec<LonLat>>;

/// An area and what it says.
pub(super) struct Area {
    kind: &'static str,
    sensor: Option<SensorRow>,
    is_told: bool,
    p_detect_min: Option<f64>,
    mover: Option<String>,
}

pub(super) const COVERAGE: &[Column<Area>] = &[
    column("kind", Kind::Text, "field-of-view, seen, hidden, picture or watched-ground", |a| {
        Value::text(a.kind)
    }),
    column("sensor", Kind::Text, "The sensor whose view it is", |a| {
        Value::maybe(a.sensor.as_ref(), |row| Value::text(&row.planned.id.0))
    }),
    column("health", Kind::Text, "How that sensor is", |a| {
        let state = a.sensor.as_ref().and_then(|row| row.state.as_ref());
        Value::maybe(state, |state| Value::word(&state.health()))
    }),
    column(
        "told",
        Kind::Flag,
        "Whether that sensor itself says so, and not the sector file",
        |a| Value::maybe(a.sensor.as_ref(), |_| Value::Flag(a.is_told)),
    ),
    column("range_max_m", Kind::Number, "How far that sensor may look", |a| {
        Value::maybe(a.sensor.as_ref(), |row| Value::Number(row.planned.range_max_m))
    }),
    column(
        "p_detect_min",
        Kind::Number,
        "Who stays here for a minute is detected with at least this chance",
        |a| Value::maybe(a.p_detect_min, Value::Number),
    ),
    column("mover", Kind::Text, "The mover of whom that is said", |a| {
        Value::maybe(a.mover.clone(), Value::Text)
    }),
];

/// Where each sensor looks: what its own word leaves of its field of regard, to its range, less what stands close before
/// it; and where alone it says that it sees, or sees nothing.
pub(super) fn fields_of_view(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    sensor_rows(sector, picture).iter().flat_map(|row| views(row, &sector.frame)).collect()
}

fn views(row: &SensorRow, frame: &LocalFrame) -> Vec<Feature> {
    let id = &row.planned.id.0;
    let said = row.state.as_ref().map(|state| state.view.clone()).unwrap_or_default();
    let field = match said.look(&row.planned) {
        Look::Sweep(sweep) => swept(frame, row.here().0, sweep, |azimuth| {
            !row.planned.is_obscured(Azimuth::from_radians(*azimuth))
        }),
        Look::Ring(ring) => ring_of(ring).into_iter().collect(),
        Look::Nowhere => Vec::new(),
    };
    let of = |kind, is_told| Area {
        kind,
        sensor: Some(row.clone()),
        is_told,
        p_detect_min: None,
        mover: None,
    };
    let regard = of("field-of-view", said.field.is_some());
    let mut views = vec![view_of(id.clone(), &regard, field)];
    for (kind, areas) in [("seen", &said.seen), ("hidden", &said.hidden)] {
        let areas: Vec<_> = areas.iter().flat_map(|area| told_area(row, area, frame)).collect();
        if !areas.is_empty() {
            views.push(view_of(format!("{id}.{kind}"), &Area::told(kind, row), areas));
        }
    }
    views
}

impl Area {
    /// What a sensor itself says of some ground.
    fn told(kind: &'static str, row: &SensorRow) -> Self {
        Self { kind, sensor: Some(row.clone()), is_told: true, p_detect_min: None, mover: None }
    }
}

fn view_of(id: String, area: &Area, areas: Vec<Rings>) -> Feature {
    let geometry = (!areas.is_empty()).then_some(Geometry::Areas(areas));
    Feature::of(FeatureId::Name(id), COVERAGE, area).at(geometry)
}

/// A part of what lies round a sensor, as it says itself; nothing close by is taken off.
fn told_area(row: &SensorRow, area: &view::Area, frame: &LocalFrame) -> Vec<Rings> {
    match area {
        view::Area::Ring(ring) => ring_of(ring).into_iter().collect(),
        view::Area::Cone(cone) => {
            swept(frame, row.here().0, Sweep::of(cone, row.planned.range_max_m), |_| true)
        }
    }
}

/// What the cameras of drones see on the ground now, by the drones' ids.
pub fn pictures<'a>(
    sector: &Sector,
    picture: &Picture,
    seen: impl Iterator<Item = (&'a SensorId, &'a [Wgs84])>,
) -> Vec<Feature> {
    let rows = sensor_rows(sector, picture);
    let feature = |(id, ring): (&SensorId, &[Wgs84])| {
        let row = rows.iter().find(|row| row.planned.id == *id)?;
        let ring = closed(ring.iter().map(|place| lon_lat(*place)).collect())?;
        Some(view_of(format!("{}.picture", id.0), &Area::told("picture", row), vec![vec![ring]]))
    };
    seen.filter_map(feature).collect()
}

fn ring_of(corners: &[view::Corner]) -> Option<Rings> {
    let places = corners.iter().filter_map(|corner| corner.place());
    closed(places.map(lon_lat).collect()).map(|ring| vec![ring])
}

/// A ring closed and turned as outer rings are; `None` of fewer corners than an area has.
fn closed(mut ring: Vec<LonLat>) -> Option<Vec<LonLat>> {
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    let twice: f64 =
        ring.windows(2).map(|edge| edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1]).sum();
    if twice < 0.0 {
        ring.reverse();
    }
    (ring.len() >= 4).then_some(ring)
}

/// The ground of a sweep in pieces, less the directions that are not free.
fn swept(
    frame: &LocalFrame,
    here: EnuPoint,
    sweep: Sweep,
    is_free: impl Fn(&f64) -> bool,
) -> Vec<Rings> {
    let at = frame.place(here);
    let rim = |azimuth_rad: f64| {
        let along = frame.plane_azimuth(at, Azimuth::from_radians(azimuth_rad)).unit();
        let by = sweep.range_m * along;
        place(frame, EnuPoint::new(here.east_m + by.x, here.north_m + by.y))
    };
    let width = if sweep.is_whole() { TAU } else { sweep.width_rad };
    let pieces = runs(sweep.middle.radians() - width / 2.0, width, is_free);
    if let [(_, wide)] = pieces[..]
        && wide > TAU - LOOK_STEP_RAD / 2.0
    {
        // Azimuths run clockwise, rings the other way.
        let mut ring: Vec<_> = steps(0.0, TAU, ARC_STEP_RAD).map(|azimuth| rim(-azimuth)).collect();
        ring.pop();
        ring.extend(ring.first().copied());
        return vec![vec![ring]];
    }
    let wedge = |(from, width): (f64, f64)| {
        let apex = place(frame, here);
        let mut ring = vec![apex];
        ring.extend(steps(0.0, width, ARC_STEP_RAD).map(|by| rim(from + width - by)));
        ring.push(apex);
        vec![ring]
    };
    pieces.into_iter().map(wedge).collect()
}

/// Numbers from one end to the other, both told, at most a step apart.
fn steps(from: f64, width: f64, step: f64) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small, positive")]
    let count = (width / step).ceil().max(1.0) as u32;
    (0..=count).map(move |at| from + width * f64::from(at) / f64::from(count))
}

/// Beginnings and widths of the directions within a field that nothing hides.
fn runs(from: f64, width: f64, free: impl Fn(&f64) -> bool) -> Vec<(f64, f64)> {
    let mut found: Vec<(f64, f64)> = Vec::new();
    let looks: Vec<f64> = steps(from, width, LOOK_STEP_RAD).collect();
    for pair in looks.windows(2) {
        let step = pair[1] - pair[0];
        if !free(&f64::midpoint(pair[0], pair[1])) {
            continue;
        }
        match found.last_mut() {
            Some((begun, wide)) if (*begun + *wide - pair[0]).abs() < step / 2.0 => *wide += step,
            _ => found.push((pair[0], step)),
        }
    }
    found
}

/// The ground of the sector where a mover who stays a minute is detected with each of the chances, in square blocks of
/// cells. Takes a while.
pub fn watched_ground(model: &Model, assessment: &Assessment) -> Vec<Feature> {
    let chances = Chances::over(model, assessment);
    let mover = word(&assessment.conditions().mover, None);
    let feature = |(id, chance): (&str, f64)| {
        let area = Area {
            kind: "watched-ground",
            sensor: None,
            is_told: false,
            p_detect_min: Some(chance),
            mover: mover.clone(),
        };
        let areas = patches(&chances.at_least(chance), chances.cols, OUTSIDE);
        let areas = areas.iter().map(|area| chances.on_earth(&area.rings)).collect::<Vec<_>>();
        let geometry = (!areas.is_empty()).then_some(Geometry::Areas(areas));
        Feature::of(FeatureId::Name(id.to_owned()), COVERAGE, &area).at(geometry)
    };
    CHANCES.into_iter().map(feature).collect()
}

/// The mean chance in each block of cells; nothing off the sector.
struct Chances<'a> {
    model: &'a Model,
    /// Cells on a block's side.
    side: usize,
    cols: usize,
    means: Vec<Option<f64>>,
}

impl<'a> Chances<'a> {
    fn over(model: &'a Model, assessment: &Assessment) -> Self {
        let grid = model.grid();
        let side = (1..=grid.height.max(grid.width))
            .find(|side| {
                grid.height.div_ceil(*side) * grid.width.div_ceil(*side) <= WATCHED_BLOCKS_MAX
            })
            .unwrap_or(1);
        let (rows, cols) = (grid.height.div_ceil(side), grid.width.div_ceil(side));
        let mut over = Self { model, side, cols, means: Vec::with_capacity(rows * cols) };
        for row in 0..rows {
            for col in 0..cols {
                let chance = over.belongs(row, col).then(|| over.mean(assessment, row, col));
                over.means.push(chance);
            }
        }
        over
    }

    fn cells(&self, row: usize, col: usize) -> impl Iterator<Item = Cell> + use<> {
        let grid = self.model.grid();
        let rows = row * self.side..((row + 1) * self.side).min(grid.height);
        let cols = col * self.side..((col + 1) * self.side).min(grid.width);
        rows.flat_map(move |row| cols.clone().map(move |col| Cell { row, col }))
    }

    fn mean(&self, assessment: &Assessment, row: usize, col: usize) -> f64 {
        let field = assessment.field();
        let (mut sum, mut count) = (0.0, 0.0);
        for cell in self.cells(row, col) {
            sum += field.probability(cell, STAY_S);
            count += 1.0;
        }
        sum / count
    }

    /// Whether the middle of a block lies within the sector's depth on either side of the line.
    fn belongs(&self, row: usize, col: usize) -> bool {
        let sector = self.model.sector();
        let [lon, lat] = self.corner(row as f64 + 0.5, col as f64 + 0.5);
        let Ok(middle) = Wgs84::new(lon, lat) else { return false };
        let beside = sector.line.beside(sector.frame.point(middle));
        let depths_m = -sector.near_depth_m..=sector.far_depth_m;
        !beside.past_end && depths_m.contains(&beside.signed_m)
    }

    fn at_least(&self, chance: f64) -> Vec<u8> {
        let inside = |known: &Option<f64>| known.is_some_and(|known| known >= chance);
        self.means.iter().map(|known| if inside(known) { INSIDE } else { OUTSIDE }).collect()
    }

    /// Where a corner of blocks lies: cells reach half a step beyond their posts.
    fn corner(&self, row: f64, col: f64) -> LonLat {
        let (grid, side) = (self.model.grid(), self.side as f64);
        let cell_row = (row * side).min(grid.height as f64) - 0.5;
        let cell_col = (col * side).min(grid.width as f64) - 0.5;
        [
            round(grid.west_deg + cell_col * grid.lon_step_deg, 7),
            round(grid.north_deg - cell_row * grid.lat_step_deg, 7),
        ]
    }

    fn on_earth(&self, rings: &[Vec<Corner>]) -> Vec<Vec<LonLat>> {
        let corner = |&(row, col): &Corner| self.corner(row.into(), col.into());
        rings.iter().map(|ring| ring.iter().map(corner).collect()).collect()
    }
}

#[cfg(test)]
mod tests;
