//! Invitations: words by each of which one phone gets one certificate. `keys/invitations.json` has their hashes alone.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::{Identity, PkiError, files, hex};
use crate::limits::INVITATIONS_MAX;

/// Letters and digits that nobody takes for one another (Crockford's base 32).
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Signs of a token: 100 bits, too many to be tried, few enough to be typed.
const TOKEN_SIGNS: usize = 20;
/// Signs between two hyphens.
const GROUP: usize = 4;

/// What was promised to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitations {
    /// In the order in which they were made.
    pub invitations: Vec<Invitation>,
}

/// One promise of a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// By which the phone signs in.
    pub name: String,
    /// Whose phone it will be.
    pub unit: String,
    /// The phone's uid; where it is not said, the phone says it when it comes.
    pub uid: Option<String>,
    /// For how long its certificate will be good.
    pub days: u16,
    /// SHA-256 of the token in hexadecimal digits.
    token_sha256: String,
    pub made_at: Timestamp,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// What is to be promised.
#[derive(Debug, Clone, Copy)]
pub struct Promise<'a> {
    pub name: &'a str,
    pub unit: &'a str,
    pub uid: Option<&'a str>,
    pub days: u16,
    pub holds: SignedDuration,
}

/// Lists an invitation. Gives the token by which it is taken up, which is kept nowhere.
pub fn invite(
    data: &Path,
    promise: Promise<'_>,
    now: Timestamp,
) -> Result<(String, Invitation), PkiError> {
    let Promise { name, unit, uid, days, holds } = promise;
    check_name(name)?;
    // What would be no certificate must not be promised.
    Identity::phone(uid.unwrap_or(name), unit)?;
    let token = draw_token()?;
    let invitation = Invitation {
        name: name.to_owned(),
        unit: unit.to_owned(),
        uid: uid.map(str::to_owned),
        days,
        token_sha256: hash_code(&token),
        made_at: now,
        expires_at: now.saturating_add(holds).unwrap_or(now),
        used_at: None,
        revoked_at: None,
    };
    let lock = files::Lock::take(data)?;
    Invitations::change(&lock, data, |listed| listed.add(invitation.clone(), now))?;
    Ok((token, invitation))
}

impl Invitations {
    /// What is listed; nothing where nobody was ever invited.
    pub fn read(data: &Path) -> Result<Self, PkiError> {
        files::SecretFile::at(path(data)).read()
    }

    /// Changes the list; it is durable when this returns. On an error nothing has changed.
    pub(super) fn change<T>(
        _lock: &files::Lock,
        data: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, PkiError>,
    ) -> Result<T, PkiError> {
        let before = Self::read(data)?;
        let mut listed = before.clone();
        let done = change(&mut listed)?;
        if listed == before {
            return Ok(done);
        }
        files::SecretFile::at(path(data)).write(&listed)?;
        Ok(done)
    }

    /// Those that nobody can take up any more make room.
    fn add(&mut self, invitation: Invitation, now: Timestamp) -> Result<(), PkiError> {
        if self.invitations.len() >= INVITATIONS_MAX {
            self.invitations.retain(|listed| listed.is_open(now));
        }
        if self.invitations.len() >= INVITATIONS_MAX {
            return Err(PkiError::FullOfInvitations(INVITATIONS_MAX));
        }
        self.invitations.push(invitation);
        Ok(())
    }

    /// The open invitation of this name and token. What is wrong with one that there is not cannot be told from how
    /// long this takes: every token is held against all hashes, to their ends.
    pub(super) fn open(&self, name: &str, token: &str, now: Timestamp) -> Option<&Invitation> {
        let mut found = None;
        for listed in &self.invitations {
            let is_same = is_code(token, &listed.token_sha256);
            if is_same && listed.name == name && listed.is_open(now) {
                found = Some(listed);
            }
        }
        found
    }

    /// Takes back what was promised under this name. Gives what was still open, or nothing for a name that is unknown.
    pub(super) fn revoke(&mut self, name: &str, now: Timestamp) -> Option<Vec<Invitation>> {
        let mut named = self.invitations.iter_mut().filter(|listed| listed.name == name).peekable();
        named.peek()?;
        let open = named.filter(|listed| listed.is_open(now)).map(|listed| {
            listed.revoked_at = Some(now);
            listed.clone()
        });
        Some(open.collect())
    }
}

impl Invitation {
    /// Whether it is this one, whatever became of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.token_sha256 == other.token_sha256
    }

    /// Whether somebody can still take it up.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}

/// A name is the first part of what is sent to sign in, which ends at a colon (RFC 7617).
fn check_name(name: &str) -> Result<(), PkiError> {
    if name.is_ascii() && !name.contains(':') && name == name.trim() {
        return Ok(());
    }
    let problem = "must be letters, digits and signs without accents, and no colon".to_owned();
    Err(PkiError::Field { field: "name", problem, value: name.to_owned() })
}

/// Signs that nobody can foresee, in groups.
pub fn draw_token() -> Result<String, PkiError> {
    let mut random = [0; TOKEN_SIGNS];
    getrandom::fill(&mut random).map_err(PkiError::Random)?;
    let signs = random.map(|byte| SIGNS.get(usize::from(byte % 32)).copied().unwrap_or(b'0'));
    let groups = signs.chunks(GROUP).map(|group| String::from_utf8_lossy(group).into_owned());
    Ok(groups.collect::<Vec<_>>().join("-"))
}

/// Whether a code is the one that is listed, in a time that does not tell how much of it is.
pub fn is_code(told: &str, listed_sha256: &str) -> bool {
    hash_code(told).as_bytes().ct_eq(listed_sha256.as_bytes()).into()
}

/// As codes are listed. Hyphens, blanks and the case of letters do not count, nor what looks alike.
pub fn hash_code(token: &str) -> String {
    let signs = token.chars().filter(|sign| !matches!(sign, '-' | ' ')).map(|sign| {
        match sign.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        }
    });
    hex(&Sha256::digest(signs.collect::<String>()))
}

fn path(data: &Path) -> PathBuf {
    files::home(data).join("invitations.json")
}
