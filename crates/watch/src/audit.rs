//! Who may do what at the station, and what people did about it, as the record keeps it. Nothing secret is in it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::journal::{AlertId, PersonId, TrackId};
use crate::subject::RetentionClass;

/// What a person is at the station for. One person may have several roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Watches, takes alerts and closes them.
    Operator,
    /// Sends people and judges sensors besides.
    Officer,
    Planner,
    TipsDesk,
    /// Reads, verifies and exports all without anyone's leave, and changes nothing.
    Monitor,
    /// Says who the others are.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 6] = [
        Self::Operator,
        Self::Officer,
        Self::Planner,
        Self::TipsDesk,
        Self::Monitor,
        Self::Administrator,
    ];

    /// As it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Officer => "officer",
            Self::Planner => "planner",
            Self::TipsDesk => "tips-desk",
            Self::Monitor => "monitor",
            Self::Administrator => "administrator",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Who somebody is at the station.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Standing {
    pub name: PersonId,
    pub agency: String,
    pub roles: BTreeSet<Role>,
}

/// By what other agencies are given anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleasePolicy {
    /// SHA-256 of the text and the labels, hexadecimal.
    pub sha256: String,
    /// Policies as people wrote them.
    pub text: String,
    /// What they may ask for, by what it is put on.
    pub labels: BTreeMap<String, BTreeSet<String>>,
}

/// What keeps the record from being shortened or rewritten, of what a settings file or a file of keys alone could take away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protection {
    /// Days for which classes are kept, by their names; for good what is not named.
    pub keep_days: BTreeMap<String, u16>,
    /// Keys of those who witness the record.
    pub witnesses: BTreeSet<String>,
    /// SHA-256 of the certificate by which the station lets sensors, phones and machines in, hexadecimal; nothing where any does.
    pub authority: Option<String>,
}

/// To whom something is given that is not shown on the page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Receiver {
    /// Whoever listens to a group of Cursor on Target.
    Mesh { group: String },
    /// A display of tracks by ASTERIX.
    Display { address: String },
    /// The fusion node above this station.
    Parent { address: String },
    /// A phone that its certificate names.
    Phone { name: String },
    /// Any program on the station's own machine, at the door for phones without TLS.
    OwnMachine,
    /// More receivers than are told one by one.
    Others,
    /// Whoever is handed a file that was made at the command line.
    File { what: String, format: String },
    /// Whoever is handed a letter that was made at the command line.
    Letter { to: String },
}

/// That somebody was given something that is not shown on the page: once, or over a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    pub to: Receiver,
    /// Of which agency they are; nothing where that is not known.
    pub agency: Option<String>,
    /// SHA-256 of the policy by which they were given it, hexadecimal; nothing where it was the station's own picture.
    pub policy: Option<String>,
    /// Who answers for it, where people took it: two of them, or one who needs no leave.
    pub by: Vec<PersonId>,
    pub why: Option<String>,
    /// Messages or things that were given from then on; none where this only tells that it is over.
    pub count: u64,
    pub from: Timestamp,
    pub until: Timestamp,
}

/// What one person alone may not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GraveAct {
    /// Somebody new, or who was less until now.
    Grant(Standing),
    Revoke {
        name: PersonId,
    },
    /// For somebody whose word counts as that of a second person.
    NewPassword {
        name: PersonId,
    },
    /// A file of what is about people.
    Export {
        what: String,
        format: String,
    },
    /// All that is kept of somebody or something, or what of one day. Whom it is about is not said, for that stays for good.
    Erase {
        class: RetentionClass,
        day: Option<Date>,
    },
    /// Other agencies are given what this says, and no more what was said before.
    Release(ReleasePolicy),
    /// A machine may read or feed the station.
    LetIn {
        name: String,
        agency: String,
        scope: String,
        /// What it shows to be known, and for how many days that is good.
        credential: String,
        days: u16,
    },
    /// The record is protected by this and no more by what was said before.
    Protect(Protection),
}

/// Why somebody is not signed in any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignedOutBy {
    /// The person did.
    Person,
    /// Nothing came from there for too long.
    Idleness,
    /// It had been long enough.
    Age,
    /// Who they are was changed or taken back.
    Change,
    /// More sessions of theirs than may be.
    Number,
}

/// What somebody looked at, or was given, that tells of people.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consulted {
    /// The line as it is now, with tracks and units.
    Picture,
    /// What a track was made of.
    Track(TrackId),
    /// What people in the field wrote.
    Messages,
    /// What came too late to move a track.
    Evidence,
    /// What a camera sees now.
    Camera {
        sensor: String,
    },
    /// Which recordings of a camera there are.
    Recordings {
        sensor: String,
    },
    Recording {
        sensor: String,
        name: String,
    },
    /// A collection as maps are given it, and what was asked of it.
    Features {
        collection: String,
        filter: String,
    },
    /// A file to be taken away.
    File {
        what: String,
        format: String,
    },
    /// The message about an alert for other agencies.
    AlertFile(AlertId),
    /// Tracks that a neighbouring sector is offered.
    Offers,
    /// Who may use the station.
    People,
    /// By which it is proven what the record holds.
    Proofs,
    /// Who looked at what.
    Audit,
}

/// That somebody looked at something, once or often, for a moment or for long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    pub what: Consulted,
    /// The machine that did, where no person is named.
    pub machine: Option<String>,
    /// Why, as whoever looked said.
    pub why: Option<String>,
    /// Looks that began from then on; none where this is the end of one that was told before.
    pub times: u32,
    pub from: Timestamp,
    pub to: Timestamp,
}

/// One act, and who answers for it; nobody where it was done at the machine's command line or by the station itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    pub by: Option<PersonId>,
    pub what: Audited,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Audited {
    /// Who stood in the list when the station started, or when a change of it failed.
    Found {
        people: Vec<Standing>,
    },
    /// Somebody may enrol as this until then.
    Invited {
        as_whom: Standing,
        until: Timestamp,
    },
    /// Somebody may choose a new password until then.
    PasswordForgotten {
        name: PersonId,
        until: Timestamp,
    },
    Enrolled(Standing),
    Changed(Standing),
    Revoked {
        name: PersonId,
    },
    PasswordChanged {
        name: PersonId,
    },
    MachineLetIn {
        name: String,
        agency: String,
        scope: String,
        until: Timestamp,
    },
    MachineShutOut {
        name: String,
    },
    SignedIn,
    SignedOut {
        by: SignedOutBy,
    },
    /// So many attempts to sign in or to enrol came to nothing since they were last told of.
    SignInsFailed {
        count: u32,
    },
    Proposed {
        number: u64,
        act: GraveAct,
        reason: String,
        until: Timestamp,
    },
    /// The second person agreed, and it took effect.
    Confirmed {
        number: u64,
    },
    /// A second person did not agree, or the first took it back.
    Declined {
        number: u64,
    },
    /// Nobody confirmed it in time.
    Lapsed {
        number: u64,
    },
    /// A file that was agreed to was fetched.
    Exported {
        number: u64,
    },
    /// Somebody looked at what tells of people.
    Consulted(Consultation),
    /// So many looks of one reader were too many to be told one by one.
    ConsultedBeyond {
        machine: Option<String>,
        count: u64,
        from: Timestamp,
        to: Timestamp,
    },
    /// What was agreed to be erased is erased: so many keys, by entries of their own.
    CarriedOut {
        number: u64,
        keys: u32,
    },
    /// From here on other agencies are given what this policy says: SHA-256 of it and its labels, hexadecimal.
    Releasing {
        policy: String,
    },
    /// The station began to give other agencies what its file says, where nobody had agreed to anything before.
    ReleaseFound(ReleasePolicy),
    /// Something that this agency was given it is given no more, or less of it: people agreed to that, or its time was over.
    Recalled {
        agency: String,
    },
    /// A machine took up what it was promised: a certificate of the station's authority, by its serial number.
    MachineCertified {
        name: String,
        serial: String,
        until: Timestamp,
    },
    /// A passkey by which this person can sign in from now on: what whoever keeps it calls it (base64url), its public key by its
    /// algorithm, and what the person calls it.
    PasskeyAdded {
        id: String,
        public_key: String,
        called: String,
    },
    PasskeyRemoved {
        id: String,
    },
    SignedInByPasskey {
        id: String,
    },
    /// From here on the record is protected by this.
    Protecting(Protection),
    /// Somebody was given something that is not shown on the page.
    Disclosed(Disclosure),
    /// One person had other agencies given less than before: by this policy, which gives nothing that the one before did not.
    Withheld {
        policy: ReleasePolicy,
        reason: String,
    },
    /// The record was made anew, under another key, by this person and another.
    KeyChanged {
        with: PersonId,
        reason: String,
    },
}

impl Audit {
    /// The machine that did it, where one did.
    pub fn machine(&self) -> Option<&str> {
        match &self.what {
            Audited::Consulted(Consultation { machine, .. })
            | Audited::ConsultedBeyond { machine, .. } => machine.as_deref(),
            Audited::Found { .. }
            | Audited::Invited { .. }
            | Audited::PasswordForgotten { .. }
            | Audited::Enrolled(_)
            | Audited::Changed(_)
            | Audited::Revoked { .. }
            | Audited::PasswordChanged { .. }
            | Audited::MachineLetIn { .. }
            | Audited::MachineShutOut { .. }
            | Audited::SignedIn
            | Audited::SignedOut { .. }
            | Audited::SignInsFailed { .. }
            | Audited::Proposed { .. }
            | Audited::Confirmed { .. }
            | Audited::Declined { .. }
            | Audited::Lapsed { .. }
            | Audited::Exported { .. }
            | Audited::CarriedOut { .. }
            | Audited::Releasing { .. }
            | Audited::ReleaseFound(_)
            | Audited::Recalled { .. }
            | Audited::MachineCertified { .. }
            | Audited::PasskeyAdded { .. }
            | Audited::PasskeyRemoved { .. }
            | Audited::SignedInByPasskey { .. }
            | Audited::Protecting(_)
            | Audited::Disclosed(_)
            | Audited::Withheld { .. }
            | Audited::KeyChanged { .. } => None,
        }
    }
}
