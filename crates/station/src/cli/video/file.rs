//! Packets of metadata out of a transport stream, read piece by piece.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wire::klv::uas::{self, Uas};
use wire::mpegts::Demuxer;

/// How much of the file is in hand at once.
const PIECE_BYTES: usize = 1 << 20;

/// A file that is read to its end.
#[derive(Debug)]
pub(super) struct Packets {
    path: PathBuf,
    file: File,
    piece: Vec<u8>,
    demuxer: Demuxer,
    pub(super) read: u64,
    pub(super) unreadable: u64,
    pub(super) first_fault: Option<String>,
}

impl Packets {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let file =
            File::open(path).with_context(|| format!("{}: cannot be opened", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            piece: vec![0; PIECE_BYTES],
            demuxer: Demuxer::new(),
            read: 0,
            unreadable: 0,
            first_fault: None,
        })
    }

    /// What the next piece of the file completes; `None` at its end.
    pub(super) fn next_packets(&mut self) -> anyhow::Result<Option<Vec<Uas>>> {
        let length = self
            .file
            .read(&mut self.piece)
            .with_context(|| format!("{}: cannot be read", self.path.display()))?;
        if length == 0 {
            return Ok(None);
        }
        let pieces = self.demuxer.push(self.piece.get(..length).unwrap_or_default());
        let mut told = Vec::new();
        for metadata in pieces {
            self.take(&metadata.klv, &mut told);
        }
        Ok(Some(told))
    }

    /// One or more packets, one behind the other.
    fn take(&mut self, mut klv: &[u8], told: &mut Vec<Uas>) {
        while !klv.is_empty() {
            match uas::decode(klv) {
                Ok((uas, octets)) => {
                    klv = klv.get(octets..).unwrap_or_default();
                    if uas.time.is_some() {
                        self.read += 1;
                        told.push(uas);
                    } else {
                        self.fault("a packet tells no time (ST 0601 tag 2)".to_owned());
                    }
                }
                Err(fault) => {
                    // Nobody can tell where the next packet begins.
                    return self.fault(fault.to_string());
                }
            }
        }
    }

    fn fault(&mut self, fault: String) {
        self.unreadable += 1;
        self.first_fault.get_or_insert(fault);
    }
}
