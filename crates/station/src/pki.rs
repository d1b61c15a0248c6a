//! The station's own certificate authority: who may come in by TLS, and what each may speak for.
//!
//! Everything lies in the data directory's `keys/`, readable by its owner alone: `doors-ca.pem` and `doors-server.pem`
//! (certificate and secret key each), `doors.json`, the list of what was issued, and `invitations.json`, the list of
//! what was promised. None of it enters the record.

mod authority;
mod enrol;
mod files;
mod identity;
mod invitations;
mod keystore;
mod register;
mod request;
#[cfg(test)]
pub(crate) mod tests;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use self::authority::{Authority, Credential, Terms, fingerprint, pem, server_not_after};
pub use self::enrol::{Enrolled, Enrolment};
pub use self::files::SecretFile;
pub use self::identity::{Identity, Subject};
pub use self::invitations::{
    Invitation, Invitations, Promise, draw_token, hash_code, invite, is_code,
};
pub use self::keystore::{key_store, trust_store};
pub use self::register::{Certificate, Register};
pub use self::request::PublicKey;

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
    #[error("cannot make a key store: {0}")]
    KeyStore(String),
    #[error("{field} {problem}, got {value:?}")]
    Field { field: &'static str, problem: String, value: String },
    #[error("no certificate of this station's list: {0}")]
    Unknown(String),
    #[error("{0} certificates stand already: revoke those that nobody needs")]
    Full(usize),
    #[error("{0} invitations are open already: revoke those that nobody will take up")]
    FullOfInvitations(usize),
    /// Wrong, used, expired or revoked: whoever tries is not told which.
    #[error("no open invitation has this name and token")]
    NotInvited,
}

/// What was taken back.
#[derive(Debug)]
pub struct Revoked {
    pub certificates: Vec<Certificate>,
    pub invitations: Vec<Invitation>,
}

/// Takes certificates out of use: everything that is listed for this serial number or name, and what was promised
/// under it. Says what stood until now.
pub fn revoke(data: &Path, named: &str, now: Timestamp) -> Result<Revoked, PkiError> {
    let lock = files::Lock::take(data)?;
    let invitations = Invitations::change(&lock, data, |listed| Ok(listed.revoke(named, now)))?;
    match Register::change(&lock, data, |register| register.revoke(named, now)) {
        Ok(certificates) => {
            Ok(Revoked { certificates, invitations: invitations.unwrap_or_default() })
        }
        Err(PkiError::Unknown(_)) if invitations.is_some() => {
            let certificates = Vec::new();
            Ok(Revoked { certificates, invitations: invitations.unwrap_or_default() })
        }
        Err(fault) => Err(fault),
    }
}

/// An id that nobody else has (RFC 9562, version 4).
pub fn draw_uuid() -> Result<String, PkiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(PkiError::Random)?;
    random[6] = random[6] & 0x0f | 0x40;
    random[8] = random[8] & 0x3f | 0x80;
    let digits = hex(&random);
    let parts =
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or_default());
    Ok(parts.join("-"))
}

/// Bytes as digits, as serial numbers and fingerprints are told.
fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0f)]).collect()
}
