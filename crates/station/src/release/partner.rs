//! What is shown of the worlds of other agencies, and whose they are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sight::coverage::Model;
use tokio::sync::watch;

use super::policy::Policy;
use super::world::World;
use crate::runtime::live::Live;

/// The world of another agency as it is shown.
#[derive(Debug)]
pub struct Partner {
    agency: String,
    model: Arc<Model>,
    live: Live,
    speed: f64,
    /// Another world has taken its place, or none.
    over: watch::Sender<bool>,
}

/// The worlds there are now, and by what.
#[derive(Debug, Default)]
pub struct Partners {
    /// The station's own agency, where its configuration says which.
    own: Option<String>,
    given: Mutex<Given>,
}

#[derive(Debug, Default)]
struct Given {
    policy: Option<Arc<Policy>>,
    /// By agency; none is of another policy.
    worlds: BTreeMap<String, Arc<Partner>>,
}

impl Partner {
    pub(crate) fn of(agency: &str, world: &World, speed: f64) -> Arc<Self> {
        Arc::new(Self {
            agency: agency.to_owned(),
            model: Arc::clone(world.model()),
            live: Live::of_world(world),
            speed,
            over: watch::channel(false).0,
        })
    }

    /// Shows the world as it is now.
    pub(crate) fn refresh(&self, world: &World) {
        self.live.refresh_world(world);
    }

    pub fn agency(&self) -> &str {
        &self.agency
    }

    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    pub fn live(&self) -> &Live {
        &self.live
    }

    /// How many times faster than the wall clock station time runs.
    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Waits until this world is shown no more.
    pub async fn over(&self) {
        let mut over = self.over.subscribe();
        // The sender lives as long as this does.
        drop(over.wait_for(|over| *over).await);
    }
}

impl Partners {
    pub(crate) fn of_station(own: Option<String>, policy: Option<Arc<Policy>>) -> Self {
        Self { own, given: Mutex::new(Given { policy, worlds: BTreeMap::new() }) }
    }

    /// By what agencies are given anything.
    pub fn policy(&self) -> Option<Arc<Policy>> {
        self.lock().policy.clone()
    }

    /// Whether this is still in force.
    pub(crate) fn is_by(&self, policy: &Arc<Policy>) -> bool {
        self.lock().is_by(policy)
    }

    /// Puts a policy in the place of the one before. All worlds are over; what is given now is made anew.
    pub(crate) fn release(&self, policy: Option<Arc<Policy>>) {
        let before = std::mem::replace(&mut *self.lock(), Given { policy, ..Given::default() });
        for partner in before.worlds.into_values() {
            partner.over.send_replace(true);
        }
    }

    /// Whether an agency is the station's own, or said to be nobody's.
    pub(crate) fn is_own(&self, agency: Option<&str>) -> bool {
        agency.is_none() || agency == self.own.as_deref()
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world of an agency, if it has one.
    pub fn get(&self, agency: &str) -> Option<Arc<Partner>> {
        self.lock().worlds.get(agency).cloned()
    }

    /// Shows a world in the place of the one before, if what it was made by is still in force.
    pub(crate) fn put(&self, partner: Arc<Partner>, by: &Arc<Policy>) {
        let mut given = self.lock();
        if !given.is_by(by) {
            return;
        }
        let before = given.worlds.insert(partner.agency.clone(), partner);
        if let Some(before) = before {
            before.over.send_replace(true);
        }
    }

    /// Shows an agency nothing of this any more.
    pub(crate) fn remove(&self, agency: &str, by: &Arc<Policy>) {
        let mut given = self.lock();
        if !given.is_by(by) {
            return;
        }
        let removed = given.worlds.remove(agency);
        if let Some(removed) = removed {
            removed.over.send_replace(true);
        }
    }
}

impl Given {
    fn is_by(&self, policy: &Arc<Policy>) -> bool {
        self.policy.as_ref().is_some_and(|known| Arc::ptr_eq(known, policy))
    }
}
