//! What a scan ties together, and what of that a part may have for itself.

use sight::geo::EnuPoint;

use crate::tracking::bank::Bank;
use crate::tracking::bernoulli::Bernoulli;
use crate::tracking::filter::found::Place;
use crate::tracking::filter::reach::rough;
use crate::tracking::filter::trace::{Contacts, DIRECTIONS, Trace};
use crate::tracking::gate::reach;
use crate::tracking::undetected::Undetected;

use super::Step;

impl Step<'_> {
    /// Leaves the measurements of others alone; refused where the part has come to share one with them.
    pub(in crate::tracking::filter) fn set_apart(&mut self) -> Result<(), Contacts> {
        let Some(rest) = self.rest else { return Ok(()) };
        let mut own = rest.own(self.scan.measurements.len());
        for pairing in &self.work.pairings {
            own[self.work.found[pairing.found].number as usize] = true;
        }
        for found in &mut self.work.found {
            found.foreign = !own[found.number as usize];
        }
        let claims = rest.trace.claims.iter().filter(|(found, _)| own[*found as usize]);
        let keys: Vec<u64> =
            claims.map(|(_, key)| *key).filter(|key| !rest.active.contains(*key)).collect();
        if keys.is_empty() { Ok(()) } else { Err(Contacts { keys, cells: Vec::new() }) }
    }

    /// Notes what pairings and directions tie together. It takes the grid, which is of no more use to the scan.
    pub(in crate::tracking::filter) fn trace_pairs(
        &mut self,
        (tracks, banks): (&[Bernoulli], &[Bank]),
        undetected: &Undetected,
        trace: &mut Trace,
    ) {
        let work = &mut self.work;
        trace.claims.reserve(work.pairings.len());
        for pairing in &work.pairings {
            let track = &tracks[work.candidates[pairing.candidate].family];
            trace.claims.push((work.found[pairing.found].number, track.label.key()));
        }
        let fading = undetected.fading(self.scan.at);
        for found in work.found.iter().filter(|found| !found.foreign) {
            if let Place::Position { mean_m, .. } = found.place {
                let point = EnuPoint::new(mean_m.x, mean_m.y);
                let per_m2 = undetected.per_m2(point, &fading);
                trace.cells.push((found.number, undetected.cell_of(point), per_m2));
            }
        }
        if self.rest.is_some() {
            return;
        }
        trace.extent = self.reach();
        let work = &mut self.work;
        trace.noise_max_m2 = work.noise_max_m2;
        if !banks.is_empty() {
            let noise_m = reach(&work.noise_max_m2, self.config.gate);
            let mut near = vec![false; work.found.len()];
            for cell in banks.iter().flat_map(|bank| &bank.cells) {
                let (centre, half) = rough(&cell.state, 0.0, self.config);
                work.grid.near(centre, half + noise_m, |found| near[found] = true);
            }
            let near = work.found.iter().zip(near).filter(|(_, near)| *near);
            trace.claims.extend(near.map(|(found, _)| (found.number, DIRECTIONS)));
        }
        trace.grid = std::mem::take(&mut work.grid);
    }

    /// Notes what measurements began, and the directions that have become tracks.
    pub(in crate::tracking::filter) fn trace_births(
        &self,
        (births, known): (&[(usize, Bernoulli)], &[Bernoulli]),
        trace: &mut Trace,
    ) {
        let begun =
            births.iter().map(|(found, born)| (self.work.found[*found].number, born.label.key()));
        trace.claims.extend(begun);
        trace.risen.extend(known.iter().map(|track| track.label.key()));
        let directions = self.work.found.iter().filter(|found| self.begins_bank(found));
        trace.claims.extend(directions.map(|found| (found.number, DIRECTIONS)));
    }

    /// Measurements that are not those of others, by their place in the scan.
    pub(in crate::tracking::filter) fn own_measurements(&self) -> Vec<u32> {
        let own = self.work.found.iter().filter(|found| !found.foreign);
        own.map(|found| found.number).collect()
    }
}
