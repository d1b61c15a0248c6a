//! The core with its heavy requests: stepped live, or replayed from a record with every heavy result computed anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use sight::coverage::Model;
use watch::heavy::{Computer, HeavyRequest, HeavyResult};
use watch::journal::{self, Entry, Input, Output, RequestId};
use watch::{Core, SnapshotError};

use crate::record::{self, RecordError};

/// Why a record cannot be replayed with this build and this sector.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Decode(#[from] journal::DecodeError),
    #[error(
        "the record was begun for sector `{recorded}` (digest {recorded_digest}), but the sector file now describes \
         `{given}` (digest {given_digest}); restore that sector file or choose another data directory"
    )]
    OtherSector { recorded: String, recorded_digest: String, given: String, given_digest: String },
    #[error(
        "the result of heavy request {} differs from the one that was acted on; \
         this build or its terrain is not the one that wrote the record", request.0
    )]
    OtherResult { request: RequestId },
}

/// A core and the heavy requests that it has made and that are not answered.
#[derive(Debug)]
pub struct Stepper {
    model: Arc<Model>,
    core: Core,
    unanswered: BTreeMap<RequestId, HeavyRequest>,
    last_computed: Option<(HeavyRequest, HeavyResult)>,
    computer: Computer,
}

impl Stepper {
    pub fn new(model: Arc<Model>) -> Self {
        let (core, computer) = (Core::new(Arc::clone(&model)), Computer::new(Arc::clone(&model)));
        Self { model, core, unanswered: BTreeMap::new(), last_computed: None, computer }
    }

    /// Goes on from a core that was written down, and from what it had asked for.
    pub(crate) fn restore(
        model: Arc<Model>,
        state: &[u8],
        unanswered: BTreeMap<RequestId, HeavyRequest>,
    ) -> Result<Self, SnapshotError> {
        let mut computer = Computer::new(Arc::clone(&model));
        let core = Core::restore(&mut computer, state)?;
        Ok(Self { model, core, unanswered, last_computed: None, computer })
    }

    /// Hands over what replay has computed with, for whoever computes from here on.
    pub(super) fn take_computer(&mut self) -> Computer {
        std::mem::replace(&mut self.computer, Computer::new(Arc::clone(&self.model)))
    }

    pub fn core(&self) -> &Core {
        &self.core
    }

    /// When the core has looks to show to its tracker; `None` when none wait.
    pub fn next_due(&mut self) -> Option<Timestamp> {
        self.core.next_due()
    }

    /// Requests for which no result has been taken in, oldest first.
    pub fn unanswered(&self) -> impl Iterator<Item = (RequestId, &HeavyRequest)> {
        self.unanswered.iter().map(|(id, request)| (*id, request))
    }

    /// Takes an entry that is durable, with the result that an [`Input::Computed`] speaks of.
    pub fn step(&mut self, entry: &Entry, result: Option<HeavyResult>) -> Vec<Output> {
        let outputs = self.core.step(entry, result);
        if let Input::Computed { request, .. } = &entry.input {
            self.answered(*request);
        }
        for output in &outputs {
            if let Output::Compute { id, request } = output {
                self.unanswered.insert(*id, request.clone());
            }
        }
        outputs
    }

    /// Takes an entry of a record; a heavy result is computed again and must be the one that was acted on.
    pub fn replay(&mut self, payload: &[u8]) -> Result<(Entry, Vec<Output>), ReplayError> {
        let entry = journal::decode(payload)?;
        let result = match &entry.input {
            Input::Opened { sector, sector_digest } => {
                self.check_sector(sector, sector_digest)?;
                None
            }
            Input::Computed { request, digest } => self.compute_again(*request, digest)?,
            Input::Tick
            | Input::Registered(_)
            | Input::Disconnected { .. }
            | Input::Status(_)
            | Input::Detected(_)
            | Input::Rejected(_)
            | Input::Commanded(_)
            | Input::TaskReported { .. }
            | Input::HandedOver(_)
            | Input::Called(_)
            | Input::Wrote(_)
            | Input::Viewed(_)
            | Input::PointingReported { .. }
            | Input::Pictured(_)
            | Input::Recorded(_)
            | Input::Forecast(_)
            | Input::Audited(_)
            | Input::Erased(_)
            | Input::Migrated(_)
            | Input::Marked(_)
            | Input::Traced(_)
            | Input::Started(_)
            | Input::Stopped => None,
        };
        let outputs = self.step(&entry, result);
        Ok((entry, outputs))
    }

    fn check_sector(&self, recorded: &str, digest: &[u8; 32]) -> Result<(), ReplayError> {
        let sector = self.model.sector();
        let given = sector.digest();
        if given == *digest {
            return Ok(());
        }
        Err(ReplayError::OtherSector {
            recorded: recorded.to_owned(),
            recorded_digest: short_hex(digest),
            given: sector.name.clone(),
            given_digest: short_hex(&given),
        })
    }

    fn compute_again(
        &mut self,
        request: RequestId,
        digest: &[u8; 32],
    ) -> Result<Option<HeavyResult>, ReplayError> {
        let Some(wanted) = self.unanswered.get(&request) else { return Ok(None) };
        let result = match &self.last_computed {
            Some((same, result)) if same == wanted => result.clone(),
            Some(_) | None => self.computer.compute(wanted),
        };
        if result.digest() != *digest {
            return Err(ReplayError::OtherResult { request });
        }
        self.last_computed = Some((wanted.clone(), result.clone()));
        Ok(Some(result))
    }

    /// Forgets a request, and with an assessment all older ones, which the heavy worker passed over.
    fn answered(&mut self, answered: RequestId) {
        let Some(request) = self.unanswered.remove(&answered) else { return };
        if matches!(request, HeavyRequest::Assess(_)) {
            self.unanswered.retain(|id, request| {
                *id > answered || !matches!(request, HeavyRequest::Assess(_))
            });
        }
    }
}

/// Replays a data directory's record from its beginning without changing it; `each` sees every step.
///
/// Replay stops where `each` returns false.
pub fn replay_record(
    model: Arc<Model>,
    data_directory: &Path,
    mut each: impl FnMut(u64, &Entry, &[Output], &Core) -> bool,
) -> Result<Stepper, RecordError> {
    let mut stepper = Stepper::new(model);
    let mut going = true;
    record::read(data_directory, |index, payload| {
        if going {
            let (entry, outputs) = stepper.replay(payload)?;
            going = each(index, &entry, &outputs, &stepper.core);
        }
        Ok(())
    })?;
    Ok(stepper)
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;

    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string does not fail");
        text
    })
}

fn short_hex(digest: &[u8; 32]) -> String {
    hex(&digest[..6])
}
