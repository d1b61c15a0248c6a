//! When each unit could be at a place, and by which way.

use super::going::{Going, opposite};
use super::pace::{Goer, Pace, TICKS_PER_S};
use super::queue::RadixHeap;
use super::{Arrival, Starter};
use crate::coverage::Model;
use crate::geo::EnuPoint;
use crate::sector::Mobility;

/// A way is thinned until no point of it lies further than this from what is drawn.
const THINNED_M: f64 = 40.0;
const UNREACHED: u64 = u64::MAX;

/// When each unit could be at `to`, in the order of `from`, over the terrain and never across the line.
///
/// A place beyond the line is approached to the nearest cell of the near side, and the way ends there. A unit that stands
/// beyond the line, off the terrain or where no way leads has no travel time and no path.
pub fn arrivals(model: &Model, to: EnuPoint, from: &[Starter]) -> Vec<Arrival> {
    let goal = goal_cell(model, to);
    let field = |mobility| {
        let starts: Vec<usize> = from
            .iter()
            .filter(|starter| starter.mobility == mobility)
            .filter_map(|starter| near_cell(model, starter.point))
            .collect();
        goal.filter(|_| !starts.is_empty())
            .map(|goal| Field::towards(model, goal, mobility, &starts))
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

/// The near-side cell that holds a point.
fn near_cell(model: &Model, point: EnuPoint) -> Option<usize> {
    let going = &model.going;
    let cell = going.cell_at(model.grid(), model.sector().frame.place(point))?;
    // A unit close by the line may stand in a cell whose middle lies beyond it.
    let beside = |cell: &usize| !going.is_far[*cell];
    if beside(&cell) {
        return Some(cell);
    }
    let on_near_side = !model.sector().line.is_far(point);
    let around = (0..16).filter_map(|step| going.step_from(cell, step)).filter(beside);
    if on_near_side { around.min_by(|a, b| nearer(going, point, *a, *b)) } else { None }
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
    fn towards(model: &'a Model, goal: usize, mobility: Mobility, starts: &[usize]) -> Self {
        let going = &model.going;
        let pace = Pace::new(Goer::Unit(mobility), &model.sector().settings);
        let lengths_m = going.step_lengths_m();
        let mut left: std::collections::BTreeSet<usize> = starts.iter().copied().collect();
        let cells = going.points.len();
        let mut field = Self { going, goal, ticks: vec![UNREACHED; cells], onward: vec![0; cells] };
        let mut queue = RadixHeap::new();
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
                let Some(before) = going.step_from(cell, step).filter(|at| !going.is_far[*at])
                else {
                    continue;
                };
                let Some(more) = pace.ticks(*length_m, going.rise_m(before, cell)) else {
                    continue;
                };
                let total = ticks + u64::from(more);
                if total < field.ticks[before] && field.keeps_inside(cell, step) {
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

    /// A knight's move must not jump over a corner of the far side.
    fn keeps_inside(&self, cell: usize, step: usize) -> bool {
        let Some(knight) = step.checked_sub(8) else { return true };
        let (first, second) = super::going::PASSED[knight];
        [first, second].into_iter().all(|passed| {
            self.going.step_from(cell, passed).is_some_and(|at| !self.going.is_far[at])
        })
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
    let inner = cells.iter().skip(1).take(cells.len().saturating_sub(2));
    let mut points = vec![from];
    points.extend(inner.map(|cell| model.going.points[*cell]));
    let beyond = model.sector().line.is_far(to);
    points.push(match cells.last() {
        Some(last) if beyond => model.going.points[*last],
        _ => to,
    });
    thinned(&points)
}

/// Drops points that lie near the straight way between others (Douglas and Peucker, 1973).
fn thinned(points: &[EnuPoint]) -> Vec<EnuPoint> {
    let mut keep = vec![false; points.len()];
    let mut pieces = vec![(0, points.len() - 1)];
    keep[0] = true;
    keep[points.len() - 1] = true;
    while let Some((first, last)) = pieces.pop() {
        let farthest = (first + 1..last)
            .map(|at| (at, off_segment_m(points[at], points[first], points[last])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, distance_m)) = farthest
            && distance_m > THINNED_M
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
