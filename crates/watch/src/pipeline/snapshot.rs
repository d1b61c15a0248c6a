//! The whole state of a core as bytes, and a core from them that goes on as if nothing had happened.
//!
//! What is worked out anew when it is missing is left out: chances of detection, and the assessment, which follows from the
//! conditions that it was made under. A state is gone on with only by the sources that led to it, on the sector that it is of.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sight::coverage::{Conditions, Model};

use super::{Core, State, ground};
use crate::heavy::{Computer, HeavyRequest, HeavyResult};
use crate::tracking::Beside;

const MAGIC: [u8; 8] = *b"WLSTATE1";
/// The sources of the core that wrote a state.
const SOURCES: &str = env!("WATCH_SOURCES");
const SOURCES_BYTES: usize = SOURCES.len();
const DIGEST_BYTES: usize = 32;
/// Magic, sources, the sector's digest, the digest of all that follows and of those before.
const HEADER_BYTES: usize = MAGIC.len() + SOURCES_BYTES + 2 * DIGEST_BYTES;

/// Why bytes are not a state that can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    #[error("it does not begin like a state of the core")]
    Foreign,
    #[error("it was written by a core of other sources ({found}, this one is of {SOURCES})")]
    OtherBuild { found: String },
    #[error("it is of another sector")]
    OtherSector,
    #[error("it is damaged: its digest does not fit")]
    Damaged,
    #[error("it cannot be read: {0}")]
    Malformed(String),
    #[error("its tracker was made for other figures")]
    OtherFigures,
    #[error("its watch state does not follow from the conditions that it was made under")]
    OtherSight,
}

/// What is no part of the state's hash.
#[derive(Debug, Deserialize)]
struct Rest {
    tracker: Beside,
    assessed_under: Option<Conditions>,
}

#[derive(Debug, Serialize)]
struct RestOf<'a, T> {
    tracker: T,
    assessed_under: Option<&'a Conditions>,
}

impl Core {
    /// The whole state as bytes.
    pub fn snapshot(&self) -> Vec<u8> {
        let State { sighting, tracker, .. } = &self.state;
        let assessed_under = sighting.assessment().map(|assessment| assessment.conditions());
        let rest = RestOf { tracker: tracker.beside(), assessed_under };
        let bytes = postcard::to_extend(&(&self.state, rest), vec![0; HEADER_BYTES]);
        let mut bytes =
            bytes.expect("the state always encodes: its types hold no unsized sequences");
        let (header, body) = bytes.split_at_mut(HEADER_BYTES);
        let sector = self.model.sector().digest();
        let digest = digest_of(&sector, body);
        header.copy_from_slice(&[&MAGIC[..], SOURCES.as_bytes(), &sector, &digest].concat());
        bytes
    }

    /// The core that [`Core::snapshot`] wrote down; what it saw last is computed again.
    pub fn restore(computer: &mut Computer, bytes: &[u8]) -> Result<Self, SnapshotError> {
        let model = Arc::clone(computer.model());
        let body = body_of(&model, bytes)?;
        let malformed = |error: postcard::Error| SnapshotError::Malformed(error.to_string());
        let ((mut state, rest), more): ((State, Rest), _) =
            postcard::take_from_bytes(body).map_err(malformed)?;
        if !more.is_empty() {
            let over = format!("{} bytes are left over", more.len());
            return Err(SnapshotError::Malformed(over));
        }
        let config = ground::tracker_config(&model);
        let tracker = state.tracker.with_beside(rest.tracker, config);
        state.tracker = tracker.ok_or(SnapshotError::OtherFigures)?;
        let assessment = rest.assessed_under.map(|conditions| {
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
        Ok(Self { model, state })
    }
}

fn body_of<'a>(model: &Model, bytes: &'a [u8]) -> Result<&'a [u8], SnapshotError> {
    let (header, body) = bytes.split_at_checked(HEADER_BYTES).ok_or(SnapshotError::Foreign)?;
    let (magic, header) = header.split_at(MAGIC.len());
    let (sources, header) = header.split_at(SOURCES_BYTES);
    let (sector, digest) = header.split_at(DIGEST_BYTES);
    if magic != MAGIC {
        return Err(SnapshotError::Foreign);
    }
    if sources != SOURCES.as_bytes() {
        let found = String::from_utf8_lossy(sources).into_owned();
        return Err(SnapshotError::OtherBuild { found });
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
    let hash = Sha256::new().chain_update(MAGIC).chain_update(SOURCES);
    hash.chain_update(sector).chain_update(body).finalize().into()
}
