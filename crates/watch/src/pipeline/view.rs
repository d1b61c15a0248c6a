//! What may be read of a core, and the hash of all it knows.

use std::sync::Arc;

use jiff::Timestamp;
use postcard::ser_flavors::Flavor;
use sha2::{Digest as _, Sha256};
use sight::coverage::{Assessment, Model, StretchAssessment};

use super::Core;
use crate::alert::Alert;
use crate::alert::desk::AlertDesk;
use crate::counters::Counters;
use crate::dispatch::{Proposal, Task};
use crate::evidence::EvidenceLog;
use crate::journal::{AlertId, TrackId, TrackView};
use crate::mark::Mark;
use crate::message::Messages;
use crate::roster::Roster;
use crate::runs::Runs;
use crate::seam::SeamMessage;
use crate::tracking::{Direction, TrackLineage, TrailPoint};
use crate::weather::Weather;

/// What people and partners may look at.
impl Core {
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    pub fn now(&self) -> Timestamp {
        self.state.now
    }

    pub fn entries(&self) -> u64 {
        self.state.entries
    }

    pub fn roster(&self) -> &Roster {
        &self.state.roster
    }

    pub fn tracks(&self) -> impl Iterator<Item = &TrackView> {
        self.state.tracks.values()
    }

    /// Directions in which something is that nobody can place yet, in the order in which they were first seen.
    pub fn directions(&self) -> impl Iterator<Item = Direction> + '_ {
        self.state.tracker.directions()
    }

    /// Where a track was, smoothed, oldest first and bounded.
    pub fn trail(&self, track: TrackId) -> Vec<TrailPoint> {
        self.state.tracker.trail(track)
    }

    /// A figure that differs whenever the trail of a track may.
    pub fn trail_version(&self, track: TrackId) -> u64 {
        self.state.tracker.trail_version(track)
    }

    /// The measurements that a track was made of; `None` for one that is not known.
    pub fn lineage(&self, track: TrackId) -> Option<TrackLineage> {
        self.state.tracker.lineage(track)
    }

    /// Tracks that are on offer to neighbouring sectors and not yet taken.
    pub fn hand_overs(&self) -> impl Iterator<Item = SeamMessage> + '_ {
        self.state.seams.waiting(&self.model.sector().name)
    }

    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.state.alerts.alerts()
    }

    /// The desk of alerts: suppressions, load, floods and what was learned of nuisance.
    pub fn alert_desk(&self) -> &AlertDesk {
        &self.state.alerts
    }

    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.state.board.tasks()
    }

    /// The last ranking of units shown for an alert, best first.
    pub fn proposals(&self, alert: AlertId) -> &[Proposal] {
        self.state.board.proposals(alert)
    }

    pub fn weather(&self) -> &Weather {
        &self.state.weather
    }

    pub fn stretches(&self) -> &[StretchAssessment] {
        self.state.sighting.stretches()
    }

    /// The last assessment and its version; the version tells pictures of coverage apart.
    pub fn assessment(&self) -> Option<(&Arc<Assessment>, u64)> {
        self.state
            .sighting
            .assessment()
            .map(|assessment| (assessment, self.state.sighting.version()))
    }

    pub fn counters(&self) -> &Counters {
        &self.state.counters
    }

    /// What came too late for the tracker.
    pub fn evidence(&self) -> &EvidenceLog {
        &self.state.evidence
    }

    /// Sensors that people marked, in the order of their devices.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.state.marks.kept()
    }

    /// What people in the field wrote to the desk.
    pub fn messages(&self) -> &Messages {
        &self.state.messages
    }

    /// Starts and ends of the program that the record tells of.
    pub fn runs(&self) -> &Runs {
        &self.state.runs
    }

    /// SHA-256 over the whole state in its canonical encoding.
    pub fn state_hash(&self) -> [u8; 32] {
        postcard::serialize_with_flavor(&self.state, Hashing::default())
            .expect("the state always encodes: its types hold no unsized sequences")
    }
}

/// Bytes on their way into a hash, a piece at a time: a state of many megabytes is never laid out as a whole.
#[derive(Default)]
struct Hashing {
    hash: Sha256,
    piece: Vec<u8>,
}

impl Hashing {
    const PIECE_BYTES: usize = 16 * 1024;

    fn take_piece(&mut self) {
        self.hash.update(&self.piece);
        self.piece.clear();
    }
}

impl Flavor for Hashing {
    type Output = [u8; 32];

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if self.piece.len() + bytes.len() > Self::PIECE_BYTES {
            self.take_piece();
        }
        if bytes.len() > Self::PIECE_BYTES {
            self.hash.update(bytes);
        } else {
            self.piece.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn finalize(mut self) -> postcard::Result<[u8; 32]> {
        self.take_piece();
        Ok(self.hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hashed_by_pieces_has_the_hash_of_the_whole() {
        let piece = Hashing::PIECE_BYTES;
        for lengths in
            [vec![], vec![1, piece - 4, 7], vec![piece + 1, 3, 2 * piece, piece], vec![100; 900]]
        {
            let told: Vec<String> = lengths.iter().map(|length| "x".repeat(*length)).collect();
            let whole = postcard::to_extend(&told, Vec::new()).unwrap();

            let hash = postcard::serialize_with_flavor(&told, Hashing::default()).unwrap();

            assert_eq!(hash, <[u8; 32]>::from(Sha256::digest(whole)));
        }
    }
}
