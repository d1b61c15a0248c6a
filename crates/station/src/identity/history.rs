//! What the record says of people: who may do what and who said so, who came and went, who looked at what.

use std::collections::VecDeque;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use watch::audit::{Audit, Audited, Consulted, GraveAct};
use watch::journal::{self, Input, PersonId, TrackId};
use watch::subject::RetentionClass;

use super::disclosed::waiting;
use crate::limits::AUDIT_ROWS_MAX;
use crate::record::{self, RecordError};

/// Which acts are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// What this person or machine did, or what was done about them.
    pub(crate) name: Option<String>,
    /// Who looked at this track.
    pub(crate) track: Option<TrackId>,
    pub(crate) since: Option<Timestamp>,
    /// At most so many, the newest.
    pub(crate) newest: Option<usize>,
}

/// Acts as they stand in the record.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "it is what the answer calls them")]
pub(crate) struct Acts {
    /// Acts that are meant and older than those which are told.
    pub(crate) older: u64,
    /// Entries about coming, going and looking that were erased.
    pub(crate) erased: u64,
    pub(crate) acts: VecDeque<Act>,
    /// What was given away at the command line and the record is yet to be told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unwritten: Vec<Audit>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Act {
    /// Its place in the record.
    pub(crate) index: u64,
    pub(crate) at: Timestamp,
    #[serde(flatten)]
    pub(crate) audit: Audit,
}

impl Acts {
    /// Reads the record of a data directory, whether a station runs on it or not.
    pub(crate) fn read(data: &Path, wanted: &Wanted) -> Result<Self, RecordError> {
        let mut told = Self { older: 0, erased: 0, acts: VecDeque::new(), unwritten: Vec::new() };
        let room = wanted.newest.unwrap_or(usize::MAX);
        let classes = [RetentionClass::Access, RetentionClass::Decision];
        told.erased = record::read_classes(data, &classes, |index, content| {
            let entry = journal::read(content)?;
            if let Input::Audited(audit) = entry.input
                && wanted.means(entry.at, &audit)
            {
                told.acts.push_back(Act { index, at: entry.at, audit });
                if told.acts.len() > room {
                    told.acts.pop_front();
                    told.older += 1;
                }
            }
            Ok(())
        })?;
        let now = Timestamp::now();
        let unwritten = waiting(data).unwrap_or_default().into_iter().map(|(_, audit)| audit);
        told.unwritten = unwritten.filter(|audit| wanted.means(now, audit)).collect();
        Ok(told)
    }
}

impl Wanted {
    fn means(&self, at: Timestamp, audit: &Audit) -> bool {
        self.since.is_none_or(|since| at >= since)
            && self.name.as_ref().is_none_or(|name| is_about(audit, name))
            && self.track.is_none_or(|track| looks_at(audit, track))
    }

    /// No more rows than one answer holds.
    pub(crate) fn bounded(self, rows: usize) -> Self {
        Self { newest: Some(rows.min(AUDIT_ROWS_MAX)), ..self }
    }
}

fn looks_at(audit: &Audit, track: TrackId) -> bool {
    matches!(&audit.what, Audited::Consulted(told) if told.what == Consulted::Track(track))
}

/// Whether somebody did it, or it was done about them.
fn is_about(audit: &Audit, name: &str) -> bool {
    let is = |other: &PersonId| other.0 == name;
    audit.by.as_ref().is_some_and(is)
        || audit.machine() == Some(name)
        || match &audit.what {
            Audited::Found { people } => people.iter().any(|one| is(&one.name)),
            Audited::Invited { as_whom: standing, .. }
            | Audited::Enrolled(standing)
            | Audited::Changed(standing)
            | Audited::Proposed { act: GraveAct::Grant(standing), .. } => is(&standing.name),
            Audited::PasswordForgotten { name, .. }
            | Audited::Revoked { name }
            | Audited::PasswordChanged { name }
            | Audited::Proposed {
                act: GraveAct::Revoke { name } | GraveAct::NewPassword { name },
                ..
            } => is(name),
            Audited::MachineLetIn { name: machine, .. }
            | Audited::Proposed { act: GraveAct::LetIn { name: machine, .. }, .. }
            | Audited::MachineShutOut { name: machine }
            | Audited::MachineCertified { name: machine, .. } => machine == name,
            Audited::SignedIn
            | Audited::SignedInByPasskey { .. }
            | Audited::PasskeyAdded { .. }
            | Audited::PasskeyRemoved { .. }
            | Audited::SignedOut { .. }
            | Audited::SignInsFailed { .. }
            | Audited::Proposed {
                act:
                    GraveAct::Export { .. }
                    | GraveAct::Erase { .. }
                    | GraveAct::Release(_)
                    | GraveAct::Protect(_),
                ..
            }
            | Audited::Confirmed { .. }
            | Audited::Declined { .. }
            | Audited::Lapsed { .. }
            | Audited::Exported { .. }
            | Audited::Consulted(_)
            | Audited::ConsultedBeyond { .. }
            | Audited::CarriedOut { .. }
            | Audited::Releasing { .. }
            | Audited::ReleaseFound(_)
            | Audited::Recalled { .. }
            | Audited::Withheld { .. }
            | Audited::Protecting(_) => false,
            Audited::KeyChanged { with, .. } => is(with),
            Audited::Disclosed(told) => told.by.iter().any(is),
        }
}
