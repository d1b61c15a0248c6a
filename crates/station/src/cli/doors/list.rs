//! `watchline doors list`.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::output::Table;
use crate::cli::{Answer, Outcome, Output};
use crate::config::Config;
use crate::pki::{Certificate, Identity, Invitation, Invitations, Register};

/// Lists the certificates that were issued and the invitations that were made, and whether they stand.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  watchline doors list --config station.toml")]
pub(crate) struct List {
    /// The configuration file of the station.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Serialize)]
struct Listed {
    certificates: Vec<Row>,
    invitations: Vec<InvitationRow>,
}

/// One certificate.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    serial: String,
    #[serde(flatten)]
    identity: Identity,
    state: State,
    issued_at: Timestamp,
    not_after: Timestamp,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

/// One invitation; its token is known to nobody but whom it was told.
#[derive(Debug, Serialize)]
pub(super) struct InvitationRow {
    name: String,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    state: State,
    made_at: Timestamp,
    expires_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    used_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Stands,
    Open,
    Used,
    Revoked,
    RanOut,
}

impl List {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.config)?;
        let now = Timestamp::now();
        let register = Register::read(&config.data)?;
        let certificates = register.certificates.iter().map(|c| Row::of(c, now)).collect();
        let invited = Invitations::read(&config.data)?.invitations;
        let invitations = invited.iter().map(|i| InvitationRow::of(i, now)).collect();
        out.answer(&Listed { certificates, invitations }, Listed::table)?;
        Ok(Answer::Yes)
    }
}

impl Row {
    pub(super) fn of(certificate: &Certificate, now: Timestamp) -> Self {
        let state = match certificate.revoked_at {
            Some(_) => State::Revoked,
            None if certificate.not_after <= now => State::RanOut,
            None => State::Stands,
        };
        Self {
            serial: certificate.serial.clone(),
            identity: certificate.identity.clone(),
            state,
            issued_at: certificate.issued_at,
            not_after: certificate.not_after,
            by: certificate.by.clone(),
            revoked_at: certificate.revoked_at,
        }
    }
}

impl InvitationRow {
    pub(super) fn of(invitation: &Invitation, now: Timestamp) -> Self {
        let state = match (invitation.used_at, invitation.revoked_at) {
            (Some(_), _) => State::Used,
            (None, Some(_)) => State::Revoked,
            (None, None) if invitation.is_open(now) => State::Open,
            (None, None) => State::RanOut,
        };
        Self {
            name: invitation.name.clone(),
            unit: invitation.unit.clone(),
            uid: invitation.uid.clone(),
            state,
            made_at: invitation.made_at,
            expires_at: invitation.expires_at,
            used_at: invitation.used_at,
            revoked_at: invitation.revoked_at,
        }
    }
}

impl State {
    fn in_words(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Used => "used",
            Self::Stands => "stands",
            Self::Revoked => "revoked",
            Self::RanOut => "ran out",
        }
    }
}

impl Listed {
    fn table(&self) -> Table {
        let mut table = Table::new(["holder", "state", "until", "by", "serial"]);
        for row in &self.certificates {
            table.row([
                row.identity.to_string(),
                row.state.in_words().to_owned(),
                row.not_after.to_string(),
                row.by.clone(),
                row.serial.clone(),
            ]);
        }
        for row in &self.invitations {
            table.row([
                format!("invitation {} of {}", row.name, row.unit),
                row.state.in_words().to_owned(),
                row.expires_at.to_string(),
                "command".to_owned(),
                String::new(),
            ]);
        }
        table
    }
}
