//! `watchline release`: what other agencies are given, and would be by another policy.

mod proposing;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use super::output::{Output, Table};
use super::{Answer, Outcome};
use crate::config::Config;
use crate::identity::{InForce, People};
use crate::release::{Kind, Policy, ReleaseConfig, Terms, Thing};
use crate::shipped;

/// What other agencies are given of the line.
#[derive(Debug, Subcommand)]
pub(crate) enum Release {
    Check(Check),
    Show(Show),
    Propose(proposing::Propose),
    Agree(proposing::Agree),
    Label(proposing::Label),
}

/// Tells what other agencies are given, as it was agreed to: the policy's text, as a file for `release.policy` has it.
///
/// A station may be running on the data directory. With `--json` also the labels, who agreed and when.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: the file as it was agreed to, in the place of one that was changed\n  \
    watchline release show --data night > policy.cedar"
)]
pub(crate) struct Show {
    /// The station's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Tells what each agency that a policy names would be given, of every sensor, unit and place of the sector.
///
/// Policies are written in Cedar; docs/RELEASE.md says what they may speak of. What no policy permits is given to nobody. A
/// policy with faults is told with its lines and exit 2. Give the station's file, or a sector and a policy; with both, the
/// policy takes the place of the one in the file.
#[derive(Debug, Args)]
#[command(after_help = "Example: what a policy would give, before it is put in its place\n  \
    watchline release check --config station.toml --policy new.cedar\n\n\
    Example: one agency alone, for a machine\n  watchline --json release check --sector andorra --policy new.cedar --agency police")]
pub(crate) struct Check {
    /// The policy file.
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    policy: Option<PathBuf>,
    /// The station's configuration, for its sector and labels.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The sector, where no configuration says it: a file, or the name of one that ships.
    #[arg(long, value_name = "SECTOR", required_unless_present = "config")]
    sector: Option<String>,
    /// One agency alone, be it named in the policy or not.
    #[arg(long, value_name = "NAME")]
    agency: Option<String>,
    /// As the policy stands at this time; now when left out.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// What an agency is given of one thing.
#[derive(Debug, Serialize)]
struct Row {
    agency: String,
    #[serde(rename = "type")]
    kind_of_thing: &'static str,
    name: String,
    kind: &'static str,
    /// Null where it is not given.
    terms: Option<Terms>,
}

#[derive(Debug, Serialize)]
struct Checked {
    digest: String,
    given: Vec<Row>,
}

impl Release {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Check(check) => check.run(out),
            Self::Show(show) => show.run(out),
            Self::Propose(propose) => propose.run(out),
            Self::Agree(agree) => agree.run(out),
            Self::Label(label) => label.run(out),
        }
    }
}

impl Show {
    fn run(self, out: &mut Output) -> Outcome {
        let people = People::read(&self.data)?;
        let in_force = people.in_force().with_context(|| {
            let data = self.data.display();
            format!("--data {data}: no policy was ever in force there where people sign in")
        })?;
        let InForce { policy, .. } = in_force;
        if out.is_json() {
            out.answer(in_force, |_| &policy.text)?;
        } else {
            // Byte by byte, for by these the policy is known.
            out.bytes(policy.text.as_bytes())?;
        }
        Ok(Answer::Yes)
    }
}

impl Check {
    fn run(self, out: &mut Output) -> Outcome {
        let config = self.config.as_deref().map(Config::read).transpose()?;
        let sector = self.sector.or(config.as_ref().map(|config| config.sector.clone()));
        let sector = shipped::find(&sector.context("--sector is missing")?)?.sector()?;
        let release = config.map_or_else(ReleaseConfig::default, |config| config.release);
        let release = ReleaseConfig { policy: self.policy.or(release.policy.clone()), ..release };
        let policy = release.read(&sector)?.context(
            "release.policy is not set, so nothing is given to anybody: set it, or give --policy",
        )?;
        let at = self.at.unwrap_or_else(Timestamp::now);
        let agencies = self.agency.map_or_else(|| policy.agencies(), |agency| vec![agency]);
        let things = policy.things(&sector);
        let objects = policy.objects(&sector);
        let given =
            agencies.iter().flat_map(|agency| rows(agency, (&things, &objects), &policy, at));
        let digest = policy.written().sha256.clone();
        out.answer(&Checked { digest, given: given.collect() }, Checked::table)?;
        Ok(Answer::Yes)
    }
}

fn rows<'a>(
    agency: &'a str,
    (things, objects): (&'a BTreeSet<Thing>, &'a [(Thing, String)]),
    policy: &'a Policy,
    at: Timestamp,
) -> impl Iterator<Item = Row> + 'a {
    let row = move |(thing, kind): (&Thing, Kind)| Row {
        agency: agency.to_owned(),
        kind_of_thing: thing.type_name(),
        name: thing.name().to_owned(),
        kind: kind.name(),
        terms: policy.terms(agency, thing, kind, at),
    };
    let objects = objects.iter().flat_map(move |(thing, object)| {
        thing.kinds_of_objects().map(move |kind| Row {
            agency: agency.to_owned(),
            kind_of_thing: "Object",
            name: format!("{}/{object}", thing.name()),
            kind: kind.name(),
            terms: policy.terms_of(agency, (thing, object), kind, at),
        })
    });
    let kinds = |thing: &'a Thing| thing.kinds().iter().map(move |kind| (thing, *kind));
    things.iter().flat_map(kinds).map(row).chain(objects)
}

impl Checked {
    fn table(&self) -> Table {
        let mut table = Table::new(["agency", "of", "name", "kind", "given"]);
        for row in &self.given {
            let name = if row.name.is_empty() { "any other" } else { &row.name };
            let terms = row.terms.as_ref().map_or_else(|| "no".to_owned(), in_words);
            let row = [&row.agency, row.kind_of_thing, name, row.kind, &terms];
            table.row(row.map(str::to_owned));
        }
        table
    }
}

fn in_words(terms: &Terms) -> String {
    let mut words = vec!["yes".to_owned()];
    if terms.coarsen_m > 0.0 {
        words.push(format!("on a grid of {} m", terms.coarsen_m));
    }
    if !terms.delay.is_zero() {
        words.push(format!("{} s late", terms.delay.as_secs_f64()));
    }
    if !terms.drop.is_empty() {
        let fields: Vec<&str> = terms.drop.iter().map(|field| field.name()).collect();
        words.push(format!("without {}", fields.join(", ")));
    }
    words.extend(terms.source.as_ref().map(|source| format!("as {source:?}")));
    words.extend(terms.until.map(|until| format!("until {until}")));
    words.join(", ")
}
