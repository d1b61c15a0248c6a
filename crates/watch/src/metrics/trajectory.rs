//! T-GOSPA: how far whole tracks are from whole truths, changes of identity included.

use serde::Serialize;
use sight::geo::EnuPoint;

use super::assignment::assign;

/// Where something was at each sample; `None` where it was not.
pub type Path = Vec<Option<EnuPoint>>;

/// Most ways to pair a group's truths with its estimates for which the minimum is exact.
const STATES_MAX: usize = 400;

/// T-GOSPA (alpha 2) with its parts, each part as a sum of p-th powers in m^p over all samples.
///
/// Source: García-Fernández, Rahmathullah and Svensson, "A metric on the space of finite sets of
/// trajectories for evaluation of multi-target tracking algorithms" (2020).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TGospa {
    /// The metric itself, in m.
    pub distance_m: f64,
    pub localisation: f64,
    pub missed: f64,
    #[serde(rename = "false")]
    pub false_: f64,
    pub switches: f64,
    /// False when a group was too large to try every pairing: then the metric is at most this.
    pub exact: bool,
}

/// Cut-off `c_m`, order `p` and the cost of a change of identity in m.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    pub c_m: f64,
    pub p: f64,
    pub switch_m: f64,
}

/// For each truth of a group the estimate it is paired with.
type State = Vec<Option<usize>>;

/// T-GOSPA of estimates against truths, all over the same samples.
///
/// Truths and estimates that never come within the cut-off of each other cannot be paired with
/// gain, so groups that share no such pair are solved apart, each by dynamic programming over its
/// pairings.
pub fn t_gospa(truths: &[Path], estimates: &[Path], costs: Costs) -> TGospa {
    let mut total = TGospa { exact: true, ..TGospa::default() };
    for (truths, estimates) in groups(truths, estimates, costs.c_m) {
        Group { truths, estimates, costs }.add_to(&mut total);
    }
    let power = total.localisation + total.missed + total.false_ + total.switches;
    total.distance_m = libm::pow(power, 1.0 / costs.p);
    total
}

/// Truths and estimates that are linked by pairs that are near at least once.
fn groups<'a>(
    truths: &'a [Path],
    estimates: &'a [Path],
    c_m: f64,
) -> Vec<(Vec<&'a Path>, Vec<&'a Path>)> {
    let mut of_truth: Vec<usize> = (0..truths.len()).collect();
    let mut of_estimate: Vec<usize> = (truths.len()..truths.len() + estimates.len()).collect();
    for (row, truth) in truths.iter().enumerate() {
        for (column, estimate) in estimates.iter().enumerate() {
            if !meet(truth, estimate, c_m) {
                continue;
            }
            let (keep, drop) = (of_truth[row], of_estimate[column]);
            let both = of_truth.iter_mut().chain(&mut of_estimate);
            both.filter(|group| **group == drop).for_each(|group| *group = keep);
        }
    }
    (0..truths.len() + estimates.len())
        .map(|group| {
            let members = |paths: &'a [Path], of: &[usize]| {
                paths.iter().zip(of).filter(|(_, of)| **of == group).map(|(path, _)| path).collect()
            };
            (members(truths, &of_truth), members(estimates, &of_estimate))
        })
        .filter(|(truths, estimates): &(Vec<_>, Vec<_>)| {
            !truths.is_empty() || !estimates.is_empty()
        })
        .collect()
}

fn meet(a: &Path, b: &Path, c_m: f64) -> bool {
    a.iter().zip(b).any(|(a, b)| matches!((a, b), (Some(a), Some(b)) if a.distance_m(*b) < c_m))
}

struct Group<'a> {
    truths: Vec<&'a Path>,
    estimates: Vec<&'a Path>,
    costs: Costs,
}

impl Group<'_> {
    fn add_to(&self, total: &mut TGospa) {
        let samples = self.truths.iter().chain(&self.estimates).map(|path| path.len()).max();
        let samples = samples.unwrap_or(0);
        let states = self.states().unwrap_or_else(|| {
            total.exact = false;
            self.likely_states(samples)
        });
        for (sample, state) in self.best_states(&states, samples).into_iter().enumerate() {
            let parts = self.parts(&states[state.now], sample);
            total.localisation += parts.localisation;
            total.missed += parts.missed;
            total.false_ += parts.false_;
            total.switches += self.switch_cost(&states[state.before], &states[state.now]);
        }
    }

    /// Every pairing of some truths with some estimates that meet; `None` when there are too many.
    fn states(&self) -> Option<Vec<State>> {
        let mut states = vec![Vec::new()];
        for truth in &self.truths {
            let mut longer: Vec<State> = Vec::new();
            for state in &states {
                longer.push([state.as_slice(), &[None]].concat());
                let free = self.estimates.iter().enumerate().filter(|(column, estimate)| {
                    !state.contains(&Some(*column)) && meet(truth, estimate, self.costs.c_m)
                });
                longer.extend(free.map(|(column, _)| [state.as_slice(), &[Some(column)]].concat()));
                if longer.len() > STATES_MAX {
                    return None;
                }
            }
            states = longer;
        }
        Some(states)
    }

    /// The pairings that are best at single samples.
    fn likely_states(&self, samples: usize) -> Vec<State> {
        let mut states: Vec<State> = vec![vec![None; self.truths.len()]];
        for sample in 0..samples {
            let cost = |row: usize, column: usize| self.pair_cost(row, column, sample);
            let mut state = assign(self.truths.len(), self.estimates.len(), &cost).column_of_row;
            for (row, column) in state.iter_mut().enumerate() {
                *column = column.filter(|&column| self.near(row, column, sample));
            }
            if !states.contains(&state) && states.len() < STATES_MAX {
                states.push(state);
            }
        }
        states
    }

    fn near(&self, row: usize, column: usize, sample: usize) -> bool {
        match (at(self.truths[row], sample), at(self.estimates[column], sample)) {
            (Some(truth), Some(estimate)) => truth.distance_m(estimate) < self.costs.c_m,
            _ => false,
        }
    }

    fn pair_cost(&self, row: usize, column: usize, sample: usize) -> f64 {
        let Costs { c_m, p, .. } = self.costs;
        let cut = libm::pow(c_m, p);
        match (at(self.truths[row], sample), at(self.estimates[column], sample)) {
            (Some(truth), Some(estimate)) => libm::pow(truth.distance_m(estimate).min(c_m), p),
            (None, None) => 0.0,
            _ => cut / 2.0,
        }
    }

    /// The cheapest sequence of pairings: for each sample the state and the one before it.
    fn best_states(&self, states: &[State], samples: usize) -> Vec<Stay> {
        let mut costs: Vec<f64> = Vec::new();
        let mut from: Vec<Vec<usize>> = Vec::new();
        for sample in 0..samples {
            let came: Vec<(usize, f64)> =
                (0..states.len()).map(|now| self.cheapest_way(states, now, &costs)).collect();
            costs = came
                .iter()
                .zip(states)
                .map(|((_, cost), state)| cost + self.parts(state, sample).power())
                .collect();
            from.push(came.into_iter().map(|(before, _)| before).collect());
        }
        let mut now = least(&costs);
        let mut stays = Vec::with_capacity(samples);
        for from in from.iter().rev() {
            let before = from[now];
            stays.push(Stay { before, now });
            now = before;
        }
        stays.reverse();
        stays
    }

    /// From which state a state is reached at the least cost; from itself at the start.
    fn cheapest_way(&self, states: &[State], now: usize, costs: &[f64]) -> (usize, f64) {
        let ways = costs.iter().enumerate();
        ways.map(|(before, cost)| (before, cost + self.switch_cost(&states[before], &states[now])))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((now, 0.0))
    }

    /// A truth that changes its estimate costs one switch, one that gains or loses it half of one.
    fn switch_cost(&self, before: &State, now: &State) -> f64 {
        let cost: f64 = before
            .iter()
            .zip(now)
            .map(|(before, now)| match (before, now) {
                (Some(before), Some(now)) if before != now => 1.0,
                (Some(_), None) | (None, Some(_)) => 0.5,
                _ => 0.0,
            })
            .sum();
        cost * libm::pow(self.costs.switch_m, self.costs.p)
    }

    fn parts(&self, state: &State, sample: usize) -> Parts {
        let half = libm::pow(self.costs.c_m, self.costs.p) / 2.0;
        let mut parts = Parts::default();
        let mut paired = vec![false; self.estimates.len()];
        for (row, column) in state.iter().enumerate() {
            match column.filter(|&column| self.near(row, column, sample)) {
                Some(column) => {
                    paired[column] = true;
                    parts.localisation += self.pair_cost(row, column, sample);
                }
                None if at(self.truths[row], sample).is_some() => parts.missed += half,
                None => {}
            }
        }
        for (estimate, paired) in self.estimates.iter().zip(paired) {
            if !paired && at(estimate, sample).is_some() {
                parts.false_ += half;
            }
        }
        parts
    }
}

#[derive(Debug, Clone, Copy)]
struct Stay {
    before: usize,
    now: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Parts {
    localisation: f64,
    missed: f64,
    false_: f64,
}

impl Parts {
    fn power(self) -> f64 {
        self.localisation + self.missed + self.false_
    }
}

fn at(path: &Path, sample: usize) -> Option<EnuPoint> {
    path.get(sample).copied().flatten()
}

fn least(costs: &[f64]) -> usize {
    let least = costs.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    least.map_or(0, |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    const COSTS: Costs = Costs { c_m: 10.0, p: 2.0, switch_m: 4.0 };

    #[derive(serde::Deserialize)]
    struct Golden {
        #[serde(rename = "X")]
        truth: Vec<[f64; 2]>,
        #[serde(rename = "Y")]
        estimates: Vec<[f64; 2]>,
        c: f64,
        p: f64,
        gospa: f64,
    }

    #[test]
    fn for_one_sample_it_is_gospa() {
        let cases: Vec<Golden> =
            serde_json::from_str(include_str!("../../testdata/golden_gospa.json")).unwrap();
        let mut exact = 0;
        for case in cases {
            let costs = Costs { c_m: case.c, p: case.p, switch_m: 1.0 };

            let got = t_gospa(&moments(&case.truth), &moments(&case.estimates), costs);

            assert_relative_eq!(got.distance_m, case.gospa, max_relative = 1e-12);
            exact += usize::from(got.exact);
        }
        assert!(exact > 3, "{exact} cases were solved exactly");
    }

    #[test]
    fn two_tracks_that_swap_things_cost_two_switches() {
        let (west, east) = (EnuPoint::new(0.0, 0.0), EnuPoint::new(8.0, 0.0));
        let truths = [vec![Some(west); 6], vec![Some(east); 6]];
        let swap = |first, then| [vec![Some(first); 3], vec![Some(then); 3]].concat();

        let got = t_gospa(&truths, &[swap(west, east), swap(east, west)], COSTS);

        assert_relative_eq!(got.switches, 2.0 * 16.0);
        assert_relative_eq!(got.localisation, 0.0);
        assert!(got.exact);
    }

    #[test]
    fn a_track_that_ends_and_begins_anew_costs_a_switch_and_its_gap() {
        let here = Some(EnuPoint::new(0.0, 0.0));
        let truth = [vec![here; 6]];
        let estimates =
            [vec![here, here, None, None, None, None], vec![None, None, None, here, here, here]];

        let got = t_gospa(&truth, &estimates, COSTS);

        assert_relative_eq!(got.missed, 50.0);
        assert_relative_eq!(got.switches, 16.0);
    }

    fn moments(points: &[[f64; 2]]) -> Vec<Path> {
        points
            .iter()
            .map(|[east_m, north_m]| vec![Some(EnuPoint::new(*east_m, *north_m))])
            .collect()
    }
}
