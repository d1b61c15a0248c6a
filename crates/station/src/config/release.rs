//! `[release]`: what other agencies are given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::release::{Labels, ReleaseConfig};

/// Hours of the record that a world begins with when the file does not say (A).
const HOURS_DEFAULT: f64 = 6.0;
/// Longest: a day and a night.
const HOURS_MAX: f64 = 24.0;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRelease {
    policy: Option<PathBuf>,
    hours: Option<f64>,
    #[serde(default)]
    labels: BTreeMap<String, BTreeSet<String>>,
}

impl RawRelease {
    /// Paths are relative to `home`; `agency` is the station's own.
    pub(super) fn resolve(
        self,
        home: &Path,
        agency: Option<String>,
    ) -> Result<ReleaseConfig, String> {
        let hours = self.hours.unwrap_or(HOURS_DEFAULT);
        if !(0.0..=HOURS_MAX).contains(&hours) {
            return Err(format!("release.hours must be 0 to {HOURS_MAX}, got {hours}"));
        }
        if self.policy.is_none() && !self.labels.is_empty() {
            return Err("release.labels need release.policy, and there is none".into());
        }
        if agency.as_ref().is_some_and(|agency| agency.trim().is_empty()) {
            return Err("identity.agency must be a name, got \"\"".into());
        }
        let policy = self.policy.map(|policy| home.join(policy));
        Ok(ReleaseConfig { agency, policy, labels: Labels(self.labels), hours })
    }
}
