//! Who asks, and what they may be told and do. The table of rights is here and nowhere else.

use std::collections::BTreeSet;
use std::sync::Arc;

use watch::audit::{Role, Standing};
use watch::journal::PersonId;

use super::machines::{Machine, Scope};
use super::sessions::{Lapse, SessionKey};
use super::warden::Look;

/// What somebody may do. What is not listed for a role, no one of that role may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// The picture and its history.
    See,
    /// Take alerts and close them, say what tracks are, write to the field, ask sensors to look.
    Act,
    /// Send people, and judge sensors and their clocks.
    Command,
    /// Ask for plans.
    Plan,
    /// Files of what is about no person.
    Export,
    /// Files of what is about people, where a second person agrees.
    ExportPeople,
    /// The same without anyone's leave.
    ExportFreely,
    /// Agree to somebody else's export.
    Release,
    /// Propose that what is kept of somebody is erased, or agree to it.
    Erase,
    /// Propose that other agencies are given something else, or agree to it.
    Give,
    /// How the station itself is.
    Tend,
    /// The record's checkpoint, tiles and standing.
    Verify,
    /// Bring files of detections, weather and tracks, and what neighbouring sectors say.
    Feed,
    /// Say who may do what.
    Administer,
    /// Who looked at what, and who did what about people.
    Audit,
}

impl Capability {
    pub const ALL: [Self; 15] = [
        Self::See,
        Self::Act,
        Self::Command,
        Self::Plan,
        Self::Export,
        Self::ExportPeople,
        Self::ExportFreely,
        Self::Release,
        Self::Erase,
        Self::Give,
        Self::Tend,
        Self::Verify,
        Self::Feed,
        Self::Administer,
        Self::Audit,
    ];

    /// As it is told to the page and in refusals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::See => "see",
            Self::Act => "act",
            Self::Command => "command",
            Self::Plan => "plan",
            Self::Export => "export",
            Self::ExportPeople => "export-people",
            Self::ExportFreely => "export-freely",
            Self::Release => "release",
            Self::Erase => "erase",
            Self::Give => "give",
            Self::Tend => "tend",
            Self::Verify => "verify",
            Self::Feed => "feed",
            Self::Administer => "administer",
            Self::Audit => "audit",
        }
    }

    /// Whether somebody has it by their roles.
    pub fn is_of(self, standing: &Standing) -> bool {
        self.roles().iter().any(|role| standing.roles.contains(role))
    }

    /// The roles that have it.
    const fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Monitor, Officer, Operator, Planner, TipsDesk};
        match self {
            Self::See => &[Operator, Officer, Planner, TipsDesk, Monitor],
            Self::Act => &[Operator, Officer],
            Self::Command | Self::Feed => &[Officer],
            Self::Plan => &[Operator, Officer, Planner],
            Self::Export => &[Operator, Officer, Planner, Monitor],
            Self::ExportPeople => &[Officer, Planner, Monitor],
            Self::ExportFreely | Self::Audit => &[Monitor],
            Self::Release => &[Officer, Monitor],
            Self::Erase | Self::Give => &[Officer, Administrator],
            Self::Tend | Self::Verify => &[Operator, Officer, Planner, Monitor, Administrator],
            Self::Administer => &[Administrator],
        }
    }

    /// The scopes of machines that have it.
    const fn scopes(self) -> &'static [Scope] {
        match self {
            Self::See | Self::Tend | Self::Verify => &[Scope::Read],
            Self::Feed => &[Scope::Feed],
            Self::Act
            | Self::Command
            | Self::Plan
            | Self::Export
            | Self::ExportPeople
            | Self::ExportFreely
            | Self::Release
            | Self::Erase
            | Self::Give
            | Self::Administer
            | Self::Audit => &[],
        }
    }
}

/// What somebody of another agency may at most, be they what they may there: be shown what their agency is given.
const OF_ANOTHER_AGENCY: [Capability; 3] =
    [Capability::See, Capability::Export, Capability::ExportFreely];

/// What a route asks of whoever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Nothing: what is told there is known to all, or is how one signs in.
    Nothing,
    /// Somebody who is signed in, whoever it is.
    SignedIn,
    Of(Capability),
    /// One of these; which of them the request itself says.
    OneOf(&'static [Capability]),
}

/// Who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    Person(Standing),
    Machine {
        name: String,
        agency: String,
    },
    /// Nobody has said, or nobody is asked.
    Anyone,
}

/// Who sent a request, and what they may be told and do.
#[derive(Debug, Clone)]
pub struct Viewer {
    who: Who,
    is_own: bool,
    may: BTreeSet<Capability>,
    session: Option<SessionKey>,
    /// By which it is known when they are not let in any more.
    lapse: Option<Lapse>,
    #[expect(dead_code, reason = "it ends when nobody has this viewer any more")]
    look: Option<Arc<Look>>,
}

impl Viewer {
    /// Somebody of whom nothing is known.
    pub fn stranger() -> Self {
        Self::of(Who::Anyone, BTreeSet::new())
    }

    /// Whoever sits at a machine where nobody is asked to sign in.
    pub fn unasked() -> Self {
        Self::of(Who::Anyone, Capability::ALL.into())
    }

    pub(super) fn person(standing: Standing, (session, lapse): (SessionKey, Lapse)) -> Self {
        let may = Capability::ALL.into_iter().filter(|one| one.is_of(&standing)).collect();
        let (session, lapse) = (Some(session), Some(lapse));
        Self { session, lapse, ..Self::of(Who::Person(standing), may) }
    }

    pub(super) fn machine(machine: &Machine, lapse: Lapse) -> Self {
        let may = Self::of_scope(machine.scope);
        let (name, agency) = (machine.name.clone(), machine.agency.clone());
        Self { lapse: Some(lapse), ..Self::of(Who::Machine { name, agency }, may) }
    }

    /// A program on the station's own machine that may read its keys.
    pub(super) fn this_machine() -> Self {
        let who = Who::Machine { name: "this machine".into(), agency: String::new() };
        Self::of(who, Self::of_scope(Scope::Read))
    }

    fn of(who: Who, may: BTreeSet<Capability>) -> Self {
        Self { who, is_own: true, may, session: None, lapse: None, look: None }
    }

    fn of_scope(scope: Scope) -> BTreeSet<Capability> {
        Capability::ALL.into_iter().filter(|c| c.scopes().contains(&scope)).collect()
    }

    /// The same while they look at something.
    pub(crate) fn looking(self, look: Arc<Look>) -> Self {
        Self { look: Some(look), ..self }
    }

    pub fn who(&self) -> &Who {
        &self.who
    }

    /// The person, where it is one.
    pub fn name(&self) -> Option<&PersonId> {
        match &self.who {
            Who::Person(standing) => Some(&standing.name),
            Who::Machine { .. } | Who::Anyone => None,
        }
    }

    /// Whose person or machine it is.
    pub fn agency(&self) -> Option<&str> {
        match &self.who {
            Who::Person(standing) => Some(&standing.agency),
            Who::Machine { agency, .. } => Some(agency),
            Who::Anyone => None,
        }
    }

    /// The same as somebody of another agency than the station's.
    #[must_use]
    pub(super) fn of_another_agency(mut self) -> Self {
        self.is_own = false;
        self.may.retain(|capability| OF_ANOTHER_AGENCY.contains(capability));
        self
    }

    /// The agency whose world they are shown; `None` for the station's own, which is shown all.
    pub fn other_agency(&self) -> Option<&str> {
        if self.is_own { None } else { self.agency() }
    }

    pub fn may(&self, capability: Capability) -> bool {
        self.may.contains(&capability)
    }

    pub fn capabilities(&self) -> impl Iterator<Item = Capability> + '_ {
        self.may.iter().copied()
    }

    /// Whether it is known who this is, or nobody is asked.
    pub fn is_known(&self) -> bool {
        self.who != Who::Anyone || !self.may.is_empty()
    }

    /// Whether a route with this need may be used.
    pub fn meets(&self, need: Need) -> bool {
        match need {
            Need::Nothing => true,
            Need::SignedIn => self.is_known(),
            Need::Of(capability) => self.may(capability),
            Need::OneOf(capabilities) => capabilities.iter().any(|one| self.may(*one)),
        }
    }

    pub(crate) fn session(&self) -> Option<SessionKey> {
        self.session
    }

    /// Waits until whoever this is is no longer signed in; for ever where nothing ends it.
    pub async fn lapsed(&self) {
        match &self.lapse {
            Some(lapse) => lapse.clone().wait().await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monitor_changes_nothing_and_reads_verifies_and_exports_all() {
        use Capability::{Audit, ExportFreely, See, Verify};

        let monitor = may(Role::Monitor);
        for needed in [See, Verify, ExportFreely, Audit] {
            assert!(monitor.contains(&needed), "{needed:?}");
        }
        for changes in [
            Capability::Act,
            Capability::Command,
            Capability::Feed,
            Capability::Erase,
            Capability::Give,
            Capability::Administer,
        ] {
            assert!(!monitor.contains(&changes), "{changes:?}");
        }
    }

    #[test]
    fn whoever_says_who_may_do_what_sees_nothing_of_the_line() {
        let may = may(Role::Administrator);

        assert!(!may.contains(&Capability::See) && may.contains(&Capability::Administer));
    }

    #[test]
    fn a_stranger_may_nothing_and_a_reading_machine_only_reads() {
        let stranger = Viewer::stranger();
        assert!(!stranger.meets(Need::SignedIn) && stranger.meets(Need::Nothing));
        assert!(Capability::ALL.into_iter().all(|one| !stranger.meets(Need::Of(one))));
        let machine = Viewer::of_scope(Scope::Read);
        assert!(!machine.contains(&Capability::Act) && !machine.contains(&Capability::Feed));
        assert_eq!(Viewer::of_scope(Scope::Feed), [Capability::Feed].into());
    }

    #[test]
    fn whoever_is_of_another_agency_may_be_shown_things_and_nothing_else() {
        let name = PersonId("Noor".into());
        let roles = Role::ALL.into();
        let standing = Standing { name, agency: "navy".into(), roles };
        let all = Capability::ALL.into_iter();
        let may = all.filter(|c| c.roles().iter().any(|role| standing.roles.contains(role)));
        let who = Who::Person(standing.clone());
        let viewer = Viewer::of(who, may.collect());
        let all = Capability::ALL.len();
        assert_eq!((viewer.capabilities().count(), viewer.other_agency()), (all, None));

        let other = viewer.of_another_agency();

        assert_eq!(other.other_agency(), Some("navy"));
        assert_eq!(other.capabilities().collect::<Vec<_>>(), OF_ANOTHER_AGENCY);
    }

    fn may(role: Role) -> BTreeSet<Capability> {
        Capability::ALL.into_iter().filter(|c| c.roles().contains(&role)).collect()
    }
}
