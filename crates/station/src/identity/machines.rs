//! Programs that read the station or feed it: each has a token of its own, for one purpose, until a day.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::secrets::Hashed;

/// What a machine's token is for; never more than one of these.
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

/// A machine that is let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub name: String,
    pub agency: String,
    pub scope: Scope,
    pub(super) token_sha256: Hashed,
    pub made_at: Timestamp,
    pub until: Timestamp,
}
