//! Invitations: taken up once, by whoever knows the token, for what they promise and nothing else.

use base64::Engine as _;

use super::*;

fn promise<'a>(name: &'a str, uid: Option<&'a str>) -> Promise<'a> {
    Promise { name, unit: "patrol-1", uid, days: 30, holds: SignedDuration::from_hours(24) }
}

/// A request that asks to be somebody else, in PEM.
fn request() -> String {
    let key = KeyPair::generate().unwrap();
    let mut asks = CertificateParams::new(vec!["station.example".to_owned()]).unwrap();
    asks.distinguished_name.push(rcgen::DnType::CommonName, "patrol-2");
    asks.serialize_request(&key).unwrap().pem().unwrap()
}

struct Post {
    data: tempfile::TempDir,
    authority: Authority,
    request: String,
}

impl Post {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let authority = Authority::of(data.path(), "drill", now()).unwrap();
        Self { data, authority, request: request() }
    }

    fn enrol(&self, name: &str, token: &str, at: Timestamp) -> Result<Enrolled, PkiError> {
        self.enrol_as("ANDROID-1", name, token, at)
    }

    fn enrol_as(
        &self,
        device: &str,
        name: &str,
        token: &str,
        at: Timestamp,
    ) -> Result<Enrolled, PkiError> {
        let came = Enrolment { name, token, device, request: self.request.as_bytes() };
        let known = |uid: &str| (uid == "ANDROID-2").then(|| "patrol-2".to_owned());
        self.authority.enrol(came, known, at)
    }
}

fn is_unwanted(came: &Result<Enrolled, PkiError>) -> bool {
    matches!(came, Err(PkiError::NotInvited))
}

#[test]
fn a_token_gives_one_certificate_for_whom_it_was_made_whatever_the_request_asks_for() {
    let post = Post::new();
    let (token, _) = invite(post.data.path(), promise("hawk-1", None), now()).unwrap();

    let enrolled = post.enrol("hawk-1", &token, now()).unwrap();
    let again = post.enrol("hawk-1", &token, now());

    assert!(is_unwanted(&again));
    let subject = Subject::of_certificate(&enrolled.certificate).unwrap();
    assert_eq!(subject.identity, Identity::phone("ANDROID-1", "patrol-1").unwrap());
    assert_eq!(subject.not_after, now() + SignedDuration::from_hours(30 * 24));
    let (_, issued) = X509Certificate::from_der(&enrolled.certificate).unwrap();
    assert!(!issued.subject().to_string().contains("patrol-2"), "{}", issued.subject());
    let listed = Register::read(post.data.path()).unwrap().certificates;
    assert_eq!((listed.len(), listed[0].by.as_str()), (1, "invitation hawk-1"));
}

#[test]
fn wrong_used_expired_and_revoked_tokens_are_refused_alike() {
    let post = Post::new();
    let data = post.data.path();
    let (open, _) = invite(data, promise("hawk-1", None), now()).unwrap();
    let (taken_back, _) = invite(data, promise("hawk-2", None), now()).unwrap();
    let revoked = revoke(data, "hawk-2", now()).unwrap();
    let later = now() + SignedDuration::from_hours(24);

    assert_eq!((revoked.invitations.len(), revoked.certificates.len()), (1, 0));
    for (name, token, at) in [
        ("hawk-1", "0000-0000-0000-0000-0000", now()),
        ("hawk-1", "", now()),
        ("hawk-3", &open, now()),
        ("hawk-2", &open, now()),
        ("hawk-2", &taken_back, now()),
        ("hawk-1", &open, later),
    ] {
        assert!(is_unwanted(&post.enrol(name, token, at)), "{name} {token} {at}");
    }
    // As people type it: blanks, small letters, and what looks alike.
    let typed = open.replace('-', " ").replace('0', "o").replace('1', "l").to_lowercase();
    assert!(post.enrol("hawk-1", &typed, now()).is_ok());
    assert!(matches!(revoke(data, "hawk-9", now()), Err(PkiError::Unknown(_))));
}

#[test]
fn tokens_are_kept_as_hashes_and_no_two_are_alike() {
    let post = Post::new();
    let tokens: std::collections::BTreeSet<String> =
        (0..50).map(|_| invite(post.data.path(), promise("a", None), now()).unwrap().0).collect();

    let kept = std::fs::read_to_string(post.data.path().join("keys/invitations.json")).unwrap();

    assert_eq!(tokens.len(), 50);
    for token in &tokens {
        assert_eq!(token.len(), 24);
        assert!(!kept.contains(token) && !kept.contains(&token.replace('-', "")));
    }
}

#[test]
fn a_faulty_request_leaves_the_invitation_open_and_a_uid_of_another_unit_is_refused() {
    let mut post = Post::new();
    let (token, _) = invite(post.data.path(), promise("hawk-1", None), now()).unwrap();
    let other = Identity::phone("ANDROID-3", "patrol-2").unwrap();
    post.authority.issue_with_key(&other, terms(10)).unwrap();
    let good = std::mem::replace(&mut post.request, "AAAA".to_owned());

    let faulty = post.enrol("hawk-1", &token, now()).unwrap_err().to_string();
    post.request = good;
    let configured = post.enrol_as("ANDROID-2", "hawk-1", &token, now()).unwrap_err().to_string();
    let issued = post.enrol_as("ANDROID-3", "hawk-1", &token, now()).unwrap_err().to_string();
    let none = post.enrol_as("", "hawk-1", &token, now()).unwrap_err().to_string();

    assert!(faulty.contains("signing request must be PKCS #10"), "{faulty}");
    assert!(configured.contains("clientUid") && configured.contains("ANDROID-2"), "{configured}");
    assert!(issued.contains("clientUid"), "{issued}");
    assert!(none.contains("uid must be 1 to"), "{none}");
    assert!(post.enrol("hawk-1", &token, now()).is_ok());
}

#[test]
fn a_uid_that_was_invited_is_the_certificates_whatever_the_phone_says() {
    let post = Post::new();
    let (token, _) = invite(post.data.path(), promise("etl", Some("ANDROID-7")), now()).unwrap();

    let enrolled = post.enrol_as("etl (ETL)", "etl", &token, now()).unwrap();

    assert_eq!(enrolled.identity, Identity::phone("ANDROID-7", "patrol-1").unwrap());
}

#[test]
fn names_that_cannot_be_sent_are_refused() {
    let data = tempfile::tempdir().unwrap();
    for name in ["a:b", " a", "ü", "", "a\nb"] {
        let fault = invite(data.path(), promise(name, None), now()).unwrap_err();
        assert!(matches!(fault, PkiError::Field { .. }), "{name:?}: {fault}");
    }
    assert!(Invitations::read(data.path()).unwrap().invitations.is_empty());
}

#[test]
fn a_request_comes_in_pem_or_bare_and_keys_of_other_kinds_are_named() {
    let bare: String = request().lines().filter(|line| !line.starts_with("---")).collect();
    let der = base64::engine::general_purpose::STANDARD.decode(&bare).unwrap();

    assert!(PublicKey::of_text(bare.as_bytes()).is_ok());
    assert!(PublicKey::of_text(format!("{}\n", request()).as_bytes()).is_ok());
    assert!(PublicKey::of_request(&der).is_ok());
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let asks = CertificateParams::default().serialize_request(&key).unwrap();
    let fault = PublicKey::of_request(asks.der()).unwrap_err().to_string();
    assert!(fault.contains("must have an RSA key of 2048 to 4096 bits or one on P-256"), "{fault}");
}
