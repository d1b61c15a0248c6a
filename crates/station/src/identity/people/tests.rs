//! The list by itself: who comes, who goes, and what waits.

use jiff::SignedDuration;

use super::super::password::hash;
use super::*;

fn now() -> Timestamp {
    "2026-11-27T04:00:00Z".parse().unwrap()
}

fn after_min(minutes: i64) -> Timestamp {
    now().saturating_add(SignedDuration::from_mins(minutes)).unwrap()
}

fn who(name: &str) -> PersonId {
    PersonId(name.to_owned())
}

fn standing(name: &str, roles: &[Role]) -> Standing {
    let roles = roles.iter().copied().collect();
    Standing { name: who(name), agency: "border-guard".into(), roles }
}

struct Post {
    people: People,
    password: PasswordHash,
}

impl Post {
    /// A station with two administrators, Amal and Badia.
    fn new() -> Self {
        let password = hash("one cold night in november").unwrap();
        let mut post = Self { people: People::default(), password };
        post.people.expect_first("FIRST", now());
        let first = Some((who("Amal"), "border-guard".to_owned()));
        post.people.enrol("FIRST", first, post.password.clone(), now()).unwrap();
        post.invite("Amal", standing("Badia", &[Role::Administrator]), "SECOND").unwrap();
        post.come("SECOND", now()).unwrap();
        post
    }

    fn invite(&mut self, by: &str, whom: Standing, code: &str) -> Result<Option<u64>, Refused> {
        let invited = self.people.invite((Some(&who(by)), whom, "why not"), (code, 24), now())?;
        Ok(invited.waits_for)
    }

    fn come(&mut self, code: &str, at: Timestamp) -> Result<PersonId, Refused> {
        self.people.enrol(code, None, self.password.clone(), at).map(|(name, _)| name)
    }

    fn confirm(&mut self, number: u64, by: &str, at: Timestamp) -> Result<(), &'static str> {
        let by = self.people.active(&who(by)).unwrap().standing.clone();
        self.people.confirm(number, &by, at).map(drop).map_err(|refused| refused.code)
    }
}

#[test]
fn a_code_is_good_once_until_its_hour_and_for_what_was_promised() {
    let mut post = Post::new();
    post.invite("Amal", standing("Hasan", &[Role::Operator]), "ONE").unwrap();

    assert_eq!(post.come("FIRST", now()).unwrap_err().code, "not-invited");
    assert_eq!(post.come("ONE", after_min(24 * 60)).unwrap_err().code, "not-invited");
    assert_eq!(post.come(" o-n-e", now()).unwrap(), who("Hasan"));
    assert_eq!(post.come("ONE", now()).unwrap_err().code, "not-invited");
    assert_eq!(post.people.active(&who("Hasan")).unwrap().standing.roles, [Role::Operator].into());
    // The code of the first is no use where there is an administrator.
    post.people.expect_first("AGAIN", now());
    assert_eq!(post.come("AGAIN", now()).unwrap_err().code, "not-invited");
}

#[test]
fn what_nobody_agrees_to_in_time_never_happens() {
    let mut post = Post::new();
    let number = post.invite("Amal", standing("Omar", &[Role::Officer]), "OMAR").unwrap().unwrap();

    assert_eq!(post.confirm(number, "Badia", after_min(15)), Err("confirmation-unknown"));
    assert_eq!(post.people.lapse(after_min(14)), []);
    assert_eq!(post.people.lapse(after_min(15)), [Audited::Lapsed { number }]);

    assert_eq!(post.confirm(number, "Badia", now()), Err("confirmation-unknown"));
    assert_eq!(post.come("OMAR", now()).unwrap_err().code, "not-invited");
    assert!(post.people.invitations.is_empty() && post.people.graves.is_empty());
}

#[test]
fn whoever_proposed_it_must_still_be_somebody_when_another_agrees() {
    let mut post = Post::new();
    let number = post.invite("Amal", standing("Omar", &[Role::Officer]), "OMAR").unwrap().unwrap();
    let gone = (&who("Badia"), GraveAct::Revoke { name: who("Amal") }, "left");
    post.people.propose(gone, now()).unwrap();
    post.people.revoke(&who("Amal"), now()).unwrap();

    assert_eq!(post.confirm(number, "Badia", now()), Err("proposer-gone"));
}

#[test]
fn one_who_was_revoked_since_agrees_to_nothing() {
    let mut post = Post::new();
    let number = post.invite("Amal", standing("Omar", &[Role::Officer]), "OMAR").unwrap().unwrap();
    let badia = post.people.active(&who("Badia")).unwrap().standing.clone();
    post.people.revoke(&who("Badia"), now()).unwrap();

    let refused = post.people.confirm(number, &badia, now()).unwrap_err();

    assert_eq!(refused.code, "not-allowed");
}

#[test]
fn a_station_keeps_an_administrator_and_no_name_is_given_twice() {
    let mut post = Post::new();
    post.people.revoke(&who("Badia"), now()).unwrap();

    assert_eq!(post.people.revoke(&who("Amal"), now()).unwrap_err().code, "last-administrator");
    let fewer = (None, &who("Amal"), [Role::Operator].into());
    let fewer = post.people.change_roles(fewer, "", now()).unwrap_err();
    assert_eq!(fewer.code, "last-administrator");
    let again = post.invite("Amal", standing("BADIA", &[Role::Operator]), "X").unwrap_err();
    assert_eq!(again.code, "name-taken");
}

#[test]
fn alone_an_administrator_calls_one_other_and_no_third() {
    let mut post = Post::new();
    post.people.revoke(&who("Badia"), now()).unwrap();
    let other = |name| standing(name, &[Role::Administrator]);

    assert_eq!(post.invite("Amal", other("Celia"), "C").unwrap(), None);
    assert!(post.invite("Amal", other("Dina"), "D").unwrap().is_some());
    assert!(post.invite("Amal", standing("Omar", &[Role::Officer]), "O").unwrap().is_some());
}

#[test]
fn names_that_could_be_taken_for_others_are_refused() {
    let mut post = Post::new();
    for name in ["", " Amal", "A\u{202e}mal", "A\u{200b}mal", "a\nb", &"a".repeat(65)] {
        let refused = post.invite("Amal", standing(name, &[Role::Operator]), "X").unwrap_err();
        assert_eq!(refused.code, "name-wrong", "{name:?}");
    }
    let nobody = post.invite("Amal", standing("Nobody", &[]), "X").unwrap_err();
    assert_eq!(nobody.code, "roles-wrong");
}

#[test]
fn the_list_is_the_same_when_it_is_read_again_and_what_is_no_list_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let post = Post::new();
    assert_eq!(People::read(data.path()).unwrap(), People::default());

    post.people.write(data.path()).unwrap();

    assert_eq!(People::read(data.path()).unwrap(), post.people);
    let path = data.path().join("keys/people.json");
    std::fs::write(&path, "{\"people\": 3}").unwrap();
    assert!(People::read(data.path()).unwrap_err().to_string().contains("people.json"));
}
