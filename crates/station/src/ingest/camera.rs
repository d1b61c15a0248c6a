//! Cameras that give pictures by RTSP: pulled, recorded and shown. Nothing here decodes a picture.
//!
//! An [`AccessUnit`] is the seam: whoever looks for something in pictures listens to [`Camera::units`], beside the
//! recorder and the people who watch.

mod board;
pub mod fragments;
mod link;
mod recorder;
mod shelf;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use wire::fmp4::VideoTrack;

pub use self::board::{Camera, CameraBoard, CameraState};
pub use self::link::{CameraLink, Credentials};
pub use self::recorder::Recorder;
pub use self::shelf::{Keep, Kept, Shelf};

/// How this door is called.
pub const DOOR: &str = "rtsp";
pub const PROTOCOL: &str = "RTSP 1.0 by TCP: H.264, H.265 and JPEG";

/// How a camera's pictures are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    H264,
    H265,
    Jpeg,
}

/// What must be known before the first picture can be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    pub codec: Codec,
    /// The codec with its profile, as RFC 6381 has it.
    pub name: String,
    pub track: VideoTrack,
}

/// One picture as it was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessUnit {
    /// The same one for as long as pictures belong together: another one begins a new connection or other parameters.
    pub format: Arc<Format>,
    /// When it came, by station time.
    pub at: Timestamp,
    /// When it is to be shown by the camera's own clock, in ticks of the track since the stream began.
    pub shown_at: i64,
    /// Whether it can be decoded without those before it.
    pub is_key: bool,
    /// Units of H.264 and H.265 with their lengths (four bytes) before them; of JPEG the whole file.
    pub data: Vec<u8>,
}

/// How much a camera may send, and when it counts as lost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraLimits {
    pub bits_per_s: f64,
    /// No picture for so long, seconds, and the camera is connected anew (A).
    pub stalled_after_s: f64,
}
