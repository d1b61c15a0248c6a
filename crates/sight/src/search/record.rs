//! A search that goes on: what was thought at first, what was swept, and what is left in each piece of ground.

use serde::{Deserialize, Serialize};

use super::{DetectionLaw, Region};

/// One piece of ground in a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// What people call it.
    pub name: String,
    /// Chance, before anybody searched, that the target is here.
    pub prior: f64,
    pub area_m2: f64,
    /// Mean time after which somebody who can move about may have come back into cleared ground, seconds; `None` when
    /// they cannot (hurt, trapped, or no way leads there).
    pub return_s: Option<f64>,
    /// Chance that the target is here, given that nothing was found so far; over all cells and `elsewhere` it sums to 1.
    left: f64,
}

/// One sweep of one piece of ground in which nothing was found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Swept {
    /// Seconds since the search began.
    pub at_s: f64,
    /// Number of the cell.
    pub cell: usize,
    /// Sweep width times track length, square metres.
    pub effort_m2: f64,
    pub law: DetectionLaw,
}

/// A search from its first estimate on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Search {
    cells: Vec<Cell>,
    /// Chance that the target is in none of the cells.
    elsewhere: f64,
    /// Chance that all sweeps so far found nothing, that is 1 - cumulative POS.
    unfound: f64,
    at_s: f64,
    swept: Vec<Swept>,
}

/// What cannot be searched with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SearchFault {
    #[error("{field} of {name:?} must be {must}, got {value}")]
    Cell { field: &'static str, name: String, must: &'static str, value: f64 },
    #[error("the chances of the cells sum to {sum}, they may sum to 1 at most")]
    TooSure { sum: f64 },
    #[error("the chances of the cells and elsewhere must sum to 1, got {sum}")]
    NotAll { sum: f64 },
    #[error("cell must be below {cells}, got {cell}")]
    NoSuchCell { cell: usize, cells: usize },
    #[error("{field} must be {must}, got {value}")]
    Sweep { field: &'static str, must: &'static str, value: f64 },
}

impl Cell {
    /// A piece of ground that nobody has searched yet.
    pub fn new(name: String, prior: f64, area_m2: f64, return_s: Option<f64>) -> Self {
        Self { name, prior, area_m2, return_s, left: prior }
    }

    /// Chance that the target is here, given that nothing was found so far.
    pub fn poa(&self) -> f64 {
        self.left
    }

    fn check(&self) -> Result<(), SearchFault> {
        let fault = |field, must, value| {
            Err(SearchFault::Cell { field, name: self.name.clone(), must, value })
        };
        if !(0.0..=1.0).contains(&self.prior) {
            return fault("prior", "from 0 to 1", self.prior);
        }
        if !(self.area_m2.is_finite() && self.area_m2 > 0.0) {
            return fault("area_m2", "finite and positive", self.area_m2);
        }
        match self.return_s {
            Some(value) if !(value.is_finite() && value > 0.0) => {
                fault("return_s", "finite and positive", value)
            }
            Some(_) | None => Ok(()),
        }
    }
}

impl Search {
    /// Begins a search; what the cells' chances leave of 1 is the chance that the target is elsewhere.
    pub fn begin(cells: Vec<Cell>) -> Result<Self, SearchFault> {
        cells.iter().try_for_each(Cell::check)?;
        let sum = cells.iter().fold(0.0, |sum, cell| sum + cell.prior);
        if sum > 1.0 + 1e-9 {
            return Err(SearchFault::TooSure { sum });
        }
        let elsewhere = (1.0 - sum).max(0.0);
        Ok(Self { cells, elsewhere, unfound: 1.0, at_s: 0.0, swept: Vec::new() })
    }

    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    pub fn swept(&self) -> &[Swept] {
        &self.swept
    }

    /// Chance that the target is in none of the cells, given that nothing was found so far.
    pub fn elsewhere(&self) -> f64 {
        self.elsewhere
    }

    /// Chance that the sweeps so far would have found the target: cumulative POS. `1 - pos` is the residual.
    pub fn pos(&self) -> f64 {
        1.0 - self.unfound
    }

    /// The cells as they are now, for the next allocation.
    pub fn regions(&self) -> Vec<Region> {
        self.cells.iter().map(|cell| Region { poa: cell.left, area_m2: cell.area_m2 }).collect()
    }

    /// Takes in a sweep that found nothing, and returns its probability of detection.
    ///
    /// Bayes: the swept cell keeps `1 - POD` of its chance, and all is scaled so that it sums to 1 again.
    pub fn record(&mut self, sweep: Swept) -> Result<f64, SearchFault> {
        let cells = self.cells.len();
        let effort_m2 = sweep.effort_m2;
        if !(effort_m2.is_finite() && effort_m2 >= 0.0) {
            let must = "finite and not negative";
            return Err(SearchFault::Sweep { field: "effort_m2", must, value: effort_m2 });
        }
        if sweep.cell >= cells {
            return Err(SearchFault::NoSuchCell { cell: sweep.cell, cells });
        }
        self.wait_until(sweep.at_s)?;
        let cell = &mut self.cells[sweep.cell];
        let pod = sweep.law.pod(sweep.effort_m2 / cell.area_m2);
        let found = cell.left * pod;
        cell.left -= found;
        self.unfound *= 1.0 - found;
        self.scale(1.0 - found);
        self.swept.push(sweep);
        Ok(pod)
    }

    /// Whether what was read from a file is a search: cells that can be searched, chances that sum to 1.
    pub fn check(&self) -> Result<(), SearchFault> {
        self.cells.iter().try_for_each(Cell::check)?;
        let chances = self.cells.iter().map(|cell| cell.left).chain([self.elsewhere]);
        let sum = chances.clone().fold(0.0, |sum, chance| sum + chance);
        if !(sum - 1.0).abs().le(&1e-6) || chances.clone().any(|chance| chance < 0.0) {
            return Err(SearchFault::NotAll { sum });
        }
        if !(0.0..=1.0).contains(&self.unfound) {
            return Err(SearchFault::Sweep {
                field: "unfound",
                must: "from 0 to 1",
                value: self.unfound,
            });
        }
        Ok(())
    }

    /// Lets time pass: cleared ground fills again as people move about.
    ///
    /// Each cell with a way back returns towards its share of what was thought at first, by `1 - exp(-t / return_s)`; what it
    /// gains the others and elsewhere lose in proportion.
    pub fn wait_until(&mut self, at_s: f64) -> Result<(), SearchFault> {
        if !(at_s.is_finite() && at_s >= self.at_s) {
            let must = "finite and not before the last sweep";
            return Err(SearchFault::Sweep { field: "at_s", must, value: at_s });
        }
        let passed_s = at_s - self.at_s;
        self.at_s = at_s;
        for cell in &mut self.cells {
            let Some(return_s) = cell.return_s else { continue };
            cell.left += (cell.prior - cell.left).max(0.0) * -libm::expm1(-passed_s / return_s);
        }
        let sum = self.cells.iter().fold(self.elsewhere, |sum, cell| sum + cell.left);
        self.scale(sum);
        Ok(())
    }

    /// Divides every chance by `sum`; a sum of nothing leaves nothing to divide.
    fn scale(&mut self, sum: f64) {
        if sum > 0.0 {
            self.elsewhere /= sum;
            self.cells.iter_mut().for_each(|cell| cell.left /= sum);
        }
    }
}
