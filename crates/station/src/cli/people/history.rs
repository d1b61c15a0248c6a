//! `watchline people history`: what a record proves of who could do what, and when.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use watch::audit::{Audit, Audited, GraveAct, Role, SignedOutBy, Standing};
use watch::journal::{self, Input};
use watch::subject::RetentionClass;

use crate::cli::output::Table;
use crate::cli::{Answer, Outcome, Output};
use crate::record;

/// Tells what the record says of people: who was invited, changed and revoked by whom, who agreed, who came and went.
///
/// Reads the record alone. That it was not changed is what `watchline record verify` proves.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: who could do what, and who said so\n  watchline people history --data night --name 'Hasan B'"
)]
pub(crate) struct History {
    /// The station's data directory, or a copy of it.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only what this person did or what was done about them.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

#[derive(Debug, Serialize)]
struct HistoryView {
    acts: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    /// Its place in the record.
    index: u64,
    at: Timestamp,
    #[serde(flatten)]
    audit: Audit,
}

impl History {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let mut acts = Vec::new();
        let classes = [RetentionClass::Access, RetentionClass::Decision];
        record::read_classes(&self.data, &classes, |index, content| {
            let entry = journal::read(content)?;
            if let Input::Audited(audit) = entry.input
                && self.name.as_ref().is_none_or(|name| is_about(&audit, name))
            {
                acts.push(Row { index, at: entry.at, audit });
            }
            Ok(())
        })?;
        out.answer(&HistoryView { acts }, HistoryView::table)?;
        Ok(Answer::Yes)
    }
}

impl HistoryView {
    fn table(&self) -> Table {
        let mut table = Table::new(["entry", "at", "by", "what"]);
        for Row { index, at, audit } in &self.acts {
            let by = audit.by.as_ref().map(|by| by.0.clone()).unwrap_or_default();
            table.row([index.to_string(), at.to_string(), by, in_words(&audit.what)]);
        }
        table
    }
}

/// Whether somebody did it, or it was done about them.
fn is_about(audit: &Audit, name: &str) -> bool {
    let is = |other: &journal::PersonId| other.0 == name;
    audit.by.as_ref().is_some_and(is)
        || match &audit.what {
            Audited::Found { people } => people.iter().any(|one| is(&one.name)),
            Audited::Invited { as_whom: standing, .. }
            | Audited::Enrolled(standing)
            | Audited::Changed(standing)
            | Audited::Proposed { act: GraveAct::Grant(standing), .. } => is(&standing.name),
            Audited::PasswordForgotten { name, .. }
            | Audited::Revoked { name }
            | Audited::PasswordChanged { name }
            | Audited::Proposed {
                act: GraveAct::Revoke { name } | GraveAct::NewPassword { name },
                ..
            } => is(name),
            Audited::MachineLetIn { .. }
            | Audited::MachineShutOut { .. }
            | Audited::SignedIn
            | Audited::SignedOut { .. }
            | Audited::SignInsFailed { .. }
            | Audited::Proposed { act: GraveAct::Export { .. }, .. }
            | Audited::Confirmed { .. }
            | Audited::Declined { .. }
            | Audited::Lapsed { .. }
            | Audited::Exported { .. }
            | Audited::Releasing { .. } => false,
        }
}

fn in_words(what: &Audited) -> String {
    match what {
        Audited::Found { people } => {
            let people: Vec<String> = people.iter().map(standing).collect();
            format!("in the list stand {}", people.join("; "))
        }
        Audited::Invited { as_whom, until } => {
            format!("invited {} until {until}", standing(as_whom))
        }
        Audited::PasswordForgotten { name, until } => {
            format!("let {} choose another password until {until}", name.0)
        }
        Audited::Enrolled(who) => format!("came for the first time: {}", standing(who)),
        Audited::Changed(who) => format!("is from now on {}", standing(who)),
        Audited::Revoked { name } => format!("revoked {}", name.0),
        Audited::PasswordChanged { name } => format!("another password for {}", name.0),
        Audited::MachineLetIn { name, agency, scope, until } => {
            format!("let in the machine {name} ({agency}) to {scope} until {until}")
        }
        Audited::MachineShutOut { name } => format!("shut out the machine {name}"),
        Audited::SignedIn => "signed in".to_owned(),
        Audited::SignedOut { by } => format!("signed out {}", why(*by)),
        Audited::SignInsFailed { count } => format!("{count} attempts to sign in came to nothing"),
        Audited::Proposed { number, act, reason, .. } => {
            format!("proposed {number}: {} ({reason})", act_in_words(act))
        }
        Audited::Releasing { policy } => {
            format!("gave other agencies what the policy {policy} says")
        }
        Audited::Confirmed { number } => format!("agreed to {number}"),
        Audited::Declined { number } => format!("declined {number}"),
        Audited::Lapsed { number } => format!("nobody agreed to {number}, or made use of it"),
        Audited::Exported { number } => format!("fetched the file of {number}"),
    }
}

fn standing(standing: &Standing) -> String {
    let roles: Vec<&str> = standing.roles.iter().copied().map(Role::name).collect();
    format!("{} ({}): {}", standing.name.0, standing.agency, roles.join(", "))
}

fn act_in_words(act: &GraveAct) -> String {
    match act {
        GraveAct::Grant(who) => standing(who),
        GraveAct::Revoke { name } => format!("revoke {}", name.0),
        GraveAct::NewPassword { name } => format!("another password for {}", name.0),
        GraveAct::Export { what, format } => format!("a file of {what} as {format}"),
    }
}

fn why(by: SignedOutBy) -> &'static str {
    match by {
        SignedOutBy::Person => "by themselves",
        SignedOutBy::Idleness => "after half an hour of nothing",
        SignedOutBy::Age => "after a long shift",
        SignedOutBy::Change => "because they are not who they were",
        SignedOutBy::Number => "by a newer session",
    }
}
