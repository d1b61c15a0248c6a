//! `watchline doors`: certificates for sensors and phones that come from other machines.

mod invite;
mod issue;
mod list;
mod package;

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use super::output::write_new;
use super::{Answer, Outcome, Output};
use crate::config::Config;
use crate::pki::{self, Authority};
use crate::shipped;

/// Certificates for the doors by TLS: makes, lists and revokes them.
///
/// A station has its own authority in its data directory (`keys/doors-ca.pem`), which is made when it is first needed.
/// A certificate names whom it was issued to: a SAPIENT node by its id, a phone by its uid and unit. Its holder can speak
/// for nobody else, and what is not on the list of the station opens no door. A phone that is invited gets its certificate
/// by itself. A running station sees changes at once.
#[derive(Debug, Subcommand)]
pub(crate) enum Doors {
    Ca(Ca),
    Invite(invite::Invite),
    Issue(issue::Issue),
    List(list::List),
    Package(package::Package),
    Revoke(Revoke),
}

/// Tells of the authority whom clients must trust, and writes its certificate.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline doors ca --config station.toml --out ca.pem")]
pub(crate) struct Ca {
    /// The configuration file of the station.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Where to write its certificate (PEM); the secret key stays where it is.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Takes certificates out of use, and invitations. Connections that came in by them end within a second or two.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: a phone that was lost\n  watchline doors revoke ANDROID-359975090666199 --config station.toml"
)]
pub(crate) struct Revoke {
    /// Serial number of one certificate, or the node id, uid or name whose certificates and invitations all are meant.
    #[arg(value_name = "SERIAL|NAME")]
    named: String,
    /// The configuration file of the station.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[derive(Debug, Serialize)]
struct CaView {
    fingerprint_sha256: String,
    not_after: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Revoked {
    revoked: Vec<list::Row>,
    invitations: Vec<list::InvitationRow>,
}

impl Doors {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Ca(command) => command.run(out),
            Self::Invite(command) => command.run(out),
            Self::Issue(command) => command.run(out),
            Self::List(command) => command.run(out),
            Self::Package(command) => command.run(out),
            Self::Revoke(command) => command.run(out),
        }
    }
}

impl Ca {
    fn run(self, out: &mut Output) -> Outcome {
        let authority = authority(&Config::read(&self.config)?)?;
        if let Some(path) = &self.out {
            write_new(path, 0o644, pki::pem("CERTIFICATE", authority.certificate()))?;
        }
        let view = CaView {
            fingerprint_sha256: authority.fingerprint(),
            not_after: authority.not_after(),
            out: self.out,
        };
        out.answer(&view, |view| {
            format!("SHA-256 {}, until {}", view.fingerprint_sha256, view.not_after)
        })?;
        Ok(Answer::Yes)
    }
}

impl Revoke {
    fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.config)?;
        let now = Timestamp::now();
        let revoked = pki::revoke(&config.data, &self.named, now)
            .with_context(|| "`watchline doors list` tells serial numbers and names")?;
        let revoked = Revoked {
            revoked: revoked.certificates.iter().map(|c| list::Row::of(c, now)).collect(),
            invitations: revoked
                .invitations
                .iter()
                .map(|i| list::InvitationRow::of(i, now))
                .collect(),
        };
        out.answer(&revoked, Revoked::in_words)?;
        Ok(Answer::Yes)
    }
}

impl Revoked {
    fn in_words(&self) -> String {
        let told = |count: usize, what: &str| match count {
            0 => None,
            1 => Some(format!("1 {what}")),
            many => Some(format!("{many} {what}s")),
        };
        let parts =
            [told(self.revoked.len(), "certificate"), told(self.invitations.len(), "invitation")];
        match parts.into_iter().flatten().collect::<Vec<_>>() {
            none if none.is_empty() => "revoked already".to_owned(),
            some => format!("{} revoked", some.join(" and ")),
        }
    }
}

/// A unit that `--unit` names must be one of the sector's.
fn check_unit(unit: &str, config: &Config) -> anyhow::Result<()> {
    let sector = shipped::find(&config.sector)?.sector()?;
    let units: Vec<&str> = sector.units.iter().map(|unit| unit.id.0.as_str()).collect();
    if !units.contains(&unit) {
        bail!("--unit must be one of {}, got {unit:?}", units.join(", "));
    }
    Ok(())
}

/// The station's authority; made when there is none yet.
fn authority(config: &Config) -> anyhow::Result<Authority> {
    let sector = shipped::find(&config.sector)?.sector()?;
    Ok(Authority::of(&config.data, &sector.name, Timestamp::now())?)
}
