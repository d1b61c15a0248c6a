//! Fragmented MP4 of one video track (ISO/IEC 14496-12): written frame by frame, and found whole after it was cut off.
//!
//! Every fragment holds one frame, so that a file which ends anywhere loses the last frame alone, and whoever watches
//! waits for no more than one.

mod boxes;
#[cfg(test)]
mod tests;

use self::boxes::{Boxes, next_box};

/// What a file says of its one track before the first frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoTrack {
    /// Ticks of a second.
    pub timescale: u32,
    pub width: u16,
    pub height: u16,
    /// The box `avc1`, `hvc1` ... as the depacketiser of the codec makes it.
    pub sample_entry: Vec<u8>,
}

/// One frame, as its codec has it: units of H.264 and H.265 with their lengths before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample<'a> {
    /// When it is to be decoded, in ticks since the first.
    pub decode_time: u64,
    /// How much later it is to be shown, ticks.
    pub shown_later: i32,
    /// Ticks until the next one is decoded.
    pub duration: u32,
    /// Whether it can be decoded without those before it.
    pub is_key: bool,
    pub data: &'a [u8],
}

/// How much of a file is whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Whole {
    /// Bytes from the start to the end of the last whole fragment, or 0 where there is none.
    pub bytes: usize,
    /// Whole fragments, each of one frame.
    pub frames: u64,
}

/// The track's number; there is one.
const TRACK: u32 = 1;
/// No rotation, no scaling: rows of 16.16 and 2.30 fixed point (8.2.2.3).
const UPRIGHT: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];
/// Depends on no other frame (8.8.3.1) ...
const KEY_FLAGS: u32 = 0x0200_0000;
/// ... or does, and is none to begin at.
const OTHER_FLAGS: u32 = 0x0101_0000;
/// Offsets count from the start of the fragment (8.8.7.1).
const FROM_FRAGMENT: u32 = 0x02_0000;
/// A run tells an offset of its data, and of each sample duration, size, flags and composition offset (8.8.8.1).
const RUN_FLAGS: u32 = 0x00_0f01;

/// What stands before the first fragment.
pub fn header(track: &VideoTrack) -> Vec<u8> {
    let mut out = Boxes::default();
    out.boxed(*b"ftyp", |out| {
        out.bytes(b"iso5");
        out.u32(512);
        for brand in [b"iso5", b"iso6", b"mp41"] {
            out.bytes(brand);
        }
    });
    out.boxed(*b"moov", |out| {
        movie(out, track.timescale);
        out.boxed(*b"trak", |out| {
            track_header(out, track);
            out.boxed(*b"mdia", |out| media(out, track));
        });
        out.boxed(*b"mvex", |out| {
            out.full(*b"trex", 0, 0, |out| {
                // Track, its sample description, and defaults that every fragment overrides.
                for value in [TRACK, 1, 0, 0, 0] {
                    out.u32(value);
                }
            });
        });
    });
    out.done()
}

fn movie(out: &mut Boxes, timescale: u32) {
    out.full(*b"mvhd", 0, 0, |out| {
        // Made and changed at no told time; the length is that of the fragments.
        for value in [0, 0, timescale, 0, 0x0001_0000] {
            out.u32(value);
        }
        out.u16(0x0100);
        out.bytes(&[0; 10]);
        for value in UPRIGHT {
            out.u32(value);
        }
        out.bytes(&[0; 24]);
        out.u32(TRACK + 1);
    });
}

fn track_header(out: &mut Boxes, track: &VideoTrack) {
    // Enabled, in the movie, in the preview.
    out.full(*b"tkhd", 0, 7, |out| {
        for value in [0, 0, TRACK, 0, 0, 0, 0, 0, 0] {
            out.u32(value);
        }
        for value in UPRIGHT {
            out.u32(value);
        }
        for pixels in [track.width, track.height] {
            out.u32(u32::from(pixels) << 16);
        }
    });
}

fn media(out: &mut Boxes, track: &VideoTrack) {
    /// ISO 639-2 `und`, in three times five bits.
    const UNDETERMINED: u16 = 0x55c4;
    out.full(*b"mdhd", 0, 0, |out| {
        for value in [0, 0, track.timescale, 0] {
            out.u32(value);
        }
        out.u16(UNDETERMINED);
        out.u16(0);
    });
    out.full(*b"hdlr", 0, 0, |out| {
        out.u32(0);
        out.bytes(b"vide");
        out.bytes(&[0; 13]);
    });
    out.boxed(*b"minf", |out| {
        out.full(*b"vmhd", 0, 1, |out| out.bytes(&[0; 8]));
        out.boxed(*b"dinf", |out| {
            out.full(*b"dref", 0, 0, |out| {
                out.u32(1);
                // The data is in this file.
                out.full(*b"url ", 0, 1, |_| {});
            });
        });
        out.boxed(*b"stbl", |out| {
            out.full(*b"stsd", 0, 0, |out| {
                out.u32(1);
                out.bytes(&track.sample_entry);
            });
            // Tables of samples outside fragments: there are none.
            for name in [b"stts", b"stsc", b"stco"] {
                out.full(*name, 0, 0, |out| out.u32(0));
            }
            out.full(*b"stsz", 0, 0, |out| out.bytes(&[0; 8]));
        });
    });
}

/// One frame as a fragment; `sequence` counts them from 1.
pub fn fragment(sequence: u32, sample: &Sample<'_>) -> Vec<u8> {
    let size = u32::try_from(sample.data.len()).unwrap_or(u32::MAX);
    let flags = if sample.is_key { KEY_FLAGS } else { OTHER_FLAGS };
    let mut out = Boxes::default();
    let mut offset_at = 0;
    out.boxed(*b"moof", |out| {
        out.full(*b"mfhd", 0, 0, |out| out.u32(sequence));
        out.boxed(*b"traf", |out| {
            out.full(*b"tfhd", 0, FROM_FRAGMENT, |out| out.u32(TRACK));
            out.full(*b"tfdt", 1, 0, |out| out.bytes(&sample.decode_time.to_be_bytes()));
            out.full(*b"trun", 1, RUN_FLAGS, |out| {
                out.u32(1);
                offset_at = out.len();
                for value in [0, sample.duration, size, flags] {
                    out.u32(value);
                }
                out.bytes(&sample.shown_later.to_be_bytes());
            });
        });
    });
    let head = boxes::HEAD;
    let data_at = u32::try_from(out.len() + head).unwrap_or(u32::MAX);
    out.set_u32(offset_at, data_at);
    out.boxed(*b"mdat", |out| out.bytes(sample.data));
    out.done()
}

/// How much of a file that may have been cut off anywhere is whole.
pub fn whole(file: &[u8]) -> Whole {
    let mut found = Whole::default();
    let (mut at, mut is_told, mut in_fragment) = (0, false, false);
    while let Some((name, length)) = file.get(at..).and_then(next_box) {
        at += length;
        match &name {
            b"moov" => is_told = true,
            b"moof" => in_fragment = true,
            b"mdat" if is_told && in_fragment => {
                in_fragment = false;
                found = Whole { bytes: at, frames: found.frames + 1 };
            }
            _ => {}
        }
    }
    found
}
