//! Pictures of cameras: whether they come, and what was kept of them. What is in them is for others to find.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::SensorId;

/// Whether a camera gives pictures. It says nothing of whether anybody looks at them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureReport {
    pub sensor: SensorId,
    /// Why none come, where they should.
    pub lost: Option<String>,
}

/// A file of a camera's pictures, complete when this is written down, so that it can be proven later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    pub sensor: SensorId,
    /// Path below the folder of recordings.
    pub file: String,
    /// When its first and its last frame came.
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    pub frames: u64,
    pub bytes: u64,
    pub sha256: [u8; 32],
}
