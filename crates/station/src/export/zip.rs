//! ZIP archives (PKWARE APPNOTE 6.3), as small as they can be: every file deflated, no time, no attributes.

use std::io::Write as _;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Version 2.0: deflated files.
const VERSION: u16 = 20;
/// Names are UTF-8.
const FLAGS: u16 = 0x0800;
const DEFLATED: u16 = 8;
/// Midnight of the first day that the format knows: the same content is the same archive.
const TIME: u16 = 0;
const DATE: u16 = 0x0021;

/// An archive of named files, below 4 GiB in all as the format without its extensions wants.
pub(crate) fn write(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let at = archive.len();
        let packed = deflate(content);
        let mut crc = Crc::new();
        crc.update(content);
        let mut head = Vec::new();
        for word in [VERSION, FLAGS, DEFLATED, TIME, DATE] {
            head.extend(word.to_le_bytes());
        }
        for word in [crc.sum(), size(packed.len()), size(content.len())] {
            head.extend(word.to_le_bytes());
        }
        head.extend(short(name.len()).to_le_bytes());
        // No extra field.
        head.extend(0_u16.to_le_bytes());
        archive.extend(LOCAL.to_le_bytes());
        archive.extend(&head);
        archive.extend(name.as_bytes());
        archive.extend(packed);
        directory.extend(CENTRAL.to_le_bytes());
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&head);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(size(at).to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, length) = (size(archive.len()), size(directory.len()));
    archive.extend(directory);
    archive.extend(END.to_le_bytes());
    archive.extend([0; 4]);
    archive.extend(short(files.len()).to_le_bytes());
    archive.extend(short(files.len()).to_le_bytes());
    archive.extend(length.to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0; 2]);
    archive
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.expect("writing to memory does not fail")
}

fn size(bytes: usize) -> u32 {
    u32::try_from(bytes).expect("exports are far below 4 GiB")
}

fn short(count: usize) -> u16 {
    u16::try_from(count).expect("names and archives are short")
}
