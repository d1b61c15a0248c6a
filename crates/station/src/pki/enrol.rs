//! Taking up an invitation: one certificate for one token, as the invitation says it.

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;

use super::{Authority, Identity, Invitations, PkiError, PublicKey, Register, Terms, files};

/// What a phone sends to get its certificate.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment<'a> {
    /// The invitation's.
    pub name: &'a str,
    pub token: &'a str,
    /// The uid that the phone gives itself.
    pub device: &'a str,
    /// PKCS #10 in PEM or base64.
    pub request: &'a [u8],
}

/// What it gets.
#[derive(Debug)]
pub struct Enrolled {
    pub certificate: CertificateDer<'static>,
    pub identity: Identity,
}

impl Authority {
    /// Issues what an invitation promises, once. `unit_of` says whose device a uid is known to be already.
    ///
    /// A request that is faulty leaves the invitation open: whoever sent it knew the token.
    pub fn enrol(
        &self,
        came: Enrolment<'_>,
        unit_of: impl Fn(&str) -> Option<String>,
        now: Timestamp,
    ) -> Result<Enrolled, PkiError> {
        let lock = files::Lock::take(self.data())?;
        let invitations = Invitations::read(self.data())?;
        let invited = invitations.open(came.name, came.token, now).ok_or(PkiError::NotInvited)?;
        let key = PublicKey::of_text(came.request)?;
        let identity =
            Identity::phone(invited.uid.as_deref().unwrap_or(came.device), &invited.unit)?;
        if invited.uid.is_none() {
            self.refuse_taken(&identity, unit_of, now)?;
        }
        let by = format!("invitation {}", invited.name);
        let terms = Terms { now, days: invited.days, by: &by };
        let take_up = |used_at| {
            Invitations::change(&lock, self.data(), |listed| {
                let invited = listed
                    .invitations
                    .iter_mut()
                    .find(|listed| listed.is_same(invited))
                    .ok_or(PkiError::NotInvited)?;
                invited.used_at = used_at;
                Ok(())
            })
        };
        // First of all, so that nothing that happens now makes two certificates of one token.
        take_up(Some(now))?;
        match self.certify_under(&lock, &identity, &key.0, terms) {
            Ok(certificate) => Ok(Enrolled { certificate, identity }),
            Err(fault) => {
                take_up(None)?;
                Err(fault)
            }
        }
    }

    /// A uid that the phone gives itself must not be another unit's.
    fn refuse_taken(
        &self,
        identity: &Identity,
        unit_of: impl Fn(&str) -> Option<String>,
        now: Timestamp,
    ) -> Result<(), PkiError> {
        let Identity::Phone { uid, unit } = identity else { return Ok(()) };
        let register = Register::read(self.data())?;
        let stands = |listed: &&super::Certificate| {
            listed.revoked_at.is_none() && listed.not_after > now && listed.identity.name() == uid
        };
        let issued = register.certificates.iter().filter(stands).any(|c| c.identity != *identity);
        if issued || unit_of(uid).is_some_and(|known| known != *unit) {
            let problem = "is the uid of a phone of another unit".to_owned();
            return Err(PkiError::Field { field: "clientUid", problem, value: uid.clone() });
        }
        Ok(())
    }
}
