//! The page by TLS, beyond this machine, as a client of another implementation's making sees it: rustls by itself.

use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rcgen::{CertificateParams, KeyPair};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SignatureScheme, StreamOwned};
use serde_json::json;

use super::browser::{Answer, ask, ask_by};
use super::serve::{Home, Served};

const PASSWORD: &str = "one cold night in november";

/// Shows this certificate when the station asks for one, and notes that it did.
#[derive(Debug)]
pub(crate) struct Shows {
    key: Option<Arc<CertifiedKey>>,
    is_asked: AtomicBool,
}

impl Shows {
    pub(crate) fn nothing() -> Arc<Self> {
        Arc::new(Self { key: None, is_asked: AtomicBool::new(false) })
    }

    pub(crate) fn this(chain: &str, key: PrivateKeyDer<'static>) -> Arc<Self> {
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes()).map(Result::unwrap);
        let provider = rustls::crypto::ring::default_provider();
        let key = CertifiedKey::from_der(chain.collect(), key, &provider).unwrap();
        Arc::new(Self { key: Some(Arc::new(key)), is_asked: AtomicBool::new(false) })
    }

    pub(crate) fn was_asked(&self) -> bool {
        self.is_asked.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.is_asked.store(true, Ordering::Relaxed);
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

/// The page of a station, and whom its readers trust.
pub(crate) struct Page {
    pub(crate) to: SocketAddr,
    roots: RootCertStore,
}

/// A connection by TLS.
pub(crate) type Line = StreamOwned<ClientConnection, TcpStream>;

impl Page {
    pub(crate) fn of(station: &Served, trusted: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_file_iter(trusted).unwrap() {
            roots.add(root.unwrap()).unwrap();
        }
        Self { to: station.page, roots }
    }

    fn connect(&self, name: &str) -> Line {
        self.connect_with(name, Shows::nothing())
    }

    /// The same by whoever answers when the station asks for a certificate.
    pub(crate) fn connect_with(&self, name: &str, shows: Arc<dyn ResolvesClientCert>) -> Line {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_client_cert_resolver(shows);
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        StreamOwned::new(connection, TcpStream::connect(self.to).unwrap())
    }

    pub(crate) fn ask(&self, name: &str, asked: (&str, &str), body: &str) -> Answer {
        let host = format!("{name}:{}", self.to.port());
        let headers = [("Host", host.as_str()), ("Content-Type", "application/json")];
        ask_by(self.connect(name), self.to, asked, &headers, body.as_bytes())
    }
}

pub(crate) const NAMES: &str =
    "[doors.tls]\nnames = [\"post-3.example\", \"localhost\", \"127.0.0.1\"]\n";

#[test]
fn beyond_this_machine_the_page_speaks_tls_and_keeps_browsers_to_it() {
    let home = Home::new();
    home.secure_page("0.0.0.0:0", NAMES);
    home.ask_people();
    let station = home.serve();
    assert!(station.hello["page"].as_str().unwrap().starts_with("https://"), "{}", station.hello);
    let page = Page::of(&station, &home.data().join("keys/doors-ca.pem"));

    let health = page.ask("post-3.example", ("GET", "/api/health"), "");
    assert_eq!(health.status, 200);
    assert_eq!(health.header("strict-transport-security"), Some("max-age=31536000"));
    let here = page.ask("localhost", ("GET", "/api/health"), "");
    assert_eq!((here.status, here.header("strict-transport-security")), (200, None));
    assert_eq!(page.ask("post-3.example", ("GET", "/api/picture"), "").status, 401);
    let code = station.hello["first_code"].clone();
    let first = json!({"code": code, "password": PASSWORD, "name": "Amal", "agency": "a"});
    let came = page.ask("post-3.example", ("POST", "/api/identity/enrol"), &first.to_string());
    assert_eq!(came.status, 200, "{}", came.json);
    let cookies = came.cookies();
    assert!(!cookies.is_empty() && cookies.iter().all(|cookie| cookie.ends_with("; Secure")));

    let plain = ask(station.page, "GET", "/api/health", &[], b"");
    assert_eq!(plain.status, 400, "whoever speaks plainly is told how to speak");
    assert!(String::from_utf8(plain.body).unwrap().contains("https://"));
    let foreign = ask_by(
        page.connect("localhost"),
        page.to,
        ("GET", "/api/health"),
        &[("Host", "evil.example")],
        b"",
    );
    assert_eq!((foreign.status, &foreign.json["code"]), (403, &json!("host-foreign")));
    let stream = [
        ("Host", "localhost"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "d2F0Y2hsaW5lIGlzIGhlcmU="),
    ];
    let asked = ("GET", "/api/stream");
    let stranger = ask_by(page.connect("localhost"), page.to, asked, &stream, b"");
    assert_eq!(stranger.status, 401);
    let (_, told) = home.doctor();
    assert!(told.contains("required; 1 people"), "{told}");
    assert_eq!(station.terminate(), Some(0));
}

#[test]
fn the_page_does_not_open_to_the_world_where_nobody_signs_in() {
    let home = Home::new();
    home.secure_page("0.0.0.0:0", NAMES);

    let (code, told) = home.try_serve();

    assert_eq!(code, Some(2));
    assert!(told.contains("where nobody is asked to sign in, got 0.0.0.0:0"), "{told}");
}

#[test]
fn a_certificate_that_is_brought_is_shown_and_one_that_cannot_be_used_is_named() {
    let home = Home::new();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["post-3.example".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(home.file("page.pem"), certificate.pem()).unwrap();
    std::fs::write(home.file("page.key"), key.serialize_pem()).unwrap();
    let brought = format!("certificate = \"page.pem\"\nkey = \"page.key\"\n{NAMES}");
    home.secure_page("127.0.0.1:0", &brought);

    let station = home.serve();

    let page = Page::of(&station, &home.file("page.pem"));
    assert_eq!(page.ask("post-3.example", ("GET", "/api/picture"), "").status, 200);
    drop(station);
    let other = KeyPair::generate().unwrap();
    std::fs::write(home.file("page.key"), other.serialize_pem()).unwrap();
    let (code, told) = home.try_serve();
    assert_eq!(code, Some(2));
    assert!(told.contains("page.key"), "{told}");
    home.secure_page("127.0.0.1:0", "certificate = \"page.pem\"\n");
    assert!(home.try_serve().1.contains("page.tls.certificate needs page.tls.key"));
}
