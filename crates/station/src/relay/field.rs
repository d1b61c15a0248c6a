//! A field of a letter, and the commitment by which its writer is held to it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

/// What keeps a commitment from being guessed.
pub(crate) type Salt = [u8; 32];

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 40;
/// Longest value, bytes.
const VALUE_BYTES_MAX: usize = 1_000;

/// One thing that a letter tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    name: String,
    value: String,
    salt: Salt,
}

/// Why something is no field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldFault {
    #[error(
        "field name must be 1 to {NAME_BYTES_MAX} small letters, digits and hyphens, got `{}`",
        .0.escape_debug()
    )]
    Name(String),
    #[error("field {name}: must be one line of 1 to {VALUE_BYTES_MAX} bytes, got {got}")]
    Value { name: String, got: usize },
    #[error("field line must be `field NAME SALT VALUE`, got `{}`", .0.escape_debug())]
    Line(String),
}

impl Field {
    /// What is told and 32 bytes of chance.
    pub(crate) fn new(name: &str, value: &str, salt: Salt) -> Result<Self, FieldFault> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !(1..=NAME_BYTES_MAX).contains(&name.len()) || !name.bytes().all(is_name) {
            return Err(FieldFault::Name(name.chars().take(NAME_BYTES_MAX).collect()));
        }
        let is_line = !value.chars().any(char::is_control);
        if !(1..=VALUE_BYTES_MAX).contains(&value.len()) || !is_line || value.trim() != value {
            return Err(FieldFault::Value { name: name.to_owned(), got: value.len() });
        }
        Ok(Self { name: name.to_owned(), value: value.to_owned(), salt })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }

    /// What the writer signs. It tells neither name nor value.
    pub(super) fn commitment(&self) -> [u8; 32] {
        Sha256::new()
            .chain_update(b"watchline relay field 1\n")
            .chain_update(self.salt)
            // The name holds no line's end, so that no two fields are the same bytes.
            .chain_update(self.name.as_bytes())
            .chain_update(b"\n")
            .chain_update(self.value.as_bytes())
            .finalize()
            .into()
    }

    pub(super) fn to_line(&self) -> String {
        format!("field {} {} {}\n", self.name, BASE64.encode(self.salt), self.value)
    }

    pub(super) fn parse(line: &str) -> Result<Self, FieldFault> {
        let fault = || FieldFault::Line(line.chars().take(80).collect());
        let mut parts = line.splitn(4, ' ');
        let (Some("field"), Some(name), Some(salt), Some(value)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(fault());
        };
        let salt = BASE64.decode(salt).ok().and_then(|salt| salt.try_into().ok());
        Self::new(name, value, salt.ok_or_else(fault)?)
    }
}
