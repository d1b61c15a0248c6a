//! Who is signed in. Sessions are held in memory alone: a station that starts again asks everybody anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::watch::audit::SignedOutBy;
use ::watch::journal::PersonId;
use tokio::sync::watch;
use tokio::time::Instant;

use super::machines::MachineKey;
use super::people::People;
use super::secrets::{Hashed, draw_token};
use crate::limits::{SESSION_AGE_MAX, SESSION_IDLE_MAX, SESSIONS_MAX, SESSIONS_OF_PERSON_MAX};

/// The hash of a session's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey(Hashed);

/// All sessions, by the hashes of their tokens.
#[derive(Debug, Default)]
pub(super) struct Sessions(BTreeMap<SessionKey, Session>);

#[derive(Debug)]
struct Session {
    name: PersonId,
    /// What requests that change something must carry besides the cookie.
    proof: String,
    began: Instant,
    used: Instant,
    /// Becomes true when it is over.
    over: watch::Sender<bool>,
}

/// What a browser is given.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) token: String,
    pub(super) proof: String,
}

/// A session that a token belongs to.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) key: SessionKey,
    pub(super) name: PersonId,
    pub(super) lapse: Lapse,
}

/// Waits until somebody is not let in any more.
#[derive(Debug, Clone)]
pub(super) enum Lapse {
    Session(watch::Receiver<bool>),
    Machine { people: watch::Receiver<Arc<People>>, key: MachineKey, left: Duration },
}

/// Sessions that ended, and why.
pub(super) type Ended = Vec<(PersonId, SignedOutBy)>;

impl Lapse {
    pub(super) async fn wait(self) {
        match self {
            // A session that is gone is over as well.
            Self::Session(mut over) => drop(over.wait_for(|is_over| *is_over).await),
            Self::Machine { mut people, key, left } => {
                let shut_out = people.wait_for(|people| people.machine(&key).is_none());
                tokio::select! {
                    shut_out = shut_out => drop(shut_out),
                    () = tokio::time::sleep(left) => {}
                }
            }
        }
    }
}

impl Sessions {
    /// Begins one, with a token that nobody knew before; those that are one too many end.
    pub(super) fn open(
        &mut self,
        name: &PersonId,
        now: Instant,
    ) -> Result<(Opened, Ended), getrandom::Error> {
        let opened = Opened { token: draw_token()?, proof: draw_token()? };
        let mut ended = Ended::new();
        if self.0.values().filter(|one| one.name == *name).count() >= SESSIONS_OF_PERSON_MAX {
            ended.extend(self.end_longest_unused(|one| one.name == *name));
        }
        if self.0.len() >= SESSIONS_MAX {
            ended.extend(self.end_longest_unused(|_| true));
        }
        let (over, _) = watch::channel(false);
        let proof = opened.proof.clone();
        let session = Session { name: name.clone(), proof, began: now, used: now, over };
        self.0.insert(SessionKey(Hashed::of(&opened.token)), session);
        Ok((opened, ended))
    }

    /// The session of a token, which counts as used.
    pub(super) fn find(&mut self, token: &str, now: Instant) -> Option<Found> {
        let key = SessionKey(Hashed::of(token));
        let session = self.0.get_mut(&key).filter(|session| session.lapsed(now).is_none())?;
        session.used = now;
        let lapse = Lapse::Session(session.over.subscribe());
        Some(Found { key, name: session.name.clone(), lapse })
    }

    /// What requests of this session must carry.
    pub(super) fn proof(&self, key: SessionKey) -> Option<&str> {
        self.0.get(&key).map(|session| session.proof.as_str())
    }

    pub(super) fn end(&mut self, key: SessionKey) -> Option<PersonId> {
        self.0.remove(&key).map(Session::end)
    }

    /// Ends all sessions of a person but one.
    pub(super) fn end_of(&mut self, name: &PersonId, but: Option<SessionKey>) -> Ended {
        let meant = |key: &SessionKey, one: &Session| one.name == *name && Some(*key) != but;
        let ended = self.0.extract_if(.., |key, one| meant(key, one));
        ended.map(|(_, session)| (session.end(), SignedOutBy::Change)).collect()
    }

    /// Ends what was idle for too long or is too old. While an answer or a stream is open, its session is not idle.
    pub(super) fn expire(&mut self, now: Instant) -> Ended {
        for session in self.0.values_mut() {
            if session.over.receiver_count() > 0 {
                session.used = now;
            }
        }
        let over = self.0.extract_if(.., |_, session| session.lapsed(now).is_some());
        over.map(|(_, session)| {
            let why = session.lapsed(now).unwrap_or(SignedOutBy::Age);
            (session.end(), why)
        })
        .collect()
    }

    fn end_longest_unused(
        &mut self,
        is_meant: impl Fn(&Session) -> bool,
    ) -> Option<(PersonId, SignedOutBy)> {
        let meant = self.0.iter().filter(|(_, one)| is_meant(one));
        let key = *meant.min_by_key(|(_, one)| one.used)?.0;
        self.end(key).map(|name| (name, SignedOutBy::Number))
    }
}

impl Session {
    fn lapsed(&self, now: Instant) -> Option<SignedOutBy> {
        if now.saturating_duration_since(self.began) >= SESSION_AGE_MAX {
            Some(SignedOutBy::Age)
        } else if now.saturating_duration_since(self.used) >= SESSION_IDLE_MAX {
            Some(SignedOutBy::Idleness)
        } else {
            None
        }
    }

    fn end(self) -> PersonId {
        self.over.send_replace(true);
        self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str) -> PersonId {
        PersonId(name.to_owned())
    }

    #[test]
    fn a_session_ends_when_it_is_idle_or_old_and_its_streams_are_told() {
        let (mut sessions, start) = (Sessions::default(), Instant::now());
        let (one, _) = sessions.open(&who("amal"), start).unwrap();
        let (other, _) = sessions.open(&who("amal"), start).unwrap();
        assert_ne!(one.token, other.token);
        let watching = sessions.find(&other.token, start).unwrap().lapse;

        let later = start + SESSION_IDLE_MAX;
        assert_eq!(sessions.expire(later), [(who("amal"), SignedOutBy::Idleness)]);
        assert!(sessions.find(&one.token, later).is_none());
        assert!(sessions.find(&other.token, later).is_some(), "its stream is open");
        let Lapse::Session(over) = &watching else { panic!("a session's") };
        assert!(!*over.borrow());

        let old = start + SESSION_AGE_MAX;
        assert_eq!(sessions.expire(old), [(who("amal"), SignedOutBy::Age)]);
        assert!(*over.borrow(), "however busy it is");
    }

    #[test]
    fn a_token_that_nobody_gave_out_opens_nothing_even_if_somebody_signs_in_later() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let planted = draw_token().unwrap();
        assert!(sessions.find(&planted, now).is_none());

        let (opened, _) = sessions.open(&who("amal"), now).unwrap();

        assert_ne!(opened.token, planted);
        assert!(sessions.find(&planted, now).is_none());
    }

    #[test]
    fn of_too_many_sessions_the_one_that_was_unused_for_longest_ends() {
        let (mut sessions, start) = (Sessions::default(), Instant::now());
        let (first, _) = sessions.open(&who("amal"), start).unwrap();
        let mut ended = Ended::new();
        for number in 1..=SESSIONS_OF_PERSON_MAX as u64 {
            let at = start + Duration::from_secs(number);
            ended.extend(sessions.open(&who("amal"), at).unwrap().1);
        }

        assert_eq!(ended, [(who("amal"), SignedOutBy::Number)]);
        assert!(sessions.find(&first.token, start).is_none());
        assert_eq!(sessions.end_of(&who("amal"), None).len(), SESSIONS_OF_PERSON_MAX);
    }
}
