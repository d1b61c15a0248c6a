//! Ways over the ground: least time on a coarse grid, with a mover's own taste in it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sight::geo::EnuPoint;

use crate::chance::Chance;
use crate::ground::Ground;

/// Finest spacing of the coarse grid.
const SPACING_MIN_M: f64 = 40.0;
/// Most nodes along the longer side of the coarse grid.
const NODES_MAX: f64 = 220.0;
/// Ground searched beyond the box of start and end.
const MARGIN_M: f64 = 1_200.0;
/// Distance over which ground counts as a hollow or a rise.
const HOLLOW_M: f64 = 250.0;
/// How much a careful mover minds open ground: time on a rise of 10 m counts this much more.
const CARE: f64 = 0.8;
/// Spread of the logarithm of a mover's own opinion of each piece of ground.
const TASTE_SIGMA: f64 = 0.25;
/// Cost units per second, so that costs are integers and compare exactly.
const UNITS_PER_S: f64 = 64.0;

/// How something gets over ground.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gait {
    Foot,
    Wheels,
}

/// What makes one traveller's way its own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traveller {
    pub gait: Gait,
    pub flat_speed_mps: f64,
    /// Prefers hidden ground.
    pub careful: bool,
}

impl Traveller {
    /// Speed over a slope (rise over run in the direction of travel); zero where it cannot go.
    ///
    /// On foot Tobler's law, scaled to the traveller's speed on the flat (DOMAIN 4); on wheels a
    /// linear loss that ends at 35 % (A).
    pub(crate) fn speed_mps(&self, slope: f64) -> f64 {
        match self.gait {
            Gait::Foot => self.flat_speed_mps * libm::exp(-3.5 * ((slope + 0.05).abs() - 0.05)),
            Gait::Wheels => self.flat_speed_mps * (1.0 - slope.abs() / 0.35).max(0.0),
        }
    }
}

/// A coarse grid of nodes over the box of a journey.
struct Nodes {
    south_west: EnuPoint,
    spacing_m: f64,
    across: usize,
    up: usize,
    heights_m: Vec<Option<f64>>,
    /// Multiplies the time spent on the ground about a node.
    taste: Vec<f64>,
}

/// Finds a way, as points from start to end with both kept exactly. `None` when no ground leads there.
pub(crate) fn find(
    ground: &Ground,
    traveller: &Traveller,
    (from, to): (EnuPoint, EnuPoint),
    chance: &mut Chance,
) -> Option<Vec<EnuPoint>> {
    ground.stand(from)?;
    ground.stand(to)?;
    let nodes = Nodes::about(ground, traveller, (from, to), chance);
    let (start, goal) = (nodes.nearest(from)?, nodes.nearest(to)?);
    let mut way: Vec<EnuPoint> =
        nodes.least_time(traveller, start, goal)?.iter().map(|node| nodes.point(*node)).collect();
    // The end nodes are only near the ends; going by them would make a hook.
    way.truncate(way.len().saturating_sub(1));
    let inner = way.into_iter().skip(1);
    Some(std::iter::once(from).chain(inner).chain(std::iter::once(to)).collect())
}

impl Nodes {
    fn about(
        ground: &Ground,
        traveller: &Traveller,
        (from, to): (EnuPoint, EnuPoint),
        chance: &mut Chance,
    ) -> Self {
        let west_m = from.east_m.min(to.east_m) - MARGIN_M;
        let south_m = from.north_m.min(to.north_m) - MARGIN_M;
        let width_m = (from.east_m - to.east_m).abs() + 2.0 * MARGIN_M;
        let height_m = (from.north_m - to.north_m).abs() + 2.0 * MARGIN_M;
        let spacing_m = (width_m.max(height_m) / NODES_MAX).max(SPACING_MIN_M);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 221")]
        let (across, up) =
            ((width_m / spacing_m) as usize + 1, (height_m / spacing_m) as usize + 1);
        let mut nodes = Self {
            south_west: EnuPoint::new(west_m, south_m),
            spacing_m,
            across,
            up,
            heights_m: Vec::new(),
            taste: Vec::new(),
        };
        nodes.heights_m = (0..across * up)
            .map(|node| ground.stand(nodes.point(node)).map(|stand| stand.ground_m))
            .collect();
        nodes.taste = (0..across * up)
            .map(|node| {
                let liked = chance.factor(TASTE_SIGMA);
                if traveller.careful { liked * nodes.exposure(node) } else { liked }
            })
            .collect();
        nodes
    }

    fn point(&self, node: usize) -> EnuPoint {
        EnuPoint::new(
            self.south_west.east_m + (node % self.across) as f64 * self.spacing_m,
            self.south_west.north_m + (node / self.across) as f64 * self.spacing_m,
        )
    }

    fn nearest(&self, point: EnuPoint) -> Option<usize> {
        let place = |metres: f64, count: usize| {
            let at = (metres / self.spacing_m).round();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
            (at >= 0.0 && at < count as f64).then_some(at as usize)
        };
        let col = place(point.east_m - self.south_west.east_m, self.across)?;
        let row = place(point.north_m - self.south_west.north_m, self.up)?;
        Some(row * self.across + col)
    }

    /// Grows from about 1 in a hollow to `1 + 2 CARE` on a rise.
    fn exposure(&self, node: usize) -> f64 {
        let reach = (HOLLOW_M / self.spacing_m).ceil();
        let Some(here_m) = self.heights_m.get(node).copied().flatten() else { return 1.0 };
        #[expect(clippy::cast_possible_truncation, reason = "a handful of nodes")]
        let reach = reach as isize;
        let around = [(reach, 0), (-reach, 0), (0, reach), (0, -reach)];
        let heights = around.iter().filter_map(|step| {
            let other = self.step(node, *step)?;
            self.heights_m.get(other).copied().flatten()
        });
        let (sum_m, count) = heights.fold((0.0, 0.0), |(sum, n), height| (sum + height, n + 1.0));
        if count == 0.0 {
            return 1.0;
        }
        let rise_m = here_m - sum_m / count;
        1.0 + CARE * (1.0 + libm::tanh(rise_m / 10.0))
    }

    fn step(&self, node: usize, (right, upward): (isize, isize)) -> Option<usize> {
        let col = (node % self.across).checked_add_signed(right)?;
        let row = (node / self.across).checked_add_signed(upward)?;
        (col < self.across && row < self.up).then_some(row * self.across + col)
    }

    fn cost(&self, traveller: &Traveller, from: usize, to: usize) -> Option<u64> {
        let (a_m, b_m) = (self.heights_m[from]?, self.heights_m[to]?);
        let run_m = self.point(from).distance_m(self.point(to));
        let speed_mps = traveller.speed_mps((b_m - a_m) / run_m);
        if speed_mps < 0.05 * traveller.flat_speed_mps {
            return None;
        }
        let taste = 0.5 * (self.taste[from] + self.taste[to]);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive")]
        Some((UNITS_PER_S * taste * run_m / speed_mps) as u64)
    }

    fn least_time(&self, traveller: &Traveller, start: usize, goal: usize) -> Option<Vec<usize>> {
        let mut best = vec![u64::MAX; self.across * self.up];
        let mut came_from = vec![start; self.across * self.up];
        let mut open = BinaryHeap::from([Reverse((0_u64, start))]);
        best[start] = 0;
        while let Some(Reverse((cost, node))) = open.pop() {
            if node == goal {
                break;
            }
            if cost > best[node] {
                continue;
            }
            for step in NEIGHBOURS {
                let Some(next) = self.step(node, step) else { continue };
                let Some(added) = self.cost(traveller, node, next) else { continue };
                if cost + added < best[next] {
                    best[next] = cost + added;
                    came_from[next] = node;
                    open.push(Reverse((cost + added, next)));
                }
            }
        }
        (best[goal] != u64::MAX).then(|| {
            let mut way = vec![goal];
            let mut node = goal;
            while node != start {
                node = came_from[node];
                way.push(node);
            }
            way.reverse();
            way
        })
    }
}

/// Sixteen directions, so that ways do not run in eight only.
const NEIGHBOURS: [(isize, isize); 16] = [
    (1, 0),
    (2, 1),
    (1, 1),
    (1, 2),
    (0, 1),
    (-1, 2),
    (-1, 1),
    (-2, 1),
    (-1, 0),
    (-2, -1),
    (-1, -1),
    (-1, -2),
    (0, -1),
    (1, -2),
    (1, -1),
    (2, -1),
];
