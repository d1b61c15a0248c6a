//! `watchline people`: who may use a station, changed while it does not run.

mod history;

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;
use watch::audit::{Role, Standing};
use watch::journal::PersonId;

use super::output::Table;
use super::{Answer, Outcome, Output};
use crate::identity::{
    Code, Credential, LetIn, Offline, People as Listed, Promise, Scope, Secret, WantedMachine,
};
use crate::limits::{
    INVITATION_HOURS, INVITATION_HOURS_DEFAULT, MACHINE_DAYS, MACHINE_DAYS_DEFAULT,
};

/// Who may use a station: invites, lists, changes and revokes people and machines.
///
/// For a station that does not run, and for whoever holds its machine: nobody else is asked, and the station writes into
/// its record what was done here when it starts again. While it runs, administrators do the same on its page.
#[derive(Debug, Subcommand)]
pub(crate) enum People {
    #[command(visible_alias = "add")]
    Invite(Invite),
    List(List),
    Roles(Roles),
    Passwd(Passwd),
    Revoke(Revoke),
    Token(Token),
    History(history::History),
}

/// Invites somebody to choose a password and come in; prints the code for it, which is told only now.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: the first administrator, then an operator\n  watchline people invite 'Amal K' --agency border-guard --role administrator --data night\n  watchline people invite 'Hasan B' --agency border-guard --role operator --hours 8 --data night"
)]
pub(crate) struct Invite {
    /// What they are called at the desk and in the record.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Place,
    /// Whose person they are.
    #[arg(long, value_name = "AGENCY")]
    agency: String,
    /// operator, officer, planner, tips-desk, monitor or administrator; may be given several times.
    #[arg(long, value_name = "ROLE", required = true, value_parser = role_named)]
    role: Vec<Role>,
    /// For how many hours the code is good.
    #[arg(long, value_name = "HOURS", default_value_t = INVITATION_HOURS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(INVITATION_HOURS))]
    hours: u16,
}

/// Lists people, invitations and machines.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline people list --data night")]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
}

/// Gives somebody other roles instead of those that they have.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  watchline people roles 'Hasan B' --role operator --role officer --data night"
)]
pub(crate) struct Roles {
    /// Whose roles.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Place,
    /// operator, officer, planner, tips-desk, monitor or administrator; may be given several times.
    #[arg(long, value_name = "ROLE", required = true, value_parser = role_named)]
    role: Vec<Role>,
}

/// Prints a code by which somebody can choose another password.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline people passwd 'Hasan B' --data night")]
pub(crate) struct Passwd {
    /// Whose password.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Place,
    /// For how many hours the code is good.
    #[arg(long, value_name = "HOURS", default_value_t = INVITATION_HOURS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(INVITATION_HOURS))]
    hours: u16,
}

/// Takes everything from a person, an invitation or a machine. Nobody else is ever called by a person's name.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  watchline people revoke 'Hasan B' --data night")]
pub(crate) struct Revoke {
    /// Who, or which machine.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Place,
    /// It is a machine.
    #[arg(long)]
    machine: bool,
}

/// Prints a token by which a program may read a station, or feed it; it is told only now.
///
/// With --credential certificate it prints a code instead, by which the program gets a certificate of the station's authority
/// within a day, once, where the page speaks TLS. No token is good for it then.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples: a map reads the station for a month, and a mast feeds it by a certificate\n  watchline people token qgis --agency border-guard --scope read --days 30 --data night\n  watchline people token mast --agency border-guard --scope feed --credential certificate --data night"
)]
pub(crate) struct Token {
    /// What the machine is called.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    place: Place,
    /// Whose machine it is.
    #[arg(long, value_name = "AGENCY")]
    agency: String,
    /// What it is for.
    #[arg(long, value_enum)]
    scope: Scope,
    /// What it shows to be known.
    #[arg(long, value_enum, default_value_t)]
    credential: Credential,
    /// For how many days the token or the certificate is good.
    #[arg(long, value_name = "DAYS", default_value_t = MACHINE_DAYS_DEFAULT,
        value_parser = clap::value_parser!(u16).range(MACHINE_DAYS))]
    days: u16,
}

/// Where the list is.
#[derive(Debug, Args)]
struct Place {
    /// The station's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Debug, Serialize)]
struct Told {
    name: String,
    code: String,
    until: Timestamp,
}

#[derive(Debug, Serialize)]
struct LetInTold {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    until: Timestamp,
}

#[derive(Debug, Serialize)]
struct Done {
    name: String,
}

#[derive(Debug, Serialize)]
struct ListView {
    people: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    agency: String,
    /// person, invited or machine.
    kind: &'static str,
    roles: Vec<&'static str>,
    /// Until when, of what ends by itself.
    until: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

impl People {
    pub(crate) fn run(self, out: &mut Output) -> Outcome {
        match self {
            Self::Invite(command) => command.run(out),
            Self::List(command) => command.run(out),
            Self::Roles(command) => command.run(out),
            Self::Passwd(command) => command.run(out),
            Self::Revoke(command) => command.run(out),
            Self::Token(command) => command.run(out),
            Self::History(command) => command.run(out),
        }
    }
}

impl Place {
    fn take(&self) -> anyhow::Result<Offline> {
        Offline::take(&self.data)
            .context("while a station runs, administrators change people on its page")
    }
}

impl Invite {
    fn run(self, out: &mut Output) -> Outcome {
        let offline = self.place.take()?;
        let name = PersonId(self.name.clone());
        let roles = self.role.into_iter().collect();
        let standing = Standing { name, agency: self.agency, roles };
        tell_code(out, self.name, offline.invite(standing, self.hours)?)
    }
}

impl Passwd {
    fn run(self, out: &mut Output) -> Outcome {
        let offline = self.place.take()?;
        let code = offline.forget_password(&PersonId(self.name.clone()), self.hours)?;
        tell_code(out, self.name, code)
    }
}

fn tell_code(out: &mut Output, name: String, Code { code, until }: Code) -> Outcome {
    out.answer(&Told { name, code, until }, |told| {
        let Told { name, code, until } = told;
        format!("{name} comes in by the code {code}, until {until}; it is not told again")
    })?;
    Ok(Answer::Yes)
}

impl Roles {
    fn run(self, out: &mut Output) -> Outcome {
        let offline = self.place.take()?;
        let roles: BTreeSet<Role> = self.role.into_iter().collect();
        offline.change_roles(&PersonId(self.name.clone()), roles)?;
        out.answer(&Done { name: self.name }, |done| format!("{} has these roles", done.name))?;
        Ok(Answer::Yes)
    }
}

impl Revoke {
    fn run(self, out: &mut Output) -> Outcome {
        let offline = self.place.take()?;
        if self.machine {
            offline.shut_machine_out(&self.name)?;
        } else {
            offline.revoke(&PersonId(self.name.clone()))?;
        }
        out.answer(&Done { name: self.name }, |done| format!("{} is revoked", done.name))?;
        Ok(Answer::Yes)
    }
}

impl Token {
    fn run(self, out: &mut Output) -> Outcome {
        let offline = self.place.take()?;
        let Self { name, agency, scope, credential, days, .. } = self;
        let wanted = WantedMachine { name: name.clone(), agency, scope, credential, days };
        let LetIn { secret, until } = offline.let_machine_in(wanted)?;
        let (words, token, code) = match secret {
            Secret::Token(token) => {
                let words = format!("sends `Authorization: Bearer {token}`");
                (words, Some(token), None)
            }
            Secret::Code(code) => {
                let words = format!(
                    "sends a signing request to /api/machines/enrol with `Watchline-Code: {code}`"
                );
                (words, None, Some(code))
            }
        };
        out.answer(&LetInTold { name, token, code, until }, |told| {
            let LetInTold { name, until, .. } = told;
            format!("{name} {words}, until {until}; it is not told again")
        })?;
        Ok(Answer::Yes)
    }
}

impl List {
    fn run(self, out: &mut Output) -> Outcome {
        let listed = Listed::read(&self.place.data)?;
        let people = listed.people.iter().map(|person| Row {
            revoked_at: person.revoked_at,
            ..Row::of("person", &person.standing, None)
        });
        let invited =
            listed.invitations.iter().filter_map(|invitation| match &invitation.promise {
                Promise::Person(standing) => {
                    Some(Row::of("invited", standing, Some(invitation.until)))
                }
                Promise::First | Promise::Password(_) => None,
            });
        let machines = listed.machines.iter().map(|machine| Row {
            name: machine.name.clone(),
            agency: machine.agency.clone(),
            kind: "machine",
            roles: vec![machine.scope.name()],
            until: Some(machine.until),
            revoked_at: None,
        });
        let people = people.chain(invited).chain(machines).collect();
        out.answer(&ListView { people }, ListView::table)?;
        Ok(Answer::Yes)
    }
}

impl Row {
    fn of(kind: &'static str, standing: &Standing, until: Option<Timestamp>) -> Self {
        Self {
            name: standing.name.0.clone(),
            agency: standing.agency.clone(),
            kind,
            roles: standing.roles.iter().map(|role| role.name()).collect(),
            until,
            revoked_at: None,
        }
    }
}

impl ListView {
    fn table(&self) -> Table {
        let mut table = Table::new(["name", "agency", "", "roles", "until", "revoked"]);
        let at = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        for row in &self.people {
            table.row([
                row.name.clone(),
                row.agency.clone(),
                row.kind.to_owned(),
                row.roles.join(", "),
                at(row.until),
                at(row.revoked_at),
            ]);
        }
        table
    }
}

fn role_named(name: &str) -> Result<Role, String> {
    Role::by_name(name).ok_or_else(|| {
        let known = Role::ALL.map(Role::name).join(", ");
        format!("must be one of {known}, got {name:?}")
    })
}
