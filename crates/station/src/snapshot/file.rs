//! A snapshot as a file: magic and format, what is known of the state ([`watch::lasting`]) behind its length, the state, and the
//! signature of the record's key.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use watch::lasting;

use super::{Snapshot, SnapshotFault, directory};
use crate::limits::{SNAPSHOT_BYTES_MAX, SNAPSHOT_PIECE_BYTES, SNAPSHOT_PIECE_PAUSE};
use crate::record::disk::{Disk, Rights};
use crate::record::note::{Signer, Verifier};

const MAGIC: [u8; 6] = *b"WLSNAP";
/// Two digits, raised when a field is renamed, taken away or means something else; the state has versions of its own.
const FORMAT: [u8; 2] = *b"02";
const BEFORE_BYTES: usize = MAGIC.len() + FORMAT.len() + LENGTH_BYTES;
const LENGTH_BYTES: usize = size_of::<u64>();
const SIGNATURE_BYTES: usize = 64;

/// Whether anybody waits for a snapshot to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Leisurely,
    /// The station stops once it is.
    Hurried,
}

/// Writes one; it has its name once it is durable.
///
/// Piece by piece, and leisurely while there is time: the record waits for the same disk.
pub(super) fn write(
    (disk, data): (&dyn Disk, &Path),
    (snapshot, signer): (&Snapshot, &Signer),
    pace: Pace,
) -> Result<u64, SnapshotFault> {
    let before = [&MAGIC[..], &FORMAT, &[0; LENGTH_BYTES]].concat();
    let mut bytes = lasting::extend(before, snapshot);
    let known = (bytes.len() - BEFORE_BYTES) as u64;
    bytes[BEFORE_BYTES - LENGTH_BYTES..BEFORE_BYTES].copy_from_slice(&known.to_le_bytes());
    bytes.extend_from_slice(&snapshot.state);
    bytes.extend(signer.vouch(&bytes));
    let length = bytes.len() as u64;
    if length > SNAPSHOT_BYTES_MAX {
        return Err(SnapshotFault::TooLarge { bytes: length, most: SNAPSHOT_BYTES_MAX });
    }
    let directory = directory(data);
    std::fs::create_dir_all(&directory)?;
    let path = directory.join(format!("{:020}", snapshot.entries()));
    // One name for all drafts, so that those of failed writes do not pile up.
    let draft = directory.join("draft");
    let file = disk.create(&draft, Rights::Everybody)?;
    for (piece, at) in bytes.chunks(SNAPSHOT_PIECE_BYTES).zip((0..).step_by(SNAPSHOT_PIECE_BYTES)) {
        if at > 0 && pace == Pace::Leisurely {
            std::thread::park_timeout(SNAPSHOT_PIECE_PAUSE);
        }
        file.write_all_at(piece, at)?;
        file.sync()?;
    }
    disk.rename(&draft, &path)?;
    disk.sync_directory(&directory)?;
    Ok(length)
}

/// Reads one that is named after so many entries.
pub(super) fn read(path: &Path, entries: u64, by: &Verifier) -> Result<Snapshot, SnapshotFault> {
    let mut bytes = Vec::new();
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    if length > SNAPSHOT_BYTES_MAX {
        return Err(SnapshotFault::TooLarge { bytes: length, most: SNAPSHOT_BYTES_MAX });
    }
    file.by_ref().take(SNAPSHOT_BYTES_MAX).read_to_end(&mut bytes)?;
    let snapshot = decode(&bytes, by)?;
    if snapshot.entries() != entries {
        return Err(SnapshotFault::Malformed("its name and what it holds disagree".to_owned()));
    }
    Ok(snapshot)
}

/// Reads the bytes of one.
pub(super) fn decode(bytes: &[u8], by: &Verifier) -> Result<Snapshot, SnapshotFault> {
    let (signed, signature) =
        bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(SnapshotFault::Foreign)?;
    let body = signed.strip_prefix(&MAGIC).ok_or(SnapshotFault::Foreign)?;
    if !by.has_vouched(signed, signature) {
        return Err(SnapshotFault::Unsigned);
    }
    let malformed = |what: &str| SnapshotFault::Malformed(what.to_owned());
    let short = || malformed("it is too short");
    let (format, body) = body.split_first_chunk::<{ FORMAT.len() }>().ok_or_else(short)?;
    if *format != FORMAT {
        let [found, reads] = [format, &FORMAT].map(|format| format.escape_ascii().to_string());
        return Err(SnapshotFault::OtherFormat { found, reads });
    }
    let (length, body) = body.split_first_chunk::<LENGTH_BYTES>().ok_or_else(short)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (known, state) = body.split_at_checked(length).ok_or_else(short)?;
    let mut snapshot: Snapshot = lasting::decode(known)?;
    lasting::check_kept(known, &lasting::encode(&snapshot))?;
    snapshot.state = state.to_vec();
    if !snapshot.tree.is_sound() {
        return Err(malformed("its tree cannot be one"));
    }
    Ok(snapshot)
}

/// The snapshots of a directory by the entries that led to them.
pub(super) fn present(directory: &Path) -> std::io::Result<BTreeMap<u64, PathBuf>> {
    let mut present = BTreeMap::new();
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(present),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if let Some(entries) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            present.insert(entries, entry.path());
        }
    }
    Ok(present)
}
