//! Whom a certificate was issued to, as it is written in it: one URI among its alternative names.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use super::{PkiError, hex};
use crate::ingest::limits::UID_CHARS;
use crate::limits::NODES_PER_CERTIFICATE_MAX;

/// How the URI of a SAPIENT node's certificate begins ...
const NODE: &str = "watchline:node?";
/// ... that of a phone's ...
const PHONE: &str = "watchline:phone?";
/// ... and that of a machine's, which reads the station or feeds it.
const MACHINE: &str = "watchline:machine?";

/// What the holder of a certificate may speak for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "holder", rename_all = "snake_case")]
pub enum Identity {
    /// SAPIENT nodes by their ids: one, or those of whoever passes on for several.
    Node { ids: BTreeSet<String> },
    /// A phone by its uid, and the unit of the sector whose phone it is.
    Phone { uid: String, unit: String },
    /// A machine by the name under which it was let in.
    Machine { name: String },
}

/// A certificate as far as doors care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Serial number in hexadecimal digits.
    pub serial: String,
    pub not_after: Timestamp,
    pub identity: Identity,
}

impl Identity {
    /// A node, or several; ids are UUIDs in any case of letters.
    pub fn nodes(ids: &[String]) -> Result<Self, PkiError> {
        let fault =
            |problem: String, value: String| PkiError::Field { field: "node", problem, value };
        if ids.is_empty() || ids.len() > NODES_PER_CERTIFICATE_MAX {
            let problem = format!("ids must be 1 to {NODES_PER_CERTIFICATE_MAX}");
            return Err(fault(problem, ids.len().to_string()));
        }
        let canonical = ids.iter().map(|id| {
            wire::sapient::ids::canonical_uuid(id)
                .ok_or_else(|| fault("must be a UUID".to_owned(), id.clone()))
        });
        Ok(Self::Node { ids: canonical.collect::<Result<_, _>>()? })
    }

    /// A phone of a unit.
    pub fn phone(uid: &str, unit: &str) -> Result<Self, PkiError> {
        check_words("uid", uid)?;
        check_words("unit", unit)?;
        Ok(Self::Phone { uid: uid.to_owned(), unit: unit.to_owned() })
    }

    /// A machine that was let in under this name.
    pub fn machine(name: &str) -> Result<Self, PkiError> {
        check_words("name", name)?;
        Ok(Self::Machine { name: name.to_owned() })
    }

    /// What people call the holder: the id that certificates are found by.
    pub fn name(&self) -> &str {
        match self {
            Self::Node { ids } => ids.first().map_or("", String::as_str),
            Self::Phone { uid, .. } => uid,
            Self::Machine { name } => name,
        }
    }

    /// As it is written into a certificate.
    pub(super) fn to_uri(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        match self {
            Self::Node { ids } => {
                format!("{NODE}{}", query.extend_pairs(ids.iter().map(|id| ("id", id))).finish())
            }
            Self::Phone { uid, unit } => {
                let pairs = [("uid", uid), ("unit", unit)];
                format!("{PHONE}{}", query.extend_pairs(pairs).finish())
            }
            Self::Machine { name } => {
                format!("{MACHINE}{}", query.append_pair("name", name).finish())
            }
        }
    }

    fn of_uri(uri: &str) -> Option<Self> {
        let pairs = |query: &str| -> Vec<(String, String)> {
            form_urlencoded::parse(query.as_bytes()).into_owned().collect()
        };
        if let Some(query) = uri.strip_prefix(NODE) {
            let ids: Vec<String> = pairs(query).into_iter().map(|(_, id)| id).collect();
            return Self::nodes(&ids).ok();
        }
        if let Some(query) = uri.strip_prefix(MACHINE) {
            return match &pairs(query)[..] {
                [(_, name)] => Self::machine(name).ok(),
                _ => None,
            };
        }
        match &pairs(uri.strip_prefix(PHONE)?)[..] {
            [(_, uid), (_, unit)] => Self::phone(uid, unit).ok(),
            _ => None,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { ids } => {
                write!(f, "node {}", ids.iter().cloned().collect::<Vec<_>>().join(", "))
            }
            Self::Phone { uid, unit } => write!(f, "phone {uid} of {unit}"),
            Self::Machine { name } => write!(f, "machine {name}"),
        }
    }
}

fn check_words(field: &'static str, told: &str) -> Result<(), PkiError> {
    let fits = (1..=UID_CHARS).contains(&told.chars().count());
    if fits && told == wire::text::clean(told, UID_CHARS) {
        return Ok(());
    }
    let problem = format!("must be 1 to {UID_CHARS} characters without control characters");
    Err(PkiError::Field { field, problem, value: told.to_owned() })
}

impl Subject {
    /// Reads a certificate whose signature somebody else has verified.
    pub fn of_certificate(der: &[u8]) -> Result<Self, String> {
        let (_, certificate) = X509Certificate::from_der(der)
            .map_err(|fault| format!("not a certificate: {fault}"))?;
        let names = certificate.subject_alternative_name().map_err(|fault| fault.to_string())?;
        let names = names.iter().flat_map(|extension| &extension.value.general_names);
        let uris: Vec<&str> = names
            .filter_map(|name| if let GeneralName::URI(uri) = name { Some(*uri) } else { None })
            .collect();
        let [uri] = uris[..] else {
            return Err(format!("a certificate must name one holder, it names {}", uris.len()));
        };
        let identity = Identity::of_uri(uri).ok_or("its holder is none of this station's")?;
        Ok(Self { serial: serial_of(&certificate), not_after: end_of(&certificate)?, identity })
    }
}

/// The serial number in hexadecimal digits.
pub(super) fn serial_of(certificate: &X509Certificate<'_>) -> String {
    hex(certificate.raw_serial())
}

/// When the certificate runs out.
pub(super) fn end_of(certificate: &X509Certificate<'_>) -> Result<Timestamp, String> {
    Timestamp::from_second(certificate.validity().not_after.timestamp())
        .map_err(|fault| fault.to_string())
}
