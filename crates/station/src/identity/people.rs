//! The list of people, invitations and machines: `keys/people.json`. Of secrets it holds hashes alone.

mod invitations;
mod passkeys;
mod protection;
mod release;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use watch::audit::{Audited, GraveAct, Role, Standing};
use watch::journal::PersonId;

use super::grave::{Grave, needs_two};
use super::machines::{Machine, MachineKey};
use super::passkeys::Passkeys;
use super::password::PasswordHash;
use super::secrets::Hashed;
use crate::limits::{BROWSERS_OF_PERSON_MAX, MACHINES_MAX, PERSON_CHARS_MAX};
use crate::pki::{PkiError, SecretFile};

pub(super) use self::invitations::not_invited;
pub use self::invitations::{Invitation, Promise};
pub(super) use self::passkeys::check_room;
pub use self::protection::Protected;
pub use self::release::InForce;

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
    /// By what other agencies are given anything.
    #[serde(default)]
    release: Option<InForce>,
    /// What keeps the record from being shortened or rewritten.
    #[serde(default)]
    protected: Option<Protected>,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub standing: Standing,
    pub(super) password: PasswordHash,
    /// Nothing where they never made one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) passkeys: Option<Passkeys>,
    /// Browsers in which they signed in, the newest last.
    pub(super) browsers: Vec<Hashed>,
    pub since: Timestamp,
    pub revoked_at: Option<Timestamp>,
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
        person.passkeys = None;
        self.invitations.retain(|listed| listed.promise != Promise::Password(name.clone()));
        Ok(vec![Audited::Revoked { name: name.clone() }])
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
        self.check_new(&machine, now)?;
        let told = told_of(&machine);
        self.machines.push(machine);
        Ok(told)
    }

    /// Lists a machine that is let in once a second person agrees.
    pub(super) fn propose_machine(
        &mut self,
        (by, machine, days, reason): (&PersonId, Machine, u16, &str),
        now: Timestamp,
    ) -> Result<(u64, Audited), Refused> {
        self.check_new(&machine, now)?;
        let act = GraveAct::LetIn {
            name: machine.name.clone(),
            agency: machine.agency.clone(),
            scope: machine.scope.name().to_owned(),
            credential: machine.credential().name().to_owned(),
            days,
        };
        let (number, told) = self.propose((by, act, reason), now)?;
        self.machines.push(Machine { waits_for: Some(number), ..machine });
        Ok((number, told))
    }

    /// A second person agreed: from now on the machine is somebody.
    pub(super) fn open_to_machine(&mut self, number: u64) -> Result<Audited, Refused> {
        let waits = |machine: &&mut Machine| machine.waits_for == Some(number);
        let machine = self.machines.iter_mut().find(waits).ok_or_else(|| {
            let problem = "the machine was shut out before anybody agreed".to_owned();
            Refused::new("machine-unknown", "number", problem)
        })?;
        machine.waits_for = None;
        Ok(told_of(machine))
    }

    fn check_new(&mut self, machine: &Machine, now: Timestamp) -> Result<(), Refused> {
        check_words("name", &machine.name)?;
        check_words("agency", &machine.agency)?;
        self.machines.retain(|listed| now < listed.until);
        if self.machines.iter().any(|listed| listed.name == machine.name) {
            let problem = format!("{} is let in already: revoke it first", machine.name);
            return Err(Refused::new("name-taken", "name", problem));
        }
        if self.machines.len() >= MACHINES_MAX {
            let problem = format!("{MACHINES_MAX} machines are let in already");
            return Err(Refused::new("machines-full", "name", problem));
        }
        Ok(())
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

    /// The machine that shows this; all are looked at, to their ends.
    pub(super) fn machine(&self, shown: &MachineKey) -> Option<&Machine> {
        let agreed = self.machines.iter().filter(|listed| listed.waits_for.is_none());
        agreed.fold(None, |found, listed| if listed.key.is(shown) { Some(listed) } else { found })
    }

    /// The machine that may have a certificate by this code, and for how many days; all are looked at, to their ends.
    pub(super) fn promised(&self, code: &str, now: Timestamp) -> Option<(&Machine, u16)> {
        let agreed = self.machines.iter().filter(|listed| listed.waits_for.is_none());
        agreed.fold(None, |found, listed| match listed.key.promised(code) {
            Some(promised) if now < listed.until => Some((listed, promised.days)),
            Some(_) | None => found,
        })
    }

    /// A machine takes up its code, once, and is known by its certificate from now on.
    pub(super) fn certify(
        &mut self,
        (code, serial, until): (&str, String, Timestamp),
        now: Timestamp,
    ) -> Result<Audited, Refused> {
        let name = self.promised(code, now).map(|(machine, _)| machine.name.clone());
        let machine = self.machines.iter_mut().find(|listed| Some(&listed.name) == name.as_ref());
        let machine = machine.ok_or_else(not_invited)?;
        (machine.key, machine.until) = (MachineKey::Certificate(serial.clone()), until);
        Ok(Audited::MachineCertified { name: machine.name.clone(), serial, until })
    }

    fn listed(&self, name: &PersonId) -> Result<&Person, Refused> {
        self.active(name).ok_or_else(|| unknown(name))
    }

    fn listed_mut(&mut self, name: &PersonId) -> Result<&mut Person, Refused> {
        let is_meant = |one: &&mut Person| one.standing.name == *name && one.revoked_at.is_none();
        self.people.iter_mut().find(is_meant).ok_or_else(|| unknown(name))
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
}

fn told_of(machine: &Machine) -> Audited {
    let Machine { name, agency, scope, until, .. } = machine.clone();
    Audited::MachineLetIn { name, agency, scope: scope.name().to_owned(), until }
}

fn folded(person: &Person) -> String {
    person.standing.name.0.to_lowercase()
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
