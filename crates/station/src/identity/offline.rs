//! The same list, changed at the command line while its station does not run. Whoever holds the machine answers for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use watch::audit::{Audited, Role, Standing};
use watch::journal::PersonId;

use super::machines::{LetIn, Machine, Wanted};
use super::people::{People, Refused};
use super::warden::{Code, Fault};
use crate::limits::UNTOLD_MAX;
use crate::pki::draw_token as draw_code;
use crate::record::{DataLock, RecordError};

/// A data directory that no station has in use.
#[derive(Debug)]
pub struct Offline {
    data: PathBuf,
    _lock: DataLock,
}

impl Offline {
    pub fn take(data: &Path) -> Result<Self, RecordError> {
        Ok(Self { data: data.to_owned(), _lock: DataLock::take(data)? })
    }

    pub fn invite(&self, standing: Standing, hours: u16) -> Result<Code, Fault> {
        let code = draw_code()?;
        let until = self.change(|people, now| {
            let invited = people.invite((None, standing, ""), (&code, hours), now)?;
            Ok((invited.until, invited.told))
        })?;
        Ok(Code { code, until })
    }

    pub fn forget_password(&self, name: &PersonId, hours: u16) -> Result<Code, Fault> {
        let code = draw_code()?;
        let until = self.change(|people, now| {
            let invited = people.forget_password((None, name, ""), (&code, hours), now)?;
            Ok((invited.until, invited.told))
        })?;
        Ok(Code { code, until })
    }

    pub fn change_roles(&self, name: &PersonId, roles: BTreeSet<Role>) -> Result<(), Fault> {
        self.change(|people, now| {
            let (_, told) = people.change_roles((None, name, roles), "", now)?;
            Ok(((), vec![told]))
        })
    }

    pub fn revoke(&self, name: &PersonId) -> Result<(), Fault> {
        self.change(|people, now| match people.uninvite(name) {
            Some(told) => Ok(((), vec![told])),
            None => Ok(((), people.revoke(name, now)?)),
        })
    }

    pub fn let_machine_in(&self, wanted: Wanted) -> Result<LetIn, Fault> {
        let (machine, let_in) = Machine::draw(wanted, Timestamp::now())?;
        self.change(|people, now| Ok(((), vec![people.let_in(machine, now)?])))?;
        Ok(let_in)
    }

    pub fn shut_machine_out(&self, name: &str) -> Result<(), Fault> {
        self.change(|people, _| Ok(((), vec![people.shut_out(name)?])))
    }

    /// What the station writes into its record when it starts again.
    fn change<T>(
        &self,
        change: impl FnOnce(&mut People, Timestamp) -> Result<(T, Vec<Audited>), Refused>,
    ) -> Result<T, Fault> {
        let mut people = People::read(&self.data)?;
        let (done, told) = change(&mut people, Timestamp::now())?;
        people.untold.extend(told);
        // Who stands in the list is written down at the next start in any case.
        let surplus = people.untold.len().saturating_sub(UNTOLD_MAX);
        people.untold.drain(..surplus);
        people.write(&self.data)?;
        Ok(done)
    }
}
