//! TLS for doors: the station's certificate, clients' certificates, and whether these still stand.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{
    ClientCertVerifierBuilder, ClientHello, ResolvesServerCert, WantsServerCert,
    WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::handshakes::Greeted;
use super::stream::{Lapse, Peer, Secured, Stream};
use crate::ingest::limits;
use crate::pki::{Authority, Credential, Identity, PkiError, Register, Subject};

/// Whose certificates a door lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// SAPIENT nodes.
    Nodes,
    Phones,
}

/// Certificates as the register has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// By serial number: true while one stands, false once it was revoked.
    certificates: BTreeMap<String, bool>,
    /// Whether one of a machine stands.
    has_machines: bool,
}

/// The station's own certificate, which may be replaced while doors are open.
pub struct Served(RwLock<Arc<CertifiedKey>>);

/// The time by which certificates are judged: the station's own, which a wall clock that leaps does not move.
#[derive(Clone)]
pub struct CivilTime(Arc<dyn Fn() -> Timestamp + Send + Sync>);

/// What one door needs for TLS; cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    time: CivilTime,
    asks: Asks,
}

/// Who is asked for a certificate.
#[derive(Clone)]
enum Asks {
    /// Nobody: certificates are to be had here.
    Nobody,
    /// Everybody must show one.
    Everybody { holders: Holders, standing: watch::Receiver<Arc<Standing>> },
    /// Machines may, where any has one; people have none. This acceptor asks, the other does not.
    Machines { acceptor: TlsAcceptor, standing: watch::Receiver<Arc<Standing>> },
}

/// Why TLS is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("tls: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("tls: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
    #[error("tls: {}: {problem}", path.display())]
    Brought { path: PathBuf, problem: String },
}

impl Standing {
    /// Reads the register anew for all doors. Whoever does so last has read what is written last.
    pub fn refresh(standing: &watch::Sender<Arc<Self>>, data: &Path) -> Result<(), PkiError> {
        let mut fault = None;
        standing.send_if_modified(|known| match Register::read(data).map(|r| Self::of(&r)) {
            Ok(read) if **known != read => {
                *known = Arc::new(read);
                true
            }
            Ok(_) => false,
            Err(error) => {
                fault = Some(error);
                false
            }
        });
        fault.map_or(Ok(()), Err)
    }

    /// As the register has it.
    pub fn of(register: &Register) -> Self {
        let stands =
            |listed: &crate::pki::Certificate| (listed.serial.clone(), listed.revoked_at.is_none());
        let has_machines = register.certificates.iter().any(|listed| {
            listed.revoked_at.is_none() && matches!(listed.identity, Identity::Machine { .. })
        });
        Self { certificates: register.certificates.iter().map(stands).collect(), has_machines }
    }

    /// Why a certificate opens no door.
    fn fault(&self, serial: &str) -> Option<&'static str> {
        match self.certificates.get(serial) {
            Some(true) => None,
            Some(false) => Some("its certificate was revoked"),
            None => Some("its certificate is not in this station's list"),
        }
    }
}

impl Served {
    pub fn new(credential: Credential) -> Result<Arc<Self>, TlsError> {
        Ok(Arc::new(Self(RwLock::new(certified(credential)?))))
    }

    /// One that was made elsewhere, with those between it and its authority.
    pub fn brought(certificate: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let fault =
            |path: &Path, problem: String| TlsError::Brought { path: path.to_owned(), problem };
        let chain = CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| fault(certificate, error.to_string()))?;
        if chain.is_empty() {
            return Err(fault(certificate, "no certificate in it".to_owned()));
        }
        let secret =
            PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key, error.to_string()))?;
        let certified = CertifiedKey::from_der(chain, secret, &ring::default_provider())
            .map_err(|error| fault(key, error.to_string()))?;
        Ok(Arc::new(Self(RwLock::new(Arc::new(certified)))))
    }

    /// From now on this one is shown.
    pub fn replace(&self, credential: Credential) -> Result<(), TlsError> {
        let certified = certified(credential)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certified;
        Ok(())
    }
}

fn certified(credential: Credential) -> Result<Arc<CertifiedKey>, TlsError> {
    let Credential { certificate, key } = credential;
    let key = CertifiedKey::from_der(vec![certificate], key, &ring::default_provider())?;
    Ok(Arc::new(key))
}

impl ResolvesServerCert for Served {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

impl CivilTime {
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl fmt::Debug for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CivilTime").field(&self.now()).finish()
    }
}

impl TimeProvider for CivilTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since_1970 = self.now().duration_since(Timestamp::UNIX_EPOCH);
        Duration::try_from(since_1970).ok().map(UnixTime::since_unix_epoch)
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asks = match &self.asks {
            Asks::Nobody => "nobody".to_owned(),
            Asks::Everybody { holders, .. } => format!("{holders:?}"),
            Asks::Machines { .. } => "machines".to_owned(),
        };
        f.debug_struct("Tls").field("asks", &asks).finish_non_exhaustive()
    }
}

impl Tls {
    /// TLS 1.2 and 1.3; who shows no certificate of the authority is not let in.
    pub fn new(
        authority: &Authority,
        served: Arc<Served>,
        holders: Holders,
        (standing, time): (watch::Receiver<Arc<Standing>>, CivilTime),
    ) -> Result<Self, TlsError> {
        let verifier = verifier(authority)?.build()?;
        let acceptor = acceptor(builder(&time)?.with_client_cert_verifier(verifier), served);
        Ok(Self { acceptor, time, asks: Asks::Everybody { holders, standing } })
    }

    /// The same for whoever comes, without a certificate.
    pub fn for_anybody(served: Arc<Served>, time: CivilTime) -> Result<Self, TlsError> {
        let acceptor = acceptor(builder(&time)?.with_no_client_auth(), served);
        Ok(Self { acceptor, time, asks: Asks::Nobody })
    }

    /// The same for whoever comes, where machines may show a certificate. Nobody is asked for one while none stands.
    pub fn for_machines_too(
        authority: &Authority,
        served: Arc<Served>,
        (standing, time): (watch::Receiver<Arc<Standing>>, CivilTime),
    ) -> Result<Self, TlsError> {
        let verifier = verifier(authority)?.allow_unauthenticated().build()?;
        let asking = builder(&time)?.with_client_cert_verifier(verifier);
        let asks = Asks::Machines { acceptor: acceptor(asking, Arc::clone(&served)), standing };
        Ok(Self { asks, ..Self::for_anybody(served, time)? })
    }

    /// Greets whoever came; within the deadline, or not at all.
    pub(crate) async fn greet(self, stream: TcpStream, address: std::net::SocketAddr) -> Greeted {
        let acceptor = match &self.asks {
            Asks::Machines { acceptor, standing } if standing.borrow().has_machines => acceptor,
            Asks::Machines { .. } | Asks::Nobody | Asks::Everybody { .. } => &self.acceptor,
        };
        let shaken = timeout(limits::HANDSHAKE_WITHIN, acceptor.accept(stream)).await;
        let Ok(shaken) = shaken else {
            return Err(format!("no tls within {} s", limits::HANDSHAKE_WITHIN.as_secs()));
        };
        let stream = shaken.map_err(|fault| format!("tls: {fault}"))?;
        let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        let (subject, standing) = match (self.asks, shown) {
            (Asks::Nobody, _) | (Asks::Machines { .. }, None) => {
                return Ok(nobody(stream, address));
            }
            (Asks::Everybody { .. }, None) => {
                return Err("tls: no certificate was shown".to_owned());
            }
            (Asks::Everybody { holders, standing }, Some(shown)) => {
                let subject = Subject::of_certificate(shown)?;
                check(&subject, holders, &standing.borrow())?;
                (subject, standing)
            }
            (Asks::Machines { standing, .. }, Some(shown)) => {
                let subject = Subject::of_certificate(shown)?;
                // A browser may offer a phone's, which says nothing here.
                if !matches!(subject.identity, Identity::Machine { .. }) {
                    return Ok(nobody(stream, address));
                }
                check_listed(&subject, &standing.borrow())?;
                (subject, standing)
            }
        };
        let left = subject.not_after.duration_since(self.time.now());
        let lapse = lapse(subject.serial.clone(), left, standing);
        let peer = Peer { address, subject: Some(Arc::new(subject)) };
        Ok((Stream::Tls(Box::new(Secured::new(stream, lapse))), peer))
    }
}

/// Somebody of whom no certificate tells anything.
fn nobody(stream: TlsStream<TcpStream>, address: std::net::SocketAddr) -> (Stream, Peer) {
    let stream = Secured::new(stream, Box::pin(std::future::pending()));
    (Stream::Tls(Box::new(stream)), Peer { address, subject: None })
}

fn verifier(authority: &Authority) -> Result<ClientCertVerifierBuilder, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone())?;
    let provider = Arc::new(ring::default_provider());
    Ok(WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider))
}

fn builder(time: &CivilTime) -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    Ok(ServerConfig::builder_with_details(provider, Arc::new(time.clone()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?)
}

fn acceptor(
    config: ConfigBuilder<ServerConfig, WantsServerCert>,
    served: Arc<Served>,
) -> TlsAcceptor {
    let mut config = config.with_cert_resolver(served);
    // A ticket would let a client back in without showing its certificate again.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    TlsAcceptor::from(Arc::new(config))
}

fn check(subject: &Subject, holders: Holders, standing: &Standing) -> Result<(), String> {
    check_listed(subject, standing)?;
    let identity = &subject.identity;
    let fits = match identity {
        Identity::Node { .. } => holders == Holders::Nodes,
        Identity::Phone { .. } => holders == Holders::Phones,
        Identity::Machine { .. } => false,
    };
    if fits { Ok(()) } else { Err(format!("{identity}: its certificate is for another door")) }
}

fn check_listed(subject: &Subject, standing: &Standing) -> Result<(), String> {
    let Subject { serial, identity, .. } = subject;
    match standing.fault(serial) {
        Some(fault) => Err(format!("{identity}: {fault} (serial {serial})")),
        None => Ok(()),
    }
}

/// Resolves when a certificate no longer holds, to the reason.
fn lapse(
    serial: String,
    left: SignedDuration,
    mut standing: watch::Receiver<Arc<Standing>>,
) -> Lapse {
    let left = Duration::try_from(left).unwrap_or(Duration::ZERO);
    Box::pin(async move {
        let revoked = standing.wait_for(|standing| standing.fault(&serial).is_some());
        tokio::select! {
            revoked = revoked => match revoked {
                Ok(standing) => standing.fault(&serial).unwrap_or_default().to_owned(),
                Err(_gone) => "the station is stopping".to_owned(),
            },
            () = tokio::time::sleep(left) => "its certificate ran out".to_owned(),
        }
    })
}
