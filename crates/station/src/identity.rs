//! People and machines: who they are, how they prove it, what they may do, and what takes two of them.

mod ceremonies;
mod certifier;
mod consultations;
mod disclosed;
mod grave;
pub(crate) mod history;
mod machines;
mod offline;
mod passkeys;
mod password;
mod people;
mod secrets;
mod sessions;
mod tries;
mod viewer;
mod warden;

pub use self::certifier::Certifier;
pub use self::disclosed::NotNoted;
pub(crate) use self::disclosed::note;
pub use self::grave::Grave;
pub use self::machines::{Credential, LetIn, Machine, Scope, Secret, Wanted as WantedMachine};
pub use self::offline::Offline;
pub use self::passkeys::{Passkey, Site};
pub use self::password::PasswordError;
pub use self::people::{InForce, Invitation, People, Person, Promise, Protected, Refused};
pub use self::viewer::{Capability, Need, Viewer, Who};
pub use self::warden::{AtStart, Code, Enrolment, Entered, Fault, From, Proposed, Warden};
pub(crate) use self::warden::{Look, own_token};

/// Whether people must sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    #[default]
    Required,
    /// Whoever sits at the machine is the desk: for exercises, on loopback alone.
    Off,
}
