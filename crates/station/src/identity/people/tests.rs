//! The list by itself: who comes, who goes, and what waits.

use jiff::SignedDuration;

use super::super::passkeys::tests::{listed, used};
use super::super::passkeys::{Made, Passkey};
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

fn made(id: &str) -> Made {
    Made { passkey: listed(id), public_key: "ES256 BAAA".into() }
}

/// Badia, with a passkey.
fn badia_with_passkey() -> (Post, Passkey) {
    let mut post = Post::new();
    let told = post.people.add_passkey(&who("Badia"), Passkeys::draw(), made("one")).unwrap();
    let public_key = "ES256 BAAA".to_owned();
    let (id, called) = ("one".to_owned(), "desk key".to_owned());
    assert_eq!(told, Audited::PasskeyAdded { id, public_key, called });
    let passkey = post.people.active(&who("Badia")).unwrap().passkeys()[0].clone();
    (post, passkey)
}

#[test]
fn whoever_is_revoked_or_gets_another_password_by_a_code_has_no_passkeys() {
    let (mut post, _) = badia_with_passkey();
    post.people.forget_password((None, &who("Badia"), ""), ("CODE", 24), now()).unwrap();
    post.come("CODE", now()).unwrap();
    assert_eq!(post.people.active(&who("Badia")).unwrap().passkeys(), []);

    let (mut post, _) = badia_with_passkey();
    let password = hash("another cold night in november").unwrap();
    post.people.change_password(&who("Badia"), password).unwrap();
    assert_eq!(post.people.active(&who("Badia")).unwrap().passkeys().len(), 1, "her own wish");
    post.people.revoke(&who("Badia"), now()).unwrap();
    assert!(post.people.people.iter().all(|person| person.passkeys().is_empty()));
}

#[test]
fn a_passkey_that_was_used_meanwhile_is_not_used_again() {
    let (mut post, was) = badia_with_passkey();
    let signed = post.people.use_passkey(&who("Badia"), (&was, used(&was))).unwrap();
    assert_eq!(signed, Audited::SignedInByPasskey { id: "one".into() });

    let again = post.people.use_passkey(&who("Badia"), (&was, used(&was)));

    assert_eq!(again.unwrap_err().code, "passkey-unknown");
    let others = post.people.use_passkey(&who("Amal"), (&used(&was), used(&was)));
    assert_eq!(others.unwrap_err().code, "passkey-unknown");
}

#[test]
fn nobody_has_more_passkeys_than_fit_nor_one_of_somebody_else() {
    let (mut post, _) = badia_with_passkey();
    let theirs = post.people.add_passkey(&who("Amal"), Passkeys::draw(), made("one"));
    assert_eq!(theirs.unwrap_err().code, "passkey-known");
    for number in 1..crate::limits::PASSKEYS_OF_PERSON_MAX {
        let more = made(&format!("more-{number}"));
        post.people.add_passkey(&who("Badia"), Passkeys::draw(), more).unwrap();
    }
    let one_too_many = post.people.add_passkey(&who("Badia"), Passkeys::draw(), made("last"));
    assert_eq!(one_too_many.unwrap_err().code, "passkeys-full");
    let before = post.people.active(&who("Badia")).unwrap().clone();

    post.people.remove_passkey(&who("Badia"), "one").unwrap();

    let badia = post.people.active(&who("Badia")).unwrap();
    assert!(!badia.has_all_of(&before) && before.has_all_of(badia));
    assert_eq!(
        post.people.remove_passkey(&who("Badia"), "one").unwrap_err().code,
        "passkey-unknown"
    );
    let kept = serde_json::to_string(&post.people).unwrap();
    assert_eq!(serde_json::from_str::<People>(&kept).unwrap(), post.people);
}
