//! The authority itself: one key that signs the server's certificate and those of its clients.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType, SerialNumber,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use super::identity::{end_of, serial_of};
use super::{Certificate, Identity, PkiError, PublicKey, Register, files, hex};

/// How long an authority is good: longer than any station stands without being set up anew (A).
const AUTHORITY_DAYS: i64 = 3_653;
/// How long the server's certificate is good. Phones of Apple take none that holds longer than 825 days.
const SERVER_DAYS: i64 = 365;
/// The server's certificate is made anew when it has this long to go.
pub(super) const SERVER_RENEW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Certificates begin before they are made, for clocks that are behind (A).
const BEGIN_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// Longest name of the directory's kind (X.520, ub-common-name).
const COMMON_NAME_CHARS: usize = 64;

/// The authority of a data directory.
#[derive(Debug)]
pub struct Authority {
    data: PathBuf,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    not_after: Timestamp,
}

/// A certificate with its secret key, when it was made here.
#[derive(Debug)]
pub struct Credential {
    pub certificate: CertificateDer<'static>,
    /// PKCS #8.
    pub key: PrivateKeyDer<'static>,
}

/// For how long, by whose will.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms<'a> {
    pub now: Timestamp,
    pub days: u16,
    /// What led to it: `command`, or an invitation.
    pub by: &'a str,
}

impl Authority {
    /// Where its certificate and its secret key lie.
    pub fn path(data: &Path) -> PathBuf {
        files::home(data).join("doors-ca.pem")
    }

    /// The authority of a data directory; a new one, named after the sector, where there is none.
    pub fn of(data: &Path, sector: &str, now: Timestamp) -> Result<Self, PkiError> {
        let _lock = files::Lock::take(data)?;
        match Self::read(data)? {
            Some(authority) => Ok(authority),
            None => Self::make(data, sector, now),
        }
    }

    /// The authority of a data directory, if it has one.
    pub fn read(data: &Path) -> Result<Option<Self>, PkiError> {
        let path = Self::path(data);
        let Some(text) = files::read(&path)? else { return Ok(None) };
        let Credential { certificate, key } = Credential::parse(&path, &text)?;
        let damaged = |problem: String| PkiError::Damaged { path: path.clone(), problem };
        let key = KeyPair::try_from(&key).map_err(|fault| damaged(fault.to_string()))?;
        let not_after = not_after(&certificate).map_err(damaged)?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Some(Self { data: data.to_owned(), certificate, issuer, not_after }))
    }

    fn make(data: &Path, sector: &str, now: Timestamp) -> Result<Self, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = params(now, AUTHORITY_DAYS)?;
        let number = hex(params.key_identifier(&key).get(..4).unwrap_or_default());
        // Two authorities of one sector must not be taken for each other.
        params.distinguished_name = name(&format!("Watchline {sector}"), Some(&number));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.der().clone();
        let credential = Credential { certificate, key: private(&key) };
        files::write(&Self::path(data), &credential.to_pem())?;
        let certificate = credential.certificate;
        let not_after = end(now, AUTHORITY_DAYS);
        Ok(Self { data: data.to_owned(), certificate, issuer: Issuer::new(params, key), not_after })
    }

    /// What clients must trust.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// SHA-256 of the certificate in hexadecimal digits, for people to compare.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.certificate)
    }

    /// Issues a certificate to whoever holds the secret of this key, and lists it.
    pub fn issue(
        &self,
        identity: &Identity,
        key: &PublicKey,
        terms: Terms<'_>,
    ) -> Result<CertificateDer<'static>, PkiError> {
        self.certify(identity, &key.0, terms)
    }

    /// The same with a new key.
    pub fn issue_with_key(
        &self,
        identity: &Identity,
        terms: Terms<'_>,
    ) -> Result<Credential, PkiError> {
        let key = KeyPair::generate()?;
        let certificate = self.certify(identity, &key, terms)?;
        Ok(Credential { certificate, key: private(&key) })
    }

    /// The data directory whose authority it is.
    pub fn data(&self) -> &Path {
        &self.data
    }

    fn certify(
        &self,
        identity: &Identity,
        key: &impl PublicKeyData,
        terms: Terms<'_>,
    ) -> Result<CertificateDer<'static>, PkiError> {
        self.certify_under(&files::Lock::take(&self.data)?, identity, key, terms)
    }

    pub(super) fn certify_under(
        &self,
        lock: &files::Lock,
        identity: &Identity,
        key: &impl PublicKeyData,
        Terms { now, days, by }: Terms<'_>,
    ) -> Result<CertificateDer<'static>, PkiError> {
        let mut params = params(now, i64::from(days))?;
        params.distinguished_name = name(identity.name(), None);
        params.subject_alt_names = vec![SanType::URI(identity.to_uri().try_into()?)];
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(key, &self.issuer)?.der().clone();
        let listed = Certificate {
            serial: serial(&certificate)?,
            identity: identity.clone(),
            issued_at: now,
            not_after: end(now, i64::from(days)),
            by: by.to_owned(),
            revoked_at: None,
        };
        Register::change(lock, &self.data, |register| register.add(listed, now))?;
        Ok(certificate)
    }

    /// The server's certificate for these names and addresses: the one that there is, or a new one when it says
    /// something else or soon runs out.
    pub fn server(&self, names: &[String], now: Timestamp) -> Result<Credential, PkiError> {
        let _lock = files::Lock::take(&self.data)?;
        let path = files::home(&self.data).join("doors-server.pem");
        if let Some(text) = files::read(&path)?
            && let Ok(credential) = Credential::parse(&path, &text)
            && self.still_serves(&credential.certificate, names, now)
        {
            return Ok(credential);
        }
        let credential = self.make_server(names, now)?;
        files::write(&path, &credential.to_pem())?;
        Ok(credential)
    }

    fn make_server(&self, names: &[String], now: Timestamp) -> Result<Credential, PkiError> {
        let key = KeyPair::generate()?;
        let mut params = params(now, SERVER_DAYS)?;
        let first = names.first().map_or("watchline", String::as_str);
        params.distinguished_name = name(first, None);
        params.subject_alt_names = alternative_names(names)?;
        params.key_usages =
            vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.signed_by(&key, &self.issuer)?.der().clone();
        Ok(Credential { certificate, key: private(&key) })
    }

    /// Signed by this authority, for these names in this order, and good for a while yet.
    fn still_serves(
        &self,
        certificate: &CertificateDer<'_>,
        names: &[String],
        now: Timestamp,
    ) -> bool {
        let Ok((_, served)) = X509Certificate::from_der(certificate) else { return false };
        let Ok((_, own)) = X509Certificate::from_der(&self.certificate) else { return false };
        let asked = names.iter().map(|name| match name.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_name) => name.clone(),
        });
        let lasts = end_of(&served).is_ok_and(|end| end.duration_since(now) > SERVER_RENEW);
        lasts
            && names_of(&served).into_iter().eq(asked)
            && served.verify_signature(Some(own.public_key())).is_ok()
    }
}

impl Credential {
    fn parse(path: &Path, text: &str) -> Result<Self, PkiError> {
        let damaged = |problem: String| PkiError::Damaged { path: path.to_owned(), problem };
        let certificate = CertificateDer::from_pem_slice(text.as_bytes())
            .map_err(|fault| damaged(format!("no certificate in it: {fault}")))?;
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|fault| damaged(format!("no secret key in it: {fault}")))?;
        Ok(Self { certificate, key })
    }

    fn to_pem(&self) -> String {
        pem("CERTIFICATE", &self.certificate) + &self.key_pem()
    }

    /// The secret key alone, PKCS #8 in PEM.
    pub fn key_pem(&self) -> String {
        pem("PRIVATE KEY", self.key.secret_der())
    }
}

/// Text armour (RFC 7468).
pub fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;

    let mut text = format!("-----BEGIN {label}-----\n");
    let digits = base64::engine::general_purpose::STANDARD.encode(der);
    for line in digits.as_bytes().chunks(64) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// SHA-256 in hexadecimal digits.
pub fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    hex(&Sha256::digest(certificate))
}

/// When the server's certificate of a data directory runs out; `None` when there is none.
pub fn server_not_after(data: &Path) -> Result<Option<Timestamp>, PkiError> {
    let path = files::home(data).join("doors-server.pem");
    let Some(text) = files::read(&path)? else { return Ok(None) };
    let credential = Credential::parse(&path, &text)?;
    let end = not_after(&credential.certificate)
        .map_err(|problem| PkiError::Damaged { path: path.clone(), problem })?;
    Ok(Some(end))
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(key.serialize_der().into())
}

/// What all certificates share: a serial number that nobody can foresee, and a time.
fn params(now: Timestamp, days: i64) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    let mut serial = [0; 16];
    getrandom::fill(&mut serial).map_err(PkiError::Random)?;
    // Positive, and of the same length always (RFC 5280, 4.1.2.2).
    serial[0] = serial[0] & 0x3f | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let begin = now.saturating_sub(BEGIN_BEFORE).unwrap_or(now);
    (params.not_before, params.not_after) =
        (epoch + since_epoch(begin), epoch + since_epoch(end(now, days)));
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// `days` from now.
fn end(now: Timestamp, days: i64) -> Timestamp {
    let end = now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
    // Certificates know no fractions of a second.
    Timestamp::from_second(end.as_second()).unwrap_or(end)
}

/// From the beginning of the clock of Unix.
fn since_epoch(at: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0))
}

/// A name of the directory's kind; it is for people alone, so one that is too long is cut.
fn name(common: &str, unit: Option<&str>) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    let common: String = common.chars().take(COMMON_NAME_CHARS).collect();
    name.push(DnType::OrganizationName, "Watchline");
    if let Some(unit) = unit {
        name.push(DnType::OrganizationalUnitName, unit);
    }
    name.push(DnType::CommonName, common);
    name
}

fn alternative_names(names: &[String]) -> Result<Vec<SanType>, PkiError> {
    let alternative = names.iter().map(|name| match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_name) => Ok(SanType::DnsName(name.as_str().try_into()?)),
    });
    alternative.collect()
}

/// The names and addresses that a server's certificate tells, in its order.
fn names_of(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let told = names.value.general_names.iter().map(|name| {
        if let GeneralName::DNSName(name) = name {
            (*name).to_owned()
        } else if let GeneralName::IPAddress(bytes) = name {
            address(bytes).map_or_else(String::new, |address| address.to_string())
        } else {
            name.to_string()
        }
    });
    told.collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

fn serial(certificate: &CertificateDer<'_>) -> Result<String, PkiError> {
    let (_, parsed) = X509Certificate::from_der(certificate)
        .map_err(|fault| rcgen::Error::X509(fault.to_string()))?;
    Ok(serial_of(&parsed))
}

fn not_after(certificate: &CertificateDer<'_>) -> Result<Timestamp, String> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|fault| fault.to_string())?;
    end_of(&parsed)
}
