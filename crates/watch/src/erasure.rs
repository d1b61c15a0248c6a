//! What the record says of itself: that contents were erased, and that it was made from an older one.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::journal::PersonId;

/// The name of a key under which contents of entries are kept. It is drawn by chance and tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// Keys are destroyed, and with them all contents that they keep. Whom it was about is not said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    pub by: ErasedBy,
    pub reason: String,
    pub keys: Vec<KeyId>,
}

/// Who erases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErasedBy {
    /// Two people, neither of whom can do it alone.
    People([PersonId; 2]),
    /// A rule of the station's settings, in words.
    Rule(String),
}

/// All entries before this one were taken over from a record of an older format.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The older record's format.
    pub format: u32,
    /// Its entries; entry n of it is entry n of this one.
    pub entries: u64,
    /// The root of the tree over them.
    pub root: [u8; 32],
    /// Its last signed checkpoint.
    pub checkpoint: String,
}
