//! Who answers for which identity, what is offered, and what to say to what is heard.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::sector::Sector;

use super::ground::{Gate, PlaneState, heard, told};
use super::{
    AtSeam, GlobalTrackId, HandOver, SeamHeight, SeamMessage, SeamRefused, SeamWord, Taken,
};
use crate::journal::{TrackId, TrackView};
use crate::limits;
use crate::roster::seconds_between;
use crate::tracking::{TrackEstimate, Tracker};

/// An offer that is not answered is repeated after this long.
const REPEAT_S: f64 = 5.0;
/// What was taken is not offered back sooner than this: people turn, and so do estimates.
const HOLD_S: f64 = 30.0;
/// An identity that nobody has seen here for so long is forgotten.
const KEPT_S: f64 = 1_800.0;

/// Who answers for an identity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Owner {
    Ours,
    /// Ours until the neighbour takes it.
    Offered {
        to: String,
        sent: Timestamp,
    },
    Theirs {
        of: String,
    },
}

/// What is known of an identity that was handed over or is about to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Held {
    /// Hand-overs so far.
    turn: u64,
    owner: Owner,
    /// The number by which people here know it; a number that a merge took away means the other.
    track: TrackId,
    since: Timestamp,
    turned_at: Timestamp,
    seen_at: Timestamp,
    /// What was last offered of it.
    offer: Option<HandOver>,
}

/// All of one sector's dealings with its neighbours.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Seams {
    held: BTreeMap<GlobalTrackId, Held>,
    /// Identities that turned out to be older ones.
    known_as: BTreeMap<GlobalTrackId, GlobalTrackId>,
}

/// What a neighbour's word meets here.
pub(crate) struct Here<'a> {
    pub(crate) views: &'a BTreeMap<TrackId, TrackView>,
    pub(crate) tracker: &'a mut Tracker,
    pub(crate) sector: &'a Sector,
    pub(crate) now: Timestamp,
}

/// What an offer of an identity that is not known here may be of.
enum Likeness {
    Nothing,
    /// A track of ours, and its identity and age where that is the older of the two.
    Ours {
        track: TrackId,
        older: Option<(GlobalTrackId, Timestamp)>,
    },
    /// One that was settled between us already.
    Settled,
}

impl Seams {
    /// Marks each track with its identity and with who answers for it.
    pub(crate) fn mark(&self, views: &mut BTreeMap<TrackId, TrackView>, sector: &Sector) {
        let gates = gates_of(sector);
        let by_track: BTreeMap<TrackId, (&GlobalTrackId, &Held)> =
            self.held.iter().map(|(identity, held)| (held.track, (identity, held))).collect();
        for view in views.values_mut() {
            let abroad = gates.iter().find(|gate| gate.beyond_m(view) > 0.0);
            let ground_of = abroad.map(|gate| gate.neighbour.clone());
            let mut numbers = [view.id].into_iter().chain(view.also.iter().copied());
            view.at_seam = match numbers.find_map(|number| by_track.get(&number)) {
                None => AtSeam {
                    identity: GlobalTrackId { sector: sector.name.clone(), number: view.id.0 },
                    is_ours: ground_of.is_none(),
                    ground_of,
                    handed_to: None,
                },
                Some((identity, held)) => {
                    let handed_to = held.owner.neighbour().cloned();
                    let is_ours = handed_to.is_none();
                    AtSeam { identity: (*identity).clone(), ground_of, handed_to, is_ours }
                }
            };
        }
    }

    /// Offers what is on its way out, and again what was not answered.
    pub(crate) fn offers(
        &mut self,
        views: &BTreeMap<TrackId, TrackView>,
        tracker: &Tracker,
        sector: &Sector,
        now: Timestamp,
    ) -> Vec<SeamMessage> {
        if sector.seams.is_empty() {
            return Vec::new();
        }
        self.follow(views, now);
        let gates = gates_of(sector);
        let gate_of = |view: &TrackView| gates.iter().find(|gate| gate.lets_out(view));
        let outward: BTreeMap<TrackId, (&TrackView, &Gate)> = views
            .values()
            .filter(|view| !view.lost)
            .filter_map(|view| Some((view.id, (view, gate_of(view)?))))
            .collect();
        let estimates: Vec<TrackEstimate> = if outward.is_empty() {
            Vec::new()
        } else {
            tracker.tracks().filter(|estimate| outward.contains_key(&estimate.id)).collect()
        };
        for estimate in &estimates {
            let (view, gate) = outward[&estimate.id];
            let since = tracker.first_seen(view.id).unwrap_or(now);
            if let Some(identity) = self.put_on_offer(view, since, &gate.neighbour, now) {
                self.describe(&identity, estimate, sector);
            }
        }
        self.unanswered(&sector.name, now)
    }

    /// Takes a neighbour's word; returns what is to be answered.
    pub(crate) fn receive(
        &mut self,
        message: &SeamMessage,
        here: &mut Here<'_>,
    ) -> Result<Option<SeamMessage>, SeamRefused> {
        let sector = here.sector;
        if message.to != sector.name {
            return Err(SeamRefused::OtherSector(message.to.clone()));
        }
        if !sector.seams.iter().any(|seam| seam.neighbour == message.from) {
            return Err(SeamRefused::Stranger(message.from.clone()));
        }
        match &message.word {
            SeamWord::Offer(offer) => {
                let taken = self.take(offer, &message.from, here)?;
                Ok(taken.map(|taken| SeamMessage {
                    from: sector.name.clone(),
                    to: message.from.clone(),
                    word: SeamWord::Taken(taken),
                }))
            }
            SeamWord::Taken(taken) => {
                self.given(taken, &message.from, here.now);
                Ok(None)
            }
        }
    }

    /// Offers that wait for an answer.
    pub(crate) fn waiting<'a>(&'a self, own: &'a str) -> impl Iterator<Item = SeamMessage> + 'a {
        self.held.values().filter_map(move |held| held.message(own))
    }

    /// Puts a track on offer, if it is ours to give; returns its identity if it is on offer now.
    fn put_on_offer(
        &mut self,
        view: &TrackView,
        since: Timestamp,
        neighbour: &str,
        now: Timestamp,
    ) -> Option<GlobalTrackId> {
        let known = self.of_track(view).map(|(identity, _)| identity.clone());
        if known.is_none() && self.held.len() >= limits::SEAM_TRACKS_MAX {
            return None;
        }
        let identity = known.unwrap_or_else(|| view.at_seam.identity.clone());
        let held = self.held.entry(identity.clone()).or_insert_with(|| Held {
            turn: 0,
            owner: Owner::Ours,
            track: view.id,
            since,
            turned_at: now,
            seen_at: now,
            offer: None,
        });
        let is_held_back = held.turn > 0 && seconds_between(held.turned_at, now) < HOLD_S;
        match &held.owner {
            Owner::Theirs { .. } => return None,
            Owner::Ours if is_held_back => return None,
            Owner::Ours => {
                let to = neighbour.to_owned();
                held.owner = Owner::Offered { to, sent: Timestamp::MIN };
            }
            Owner::Offered { .. } => {}
        }
        Some(identity)
    }

    /// Brings an offer up to date.
    fn describe(&mut self, identity: &GlobalTrackId, estimate: &TrackEstimate, sector: &Sector) {
        let Some(held) = self.held.get_mut(identity) else { return };
        let state = PlaneState { mean: estimate.mean, covariance: estimate.covariance };
        let (place, [east_mps, north_mps], covariance) = told(&state, &sector.frame);
        let sources = estimate.seen_by.iter().take(limits::SEAM_SOURCES_MAX);
        held.offer = Some(HandOver {
            identity: identity.clone(),
            turn: held.turn + 1,
            since: held.since,
            at: estimate.at,
            lon_deg: place.lon_deg(),
            lat_deg: place.lat_deg(),
            east_mps,
            north_mps,
            covariance,
            height: estimate.height.map(|height| SeamHeight {
                above_sea_m: height.above_sea_m,
                climb_mps: height.climb_mps,
                covariance: height.covariance,
            }),
            existence: estimate.existence,
            classes: estimate.classes,
            sources: sources.map(|(sensor, _)| format!("{}/{}", sector.name, sensor.0)).collect(),
        });
    }

    fn unanswered(&mut self, own: &str, now: Timestamp) -> Vec<SeamMessage> {
        let mut due = Vec::new();
        for held in self.held.values_mut() {
            let message = held.message(own);
            if let Owner::Offered { sent, .. } = &mut held.owner
                && seconds_between(*sent, now) >= REPEAT_S
            {
                *sent = now;
                due.extend(message);
            }
        }
        due
    }

    /// Takes an offered track, or says again that it was taken; `None` where nothing is to be said.
    fn take(
        &mut self,
        offer: &HandOver,
        from: &str,
        here: &mut Here<'_>,
    ) -> Result<Option<Taken>, SeamRefused> {
        let state = heard(offer, &here.sector.frame)?;
        let now = here.now;
        let identity = self.meaning(&offer.identity);
        let answer = |known_as: &GlobalTrackId| {
            let (identity, turn) = (offer.identity.clone(), offer.turn);
            Ok(Some(Taken { identity, turn, known_as: known_as.clone() }))
        };
        if let Some(held) = self.held.get_mut(&identity) {
            if offer.turn > held.turn {
                let own = here.tracker.meaning(held.track);
                let onto = Some(own).filter(|id| here.views.contains_key(id));
                held.track = here.tracker.take_over(offer, &state, onto);
                held.take_turn(offer.turn, now);
            }
            return answer(&identity);
        }
        if self.held.len() >= limits::SEAM_TRACKS_MAX {
            return Err(SeamRefused::Full { most: limits::SEAM_TRACKS_MAX });
        }
        let (mut known_as, mut since, mut onto) = (identity.clone(), offer.since, None);
        match self.likeness(offer, from, &state, here) {
            Likeness::Settled => return Ok(None),
            Likeness::Nothing => {}
            Likeness::Ours { track, older } => {
                if let Some((ours, first)) = older {
                    (known_as, since) = (ours, first);
                }
                let ours = here.views[&track].at_seam.identity.clone();
                self.held.remove(&ours);
                self.rename(&ours, &known_as);
                onto = Some(track);
            }
        }
        self.rename(&identity, &known_as);
        let track = here.tracker.take_over(offer, &state, onto);
        let (turn, owner) = (offer.turn, Owner::Ours);
        let held = Held { turn, owner, track, since, turned_at: now, seen_at: now, offer: None };
        self.held.insert(known_as.clone(), held);
        answer(&known_as)
    }

    /// Looks for a track of ours that may be the one that is offered, the nearest first.
    fn likeness(
        &self,
        offer: &HandOver,
        from: &str,
        state: &PlaneState,
        here: &Here<'_>,
    ) -> Likeness {
        let near = here.tracker.like(offer, state);
        for own in near.iter().filter_map(|id| here.views.get(id)) {
            let held = self.of_track(own).map(|(_, held)| held);
            let first =
                held.map_or_else(|| here.tracker.first_seen(own.id), |held| Some(held.since));
            let ours = &own.at_seam.identity;
            // What nobody here answered for has no name that people know.
            let older = first
                .filter(|first| (*first, ours) < (offer.since, &offer.identity))
                .filter(|_| own.at_seam.is_ours);
            let likeness =
                Likeness::Ours { track: own.id, older: older.map(|first| (ours.clone(), first)) };
            match held {
                None => return likeness,
                Some(Held { owner: Owner::Offered { to, .. }, .. }) if to == from => {
                    // Both offer one and the same: the older offer stands, and both see that alike.
                    return if older.is_some() { Likeness::Settled } else { likeness };
                }
                Some(Held { owner: Owner::Theirs { of }, turned_at, .. })
                    if of == from && offer.at <= *turned_at =>
                {
                    // It was offered before they took ours, and comes after.
                    return Likeness::Settled;
                }
                // Another that walks beside one that was handed over already.
                Some(_) => {}
            }
        }
        Likeness::Nothing
    }

    /// The neighbour has taken what was offered.
    fn given(&mut self, taken: &Taken, by: &str, now: Timestamp) {
        let identity = self.meaning(&taken.identity);
        let Some(mut held) = self.held.get(&identity).cloned() else { return };
        let is_offered = matches!(&held.owner, Owner::Offered { to, .. } if to == by);
        if !is_offered || taken.turn != held.turn + 1 {
            return;
        }
        held.turn = taken.turn;
        held.owner = Owner::Theirs { of: by.to_owned() };
        (held.turned_at, held.offer) = (now, None);
        self.held.remove(&identity);
        self.rename(&identity, &taken.known_as);
        self.held.insert(taken.known_as.clone(), held);
    }

    fn meaning(&self, identity: &GlobalTrackId) -> GlobalTrackId {
        self.known_as.get(identity).unwrap_or(identity).clone()
    }

    fn rename(&mut self, from: &GlobalTrackId, to: &GlobalTrackId) {
        if from == to {
            return;
        }
        for meaning in self.known_as.values_mut().filter(|meaning| *meaning == from) {
            *meaning = to.clone();
        }
        self.known_as.insert(from.clone(), to.clone());
    }

    /// What is held of a track that is shown.
    fn of_track(&self, view: &TrackView) -> Option<(&GlobalTrackId, &Held)> {
        self.held.iter().find(|(_, held)| view.is_known_as(held.track))
    }

    fn follow(&mut self, views: &BTreeMap<TrackId, TrackView>, now: Timestamp) {
        let shown: BTreeSet<TrackId> = views
            .values()
            .filter(|view| !view.lost)
            .flat_map(|view| view.also.iter().copied().chain([view.id]))
            .collect();
        self.held.retain(|_, held| {
            if shown.contains(&held.track) {
                held.seen_at = now;
            }
            seconds_between(held.seen_at, now) <= KEPT_S
        });
        let held = &self.held;
        self.known_as.retain(|_, meaning| held.contains_key(meaning));
    }
}

impl Owner {
    /// The neighbour that answers for it, if one does.
    fn neighbour(&self) -> Option<&String> {
        if let Self::Theirs { of } = self { Some(of) } else { None }
    }
}

impl Held {
    /// It is ours by this hand-over.
    fn take_turn(&mut self, turn: u64, now: Timestamp) {
        self.turn = turn;
        self.owner = Owner::Ours;
        (self.turned_at, self.seen_at, self.offer) = (now, now, None);
    }

    fn message(&self, own: &str) -> Option<SeamMessage> {
        let Owner::Offered { to, .. } = &self.owner else { return None };
        let word = SeamWord::Offer(Box::new(self.offer.clone()?));
        Some(SeamMessage { from: own.to_owned(), to: to.clone(), word })
    }
}

fn gates_of(sector: &Sector) -> Vec<Gate> {
    sector.seams.iter().filter_map(|seam| Gate::of(seam, &sector.line)).collect()
}
