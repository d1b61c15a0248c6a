//! How long the certificates of the doors by TLS still hold.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::Check;
use crate::pki::{Authority, Identity, PkiError, Register, server_not_after};

/// A certificate that runs out sooner is told of: time enough to bring another one to a tower.
const SOON: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The station makes its own anew long before; if it has not, it has not run.
const OWN_SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Holders that are named one by one.
const NAMED_MAX: usize = 5;

/// Nothing where no authority was ever needed.
pub(super) fn checks(data: &Path, now: Timestamp) -> Vec<Check> {
    let own = Check::of(
        "certificates of the station",
        own(data, now),
        "start the station: it makes its own anew. An authority that runs out must be moved away (keys/doors-ca.pem), \
         and all certificates issued again",
    );
    match Authority::read(data) {
        Ok(None) => Vec::new(),
        Err(_) => vec![own],
        Ok(Some(_)) => vec![
            own,
            Check::of(
                "certificates of sensors, phones and machines",
                of_others(data, now),
                "`watchline doors issue` makes another one for each that is named; a machine is let in anew",
            ),
        ],
    }
}

fn own(data: &Path, now: Timestamp) -> Result<String, String> {
    let told = |error: PkiError| error.to_string();
    let Some(authority) = Authority::read(data).map_err(told)? else { return Ok(String::new()) };
    let server = server_not_after(data).map_err(told)?.unwrap_or(authority.not_after());
    let words = format!("authority until {}, own until {server}", authority.not_after());
    let soon =
        authority.not_after().duration_since(now) < SOON || server.duration_since(now) < OWN_SOON;
    if soon { Err(words) } else { Ok(words) }
}

fn of_others(data: &Path, now: Timestamp) -> Result<String, String> {
    let register = Register::read(data).map_err(|error| error.to_string())?;
    // Whoever has a newer one does not need the older.
    let mut until: BTreeMap<&Identity, Timestamp> = BTreeMap::new();
    for listed in register.certificates.iter().filter(|listed| listed.revoked_at.is_none()) {
        let latest = until.entry(&listed.identity).or_insert(listed.not_after);
        *latest = (*latest).max(listed.not_after);
    }
    let soon = |(_, end): &(&&Identity, &Timestamp)| end.duration_since(now) < SOON;
    let mut ending: Vec<String> = until
        .iter()
        .filter(soon)
        .map(|(holder, end)| {
            let word = if *end <= now { "ran out" } else { "runs out" };
            format!("{holder} {word} {end}")
        })
        .collect();
    if ending.is_empty() {
        return Ok(format!("{} holders", until.len()));
    }
    if ending.len() > NAMED_MAX {
        let more = ending.len() - NAMED_MAX;
        ending.truncate(NAMED_MAX);
        ending.push(format!("{more} more"));
    }
    Err(ending.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Terms;

    #[test]
    fn what_soon_runs_out_is_unwell_until_its_holder_has_another() {
        let data = tempfile::tempdir().unwrap();
        let now: Timestamp = "2026-11-27T04:00:00Z".parse().unwrap();
        assert!(checks(data.path(), now).is_empty());
        let authority = Authority::of(data.path(), "drill", now).unwrap();
        let phone = Identity::phone("ANDROID-1", "patrol-1").unwrap();
        let issue = |days| {
            authority.issue_with_key(&phone, Terms { now, days, by: "test" }).unwrap();
        };

        issue(29);
        let unwell = checks(data.path(), now);
        issue(60);
        let well = checks(data.path(), now);

        assert!(unwell[0].ok && !unwell[1].ok, "{unwell:?}");
        assert!(unwell[1].detail.contains("phone ANDROID-1 of patrol-1 runs out 2026-12-26"));
        assert!(well.iter().all(|check| check.ok), "{well:?}");
        let late = checks(data.path(), now + SignedDuration::from_hours(24 * 3_630));
        assert!(!late[0].ok && late[1].detail.contains("ran out"), "{late:?}");
    }
}
