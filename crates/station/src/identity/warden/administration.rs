//! What administrators do: invite, change and revoke people, let machines in; and what a second person agrees to.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::watch::audit::{GraveAct, Protection, ReleasePolicy, Role, Standing};
use ::watch::journal::PersonId;
use ::watch::subject::Subject;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Fault, Warden, draw_code, somebody};
use crate::identity::grave::{Grave, seconded_by};
use crate::identity::people::{People, Refused};
use crate::identity::viewer::{Capability, Viewer, Who};
use crate::limits::INVITATION_HOURS_DEFAULT;
use crate::runtime::WantedErasure;

/// A code that is told once, and until when it is good.
#[derive(Debug, Clone)]
pub struct Code {
    pub code: String,
    pub until: Timestamp,
}

/// What was asked for, and whether a second person must agree to it.
#[derive(Debug)]
pub struct Proposed {
    /// The number of what waits for a second person; nothing where it was done.
    pub waits_for: Option<u64>,
    /// To be handed to whom it is about; good once it waits for nobody.
    pub code: Option<Code>,
}

impl Warden {
    /// Invites somebody.
    pub async fn invite(
        self: &Arc<Self>,
        viewer: &Viewer,
        standing: Standing,
        reason: String,
    ) -> Result<Proposed, Fault> {
        let by = self.acting(viewer)?;
        let code = draw_code()?;
        let (inviter, drawn) = (by.clone(), code.clone());
        let invited = self.change((Some(by), None), move |people, now| {
            let told = (drawn.as_str(), INVITATION_HOURS_DEFAULT);
            let invited = people.invite((Some(&inviter), standing, &reason), told, now)?;
            Ok(((invited.waits_for, invited.until), invited.told))
        });
        let (waits_for, until) = invited.await?;
        Ok(Proposed { waits_for, code: Some(Code { code, until }) })
    }

    /// Lets somebody choose another password.
    pub async fn forget_password(
        self: &Arc<Self>,
        viewer: &Viewer,
        name: PersonId,
        reason: String,
    ) -> Result<Proposed, Fault> {
        let by = self.acting(viewer)?;
        let code = draw_code()?;
        let (asker, drawn) = (by.clone(), code.clone());
        let invited = self.change((Some(by), None), move |people, now| {
            let told = (drawn.as_str(), INVITATION_HOURS_DEFAULT);
            let invited = people.forget_password((Some(&asker), &name, &reason), told, now)?;
            Ok(((invited.waits_for, invited.until), invited.told))
        });
        let (waits_for, until) = invited.await?;
        Ok(Proposed { waits_for, code: Some(Code { code, until }) })
    }

    /// Gives somebody other roles.
    pub async fn change_roles(
        self: &Arc<Self>,
        viewer: &Viewer,
        (name, roles): (PersonId, BTreeSet<Role>),
        reason: String,
    ) -> Result<Proposed, Fault> {
        let by = self.acting(viewer)?;
        let asker = by.clone();
        let changed = self.change((Some(by), None), move |people, now| {
            let asked = (Some(&asker), &name, roles);
            let (waits_for, told) = people.change_roles(asked, &reason, now)?;
            Ok((waits_for, vec![told]))
        });
        Ok(Proposed { waits_for: changed.await?, code: None })
    }

    /// Proposes that somebody is nobody here any more; an invitation that nobody took up is taken back at once.
    pub async fn revoke(
        self: &Arc<Self>,
        viewer: &Viewer,
        name: PersonId,
        reason: String,
    ) -> Result<Proposed, Fault> {
        let by = self.acting(viewer)?;
        let asker = by.clone();
        let revoked = self.change((Some(by), None), move |people, now| {
            if people.active(&name).is_none()
                && let Some(told) = people.uninvite(&name)
            {
                return Ok((None, vec![told]));
            }
            people.check_revocable(&name)?;
            let (number, told) =
                people.propose((&asker, GraveAct::Revoke { name }, &reason), now)?;
            Ok((Some(number), vec![told]))
        });
        Ok(Proposed { waits_for: revoked.await?, code: None })
    }

    /// Asks for a file of what is about people.
    pub async fn propose_export(
        self: &Arc<Self>,
        viewer: &Viewer,
        (what, format): (String, String),
        reason: String,
    ) -> Result<Proposed, Fault> {
        let act = GraveAct::Export { what, format };
        self.propose(viewer, (None, act, reason), |_| Ok(())).await
    }

    /// Asks that all that is kept of somebody or something, or what of one day, is erased.
    pub async fn propose_erasure(
        self: &Arc<Self>,
        viewer: &Viewer,
        (subject, day): (Subject, Option<Date>),
        reason: String,
    ) -> Result<Proposed, Fault> {
        let act = GraveAct::Erase { class: subject.class, day };
        self.propose(viewer, (Some(subject), act, reason), |_| Ok(())).await
    }

    /// Asks that other agencies are given what a policy says, and no more what is in force.
    pub async fn propose_release(
        self: &Arc<Self>,
        viewer: &Viewer,
        policy: ReleasePolicy,
        reason: String,
    ) -> Result<Proposed, Fault> {
        let act = GraveAct::Release(policy.clone());
        self.propose(viewer, (None, act, reason), move |people| people.check_other(&policy)).await
    }

    /// Gives other agencies less at once, by a policy that gives nothing that the one before did not.
    pub async fn withhold(
        self: &Arc<Self>,
        viewer: &Viewer,
        (before, policy): (String, ReleasePolicy),
        reason: String,
    ) -> Result<Proposed, Fault> {
        let by = self.acting(viewer)?;
        let asker = by.clone();
        self.change((Some(by), None), move |people, now| {
            Ok(((), people.withhold((&asker, &before, policy), &reason, now)?))
        })
        .await?;
        Ok(Proposed { waits_for: None, code: None })
    }

    /// Asks that the record is protected by this, and no more by what is in force.
    pub async fn propose_protection(
        self: &Arc<Self>,
        viewer: &Viewer,
        wanted: Protection,
        reason: String,
    ) -> Result<Proposed, Fault> {
        let act = GraveAct::Protect(wanted.clone());
        let check = move |people: &People| people.check_protection(&wanted);
        self.propose(viewer, (None, act, reason), check).await
    }

    /// Asks a second person to agree to an act, where nothing speaks against it.
    async fn propose(
        self: &Arc<Self>,
        viewer: &Viewer,
        (about, act, reason): (Option<Subject>, GraveAct, String),
        check: impl FnOnce(&People) -> Result<(), Refused> + Send + 'static,
    ) -> Result<Proposed, Fault> {
        let by = self.acting(viewer)?;
        let asker = by.clone();
        let proposed = self.change((Some(by), None), move |people, now| {
            check(people)?;
            let (number, told) = people.propose_about(about, (&asker, act, &reason), now)?;
            Ok((number, vec![told]))
        });
        Ok(Proposed { waits_for: Some(proposed.await?), code: None })
    }

    /// Carries out what was agreed to be erased; what was begun is left to whoever began it.
    pub(super) fn carry_out_erasures(self: &Arc<Self>) {
        let people = self.people();
        for grave in people.agreed_erasures() {
            if self.carrying_out().insert(grave.number) {
                tokio::spawn(Arc::clone(self).carry_out(grave.clone()));
            }
        }
    }

    async fn carry_out(self: Arc<Self>, grave: Grave) {
        let (number, by) = (grave.number, grave.by.clone());
        if let Some(wanted) = WantedErasure::of(grave) {
            match self.handle.erase(wanted).await {
                Ok(keys) => {
                    let done = self.change((Some(by), None), move |people, _| {
                        Ok(((), vec![people.carried_out(number, keys)]))
                    });
                    if let Err(fault) = done.await {
                        tracing::warn!("identity: erasure {number}: {fault}");
                    }
                }
                // Tried again at the next turn, or the next start.
                Err(fault) => tracing::warn!("identity: erasure {number}: {fault}"),
            }
        }
        self.carrying_out().remove(&number);
    }

    /// Makes use of a file that was agreed to. Whoever exports freely needs no leave, and where nobody signs in there is
    /// nobody to give it.
    pub async fn take_export(
        self: &Arc<Self>,
        viewer: &Viewer,
        (what, format): (String, String),
    ) -> Result<(), Fault> {
        if viewer.may(Capability::ExportFreely) {
            return Ok(());
        }
        let by = somebody(viewer)?.clone();
        let asker = by.clone();
        self.change((Some(by), None), move |people, now| {
            Ok(((), vec![people.take_export((&asker, &what, &format), now)?]))
        })
        .await
    }

    /// Makes use, as often as it takes until its time is up, of what was agreed to and is fetched in parts.
    pub fn hold_export(&self, viewer: &Viewer, (what, format): (&str, &str)) -> Result<(), Fault> {
        if viewer.may(Capability::ExportFreely) {
            return Ok(());
        }
        let by = somebody(viewer)?;
        self.people().agreed_export((by, what, format), self.now())?;
        Ok(())
    }

    /// A second person agrees.
    pub async fn confirm(self: &Arc<Self>, viewer: &Viewer, number: u64) -> Result<(), Fault> {
        self.check_on()?;
        let by = self.second(viewer, number)?;
        let who = Some(by.name.clone());
        self.change((who, None), move |people, now| Ok(((), people.confirm(number, &by, now)?)))
            .await?;
        self.carry_out_erasures();
        Ok(())
    }

    /// A second person does not agree, or the first takes it back.
    pub async fn decline(self: &Arc<Self>, viewer: &Viewer, number: u64) -> Result<(), Fault> {
        self.check_on()?;
        let by = somebody(viewer)?.clone();
        let is_own = self.people().waiting(number, self.now())?.by == by;
        if !is_own {
            self.second(viewer, number)?;
        }
        self.change((Some(by), None), move |people, now| {
            Ok(((), vec![people.decline(number, now)?]))
        })
        .await
    }

    /// Somebody whose word counts for this act.
    fn second(&self, viewer: &Viewer, number: u64) -> Result<Standing, Fault> {
        let people = self.people();
        let needed = seconded_by(&people.waiting(number, self.now())?.act);
        match viewer.who() {
            Who::Person(standing) if viewer.may(needed) => Ok(standing.clone()),
            Who::Person(_) | Who::Machine { .. } | Who::Anyone => {
                let problem = format!("agreeing to this needs `{}`", needed.name());
                Err(Refused::new("not-allowed", "number", problem).into())
            }
        }
    }

    pub(super) fn acting(&self, viewer: &Viewer) -> Result<PersonId, Fault> {
        self.check_on()?;
        Ok(somebody(viewer)?.clone())
    }
}
