//! The station's own certificate authority: who may come in by TLS, and what each may speak for.
//!
//! Everything lies in the data directory's `keys/`, readable by its owner alone: `doors-ca.pem` and `doors-server.pem`
//! (certificate and secret key each) and `doors.json`, the list of what was issued. None of it enters the record.

mod authority;
mod files;
mod identity;
mod register;
#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use self::authority::{
    Authority, Credential, PublicKey, Terms, fingerprint, pem, server_not_after,
};
pub use self::identity::{Identity, Subject};
pub use self::register::{Certificate, Register};

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    #[error("cannot {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{}: {problem}; restore it from a copy", path.display())]
    Damaged { path: PathBuf, problem: String },
    #[error("cannot draw a random number: {0}")]
    Random(getrandom::Error),
    #[error("cannot make a certificate: {0}")]
    Making(#[from] rcgen::Error),
    #[error("{field} {problem}, got {value:?}")]
    Field { field: &'static str, problem: String, value: String },
    #[error("no certificate of this station's list: {0}")]
    Unknown(String),
    #[error("{0} certificates stand already: revoke those that nobody needs")]
    Full(usize),
}

/// Takes a certificate out of use: everything that is listed for this serial number or name. Says how many were.
pub fn revoke(data: &Path, named: &str, now: Timestamp) -> Result<Vec<Certificate>, PkiError> {
    Register::change(data, |register| register.revoke(named, now))
}

/// Bytes as digits, as serial numbers and fingerprints are told.
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}
