//! By what other agencies are given anything: what the station's file said at first, and then what two people agreed to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use watch::audit::{Audited, ReleasePolicy};
use watch::journal::PersonId;

use super::{People, Refused};
use crate::identity::grave::check_reason;

/// What is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InForce {
    pub policy: ReleasePolicy,
    /// Who proposed it and who agreed; nobody where it is what the file said at first.
    pub by: Vec<PersonId>,
    pub since: Timestamp,
    /// SHA-256 of what the file said when the station started last.
    file: Option<String>,
}

impl People {
    /// What is in force; nothing where there never was a policy.
    pub fn in_force(&self) -> Option<&InForce> {
        self.release.as_ref()
    }

    /// Holds what the station's file says at a start against what is in force. At first the file is taken; later one person
    /// could change what is given by it, so that a file that was changed is refused. One that only was not changed along with
    /// what two people agreed to is passed over.
    pub(crate) fn settle_release(
        &mut self,
        file: Option<&ReleasePolicy>,
        now: Timestamp,
    ) -> Result<Vec<Audited>, Refused> {
        let told = file.map(|file| file.sha256.clone());
        let Some(in_force) = &mut self.release else {
            let Some(policy) = file.cloned() else { return Ok(Vec::new()) };
            let releasing = Audited::Releasing { policy: policy.sha256.clone() };
            let found = Audited::ReleaseFound(policy.clone());
            self.release = Some(InForce { policy, by: Vec::new(), since: now, file: told });
            return Ok(vec![found, releasing]);
        };
        let is_in_force = told.as_ref() == Some(&in_force.policy.sha256);
        if !is_in_force && told != in_force.file {
            return Err(changed(in_force, told.as_deref()));
        }
        in_force.file = told;
        Ok(vec![Audited::Releasing { policy: in_force.policy.sha256.clone() }])
    }

    /// Refuses to propose what is in force already.
    pub(in crate::identity) fn check_other(&self, policy: &ReleasePolicy) -> Result<(), Refused> {
        if self.release.as_ref().is_some_and(|in_force| in_force.policy == *policy) {
            let problem = "is what other agencies are given already".to_owned();
            return Err(Refused::new("policy-same", "policy", problem));
        }
        Ok(())
    }

    /// Puts in force what gives other agencies nothing that they were not given before, which one person may do.
    pub(in crate::identity) fn withhold(
        &mut self,
        (by, before, policy): (&PersonId, &str, ReleasePolicy),
        reason: &str,
        now: Timestamp,
    ) -> Result<Vec<Audited>, Refused> {
        if self.release.as_ref().is_none_or(|known| known.policy.sha256 != before) {
            let problem = "what other agencies are given has changed: do it again".to_owned();
            return Err(Refused::new("policy-changed", "labels", problem));
        }
        check_reason(reason)?;
        let withheld = Audited::Withheld { policy: policy.clone(), reason: reason.to_owned() };
        let mut told = self.drop_proposed_release();
        told.extend([withheld, self.put_in_force(policy, &[by], now)]);
        Ok(told)
    }

    /// Puts what people agreed to in force.
    pub(in crate::identity) fn put_in_force(
        &mut self,
        policy: ReleasePolicy,
        by: &[&PersonId],
        now: Timestamp,
    ) -> Audited {
        let told = Audited::Releasing { policy: policy.sha256.clone() };
        let file = self.release.take().and_then(|before| before.file);
        let by = by.iter().copied().cloned().collect();
        self.release = Some(InForce { policy, by, since: now, file });
        told
    }
}

fn changed(in_force: &InForce, told: Option<&str>) -> Refused {
    let InForce { policy, by, since, .. } = in_force;
    let whose = match by.as_slice() {
        [] => "the file said at the first start".to_owned(),
        by => {
            let names: Vec<&str> = by.iter().map(|by| by.0.as_str()).collect();
            format!("{} agreed to", names.join(" and "))
        }
    };
    let says = told.map_or_else(
        || "no policy is named any more".to_owned(),
        |told| format!("file and labels were changed (SHA-256 {told})"),
    );
    let problem = format!(
        "{says}, and what other agencies are given takes two people: in force is what {whose} at {since} (SHA-256 {}). \
         Put back what was there, or what is in force (`watchline release show --data DIR`), start the station, and propose the \
         change there (POST /api/release, or below the list of people on the page)",
        policy.sha256
    );
    Refused::new("policy-not-agreed", "release.policy", problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_once_and_refused_when_it_is_changed_alone() {
        let mut people = People::default();
        let settle = |people: &mut People, text: Option<&str>| {
            let file = text.map(policy);
            people.settle_release(file.as_ref(), Timestamp::UNIX_EPOCH)
        };
        assert_eq!(settle(&mut people, None), Ok(Vec::new()));
        let releasing = |text: &str| Audited::Releasing { policy: policy(text).sha256 };
        let found = vec![Audited::ReleaseFound(policy("one")), releasing("one")];
        assert_eq!(settle(&mut people, Some("one")), Ok(found));
        assert_eq!(settle(&mut people, Some("one")), Ok(vec![releasing("one")]));
        for changed in [Some("two"), None] {
            let refused = settle(&mut people, changed).unwrap_err();
            assert_eq!(refused.code, "policy-not-agreed");
            assert!(refused.reason.contains("the file said at the first start"), "{refused}");
        }

        let (sara, omar) = (PersonId("Sara".into()), PersonId("Omar".into()));
        people.put_in_force(policy("two"), &[&sara, &omar], Timestamp::UNIX_EPOCH);

        // The file is behind, and then is not.
        assert_eq!(settle(&mut people, Some("one")), Ok(vec![releasing("two")]));
        let refused = settle(&mut people, Some("three")).unwrap_err();
        assert!(refused.reason.contains("what Sara and Omar agreed to"), "{refused}");
        assert_eq!(settle(&mut people, Some("two")), Ok(vec![releasing("two")]));
        assert_eq!(settle(&mut people, Some("one")).unwrap_err().code, "policy-not-agreed");
        assert_eq!(people.in_force().unwrap().by, [sara, omar]);
    }

    fn policy(text: &str) -> ReleasePolicy {
        let (sha256, text) = (format!("of {text}"), text.to_owned());
        ReleasePolicy { sha256, text, labels: std::collections::BTreeMap::default() }
    }
}
