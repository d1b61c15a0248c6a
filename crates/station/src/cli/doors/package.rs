//! `watchline doors package`.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde::Serialize;

use super::{authority, check_unit};
use crate::cli::output::write_new;
use crate::cli::{Answer, Outcome, Output};
use crate::config::Config;
use crate::data_package::{DataPackage, Entrance, Store};
use crate::limits::CERTIFICATE_DAYS_DEFAULT;
use crate::pki::{self, Authority, Identity, Invitations, Terms};
use crate::shipped;

/// What phones take for granted; the store holds nothing secret.
const TRUST_PASSWORD: &str = "atakatak";

/// Makes a data package (ZIP) that sets up a phone: open it on the phone, and the way to this station is there.
///
/// The package tells where the station is and whom to trust. NAME is that of an invitation (`watchline doors invite`): the
/// phone asks its owner for name and token, so the package is no secret. With `--certificate` NAME is the phone's uid, and
/// a certificate with its key is in the package: then whoever has the file comes in as that phone.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: the way to this station for a phone that was invited\n  watchline doors package hawk-1 --config station.toml --out hawk-1.zip"
)]
pub(crate) struct Package {
    /// The name of an invitation; with --certificate the uid of the phone.
    #[arg(value_name = "NAME")]
    name: String,
    /// The configuration file of the station.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Where to write it.
    #[arg(long, value_name = "FILE.zip")]
    out: PathBuf,
    /// One of doors.tls.names by which phones reach the station; the first of them when it is left out.
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// Puts a new certificate and its key into the package.
    #[arg(long, requires = "unit")]
    certificate: bool,
    /// The unit of the sector whose phone it is, with --certificate.
    #[arg(long, value_name = "UNIT", requires = "certificate")]
    unit: Option<String>,
}

#[derive(Debug, Serialize)]
struct Packed {
    name: String,
    out: PathBuf,
    connects_to: String,
    holds_key: bool,
}

/// A certificate in its file.
struct Client {
    file: String,
    bytes: Vec<u8>,
    password: String,
}

impl Package {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.config)?;
        let tls = config.tls();
        let Some(door) = tls.cot else {
            bail!("phones need a door by TLS: set doors.cot.tls.listen");
        };
        let host = self.host(&tls.names)?;
        if self.out.exists() {
            bail!("{} is there already: choose another --out", self.out.display());
        }
        let enrolment = tls.enrolment.map(|door| door.listen.port());
        if !self.certificate {
            self.check_invited(&config)?;
            enrolment.context("no phone gets a certificate: set doors.cot.enrolment.listen")?;
        }
        let authority = authority(&config)?;
        let client = self.client(&config, &authority)?;
        let number: String = authority.fingerprint().chars().take(8).collect();
        let trust = pki::trust_store(authority.certificate(), TRUST_PASSWORD)?;
        let package = DataPackage {
            uid: &pki::draw_uuid()?,
            name: &format!("Watchline {}", shipped::find(&config.sector)?.sector()?.name),
            host,
            port: door.listen.port(),
            // Of two stations' packages neither may write over the other's files.
            trust: Store {
                file: &format!("trust-{number}.p12"),
                bytes: &trust,
                password: TRUST_PASSWORD,
            },
            entrance: match (&client, enrolment) {
                (Some(Client { file, bytes, password }), _) => {
                    Entrance::Certificate(Store { file, bytes, password })
                }
                (None, port) => Entrance::Enrolment { port: port.unwrap_or_default() },
            },
        };
        write_new(&self.out, 0o600, package.to_zip())?;
        let connects_to = format!("{host}:{}", door.listen.port());
        let (name, holds_key) = (self.name, client.is_some());
        let packed = Packed { name, out: self.out, connects_to, holds_key };
        out.answer(&packed, |packed| {
            let secret = if packed.holds_key { "; it holds a secret key" } else { "" };
            format!("{}: to {}{secret}", packed.out.display(), packed.connects_to)
        })?;
        Ok(Answer::Yes)
    }

    /// Phones hold what they are told against the names in the station's certificate.
    fn host<'a>(&'a self, names: &'a [String]) -> anyhow::Result<&'a str> {
        let Some(host) = self.host.as_deref().or(names.first().map(String::as_str)) else {
            bail!("doors.tls.names tells no name by which phones reach the station");
        };
        if !names.iter().any(|name| name == host) {
            bail!("--host must be one of doors.tls.names ({}), got {host:?}", names.join(", "));
        }
        Ok(host)
    }

    fn check_invited(&self, config: &Config) -> anyhow::Result<()> {
        let (now, invited) = (Timestamp::now(), Invitations::read(&config.data)?.invitations);
        if invited.iter().any(|listed| listed.name == self.name && listed.is_open(now)) {
            return Ok(());
        }
        bail!("{:?} has no open invitation: `watchline doors invite` makes one", self.name)
    }

    fn client(&self, config: &Config, authority: &Authority) -> anyhow::Result<Option<Client>> {
        let Some(unit) = &self.unit else { return Ok(None) };
        check_unit(unit, config)?;
        let identity = Identity::phone(&self.name, unit)?;
        let terms =
            Terms { now: Timestamp::now(), days: CERTIFICATE_DAYS_DEFAULT, by: "data package" };
        let made = authority.issue_with_key(&identity, terms)?;
        let password = pki::draw_token()?;
        let bytes = pki::key_store(&made, authority.certificate(), &password)?;
        let number: String = pki::fingerprint(&made.certificate).chars().take(8).collect();
        Ok(Some(Client { file: format!("phone-{number}.p12"), bytes, password }))
    }
}
