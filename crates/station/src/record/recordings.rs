//! Recordings of cameras go with what the record says of them.
//!
//! They are files beside the record, each complete one with an entry that was durable before the file had its name. So a file
//! that no readable entry tells of is one whose entry was erased, and nothing need be remembered to go on after a crash.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use watch::journal::{self, Input};
use watch::subject::RetentionClass;

use super::RecordError;
use super::disk::Disk;
use super::keyring::is_any_erased;
use super::reading::read_classes;

/// Where recordings lie in a data directory.
pub(crate) const MEDIA: &str = "store/media";
/// How a complete recording ends.
const COMPLETE: &str = "mp4";

/// Removes recordings of which the record's word was erased; tells how many. It may be run again at any time, beside a station.
pub(crate) fn clear(disk: &dyn Disk, data: &Path) -> Result<u64, RecordError> {
    let media = data.join(MEDIA);
    // Listed before the record is read: what stands here by now is in it.
    let standing = complete(&media).map_err(|source| RecordError::Io {
        doing: "list",
        path: media.clone(),
        source,
    })?;
    if standing.is_empty() || !is_any_erased(data)? {
        return Ok(0);
    }
    let mut told = BTreeSet::new();
    let erased = read_classes(data, &[RetentionClass::Footage], |_, content| {
        if let Input::Recorded(recording) = journal::read(content)?.input {
            told.insert(recording.file);
        }
        Ok(())
    })?;
    if erased == 0 {
        return Ok(0);
    }
    let mut cleared = 0;
    let mut folders = BTreeSet::new();
    for file in standing.difference(&told) {
        let path = media.join(file);
        match disk.remove(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(RecordError::Io { doing: "remove", path, source });
            }
            Ok(()) | Err(_) => cleared += 1,
        }
        folders.extend(path.parent().map(Path::to_owned));
    }
    for path in folders {
        disk.sync_directory(&path).map_err(|source| RecordError::Io {
            doing: "sync",
            path,
            source,
        })?;
    }
    Ok(cleared)
}

/// Complete recordings, as the record calls them: camera and name.
pub(crate) fn complete(media: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let cameras = match std::fs::read_dir(media) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
        cameras => cameras?,
    };
    for camera in cameras {
        let camera = camera?;
        if !camera.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(camera.path())? {
            let name = file?.file_name();
            if Path::new(&name).extension().is_some_and(|ending| ending == COMPLETE) {
                let camera = camera.file_name();
                found.insert(format!("{}/{}", camera.display(), name.display()));
            }
        }
    }
    Ok(found)
}
