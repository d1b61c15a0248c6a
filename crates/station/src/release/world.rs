//! The world of one agency: a core that is stepped with what was released to it, and with time.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sight::coverage::{Model, StretchAssessment};
use watch::Core;
use watch::heavy::{Computer, HeavyRequest, HeavyResult};
use watch::journal::{Entry, Input, Output, RequestId, TrackView};

use super::gate::{Gate, Released};
use crate::limits::STRIP_ROWS_MAX;
use crate::store::sqlite::{StripRow, letter_of};

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
    /// What passed the gate, and what of it were forecasts.
    passed: u64,
    expected: u64,
    strip: Strip,
    /// What came of it since it was asked for, where anybody asks.
    outputs: Option<Vec<Output>>,
}

/// The watch state of its line as it was.
#[derive(Debug, Default)]
struct Strip {
    /// The newest last.
    rows: VecDeque<StripRow>,
    /// Rows that there ever were.
    ever: u64,
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
            expected: 0,
            strip: Strip::default(),
            outputs: None,
        })
    }

    /// The same for somebody who takes what comes of each step ([`World::drain`]).
    #[must_use]
    pub(crate) fn listened_to(self) -> Self {
        Self { outputs: Some(Vec::new()), ..self }
    }

    /// What came of it since this was asked last.
    pub(crate) fn drain(&mut self) -> Vec<Output> {
        self.outputs.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Takes an entry of the record, if the agency is given it.
    pub fn take(&mut self, entry: &Entry) {
        if let Some(released) = self.gate.pass(entry, self.passed + 1) {
            self.passed += 1;
            self.enter(&released);
        }
    }

    /// Up to when it may go on, where the station's time is `now` and all that was taken until `known` is durable: as far behind
    /// as anything that the agency is given. The station's own time passes in whole seconds whatever comes; so does the
    /// world's, and nothing that is withheld hurries it.
    pub fn goes_up_to(&self, known: Timestamp, now: Timestamp) -> Timestamp {
        let given = now.saturating_sub(self.gate.delay()).unwrap_or(Timestamp::MIN);
        let until = known.min(given);
        Timestamp::from_second(until.as_second()).unwrap_or(until)
    }

    /// Lets time pass up to a time before which nothing more will come.
    pub fn pass_time(&mut self, until: Timestamp) {
        while self.next_tick < until {
            let at = self.next_tick;
            self.step(&Entry::new(at, Input::Tick));
            self.next_tick = at.saturating_add(TICK).unwrap_or(Timestamp::MAX);
        }
    }

    fn enter(&mut self, released: &Released<Entry>) {
        let entry = released.get();
        self.pass_time(entry.at);
        self.expected += u64::from(matches!(entry.input, Input::Forecast(_)));
        self.step(entry);
    }

    /// Takes a step, and at once what it asks to be computed.
    fn step(&mut self, entry: &Entry) {
        let mut asked = self.core_step(entry, None);
        while let Some((request, wanted)) = asked.pop() {
            let result = self.computer.compute(&wanted);
            let input = Input::Computed { request, digest: result.digest() };
            asked.extend(self.core_step(&Entry::new(entry.at, input), Some(result)));
        }
    }

    fn core_step(
        &mut self,
        entry: &Entry,
        result: Option<HeavyResult>,
    ) -> Vec<(RequestId, HeavyRequest)> {
        let mut asked = Vec::new();
        for output in self.core.step(entry, result) {
            if let Output::Compute { id, request } = output {
                asked.push((id, request));
            } else if let Output::Stretches(stretches) = &output {
                self.strip.assess(entry.at, stretches);
            } else {
                self.keep(output);
            }
        }
        asked
    }

    fn keep(&mut self, output: Output) {
        let Some(outputs) = &mut self.outputs else { return };
        let coarsen_m = self.gate.coarsen_m();
        outputs.push(if let Output::Track(track) = &output {
            Output::Track(widened(track, coarsen_m))
        } else {
            output
        });
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

    /// How many forecasts passed the gate.
    pub(crate) fn expected(&self) -> u64 {
        self.expected
    }

    /// The watch state of its line as it was, oldest first; and how often it ever changed.
    pub(crate) fn strip(&self) -> (u64, impl Iterator<Item = &StripRow>) {
        (self.strip.ever, self.strip.rows.iter())
    }

    /// Its tracks, with what the grid that places were put on adds to their error: a tracker takes errors of reports to
    /// be independent, and those of one cell are the same.
    pub(crate) fn tracks(&self) -> Vec<TrackView> {
        let coarsen_m = self.gate.coarsen_m();
        self.core.tracks().map(|track| widened(track, coarsen_m)).collect()
    }
}

impl Strip {
    fn assess(&mut self, at: Timestamp, stretches: &[StretchAssessment]) {
        let states: String = stretches.iter().map(|stretch| letter_of(stretch.state)).collect();
        if self.rows.back().is_some_and(|last| last.states == states) {
            return;
        }
        if self.rows.len() >= STRIP_ROWS_MAX {
            self.rows.pop_front();
        }
        self.rows.push_back(StripRow { at, states });
        self.ever += 1;
    }
}

fn widened(track: &TrackView, coarsen_m: f64) -> TrackView {
    let cell_m2 = coarsen_m.powi(2) / 12.0;
    let [east_m2, cross_m2, north_m2] = track.covariance_m2;
    let covariance_m2 = [east_m2 + cell_m2, cross_m2, north_m2 + cell_m2];
    TrackView { covariance_m2, ..track.clone() }
}
