//! `[record]`: who witnesses the record, and for how long it keeps what entries say.

use std::collections::BTreeMap;

use serde::Deserialize;
use url::Url;

use crate::record::cosign::Witness;
use crate::runtime::{KeepDays, WitnessIn};

/// Witnesses that one record may have.
const WITNESSES_MAX: usize = 8;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRecord {
    #[serde(default)]
    witnesses: Vec<RawWitness>,
    /// Days by class.
    #[serde(default)]
    keep_days: BTreeMap<String, u16>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWitness {
    url: String,
    key: String,
}

impl RawRecord {
    pub(super) fn keep(&self) -> Result<KeepDays, String> {
        KeepDays::of(&self.keep_days)
    }

    pub(super) fn resolve(self) -> Result<Vec<WitnessIn>, String> {
        if self.witnesses.len() > WITNESSES_MAX {
            let count = self.witnesses.len();
            return Err(format!("record.witnesses: at most {WITNESSES_MAX}, got {count}"));
        }
        let mut witnesses: Vec<WitnessIn> = Vec::new();
        for (number, RawWitness { url, key }) in self.witnesses.into_iter().enumerate() {
            let field = format!("record.witnesses[{number}]");
            let parsed = Url::parse(&url)
                .ok()
                .filter(|url| url.scheme() == "http" && url.host().is_some())
                .ok_or_else(|| format!("{field}.url must be http://HOST:PORT, got {url:?}"))?;
            let witness = Witness::parse(&key).map_err(|fault| format!("{field}.key: {fault}"))?;
            if witnesses.iter().any(|known| known.witness == witness) {
                return Err(format!("{field}.key: {} is named twice", witness.name()));
            }
            witnesses.push(WitnessIn { url: parsed, witness });
        }
        Ok(witnesses)
    }
}
