//! `watchline doors`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{DRILL, answer, complaint};

const NODE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let config = format!("sector = \"{DRILL}\"\ndata = \"data\"\n");
    std::fs::write(home.path().join("station.toml"), config).unwrap();
    home
}

fn mode(home: &Path, name: &str) -> u32 {
    std::fs::metadata(home.join(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn certificates_are_issued_listed_and_revoked() {
    let home = home();
    let home = home.path();

    let ca = answer(home, "doors ca --config station.toml --out ca.pem");
    let node =
        answer(home, &format!("doors issue --config station.toml --node {NODE} --out radar"));
    let phone = "doors issue --config station.toml --phone ANDROID-1 --unit patrol-1 --days 30";
    let phone = answer(home, &format!("{phone} --out phone"));
    let listed = answer(home, "doors list --config station.toml");

    assert_eq!(ca["fingerprint_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(node["ids"][0], NODE);
    assert_eq!((&phone["uid"], &phone["unit"]), (&"ANDROID-1".into(), &"patrol-1".into()));
    assert_eq!((mode(home, "radar.key"), mode(home, "phone.key")), (0o600, 0o600));
    let text = |name: &str| std::fs::read_to_string(home.join(name)).unwrap();
    assert!(text("radar.pem").starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert!(text("radar.key").starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert_eq!((text("ca.pem"), text("ca.pem")), (text("radar.ca.pem"), text("phone.ca.pem")));
    let rows = listed["certificates"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["state"] == "stands" && row["by"] == "command"), "{rows:?}");

    let revoked = answer(home, "doors revoke ANDROID-1 --config station.toml");
    let listed = answer(home, "doors list --config station.toml");
    assert_eq!(revoked["revoked"][0]["serial"], rows[1]["serial"]);
    assert_eq!(listed["certificates"][0]["state"], "stands");
    assert_eq!(listed["certificates"][1]["state"], "revoked");
}

#[test]
fn what_cannot_be_issued_is_named_and_nothing_is_listed() {
    let home = home();
    let home = home.path();
    let issue = |rest: &str| complaint(home, &format!("doors issue --config station.toml {rest}"));

    let unit = issue("--phone ANDROID-1 --unit patrol-9 --out phone");
    let node = issue("--node radar --out radar");
    let days = issue(&format!("--node {NODE} --days 800 --out radar"));
    std::fs::write(home.join("taken.key"), "a secret").unwrap();
    let taken = issue(&format!("--node {NODE} --out taken"));
    let request = issue(&format!("--node {NODE} --request taken.key --out radar"));
    let nobody = complaint(home, "doors revoke ANDROID-1 --config station.toml");

    assert!(unit.contains("patrol-1") && unit.contains("\"patrol-9\""), "{unit}");
    assert!(node.contains("node must be a UUID, got \"radar\""), "{node}");
    assert!(days.contains("800"), "{days}");
    assert!(taken.contains("taken.key is there already"), "{taken}");
    assert_eq!(std::fs::read_to_string(home.join("taken.key")).unwrap(), "a secret");
    assert!(request.contains("no CERTIFICATE REQUEST in it"), "{request}");
    assert!(nobody.contains("ANDROID-1") && nobody.contains("doors list"), "{nobody}");
    let listed = answer(home, "doors list --config station.toml");
    assert_eq!(listed["certificates"].as_array().unwrap().len(), 0);
}

#[test]
fn a_phone_is_invited_once_told_of_without_its_token_and_taken_back() {
    let home = home();
    let home = home.path();
    let invite = |rest: &str| format!("doors invite hawk-1 --config station.toml {rest}");

    let invited = answer(home, &invite("--unit patrol-1 --hours 8"));
    let nobody = complaint(home, &invite("--unit patrol-9"));
    let forever = complaint(home, &invite("--unit patrol-1 --hours 1000"));
    let listed = answer(home, "doors list --config station.toml");
    let revoked = answer(home, "doors revoke hawk-1 --config station.toml");
    let after = answer(home, "doors list --config station.toml");

    let token = invited["token"].as_str().unwrap();
    assert_eq!(token.len(), 24);
    assert!(nobody.contains("--unit must be one of") && forever.contains("1000"));
    let row = &listed["invitations"][0];
    assert_eq!((&row["name"], &row["state"]), (&"hawk-1".into(), &"open".into()));
    assert!(!listed.to_string().contains(token));
    assert_eq!(mode(home, "data/keys/invitations.json"), 0o600);
    assert_eq!(revoked["invitations"][0]["state"], "revoked");
    assert_eq!(after["invitations"][0]["state"], "revoked");
}

#[test]
fn a_data_package_says_where_to_go_and_needs_an_invitation_or_makes_a_certificate() {
    let home = home();
    let home = home.path();
    let config = format!(
        "sector = \"{DRILL}\"\ndata = \"data\"\n[doors.tls]\nnames = [\"station.example\", \"192.0.2.7\"]\n\
         [doors.cot.tls]\nlisten = \"0.0.0.0:8089\"\n[doors.cot.enrolment]\nlisten = \"0.0.0.0:8446\"\n"
    );
    std::fs::write(home.join("station.toml"), config).unwrap();
    let package = |rest: &str| format!("doors package --config station.toml {rest}");

    let nobody = complaint(home, &package("hawk-1 --out hawk-1.zip"));
    answer(home, "doors invite hawk-1 --config station.toml --unit patrol-1");
    let stranger = complaint(home, &package("hawk-1 --host 10.0.0.1 --out hawk-1.zip"));
    let packed = answer(home, &package("hawk-1 --host 192.0.2.7 --out hawk-1.zip"));
    let again = complaint(home, &package("hawk-1 --out hawk-1.zip"));
    let keyed = answer(home, &package("ANDROID-1 --certificate --unit patrol-1 --out key.zip"));
    let listed = answer(home, "doors list --config station.toml");

    assert!(nobody.contains("\"hawk-1\" has no open invitation"), "{nobody}");
    assert!(stranger.contains("--host must be one of doors.tls.names"), "{stranger}");
    assert_eq!(packed["connects_to"], "192.0.2.7:8089");
    assert!(again.contains("is there already"), "{again}");
    assert_eq!((&packed["holds_key"], &keyed["holds_key"]), (&false.into(), &true.into()));
    assert_eq!((mode(home, "hawk-1.zip"), mode(home, "key.zip")), (0o600, 0o600));
    assert!(std::fs::read(home.join("hawk-1.zip")).unwrap().starts_with(b"PK\x03\x04"));
    let rows = listed["certificates"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["by"]), (1, &"data package".into()));
}
