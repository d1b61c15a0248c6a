//! What the station's configuration says of other agencies.

use std::path::PathBuf;
use std::sync::Arc;

use sight::sector::Sector;
use watch::audit::ReleasePolicy;

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

    /// The same as it is written, right or wrong.
    pub fn written(&self) -> Result<Option<ReleasePolicy>, PolicyError> {
        let written = |path: &PathBuf| Policy::written_in(path, &self.labels);
        self.policy.as_ref().map(written).transpose()
    }

    /// What is in force, told of by the file's name where that says it.
    pub fn parse(&self, in_force: &ReleasePolicy, sector: &Sector) -> Result<Policy, PolicyError> {
        let labels = Labels(in_force.labels.clone());
        let name = self.policy.as_ref().map(|path| path.display().to_string());
        Policy::of(&name.unwrap_or_default(), (&in_force.text, labels), sector)
    }
}
