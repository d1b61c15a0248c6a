//! Whole teams of several kinds sent to regions: each team sweeps every region with an effort of its own.

mod exact;

use super::{DetectionLaw, Region, allocate};

/// Teams of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    pub teams: usize,
    /// What one team sweeps in effect in each region, square metres: sweep width there times track length.
    pub team_m2: Vec<f64>,
}

/// Teams sent, and what that is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispatch {
    /// By party, then by region.
    pub sent: Vec<Vec<usize>>,
    /// Probability of success: sum of POA times POD, by random search.
    pub pos: f64,
    /// No way of sending these teams has more: what could be had if effort were divisible, and every team swept each
    /// region as well as the best party does.
    pub pos_bound: f64,
}

/// Most regions with teams in them among which swaps are looked for.
const SWAP_REGIONS_MAX: usize = 200;
/// Most rounds of moving teams; each betters the whole.
const MOVES_MAX: usize = 1_000;
/// A move must better the probability of success by more than this, so that rounding cannot move teams in a circle.
const GAIN_MIN: f64 = 1e-12;

/// Sends teams so that no other way has a greater probability of success, where the ways can be weighed: some hundreds of
/// shares of the teams by some hundreds of regions. For more, each team goes where it adds most, then single teams are
/// moved, and two of different kinds change places, as long as that helps.
///
/// For teams of one kind the latter is the optimum too (the law is concave); for several kinds it has at least half of it
/// (a greedy choice under a partition matroid, Fisher, Nemhauser and Wolsey 1978) and mostly nearly all: the bound tells.
pub fn send_parties(regions: &[Region], parties: &[Party]) -> Dispatch {
    let kinds = parties.iter().filter(|party| party.teams > 0).count();
    let best = (kinds > 1).then(|| exact::sent(&Plan::new(regions), parties)).flatten();
    let is_best = kinds < 2 || best.is_some();
    let sent = best.unwrap_or_else(|| step_by_step(regions, parties));
    let pos = Plan::with(regions, parties, &sent).pos();
    let pos_bound = if is_best { pos } else { bound(regions, parties).max(pos) };
    Dispatch { sent, pos, pos_bound }
}

/// Greedy, then moves and swaps.
fn step_by_step(regions: &[Region], parties: &[Party]) -> Vec<Vec<usize>> {
    let mut plan = Plan::new(regions);
    let mut sent = vec![vec![0_usize; regions.len()]; parties.len()];
    let mut left: Vec<usize> = parties.iter().map(|party| party.teams).collect();
    while let Some((party, region)) = plan.best(parties, |party| left[party] > 0) {
        left[party] -= 1;
        sent[party][region] += 1;
        plan.effort_m2[region] += parties[party].team_m2[region];
    }
    for _ in 0..MOVES_MAX {
        let moves = match plan.best_move(parties, &sent) {
            Some(best) => vec![best],
            None => plan.a_swap(parties, &sent),
        };
        if moves.is_empty() {
            break;
        }
        for (party, from, to) in moves {
            sent[party][from] -= 1;
            sent[party][to] += 1;
            plan.effort_m2[from] -= parties[party].team_m2[from];
            plan.effort_m2[to] += parties[party].team_m2[to];
        }
    }
    sent
}

struct Plan<'a> {
    regions: &'a [Region],
    effort_m2: Vec<f64>,
}

impl<'a> Plan<'a> {
    fn new(regions: &'a [Region]) -> Self {
        Self { regions, effort_m2: vec![0.0; regions.len()] }
    }

    fn with(regions: &'a [Region], parties: &[Party], sent: &[Vec<usize>]) -> Self {
        let mut plan = Self::new(regions);
        for (party, sent) in parties.iter().zip(sent) {
            for ((effort_m2, team_m2), teams) in
                plan.effort_m2.iter_mut().zip(&party.team_m2).zip(sent)
            {
                *effort_m2 += team_m2 * *teams as f64;
            }
        }
        plan
    }
}

impl Plan<'_> {
    fn chance(&self, region: usize, more_m2: f64) -> f64 {
        let Region { poa, area_m2 } = self.regions[region];
        let effort_m2 = (self.effort_m2[region] + more_m2).max(0.0);
        if area_m2 > 0.0 { poa * DetectionLaw::RandomSearch.pod(effort_m2 / area_m2) } else { 0.0 }
    }

    fn pos(&self) -> f64 {
        (0..self.regions.len()).fold(0.0, |pos, region| pos + self.chance(region, 0.0))
    }

    /// The team and region that add most; the first of equals.
    fn best(&self, parties: &[Party], may: impl Fn(usize) -> bool) -> Option<(usize, usize)> {
        let mut best = None;
        let mut most = 0.0;
        for (party, figures) in parties.iter().enumerate().filter(|(party, _)| may(*party)) {
            for region in 0..self.regions.len() {
                let gain = self.chance(region, figures.team_m2[region]) - self.chance(region, 0.0);
                if gain > most {
                    (best, most) = (Some((party, region)), gain);
                }
            }
        }
        best
    }

    /// The single move that betters the whole most: team's party, from where, to where.
    fn best_move(&self, parties: &[Party], sent: &[Vec<usize>]) -> Option<(usize, usize, usize)> {
        let mut best = None;
        let mut most = GAIN_MIN;
        for (party, figures) in parties.iter().enumerate().filter(|(_, party)| party.teams > 0) {
            let gain = |to: usize| self.chance(to, figures.team_m2[to]) - self.chance(to, 0.0);
            // What a team would add does not depend on where it comes from, but that it goes elsewhere.
            let mut gains: Vec<(f64, usize)> =
                (0..self.regions.len()).map(|to| (gain(to), to)).collect();
            gains.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            for from in (0..self.regions.len()).filter(|region| sent[party][*region] > 0) {
                let loss = self.chance(from, 0.0) - self.chance(from, -figures.team_m2[from]);
                let Some((gain, to)) = gains.iter().find(|(_, to)| *to != from) else { continue };
                if gain - loss > most {
                    (best, most) = (Some((party, from, *to)), gain - loss);
                }
            }
        }
        best
    }
}

impl Plan<'_> {
    /// Two teams of different kinds that better the whole by changing places: both moves, or none.
    fn a_swap(&self, parties: &[Party], sent: &[Vec<usize>]) -> Vec<(usize, usize, usize)> {
        let is_sent = |region: &usize| sent.iter().any(|sent| sent[*region] > 0);
        let regions: Vec<usize> = (0..self.regions.len()).filter(is_sent).collect();
        if regions.len() > SWAP_REGIONS_MAX {
            return Vec::new();
        }
        let pairs = (0..parties.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
        let mut swaps = pairs.flat_map(|(one, other)| {
            let of = |party: usize| regions.iter().filter(move |region| sent[party][**region] > 0);
            of(one).flat_map(move |here| of(other).map(move |there| (one, other, *here, *there)))
        });
        let change =
            |region: usize, more_m2: f64| self.chance(region, more_m2) - self.chance(region, 0.0);
        let betters = |&(one, other, here, there): &(usize, usize, usize, usize)| {
            let (one_m2, other_m2) = (&parties[one].team_m2, &parties[other].team_m2);
            let gain = change(here, other_m2[here] - one_m2[here])
                + change(there, one_m2[there] - other_m2[there]);
            here != there && gain > GAIN_MIN
        };
        swaps.find(betters).map_or_else(Vec::new, |(one, other, here, there)| {
            vec![(one, here, there), (other, there, here)]
        })
    }
}

/// Koopman's optimum for divisible effort, in units of the best party's sweep: regions count for as much less area as they
/// are swept better.
fn bound(regions: &[Region], parties: &[Party]) -> f64 {
    let best_m2 =
        |region: usize| parties.iter().map(|party| party.team_m2[region]).fold(0.0, f64::max);
    let teams: usize = parties.iter().map(|party| party.teams).sum();
    let scaled: Vec<Region> = regions
        .iter()
        .enumerate()
        .filter(|(region, _)| best_m2(*region) > 0.0)
        .map(|(at, region)| Region { poa: region.poa, area_m2: region.area_m2 / best_m2(at) })
        .collect();
    allocate(&scaled, teams as f64).pos
}

#[cfg(test)]
mod tests;
