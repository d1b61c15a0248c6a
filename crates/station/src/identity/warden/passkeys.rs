//! Passkeys: made by whoever is signed in and says their password again, shown to sign in, and removed.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use webauthn_rp::Registration;

use super::entry::of_password;
use super::{Fault, From, Warden, somebody};
use crate::identity::Entered;
use crate::identity::ceremonies::Ceremonies;
use crate::identity::passkeys::{Passkeys, Shown, Site, wrong};
use crate::identity::people::{Refused, check_room};
use crate::identity::secrets::Hashed;
use crate::identity::tries::By;
use crate::identity::viewer::Viewer;

impl Warden {
    /// Begins to make a passkey for somebody who says their password: what their browser is to do.
    pub async fn offer_passkey(
        self: &Arc<Self>,
        viewer: &Viewer,
        password: String,
        site: &Site,
    ) -> Result<serde_json::Value, Fault> {
        self.check_on()?;
        let name = somebody(viewer)?.clone();
        let by = [By::name(&name.0)];
        self.begin_try(&by)?;
        let person = self.people().active(&name).cloned();
        let known = person.as_ref().map(|person| person.password.clone());
        if !self.hasher.verify(password, known).await.map_err(of_password)? {
            self.failed();
            return Err(Fault::NotKnown);
        }
        self.tries().succeeded(&by);
        let theirs = person.and_then(|person| person.passkeys).unwrap_or_else(Passkeys::draw);
        check_room(&theirs)?;
        let (making, told) = site.offer(&name.0, &theirs)?;
        self.ceremonies().make(name, (making, theirs), Instant::now());
        Ok(told)
    }

    /// Lists the passkey that somebody's browser made.
    pub async fn add_passkey(
        self: &Arc<Self>,
        viewer: &Viewer,
        (called, answer): (String, &str),
        site: &Site,
    ) -> Result<(), Fault> {
        let name = somebody(viewer)?.clone();
        let answer = Registration::from_json_relaxed(answer.as_bytes()).map_err(|e| wrong(&e))?;
        let begun = self.ceremonies().made(&name);
        let (making, theirs) = begun.ok_or_else(|| {
            let problem = "nothing was begun, or too long ago".to_owned();
            Refused::new("passkey-wrong", "credential", problem)
        })?;
        let made = site.made(making, (called, &answer), self.now())?;
        let by = (Some(name.clone()), viewer.session());
        self.change(by, move |people, _| Ok(((), vec![people.add_passkey(&name, theirs, made)?])))
            .await
    }

    /// Removes one of somebody's own; their other sessions end.
    pub async fn remove_passkey(
        self: &Arc<Self>,
        viewer: &Viewer,
        id: String,
    ) -> Result<(), Fault> {
        let name = somebody(viewer)?.clone();
        let by = (Some(name.clone()), viewer.session());
        self.change(by, move |people, _| Ok(((), vec![people.remove_passkey(&name, &id)?]))).await
    }

    /// Asks whoever comes for a passkey: what their browser is to do.
    pub fn ask_for_passkey(&self, from: From<'_>, site: &Site) -> Result<serde_json::Value, Fault> {
        self.check_on()?;
        let (asking, told) = site.ask()?;
        let is_kept = self.ceremonies().ask(By::address(from.address), asking, Instant::now());
        if is_kept { Ok(told) } else { Err(Fault::Crowded) }
    }

    /// Signs in whoever shows a passkey. Whatever is wrong with it is answered alike.
    pub async fn enter_by_passkey(
        self: &Arc<Self>,
        answer: &str,
        from: From<'_>,
        site: &Site,
    ) -> Result<Entered, Fault> {
        self.check_on()?;
        let shown = Shown::from_json_relaxed(answer.as_bytes()).map_err(|error| wrong(&error))?;
        let challenge = shown.challenge_relaxed().map_err(|error| wrong(&error))?;
        let people = self.people();
        let found = people.by_passkey(&shown);
        let browser = from.browser.map(Hashed::of).filter(|browser| {
            found.is_some_and(|(one, _)| one.browsers.iter().any(|known| known.is(browser)))
        });
        let by = browser.map_or(By::address(from.address), By::Browser);
        self.begin_try(&[by])?;
        let asking = self.ceremonies().asked(challenge);
        let (Some(asking), Some((person, was))) = (asking, found) else {
            self.failed();
            return Err(Fault::NotKnown);
        };
        let name = person.standing.name.clone();
        let is = match site.verify(asking, &shown, was) {
            Ok(is) => is,
            Err(fault) => {
                tracing::warn!("identity: a passkey of {} is refused: {fault}", name.0);
                self.failed();
                return Err(Fault::NotKnown);
            }
        };
        self.tries().succeeded(&[by]);
        let (who, was) = (name.clone(), was.clone());
        self.change((Some(name.clone()), None), move |people, _| {
            Ok(((), vec![people.use_passkey(&who, (&was, is))?]))
        })
        .await?;
        self.begin_session(&name, browser).await
    }

    fn ceremonies(&self) -> MutexGuard<'_, Ceremonies> {
        self.ceremonies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
