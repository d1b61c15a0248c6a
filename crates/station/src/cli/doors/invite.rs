//! `watchline doors invite`.

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{authority, check_unit};
use crate::cli::{Answer, Outcome, Output};
use crate::config::Config;
use crate::limits::{
    CERTIFICATE_DAYS, CERTIFICATE_DAYS_DEFAULT, INVITATION_HOURS, INVITATION_HOURS_DEFAULT,
};
use crate::pki::{self, Promise};

/// Invites a phone to get its certificate by itself, at the door of `[doors.cot.enrolment]`.
///
/// Prints a token, which is kept nowhere and told only now. The phone signs in with the name as its user and the token as
/// its password. One certificate is had for it, for this unit, whatever the phone asks for; until it is used, expires or is
/// revoked (`watchline doors revoke NAME`).
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: the phone of the first patrol, until the next shift\n  watchline doors invite hawk-1 --unit patrol-1 --hours 8 --config station.toml"
)]
pub(crate) struct Invite {
    /// The name with which the phone signs in.
    #[arg(value_name = "NAME")]
    name: String,
    /// The configuration file of the station.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The unit of the sector whose phone it will be.
    #[arg(long, value_name = "UNIT")]
    unit: String,
    /// The uid of the phone, if it is known; otherwise it is what the phone says, unless that is another unit's.
    #[arg(long, value_name = "UID")]
    phone: Option<String>,
    /// For how many hours the token can be used, at most 720.
    #[arg(long, value_name = "HOURS", default_value_t = INVITATION_HOURS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(INVITATION_HOURS))]
    hours: u16,
    /// For how many days the certificate will be good, at most 730.
    #[arg(long, value_name = "DAYS", default_value_t = CERTIFICATE_DAYS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(CERTIFICATE_DAYS))]
    days: u16,
}

#[derive(Debug, Serialize)]
struct Invited {
    name: String,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
    token: String,
    expires_at: Timestamp,
}

impl Invite {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.config)?;
        check_unit(&self.unit, &config)?;
        authority(&config)?;
        let promise = Promise {
            name: &self.name,
            unit: &self.unit,
            uid: self.phone.as_deref(),
            days: self.days,
            holds: SignedDuration::from_hours(i64::from(self.hours)),
        };
        let (token, made) = pki::invite(&config.data, promise, Timestamp::now())?;
        let (name, unit, uid) = (made.name, made.unit, made.uid);
        let invited = Invited { name, unit, uid, token, expires_at: made.expires_at };
        out.answer(&invited, |invited| {
            let Invited { name, token, expires_at, .. } = invited;
            format!("user {name}, password {token}, until {expires_at}; it is not told again")
        })?;
        Ok(Answer::Yes)
    }
}
