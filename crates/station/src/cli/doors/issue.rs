//! `watchline doors issue`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;

use super::{authority, check_unit};
use crate::cli::output::write_new;
use crate::cli::{Answer, Outcome, Output};
use crate::config::Config;
use crate::limits::{CERTIFICATE_DAYS, CERTIFICATE_DAYS_DEFAULT};
use crate::pki::{self, Authority, Identity, PublicKey, Terms};

/// Issues a certificate to a SAPIENT node or to a phone.
///
/// Writes PREFIX.pem (the certificate), PREFIX.key (its secret key, for the owner's eyes alone) and PREFIX.ca.pem (whom
/// to trust). With `--request` the holder keeps the key to itself and none is written.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("holder").required(true).args(["node", "phone"]),
    after_help = "Examples: a radar, and a patrol's phone
  watchline doors issue --config station.toml --node 6ba7b810-9dad-41d1-80b4-00c04fd430c8 --out radar
  watchline doors issue --config station.toml --phone ANDROID-359975090666199 --unit patrol-1 --out phone"
)]
pub(crate) struct Issue {
    /// The configuration file of the station.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Node id (UUID) of a sensor or unit that speaks SAPIENT; again for whoever passes on for several.
    #[arg(long, value_name = "ID")]
    node: Vec<String>,
    /// The uid of a phone.
    #[arg(long, value_name = "UID", requires = "unit")]
    phone: Option<String>,
    /// The unit of the sector whose phone it is.
    #[arg(long, value_name = "UNIT", requires = "phone")]
    unit: Option<String>,
    /// For how many days, at most 730.
    #[arg(long, value_name = "DAYS", default_value_t = CERTIFICATE_DAYS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(CERTIFICATE_DAYS))]
    days: u16,
    /// A certificate signing request (PKCS #10, PEM) of the holder's own.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Where to write, without the endings.
    #[arg(long, value_name = "PREFIX")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct Issued {
    #[serde(flatten)]
    identity: Identity,
    certificate: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
    ca: PathBuf,
    days: u16,
}

impl Issue {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.config)?;
        let identity = self.identity(&config)?;
        let request = self.request.as_deref().map(read_request).transpose()?;
        let file = |ending: &str| -> PathBuf {
            let mut path = self.out.clone().into_os_string();
            path.push(ending);
            path.into()
        };
        let (certificate, ca) = (file(".pem"), file(".ca.pem"));
        let key = request.is_none().then(|| file(".key"));
        // A certificate that cannot be written would be listed and of no use.
        if let Some(taken) = [Some(&certificate), Some(&ca), key.as_ref()]
            .into_iter()
            .flatten()
            .find(|path| path.exists())
        {
            bail!("{} is there already: choose another --out, or move it away", taken.display());
        }
        let authority = authority(&config)?;
        let terms = Terms { now: Timestamp::now(), days: self.days, by: "command" };
        let issued = issue(&authority, &identity, request.as_ref(), terms)?;
        if let (Some(path), Some(text)) = (&key, &issued.key) {
            write_new(path, 0o600, text)?;
        }
        write_new(&certificate, 0o644, &issued.certificate)?;
        write_new(&ca, 0o644, pki::pem("CERTIFICATE", authority.certificate()))?;
        let issued = Issued { identity, certificate, key, ca, days: self.days };
        out.answer(&issued, |issued| {
            let path = issued.certificate.display();
            format!("{}: {path}, good for {} days", issued.identity, issued.days)
        })?;
        Ok(Answer::Yes)
    }

    fn identity(&self, config: &Config) -> anyhow::Result<Identity> {
        let (Some(uid), Some(unit)) = (&self.phone, &self.unit) else {
            return Ok(Identity::nodes(&self.node)?);
        };
        check_unit(unit, config)?;
        Ok(Identity::phone(uid, unit)?)
    }
}

/// What is to be written, in PEM.
struct Written {
    certificate: String,
    key: Option<String>,
}

fn issue(
    authority: &Authority,
    identity: &Identity,
    request: Option<&PublicKey>,
    terms: Terms<'_>,
) -> anyhow::Result<Written> {
    let Some(key) = request else {
        let made = authority.issue_with_key(identity, terms)?;
        let certificate = pki::pem("CERTIFICATE", &made.certificate);
        return Ok(Written { certificate, key: Some(made.key_pem()) });
    };
    let certificate = authority.issue(identity, key, terms)?;
    Ok(Written { certificate: pki::pem("CERTIFICATE", &certificate), key: None })
}

fn read_request(path: &Path) -> anyhow::Result<PublicKey> {
    let text = fs::read(path).with_context(|| format!("--request {}", path.display()))?;
    let request = CertificateSigningRequestDer::from_pem_slice(&text)
        .with_context(|| format!("--request {}: no CERTIFICATE REQUEST in it", path.display()))?;
    PublicKey::of_request(&request).with_context(|| format!("--request {}", path.display()))
}
