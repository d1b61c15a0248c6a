//! The whole state of a core as bytes, and a core from them that goes on as if nothing had happened.
//!
//! What is worked out anew when it is missing is left out: chances of detection, and the assessment, which follows from the
//! conditions that it was made under. A state is gone on with by any build of the same two versions, on the sector that it is of,
//! when that build would write down again all that it read ([`crate::lasting`]).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sight::coverage::{Conditions, Model};

use super::{Core, State, ground};
use crate::heavy::{Computer, HeavyRequest, HeavyResult};
use crate::journal::JOURNAL_VERSION;
use crate::lasting::{self, LastingError};
use crate::tracking::Beside;

const MAGIC: [u8; 6] = *b"WLCORE";
/// Version of a state's form. It is raised when a field is renamed, taken away or means something else; a field that is added has
/// a default, and the version stays.
pub const SNAPSHOT_VERSION: u8 = 2;
/// Of the form and of the journal.
const VERSIONS: [u8; 2] = [SNAPSHOT_VERSION, JOURNAL_VERSION];
const DIGEST_BYTES: usize = 32;
/// Magic, versions of form and journal, the sector's digest, the digest of all that follows and of those before.
const HEADER_BYTES: usize = MAGIC.len() + VERSIONS.len() + 2 * DIGEST_BYTES;

/// Why bytes are not a state that can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("it does not begin like a state of the core")]
    Foreign,
    #[error(
        "it has version {found}, this program reads version {SNAPSHOT_VERSION}: go on with the program that wrote it"
    )]
    OtherVersion { found: u8 },
    #[error(
        "it is of journal version {found}, and this program makes of entries what version {JOURNAL_VERSION} says: go on with the \
         program that wrote it"
    )]
    OtherJournal { found: u8 },
    #[error("it is of another sector")]
    OtherSector,
    #[error("it is damaged: its digest does not fit")]
    Damaged,
    #[error(transparent)]
    Unread(#[from] LastingError),
    #[error("its tracker was made for other figures")]
    OtherFigures,
    #[error("its watch state does not follow from the conditions that it was made under")]
    OtherSight,
}

/// As it is read.
#[derive(Debug, Deserialize)]
struct Whole {
    state: State,
    beside_tracker: Beside,
    assessed_under: Option<Conditions>,
}

/// As it is written: the state, and what is no part of its hash.
#[derive(Debug, Serialize)]
struct WholeOf<'a, T> {
    state: &'a State,
    beside_tracker: T,
    assessed_under: Option<&'a Conditions>,
}

impl Core {
    /// The whole state as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut bytes = self.put_body(vec![0; HEADER_BYTES]);
        let (header, body) = bytes.split_at_mut(HEADER_BYTES);
        let sector = self.model.sector().digest();
        let digest = digest_of(&sector, body);
        header.copy_from_slice(&[&MAGIC[..], &VERSIONS, &sector, &digest].concat());
        bytes
    }

    fn put_body(&self, before: Vec<u8>) -> Vec<u8> {
        let State { sighting, tracker, .. } = &self.state;
        let whole = WholeOf {
            state: &self.state,
            beside_tracker: tracker.beside(),
            assessed_under: sighting.assessment().map(|assessment| assessment.conditions()),
        };
        lasting::extend(before, &whole)
    }

    /// The core that [`Core::snapshot`] wrote down; what it saw last is computed again.
    pub fn restore(computer: &mut Computer, bytes: &[u8]) -> Result<Self, SnapshotError> {
        let model = Arc::clone(computer.model());
        let body = body_of(&model, bytes)?;
        let Whole { mut state, beside_tracker, assessed_under } = lasting::decode(body)?;
        let config = ground::tracker_config(&model);
        let tracker = state.tracker.with_beside(beside_tracker, config);
        state.tracker = tracker.ok_or(SnapshotError::OtherFigures)?;
        let assessment = assessed_under.map(|conditions| {
            let request = HeavyRequest::Assess(conditions);
            computer.compute(&request)
        });
        match assessment {
            Some(HeavyResult::Assessed(assessment)) => {
                if !state.sighting.put_back(assessment) {
                    return Err(SnapshotError::OtherSight);
                }
            }
            Some(HeavyResult::Arrivals(_) | HeavyResult::BoughtBack(_)) | None => {
                if state.sighting.version() > 0 {
                    return Err(SnapshotError::OtherSight);
                }
            }
        }
        let core = Self { model, state };
        lasting::check_kept(body, &core.put_body(Vec::new()))?;
        Ok(core)
    }
}

fn body_of<'a>(model: &Model, bytes: &'a [u8]) -> Result<&'a [u8], SnapshotError> {
    let (header, body) = bytes.split_at_checked(HEADER_BYTES).ok_or(SnapshotError::Foreign)?;
    let (magic, header) = header.split_at(MAGIC.len());
    let (versions, header) = header.split_at(VERSIONS.len());
    let (sector, digest) = header.split_at(DIGEST_BYTES);
    if magic != MAGIC {
        return Err(SnapshotError::Foreign);
    }
    if versions[0] != SNAPSHOT_VERSION {
        return Err(SnapshotError::OtherVersion { found: versions[0] });
    }
    if versions[1] != JOURNAL_VERSION {
        return Err(SnapshotError::OtherJournal { found: versions[1] });
    }
    if digest != digest_of(sector, body) {
        return Err(SnapshotError::Damaged);
    }
    if sector != model.sector().digest() {
        return Err(SnapshotError::OtherSector);
    }
    Ok(body)
}

fn digest_of(sector: &[u8], body: &[u8]) -> [u8; DIGEST_BYTES] {
    let hash = Sha256::new().chain_update(MAGIC).chain_update(VERSIONS);
    hash.chain_update(sector).chain_update(body).finalize().into()
}
