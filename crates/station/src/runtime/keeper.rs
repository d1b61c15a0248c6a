//! The core's thread: takes a batch, gives it its time, stores it, steps the core, and only then answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use watch::heavy::HeavyResult;
use watch::journal::{Entry, Input, Output};
use watch::runs::Start;
use watch::subject::RetentionClass;

use super::clock::Reading;
use super::erasures::Erasing;
use super::intake::{Batch, Submission};
use super::retention::Retention;
use super::stepper::Stepper;
use super::{Event, Receipt, Shared, SubmitError};
use crate::limits::{
    ENTRY_BYTES_MAX, HASH_INTERVAL, HASH_SHARE, PICTURE_INTERVAL, RECORD_RETRY, SEAL_INTERVAL,
    TICK_INTERVAL,
};
use crate::record::keyring::Day;
use crate::record::{Content, Journal};
use crate::snapshot::{Moment, SnapshotSink};
use crate::store::{Stepped, StoreSink};

/// Time passes for the core in steps of this much station time, and sooner when looks are due.
const TICK: SignedDuration = SignedDuration::from_secs(1);
/// Station time is told to the millisecond.
const CLOCK_STEP: Duration = Duration::from_millis(1);

/// The only writer of the record and the only owner of the core.
pub(super) struct Keeper {
    pub(super) shared: Arc<Shared>,
    pub(super) journal: Journal,
    pub(super) stepper: Stepper,
    pub(super) store: StoreSink,
    pub(super) snapshots: SnapshotSink,
    /// That the program started, until it is written down.
    pub(super) start: Option<Start>,
    pub(super) retention: Retention,
    pub(super) erasing: Erasing,
    pub(super) next_tick: Timestamp,
    pub(super) ticked: Instant,
    pub(super) refreshed: Instant,
    /// When the state is hashed next.
    pub(super) hash_due: Instant,
    /// When the record was last signed, and the entry after which.
    pub(super) sealed: (Instant, u64),
    /// Steps were taken that the live picture does not show yet.
    pub(super) stale: bool,
}

/// Entries on their way into the record, in order.
struct Draft {
    /// What the clocks said when what is added next was taken.
    clock: Reading,
    inputs: Vec<(Entry, Option<HeavyResult>)>,
    contents: Vec<Content>,
}

impl Keeper {
    /// Runs until the station stops.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.next_batch() {
            self.shared.questions.answer(self.stepper.core());
            self.take_erasures();
            self.keep(batch);
            if self.stale && self.to_refresh().is_zero() {
                self.refresh();
            }
            if self.sealed.0.elapsed() >= SEAL_INTERVAL {
                self.seal();
            }
        }
        self.write_end();
        self.refresh();
        self.seal();
        let entries = self.journal.tree().size();
        let is_signed = self.sealed.1 == entries + 1 && self.is_unchanged();
        if is_signed && self.snapshots.is_behind(entries) && !self.owes_erasure() {
            let moment = self.moment();
            self.snapshots.finish(moment);
        }
        self.retention.finish();
    }

    /// Writes down that the station stops, if it has written down that it started.
    fn write_end(&mut self) {
        if self.start.is_some() || !self.is_unchanged() {
            return;
        }
        let last = self.stepper.core().now();
        let mut draft = Draft::begin(self.shared.clock.reading().not_before(last));
        draft.add(Input::Stopped, None);
        match self.journal.append(&draft.contents) {
            Ok(last) => self.step_all(draft, last, 0, Vec::new()),
            Err(error) => tracing::error!("{error}; the record does not tell that the run ended"),
        }
    }

    /// The core as it is, for whoever writes it down. The entries that led to it are signed.
    fn moment(&self) -> Moment {
        let unanswered = self.stepper.unanswered().map(|(id, request)| (id, request.clone()));
        Moment {
            tree: self.journal.tree().clone(),
            core: self.stepper.core().clone(),
            unanswered: unanswered.collect(),
        }
    }

    /// Whether keys cannot be destroyed. A start reads what must be destroyed only where no snapshot was taken since.
    fn owes_erasure(&mut self) -> bool {
        if self.journal.owes_erasure()
            && let Err(error) = self.journal.destroy(&[])
        {
            tracing::error!("{error}; it is tried again");
        }
        self.journal.owes_erasure()
    }

    fn is_unchanged(&self) -> bool {
        self.shared.health.changed().is_none()
    }

    /// Signs the record if it has grown. One that cannot be signed now is signed with what comes next.
    fn seal(&mut self) {
        let next = self.journal.next_index();
        let last = std::mem::replace(&mut self.sealed, (Instant::now(), next));
        if last.1 == next || !self.is_unchanged() {
            return;
        }
        match self.journal.seal() {
            Ok(sealed) => {
                if self.snapshots.is_due(sealed.entries) && !self.owes_erasure() {
                    let moment = self.moment();
                    self.snapshots.offer(moment);
                }
                self.shared.witnessing.seal(sealed);
            }
            Err(error) => {
                self.sealed.1 = last.1;
                tracing::error!("{error}");
            }
        }
    }

    fn next_batch(&mut self) -> Option<Batch> {
        let patience = self.patience();
        self.shared.intake.take(patience, || self.shared.clock.reading())
    }

    /// How long the thread may sleep when nothing comes in.
    fn patience(&mut self) -> Duration {
        let due = self.stepper.next_due().map(|due| {
            // A clock that is led stands still between two leads: no reason to ask it all the time.
            let least = TICK_INTERVAL.saturating_sub(self.ticked.elapsed()).max(CLOCK_STEP);
            self.shared.clock.until(due).max(least)
        });
        let to_tick = self.shared.clock.until(self.next_tick);
        let to_tick = due.map_or(to_tick, |due| due.min(to_tick));
        if self.stale { to_tick.min(self.to_refresh()) } else { to_tick }
    }

    /// How long until the picture may be shown anew.
    fn to_refresh(&self) -> Duration {
        PICTURE_INTERVAL.saturating_sub(self.refreshed.elapsed())
    }

    /// Whether time must pass for the core now; moves the next whole tick on.
    fn is_tick(&mut self, at: Timestamp) -> bool {
        let is_whole = at >= self.next_tick;
        if is_whole {
            // Missed ticks are not made up for: time has passed only once.
            self.next_tick = (self.next_tick + TICK).max(at);
        }
        let may_tick = self.ticked.elapsed() >= TICK_INTERVAL;
        is_whole || (may_tick && self.stepper.next_due().is_some_and(|due| due <= at))
    }

    fn keep(&mut self, batch: Batch) {
        if let Some(problem) = self.shared.health.changed() {
            self.refuse(batch, &problem);
            return;
        }
        let last = self.stepper.core().now();
        let until = batch.at.not_before(last);
        let at = until.at;
        let first = batch.submissions.first().map_or(until, |first| first.arrived.not_before(last));
        let mut draft = Draft::begin(first.min(until));
        if let Some(start) = self.start.take() {
            draft.add(Input::Started(start), None);
        }
        for (request, result) in batch.computed {
            draft.add(Input::Computed { request, digest: result.digest() }, Some(result));
        }
        let computed = draft.inputs.len();
        let mut asked = Vec::with_capacity(batch.submissions.len());
        for submission in batch.submissions {
            draft.clock = submission.arrived.clamp(draft.clock, until);
            asked.extend(draft.add_submission(submission));
        }
        draft.clock = until;
        let is_tick = self.is_tick(at);
        let mut kept_from = BTreeMap::new();
        if is_tick {
            draft.add(Input::Tick, None);
            let frame = &self.stepper.core().model().sector().frame;
            let due = self.retention.due(&self.journal, (self.snapshots.covered(), at), frame);
            let traced = due.traces.into_iter().map(Input::Traced);
            for input in traced.chain(due.erasures.into_iter().map(Input::Erased)) {
                draft.add(input, None);
            }
            kept_from = due.kept_from;
        }
        for erasure in self.erasing.ready(self.snapshots.written()) {
            draft.add(Input::Erased(erasure), None);
        }
        if draft.contents.is_empty() {
            let nothing = Receipt { index: self.journal.next_index() - 1, ..Receipt::at(at) };
            self.answer(asked.into_iter().map(|asked| (nothing.clone(), asked.reply)).collect());
            return;
        }
        match self.journal.append(&draft.contents) {
            Ok(last) => {
                self.shared.health.record_stores();
                self.destroy_erased(&draft);
                self.forget_before(kept_from);
                self.tell_erased(last);
                self.step_all(draft, last, computed, asked);
                if is_tick {
                    // What came meanwhile is heard before the next one.
                    self.ticked = Instant::now();
                }
            }
            Err(error) => {
                self.retention.look_again();
                self.not_stored(draft, computed, asked, &error.to_string());
            }
        }
    }

    /// The query store goes with the record: what is past its age is in neither.
    fn forget_before(&mut self, kept_from: BTreeMap<RetentionClass, Day>) {
        for (class, day) in kept_from {
            if let Err(problem) = self.store.forget_before(class, day) {
                self.shared.health.store_fails(&problem.to_string());
            }
        }
    }

    /// What the entries that are durable by now say is erased.
    fn destroy_erased(&mut self, draft: &Draft) {
        for (entry, _) in &draft.inputs {
            let Input::Erased(erasure) = &entry.input else { continue };
            match self.journal.destroy(&erasure.keys) {
                Ok(()) => self.retention.free(),
                Err(error) => tracing::error!("{error}; it is tried again"),
            }
        }
    }

    fn step_all(&mut self, draft: Draft, last: u64, computed: usize, asked: Vec<Asked>) {
        self.shared.witnessing.kept(last);
        let mut index = last + 1 - draft.contents.len() as u64;
        let mut inputs = draft.inputs.into_iter();
        for (entry, result) in inputs.by_ref().take(computed) {
            self.step(index, entry, result);
            index += 1;
        }
        let mut receipts = Vec::with_capacity(asked.len());
        for Asked { count, reply } in asked {
            let mut receipt = Receipt::at(draft.clock.at);
            for (entry, result) in inputs.by_ref().take(count) {
                (receipt.index, receipt.at) = (index, entry.at);
                let outputs = self.step(index, entry, result);
                receipt.note(&outputs);
                index += 1;
            }
            receipts.push((receipt, reply));
        }
        for (entry, result) in inputs {
            self.step(index, entry, result);
            index += 1;
        }
        self.answer(receipts);
    }

    /// Who acted at the desk sees the act in the next picture, so that one is brought up to date first.
    fn answer(&mut self, receipts: Vec<(Receipt, super::intake::Reply)>) {
        if receipts.iter().any(|(receipt, _)| !receipt.commands.is_empty()) {
            self.refresh();
        }
        for (receipt, reply) in receipts {
            // A sender that has gone away needs no answer.
            drop(reply.send(Ok(receipt)));
        }
    }

    fn step(&mut self, index: u64, entry: Entry, result: Option<HeavyResult>) -> Arc<Vec<Output>> {
        let outputs = Arc::new(self.stepper.step(&entry, result));
        self.stale = true;
        for output in outputs.iter() {
            self.pass_on(output);
        }
        let stepped = Stepped { index, entry, outputs: Arc::clone(&outputs) };
        if let Err(problem) = self.store.push(stepped) {
            self.shared.health.store_fails(&problem.to_string());
        }
        outputs
    }

    fn pass_on(&self, output: &Output) {
        let event = match output {
            Output::Compute { id, request } => {
                self.shared.heavy.push(*id, request.clone());
                return;
            }
            Output::SendTask(task) => Event::SendTask(task.clone()),
            Output::SendPointing(pointing) => Event::SendPointing(pointing.clone()),
            Output::Proposals { alert, proposals } => {
                self.shared.live.propose(*alert, proposals.clone());
                Event::Proposals { alert: *alert }
            }
            Output::Moves { request, answer } => {
                Event::Moves { request: *request, answer: Arc::clone(answer) }
            }
            Output::Track(_)
            | Output::TrackEnded(_)
            | Output::Alert(_)
            | Output::Task(_)
            | Output::Unit(_)
            | Output::Sensor(_)
            | Output::Stretches(_)
            | Output::Weather(_)
            | Output::HandOver(_)
            | Output::CommandDone { .. } => return,
        };
        // Nobody listens when no door and no desk is open.
        drop(self.shared.events.send(event));
    }

    /// Nothing is recorded after what is no longer what was recorded.
    fn refuse(&self, batch: Batch, problem: &str) {
        for submission in batch.submissions {
            drop(submission.reply.send(Err(SubmitError::Changed { problem: problem.to_owned() })));
        }
        if self.shared.intake.is_stopping() {
            self.shared.intake.give_up();
        }
        self.shared.intake.pause(RECORD_RETRY);
    }

    /// Nothing of the batch counts. Heavy results wait for the next try; everybody else is told to come again.
    fn not_stored(&mut self, draft: Draft, computed: usize, asked: Vec<Asked>, problem: &str) {
        self.shared.health.record_fails(problem);
        for Asked { reply, .. } in asked {
            drop(reply.send(Err(SubmitError::NotStored { problem: problem.to_owned() })));
        }
        for (entry, result) in draft.inputs.into_iter().take(computed) {
            if let (Input::Computed { request, .. }, Some(result)) = (&entry.input, result) {
                self.shared.intake.push_computed(*request, result);
            }
            if let Input::Started(start) = entry.input {
                self.start = Some(start);
            }
        }
        self.next_tick = draft.clock.at;
        if self.shared.intake.is_stopping() {
            self.shared.intake.give_up();
        }
        self.shared.intake.pause(RECORD_RETRY);
    }

    fn refresh(&mut self) {
        let seq = self.journal.next_index() - 1;
        let hash = self.due_hash();
        self.shared.live.refresh(self.stepper.core(), seq, hash);
        self.refreshed = Instant::now();
        self.stale = false;
    }

    /// The hash of the state, where it is time for one.
    fn due_hash(&mut self) -> Option<[u8; 32]> {
        let begun = Instant::now();
        if begun < self.hash_due && !self.shared.intake.is_stopping() {
            return None;
        }
        let hash = self.stepper.core().state_hash();
        let took = begun.elapsed();
        self.hash_due = begun + HASH_INTERVAL.max(took.saturating_mul(HASH_SHARE));
        Some(hash)
    }
}

/// A submission whose inputs are in a draft: how many they are and who waits.
struct Asked {
    count: usize,
    reply: super::intake::Reply,
}

impl Draft {
    fn begin(clock: Reading) -> Self {
        Self { clock, inputs: Vec::new(), contents: Vec::new() }
    }

    fn add(&mut self, input: Input, result: Option<HeavyResult>) {
        let Reading { at, since_start_ms } = self.clock;
        let entry = Entry { at, since_start_ms: Some(since_start_ms), input };
        self.contents.push(Content::of(&entry));
        self.inputs.push((entry, result));
    }

    /// Adds all inputs of a submission, or none when one is too large.
    fn add_submission(&mut self, submission: Submission) -> Option<Asked> {
        let (before, count) = (self.inputs.len(), submission.inputs.len());
        for input in submission.inputs {
            self.add(input, None);
        }
        let largest =
            self.contents.iter().skip(before).map(|content| content.bytes.len()).max().unwrap_or(0);
        if largest > ENTRY_BYTES_MAX {
            self.inputs.truncate(before);
            self.contents.truncate(before);
            drop(submission.reply.send(Err(SubmitError::TooLarge { bytes: largest })));
            return None;
        }
        Some(Asked { count, reply: submission.reply })
    }
}

impl Receipt {
    fn at(at: Timestamp) -> Self {
        Self { index: 0, at, commands: Vec::new(), asked: Vec::new(), said: Vec::new() }
    }

    fn note(&mut self, outputs: &[Output]) {
        for output in outputs {
            if let Output::CommandDone { key, result } = output {
                self.commands.push((key.clone(), result.clone()));
            }
            if let Output::Compute { id, .. } = output {
                self.asked.push(*id);
            }
            if let Output::HandOver(message) = output {
                self.said.push(message.clone());
            }
        }
    }
}
