//! What was issued and what was revoked: `keys/doors.json`, which commands and a running station both change.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Identity, PkiError, files};
use crate::limits::CERTIFICATES_MAX;

/// The list of a data directory's authority. A certificate that is not in it opens no door.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// In the order in which they were issued.
    pub certificates: Vec<Certificate>,
}

/// A certificate as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Hexadecimal digits.
    pub serial: String,
    pub identity: Identity,
    pub issued_at: Timestamp,
    pub not_after: Timestamp,
    /// What led to it.
    pub by: String,
    pub revoked_at: Option<Timestamp>,
}

impl Register {
    /// What is listed; nothing where nothing was ever issued.
    pub fn read(data: &Path) -> Result<Self, PkiError> {
        files::SecretFile::at(Self::path(data)).read()
    }

    /// Changes the list; it is durable when this returns. On an error nothing has changed.
    pub(super) fn change<T>(
        _lock: &files::Lock,
        data: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, PkiError>,
    ) -> Result<T, PkiError> {
        let mut register = Self::read(data)?;
        let done = change(&mut register)?;
        files::SecretFile::at(Self::path(data)).write(&register)?;
        Ok(done)
    }

    pub(crate) fn path(data: &Path) -> PathBuf {
        files::home(data).join("doors.json")
    }

    /// Lists one more; those that open no door any more make room.
    pub(super) fn add(&mut self, certificate: Certificate, now: Timestamp) -> Result<(), PkiError> {
        if self.certificates.len() >= CERTIFICATES_MAX {
            self.certificates
                .retain(|listed| listed.not_after > now && listed.revoked_at.is_none());
        }
        if self.certificates.len() >= CERTIFICATES_MAX {
            return Err(PkiError::Full(CERTIFICATES_MAX));
        }
        self.certificates.push(certificate);
        Ok(())
    }

    pub(super) fn revoke(
        &mut self,
        named: &str,
        now: Timestamp,
    ) -> Result<Vec<Certificate>, PkiError> {
        let is_meant =
            |listed: &&mut Certificate| listed.serial == named || listed.identity.name() == named;
        let mut meant: Vec<&mut Certificate> =
            self.certificates.iter_mut().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(PkiError::Unknown(named.to_owned()));
        }
        meant.retain(|listed| listed.revoked_at.is_none());
        for listed in &mut meant {
            listed.revoked_at = Some(now);
        }
        Ok(meant.into_iter().map(|listed| listed.clone()).collect())
    }
}
