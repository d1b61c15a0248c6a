//! What is shown of the worlds of other agencies, and whose they are.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ::watch::journal::TrackId;
use ::watch::tracking::TrackLineage;
use jiff::Timestamp;
use sight::coverage::Model;
use tokio::sync::watch;

use super::policy::Policy;
use super::world::World;
use crate::ingest::stations::{Forecast, Stations};
use crate::limits::{QUESTIONS_MAX, RECALLED_KEPT_MAX};
use crate::runtime::SubmitError;
use crate::runtime::live::Live;
use crate::runtime::questions::Questions;
use crate::store::sqlite::StripRow;

/// The world of another agency as it is shown.
#[derive(Debug)]
pub struct Partner {
    agency: String,
    model: Arc<Model>,
    live: Live,
    strip: RwLock<(u64, Arc<[StripRow]>)>,
    /// Forecasts that it was given, and how many it was ever.
    stations: Stations,
    expected: AtomicU64,
    questions: Questions,
    speed: f64,
    /// Why another world has taken its place, or none.
    over: watch::Sender<Option<Over>>,
}

/// Why a world is shown no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// What is given has changed, and nothing was taken back.
    Changed,
    /// Something that was given is given no more, or less of it.
    Recalled,
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
    /// When something was taken back last that an agency was given.
    recalled: BTreeMap<String, Timestamp>,
}

impl Partner {
    /// What is shown of a world; `stations` know the places of those that forecast, and nothing else.
    pub(crate) fn of(agency: &str, world: &World, (speed, stations): (f64, Stations)) -> Arc<Self> {
        let partner = Self {
            agency: agency.to_owned(),
            model: Arc::clone(world.model()),
            live: Live::of_world(world),
            strip: RwLock::new((0, Arc::default())),
            stations,
            expected: AtomicU64::new(0),
            questions: Questions::default(),
            speed,
            over: watch::channel(None).0,
        };
        partner.refresh(world);
        Arc::new(partner)
    }

    /// Shows the world as it is now, and answers what was asked of it.
    pub(crate) fn refresh(&self, world: &World) {
        self.live.refresh_world(world);
        let (ever, rows) = world.strip();
        let mut strip = self.strip.write().unwrap_or_else(PoisonError::into_inner);
        if strip.0 != ever {
            *strip = (ever, rows.cloned().collect());
        }
        drop(strip);
        if self.expected.swap(world.expected(), Ordering::Relaxed) != world.expected() {
            self.stations.restore(world.core().weather().forecasts());
        }
        self.questions.answer(world.core());
    }

    /// The watch state of its line since a time, and as it was then.
    pub(crate) fn strip(&self, since: Timestamp) -> Vec<StripRow> {
        let (_, rows) = self.strip.read().unwrap_or_else(PoisonError::into_inner).clone();
        let from = rows.partition_point(|row| row.at <= since).saturating_sub(1);
        rows.get(from..).unwrap_or_default().to_vec()
    }

    /// Forecasts that it was given and that stand.
    pub(crate) fn forecasts(&self) -> Vec<Forecast> {
        self.stations.forecasts()
    }

    /// What a track of its world was made of; `None` when there is no such track, or no such world any more.
    pub(crate) async fn lineage(
        &self,
        track: TrackId,
    ) -> Result<Option<TrackLineage>, SubmitError> {
        let limit = QUESTIONS_MAX;
        let answer = self.questions.ask(track).ok_or(SubmitError::Overloaded { limit })?;
        tokio::select! {
            answer = answer => answer.map_err(|_gone| SubmitError::Stopped),
            _ = self.over() => Ok(None),
        }
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

    /// Waits until this world is shown no more; says why.
    pub async fn over(&self) -> Over {
        let mut over = self.over.subscribe();
        // The sender lives as long as this does.
        over.wait_for(Option::is_some).await.ok().and_then(|over| *over).unwrap_or(Over::Changed)
    }

    fn end(&self, why: Over) {
        self.over.send_replace(Some(why));
    }
}

impl Partners {
    /// By a policy, and with what the record says was taken back.
    pub(crate) fn of_station(
        own: Option<String>,
        policy: Option<Arc<Policy>>,
        recalled: BTreeMap<String, Timestamp>,
    ) -> Self {
        Self { own, given: Mutex::new(Given { policy, worlds: BTreeMap::new(), recalled }) }
    }

    /// From these agencies something was taken back while nobody was shown anything.
    pub(crate) fn recall(&self, agencies: &[String], now: Timestamp) {
        let mut given = self.lock();
        for agency in agencies {
            given.recall(agency, now);
        }
    }

    /// Whether an agency is the station's own, or said to be nobody's.
    pub(crate) fn is_own(&self, agency: Option<&str>) -> bool {
        agency.is_none() || agency == self.own.as_deref()
    }

    /// By what agencies are given anything.
    pub fn policy(&self) -> Option<Arc<Policy>> {
        self.lock().policy.clone()
    }

    /// Whether this is still in force.
    pub(crate) fn is_by(&self, policy: &Arc<Policy>) -> bool {
        self.lock().is_by(policy)
    }

    /// The world of an agency, if it has one.
    pub fn get(&self, agency: &str) -> Option<Arc<Partner>> {
        self.lock().worlds.get(agency).cloned()
    }

    /// When something that an agency was given was taken back last.
    pub fn recalled_at(&self, agency: &str) -> Option<Timestamp> {
        self.lock().recalled.get(agency).copied()
    }

    /// Puts a policy in the place of the one before. All worlds are over; what is given now is made anew. From these agencies
    /// something is taken back.
    pub(crate) fn release(
        &self,
        policy: Option<Arc<Policy>>,
        (recalled, now): (&[String], Timestamp),
    ) {
        let mut given = self.lock();
        given.policy = policy;
        let worlds = std::mem::take(&mut given.worlds);
        for agency in recalled {
            given.recall(agency, now);
        }
        drop(given);
        for (agency, partner) in worlds {
            let why = if recalled.contains(&agency) { Over::Recalled } else { Over::Changed };
            partner.end(why);
        }
    }

    /// Shows a world in the place of the one before, if what it was made by is still in force.
    pub(crate) fn put(&self, partner: Arc<Partner>, by: &Arc<Policy>) {
        let mut given = self.lock();
        if !given.is_by(by) {
            return;
        }
        let before = given.worlds.insert(partner.agency.clone(), partner);
        if let Some(before) = before {
            before.end(Over::Changed);
        }
    }

    /// Shows an agency nothing of this any more; what it was given is over, or its world broke.
    pub(crate) fn remove(&self, agency: &str, by: &Arc<Policy>, why: (Over, Timestamp)) {
        let mut given = self.lock();
        if !given.is_by(by) {
            return;
        }
        let (over, now) = why;
        if over == Over::Recalled {
            given.recall(agency, now);
        }
        if let Some(removed) = given.worlds.remove(agency) {
            removed.end(over);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Given {
    fn is_by(&self, policy: &Arc<Policy>) -> bool {
        self.policy.as_ref().is_some_and(|known| Arc::ptr_eq(known, policy))
    }

    fn recall(&mut self, agency: &str, now: Timestamp) {
        self.recalled.insert(agency.to_owned(), now);
        if self.recalled.len() > RECALLED_KEPT_MAX {
            let longest_ago = self.recalled.iter().min_by_key(|(_, at)| **at);
            if let Some(agency) = longest_ago.map(|(agency, _)| agency.clone()) {
                self.recalled.remove(&agency);
            }
        }
    }
}
