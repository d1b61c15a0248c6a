//! Invitations: who may come and choose a password, by a code that is told once.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use watch::audit::{Audited, GraveAct, Role, Standing};
use watch::journal::PersonId;

use super::{People, Person, Refused, check_standing, folded};
use crate::identity::grave::needs_two;
use crate::identity::password::PasswordHash;
use crate::limits::{FIRST_CODE_HOURS, INVITATIONS_MAX, PEOPLE_MAX};
use crate::pki::{hash_code, is_code};

/// Somebody who may come and choose a password, by a code that is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    pub promise: Promise,
    /// SHA-256 of the code in hexadecimal digits.
    pub(in crate::identity) code_sha256: String,
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

/// What came of inviting somebody.
#[derive(Debug)]
pub(in crate::identity) struct Invited {
    /// What must be agreed to first.
    pub(in crate::identity) waits_for: Option<u64>,
    pub(in crate::identity) until: Timestamp,
    pub(in crate::identity) told: Vec<Audited>,
}

impl People {
    /// Makes the code that is good for the first administrator the only one of its kind.
    pub(in crate::identity) fn expect_first(&mut self, code: &str, now: Timestamp) -> Timestamp {
        self.invitations.retain(|listed| listed.promise != Promise::First);
        let invitation = Invitation::new(Promise::First, code, FIRST_CODE_HOURS, now);
        let until = invitation.until;
        self.invitations.push(invitation);
        until
    }

    /// Invites somebody, or says what must be agreed to first.
    pub(in crate::identity) fn invite(
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
    pub(super) fn is_second_administrator(&self, roles: &BTreeSet<Role>) -> bool {
        let is_promised = self.invitations.iter().any(|listed| match &listed.promise {
            Promise::Person(standing) => standing.roles.contains(&Role::Administrator),
            Promise::First | Promise::Password(_) => false,
        });
        self.administrators() == 1 && !is_promised && roles.contains(&Role::Administrator)
    }

    /// Lets somebody choose another password.
    pub(in crate::identity) fn forget_password(
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
    pub(in crate::identity) fn invited(&self, code: &str, now: Timestamp) -> Option<&Invitation> {
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
    pub(in crate::identity) fn enrol(
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
                // Whoever had their password may have made one.
                person.passkeys = None;
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
        let (browsers, since, passkeys) = (Vec::new(), now, None);
        let revoked_at = None;
        self.people.push(Person { standing, password, passkeys, browsers, since, revoked_at });
        Ok((name, told))
    }

    /// A code that waited for a second person is good from now on.
    pub(in crate::identity) fn open_invitation(
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

    /// Takes back what was promised to somebody who never came.
    pub(in crate::identity) fn uninvite(&mut self, name: &PersonId) -> Option<Audited> {
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

/// Wrong, used, expired, revoked or waiting: whoever tries is not told which.
pub(in crate::identity) fn not_invited() -> Refused {
    let problem = "no open invitation has this code".to_owned();
    Refused::new("not-invited", "code", problem)
}
