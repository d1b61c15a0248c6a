//! Programs that read the station or feed it: each has a token or a certificate of its own, for one purpose, until a day.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::secrets::{Hashed, draw_token};
use crate::limits::INVITATION_HOURS_DEFAULT;
use crate::pki::{PkiError, draw_token as draw_code, hash_code, is_code};

/// What a machine is let in for; never more than one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Reads what the picture shows, and how the station is.
    Read,
    /// Brings files, and what neighbouring sectors say.
    Feed,
}

impl Scope {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Feed => "feed",
        }
    }
}

/// What a machine shows to be known; never more than one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// A token in every request.
    #[default]
    Token,
    /// A certificate of the station's authority, which it gets by a code, once. No token is good for it.
    Certificate,
}

impl Credential {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Certificate => "certificate",
        }
    }
}

/// A machine that is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Machine {
    pub name: String,
    pub agency: String,
    pub scope: Scope,
    pub(super) key: MachineKey,
    pub made_at: Timestamp,
    pub until: Timestamp,
    /// The number of what waits for a second person; until then it is nobody.
    pub waits_for: Option<u64>,
}

/// By what a machine is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MachineKey {
    Token(Hashed),
    /// By nothing yet: it may have a certificate by this code, for so many days.
    Promised(Promised),
    /// The serial number of its certificate.
    Certificate(String),
}

/// A certificate that a machine may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Promised {
    /// SHA-256 of the code in hexadecimal digits.
    code_sha256: String,
    pub(super) days: u16,
}

/// Which machine is to be let in.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: String,
    pub agency: String,
    pub scope: Scope,
    pub credential: Credential,
    pub days: u16,
}

/// What is told of a machine that was let in, once.
#[derive(Debug)]
pub struct LetIn {
    pub secret: Secret,
    pub until: Timestamp,
}

/// By what it comes from now on, or gets what it comes by.
#[derive(Debug)]
pub enum Secret {
    Token(String),
    Code(String),
}

impl Machine {
    /// One that is wanted, and what it must be told.
    pub(super) fn draw(wanted: Wanted, now: Timestamp) -> Result<(Self, LetIn), PkiError> {
        let Wanted { name, agency, scope, credential, days } = wanted;
        let (key, secret, hours) = match credential {
            Credential::Token => {
                let token = draw_token().map_err(PkiError::Random)?;
                (MachineKey::Token(Hashed::of(&token)), Secret::Token(token), 24 * i64::from(days))
            }
            Credential::Certificate => {
                let code = draw_code()?;
                let promised = Promised { code_sha256: hash_code(&code), days };
                let hours = i64::from(INVITATION_HOURS_DEFAULT);
                (MachineKey::Promised(promised), Secret::Code(code), hours)
            }
        };
        let until = now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(now);
        let waits_for = None;
        let machine = Self { name, agency, scope, key, made_at: now, until, waits_for };
        Ok((machine, LetIn { secret, until }))
    }

    pub fn credential(&self) -> Credential {
        match self.key {
            MachineKey::Token(_) => Credential::Token,
            MachineKey::Promised(_) | MachineKey::Certificate(_) => Credential::Certificate,
        }
    }

    /// The serial number of its certificate, once it has one.
    pub fn certificate(&self) -> Option<&str> {
        match &self.key {
            MachineKey::Certificate(serial) => Some(serial),
            MachineKey::Token(_) | MachineKey::Promised(_) => None,
        }
    }
}

impl MachineKey {
    /// Whether what somebody shows is this.
    pub(super) fn is(&self, shown: &Self) -> bool {
        match (self, shown) {
            (Self::Token(known), Self::Token(told)) => known.is(told),
            (Self::Certificate(known), Self::Certificate(shown)) => known == shown,
            (Self::Token(_) | Self::Promised(_) | Self::Certificate(_), _) => false,
        }
    }

    /// What a code promises, where it is the one; in a time that does not tell how much of it is.
    pub(super) fn promised(&self, code: &str) -> Option<&Promised> {
        match self {
            Self::Promised(promised) => is_code(code, &promised.code_sha256).then_some(promised),
            Self::Token(_) | Self::Certificate(_) => None,
        }
    }
}

/// A machine as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    agency: String,
    scope: Scope,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token_sha256: Option<Hashed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promised: Option<Promised>,
    /// A serial number in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    made_at: Timestamp,
    until: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits_for: Option<u64>,
}

impl TryFrom<Stored> for Machine {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let Stored { name, agency, scope, made_at, until, waits_for, .. } = stored;
        let key = match (stored.token_sha256, stored.promised, stored.certificate) {
            (Some(token), None, None) => MachineKey::Token(token),
            (None, Some(promised), None) => MachineKey::Promised(promised),
            (None, None, Some(serial)) => MachineKey::Certificate(serial),
            _ => {
                return Err(format!(
                    "machine {name:?} must have one of token_sha256, promised and certificate"
                ));
            }
        };
        Ok(Self { name, agency, scope, key, made_at, until, waits_for })
    }
}

impl From<Machine> for Stored {
    fn from(machine: Machine) -> Self {
        let Machine { name, agency, scope, key, made_at, until, waits_for } = machine;
        let (token_sha256, promised, certificate) = match key {
            MachineKey::Token(token) => (Some(token), None, None),
            MachineKey::Promised(promised) => (None, Some(promised), None),
            MachineKey::Certificate(serial) => (None, None, Some(serial)),
        };
        Self { name, agency, scope, token_sha256, promised, certificate, made_at, until, waits_for }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(credential: Credential) -> Wanted {
        let (name, agency) = ("mast".to_owned(), "border-guard".to_owned());
        Wanted { name, agency, scope: Scope::Feed, credential, days: 90 }
    }

    #[test]
    fn a_machine_is_kept_with_one_credential_and_read_back_as_it_was() {
        let now: Timestamp = "2026-11-27T04:00:00Z".parse().unwrap();
        let (token, _) = Machine::draw(wanted(Credential::Token), now).unwrap();
        let (promised, _) = Machine::draw(wanted(Credential::Certificate), now).unwrap();
        let certified = Machine { key: MachineKey::Certificate("40ff".into()), ..promised.clone() };
        let waiting = Machine { waits_for: Some(7), ..token.clone() };
        for machine in [token.clone(), promised, certified, waiting] {
            let kept = serde_json::to_value(&machine).unwrap();
            assert_eq!(serde_json::from_value::<Machine>(kept).unwrap(), machine);
        }
        let mut kept = serde_json::to_value(&token).unwrap();
        kept["certificate"] = json!("40ff");
        let refused = serde_json::from_value::<Machine>(kept).unwrap_err().to_string();
        assert!(refused.contains("\"mast\" must have one of token_sha256"), "{refused}");
    }

    #[test]
    fn what_a_machine_shows_must_be_of_the_kind_that_it_was_let_in_with() {
        let now = Timestamp::UNIX_EPOCH;
        let (machine, told) = Machine::draw(wanted(Credential::Certificate), now).unwrap();
        let Secret::Code(code) = told.secret else { panic!("{told:?}") };
        assert_eq!(told.until, now + SignedDuration::from_hours(24));
        assert!(!machine.key.is(&MachineKey::Token(Hashed::of(&code))), "a code is no token");
        assert!(!machine.key.is(&machine.key), "a promise is nothing to show");
        assert_eq!(machine.key.promised(&code.to_lowercase()).unwrap().days, 90);
        assert!(machine.key.promised("0000-0000-0000-0000-0000").is_none());
        let certified = MachineKey::Certificate("40ff".into());
        assert!(certified.is(&MachineKey::Certificate("40ff".into())));
        assert!(!certified.is(&MachineKey::Certificate("40fe".into())));
    }
}
