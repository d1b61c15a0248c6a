//! Reading input files whole, compressed or not.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// Most that is read of one file, after decompression.
const TEXT_MAX: u64 = 1 << 30;

/// The text of `path`; of `path` with `.gz` added when only that exists.
pub(super) fn text(path: &Path) -> anyhow::Result<String> {
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let found = if path.exists() || !packed.exists() { path } else { &packed };
    let file = File::open(found).with_context(|| format!("open {}", found.display()))?;
    let mut text = String::new();
    let read = if found.extension().is_some_and(|ending| ending == "gz") {
        flate2::read::MultiGzDecoder::new(file).take(TEXT_MAX).read_to_string(&mut text)
    } else {
        file.take(TEXT_MAX).read_to_string(&mut text)
    };
    let length = read.with_context(|| format!("read {}", found.display()))?;
    if length as u64 == TEXT_MAX {
        bail!(
            "{} is longer than {TEXT_MAX} bytes, which is the most that is read",
            found.display()
        );
    }
    Ok(text)
}
