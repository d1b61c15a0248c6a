//! `watchline people`.

use super::*;

#[test]
fn people_are_invited_listed_and_revoked_while_the_station_does_not_run() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let invite = "people invite Amal --agency border-guard --role administrator --data night";

    let invited = answer(home, invite);
    let token = answer(home, "people token map --agency a --scope read --days 30 --data night");

    assert_eq!(invited["code"].as_str().unwrap().len(), 24, "{invited}");
    let listed = answer(home, "people list --data night");
    let rows = listed["people"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{listed}");
    assert_eq!(
        (&rows[0]["kind"], &rows[0]["roles"][0]),
        (&"invited".into(), &"administrator".into())
    );
    assert_eq!((&rows[1]["kind"], &rows[1]["roles"][0]), (&"machine".into(), &"read".into()));
    let kept = std::fs::read_to_string(home.join("night/keys/people.json")).unwrap();
    for secret in [&invited["code"], &token["token"]] {
        assert!(!kept.contains(secret.as_str().unwrap()), "{kept}");
    }
    assert!(complaint(home, invite).contains("is or was somebody here"));
    answer(home, "people revoke Amal --data night");
    answer(home, "people revoke map --machine --data night");
    assert_eq!(answer(home, "people list --data night")["people"], Value::Array(Vec::new()));
}

#[test]
fn add_is_another_word_for_invite() {
    let home = tempfile::tempdir().unwrap();
    let add = "people add Amal --agency border-guard --role administrator --data night";

    let added = answer(home.path(), add);

    assert_eq!(added["code"].as_str().unwrap().len(), 24, "{added}");
    let listed = answer(home.path(), "people list --data night");
    assert_eq!(listed["people"][0]["name"], "Amal", "{listed}");
}

#[test]
fn what_cannot_be_about_people_is_named() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for (words, told) in [
        ("invite A --agency a --role king --data d", "must be one of operator, officer"),
        ("invite A --agency a --role monitor --hours 0 --data d", "0 is not in 1..=720"),
        ("roles Nobody --role operator --data d", "nobody is called \"Nobody\""),
        ("passwd Nobody --data d", "nobody is called \"Nobody\""),
        ("revoke Nobody --data d", "nobody is called \"Nobody\""),
        ("revoke map --machine --data d", "no machine is called \"map\""),
        ("token m --agency a --scope all --data d", "possible values: read, feed"),
    ] {
        let complained = complaint(home, &format!("people {words}"));
        assert!(complained.contains(told), "{words}: {complained}");
    }
}
