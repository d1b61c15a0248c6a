//! Directions without a range: what a scan says of them, and those that begin or become tracks.

use crate::tracking::associate::{self, Cluster, Edge, Marginals};
use crate::tracking::bank::{Bank, Cell};
use crate::tracking::bernoulli::{Belief, Bernoulli, Look};
use crate::tracking::class::ClassWeights;
use crate::tracking::filter::found::{Found, Place, Refined};
use crate::tracking::kinematics::Gaussian;
use crate::tracking::modes::Modes;

use super::{SHARE_MIN, Step};

/// A measurement that is less likely of nobody known than this says nothing to a bank.
const UNCLAIMED_MIN: f64 = 1e-3;

/// One bank before one scan.
struct Sight {
    /// What the scan could have seen of each hypothesis.
    looks: Vec<Look>,
    /// Chance that the scan finds nothing of it.
    p_miss: f64,
    hits: Vec<Hit>,
}

impl Sight {
    /// How the bank's hits divide over the measurements, of `seen` in all.
    ///
    /// That each measurement has one cause decides how much a bank gets, not which of them: where two lines
    /// of sight cross two others, each bank's leaning is the other's too. Taken for a second witness, scan
    /// after scan, it would make a ghost sure by itself. So only what the hypotheses themselves expect counts.
    fn shares(&self, seen: f64) -> Vec<f64> {
        let total: f64 = self.hits.iter().map(|hit| hit.weight).sum();
        self.hits.iter().map(|hit| seen * hit.weight / total).collect()
    }
}

/// One measurement, if one bank is its cause.
struct Hit {
    found: usize,
    /// Share of a hypothesis and chance that it causes this measurement; the state that it then has.
    cells: Vec<Cell>,
    classes: ClassWeights,
    weight: f64,
}

impl Step<'_> {
    /// Moves every bank by what was found of it and no track claims, or by not being found.
    ///
    /// Tracks are judged first: what they claim is not a bank's. Returns those that have become tracks.
    pub(in crate::tracking::filter) fn correct_banks(
        &mut self,
        banks: &mut Vec<Bank>,
    ) -> Vec<Bernoulli> {
        let sights: Vec<Sight> = banks.iter().map(|bank| self.sight(bank)).collect();
        let edges = sights.iter().enumerate().flat_map(|(row, sight)| {
            sight.hits.iter().map(move |hit| Edge { row, column: hit.found, weight: hit.weight })
        });
        let cluster =
            Cluster { rows: banks.len(), columns: self.work.found.len(), edges: edges.collect() };
        let mut marginals = Marginals::default();
        if cluster.edges.is_empty() {
            marginals.missed = vec![1.0; cluster.rows];
            marginals.unclaimed = vec![1.0; cluster.columns];
        } else {
            associate::solve(&cluster, &mut marginals);
        }
        let mut paired = marginals.paired.iter();
        for ((bank, sight), &missed) in banks.iter_mut().zip(&sights).zip(&marginals.missed) {
            let seen: f64 = paired.by_ref().take(sight.hits.len()).sum();
            self.correct_bank(bank, sight, missed, &sight.shares(seen));
        }
        let mut is_hit = vec![false; self.work.found.len()];
        sights.iter().flat_map(|sight| &sight.hits).for_each(|hit| is_hit[hit.found] = true);
        let all = self.work.found.iter_mut().zip(&marginals.unclaimed).zip(is_hit);
        // What no direction wants stays as it is to the last digit.
        for ((found, left), _) in all.filter(|(_, is_hit)| *is_hit) {
            found.unclaimed *= left;
        }
        let share_max = self.config.banks.known_share;
        let mut known = Vec::new();
        banks.retain(|bank| match bank.known(share_max) {
            Some((share, state)) => {
                known.push(self.became_known(&bank.thing, share, state));
                false
            }
            None => true,
        });
        known
    }

    /// Banks of the bearings that nobody claims.
    pub(in crate::tracking::filter) fn new_banks(&self) -> Vec<Bank> {
        let mut banks = Vec::new();
        for found in self.work.found.iter().filter(|found| self.begins_bank(found)) {
            let Place::Bearing { origin, .. } = found.place else { continue };
            let existence = found.birth_existence();
            let Some(first) = found.along.first() else { continue };
            let thing = self.first_seen(found, existence, (first.state, Modes::default()));
            let mut bank = Bank { thing, cells: Vec::new(), origin };
            bank.settle(found.along.clone());
            banks.push(bank);
        }
        banks
    }

    pub(super) fn begins_bank(&self, found: &Found) -> bool {
        let is_bearing = matches!(found.place, Place::Bearing { .. });
        let banks = &self.config.banks;
        is_bearing && !found.foreign && found.birth_existence() >= banks.end_below && banks.most > 0
    }

    fn sight(&self, bank: &Bank) -> Sight {
        let Belief { existence, classes, .. } = &bank.thing.belief;
        let looks: Vec<Look> = bank
            .cells
            .iter()
            .map(|cell| {
                let look = Look::at(cell.state.point(), classes, self.scan, self.p_detect);
                self.in_notch(look, std::iter::once((1.0, &cell.state)), classes)
                    .dimmed(self.share(cell.state.point()))
            })
            .collect();
        let seen: f64 =
            bank.cells.iter().zip(&looks).map(|(cell, look)| cell.weight * look.p_detect).sum();
        let p_miss = 1.0 - existence * seen;
        let mut hits = Vec::new();
        for (number, found) in self.work.found.iter().enumerate() {
            if found.unclaimed < UNCLAIMED_MIN {
                continue;
            }
            let mut hit =
                Hit { found: number, cells: Vec::new(), classes: ClassWeights::ZERO, weight: 0.0 };
            for (cell, look) in bank.cells.iter().zip(&looks) {
                let after = found.corrected((&cell.state, None), self.scan.worth(), self.config);
                let in_gate = after.filter(|after| after.distance2 <= self.config.gate);
                let Some(Refined { state, likelihood, .. }) = in_gate else { continue };
                let seen =
                    look.hit(classes, &found.classes, self.config).scaled(cell.weight * likelihood);
                hit.classes.add_scaled(&seen, 1.0);
                hit.cells.push(Cell { weight: seen.sum(), state });
            }
            let seen = hit.classes.sum();
            hit.weight = found.unclaimed * existence * seen / (p_miss * found.background);
            if hit.weight.is_finite() && hit.weight > 0.0 {
                hits.push(hit);
            }
        }
        Sight { looks, p_miss, hits }
    }

    fn correct_bank(&self, bank: &mut Bank, sight: &Sight, missed: f64, shares: &[f64]) {
        let worth = self.scan.worth();
        let before = bank.thing.belief.clone();
        let seen_at = |place: usize| 1.0 - sight.looks[place].p_detect;
        let unseen: f64 =
            bank.cells.iter().enumerate().map(|(place, cell)| cell.weight * seen_at(place)).sum();
        let still_there = missed * before.existence * unseen / sight.p_miss;
        let mut existence = still_there;
        // What a look that repeats others says moves the bank by its share only.
        let mut cells: Vec<Cell> = Vec::new();
        if worth < 1.0 {
            cells.extend(
                bank.cells.iter().map(|cell| cell.scaled(before.existence * (1.0 - worth))),
            );
        }
        if unseen > 0.0 {
            let missed = bank.cells.iter().enumerate();
            cells.extend(
                missed.map(|(place, cell)| {
                    cell.scaled(worth * still_there * seen_at(place) / unseen)
                }),
            );
        }
        let mut classes = ClassWeights::ZERO;
        for (cell, look) in bank.cells.iter().zip(&sight.looks) {
            let missed = before.classes.times(&look.by_class.map(|chance| 1.0 - chance));
            classes.add_scaled(&missed, cell.weight);
        }
        classes = classes.normalised().scaled(still_there);
        let mut sure = 0.0;
        for (hit, &share) in sight.hits.iter().zip(shares) {
            existence += share;
            let total = hit.classes.sum();
            cells.extend(hit.cells.iter().map(|cell| cell.scaled(worth * share / total)));
            classes.add_scaled(&hit.classes.normalised(), share);
            if share > SHARE_MIN {
                bank.thing.remember(self.seen(hit.found, share));
            }
            if let Place::Bearing { origin, .. } = self.work.found[hit.found].place
                && share > sure
            {
                (sure, bank.origin) = (share, origin);
            }
        }
        let after = Belief {
            existence: existence.clamp(0.0, 1.0),
            classes: classes.normalised(),
            ..before.clone()
        };
        bank.thing.belief = before.tempered(after, worth);
        bank.settle(cells);
    }

    /// The track that a bank has become.
    fn became_known(&self, thing: &Bernoulli, share: f64, state: Gaussian) -> Bernoulli {
        let mut known = thing.clone();
        let Belief { existence, classes, .. } = known.belief;
        let modes = Modes::known(state, &classes, self.config);
        known.belief = if modes.is_empty() {
            Belief { existence: existence * share, state, classes, modes, still: None }
        } else {
            Belief::of_modes(existence * share, modes, None)
        };
        known
    }
}
