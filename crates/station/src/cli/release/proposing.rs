//! `watchline release propose`, `agree` and `label`: people change what other agencies are given, each by their own password.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::output::Output;
use crate::cli::running::{Answered, Running};
use crate::cli::{Answer, Outcome};
use crate::config::Config;
use crate::release::ReleaseConfig;
use crate::shipped;

/// Asks a second person that other agencies are given what a policy says, and no more what is in force.
///
/// For a station that runs. The policy is held against the sector first, as by `release check`, and labels are those of the
/// configuration. It takes effect once another person agrees, here (`release agree`) or on the page, within 15 minutes.
#[derive(Debug, Args)]
#[command(after_help = "Example: another policy, proposed with a password from a file\n  \
    watchline release propose --config station.toml --policy new.cedar --name Amal --reason 'order 12' < password")]
pub(crate) struct Propose {
    #[command(flatten)]
    person: Person,
    /// The policy file; that of the configuration when left out.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// Agrees to what another person proposed that other agencies are given; it takes effect at once.
#[derive(Debug, Args)]
#[command(after_help = "Example: the second person agrees to what has the number 7\n  \
    watchline release agree 7 --config station.toml --name Omar < password")]
pub(crate) struct Agree {
    /// The number that the proposal was given.
    #[arg(value_name = "NUMBER")]
    number: u64,
    #[command(flatten)]
    person: Person,
}

/// Puts labels on one track, alert or message that a running station shows.
///
/// Where no agency is given anything more by that it holds at once; else another person must agree, here (`release agree`) or on
/// the page. What labels are asked for is what policies say (docs/RELEASE.md).
#[derive(Debug, Args)]
#[command(
    after_help = "Example: one track is given to nobody whose policy forbids what is sealed\n  \
    watchline release label track 12 --label sealed --config station.toml --name Omar --reason 'order 14' < password"
)]
pub(crate) struct Label {
    /// What it is.
    #[arg(value_name = "KIND")]
    kind: Labelled,
    /// Its number on the page.
    #[arg(value_name = "NUMBER")]
    number: u64,
    /// A label; more than one by saying it again.
    #[arg(long = "label", value_name = "LABEL", required = true)]
    labels: Vec<String>,
    #[command(flatten)]
    person: Person,
    /// Why.
    #[arg(long)]
    reason: String,
}

/// What may have labels of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Labelled {
    Track,
    Alert,
    Message,
}

/// Who asks, of which station. The password is read from the standard input, one line.
#[derive(Debug, Args)]
struct Person {
    /// The configuration of the station, which must run.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Who proposes or agrees. Their password is read from standard input.
    #[arg(long, value_name = "NAME")]
    name: String,
}

/// Somebody who is signed in.
struct Session {
    station: Running,
    /// What their requests carry.
    head: String,
}

#[derive(Serialize)]
struct SignIn<'a> {
    name: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct SignedIn {
    proof: String,
}

#[derive(Serialize)]
struct Proposal<'a> {
    policy: &'a str,
    labels: &'a BTreeMap<String, BTreeSet<String>>,
    reason: &'a str,
}

#[derive(Deserialize)]
struct Waits {
    waits_for: u64,
}

/// Whether labels hold, or wait for a second person.
#[derive(Debug, Serialize, Deserialize)]
struct Put {
    status: String,
    waits_for: Option<u64>,
}

/// A refusal as the interface tells it.
#[derive(Deserialize)]
struct Refusal {
    detail: String,
}

#[derive(Debug, Serialize)]
struct Proposed {
    waits_for: u64,
    sha256: String,
}

#[derive(Debug, Serialize)]
struct Agreed {
    number: u64,
}

impl Propose {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.person.config)?;
        let sector = shipped::find(&config.sector)?.sector()?;
        let release = config.release.clone();
        let release = ReleaseConfig { policy: self.policy.or(release.policy.clone()), ..release };
        let policy = release.read(&sector)?.context("--policy: no policy is named")?;
        let written = policy.written();
        let proposal =
            Proposal { policy: &written.text, labels: &written.labels, reason: &self.reason };
        let session = self.person.sign_in(&config)?;
        let told = session.post("/api/release", &serde_json::to_string(&proposal)?);
        session.leave();
        let Waits { waits_for } = serde_json::from_str(&told?)?;
        let proposed = Proposed { waits_for, sha256: written.sha256.clone() };
        out.answer(&proposed, |proposed| {
            format!(
                "{} waits for a second person: `watchline release agree {}`, or on the page. SHA-256 {}",
                proposed.waits_for, proposed.waits_for, proposed.sha256
            )
        })?;
        Ok(Answer::Yes)
    }
}

impl Agree {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.person.config)?;
        let session = self.person.sign_in(&config)?;
        let told = session.post(&format!("/api/confirmations/{}/confirm", self.number), "{}");
        session.leave();
        told?;
        out.answer(&Agreed { number: self.number }, |agreed| {
            format!("{} is agreed to and in force", agreed.number)
        })?;
        Ok(Answer::Yes)
    }
}

impl Label {
    pub(super) fn run(self, out: &mut Output) -> Outcome {
        let config = Config::read(&self.person.config)?;
        let session = self.person.sign_in(&config)?;
        let on = match self.kind {
            Labelled::Track => json!({"track": self.number}),
            Labelled::Alert => json!({"alert": self.number}),
            Labelled::Message => json!({"message": self.number}),
        };
        let body = json!({"on": on, "labels": self.labels, "reason": self.reason});
        let told = session.post("/api/labels", &body.to_string());
        session.leave();
        let put: Put = serde_json::from_str(&told?)?;
        out.answer(&put, |put| match put.waits_for {
            Some(number) => format!(
                "{number} waits for a second person: `watchline release agree {number}`, or on the page"
            ),
            None => "in force".to_owned(),
        })?;
        Ok(Answer::Yes)
    }
}

impl Person {
    fn sign_in(&self, config: &Config) -> anyhow::Result<Session> {
        let mut password = String::new();
        std::io::stdin().lock().read_line(&mut password).context("the password")?;
        let password = password.trim_end_matches(['\r', '\n']);
        if password.is_empty() {
            bail!("the password of {:?} is missing: write it on standard input", self.name);
        }
        let station = Running::of(config);
        let body = serde_json::to_string(&SignIn { name: &self.name, password })?;
        let answered = station.post("/api/identity/sign-in", "", &body).with_context(|| {
            format!("{}: no station answers at {}", self.config.display(), config.listen)
        })?;
        let cookies = answered.cookies();
        let SignedIn { proof } = serde_json::from_str(&accepted(answered)?)?;
        let head = format!("Cookie: {cookies}\r\nWatchline-Session: {proof}\r\n");
        Ok(Session { station, head })
    }
}

impl Session {
    fn post(&self, path: &str, body: &str) -> anyhow::Result<String> {
        accepted(self.station.post(path, &self.head, body)?)
    }

    /// Signs out; a session that could not be ended ends by itself.
    fn leave(self) {
        if let Err(fault) = self.post("/api/identity/sign-out", "{}") {
            tracing::debug!("sign-out: {fault}");
        }
    }
}

/// What a station that does as it was asked says; what another says is why not.
fn accepted(answered: Answered) -> anyhow::Result<String> {
    if (200..300).contains(&answered.status) {
        return Ok(answered.body);
    }
    let refusal: Option<Refusal> = serde_json::from_str(&answered.body).ok();
    match refusal {
        Some(Refusal { detail }) => bail!("the station refuses: {detail}"),
        None => bail!("the station answers with status {}", answered.status),
    }
}
