//! TLS to a parent: its certificate is held against its authority, and the station shows its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The files of a way by TLS. They are read whenever the station connects, so new ones need no restart.
#[derive(Debug, Clone, PartialEq)]
pub struct ParentTls {
    /// Whom the parent's certificate is signed by, PEM.
    pub ca: PathBuf,
    /// The station's own certificate, PEM, and those between it and the parent's authority.
    pub certificate: PathBuf,
    /// Its secret key, PEM.
    pub key: PathBuf,
    /// What the parent's certificate must say; its address when it is left out.
    pub name: Option<String>,
}

impl ParentTls {
    pub(super) async fn connect(
        &self,
        to: SocketAddr,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, String> {
        let config = self.config()?;
        let name = match &self.name {
            Some(name) => ServerName::try_from(name.clone())
                .map_err(|_no_name| format!("doors.sapient_parent.tls.name {name:?} is no name"))?,
            None => ServerName::from(to.ip()),
        };
        let connector = TlsConnector::from(Arc::new(config));
        connector.connect(name, stream).await.map_err(|fault| format!("tls: {fault}"))
    }

    fn config(&self) -> Result<ClientConfig, String> {
        let mut roots = RootCertStore::empty();
        for root in certificates(&self.ca)? {
            roots.add(root).map_err(|fault| format!("{}: {fault}", self.ca.display()))?;
        }
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|fault| format!("{}: {fault}", self.key.display()))?;
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|fault| fault.to_string())?
            .with_root_certificates(roots)
            .with_client_auth_cert(certificates(&self.certificate)?, key)
            .map_err(|fault| format!("{}: {fault}", self.certificate.display()))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let told = |fault: rustls::pki_types::pem::Error| format!("{}: {fault}", path.display());
    let read = CertificateDer::pem_file_iter(path).map_err(told)?;
    let read = read.collect::<Result<Vec<_>, _>>().map_err(told)?;
    if read.is_empty() {
        Err(format!("{}: no certificate in it", path.display()))
    } else {
        Ok(read)
    }
}
