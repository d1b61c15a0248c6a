//! Who answers for what one person alone may not do at the command line, and why.

use std::path::{Path, PathBuf};

use anyhow::{bail, ensure};
use clap::Args;
use jiff::Timestamp;
use watch::audit::{Audit, Audited, Disclosure, Receiver, Standing};
use watch::journal::PersonId;

use crate::identity::{Capability, People, note};
use crate::limits::{PERSON_CHARS_MAX, REASON_CHARS};

/// Two persons and their reason.
#[derive(Debug, Clone, Args)]
pub(crate) struct TwoPersons {
    /// Who does it: two people.
    #[arg(long, value_name = "NAME", required = true)]
    pub(crate) by: Vec<String>,
    /// Why.
    #[arg(long)]
    pub(crate) reason: String,
}

impl TwoPersons {
    pub(crate) fn checked(&self) -> anyhow::Result<([PersonId; 2], String)> {
        let by: Vec<&str> = self.by.iter().map(|name| name.trim()).collect();
        let [first, second] = by[..] else {
            bail!("--by: this takes two people, got {}", by.len());
        };
        let is_name = |name: &str| (1..=PERSON_CHARS_MAX).contains(&name.chars().count());
        if let Some(wrong) = by.iter().find(|name| !is_name(name)) {
            bail!("--by {wrong:?}: a name has 1 to {PERSON_CHARS_MAX} characters");
        }
        if first.to_lowercase() == second.to_lowercase() {
            bail!("--by {first:?}: this takes two people, and this is one twice");
        }
        let people = [first, second].map(|name| PersonId(name.to_owned()));
        Ok((people, reason(Some(&self.reason))?))
    }
}

/// Who takes away what is about people.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Taking {
    /// Who takes it away, where people are listed at the station (`watchline people list`): two of them who may ask for files and
    /// agree to them, or one monitor.
    #[arg(long, value_name = "NAME")]
    by: Vec<String>,
    /// Why it is taken away; the record is told.
    #[arg(long)]
    reason: Option<String>,
}

/// Who answers for what is taken away from a data directory.
#[derive(Debug)]
pub(crate) struct Taken {
    data: PathBuf,
    by: Vec<PersonId>,
    why: String,
}

/// As whom something is given.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenAs {
    pub(crate) agency: Option<String>,
    pub(crate) policy: Option<String>,
}

impl Taking {
    /// Refuses one person alone. Nobody answers for it where nobody is listed: an exercise where nobody signs in.
    pub(crate) fn checked(&self, data: &Path) -> anyhow::Result<Option<Taken>> {
        let people = People::read(data)?;
        let Some(first) = people.people.first() else { return Ok(None) };
        let own = &first.standing.agency;
        let mut standings = Vec::new();
        for name in &self.by {
            let name = PersonId(name.trim().to_owned());
            let listed = people.active(&name).filter(|one| one.standing.agency == *own);
            let Some(listed) = listed else {
                bail!("--by {:?}: nobody of {own} is called so at this station", name.0);
            };
            standings.push(&listed.standing);
        }
        ensure!(
            may_take(&standings),
            "--by: what is about people takes two of those listed at the station, an officer, planner or monitor who asks for it and \
             another officer or monitor who agrees, or one monitor: name them and give --reason"
        );
        let why = reason(self.reason.as_deref())?;
        let by = standings.iter().map(|standing| standing.name.clone()).collect();
        Ok(Some(Taken { data: data.to_owned(), by, why }))
    }
}

impl Taken {
    /// Notes for the record what is given, before it is.
    pub(crate) fn note(&self, to: Receiver, given_as: GivenAs, count: u64) -> anyhow::Result<()> {
        let now = Timestamp::now();
        let GivenAs { agency, policy } = given_as;
        let (by, why) = (self.by.clone(), Some(self.why.clone()));
        let told = Disclosure { to, agency, policy, by, why, count, from: now, until: now };
        let audit = Audit { by: self.by.first().cloned(), what: Audited::Disclosed(told) };
        Ok(note(&self.data, &audit)?)
    }
}

fn may_take(standings: &[&Standing]) -> bool {
    let asks_and_agrees = |asks: &Standing, agrees: &Standing| {
        Capability::ExportPeople.is_of(asks) && Capability::Release.is_of(agrees)
    };
    match standings {
        [one] => Capability::ExportFreely.is_of(one),
        [one, other] if one.name != other.name => {
            asks_and_agrees(one, other) || asks_and_agrees(other, one)
        }
        _ => false,
    }
}

fn reason(told: Option<&str>) -> anyhow::Result<String> {
    let reason = told.unwrap_or_default().trim();
    if !(1..=REASON_CHARS).contains(&reason.chars().count()) {
        bail!("--reason: it has 1 to {REASON_CHARS} characters");
    }
    Ok(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use watch::audit::Role;

    use super::*;

    fn standing(name: &str, role: Role) -> Standing {
        let (name, agency) = (PersonId(name.to_owned()), "border-guard".to_owned());
        Standing { name, agency, roles: [role].into() }
    }

    #[test]
    fn two_take_what_is_about_people_or_one_monitor() {
        let [omar, sara] = ["Omar", "Sara"].map(|name| standing(name, Role::Officer));
        let [paul, petra] = ["Paul", "Petra"].map(|name| standing(name, Role::Planner));
        let (mona, hasan) = (standing("Mona", Role::Monitor), standing("Hasan", Role::Operator));
        let amal = standing("Amal", Role::Administrator);
        for two in [[&omar, &sara], [&paul, &omar], [&omar, &paul]] {
            assert!(may_take(&two), "{two:?}");
        }
        assert!(may_take(&[&mona]) && may_take(&[&paul, &mona]));
        for few in [
            &[][..],
            &[&omar],
            &[&omar, &omar],
            &[&paul, &petra],
            &[&hasan, &omar],
            &[&amal, &omar],
        ] {
            assert!(!may_take(few), "{few:?}");
        }
    }
}
