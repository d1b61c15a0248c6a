//! What is looked at and what is seen, as areas.

use std::f64::consts::TAU;

use sight::coverage::{Assessment, Model};
use sight::geo::{Azimuth, EnuPoint, LocalFrame, Wgs84};
use sight::sector::Sector;
use sight::terrain::Cell;

use super::standing::{SensorRow, sensor_rows};
use super::table::{Column, Feature, FeatureId, Geometry, Kind, Value, column, word};
use crate::limits::WATCHED_BLOCKS_MAX;
use crate::places::{LonLat, place, round};
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

/// An area and what it says.
pub(super) struct Area {
    kind: &'static str,
    sensor: Option<SensorRow>,
    p_detect_min: Option<f64>,
    mover: Option<String>,
}

pub(super) const COVERAGE: &[Column<Area>] = &[
    column("kind", Kind::Text, "field-of-view or watched-ground", |a| Value::text(a.kind)),
    column("sensor", Kind::Text, "The sensor whose field of view it is", |a| {
        Value::maybe(a.sensor.as_ref(), |row| Value::text(&row.planned.id.0))
    }),
    column("health", Kind::Text, "How that sensor is", |a| {
        let state = a.sensor.as_ref().and_then(|row| row.state.as_ref());
        Value::maybe(state, |state| Value::word(&state.health()))
    }),
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

/// Where each sensor may look: its field of regard to its range, less what stands close before it.
pub(super) fn fields_of_view(sector: &Sector, picture: &Picture) -> Vec<Feature> {
    let feature = |row: SensorRow| {
        let id = FeatureId::Name(row.planned.id.0.clone());
        let areas = field_of_view(&row, &sector.frame);
        let area =
            Area { kind: "field-of-view", sensor: Some(row), p_detect_min: None, mover: None };
        Feature::of(id, COVERAGE, &area).at(Some(Geometry::Areas(areas)))
    };
    sensor_rows(sector, picture).into_iter().map(feature).collect()
}

fn field_of_view(row: &SensorRow, frame: &LocalFrame) -> Vec<Vec<Vec<LonLat>>> {
    let (sensor, here) = (&row.planned, row.here().0);
    let at = frame.place(here);
    let rim = |azimuth_rad: f64| {
        let along = frame.plane_azimuth(at, Azimuth::from_radians(azimuth_rad)).unit();
        let by = sensor.range_max_m * along;
        place(frame, EnuPoint::new(here.east_m + by.x, here.north_m + by.y))
    };
    let whole = sensor.facing.is_none() || sensor.field_rad >= TAU - LOOK_STEP_RAD;
    if whole && sensor.obscured.is_empty() {
        // Azimuths run clockwise, rings the other way.
        let mut ring: Vec<_> = steps(0.0, TAU, ARC_STEP_RAD).map(|azimuth| rim(-azimuth)).collect();
        ring.pop();
        ring.extend(ring.first().copied());
        return vec![vec![ring]];
    }
    let width = if whole { TAU } else { sensor.field_rad };
    let from = sensor.facing.map_or(0.0, |facing| facing.radians() - width / 2.0);
    let free = |azimuth: &f64| !sensor.is_obscured(Azimuth::from_radians(*azimuth));
    runs(from, width, free)
        .into_iter()
        .map(|(from, width)| {
            let apex = place(frame, here);
            let mut ring = vec![apex];
            ring.extend(steps(0.0, width, ARC_STEP_RAD).map(|by| rim(from + width - by)));
            ring.push(apex);
            vec![ring]
        })
        .collect()
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
