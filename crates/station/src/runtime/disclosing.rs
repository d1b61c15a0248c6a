//! Tells the record to whom the station gives something that is not shown on the page.

use std::sync::Arc;

use ::watch::audit::{Audit, Audited, Disclosure, Receiver};
use ::watch::journal::Input;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Handle;
use crate::disclosures::{Disclosures, Giving};
use crate::limits::{DISCLOSED_BATCH_MAX, DISCLOSED_TURN};

impl Handle {
    /// A way out to somebody of an agency; the station's own where nothing is said.
    pub(crate) fn giving(&self, to: Receiver, agency: Option<&str>) -> Giving {
        let other = agency.filter(|agency| !self.partners().is_own(Some(agency)));
        Giving::to(&self.shared.disclosures, to, other.map(str::to_owned))
    }

    pub(crate) fn disclosures(&self) -> &Arc<Disclosures> {
        &self.shared.disclosures
    }

    /// Tells the record what is not told yet, before the station stops.
    pub(super) async fn finish_disclosures(&self) {
        self.tell_disclosures(self.shared.disclosures.finish()).await;
    }

    async fn tell_disclosures(&self, mut told: Vec<Disclosure>) {
        while !told.is_empty() {
            let rest = told.split_off(told.len().min(DISCLOSED_BATCH_MAX));
            let input = |one: &Disclosure| {
                Input::Audited(Audit { by: None, what: Audited::Disclosed(one.clone()) })
            };
            if let Err(fault) = self.submit(told.iter().map(input).collect()).await {
                tracing::warn!("what was given away is not in the record yet: {fault}");
                told.extend(rest);
                self.shared.disclosures.give_back(told, Instant::now());
                return;
            }
            told = rest;
        }
    }
}

/// Tells it while the station runs.
pub(super) async fn keep(handle: Handle) {
    let mut clock = interval(DISCLOSED_TURN);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let disclosures = Arc::clone(handle.disclosures());
    loop {
        clock.tick().await;
        let policy = handle.partners().policy().map(|policy| policy.written().sha256.clone());
        let told = disclosures.told(policy.as_deref(), Instant::now());
        handle.tell_disclosures(told).await;
    }
}
