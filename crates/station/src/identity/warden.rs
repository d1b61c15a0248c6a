//! The one who lets people and machines in, and changes the list of them. What changes is in the record before it holds.

mod administration;
mod entry;
mod looking;
mod machines;
mod passkeys;

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::watch::audit::{Audit, Audited, Protection, ReleasePolicy};
use ::watch::journal::{Input, PersonId};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::SignIn;
use super::ceremonies::Ceremonies;
use super::certifier::Certifier;
use super::consultations::Consultations;
use super::password::{Hasher, PasswordError};
use super::people::{People, Refused};
use super::secrets::{Hashed, draw_token};
use super::sessions::{Ended, SessionKey, Sessions};
use super::tries::Tries;
use super::viewer::{Viewer, Who};
use crate::limits::{IDENTITY_TURN, UNWRITTEN_MAX};
use crate::pki::{PkiError, SecretFile, draw_token as draw_code};
use crate::runtime::{Handle, SubmitError};

pub use self::administration::{Code, Proposed};
pub use self::entry::{Enrolment, Entered};
pub(crate) use self::looking::Look;

/// The file by which programs on the station's own machine may ask it how it is.
const OWN_TOKEN: &str = "own-token.json";

/// Keeps the list of people and who is signed in.
#[derive(Debug)]
pub struct Warden {
    sign_in: SignIn,
    /// The station's own agency, where its configuration says which.
    agency: Option<String>,
    data: PathBuf,
    handle: Handle,
    /// Who issues certificates to machines, where the page speaks TLS.
    certifier: Option<Certifier>,
    people: watch::Sender<Arc<People>>,
    /// Held while the list changes, so that one change follows the other.
    changing: tokio::sync::Mutex<()>,
    sessions: Mutex<Sessions>,
    tries: Mutex<Tries>,
    ceremonies: Mutex<Ceremonies>,
    hasher: Hasher,
    own: Hashed,
    unwritten: Mutex<Unwritten>,
    consultations: Mutex<Consultations>,
    /// Numbers of erasures that are being carried out.
    erasing: Mutex<BTreeSet<u64>>,
}

/// What the record is yet to be told.
#[derive(Debug, Default)]
struct Unwritten {
    failed: u32,
    ended: Ended,
    /// Who looked at what, the longest ago first.
    consulted: VecDeque<Audit>,
}

/// What settings and keys say at a start that takes two people to change.
#[derive(Debug, Clone, Default)]
pub struct AtStart {
    /// What other agencies are given.
    pub policy: Option<ReleasePolicy>,
    pub protection: Protection,
}

/// Where a request comes from, as far as that counts.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    pub address: IpAddr,
    /// The token of a browser that was here before.
    pub browser: Option<&'a str>,
}

/// Why something is not done.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("{field} {source}")]
    Password { field: &'static str, source: PasswordError },
    #[error("name or password is wrong")]
    NotKnown,
    #[error("too many people sign in at once: try again")]
    Crowded,
    #[error("too many tries came to nothing: wait {0} s")]
    Wait(u64),
    #[error("somebody must be signed in for that")]
    NobodySignedIn,
    #[error("nobody is asked to sign in at this station (`[identity] sign_in = \"off\"`)")]
    Off,
    #[error(transparent)]
    NotRecorded(#[from] SubmitError),
    #[error(transparent)]
    NotKept(#[from] PkiError),
    #[error("cannot draw a random number: {0}")]
    Random(#[from] getrandom::Error),
    #[error("the station is stopping")]
    Stopping,
}

impl Warden {
    /// Takes the list of a data directory into use, and writes into the record who stands in it and by what other agencies are
    /// given anything. Gives a code where there is nobody yet who could let others in.
    pub async fn open(
        (sign_in, agency): (SignIn, Option<String>),
        (data, certifier, found): (PathBuf, Option<Certifier>, AtStart),
        handle: Handle,
    ) -> Result<(Arc<Self>, Option<Code>), Fault> {
        let password = |source| Fault::Password { field: "password", source };
        let people = match sign_in {
            SignIn::Required => People::read(&data)?,
            SignIn::Off => People::default(),
        };
        let token = draw_token()?;
        let warden = Arc::new(Self {
            sign_in,
            agency,
            handle,
            certifier,
            people: watch::channel(Arc::new(people)).0,
            changing: tokio::sync::Mutex::default(),
            sessions: Mutex::default(),
            tries: Mutex::default(),
            ceremonies: Mutex::default(),
            hasher: Hasher::new().map_err(password)?,
            own: Hashed::of(&token),
            unwritten: Mutex::default(),
            consultations: Mutex::default(),
            erasing: Mutex::default(),
            data,
        });
        if sign_in == SignIn::Off {
            return Ok((warden, None));
        }
        SecretFile::at(own_token_path(&warden.data)).write(&token)?;
        let code = warden.begin(found).await?;
        warden.strike_unknown().await?;
        tokio::spawn(keep(Arc::downgrade(&warden)));
        Ok((warden, code))
    }

    /// Tells the record what was done while the station did not run and who stands now.
    async fn begin(self: &Arc<Self>, found: AtStart) -> Result<Option<Code>, Fault> {
        let code = if self.people().has_administrator() { None } else { Some(draw_code()?) };
        let expected = code.clone();
        let until = self
            .change((None, None), move |people, now| {
                let mut told = std::mem::take(&mut people.untold);
                told.extend(people.lapse(now));
                if !people.people.is_empty() {
                    told.push(Audited::Found { people: people.standings() });
                }
                told.extend(people.settle_release(found.policy.as_ref(), now)?);
                told.extend(people.settle_protection(&found.protection, now)?);
                Ok((expected.map(|code| people.expect_first(&code, now)), told))
            })
            .await?;
        Ok(code.zip(until).map(|(code, until)| Code { code, until }))
    }

    pub fn sign_in(&self) -> SignIn {
        self.sign_in
    }

    /// Everybody as they are listed now.
    pub fn people(&self) -> Arc<People> {
        Arc::clone(&self.people.borrow())
    }

    /// Entries of the record that are durable.
    pub fn entries(&self) -> u64 {
        self.handle.witnessing().here()
    }

    /// Station time.
    pub fn now(&self) -> Timestamp {
        self.handle.now()
    }

    /// Who comes with a session's cookie; a stranger where it is none, or over.
    pub fn by_cookie(&self, token: &str) -> Viewer {
        if self.sign_in == SignIn::Off {
            return Viewer::unasked();
        }
        let found = self.sessions().find(token, Instant::now());
        let viewer = found.and_then(|found| {
            let people = self.people.borrow();
            let person = people.active(&found.name)?;
            let viewer = Viewer::person(person.standing.clone(), (found.key, found.lapse));
            Some(self.seen_from_here(viewer, &people))
        });
        viewer.unwrap_or_else(Viewer::stranger)
    }

    /// Whoever is of another agency than the station's may less. Where nothing says which that is, it is that of the
    /// first who came; before anybody did, nobody is of it.
    fn seen_from_here(&self, viewer: Viewer, people: &People) -> Viewer {
        let first = people.people.first().map(|person| person.standing.agency.as_str());
        let own = self.agency.as_deref().or(first);
        if own.is_some() && viewer.agency() == own { viewer } else { viewer.of_another_agency() }
    }

    /// Who comes without anything.
    pub fn by_nothing(&self) -> Viewer {
        match self.sign_in {
            SignIn::Off => Viewer::unasked(),
            SignIn::Required => Viewer::stranger(),
        }
    }

    /// What requests of a session must carry to change something.
    pub(crate) fn proof(&self, key: SessionKey) -> Option<String> {
        self.sessions().proof(key).map(str::to_owned)
    }

    /// Changes the list: in the record first, then in its file, then for everybody. Goes on to its end even if whoever
    /// asked goes away. On an error nothing has changed.
    async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        (by, but): (Option<PersonId>, Option<SessionKey>),
        change: impl FnOnce(&mut People, Timestamp) -> Result<(T, Vec<Audited>), Refused>
        + Send
        + 'static,
    ) -> Result<T, Fault> {
        let warden = Arc::clone(self);
        let work = async move {
            let _turn = warden.changing.lock().await;
            let before = warden.people();
            let mut after = People::clone(&before);
            let (done, told) = change(&mut after, warden.now())?;
            warden.record(by.clone(), told).await?;
            if after == *before {
                return Ok(done);
            }
            warden.keep_list(&after).await?;
            let after = Arc::new(after);
            warden.people.send_replace(Arc::clone(&after));
            warden.end_changed(&before, &after, but);
            warden.strike_gone(&before, &after).await;
            let recalled = warden.give(&before, &after).await?;
            if let Err(fault) = warden.record(by, recalled).await {
                tracing::error!("what other agencies are given no more: {fault}");
            }
            Ok(done)
        };
        tokio::spawn(work).await.unwrap_or(Err(Fault::Stopping))
    }

    async fn record(&self, by: Option<PersonId>, told: Vec<Audited>) -> Result<(), SubmitError> {
        if told.is_empty() {
            return Ok(());
        }
        let inputs = told.into_iter().map(|what| Input::Audited(Audit { by: by.clone(), what }));
        self.handle.submit(inputs.collect()).await.map(drop)
    }

    /// Makes the list durable; where that fails the record is told that what it was told of is not so.
    async fn keep_list(&self, people: &People) -> Result<(), Fault> {
        let (people, data) = (people.clone(), self.data.clone());
        let written = tokio::task::spawn_blocking(move || people.write(&data)).await;
        let written = written.map_err(|_stopped| Fault::Stopping)?;
        if let Err(fault) = written {
            let before = self.people();
            let mut told = vec![Audited::Found { people: before.standings() }];
            let in_force = before.in_force().map(|known| known.policy.sha256.clone());
            told.extend(in_force.map(|policy| Audited::Releasing { policy }));
            self.record(None, told).await?;
            return Err(fault.into());
        }
        Ok(())
    }

    /// Gives other agencies what was agreed to, where that is something else than before; from whom something is taken back.
    async fn give(&self, before: &People, after: &People) -> Result<Vec<Audited>, Fault> {
        let agreed = after.in_force().filter(|agreed| !agreed.by.is_empty());
        let known = before.in_force().map(|known| &known.policy);
        let Some(agreed) = agreed.filter(|agreed| known != Some(&agreed.policy)) else {
            return Ok(Vec::new());
        };
        let (policy, handle) = (agreed.policy.clone(), self.handle.clone());
        let given = tokio::task::spawn_blocking(move || handle.release(&policy)).await;
        let recalled = given.map_err(|_stopped| Fault::Stopping)?.into_iter();
        Ok(recalled.map(|agency| Audited::Recalled { agency }).collect())
    }

    /// Ends the sessions of everybody who is not who they were.
    fn end_changed(&self, before: &People, after: &People, but: Option<SessionKey>) {
        for person in &before.people {
            let same = after.active(&person.standing.name).is_some_and(|now| {
                now.standing == person.standing
                    && now.password == person.password
                    && now.has_all_of(person)
            });
            if !same && person.revoked_at.is_none() {
                let ended = self.sessions().end_of(&person.standing.name, but);
                self.to_write(|unwritten| unwritten.ended.extend(ended));
            }
        }
    }

    /// Tells the record what it does not know yet, before the station stops.
    pub(crate) async fn finish(self: &Arc<Self>) {
        if self.sign_in == SignIn::Required {
            self.end_looks();
            self.turn().await;
            while self.tell_looks().await {}
        }
    }

    /// Ends what is over by itself, and tells the record of it and of failures since the last turn.
    async fn turn(self: &Arc<Self>) {
        let ended = self.sessions().expire(Instant::now());
        self.to_write(|unwritten| unwritten.ended.extend(ended));
        let lapsed = self.people().graves.iter().any(|grave| grave.until <= self.now());
        if lapsed {
            let lapsed = self.change((None, None), |people, now| Ok(((), people.lapse(now)))).await;
            if let Err(fault) = lapsed {
                tracing::warn!("identity: {fault}");
            }
        }
        self.carry_out_erasures();
        self.take_up_disclosed().await;
        self.tell_looks().await;
        let (failed, ended) = {
            let mut unwritten = self.unwritten();
            (std::mem::take(&mut unwritten.failed), std::mem::take(&mut unwritten.ended))
        };
        let mut inputs: Vec<Input> = ended
            .iter()
            .map(|(name, why)| {
                let what = Audited::SignedOut { by: *why };
                Input::Audited(Audit { by: Some(name.clone()), what })
            })
            .collect();
        if failed > 0 {
            let what = Audited::SignInsFailed { count: failed };
            inputs.push(Input::Audited(Audit { by: None, what }));
        }
        if !inputs.is_empty() && self.handle.submit(inputs).await.is_err() {
            // Told again at the next turn.
            self.to_write(|unwritten| {
                unwritten.failed = unwritten.failed.saturating_add(failed);
                unwritten.ended.extend(ended);
            });
        }
    }

    fn to_write(&self, add: impl FnOnce(&mut Unwritten)) {
        let mut unwritten = self.unwritten();
        add(&mut unwritten);
        unwritten.ended.truncate(UNWRITTEN_MAX);
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carrying_out(&self) -> MutexGuard<'_, BTreeSet<u64>> {
        self.erasing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tries(&self) -> MutexGuard<'_, Tries> {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unwritten(&self) -> MutexGuard<'_, Unwritten> {
        self.unwritten.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes a turn now and then while the station runs.
async fn keep(warden: std::sync::Weak<Warden>) {
    let mut clock = tokio::time::interval(IDENTITY_TURN);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        let Some(warden) = warden.upgrade() else { return };
        warden.turn().await;
    }
}

/// The token of the station that runs on this data directory, for whoever may read its keys.
pub(crate) fn own_token(data: &std::path::Path) -> Option<String> {
    SecretFile::at(own_token_path(data)).read().ok().filter(|token: &String| !token.is_empty())
}

fn own_token_path(data: &std::path::Path) -> PathBuf {
    data.join("keys").join(OWN_TOKEN)
}

/// The person behind a viewer.
fn somebody(viewer: &Viewer) -> Result<&PersonId, Fault> {
    match viewer.who() {
        Who::Person(standing) => Ok(&standing.name),
        Who::Machine { .. } | Who::Anyone => Err(Fault::NobodySignedIn),
    }
}
