//! An authority, what it issues, and what it does not take for its own.

use std::os::unix::fs::PermissionsExt as _;

use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::*;

mod invitations;

const NODE: &str = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";

pub(crate) fn now() -> Timestamp {
    "2026-11-27T04:00:00Z".parse().unwrap()
}

fn terms(days: u16) -> Terms<'static> {
    Terms { now: now(), days, by: "test" }
}

#[test]
fn an_authority_is_made_once_and_its_secrets_are_its_owners_alone() {
    let data = tempfile::tempdir().unwrap();

    assert!(Authority::read(data.path()).unwrap().is_none());
    let made = Authority::of(data.path(), "drill", now()).unwrap();
    made.server(&["localhost".to_owned()], now()).unwrap();
    made.issue_with_key(&Identity::nodes(&[NODE.to_owned()]).unwrap(), terms(1)).unwrap();
    let again = Authority::of(data.path(), "drill", now()).unwrap();

    assert_eq!(made.fingerprint(), again.fingerprint());
    let keys = data.path().join("keys");
    for file in std::fs::read_dir(&keys).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
    assert_eq!(std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777, 0o700);
    let other = tempfile::tempdir().unwrap();
    let other = Authority::of(other.path(), "drill", now()).unwrap();
    assert_ne!(made.fingerprint(), other.fingerprint());
}

#[test]
fn a_certificate_says_whom_it_was_issued_to_and_is_listed() {
    let data = tempfile::tempdir().unwrap();
    let authority = Authority::of(data.path(), "drill", now()).unwrap();
    let nodes = [NODE.to_uppercase(), "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10".to_owned()];
    let holders = [
        Identity::nodes(&nodes).unwrap(),
        Identity::phone("ANDROID-1", "patrol-1").unwrap(),
        // Whatever stands in a uid can be told from what stands around it.
        Identity::phone("S-1-5&unit=patrol-2 ü?=%", "بدورية 1").unwrap(),
    ];

    for holder in &holders {
        let made = authority.issue_with_key(holder, terms(10)).unwrap();
        let subject = Subject::of_certificate(&made.certificate).unwrap();

        assert_eq!(&subject.identity, holder);
        assert_eq!(subject.not_after, now() + SignedDuration::from_hours(240));
        let (_, certificate) = X509Certificate::from_der(&made.certificate).unwrap();
        let (_, ca) = X509Certificate::from_der(authority.certificate()).unwrap();
        assert!(certificate.verify_signature(Some(ca.public_key())).is_ok());
        assert!(!certificate.is_ca() && ca.is_ca());
        let usage = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.client_auth && !usage.server_auth);
        let listed = Register::read(data.path()).unwrap();
        assert_eq!(listed.certificates.last().unwrap().serial, subject.serial);
    }
    let listed = Register::read(data.path()).unwrap().certificates;
    assert_eq!(listed.iter().map(|c| c.identity.clone()).collect::<Vec<_>>(), holders);
}

#[test]
fn names_that_are_none_are_refused_by_field_and_value() {
    let told = |made: Result<Identity, PkiError>| made.unwrap_err().to_string();

    assert!(
        told(Identity::nodes(&["radar".to_owned()])).contains("node must be a UUID, got \"radar\"")
    );
    assert!(told(Identity::nodes(&[])).contains("ids must be 1 to 64"));
    assert!(told(Identity::phone("a\u{202e}b", "patrol-1")).contains("uid"));
    assert!(told(Identity::phone(&"x".repeat(129), "patrol-1")).contains("uid"));
    assert!(told(Identity::phone("ANDROID-1", "")).contains("unit"));
}

#[test]
fn a_request_gives_its_key_and_nothing_of_what_it_asks_for() {
    let data = tempfile::tempdir().unwrap();
    let authority = Authority::of(data.path(), "drill", now()).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut asks = CertificateParams::new(vec!["station.example".to_owned()]).unwrap();
    asks.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let request = asks.serialize_request(&key).unwrap();
    let phone = Identity::phone("ANDROID-1", "patrol-1").unwrap();

    let public = PublicKey::of_request(request.der()).unwrap();
    let certificate = authority.issue(&phone, &public, terms(1)).unwrap();

    let (_, issued) = X509Certificate::from_der(&certificate).unwrap();
    assert!(!issued.is_ca());
    assert_eq!(issued.public_key().subject_public_key.data, key.public_key_raw());
    assert_eq!(Subject::of_certificate(&certificate).unwrap().identity, phone);
    let mut forged = request.der().to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    for (broken, named) in
        [(&forged[..], "signed by its own key"), (&forged[..40], "PKCS #10"), (&[][..], "PKCS #10")]
    {
        let fault = PublicKey::of_request(broken).unwrap_err().to_string();
        assert!(fault.contains(named), "{fault}");
    }
}

#[test]
fn the_servers_certificate_is_kept_until_it_says_something_else_or_soon_runs_out() {
    let data = tempfile::tempdir().unwrap();
    let authority = Authority::of(data.path(), "drill", now()).unwrap();
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let first = names(&["station.example", "192.0.2.7", "2001:db8::7"]);
    let at = |names: &[String], days: i64| {
        let at = now() + SignedDuration::from_hours(24 * days);
        authority.server(names, at).unwrap().certificate
    };

    let made = at(&first, 0);

    assert_eq!(made, at(&first, 300));
    let renewed = at(&first, 340);
    assert_ne!(made, renewed);
    assert_eq!(renewed, at(&first, 341));
    assert_ne!(renewed, at(&names(&["station.example"]), 341));
    let other = tempfile::tempdir().unwrap();
    let stranger = Authority::of(other.path(), "drill", now()).unwrap();
    std::fs::copy(
        data.path().join("keys/doors-server.pem"),
        other.path().join("keys/doors-server.pem"),
    )
    .unwrap();
    let theirs = stranger.server(&names(&["station.example"]), now()).unwrap().certificate;
    let (_, theirs) = X509Certificate::from_der(&theirs).unwrap();
    let (_, ca) = X509Certificate::from_der(stranger.certificate()).unwrap();
    assert!(theirs.verify_signature(Some(ca.public_key())).is_ok());
}

#[test]
fn revoking_finds_a_serial_number_or_all_of_a_name_and_says_what_is_unknown() {
    let data = tempfile::tempdir().unwrap();
    let authority = Authority::of(data.path(), "drill", now()).unwrap();
    let phone = Identity::phone("ANDROID-1", "patrol-1").unwrap();
    let other = Identity::phone("ANDROID-2", "patrol-1").unwrap();
    let serials: Vec<String> = [&phone, &phone, &other]
        .iter()
        .map(|holder| {
            let made = authority.issue_with_key(holder, terms(10)).unwrap();
            Subject::of_certificate(&made.certificate).unwrap().serial
        })
        .collect();
    let revoked = |named: &str| {
        let revoked = revoke(data.path(), named, now()).unwrap().certificates;
        revoked.into_iter().map(|c| c.serial).collect::<Vec<_>>()
    };

    assert_eq!(revoked(&serials[0]), serials[..1]);
    assert_eq!(revoked("ANDROID-1"), serials[1..2]);
    assert!(revoked("ANDROID-1").is_empty());
    assert!(revoke(data.path(), "ANDROID-3", now()).is_err());
    let listed = Register::read(data.path()).unwrap().certificates;
    assert_eq!(listed.iter().filter(|c| c.revoked_at.is_none()).count(), 1);
}

#[test]
fn a_damaged_file_is_named_and_not_made_anew() {
    let data = tempfile::tempdir().unwrap();
    Authority::of(data.path(), "drill", now()).unwrap();
    for (file, text) in [("doors-ca.pem", "nothing"), ("doors.json", "{\"certificates\": 3}")] {
        let path = data.path().join("keys").join(file);
        std::fs::write(&path, text).unwrap();
    }

    let authority = Authority::of(data.path(), "drill", now()).unwrap_err().to_string();
    let register = Register::read(data.path()).unwrap_err().to_string();

    assert!(authority.contains("doors-ca.pem") && authority.contains("restore"), "{authority}");
    assert!(register.contains("doors.json") && register.contains("restore"), "{register}");
}

#[test]
fn a_full_list_makes_room_by_what_opens_no_door_any_more() {
    let phone = Identity::phone("ANDROID-1", "patrol-1").unwrap();
    let listed = |serial: usize, revoked_at| Certificate {
        serial: serial.to_string(),
        identity: phone.clone(),
        issued_at: now(),
        not_after: now() + SignedDuration::from_hours(1),
        by: "test".to_owned(),
        revoked_at,
    };
    let max = crate::limits::CERTIFICATES_MAX;
    let mut full = Register { certificates: (0..max).map(|n| listed(n, None)).collect() };

    assert!(matches!(full.add(listed(max, None), now()), Err(PkiError::Full(_))));
    full.revoke("7", now()).unwrap();
    full.add(listed(max, None), now()).unwrap();
    assert_eq!(full.certificates.len(), max);
    let later = now() + SignedDuration::from_hours(2);
    full.add(listed(max + 1, None), later).unwrap();
    assert_eq!(full.certificates.len(), 1);
}

#[test]
fn stores_for_phones_hold_what_they_should_and_open_with_their_password_alone() {
    use p12_keystore::{KeyStore, KeyStoreEntry};

    let data = tempfile::tempdir().unwrap();
    let authority = Authority::of(data.path(), "drill", now()).unwrap();
    let phone = Identity::phone("ANDROID-1", "patrol-1").unwrap();
    let made = authority.issue_with_key(&phone, terms(1)).unwrap();

    let trust = trust_store(authority.certificate(), "atakatak").unwrap();
    let keys = key_store(&made, authority.certificate(), "word").unwrap();

    assert!(KeyStore::from_pkcs12(&keys, "other").is_err());
    let trust = KeyStore::from_pkcs12(&trust, "atakatak").unwrap();
    let KeyStoreEntry::Certificate(trusted) = trust.entry("authority").unwrap() else {
        panic!("no certificate")
    };
    assert_eq!(trusted.as_der(), authority.certificate().as_ref());
    let keys = KeyStore::from_pkcs12(&keys, "word").unwrap();
    let (_, chain) = keys.private_key_chain().unwrap();
    assert_eq!(chain.key(), made.key.secret_der());
    let ders: Vec<&[u8]> = chain.chain().iter().map(p12_keystore::Certificate::as_der).collect();
    assert_eq!(ders, [made.certificate.as_ref(), authority.certificate().as_ref()]);
}
