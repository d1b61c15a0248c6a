//! The list of people, invitations and machines: `keys/people.json`. Of secrets it holds hashes alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use watch::audit::{Audited, GraveAct, Role, Standing};
use watch::journal::PersonId;

use super::grave::{Grave, needs_two};
use super::machines::Machine;
use super::password::PasswordHash;
use super::secrets::Hashed;
use crate::limits::{
    BROWSERS_OF_PERSON_MAX, FIRST_CODE_HOURS, INVITATIONS_MAX, MACHINES_MAX, PEOPLE_MAX,
    PERSON_CHARS_MAX,
};
use crate::pki::{PkiError, SecretFile, hash_code, is_code};

/// Everybody, and what waits to become somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// In the order in which they came. Those who were revoked stay, so that no name ever means another.
    pub people: Vec<Person>,
    pub invitations: Vec<Invitation>,
    pub machines: Vec<Machine>,
    /// What waits for a second person.
    pub graves: Vec<Grave>,
    pub(super) last_grave: u64,
    /// What was done at the command line and is yet to be written into the record.
    pub(super) untold: Vec<Audited>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub standing: Standing,
    pub(super) password: PasswordHash,
    /// Browsers in which they signed in, the newest last.
    pub(super) browsers: Vec<Hashed>,
    pub since: Timestamp,
    pub revoked_at: Option<Timestamp>,
}

/// Somebody who may come and choose a password, by a code that is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    pub promise: Promise,
    /// SHA-256 of the code in hexadecimal digits.
    pub(super) code_sha256: String,
    pub made_at: Timestamp,
    pub hours: u16,
    pub until: Timestamp,
    /// The number of what a second person must agree to before the code is good.
    pub waits_for: Option<u64>,
}

/// What a code is good for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// The first administrator of a station that has nobody, who says their own name.
    First,
    Person(Standing),
    /// Another password for somebody who is listed.
    Password(PersonId),
}

/// Why something about people is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Refused {
    pub code: &'static str,
    pub field: &'static str,
    pub reason: String,
}

impl Refused {
    pub(super) fn new(code: &'static str, field: &'static str, reason: String) -> Self {
        Self { code, field, reason }
    }
}

/// What came of inviting somebody.
#[derive(Debug)]
pub(super) struct Invited {
    /// What must be agreed to first.
    pub(super) waits_for: Option<u64>,
    pub(super) until: Timestamp,
    pub(super) told: Vec<Audited>,
}

impl People {
    /// What is listed; nobody where nobody ever was.
    pub fn read(data: &Path) -> Result<Self, PkiError> {
        SecretFile::at(path(data)).read()
    }

    /// Puts this list in the place of the last one; it is durable when this returns.
    pub fn write(&self, data: &Path) -> Result<(), PkiError> {
        SecretFile::at(path(data)).write(self)
    }

    /// Somebody who is not revoked.
    pub fn active(&self, name: &PersonId) -> Option<&Person> {
        self.people.iter().find(|one| one.standing.name == *name && one.revoked_at.is_none())
    }

    /// The same by what somebody typed, which need not be exact in its letters' case.
    pub(super) fn active_as_typed(&self, name: &str) -> Option<&Person> {
        let typed = name.trim().to_lowercase();
        self.people.iter().find(|one| one.revoked_at.is_none() && folded(one) == typed)
    }

    /// Everybody who is not revoked.
    pub fn standings(&self) -> Vec<Standing> {
        let active = self.people.iter().filter(|one| one.revoked_at.is_none());
        active.map(|one| one.standing.clone()).collect()
    }

    /// Whether there is anybody who can say who the others are.
    pub fn has_administrator(&self) -> bool {
        self.administrators() > 0
    }

    fn administrators(&self) -> usize {
        let active = self.people.iter().filter(|one| one.revoked_at.is_none());
        active.filter(|one| one.standing.roles.contains(&Role::Administrator)).count()
    }

    /// Makes the code that is good for the first administrator the only one of its kind.
    pub(super) fn expect_first(&mut self, code: &str, now: Timestamp) -> Timestamp {
        self.invitations.retain(|listed| listed.promise != Promise::First);
        let invitation = Invitation::new(Promise::First, code, FIRST_CODE_HOURS, now);
        let until = invitation.until;
        self.invitations.push(invitation);
        until
    }

    /// Invites somebody, or says what must be agreed to first.
    pub(super) fn invite(
        &mut self,
        (by, standing, reason): (Option<&PersonId>, Standing, &str),
        (code, hours): (&str, u16),
        now: Timestamp,
    ) -> Result<Invited, Refused> {
        check_standing(&standing)?;
        self.check_free(&standing.name, now)?;
        let mut invitation = Invitation::new(Promise::Person(standing.clone()), code, hours, now);
        let until = invitation.until;
        // At the command line whoever holds the machine answers for it.
        let alone = by.is_none() || self.is_second_administrator(&standing.roles);
        let by = by.filter(|_| needs_two(&BTreeSet::new(), &standing.roles) && !alone);
        let told = match by {
            Some(by) => {
                let (number, told) = self.propose((by, GraveAct::Grant(standing), reason), now)?;
                invitation.waits_for = Some(number);
                told
            }
            None => Audited::Invited { as_whom: standing, until },
        };
        self.add(invitation.clone(), now)?;
        Ok(Invited { waits_for: invitation.waits_for, until, told: vec![told] })
    }

    /// While one administrator is alone, nobody could agree to the second.
    fn is_second_administrator(&self, roles: &BTreeSet<Role>) -> bool {
        let is_promised = self.invitations.iter().any(|listed| match &listed.promise {
            Promise::Person(standing) => standing.roles.contains(&Role::Administrator),
            Promise::First | Promise::Password(_) => false,
        });
        self.administrators() == 1 && !is_promised && roles.contains(&Role::Administrator)
    }

    /// Lets somebody choose another password.
    pub(super) fn forget_password(
        &mut self,
        (by, name, reason): (Option<&PersonId>, &PersonId, &str),
        (code, hours): (&str, u16),
        now: Timestamp,
    ) -> Result<Invited, Refused> {
        let roles = &self.listed(name)?.standing.roles;
        let mut invitation = Invitation::new(Promise::Password(name.clone()), code, hours, now);
        let until = invitation.until;
        let told = match by.filter(|_| needs_two(&BTreeSet::new(), roles)) {
            Some(by) => {
                let act = GraveAct::NewPassword { name: name.clone() };
                let (number, told) = self.propose((by, act, reason), now)?;
                invitation.waits_for = Some(number);
                told
            }
            None => Audited::PasswordForgotten { name: name.clone(), until },
        };
        self.add(invitation.clone(), now)?;
        Ok(Invited { waits_for: invitation.waits_for, until, told: vec![told] })
    }

    /// The open invitation of a code. How long this takes does not tell how near a guess is.
    pub(super) fn invited(&self, code: &str, now: Timestamp) -> Option<&Invitation> {
        let mut found = None;
        for listed in &self.invitations {
            let is_it = is_code(code, &listed.code_sha256);
            let is_open = listed.waits_for.is_none() && now < listed.until;
            let is_needed = listed.promise != Promise::First || !self.has_administrator();
            if is_it && is_open && is_needed {
                found = Some(listed);
            }
        }
        found
    }

    /// Takes up an invitation, once. `as_whom` is whom the first administrator says to be.
    pub(super) fn enrol(
        &mut self,
        code: &str,
        as_whom: Option<(PersonId, String)>,
        password: PasswordHash,
        now: Timestamp,
    ) -> Result<(PersonId, Audited), Refused> {
        let invitation = self.invited(code, now).cloned().ok_or_else(not_invited)?;
        self.invitations.retain(|listed| *listed != invitation);
        let standing = match (invitation.promise, as_whom) {
            (Promise::Password(name), _) => {
                let person = self.listed_mut(&name)?;
                person.password = password;
                person.browsers.clear();
                return Ok((name.clone(), Audited::PasswordChanged { name }));
            }
            (Promise::Person(standing), _) => standing,
            (Promise::First, Some((name, agency))) => {
                Standing { name, agency, roles: [Role::Administrator].into() }
            }
            (Promise::First, None) => {
                let problem = "the first administrator says who they are".to_owned();
                return Err(Refused::new("name-wrong", "name", problem));
            }
        };
        check_standing(&standing)?;
        self.check_free(&standing.name, now)?;
        if self.people.len() >= PEOPLE_MAX {
            let problem = format!("{PEOPLE_MAX} people are listed already");
            return Err(Refused::new("people-full", "name", problem));
        }
        let (name, told) = (standing.name.clone(), Audited::Enrolled(standing.clone()));
        let (browsers, since) = (Vec::new(), now);
        self.people.push(Person { standing, password, browsers, since, revoked_at: None });
        Ok((name, told))
    }

    /// Gives somebody other roles, or says what must be agreed to first.
    pub(super) fn change_roles(
        &mut self,
        (by, name, roles): (Option<&PersonId>, &PersonId, BTreeSet<Role>),
        reason: &str,
        now: Timestamp,
    ) -> Result<(Option<u64>, Audited), Refused> {
        let person = self.listed(name)?;
        let standing = Standing { roles, ..person.standing.clone() };
        check_standing(&standing)?;
        if standing == person.standing {
            let problem = format!("{} has these roles already", name.0);
            return Err(Refused::new("roles-same", "roles", problem));
        }
        self.check_not_last(name, &standing.roles)?;
        let takes_two = needs_two(&person.standing.roles, &standing.roles)
            && !self.is_second_administrator(&standing.roles);
        match by.filter(|_| takes_two) {
            Some(by) => {
                let (number, told) = self.propose((by, GraveAct::Grant(standing), reason), now)?;
                Ok((Some(number), told))
            }
            None => Ok((None, self.grant(standing)?)),
        }
    }

    /// What was agreed to: somebody has other roles, or may come now.
    pub(super) fn take_effect(
        &mut self,
        number: u64,
        standing: &Standing,
        now: Timestamp,
    ) -> Result<Audited, Refused> {
        if self.active(&standing.name).is_some() {
            self.check_not_last(&standing.name, &standing.roles)?;
            return self.grant(standing.clone());
        }
        let until = self.open_invitation(number, now)?;
        Ok(Audited::Invited { as_whom: standing.clone(), until })
    }

    /// A code that waited for a second person is good from now on.
    pub(super) fn open_invitation(
        &mut self,
        number: u64,
        now: Timestamp,
    ) -> Result<Timestamp, Refused> {
        let waited = self.invitations.iter_mut().find(|listed| listed.waits_for == Some(number));
        let waited = waited.ok_or_else(not_invited)?;
        waited.waits_for = None;
        waited.until = hours_after(now, waited.hours);
        Ok(waited.until)
    }

    fn grant(&mut self, standing: Standing) -> Result<Audited, Refused> {
        let person = self.listed_mut(&standing.name)?;
        person.standing = standing.clone();
        Ok(Audited::Changed(standing))
    }

    /// Takes everything from somebody: who they are, and what was promised to them.
    pub(super) fn revoke(
        &mut self,
        name: &PersonId,
        now: Timestamp,
    ) -> Result<Vec<Audited>, Refused> {
        self.check_not_last(name, &BTreeSet::new())?;
        let person = self.listed_mut(name)?;
        person.revoked_at = Some(now);
        person.browsers.clear();
        self.invitations.retain(|listed| listed.promise != Promise::Password(name.clone()));
        Ok(vec![Audited::Revoked { name: name.clone() }])
    }

    /// Takes back what was promised to somebody who never came.
    pub(super) fn uninvite(&mut self, name: &PersonId) -> Option<Audited> {
        let is_theirs = |listed: &Invitation| match &listed.promise {
            Promise::Person(standing) => standing.name == *name,
            Promise::First | Promise::Password(_) => false,
        };
        let before = self.invitations.len();
        let waited = self.invitations.iter().filter(|one| is_theirs(one)).find_map(|i| i.waits_for);
        self.invitations.retain(|listed| !is_theirs(listed));
        self.graves.retain(|grave| Some(grave.number) != waited);
        (self.invitations.len() < before).then(|| Audited::Revoked { name: name.clone() })
    }

    pub(super) fn change_password(
        &mut self,
        name: &PersonId,
        password: PasswordHash,
    ) -> Result<Audited, Refused> {
        let person = self.listed_mut(name)?;
        person.password = password;
        person.browsers.clear();
        Ok(Audited::PasswordChanged { name: name.clone() })
    }

    /// Remembers a browser in which somebody signed in.
    pub(super) fn know_browser(&mut self, name: &PersonId, browser: Hashed) -> Result<(), Refused> {
        let person = self.listed_mut(name)?;
        if person.browsers.len() >= BROWSERS_OF_PERSON_MAX {
            person.browsers.remove(0);
        }
        person.browsers.push(browser);
        Ok(())
    }

    /// Lets a machine in.
    pub(super) fn let_in(&mut self, machine: Machine, now: Timestamp) -> Result<Audited, Refused> {
        check_words("name", &machine.name)?;
        check_words("agency", &machine.agency)?;
        self.machines.retain(|listed| now < listed.until);
        if self.machines.iter().any(|listed| listed.name == machine.name) {
            let problem = format!("{} has a token already: revoke it first", machine.name);
            return Err(Refused::new("name-taken", "name", problem));
        }
        if self.machines.len() >= MACHINES_MAX {
            let problem = format!("{MACHINES_MAX} machines have tokens already");
            return Err(Refused::new("machines-full", "name", problem));
        }
        let Machine { name, agency, scope, until, .. } = machine.clone();
        self.machines.push(machine);
        Ok(Audited::MachineLetIn { name, agency, scope: scope.name().to_owned(), until })
    }

    pub(super) fn shut_out(&mut self, name: &str) -> Result<Audited, Refused> {
        let before = self.machines.len();
        self.machines.retain(|listed| listed.name != name);
        if self.machines.len() == before {
            let problem = format!("no machine is called {name:?}");
            return Err(Refused::new("machine-unknown", "name", problem));
        }
        Ok(Audited::MachineShutOut { name: name.to_owned() })
    }

    /// The machine of a token; all are looked at, to their ends.
    pub(super) fn machine(&self, token: &Hashed) -> Option<&Machine> {
        self.machines.iter().fold(None, |found, listed| {
            if listed.token_sha256.is(token) { Some(listed) } else { found }
        })
    }

    fn listed(&self, name: &PersonId) -> Result<&Person, Refused> {
        self.active(name).ok_or_else(|| unknown(name))
    }

    fn listed_mut(&mut self, name: &PersonId) -> Result<&mut Person, Refused> {
        let is_meant = |one: &&mut Person| one.standing.name == *name && one.revoked_at.is_none();
        self.people.iter_mut().find(is_meant).ok_or_else(|| unknown(name))
    }

    fn check_free(&self, name: &PersonId, now: Timestamp) -> Result<(), Refused> {
        let wanted = name.0.to_lowercase();
        let is_promised = self.invitations.iter().any(|listed| match &listed.promise {
            Promise::Person(standing) => {
                now < listed.until && standing.name.0.to_lowercase() == wanted
            }
            Promise::First | Promise::Password(_) => false,
        });
        if is_promised || self.people.iter().any(|one| folded(one) == wanted) {
            let problem = format!("{} is or was somebody here: choose another name", name.0);
            return Err(Refused::new("name-taken", "name", problem));
        }
        Ok(())
    }

    /// Somebody who is not revoked and is not the last administrator.
    pub(super) fn check_revocable(&self, name: &PersonId) -> Result<(), Refused> {
        self.check_not_last(name, &BTreeSet::new())
    }

    /// A station keeps somebody who can say who the others are.
    fn check_not_last(&self, name: &PersonId, after: &BTreeSet<Role>) -> Result<(), Refused> {
        let is_one = self.listed(name)?.standing.roles.contains(&Role::Administrator);
        if is_one && !after.contains(&Role::Administrator) && self.administrators() == 1 {
            let problem = format!("{} is the last administrator: there must be one", name.0);
            return Err(Refused::new("last-administrator", "name", problem));
        }
        Ok(())
    }

    /// Those that nobody can take up any more make room.
    fn add(&mut self, invitation: Invitation, now: Timestamp) -> Result<(), Refused> {
        self.invitations.retain(|listed| now < listed.until);
        if self.invitations.len() >= INVITATIONS_MAX {
            let problem = format!("{INVITATIONS_MAX} invitations are open already");
            return Err(Refused::new("invitations-full", "name", problem));
        }
        self.invitations.push(invitation);
        Ok(())
    }
}

impl Invitation {
    fn new(promise: Promise, code: &str, hours: u16, now: Timestamp) -> Self {
        let code_sha256 = hash_code(code);
        let until = hours_after(now, hours);
        Self { promise, code_sha256, made_at: now, hours, until, waits_for: None }
    }
}

fn hours_after(now: Timestamp, hours: u16) -> Timestamp {
    now.saturating_add(SignedDuration::from_hours(i64::from(hours))).unwrap_or(now)
}

fn folded(person: &Person) -> String {
    person.standing.name.0.to_lowercase()
}

/// Wrong, used, expired, revoked or waiting: whoever tries is not told which.
pub(super) fn not_invited() -> Refused {
    let problem = "no open invitation has this code".to_owned();
    Refused::new("not-invited", "code", problem)
}

fn unknown(name: &PersonId) -> Refused {
    let problem = format!("nobody is called {:?} at this station", name.0);
    Refused::new("person-unknown", "name", problem)
}

fn check_standing(standing: &Standing) -> Result<(), Refused> {
    check_words("name", &standing.name.0)?;
    check_words("agency", &standing.agency)?;
    if standing.roles.is_empty() {
        return Err(Refused::new("roles-wrong", "roles", "must be at least one".to_owned()));
    }
    Ok(())
}

/// Words that are told as they were given, on the page and in the record.
fn check_words(field: &'static str, words: &str) -> Result<(), Refused> {
    let cleaned = wire::text::clean(words, PERSON_CHARS_MAX);
    if words.trim().is_empty() || words != words.trim() || cleaned != words {
        let problem = format!(
            "must be 1 to {PERSON_CHARS_MAX} characters that can be seen, without blanks at its ends, got {words:?}"
        );
        let code = if field == "name" { "name-wrong" } else { "agency-wrong" };
        return Err(Refused::new(code, field, problem));
    }
    Ok(())
}

fn path(data: &Path) -> PathBuf {
    data.join("keys").join("people.json")
}
