//! Machines: let in by administrators, known by a token or a certificate, and shut out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::{Fault, From, Warden};
use crate::identity::SignIn;
use crate::identity::certifier::{Certifier, Issued};
use crate::identity::machines::{Credential, LetIn, Machine, MachineKey, Wanted};
use crate::identity::people::{People, Refused, not_invited};
use crate::identity::secrets::Hashed;
use crate::identity::sessions::Lapse;
use crate::identity::tries::By;
use crate::identity::viewer::Viewer;

impl Warden {
    /// Which machine comes with a token.
    pub fn by_token(&self, token: &str) -> Option<Viewer> {
        let told = Hashed::of(token);
        if self.sign_in == SignIn::Required && told.is(&self.own) {
            return Some(Viewer::this_machine());
        }
        self.by_key(MachineKey::Token(told))
    }

    /// Which machine comes with a certificate of this serial number, which was shown to be its own.
    pub fn by_certificate(&self, serial: &str) -> Option<Viewer> {
        self.by_key(MachineKey::Certificate(serial.to_owned()))
    }

    fn by_key(&self, key: MachineKey) -> Option<Viewer> {
        if self.sign_in == SignIn::Off {
            return Some(Viewer::unasked());
        }
        let listed = self.people();
        let now = self.now();
        let machine = listed.machine(&key).filter(|machine| now < machine.until)?;
        let left = Duration::try_from(machine.until.duration_since(now)).unwrap_or_default();
        let people = self.people.subscribe();
        let viewer = Viewer::machine(machine, Lapse::Machine { people, key, left });
        Some(self.seen_from_here(viewer, &listed))
    }

    /// Asks that a machine is let in; its token, or the code for its certificate, is told once, and good once another
    /// administrator agrees to what has this number.
    pub async fn propose_machine(
        self: &Arc<Self>,
        viewer: &Viewer,
        wanted: Wanted,
        reason: String,
    ) -> Result<(u64, LetIn), Fault> {
        let by = self.acting(viewer)?;
        if wanted.credential == Credential::Certificate {
            self.certifier()?;
        }
        let days = wanted.days;
        let (machine, let_in) = Machine::draw(wanted, self.now())?;
        let asker = by.clone();
        let proposed = self.change((Some(by), None), move |people, now| {
            let asked = (&asker, machine, days, reason.as_str());
            let (number, told) = people.propose_machine(asked, now)?;
            Ok((number, vec![told]))
        });
        Ok((proposed.await?, let_in))
    }

    /// Gives a machine the certificate that it was promised, once, for the request that it signed. PEM, with that of the
    /// authority. A request that is faulty leaves the code open: whoever sent it knew the code.
    pub async fn certify(
        self: &Arc<Self>,
        (code, request): (String, Vec<u8>),
        from: From<'_>,
    ) -> Result<String, Fault> {
        self.check_on()?;
        let certifier = self.certifier()?;
        let by = [By::address(from.address)];
        self.begin_try(&by)?;
        let people = self.people();
        let Some((machine, days)) = people.promised(&code, self.now()) else {
            self.failed();
            return Err(not_invited().into());
        };
        self.tries().succeeded(&by);
        let (name, issuer) = (machine.name.clone(), certifier.clone());
        // Files are locked, read and made durable.
        let issued = tokio::task::spawn_blocking(move || issuer.issue((&name, days), &request));
        let Issued { subject, chain } = issued.await.map_err(|_stopped| Fault::Stopping)??;
        let (serial, until) = (subject.serial.clone(), subject.not_after);
        let certified = self.change((None, None), move |people, now| {
            Ok(((), vec![people.certify((&code, serial, until), now)?]))
        });
        if let Err(fault) = certified.await {
            // Somebody was quicker with the same code, or nothing can be written.
            strike(certifier, [subject.serial].into()).await?;
            return Err(fault);
        }
        Ok(chain)
    }

    pub async fn shut_machine_out(
        self: &Arc<Self>,
        viewer: &Viewer,
        name: String,
    ) -> Result<(), Fault> {
        let by = self.acting(viewer)?;
        let shut_out = move |people: &mut People, _| Ok(((), vec![people.shut_out(&name)?]));
        self.change((Some(by), None), shut_out).await
    }

    /// Takes certificates out of use whose machines were let in before and are not any more.
    pub(super) async fn strike_gone(&self, before: &People, after: &People) {
        let Some(certifier) = &self.certifier else { return };
        let mut gone = certificates(before);
        for stands in certificates(after) {
            gone.remove(&stands);
        }
        if gone.is_empty() {
            return;
        }
        if let Err(fault) = strike(certifier.clone(), gone).await {
            // Whoever shows one of them is nobody who is listed, all the same.
            tracing::warn!("identity: certificates of machines that were shut out: {fault}");
        }
    }

    /// The same at the start, for what was done at the command line or broke off.
    pub(super) async fn strike_unknown(&self) -> Result<(), Fault> {
        let Some(certifier) = self.certifier.clone() else { return Ok(()) };
        let known = certificates(&self.people());
        let struck = tokio::task::spawn_blocking(move || certifier.strike_others(&known)).await;
        Ok(struck.map_err(|_stopped| Fault::Stopping)??)
    }

    fn certifier(&self) -> Result<Certifier, Fault> {
        self.certifier.clone().ok_or_else(|| {
            let problem = "needs the page by TLS, and it speaks none ([page.tls])".to_owned();
            Refused::new("tls-off", "credential", problem).into()
        })
    }
}

async fn strike(certifier: Certifier, serials: BTreeSet<String>) -> Result<(), Fault> {
    let struck = tokio::task::spawn_blocking(move || certifier.strike(&serials)).await;
    Ok(struck.map_err(|_stopped| Fault::Stopping)??)
}

fn certificates(people: &People) -> BTreeSet<String> {
    people.machines.iter().filter_map(|one| one.certificate().map(str::to_owned)).collect()
}
