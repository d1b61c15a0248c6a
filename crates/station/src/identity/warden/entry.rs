//! How people come in and go out: by name and password, by a code that is told once, and by leaving.

use std::sync::Arc;

use ::watch::audit::{Audit, Audited};
use ::watch::journal::{Input, PersonId};
use tokio::time::Instant;

use super::{Fault, From, Warden, somebody};
use crate::identity::SignIn;
use crate::identity::password::{self, PasswordError};
use crate::identity::people::{Promise, Refused, not_invited};
use crate::identity::secrets::{Hashed, draw_token};
use crate::identity::sessions::Opened;
use crate::identity::tries::By;
use crate::identity::viewer::Viewer;

/// Somebody who has come in, and what their browser is to keep.
#[derive(Debug)]
pub struct Entered {
    pub viewer: Viewer,
    /// The session's token.
    pub token: String,
    /// By which this browser is known again; where it is known already, nothing.
    pub browser: Option<String>,
}

/// Who comes with a code.
#[derive(Debug, Clone)]
pub struct Enrolment {
    pub code: String,
    pub password: String,
    /// Whom the first administrator says to be: name and agency.
    pub as_whom: Option<(String, String)>,
}

impl Warden {
    /// Signs somebody in. Who is not listed and whose password is wrong are answered alike, and as late.
    pub async fn enter(
        self: &Arc<Self>,
        (name, password): (&str, String),
        from: From<'_>,
    ) -> Result<Entered, Fault> {
        self.check_on()?;
        let people = self.people();
        let person = people.active_as_typed(name);
        let browser = from.browser.map(Hashed::of).filter(|browser| {
            person.is_some_and(|one| one.browsers.iter().any(|known| known.is(browser)))
        });
        let by = match browser {
            Some(browser) => vec![By::Browser(browser)],
            None => vec![By::name(name), By::address(from.address)],
        };
        self.begin_try(&by)?;
        let known = person.map(|person| person.password.clone());
        let is_right = self.hasher.verify(password, known).await.map_err(of_password)?;
        let Some(person) = person.filter(|_| is_right) else {
            self.failed();
            return Err(Fault::NotKnown);
        };
        self.tries().succeeded(&by);
        self.let_in(&person.standing.name, browser).await
    }

    /// Lets somebody choose a password by a code, and signs them in.
    pub async fn enrol(
        self: &Arc<Self>,
        came: Enrolment,
        from: From<'_>,
    ) -> Result<Entered, Fault> {
        self.check_on()?;
        let by = [By::address(from.address)];
        self.begin_try(&by)?;
        let people = self.people();
        let Some(invitation) = people.invited(&came.code, self.now()) else {
            self.failed();
            return Err(not_invited().into());
        };
        self.tries().succeeded(&by);
        let name = match (&invitation.promise, &came.as_whom) {
            (Promise::Person(standing), _) => &standing.name.0,
            (Promise::Password(name), _) => &name.0,
            (Promise::First, Some((name, _))) => name,
            (Promise::First, None) => "",
        };
        if let (Promise::First, Some((_, agency)), Some(own)) =
            (&invitation.promise, &came.as_whom, &self.agency)
            && agency != own
        {
            // Somebody of another agency could let nobody in.
            let problem = format!("must be the station's own, {own}, got {agency}");
            return Err(Refused::new("agency-wrong", "agency", problem).into());
        }
        password::check(&came.password, name).map_err(of_password)?;
        let hash = self.hasher.hash(came.password).await.map_err(of_password)?;
        let (code, as_whom) = (came.code, came.as_whom);
        let as_whom = as_whom.map(|(name, agency)| (PersonId(name), agency));
        let enrolled = self.change((None, None), move |people, now| {
            let (name, told) = people.enrol(&code, as_whom, hash, now)?;
            Ok((name, vec![told]))
        });
        let name = enrolled.await?;
        self.let_in(&name, None).await
    }

    /// Somebody's own wish for another password; their other sessions end.
    pub async fn change_password(
        self: &Arc<Self>,
        viewer: &Viewer,
        (old, new): (String, String),
    ) -> Result<(), Fault> {
        let name = somebody(viewer)?.clone();
        let by = [By::name(&name.0)];
        self.begin_try(&by)?;
        let known = self.people().active(&name).map(|person| person.password.clone());
        if !self.hasher.verify(old, known).await.map_err(of_password)? {
            self.failed();
            return Err(Fault::NotKnown);
        }
        self.tries().succeeded(&by);
        password::check(&new, &name.0).map_err(of_password)?;
        let hash = self.hasher.hash(new).await.map_err(of_password)?;
        let by = (Some(name.clone()), viewer.session());
        self.change(by, move |people, _| {
            let told = people.change_password(&name, hash)?;
            Ok(((), vec![told]))
        })
        .await
    }

    /// Signs somebody out: their session is over before this returns.
    pub fn leave(&self, viewer: &Viewer) {
        let left = viewer.session().and_then(|key| self.sessions().end(key));
        let by = ::watch::audit::SignedOutBy::Person;
        self.to_write(|unwritten| unwritten.ended.extend(left.map(|name| (name, by))));
    }

    /// Begins a session, once the record knows of it; in a browser that is known, or will be from now on.
    async fn let_in(
        self: &Arc<Self>,
        name: &PersonId,
        known: Option<Hashed>,
    ) -> Result<Entered, Fault> {
        let who = Some(name.clone());
        let signed_in = Audit { by: who, what: Audited::SignedIn };
        self.handle.submit(vec![Input::Audited(signed_in)]).await?;
        self.begin_session(name, known).await
    }

    /// Begins a session of somebody of whom the record knows that they signed in.
    pub(super) async fn begin_session(
        self: &Arc<Self>,
        name: &PersonId,
        known: Option<Hashed>,
    ) -> Result<Entered, Fault> {
        let browser = if known.is_some() { None } else { Some(draw_token()?) };
        if let Some(token) = &browser {
            let (name, browser) = (name.clone(), Hashed::of(token));
            let know = move |people: &mut super::People, _| {
                people.know_browser(&name, browser)?;
                Ok(((), Vec::new()))
            };
            self.change((None, None), know).await?;
        }
        let (Opened { token, .. }, ended) = self.sessions().open(name, Instant::now())?;
        self.to_write(|unwritten| unwritten.ended.extend(ended));
        // Somebody who was revoked just now is a stranger.
        let viewer = self.by_cookie(&token);
        if viewer.name() == Some(name) {
            Ok(Entered { viewer, token, browser })
        } else {
            Err(Fault::NotKnown)
        }
    }

    pub(super) fn begin_try(&self, by: &[By]) -> Result<(), Fault> {
        self.tries().begin(by, Instant::now()).map_err(|pause| {
            let whole = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
            Fault::Wait(whole)
        })
    }

    pub(super) fn failed(&self) {
        self.to_write(|unwritten| unwritten.failed = unwritten.failed.saturating_add(1));
    }

    pub(super) fn check_on(&self) -> Result<(), Fault> {
        match self.sign_in {
            SignIn::Required => Ok(()),
            SignIn::Off => Err(Fault::Off),
        }
    }
}

pub(super) fn of_password(source: PasswordError) -> Fault {
    Fault::Password { field: "password", source }
}
