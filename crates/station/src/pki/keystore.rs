//! Certificates and keys in files that phones read: PKCS #12 (RFC 7292).

use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKeyChain,
};
use rustls::pki_types::CertificateDer;

use super::{Credential, PkiError};

/// Rounds by which a password is made a key: what OpenSSL takes.
const ROUNDS: u64 = 2_048;

/// Whom to trust. The password is no secret: it is only there because phones ask for one.
pub fn trust_store(authority: &CertificateDer<'_>, password: &str) -> Result<Vec<u8>, PkiError> {
    let mut store = KeyStore::new();
    store.add_entry("authority", KeyStoreEntry::Certificate(read(authority)?));
    write(&store, password)
}

/// A certificate with its key, and whose it is signed by.
pub fn key_store(
    credential: &Credential,
    authority: &CertificateDer<'_>,
    password: &str,
) -> Result<Vec<u8>, PkiError> {
    let chain = [read(&credential.certificate)?, read(authority)?];
    let keys = PrivateKeyChain::new(credential.key.secret_der(), [1], chain);
    let mut store = KeyStore::new();
    store.add_entry("phone", KeyStoreEntry::PrivateKeyChain(keys));
    write(&store, password)
}

fn read(certificate: &CertificateDer<'_>) -> Result<Certificate, PkiError> {
    Certificate::from_der(certificate).map_err(fault)
}

/// Triple DES and SHA-1, for phones' programs do not read what OpenSSL 3 writes by itself.
fn write(store: &KeyStore, password: &str) -> Result<Vec<u8>, PkiError> {
    store
        .writer(password)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc)
        .encryption_iterations(ROUNDS)
        .mac_algorithm(MacAlgorithm::HmacSha1)
        .mac_iterations(ROUNDS)
        .write()
        .map_err(fault)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn fault(error: p12_keystore::error::Error) -> PkiError {
    PkiError::KeyStore(error.to_string())
}
