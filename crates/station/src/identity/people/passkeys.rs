//! Passkeys in the list of people.

use watch::audit::Audited;
use watch::journal::PersonId;

use super::{People, Person, Refused, check_words};
use crate::identity::passkeys::{Made, Passkey, Passkeys, Shown};
use crate::limits::PASSKEYS_OF_PERSON_MAX;

impl People {
    /// Whose passkey somebody shows.
    pub(in crate::identity) fn by_passkey(&self, shown: &Shown) -> Option<(&Person, &Passkey)> {
        self.people.iter().filter(|person| person.revoked_at.is_none()).find_map(|person| {
            let passkey = person.passkeys.as_ref()?.shown(shown)?;
            Some((person, passkey))
        })
    }

    /// Lists a passkey that somebody made; `known` is what was known of theirs when they began.
    pub(in crate::identity) fn add_passkey(
        &mut self,
        name: &PersonId,
        known: Passkeys,
        made: Made,
    ) -> Result<Audited, Refused> {
        let Made { passkey, public_key } = made;
        check_words("called", &passkey.called)?;
        let mut listed = self.people.iter().filter_map(|one| one.passkeys.as_ref());
        if listed.any(|theirs| theirs.keys.iter().any(|key| key.id == passkey.id)) {
            let problem = "is listed already".to_owned();
            return Err(Refused::new("passkey-known", "credential", problem));
        }
        let theirs = self.listed_mut(name)?.passkeys.get_or_insert(known);
        check_room(theirs)?;
        let (id, called) = (passkey.id.clone(), passkey.called.clone());
        theirs.keys.push(passkey);
        Ok(Audited::PasskeyAdded { id, public_key, called })
    }

    /// Somebody signed in by a passkey: it is as it is now, if it was as it was then.
    pub(in crate::identity) fn use_passkey(
        &mut self,
        name: &PersonId,
        (was, is): (&Passkey, Passkey),
    ) -> Result<Audited, Refused> {
        let theirs = self.listed_mut(name)?.passkeys.as_mut();
        let listed = theirs.and_then(|theirs| theirs.keys.iter_mut().find(|key| *key == was));
        let listed = listed.ok_or_else(|| unknown(&was.id))?;
        let id = is.id.clone();
        *listed = is;
        Ok(Audited::SignedInByPasskey { id })
    }

    pub(in crate::identity) fn remove_passkey(
        &mut self,
        name: &PersonId,
        id: &str,
    ) -> Result<Audited, Refused> {
        let theirs = self.listed_mut(name)?.passkeys.as_mut().ok_or_else(|| unknown(id))?;
        let before = theirs.keys.len();
        theirs.keys.retain(|key| key.id != id);
        if theirs.keys.len() == before {
            return Err(unknown(id));
        }
        Ok(Audited::PasskeyRemoved { id: id.to_owned() })
    }
}

impl Person {
    /// Their passkeys.
    pub fn passkeys(&self) -> &[Passkey] {
        self.passkeys.as_ref().map_or(&[], |theirs| &theirs.keys)
    }

    /// Whether all passkeys that they had are theirs still.
    pub(in crate::identity) fn has_all_of(&self, before: &Self) -> bool {
        let has = |key: &Passkey| self.passkeys().iter().any(|one| one.id == key.id);
        before.passkeys().iter().all(has)
    }
}

pub(in crate::identity) fn check_room(theirs: &Passkeys) -> Result<(), Refused> {
    if theirs.keys.len() < PASSKEYS_OF_PERSON_MAX {
        return Ok(());
    }
    let problem = format!("{PASSKEYS_OF_PERSON_MAX} are listed already: remove one first");
    Err(Refused::new("passkeys-full", "credential", problem))
}

fn unknown(id: &str) -> Refused {
    Refused::new("passkey-unknown", "id", format!("none of yours is {id:?}"))
}
