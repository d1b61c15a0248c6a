//! The world of one agency: a core that is stepped with what was released to it, and with time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::Model;
use watch::Core;
use watch::heavy::{Computer, HeavyRequest, HeavyResult};
use watch::journal::{Entry, Input, Output, RequestId, TrackView};

use super::gate::{Gate, Released};

/// Time passes in a world in steps of this much, whatever happens at the station.
const TICK: SignedDuration = SignedDuration::from_secs(1);

/// A world.
#[derive(Debug)]
pub struct World {
    gate: Gate,
    model: Arc<Model>,
    core: Core,
    computer: Computer,
    next_tick: Timestamp,
    /// What passed the gate.
    passed: u64,
}

impl World {
    /// A world that has seen nothing yet and begins at a time. The error names what of the sector cannot be without
    /// what is withheld.
    pub fn begin(
        mut gate: Gate,
        grid: &sight::terrain::Grid,
        at: Timestamp,
    ) -> Result<Self, String> {
        let model = Model::build(gate.sector(), grid.clone()).map_err(|faults| {
            faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        })?;
        let model = Arc::new(model);
        let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Ok(Self {
            gate,
            core: Core::new(Arc::clone(&model)),
            computer: Computer::new(Arc::clone(&model)),
            model,
            next_tick: whole.saturating_add(TICK).unwrap_or(Timestamp::MAX),
            passed: 0,
        })
    }

    /// Takes an entry of the record, if the agency is given it.
    pub fn take(&mut self, entry: &Entry) {
        if let Some(released) = self.gate.pass(entry, self.passed + 1) {
            self.passed += 1;
            self.enter(&released);
        }
    }

    /// Lets time pass up to a time before which nothing more will come.
    pub fn pass_time(&mut self, until: Timestamp) {
        while self.next_tick < until {
            let at = self.next_tick;
            self.step(&Entry { at, input: Input::Tick });
            self.next_tick = at.saturating_add(TICK).unwrap_or(Timestamp::MAX);
        }
    }

    fn enter(&mut self, released: &Released<Entry>) {
        let entry = released.get();
        self.pass_time(entry.at);
        self.step(entry);
    }

    /// Takes a step, and at once what it asks to be computed.
    fn step(&mut self, entry: &Entry) {
        let mut asked = self.core_step(entry, None);
        while let Some((request, wanted)) = asked.pop() {
            let result = self.computer.compute(&wanted);
            let input = Input::Computed { request, digest: result.digest() };
            asked.extend(self.core_step(&Entry { at: entry.at, input }, Some(result)));
        }
    }

    fn core_step(
        &mut self,
        entry: &Entry,
        result: Option<HeavyResult>,
    ) -> Vec<(RequestId, HeavyRequest)> {
        let outputs = self.core.step(entry, result).into_iter();
        let asked = outputs.filter_map(|output| {
            if let Output::Compute { id, request } = output { Some((id, request)) } else { None }
        });
        asked.collect()
    }

    /// How many entries passed the gate.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// Its tracks, with what the grid that places were put on adds to their error: a tracker takes errors of reports to
    /// be independent, and those of one cell are the same.
    pub(crate) fn tracks(&self) -> Vec<TrackView> {
        let cell_m2 = self.gate.coarsen_m().powi(2) / 12.0;
        let widened = |track: &TrackView| {
            let [east_m2, cross_m2, north_m2] = track.covariance_m2;
            let covariance_m2 = [east_m2 + cell_m2, cross_m2, north_m2 + cell_m2];
            TrackView { covariance_m2, ..track.clone() }
        };
        self.core.tracks().map(widened).collect()
    }
}
