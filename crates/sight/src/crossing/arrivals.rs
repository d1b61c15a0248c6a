//! When each unit could be at a place, and by which way.

use super::going::{Going, opposite};
use super::pace::{Goer, Light, Pace, TICKS_PER_S};
use super::queue::MonotoneQueue;
use super::{Arrival, Starter};
use crate::coverage::Model;
use crate::geo::EnuPoint;
use crate::sector::{Line, Mobility};
use crate::terrain::Layout;

/// A way is thinned until no point of it lies further than this from what is drawn.
const THINNED_M: f64 = 40.0;
pub(crate) const UNREACHED: u64 = u64::MAX;

/// When each unit could be at `to`, in the order of `from`, over the terrain and never across the line.
///
/// A place beyond the line is approached to the nearest cell of the near side, and the way ends there. A unit that stands
/// beyond the line, off the terrain or where no way leads has no travel time and no path.
pub fn arrivals(model: &Model, to: EnuPoint, from: &[Starter], light: Light) -> Vec<Arrival> {
    let goal = goal_cell(model, to);
    let settings = &model.sector().settings;
    let field = |mobility| {
        let starts: Vec<usize> = from
            .iter()
            .filter(|starter| starter.mobility == mobility)
            .filter_map(|starter| near_cell(model, starter.point))
            .collect();
        goal.filter(|_| !starts.is_empty()).map(|goal| {
            Field::towards(model, goal, &Pace::new(Goer::Unit(mobility), light, settings), &starts)
        })
    };
    let (foot, vehicle) = rayon::join(|| field(Mobility::Foot), || field(Mobility::Vehicle));
    from.iter()
        .map(|starter| {
            let field = match starter.mobility {
                Mobility::Foot => foot.as_ref(),
                Mobility::Vehicle => vehicle.as_ref(),
            };
            let way = field
                .zip(near_cell(model, starter.point))
                .and_then(|(field, start)| field.way(start));
            match way {
                Some((travel_s, cells)) => Arrival {
                    unit: starter.unit.clone(),
                    travel_s: Some(travel_s),
                    path: path(model, starter.point, to, &cells),
                },
                None => Arrival { unit: starter.unit.clone(), travel_s: None, path: Vec::new() },
            }
        })
        .collect()
}

/// How soon the first of some units could be at each cell of the net of ways.
#[derive(Debug, Clone, PartialEq)]
pub struct ResponseMap {
    pub layout: Layout,
    /// Row by row; `None` beyond the line and where no unit gets to.
    pub times_s: Vec<Option<f64>>,
}

/// Response isochrones: over roads and off them, never across the line.
pub fn response_map(model: &Model, from: &[Starter], light: Light) -> ResponseMap {
    let ticks = isochrone(model, from, light).into_iter();
    let time_s = |ticks| (ticks != UNREACHED).then(|| ticks as f64 / TICKS_PER_S);
    ResponseMap { layout: model.going.lattice.layout(), times_s: ticks.map(time_s).collect() }
}

impl ResponseMap {
    /// The time to the nearest cell that is reached, no more than a step away from a point of the line.
    pub fn time_beside_s(&self, model: &Model, point: EnuPoint) -> Option<f64> {
        let going = &model.going;
        let cell = going.cell_at(model.grid(), model.sector().frame.place(point))?;
        let around = (0..16).filter_map(|step| going.step_from(cell, step));
        std::iter::once(cell)
            .chain(around)
            .filter(|at| self.times_s[*at].is_some())
            .min_by(|a, b| nearer(going, point, *a, *b))
            .and_then(|at| self.times_s[at])
    }
}

/// Ticks until the first of the units is at each cell of the going; [`UNREACHED`] where none gets without crossing the line.
pub(crate) fn isochrone(model: &Model, from: &[Starter], light: Light) -> Vec<u64> {
    let settings = &model.sector().settings;
    let reached = |mobility| {
        let starts: Vec<usize> = from
            .iter()
            .filter(|starter| starter.mobility == mobility)
            .filter_map(|starter| near_cell(model, starter.point))
            .collect();
        spread(model, &Pace::new(Goer::Unit(mobility), light, settings), &starts)
    };
    let (foot, vehicle) = rayon::join(|| reached(Mobility::Foot), || reached(Mobility::Vehicle));
    foot.into_iter().zip(vehicle).map(|(foot, vehicle)| foot.min(vehicle)).collect()
}

/// Spreads from the starts over the near side.
fn spread(model: &Model, pace: &Pace, starts: &[usize]) -> Vec<u64> {
    let going = &model.going;
    let lengths_m = going.step_lengths_m();
    let mut ticks = vec![UNREACHED; going.points.len()];
    let mut queue = MonotoneQueue::new();
    for &start in starts {
        ticks[start] = 0;
        queue.push(0, index(start));
    }
    while let Some((so_far, cell)) = queue.pop() {
        let cell = cell as usize;
        if so_far > ticks[cell] {
            continue;
        }
        for (step, length_m) in lengths_m.iter().enumerate() {
            let Some(to) = going.step_from(cell, step) else { continue };
            let Some(more) = going.step_ticks(pace, (cell, step, to), *length_m) else { continue };
            let total = so_far + u64::from(more);
            if total < ticks[to] && keeps_inside(going, &model.sector().line, cell, to) {
                ticks[to] = total;
                queue.push(total, index(to));
            }
        }
    }
    ticks
}

/// The line is a fence: no step crosses it.
fn keeps_inside(going: &Going, line: &Line, from: usize, to: usize) -> bool {
    let crosses = || line.is_crossed(going.points[from], going.points[to]);
    !going.is_far[to] && (!going.is_close[from] || !crosses())
}

/// The near-side cell that holds a point, or the nearest one that can be reached without crossing the line.
fn near_cell(model: &Model, point: EnuPoint) -> Option<usize> {
    let (going, line) = (&model.going, &model.sector().line);
    let cell = going.cell_at(model.grid(), model.sector().frame.place(point))?;
    if line.is_far(point) {
        return None;
    }
    let around = (0..16).filter_map(|step| going.step_from(cell, step));
    std::iter::once(cell)
        .chain(around)
        .filter(|at| !going.is_far[*at] && !line.is_crossed(point, going.points[*at]))
        .min_by(|a, b| nearer(going, point, *a, *b))
}

/// The near-side cell that holds the goal, or the one nearest to it when it lies beyond the line.
fn goal_cell(model: &Model, to: EnuPoint) -> Option<usize> {
    let going = &model.going;
    near_cell(model, to).or_else(|| {
        (0..going.points.len())
            .filter(|cell| !going.is_far[*cell])
            .min_by(|a, b| nearer(going, to, *a, *b))
    })
}

fn nearer(going: &Going, point: EnuPoint, a: usize, b: usize) -> std::cmp::Ordering {
    point.distance_m(going.points[a]).total_cmp(&point.distance_m(going.points[b]))
}

/// Travel times towards one goal.
struct Field<'a> {
    going: &'a Going,
    goal: usize,
    ticks: Vec<u64>,
    /// The step to take from each cell.
    onward: Vec<u8>,
}

impl<'a> Field<'a> {
    /// Spreads backward from the goal over the near side until every start is reached.
    fn towards(model: &'a Model, goal: usize, pace: &Pace, starts: &[usize]) -> Self {
        let (going, line) = (&model.going, &model.sector().line);
        let lengths_m = going.step_lengths_m();
        let mut left: std::collections::BTreeSet<usize> = starts.iter().copied().collect();
        let cells = going.points.len();
        let mut field = Self { going, goal, ticks: vec![UNREACHED; cells], onward: vec![0; cells] };
        let mut queue = MonotoneQueue::new();
        field.ticks[goal] = 0;
        queue.push(0, index(goal));
        while let Some((ticks, cell)) = queue.pop() {
            let cell = cell as usize;
            if ticks > field.ticks[cell] {
                continue;
            }
            left.remove(&cell);
            if left.is_empty() {
                break;
            }
            for (step, length_m) in lengths_m.iter().enumerate() {
                let Some(before) = going.step_from(cell, step) else { continue };
                let back = (before, opposite(step), cell);
                let Some(more) = going.step_ticks(pace, back, *length_m) else { continue };
                let total = ticks + u64::from(more);
                if total < field.ticks[before] && keeps_inside(going, line, cell, before) {
                    field.ticks[before] = total;
                    #[expect(clippy::cast_possible_truncation, reason = "there are sixteen steps")]
                    let onward = opposite(step) as u8;
                    field.onward[before] = onward;
                    queue.push(total, index(before));
                }
            }
        }
        field
    }

    /// Travel time and cells from a start to the goal.
    fn way(&self, start: usize) -> Option<(f64, Vec<usize>)> {
        let ticks = self.ticks[start];
        if ticks == UNREACHED {
            return None;
        }
        let mut cells = vec![start];
        let mut cell = start;
        while cell != self.goal {
            cell = self.going.step_from(cell, usize::from(self.onward[cell]))?;
            cells.push(cell);
        }
        Some((ticks as f64 / TICKS_PER_S, cells))
    }
}

/// The way from the unit's own place to the goal, or to the last cell before the line.
fn path(model: &Model, from: EnuPoint, to: EnuPoint, cells: &[usize]) -> Vec<EnuPoint> {
    let line = &model.sector().line;
    let mut points = vec![from];
    points.extend(cells.iter().map(|cell| model.going.points[*cell]));
    if !line.is_far(to) && points.last().is_some_and(|last| !line.is_crossed(*last, to)) {
        points.push(to);
    }
    thinned(&points, line)
}

/// Drops points that lie near the straight way between others (Douglas and Peucker, 1973), unless that would cross the line.
fn thinned(points: &[EnuPoint], line: &Line) -> Vec<EnuPoint> {
    let mut keep = vec![false; points.len()];
    let mut pieces = vec![(0, points.len() - 1)];
    keep[0] = true;
    keep[points.len() - 1] = true;
    while let Some((first, last)) = pieces.pop() {
        let farthest = (first + 1..last)
            .map(|at| (at, off_segment_m(points[at], points[first], points[last])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, distance_m)) = farthest
            && (distance_m > THINNED_M || line.is_crossed(points[first], points[last]))
        {
            keep[at] = true;
            pieces.push((first, at));
            pieces.push((at, last));
        }
    }
    points.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

fn off_segment_m(point: EnuPoint, from: EnuPoint, to: EnuPoint) -> f64 {
    let along = to.to_vector() - from.to_vector();
    let offset = point.to_vector() - from.to_vector();
    let length2 = along.norm_squared();
    let share = if length2 > 0.0 { (along.dot(&offset) / length2).clamp(0.0, 1.0) } else { 0.0 };
    (offset - along * share).norm()
}

fn index(cell: usize) -> u32 {
    u32::try_from(cell).expect("a grid has fewer than 2^32 cells")
}
