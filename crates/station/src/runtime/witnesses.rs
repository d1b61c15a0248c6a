//! Takes what was signed to witnesses, and keeps what they signed.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::watch;
use url::Url;

use super::Handle;
use crate::limits::{WITNESS_INTERVAL, WITNESS_LATE, WITNESS_RETRY};
use crate::record::cosign::Witness;
use crate::record::note::Verifier;
use crate::record::tiles::Tiles;
use crate::record::tree::grew;
use crate::record::witnessed::{self, Witnessed};
use crate::record::{RecordError, Sealed};
use crate::witness::client::{self, Answer};
use crate::witness::request::Request;

/// A witness that is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct WitnessIn {
    pub(crate) url: Url,
    pub(crate) witness: Witness,
}

/// What is known of all witnesses, and what they are to sign next.
#[derive(Debug)]
pub struct Witnessing {
    origin: String,
    /// Entries that are durable.
    here: AtomicU64,
    sealed: watch::Sender<Option<Sealed>>,
    states: Mutex<Vec<WitnessState>>,
}

/// How far a witness has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WitnessState {
    pub(crate) name: String,
    pub(crate) url: String,
    /// Entries under the newest checkpoint that it has signed.
    pub(crate) entries: u64,
    pub(crate) at: Option<Timestamp>,
    /// Why it has not signed the newest.
    pub(crate) problem: Option<String>,
    /// It was shown another past of this record.
    pub(crate) saw_another_past: bool,
    /// Since when something signed has been waiting for it.
    waits_since: Option<Instant>,
}

/// How far the record is sure, and to whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Assurance {
    /// Entries that a pulled plug cannot take.
    pub(crate) here: u64,
    /// Entries under the newest checkpoint that this station has signed.
    pub(crate) signed: u64,
    /// Entries that a centre above this station has; `None` where there is no centre.
    pub(crate) centre: Option<u64>,
    /// Whoever is asked to sign what this station has signed.
    pub(crate) witnesses: Vec<WitnessState>,
}

impl Assurance {
    /// Entries that at least one witness has seen; `None` where none is asked.
    pub(crate) fn witnessed(&self) -> Option<u64> {
        self.witnesses.iter().map(|witness| witness.entries).max()
    }
}

impl WitnessState {
    /// Something has been waiting for it longer than it may take.
    pub(crate) fn is_late(&self) -> bool {
        self.waits_since.is_some_and(|since| since.elapsed() > WITNESS_LATE)
    }

    /// There are so many signed entries.
    fn wait_for(&mut self, signed: u64) {
        let waits = signed > self.entries;
        self.waits_since = waits.then(|| self.waits_since.unwrap_or_else(Instant::now));
    }
}

impl Witnessing {
    /// Of a record that has so many entries.
    pub(super) fn of(origin: String, entries: u64) -> Self {
        let (here, sealed) = (AtomicU64::new(entries), watch::channel(None).0);
        Self { origin, here, sealed, states: Mutex::default() }
    }

    /// Entries up to this one are durable.
    pub(super) fn kept(&self, last: u64) {
        self.here.store(last, Ordering::Release);
    }

    /// Entries that a pulled plug cannot take.
    pub(crate) fn here(&self) -> u64 {
        self.here.load(Ordering::Acquire)
    }

    /// The record's name, by which its checkpoints are known.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(super) fn seal(&self, sealed: Sealed) {
        for state in self.lock().iter_mut() {
            state.wait_for(sealed.entries);
        }
        self.sealed.send_replace(Some(sealed));
    }

    /// The newest signed checkpoint, once there is one.
    pub(crate) fn sealed(&self) -> Option<Sealed> {
        self.sealed.borrow().clone()
    }

    /// Entries under it.
    fn signed(&self) -> u64 {
        self.sealed.borrow().as_ref().map_or(0, |sealed| sealed.entries)
    }

    pub(crate) fn states(&self) -> Vec<WitnessState> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<WitnessState>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins to ask witnesses, on the runtime that this is called on.
pub(super) fn open_witnesses(
    witnesses: &[WitnessIn],
    (data, by): (PathBuf, Verifier),
    handle: &Handle,
) -> Result<(), RecordError> {
    let keys: Vec<Witness> = witnesses.iter().map(|known| known.witness.clone()).collect();
    witnessed::remember(&data, &keys)?;
    for (number, asked) in witnesses.iter().enumerate() {
        let before = Witnessed::newest(&data, &by, &asked.witness)?;
        let mut state = WitnessState {
            name: asked.witness.name().to_owned(),
            url: asked.url.to_string(),
            entries: before.as_ref().map_or(0, |before| before.checkpoint.size),
            at: before.as_ref().map(|before| before.at),
            ..WitnessState::default()
        };
        let signed = handle.witnessing().signed();
        state.wait_for(signed);
        handle.witnessing().lock().push(state);
        let follower = Follower {
            handle: handle.clone(),
            data: data.clone(),
            by: by.clone(),
            asked: asked.clone(),
            number,
            seen: before.map_or(0, |before| before.checkpoint.size),
        };
        tokio::spawn(follower.follow());
    }
    Ok(())
}

/// Follows one witness.
struct Follower {
    handle: Handle,
    data: PathBuf,
    by: Verifier,
    asked: WitnessIn,
    number: usize,
    /// Entries that the witness has seen, as far as is known here.
    seen: u64,
}

impl Follower {
    async fn follow(mut self) {
        let mut sealed = self.handle.witnessing().sealed.subscribe();
        loop {
            let newest = sealed.borrow_and_update().clone();
            let pause = match newest.filter(|newest| newest.entries > self.seen) {
                Some(newest) => match self.take(newest).await {
                    Ok(()) => WITNESS_INTERVAL,
                    Err(problem) => {
                        self.fails(&problem);
                        WITNESS_RETRY
                    }
                },
                None => WITNESS_INTERVAL,
            };
            tokio::time::sleep(pause).await;
            if sealed.has_changed().is_ok_and(|changed| !changed)
                && pause == WITNESS_INTERVAL
                && sealed.changed().await.is_err()
            {
                return;
            }
        }
    }

    /// Takes a checkpoint to the witness; a second time when it has seen another size than was thought.
    async fn take(&mut self, newest: Sealed) -> Result<(), String> {
        for _ in 0..2 {
            let request = self.request(&newest).await?;
            match client::ask(&self.asked.url, request.to_text()).await? {
                Answer::Signed(lines) => return self.keep(newest, lines).await,
                Answer::Seen(seen) if seen > newest.entries => {
                    return Err(self.another_past(&format!(
                        "it has seen {seen} entries of this record, which has {}: it was cut short, or an older copy is in use",
                        newest.entries
                    )));
                }
                Answer::Seen(seen) => self.seen = seen,
                Answer::Inconsistent => {
                    return Err(self.another_past(
                        "it has seen another past of this record: somebody changed it",
                    ));
                }
                Answer::Refused(why) => return Err(why),
            }
        }
        Err(self.another_past("it has seen another past of the same length"))
    }

    /// The checkpoint with the proof that the record grew from what the witness saw.
    async fn request(&self, newest: &Sealed) -> Result<Request, String> {
        let (old, tiles, by) = (self.seen, Tiles::of(&self.data), self.by.clone());
        let newest = newest.clone();
        let made = tokio::task::spawn_blocking(move || {
            let failed = |error: std::io::Error| format!("the proof cannot be made: {error}");
            let checkpoint = by.open(&newest.note).map_err(|fault| fault.to_string())?;
            let proof = tiles.consistency(old, newest.entries).map_err(failed)?;
            let before = (old, tiles.root(old).map_err(failed)?);
            // What the tiles say must hold here before anybody else is asked to believe it.
            if !grew(before, (checkpoint.size, checkpoint.root), &proof) {
                return Err(
                    "store/tiles is damaged: restart the station, which writes it anew".to_owned()
                );
            }
            Ok(Request { old, proof, checkpoint: newest.note })
        });
        made.await.map_err(|error| error.to_string())?
    }

    async fn keep(&mut self, newest: Sealed, lines: String) -> Result<(), String> {
        let (by, witness, data) = (self.by.clone(), self.asked.witness.clone(), self.data.clone());
        let kept = tokio::task::spawn_blocking(move || {
            let line = lines
                .lines()
                .find(|line| witness.saw(&format!("{}{line}\n", newest.note)).is_ok())
                .ok_or("what it answered is not its signature")?;
            let note = format!("{}{line}\n", newest.note);
            let kept = Witnessed::open(&note, &by, &witness).map_err(|fault| fault.to_string())?;
            witnessed::keep(&data, &witness, &note).map_err(|error| error.to_string())?;
            Ok::<_, String>(kept)
        });
        let kept = kept.await.map_err(|error| error.to_string())??;
        self.seen = kept.checkpoint.size;
        let signed = self.handle.witnessing().signed();
        self.tell(|state| {
            state.entries = kept.checkpoint.size;
            state.at = Some(kept.at);
            state.problem = None;
            state.saw_another_past = false;
            // What came since then has only begun to wait.
            state.waits_since = None;
            state.wait_for(signed);
        });
        Ok(())
    }

    fn another_past(&self, problem: &str) -> String {
        self.tell(|state| state.saw_another_past = true);
        problem.to_owned()
    }

    fn fails(&self, problem: &str) {
        let mut before = None;
        self.tell(|state| before = state.problem.replace(problem.to_owned()));
        if before.as_deref() != Some(problem) {
            tracing::warn!("witness {}: {problem}", self.asked.witness.name());
        }
    }

    fn tell(&self, change: impl FnOnce(&mut WitnessState)) {
        if let Some(state) = self.handle.witnessing().lock().get_mut(self.number) {
            change(state);
        }
    }
}

impl Handle {
    pub(crate) fn witnessing(&self) -> &Arc<Witnessing> {
        &self.shared.witnessing
    }

    /// How far the record is sure, and to whom. No centre takes in what stations write yet.
    pub(crate) fn assurance(&self) -> Assurance {
        Assurance {
            here: self.witnessing().here(),
            signed: self.witnessing().signed(),
            centre: None,
            witnesses: self.witnessing().states(),
        }
    }
}
