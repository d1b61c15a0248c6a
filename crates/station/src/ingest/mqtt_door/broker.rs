//! Where a broker is, as whom the station comes to it, and the way there: plain on this machine, by TLS elsewhere.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use wire::mqtt::{self, Hello, Version};

use crate::ingest::limits;

/// The broker, and as whom the station comes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAt {
    /// A name or an address.
    pub host: String,
    pub port: u16,
}

/// A broker as it is configured.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokerConfig {
    pub at: BrokerAt,
    pub client_id: String,
    pub username: Option<String>,
    /// Where the user's password stands.
    pub password_file: Option<PathBuf>,
    pub tls: Option<BrokerTls>,
    pub messages_per_s: f64,
}

/// Who vouches for the broker, and the certificate that it wants to see, if it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerTls {
    pub ca: PathBuf,
    /// Certificate and key.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// Why there is no way to a broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error(
        "doors.mqtt.broker must be an address of this machine (127.0.0.1 or [::1]) where there is no doors.mqtt.tls, got {0}"
    )]
    NotLoopback(String),
    #[error("doors.mqtt: {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("doors.mqtt.tls: {}: {what}", path.display())]
    NoPem { path: PathBuf, what: String },
    #[error("doors.mqtt.tls: {0}")]
    Tls(#[from] rustls::Error),
    #[error(
        "doors.mqtt.broker must be a name or an address that a certificate can have, got {0:?}"
    )]
    NoName(String),
}

/// A broker that can be connected to.
pub(super) struct Broker {
    at: BrokerAt,
    client_id: String,
    username: Option<String>,
    password: Option<String>,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// The bytes to and from a broker.
pub(super) type Line = Box<dyn Bytes>;

pub(super) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

impl Broker {
    /// Reads the files that the configuration names.
    pub(super) fn new(config: &BrokerConfig) -> Result<Self, BrokerError> {
        let BrokerConfig { at, client_id, username, password_file, tls, .. } = config;
        let is_here = at.host.parse().is_ok_and(|address: IpAddr| address.is_loopback());
        if tls.is_none() && !is_here {
            return Err(BrokerError::NotLoopback(at.to_string()));
        }
        let password = password_file.as_deref().map(read_password).transpose()?;
        let tls = tls.as_ref().map(|tls| connector(tls, &at.host)).transpose()?;
        let (client_id, username) = (client_id.clone(), username.clone());
        Ok(Self { at: at.clone(), client_id, username, password, tls })
    }

    pub(super) fn hello(&self, version: Version) -> Vec<u8> {
        mqtt::connect(&Hello {
            version,
            client_id: &self.client_id,
            user: self.username.as_deref(),
            password: self.password.as_deref(),
            keep_alive_s: u16::try_from(limits::BROKER_KEEP_ALIVE.as_secs()).unwrap_or(u16::MAX),
        })
    }

    /// Connects; says why it cannot.
    pub(super) async fn connect(&self) -> Result<Line, String> {
        let BrokerAt { host, port } = &self.at;
        let connect = TcpStream::connect((host.as_str(), *port));
        let stream = match timeout(limits::WRITE_WITHIN, connect).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(fault)) => return Err(format!("cannot reach {self}: {fault}")),
            Err(_late) => return Err(format!("{self} does not answer")),
        };
        // Acknowledgements are small and sent at once: waiting to fill a packet would only delay them.
        if let Err(fault) = stream.set_nodelay(true) {
            tracing::debug!(%fault, "no-delay not set");
        }
        let Some((connector, name)) = &self.tls else { return Ok(Box::new(stream)) };
        let shaken = timeout(limits::HANDSHAKE_WITHIN, connector.connect(name.clone(), stream));
        match shaken.await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(fault)) => Err(format!("{self}: tls: {fault}")),
            Err(_late) => Err(format!("{self} does not speak tls")),
        }
    }
}

impl fmt::Display for BrokerAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.at.fmt(f)
    }
}

/// Without the password.
impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Broker").field("at", &self.at).finish_non_exhaustive()
    }
}

/// The file's text up to its line's end.
fn read_password(path: &Path) -> Result<String, BrokerError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| BrokerError::Unreadable { path: path.to_owned(), source })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// TLS 1.2 and 1.3 to a broker that the named authority vouches for, under its own name.
fn connector(
    BrokerTls { ca, own }: &BrokerTls,
    host: &str,
) -> Result<(TlsConnector, ServerName<'static>), BrokerError> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_nameless| BrokerError::NoName(host.to_owned()))?;
    let mut roots = RootCertStore::empty();
    for root in certificates(ca)? {
        roots.add(root)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_root_certificates(roots);
    let config = match own {
        Some((certificate, key)) => {
            let key_of = PrivateKeyDer::from_pem_file(key)
                .map_err(|fault| no_pem(key, fault.to_string()))?;
            config.with_client_auth_cert(certificates(certificate)?, key_of)?
        }
        None => config.with_no_client_auth(),
    };
    Ok((TlsConnector::from(Arc::new(config)), name))
}

/// The certificates of a file, of which there is at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, BrokerError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(found) if found.is_empty() => Err(no_pem(path, "holds no certificate".to_owned())),
        Ok(found) => Ok(found),
        Err(fault) => Err(no_pem(path, fault.to_string())),
    }
}

fn no_pem(path: &Path, what: String) -> BrokerError {
    BrokerError::NoPem { path: path.to_owned(), what }
}
