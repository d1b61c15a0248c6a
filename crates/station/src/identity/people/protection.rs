//! What keeps the record from being shortened or rewritten: what the station's settings and keys said, and what two people agreed to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use watch::audit::{Audited, Protection};
use watch::journal::PersonId;

use super::{People, Refused};

/// The least by which the record is protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protected {
    pub protection: Protection,
    /// Who proposed it and who agreed; nobody where it is what settings and keys said.
    pub by: Vec<PersonId>,
    pub since: Timestamp,
    /// What settings and keys said when the station started last.
    found: Protection,
}

impl People {
    /// By what the record is protected at least; nothing before the first start.
    pub fn protected(&self) -> Option<&Protected> {
        self.protected.as_ref()
    }

    /// Holds what settings and keys say at a start against what is in force. One person may protect the record better; less is
    /// refused, for that takes two.
    pub(crate) fn settle_protection(
        &mut self,
        found: &Protection,
        now: Timestamp,
    ) -> Result<Vec<Audited>, Refused> {
        let Some(known) = &mut self.protected else {
            let (protection, found) = (found.clone(), found.clone());
            let is_any = protection != Protection::default();
            let told = is_any.then(|| Audited::Protecting(protection.clone()));
            self.protected = Some(Protected { protection, by: Vec::new(), since: now, found });
            return Ok(told.into_iter().collect());
        };
        if let Some((field, less)) = lacking(found, &known.protection) {
            return Err(weaker(known, field, &less));
        }
        if known.found == *found {
            return Ok(Vec::new());
        }
        known.found = found.clone();
        if known.protection == *found {
            return Ok(Vec::new());
        }
        let (protection, found) = (found.clone(), found.clone());
        let told = vec![Audited::Protecting(protection.clone())];
        *known = Protected { protection, by: Vec::new(), since: now, found };
        Ok(told)
    }

    /// Refuses to propose what is in force already, or what settings and keys fall short of, for the station would not start.
    pub(in crate::identity) fn check_protection(&self, wanted: &Protection) -> Result<(), Refused> {
        let Some(known) = &self.protected else { return Ok(()) };
        if known.protection == *wanted {
            let problem = "is what protects the record already".to_owned();
            return Err(Refused::new("protection-same", "keep_days", problem));
        }
        if let Some((field, less)) = lacking(&known.found, wanted) {
            let problem = format!(
                "{less} by the station's settings and keys: change these first and start it again, which nobody need agree to"
            );
            return Err(Refused::new("protection-wrong", field, problem));
        }
        Ok(())
    }

    /// Puts what two people agreed to in force: from now on settings and keys may say so much less.
    pub(in crate::identity) fn protect(
        &mut self,
        protection: Protection,
        by: [&PersonId; 2],
        now: Timestamp,
    ) -> Audited {
        let told = Audited::Protecting(protection.clone());
        let found = self.protected.take().map_or_else(|| protection.clone(), |known| known.found);
        let by = by.map(Clone::clone).into();
        self.protected = Some(Protected { protection, by, since: now, found });
        told
    }
}

/// In which field, and how, something protects the record less than it should.
fn lacking(found: &Protection, least: &Protection) -> Option<(&'static str, String)> {
    for (class, days) in &found.keep_days {
        let agreed = least.keep_days.get(class);
        if agreed.is_none_or(|agreed| days < agreed) {
            let agreed = agreed.map_or("for good".to_owned(), |agreed| format!("{agreed} days"));
            let less = format!("`{class}` is kept for {days} days instead of {agreed}");
            return Some(("record.keep_days", less));
        }
    }
    if let Some(gone) = least.witnesses.difference(&found.witnesses).next() {
        return Some(("record.witnesses", format!("{gone} is asked to witness no more")));
    }
    let agreed = least.authority.as_ref()?;
    (found.authority.as_ref() != Some(agreed)).then(|| {
        let now = found.authority.as_deref().unwrap_or("missing");
        ("keys/doors-ca.pem", format!("the certificate is {now} instead of {agreed} (SHA-256)"))
    })
}

fn weaker(known: &Protected, field: &'static str, less: &str) -> Refused {
    let whose = match known.by.as_slice() {
        [] => "the station started with".to_owned(),
        by => {
            let names: Vec<&str> = by.iter().map(|by| by.0.as_str()).collect();
            format!("{} agreed to", names.join(" and "))
        }
    };
    let problem = format!(
        "{less}, and to protect the record less takes two people: in force is what {whose} at {}. Put back what was there, start \
         the station, propose the change there (POST /api/record/protection), let another agree, and change it then",
        known.since
    );
    Refused::new("protection-not-agreed", field, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(days: u16) -> Protection {
        let keep_days = [("detection".to_owned(), days)].into();
        let witnesses = ["guard+1+key".to_owned()].into();
        Protection { keep_days, witnesses, authority: Some("aa".into()) }
    }

    fn settle(people: &mut People, found: &Protection) -> Result<Vec<Audited>, &'static str> {
        let settled = people.settle_protection(found, Timestamp::UNIX_EPOCH);
        settled.map_err(|refused| refused.field)
    }

    fn protecting(protection: &Protection) -> Vec<Audited> {
        vec![Audited::Protecting(protection.clone())]
    }

    #[test]
    fn one_person_may_protect_the_record_better_and_not_less() {
        let mut people = People::default();
        assert_eq!(settle(&mut people, &days(30)), Ok(protecting(&days(30))));
        assert_eq!(settle(&mut people, &days(30)), Ok(Vec::new()));
        let mut more = days(90);
        more.witnesses.insert("coast+2+key".into());
        assert_eq!(settle(&mut people, &more), Ok(protecting(&more)));
        let for_good = Protection { keep_days: [].into(), ..more.clone() };
        assert_eq!(settle(&mut people, &for_good), Ok(protecting(&for_good)));

        let keep_days = [("field".to_owned(), 3_000)].into();
        let shorter = Protection { keep_days, ..for_good.clone() };
        assert_eq!(settle(&mut people, &shorter), Err("record.keep_days"));
        let unseen = Protection { witnesses: days(1).witnesses, ..for_good.clone() };
        assert_eq!(settle(&mut people, &unseen), Err("record.witnesses"));
        for authority in [Some("bb".to_owned()), None] {
            let other = Protection { authority, ..for_good.clone() };
            assert_eq!(settle(&mut people, &other), Err("keys/doors-ca.pem"));
        }
        assert_eq!(settle(&mut people, &for_good), Ok(Vec::new()), "nothing has changed");
    }

    #[test]
    fn what_two_agreed_to_may_be_made_true_later_and_no_more_than_that() {
        let (mut people, now) = (People::default(), Timestamp::UNIX_EPOCH);
        settle(&mut people, &days(90)).unwrap();
        let refused = |people: &People, wanted: &Protection| {
            people.check_protection(wanted).unwrap_err().code
        };
        assert_eq!(refused(&people, &days(90)), "protection-same");
        assert_eq!(refused(&people, &days(91)), "protection-wrong");
        let less = Protection { authority: None, ..days(30) };
        assert_eq!(people.check_protection(&less), Ok(()));

        let (sara, omar) = (PersonId("Sara".into()), PersonId("Omar".into()));
        assert_eq!(people.protect(less.clone(), [&sara, &omar], now), protecting(&less)[0]);

        // The settings are behind, and a crash in between takes nothing back.
        assert_eq!(settle(&mut people, &days(90)), Ok(Vec::new()));
        assert_eq!(settle(&mut people, &days(90)), Ok(Vec::new()));
        assert_eq!(settle(&mut people, &days(29)), Err("record.keep_days"));
        let other = Protection { authority: Some("bb".into()), ..days(30) };
        assert_eq!(settle(&mut people, &other), Ok(protecting(&other)));
        assert_eq!(settle(&mut people, &days(30)), Err("keys/doors-ca.pem"), "the old one again");
    }
}
