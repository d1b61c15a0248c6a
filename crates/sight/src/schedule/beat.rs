//! How often each place is to be visited: the best mix against somebody who has watched for weeks and then chooses.

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};

use super::chain::Chain;
use super::{PARTIES_MAX, PLACES_MAX, ScheduleError};

/// A visit that changes less than this share of what it changes at the place where it changes most helps nobody (an assumption).
const HELPS_MIN: f64 = 0.01;

/// What a crossing at a place is worth to either side, with somebody there and with nobody.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payoffs {
    pub leader_guarded: f64,
    pub leader_open: f64,
    pub other_guarded: f64,
    pub other_open: f64,
}

/// A place that may be visited.
#[derive(Debug, Clone, PartialEq)]
pub struct Guarded {
    pub payoffs: Payoffs,
    /// Longest mean time between two visits; `None` where it may be left alone.
    pub revisit_max_s: Option<f64>,
}

/// A patrol or a checkpoint crew: the places that it serves, and how long it drives between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    pub name: String,
    /// Numbers of its places.
    pub places: Vec<usize>,
    /// Seconds from one of its places to another; infinite where no way leads.
    pub travel_s: Vec<Vec<f64>>,
}

/// How a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// From one visit's start to the next one's.
    pub slot_s: f64,
    /// Least time at a place.
    pub stay_s: f64,
}

/// Shares and order of visits.
#[derive(Debug, Clone, PartialEq)]
pub struct Beats {
    /// Visits by place and slot, all parties together.
    pub visits: Vec<f64>,
    pub mixes: Vec<Mix>,
    /// Numbers of places where visits decide nothing: no party comes, or nothing is changed by one that does.
    pub out_of_play: Vec<usize>,
    /// Where in play the other side would go, and what that is worth to the leader.
    pub chosen: usize,
    pub value: f64,
    /// The best that parties who never leave their place could get.
    pub fixed_value: f64,
}

/// One party's part.
#[derive(Debug, Clone, PartialEq)]
pub struct Mix {
    /// Order of visits; its places are numbered as in [`Party::places`].
    pub chain: Chain,
}

impl Party {
    /// The same party with those of its places that can be visited by turns, and the places that are left out: of places that
    /// hang together by ways that fit into a slot, the largest lot.
    pub fn within_slots(&self, rules: &Rules) -> (Self, Vec<usize>) {
        let count = self.places.len();
        let joined =
            |a: usize, b: usize| may_follow(self, rules, a, b) && may_follow(self, rules, b, a);
        let mut lot_of = vec![usize::MAX; count];
        for first in 0..count {
            let mut waiting = vec![first];
            while let Some(at) = waiting.pop() {
                if lot_of[at] == usize::MAX {
                    lot_of[at] = first;
                    waiting.extend((0..count).filter(|other| joined(at, *other)));
                }
            }
        }
        let size = |lot: usize| lot_of.iter().filter(|of| **of == lot).count();
        let largest = (0..count).max_by_key(|lot| (size(*lot), std::cmp::Reverse(*lot)));
        let kept: Vec<usize> = (0..count).filter(|at| Some(lot_of[*at]) == largest).collect();
        let party = Self {
            name: self.name.clone(),
            places: kept.iter().map(|at| self.places[*at]).collect(),
            travel_s: kept
                .iter()
                .map(|from| kept.iter().map(|to| self.travel_s[*from][*to]).collect())
                .collect(),
        };
        let left_out = (0..count).filter(|at| !kept.contains(at)).map(|at| self.places[at]);
        (party, left_out.collect())
    }
}

impl Payoffs {
    /// What a visit changes, for either side.
    fn change(&self) -> f64 {
        let leader = self.leader_guarded - self.leader_open;
        let other = self.other_guarded - self.other_open;
        libm::fabs(leader).max(libm::fabs(other))
    }

    /// Worth to leader and other side at a share of visits.
    fn at(&self, share: f64) -> (f64, f64) {
        (
            self.leader_open + share * (self.leader_guarded - self.leader_open),
            self.other_open + share * (self.other_guarded - self.other_open),
        )
    }
}

/// The best mix to commit to: a strong Stackelberg equilibrium over flows of visits from place to place.
///
/// A party's visits are a flow that leaves each place as often as it arrives, along ways short enough for the slot. For each place
/// that the other side may choose one linear programme finds the flows that are best for the leader while that place is the best
/// choice; mean revisit times bound the shares from below (a place visited with share s comes again after slot / s on the
/// mean, Kac 1947). Of all orders with the same shares the one of greatest entropy is taken: see [`Chain`].
///
/// A place where visits decide nothing would always be the other side's best choice, and then any mix would be as good: such
/// places are out of play, and the mix is the best one against somebody who goes to one of the others.
pub fn guard(places: &[Guarded], parties: &[Party], rules: &Rules) -> Result<Beats, ScheduleError> {
    check(places, parties, rules)?;
    let in_play = in_play(places, parties);
    let programme = Programme { places, parties, rules, in_play: &in_play };
    let best = (0..places.len())
        .filter(|target| in_play[*target])
        .filter_map(|target| programme.solve(target, None))
        .reduce(|a, b| if b.value > a.value + 1e-9 { b } else { a });
    let Some(best) = best else {
        let why = "the revisit times cannot be kept along ways that fit into a slot".to_owned();
        return Err(ScheduleError::Infeasible { why });
    };
    // Many mixes are worth as much; of these, one that leaves no place of a party nearly alone.
    let best = programme.solve(best.target, Some(best.value)).unwrap_or(best);
    let mixes = parties
        .iter()
        .zip(&best.flows)
        .map(|(party, flow)| Mix { chain: Chain::of(flow, |a, b| may_follow(party, rules, a, b)) })
        .collect();
    Ok(Beats {
        visits: best.visits,
        mixes,
        out_of_play: (0..places.len()).filter(|at| !in_play[*at]).collect(),
        chosen: best.target,
        value: best.value,
        fixed_value: fixed_value(places, parties, &in_play),
    })
}

/// Whether visits decide anything at each place; at all of them where they do nowhere.
fn in_play(places: &[Guarded], parties: &[Party]) -> Vec<bool> {
    let is_visited = |at: usize| parties.iter().any(|party| party.places.contains(&at));
    let change = |at: usize| if is_visited(at) { places[at].payoffs.change() } else { 0.0 };
    let most = (0..places.len()).map(change).fold(0.0, f64::max);
    (0..places.len()).map(|at| most <= 0.0 || change(at) >= HELPS_MIN * most).collect()
}

fn check(places: &[Guarded], parties: &[Party], rules: &Rules) -> Result<(), ScheduleError> {
    let figure = |field, must: String, value| Err(ScheduleError::Figure { field, must, value });
    if places.is_empty() || places.len() > PLACES_MAX {
        return figure("places", format!("1 to {PLACES_MAX}"), places.len() as f64);
    }
    if parties.is_empty() || parties.len() > PARTIES_MAX {
        return figure("parties", format!("1 to {PARTIES_MAX}"), parties.len() as f64);
    }
    if !(rules.slot_s.is_finite() && rules.slot_s > 0.0) {
        return figure("slot_s", "positive".to_owned(), rules.slot_s);
    }
    if !(rules.stay_s >= 0.0 && rules.stay_s <= rules.slot_s) {
        return figure("stay_s", format!("0 to the slot's {}", rules.slot_s), rules.stay_s);
    }
    let asked: f64 = places
        .iter()
        .filter_map(|place| place.revisit_max_s)
        .map(|max_s| rules.slot_s / max_s)
        .sum();
    if asked > parties.len() as f64 + 1e-9 {
        return Err(ScheduleError::TooFewVisits { parties: parties.len(), asked });
    }
    Ok(())
}

/// Whether one place may be visited right after another: the way and the least stay fit into a slot.
fn may_follow(party: &Party, rules: &Rules, from: usize, to: usize) -> bool {
    let travel_s = if from == to { 0.0 } else { party.travel_s[from][to] };
    travel_s + rules.stay_s <= rules.slot_s
}

/// What parties that stand still could get: the best of all ways to post them, each at one of its places.
fn fixed_value(places: &[Guarded], parties: &[Party], in_play: &[bool]) -> f64 {
    // One after another, each where it helps most: an upper bound is not needed, only a fair comparison.
    let value = |shares: &[f64]| {
        let each = places.iter().zip(shares).zip(in_play).filter(|(_, is_in_play)| **is_in_play);
        let worth = each.map(|((place, share), _)| place.payoffs.at(*share));
        let best = worth.reduce(|a, b| if (b.1, b.0) > (a.1, a.0) { b } else { a });
        best.map_or(0.0, |(leader, _)| leader)
    };
    let mut shares = vec![0.0; places.len()];
    for party in parties {
        let with = |place: usize| {
            let mut with = shares.clone();
            with[place] = 1.0;
            value(&with)
        };
        if let Some(best) =
            party.places.iter().copied().max_by(|a, b| with(*a).total_cmp(&with(*b)))
        {
            shares[best] = 1.0;
        }
    }
    value(&shares)
}

/// One linear programme and its variables.
struct Programme<'a> {
    places: &'a [Guarded],
    parties: &'a [Party],
    rules: &'a Rules,
    /// By place.
    in_play: &'a [bool],
}

struct Solved {
    target: usize,
    value: f64,
    visits: Vec<f64>,
    /// By party, from place, to place.
    flows: Vec<Vec<Vec<f64>>>,
}

impl Programme<'_> {
    /// The best mix while `target` is the other side's best choice; `None` where it never is.
    ///
    /// With a `floor` to what it is worth, the mix whose rarest places are visited most, party by party.
    fn solve(&self, target: usize, floor: Option<f64>) -> Option<Solved> {
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let aim = &self.places[target].payoffs;
        let visits: Vec<Variable> = self
            .places
            .iter()
            .enumerate()
            .map(|(at, place)| {
                let counts = at == target && floor.is_none();
                let worth = if counts { aim.leader_guarded - aim.leader_open } else { 0.0 };
                let least = place.revisit_max_s.map_or(0.0, |max_s| self.rules.slot_s / max_s);
                problem.add_var(worth, (least.min(1.0), 1.0))
            })
            .collect();
        let flows = self.add_flows(&mut problem, &visits);
        let others = |at: usize| at != target && self.in_play[at];
        for (at, place) in self.places.iter().enumerate().filter(|(at, _)| others(*at)) {
            // The target is worth no less to the other side than this place.
            let mut more = LinearExpr::empty();
            more.add(visits[target], aim.other_guarded - aim.other_open);
            more.add(visits[at], place.payoffs.other_open - place.payoffs.other_guarded);
            let least = place.payoffs.other_open - aim.other_open;
            problem.add_constraint(more, ComparisonOp::Ge, least);
        }
        if let Some(floor) = floor {
            let gain = aim.leader_guarded - aim.leader_open;
            let least = floor - aim.leader_open - 1e-9;
            problem.add_constraint([(visits[target], gain)], ComparisonOp::Ge, least);
            self.raise_the_rarest(&mut problem, &visits);
        }
        let solution = problem.solve().ok()?.into_solution().ok()?;
        let value_of = |variable: Variable| solution.var_value(variable).max(0.0);
        Some(Solved {
            target,
            value: aim.at(value_of(visits[target])).0,
            visits: visits.iter().map(|visit| value_of(*visit)).collect(),
            flows: flows
                .iter()
                .map(|flow| {
                    let row = |row: &Vec<Option<Variable>>| {
                        row.iter().map(|step| step.map_or(0.0, value_of)).collect()
                    };
                    flow.iter().map(row).collect()
                })
                .collect(),
        })
    }

    /// Each party's rarest place counts, whichever that is.
    fn raise_the_rarest(&self, problem: &mut Problem, visits: &[Variable]) {
        for party in self.parties {
            let rarest = problem.add_var(1.0, (0.0, 1.0));
            for place in party.places.iter().filter(|place| self.in_play[**place]) {
                let pair = [(visits[*place], 1.0), (rarest, -1.0)];
                problem.add_constraint(pair, ComparisonOp::Ge, 0.0);
            }
        }
    }

    /// Flows that leave each place as often as they arrive; each party makes one visit a slot.
    fn add_flows(
        &self,
        problem: &mut Problem,
        visits: &[Variable],
    ) -> Vec<Vec<Vec<Option<Variable>>>> {
        let mut of_place: Vec<LinearExpr> = visits.iter().map(|_| LinearExpr::empty()).collect();
        let mut flows = Vec::new();
        for party in self.parties {
            let flow = self.steps_of(party, problem);
            let mut all = LinearExpr::empty();
            for (to, step) in flow.iter().flat_map(|row| row.iter().enumerate()) {
                if let Some(step) = step {
                    all.add(*step, 1.0);
                    of_place[party.places[to]].add(*step, 1.0);
                }
            }
            problem.add_constraint(all, ComparisonOp::Eq, 1.0);
            for at in 0..party.places.len() {
                problem.add_constraint(balance(&flow, at), ComparisonOp::Eq, 0.0);
            }
            flows.push(flow);
        }
        for (mut expression, visit) in of_place.into_iter().zip(visits) {
            // Two parties at one place at once are counted twice, so a share of 1 is the most.
            expression.add(*visit, -1.0);
            problem.add_constraint(expression, ComparisonOp::Eq, 0.0);
        }
        flows
    }

    /// A variable for every step that fits into a slot, by place and next place.
    fn steps_of(&self, party: &Party, problem: &mut Problem) -> Vec<Vec<Option<Variable>>> {
        let count = party.places.len();
        let mut step = |from: usize, to: usize| {
            let fits = may_follow(party, self.rules, from, to);
            fits.then(|| problem.add_var(0.0, (0.0, 1.0)))
        };
        (0..count).map(|from| (0..count).map(|to| step(from, to)).collect()).collect()
    }
}

/// What leaves a place less what arrives, staying apart.
fn balance(flow: &[Vec<Option<Variable>>], at: usize) -> LinearExpr {
    let mut balance = LinearExpr::empty();
    for other in (0..flow.len()).filter(|other| *other != at) {
        for (step, sign) in [(flow[at][other], 1.0), (flow[other][at], -1.0)] {
            if let Some(step) = step {
                balance.add(step, sign);
            }
        }
    }
    balance
}

#[cfg(test)]
mod tests;
