//! A station that runs, spoken to over its own HTTP interface by whoever has its configuration.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::config::Config;
use crate::identity::own_token;
use crate::pki::Authority;
use crate::runtime::PageTls;

/// A station on this machine answers at once or not at all; a password takes it a moment.
const PATIENCE: Duration = Duration::from_secs(10);
/// Far more than a station ever says of itself.
const ANSWER_BYTES_MAX: u64 = 1 << 20;

/// A station, and the word by which it tells this machine's owner how it is.
pub(super) struct Running {
    page: SocketAddr,
    /// Where the page speaks TLS: whose certificate it must show, and for which name.
    tls: Option<(PathBuf, String)>,
    token: Option<String>,
}

/// What it answered.
#[derive(Debug)]
pub(super) struct Answered {
    /// 0 where it is no answer of HTTP.
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Running {
    /// The station of a configuration, be it running or not.
    pub(super) fn of(config: &Config) -> Self {
        let tls = config.page_tls.as_ref().map(|page| trusted(page, config));
        Self { page: config.listen, tls, token: own_token(&config.data) }
    }

    /// The body of what it tells this machine's owner, whatever its status: a failing station says why.
    pub(super) fn get(&self, path: &str) -> std::io::Result<String> {
        let token = self.token.as_ref();
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        Ok(self.ask(("GET", path), &token.unwrap_or_default(), "")?.body)
    }

    /// What it answers a body in JSON that comes with these lines of a head.
    pub(super) fn post(&self, path: &str, head: &str, body: &str) -> std::io::Result<Answered> {
        let length = body.len();
        let head = format!("{head}Content-Type: application/json\r\nContent-Length: {length}\r\n");
        self.ask(("POST", path), &head, body)
    }

    fn ask(
        &self,
        (method, path): (&str, &str),
        head: &str,
        body: &str,
    ) -> std::io::Result<Answered> {
        let port = self.page.port();
        let question = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{head}Connection: close\r\n\r\n{body}"
        );
        let stream = TcpStream::connect_timeout(&self.page, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        match &self.tls {
            None => exchange(stream, &question),
            Some((trusted, name)) => exchange(secured(stream, trusted, name)?, &question),
        }
    }
}

impl Answered {
    fn read(answer: &str) -> Self {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Self { status: status.unwrap_or(0), head: head.to_owned(), body: body.to_owned() }
    }

    /// The cookies that it sets, as a browser sends them back.
    pub(super) fn cookies(&self) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let set = lines.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let pairs = set.filter_map(|(_, cookie)| cookie.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}

fn exchange(mut stream: impl Read + Write, question: &str) -> std::io::Result<Answered> {
    stream.write_all(question.as_bytes())?;
    let mut answer = Vec::new();
    // A station that speaks TLS need not say goodbye by it.
    match stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer) {
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => return Err(error),
        Ok(_) | Err(_) => {}
    }
    Ok(Answered::read(&String::from_utf8_lossy(&answer)))
}

/// Whose certificate the page must show, and a name that it tells.
fn trusted(page: &PageTls, config: &Config) -> (PathBuf, String) {
    let name = config.tls().names.into_iter().next().unwrap_or_default();
    match page {
        PageTls::Own => (Authority::path(&config.data), name),
        PageTls::Brought { certificate, .. } => (certificate.clone(), name),
    }
}

fn secured(
    stream: TcpStream,
    trusted: &Path,
    name: &str,
) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_file_iter(trusted).map_err(std::io::Error::other)? {
        let root = root.map_err(std::io::Error::other)?;
        roots.add(root).map_err(std::io::Error::other)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .map_err(std::io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(std::io::Error::other)?;
    let connection =
        ClientConnection::new(Arc::new(config), name).map_err(std::io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}
