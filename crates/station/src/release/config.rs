//! What the station's configuration says of other agencies.

use std::path::PathBuf;
use std::sync::Arc;

use sight::sector::Sector;

use super::policy::{Policy, PolicyError};
use super::thing::Labels;

/// Without a policy nothing is given to anybody.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReleaseConfig {
    /// The station's own agency, whose people and machines see all that their roles let them; that of the first person
    /// who came in where nothing is said.
    pub agency: Option<String>,
    pub policy: Option<PathBuf>,
    pub labels: Labels,
    /// Hours of the record that a world begins with.
    pub hours: f64,
}

impl ReleaseConfig {
    /// The policy, if one is set.
    pub fn read(&self, sector: &Sector) -> Result<Option<Arc<Policy>>, PolicyError> {
        let read = |path: &PathBuf| Policy::read(path, self.labels.clone(), sector).map(Arc::new);
        self.policy.as_ref().map(read).transpose()
    }
}
