//! Certificate signing requests (PKCS #10): whose key is to be signed, and nothing else of what they ask for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::SubjectPublicKeyInfo;
use rustls::pki_types::CertificateSigningRequestDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey as Parsed;

use super::PkiError;

/// Bits of RSA keys: fewer are broken by who has the machines (NIST SP 800-57), more only cost time.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
/// Bits of keys on elliptic curves: P-256 and P-384.
const CURVE_BITS: [usize; 2] = [256, 384];
/// How a request in text begins.
const ARMOUR: &[u8] = b"-----BEGIN";

/// A public key that somebody has proved to hold the secret of.
#[derive(Debug)]
pub struct PublicKey(pub(super) SubjectPublicKeyInfo);

impl PublicKey {
    /// Of a request in DER.
    pub fn of_request(der: &[u8]) -> Result<Self, PkiError> {
        let fault = |problem: String| fault(problem, der);
        let (rest, request) = X509CertificationRequest::from_der(der)
            .map_err(|error| fault(format!("must be PKCS #10: {error}")))?;
        if !rest.is_empty() {
            return Err(fault("must end where it ends".to_owned()));
        }
        let info = &request.certification_request_info;
        check_kind(&info.subject_pki.parsed()).map_err(fault)?;
        request
            .verify_signature()
            .map_err(|error| fault(format!("must be signed by its own key: {error}")))?;
        let key = SubjectPublicKeyInfo::from_der(info.subject_pki.raw)
            .map_err(|error| fault(format!("must have a key of a known kind: {error}")))?;
        Ok(Self(key))
    }

    /// Of a request as phones send it: in PEM, or its base64 alone.
    pub fn of_text(text: &[u8]) -> Result<Self, PkiError> {
        let text = text.trim_ascii();
        if text.starts_with(ARMOUR) {
            let der = CertificateSigningRequestDer::from_pem_slice(text)
                .map_err(|error| fault(format!("must be PKCS #10 in PEM: {error}"), text))?;
            return Self::of_request(&der);
        }
        let digits: Vec<u8> =
            text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let der = STANDARD
            .decode(digits)
            .map_err(|error| fault(format!("must be PKCS #10 in PEM or base64: {error}"), text))?;
        Self::of_request(&der)
    }
}

fn check_kind<E>(key: &Result<Parsed<'_>, E>) -> Result<(), String> {
    let (kind, bits) = match key {
        Ok(Parsed::RSA(key)) => ("RSA", key.key_size()),
        Ok(Parsed::EC(point)) => ("EC", point.key_size()),
        Ok(_) | Err(_) => ("another kind", 0),
    };
    let fits = match kind {
        "RSA" => RSA_BITS.contains(&bits),
        _ => CURVE_BITS.contains(&bits),
    };
    if fits {
        return Ok(());
    }
    let (least, most) = (RSA_BITS.start(), RSA_BITS.end());
    Err(format!(
        "must have an RSA key of {least} to {most} bits or one on P-256 or P-384, it has {kind} of {bits}"
    ))
}

fn fault(problem: String, told: &[u8]) -> PkiError {
    PkiError::Field { field: "signing request", problem, value: format!("{} bytes", told.len()) }
}
