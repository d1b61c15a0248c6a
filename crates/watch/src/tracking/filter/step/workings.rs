//! Room that one scan after the other works in, so that it is taken once.

use std::sync::Arc;

use nalgebra::{Matrix2, Matrix4, Vector2};
use sight::coverage::Assessment;

use super::{Candidate, Hit, Pairing};
use crate::tracking::filter::chances::CellChances;
use crate::tracking::filter::found::Found;
use crate::tracking::gate::Grid;
use crate::tracking::kinematics::PositionGain;
use crate::tracking::modes::Blend;
use crate::tracking::vertical::Vertical;

/// What a scan is worked out in. Nothing in it outlives the scan but the room itself, and what is known of cells.
#[derive(Debug, Default)]
pub(crate) struct Workings {
    pub(super) found: Vec<Found>,
    /// First tracks with one belief, then the things of each set of worlds.
    pub(super) candidates: Vec<Candidate>,
    /// For each track its candidate, if it has one belief.
    pub(super) candidate_of_track: Vec<usize>,
    /// For each set of worlds its first candidate.
    pub(super) first_candidates: Vec<usize>,
    /// In the order of candidates, then of measurements.
    pub(super) pairings: Vec<Pairing>,
    pub(super) hits: Vec<Hit>,
    pub(super) covariances: Vec<Matrix4<f64>>,
    /// Of candidates that may fly, after measurements that tell heights.
    pub(super) flights: Vec<Vertical>,
    /// Of the candidate that is being paired, one for each of its states.
    pub(super) gains: Vec<PositionGain>,
    /// The same of a look that is worth less than a fresh one; none where it is.
    pub(super) weak_gains: Vec<PositionGain>,
    pub(super) blend: Blend,
    /// Measurements and their shares of the track in hand.
    pub(super) shares: Vec<(usize, f64)>,
    pub(super) grid: Grid,
    /// Of measurements that have one, by number.
    pub(super) positions: Vec<(usize, Vector2<f64>)>,
    /// At least as large as the noise of each of them.
    pub(super) noise_max_m2: Matrix2<f64>,
    /// Measurements near the candidate that is being paired.
    pub(super) near: Vec<usize>,
    pub(crate) chances: CellChances,
    /// What the chances were last asked of.
    pub(crate) sight: Option<Arc<Assessment>>,
}

impl Clone for Workings {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Workings {
    /// Lists the measured places.
    pub(super) fn list_positions(&mut self) {
        self.noise_max_m2 = Matrix2::zeros();
        self.positions.clear();
        for (number, found) in self.found.iter().enumerate() {
            for (mean_m, noise_m2) in found.positions() {
                self.positions.push((number, mean_m));
                self.noise_max_m2 = noise_m2.sup(&self.noise_max_m2);
            }
        }
    }

    pub(super) fn clear_pairs(&mut self) {
        self.candidates.clear();
        self.candidate_of_track.clear();
        self.first_candidates.clear();
        self.pairings.clear();
        self.hits.clear();
        self.covariances.clear();
        self.flights.clear();
    }
}
