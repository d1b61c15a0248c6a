//! `watchline people history`: what a record proves of who could do what, and when.

use std::path::PathBuf;

use watch::audit::{
    Audited, Consultation, Consulted, Disclosure, GraveAct, Protection, Receiver, Role,
    SignedOutBy, Standing,
};
use watch::journal::TrackId;

use crate::cli::output::Table;
use crate::cli::{Answer, Outcome, Output};
use crate::identity::history::{Act, Acts, Wanted};

/// Tells what the record says of people: who was invited, changed and revoked by whom, who agreed, who came and went, and who
/// looked at what tells of people.
///
/// Reads the record alone. That it was not changed is what `watchline record verify` proves.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples: what somebody did and looked at, and who looked at a track\n  watchline people history --data night --name 'Hasan B'\n  watchline people history --data night --track 7 --json"
)]
pub(crate) struct History {
    /// The station's data directory, or a copy of it.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Only what this person or machine did or what was done about them.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only who looked at this track.
    #[arg(long, value_name = "NUMBER")]
    track: Option<u64>,
}

impl History {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        let track = self.track.map(TrackId);
        let wanted = Wanted { name: self.name, track, ..Wanted::default() };
        out.answer(&Acts::read(&self.data, &wanted)?, table)?;
        Ok(Answer::Yes)
    }
}

fn table(told: &Acts) -> Table {
    let mut table = Table::new(["entry", "at", "by", "what"]);
    for Act { index, at, audit } in &told.acts {
        let machine = audit.machine().map(|machine| format!("the machine {machine}"));
        let by = audit.by.as_ref().map(|by| by.0.clone()).or(machine).unwrap_or_default();
        table.row([index.to_string(), at.to_string(), by, in_words(&audit.what)]);
    }
    for audit in &told.unwritten {
        let by = audit.by.as_ref().map(|by| by.0.clone()).unwrap_or_default();
        table.row(["-".to_owned(), "not in the record yet".to_owned(), by, in_words(&audit.what)]);
    }
    table
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
        Audited::SignedInByPasskey { id } => format!("signed in by the passkey {id}"),
        Audited::PasskeyAdded { id, public_key, called } => {
            format!("added the passkey {called}: {id}, {public_key}")
        }
        Audited::PasskeyRemoved { id } => format!("removed the passkey {id}"),
        Audited::SignedOut { by } => format!("signed out {}", why(*by)),
        Audited::SignInsFailed { count } => format!("{count} attempts to sign in came to nothing"),
        Audited::Proposed { number, act, reason, .. } => {
            format!("proposed {number}: {} ({reason})", act_in_words(act))
        }
        Audited::Releasing { policy } => {
            format!("gave other agencies what the policy {policy} says")
        }
        Audited::MachineCertified { name, serial, until } => {
            format!("the machine {name} got the certificate {serial} until {until}")
        }
        Audited::ReleaseFound(policy) => {
            format!("began with the policy {} of the station's file", policy.sha256)
        }
        Audited::Recalled { agency } => format!("recalled something that {agency} was given"),
        Audited::Confirmed { number } => format!("agreed to {number}"),
        Audited::Declined { number } => format!("declined {number}"),
        Audited::Lapsed { number } => format!("nobody agreed to {number}, or made use of it"),
        Audited::Exported { number } => format!("fetched the file of {number}"),
        Audited::Consulted(told) => consultation(told),
        Audited::ConsultedBeyond { count, from, to, .. } => {
            format!("looked at {count} things more than are told one by one, {from} to {to}")
        }
        Audited::Protecting(protection) => {
            format!("protected the record by this: {}", protection_in_words(protection))
        }
        Audited::Disclosed(told) => disclosure(told),
        Audited::Withheld { policy, reason } => {
            format!("gave other agencies less, by the policy {} ({reason})", policy.sha256)
        }
        Audited::KeyChanged { with, reason } => {
            format!("made the record anew under another key, with {} ({reason})", with.0)
        }
        Audited::CarriedOut { number, keys } => {
            format!("the erasure of {number} is carried out: {keys} keys are destroyed")
        }
    }
}

fn consultation(told: &Consultation) -> String {
    let what = match &told.what {
        Consulted::Picture => "the picture".to_owned(),
        Consulted::Track(track) => format!("track {}", track.0),
        Consulted::Messages => "the messages".to_owned(),
        Consulted::Evidence => "the evidence".to_owned(),
        Consulted::Camera { sensor } => format!("what {sensor} sees"),
        Consulted::Recordings { sensor } => format!("which recordings of {sensor} there are"),
        Consulted::Recording { sensor, name } => format!("the recording {name} of {sensor}"),
        Consulted::Features { collection, filter } if filter.is_empty() => {
            format!("the collection {collection}")
        }
        Consulted::Features { collection, filter } => {
            format!("the collection {collection} where {filter}")
        }
        Consulted::File { what, format } => format!("a file of {what} as {format}"),
        Consulted::AlertFile(alert) => format!("the message about alert {}", alert.0),
        Consulted::Offers => "the tracks that are offered".to_owned(),
        Consulted::People => "the list of people".to_owned(),
        Consulted::Proofs => "what proves the record".to_owned(),
        Consulted::Audit => "who looked at what".to_owned(),
    };
    let Consultation { times, from, to, .. } = told;
    let when = match times {
        0 => format!("looked at {what} from {from} to {to}"),
        1 => format!("looked at {what}"),
        _ => format!("looked {times} times at {what} until {to}"),
    };
    told.why.as_ref().map_or(when.clone(), |why| format!("{when} ({why})"))
}

fn disclosure(told: &Disclosure) -> String {
    let to = match &told.to {
        Receiver::Mesh { group } => format!("whoever listens to {group}"),
        Receiver::Display { address } => format!("the display at {address}"),
        Receiver::Parent { address } => format!("the node at {address}"),
        Receiver::Phone { name } => format!("the phone {name}"),
        Receiver::OwnMachine => "programs on the station's own machine".to_owned(),
        Receiver::Others => "others, more than are told one by one".to_owned(),
        Receiver::File { what, format } => format!("a file of {what} as {format}"),
        Receiver::Letter { to } => format!("a letter to {to}"),
    };
    let Disclosure { agency, policy, by, why, count, from, until, .. } = told;
    let of = agency.as_ref().map_or_else(String::new, |agency| format!(" ({agency})"));
    let by_what = policy.as_ref().map_or_else(
        || "of the station's own picture".to_owned(),
        |policy| format!("by the policy {policy}"),
    );
    let names: Vec<&str> = by.iter().map(|by| by.0.as_str()).collect();
    let who =
        if names.is_empty() { String::new() } else { format!(", by {}", names.join(" and ")) };
    let why = why.as_ref().map_or_else(String::new, |why| format!(" ({why})"));
    format!("given to {to}{of} {by_what}: {count} from {from} to {until}{who}{why}")
}

fn protection_in_words(protection: &Protection) -> String {
    let kept = protection.keep_days.iter().map(|(class, days)| format!("{class} for {days} days"));
    let kept: Vec<String> = kept.collect();
    let kept = if kept.is_empty() { "all is kept for good".to_owned() } else { kept.join(", ") };
    let witnesses: Vec<&str> = protection.witnesses.iter().map(String::as_str).collect();
    let authority = protection.authority.as_deref().unwrap_or("any");
    format!("{kept}; witnesses: {}; authority: {authority}", witnesses.join(", "))
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
        GraveAct::Erase { class, day: None } => {
            format!("erase all that is kept of one subject of class {}", class.name())
        }
        GraveAct::Erase { class, day: Some(day) } => {
            format!("erase what is kept of {day} of one subject of class {}", class.name())
        }
        GraveAct::Release(policy) => {
            format!("give other agencies what the policy {} says", policy.sha256)
        }
        GraveAct::Protect(protection) => {
            format!("protect the record no more than by this: {}", protection_in_words(protection))
        }
        GraveAct::LetIn { name, agency, scope, credential, days } => {
            format!(
                "let in the machine {name} ({agency}) to {scope} by a {credential} for {days} days"
            )
        }
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
