//! The station's authority as far as machines need it: certificates that are issued to them, and struck off with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use tokio::sync::watch;

use crate::ingest::door::{CivilTime, Standing};
use crate::pki::{self, Authority, Identity, PkiError, PublicKey, Register, Subject, Terms};

/// Issues certificates to machines and takes them back; all doors by TLS know of it before it returns.
#[derive(Debug, Clone)]
pub struct Certifier {
    authority: Arc<Authority>,
    standing: watch::Sender<Arc<Standing>>,
    time: CivilTime,
}

/// A certificate that was issued.
#[derive(Debug)]
pub(super) struct Issued {
    pub(super) subject: Subject,
    /// The certificate and that of its authority, PEM.
    pub(super) chain: String,
}

impl Certifier {
    pub(crate) fn new(
        authority: Arc<Authority>,
        standing: watch::Sender<Arc<Standing>>,
        time: CivilTime,
    ) -> Self {
        Self { authority, standing, time }
    }

    /// Issues a certificate to whoever signed this request.
    pub(super) fn issue(
        &self,
        (name, days): (&str, u16),
        request: &[u8],
    ) -> Result<Issued, PkiError> {
        let now = self.time.now();
        let key = PublicKey::of_text(request)?;
        let identity = Identity::machine(name)?;
        let by = format!("machine {name}");
        let certificate = self.authority.issue(&identity, &key, Terms { now, days, by: &by })?;
        Standing::refresh(&self.standing, self.authority.data())?;
        let damaged = |problem| PkiError::Damaged { path: Register::path(self.data()), problem };
        let subject = Subject::of_certificate(&certificate).map_err(damaged)?;
        let armoured = |certificate: &CertificateDer<'_>| pki::pem("CERTIFICATE", certificate);
        let chain = armoured(&certificate) + &armoured(self.authority.certificate());
        Ok(Issued { subject, chain })
    }

    /// Takes these out of use; connections that were let in by them end.
    pub(super) fn strike(&self, serials: &BTreeSet<String>) -> Result<(), PkiError> {
        for serial in serials {
            match pki::revoke(self.data(), serial, self.time.now()) {
                // One that made room for others opens no door either.
                Ok(_) | Err(PkiError::Unknown(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
        Standing::refresh(&self.standing, self.data())
    }

    /// Takes those of machines out of use that are not among these.
    pub(super) fn strike_others(&self, known: &BTreeSet<String>) -> Result<(), PkiError> {
        let register = Register::read(self.data())?;
        let stand = register.certificates.into_iter().filter(|listed| {
            listed.revoked_at.is_none() && matches!(listed.identity, Identity::Machine { .. })
        });
        let others = stand.map(|listed| listed.serial).filter(|serial| !known.contains(serial));
        self.strike(&others.collect())
    }

    fn data(&self) -> &std::path::Path {
        self.authority.data()
    }
}
