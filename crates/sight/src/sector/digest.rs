//! One fingerprint for everything a sector says.

use sha2::{Digest as _, Sha256};

use super::Sector;

impl Sector {
    /// SHA-256 of the resolved sector: equal when, and only when, all it says is equal.
    ///
    /// Taken over its JSON, whose key order is that of the types and whose numbers are the shortest
    /// that read back the same, so it does not depend on how the file was written.
    pub fn digest(&self) -> [u8; 32] {
        let json = serde_json::to_vec(self).expect("a sector holds texts and finite numbers only");
        let mut hash = Sha256::new();
        hash.update(b"watchline sector 1\n");
        hash.update(json);
        hash.finalize().into()
    }
}
