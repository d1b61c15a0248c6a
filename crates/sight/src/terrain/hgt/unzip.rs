//! The one tile of a zip archive, as SRTM tiles are handed out (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4).

use std::io::Read as _;

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// Entries of an archive that are looked at.
const ENTRIES_MAX: u16 = 64;
/// The record that ends an archive, and the longest remark behind it.
const END_BYTES: usize = 22;
const REMARK_MAX: usize = u16::MAX as usize;
const END_MARK: u32 = 0x0605_4b50;
const ENTRY_MARK: u32 = 0x0201_4b50;
const FILE_MARK: u32 = 0x0403_4b50;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Unpacks the first entry whose name ends in `.hgt`, to at most one byte more than `bytes_max`. Errors say what is wrong.
pub(super) fn unzip(archive: &[u8], bytes_max: usize) -> Result<Vec<u8>, String> {
    let entry = find(archive)?;
    let head = entry.file_at;
    if u32_at(archive, head)? != FILE_MARK {
        return Err("no file stands where the directory says".to_owned());
    }
    let names = usize::from(u16_at(archive, head + 26)?) + usize::from(u16_at(archive, head + 28)?);
    let from = head + 30 + names;
    let packed = from.checked_add(entry.packed).and_then(|to| archive.get(from..to));
    let packed = packed.ok_or("it is cut short")?;
    let limit = bytes_max as u64 + 1;
    let mut bytes = Vec::new();
    match entry.method {
        STORED => packed.take(limit).read_to_end(&mut bytes),
        DEFLATED => DeflateDecoder::new(packed).take(limit).read_to_end(&mut bytes),
        other => return Err(format!("the tile is packed by method {other}, not by deflate")),
    }
    .map_err(|error| error.to_string())?;
    let mut crc = Crc::new();
    crc.update(&bytes);
    if bytes.len() <= bytes_max && crc.sum() != entry.crc {
        return Err(format!("the checksum is {:08x}, not {:08x}", crc.sum(), entry.crc));
    }
    Ok(bytes)
}

/// What the directory says of a file.
struct Entry {
    method: u16,
    crc: u32,
    packed: usize,
    file_at: usize,
}

fn find(archive: &[u8]) -> Result<Entry, String> {
    let last = archive.len().checked_sub(END_BYTES).ok_or("it is no zip archive")?;
    let end = (last.saturating_sub(REMARK_MAX)..=last)
        .rev()
        .find(|at| u32_at(archive, *at) == Ok(END_MARK))
        .ok_or("it is no zip archive, or cut short")?;
    let mut at = u32_at(archive, end + 16)? as usize;
    for _ in 0..u16_at(archive, end + 10)?.min(ENTRIES_MAX) {
        if u32_at(archive, at)? != ENTRY_MARK {
            return Err("its directory is broken".to_owned());
        }
        let length = |field: usize| Ok::<_, String>(usize::from(u16_at(archive, at + field)?));
        let (name, extra, remark) = (length(28)?, length(30)?, length(32)?);
        let name_at = at + 46;
        let text = archive.get(name_at..name_at + name).ok_or("its directory is cut short")?;
        if text.to_ascii_lowercase().ends_with(b".hgt") {
            return Ok(Entry {
                method: u16_at(archive, at + 10)?,
                crc: u32_at(archive, at + 16)?,
                packed: u32_at(archive, at + 20)? as usize,
                file_at: u32_at(archive, at + 42)? as usize,
            });
        }
        at = name_at + name + extra + remark;
    }
    Err("it holds no .hgt file".to_owned())
}

fn bytes_at<const COUNT: usize>(archive: &[u8], at: usize) -> Result<[u8; COUNT], String> {
    let bytes = archive.get(at..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or_else(|| "it is cut short".to_owned())
}

fn u16_at(archive: &[u8], at: usize) -> Result<u16, String> {
    bytes_at(archive, at).map(u16::from_le_bytes)
}

fn u32_at(archive: &[u8], at: usize) -> Result<u32, String> {
    bytes_at(archive, at).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A readme and forty bytes called N42E001.hgt, both deflated, written by Python's `zipfile`.
    const ARCHIVE: &[u8] = include_bytes!("../../../testdata/two-files.zip");

    #[test]
    fn the_tile_is_found_among_other_files() {
        assert_eq!(unzip(ARCHIVE, 100).as_deref(), Ok(&[b'h'; 40][..]));
    }

    #[test]
    fn no_more_than_the_limit_and_a_byte_is_unpacked() {
        assert_eq!(unzip(ARCHIVE, 10).map(|bytes| bytes.len()), Ok(11));
    }

    #[test]
    fn a_cut_or_altered_archive_is_an_error() {
        for cut in 0..ARCHIVE.len() {
            assert!(unzip(&ARCHIVE[..cut], 100).is_err(), "cut at {cut}");
        }
        for at in 0..ARCHIVE.len() {
            let mut altered = ARCHIVE.to_vec();
            altered[at] ^= 0x55;
            // Names, times and other files may be altered; the tile may not.
            if let Ok(bytes) = unzip(&altered, 100) {
                assert_eq!(bytes, [b'h'; 40], "byte {at}");
            }
        }
    }

    #[test]
    fn an_archive_without_a_tile_says_so() {
        let mut other = ARCHIVE.to_vec();
        while let Some(at) = other.windows(4).position(|name| name == b".hgt") {
            other[at..at + 4].copy_from_slice(b".txt");
        }

        assert_eq!(unzip(&other, 100), Err("it holds no .hgt file".to_owned()));
    }
}
