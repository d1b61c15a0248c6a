//! Calls for help: what people send by their own devices when they are in danger.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::Model;
use sight::geo::Wgs84;
use sight::sector::UnitId;

use crate::alert::desk::{AlertDesk, Finding};
use crate::alert::{Act, AlertKind, Priority};
use crate::detection::ReportedPlace;
use crate::journal::AlertId;
use crate::limits;
use crate::roster::seconds_between;

/// Devices repeat a call for as long as it holds: one that falls silent for longer calls anew (A).
const SAME_CALL_S: f64 = 600.0;
/// A caller who has gone this far is shown at the new place.
const CALLER_MOVED_M: f64 = 50.0;
/// Stretches of a device's own time in which it called that are told from new ones; a replay brings nothing else.
const CALLS_REMEMBERED: usize = 8;
/// The rule by which a call is an alert.
const RULE: &str = "somebody calls for help by their own device";

/// What a device calls for. The device's owner chose the word; the station judges none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallKind {
    /// The emergency call of the device ("911").
    Emergency,
    /// Come together, or call back ("ring the bell").
    Attention,
    /// The caller is being opposed ("in contact").
    InContact,
    /// A device left the ground that it was to stay in.
    GeofenceLeft,
    /// Something that the device's owner defined.
    Other,
}

/// Whether help is called for, or no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallWord {
    Raised(CallKind),
    CalledOff,
}

/// One word of a device about its call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// `cot` ...
    pub door: String,
    /// The device's own name for the call; the same for as long as the call goes on.
    pub device: String,
    /// What the caller is called, fit to be shown.
    pub name: String,
    /// The unit of the sector that calls; nobody must be known in order to be helped.
    pub unit: Option<UnitId>,
    pub word: CallWord,
    pub observed_at: Timestamp,
    pub place: Option<ReportedPlace>,
}

/// Who calls, as it stands with the alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Caller {
    pub device: String,
    pub name: String,
    pub unit: Option<UnitId>,
    /// The device took its call back; the alert stays until a person closes it.
    pub called_off: bool,
}

/// What each device's calls were, and when it was heard last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    heard: BTreeMap<String, Heard>,
}

/// One device's calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Heard {
    /// The alert that its call is; `None` once the device took it back and a person closed it.
    alert: Option<AlertId>,
    at: Timestamp,
    /// From when until when it called by its own clock, the newest last.
    told: VecDeque<(Timestamp, Timestamp)>,
}

/// Why a call changes nothing: the field, and the reason.
pub type CallRefused = (&'static str, &'static str);

impl Calls {
    /// Takes in a device's word: a new alert, or a change of the one that its call is already.
    pub fn hear(
        &mut self,
        call: &Call,
        model: &Model,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) -> Result<(), CallRefused> {
        let Some(heard) = self.heard.get_mut(&call.device) else {
            return match call.word {
                CallWord::Raised(kind) => self.raise(call, &finding(call, kind, model), now, desk),
                CallWord::CalledOff => Err(("device", "takes back what was never called")),
            };
        };
        let is_open = heard.is_open(desk);
        if heard.is_repeated(call.observed_at, desk) {
            return Err(("observed_at", "was told before: an old word that is sent again"));
        }
        let goes_on = is_open || seconds_between(heard.at, now) <= SAME_CALL_S;
        match (call.word, heard.alert) {
            (CallWord::Raised(kind), Some(alert)) if goes_on => {
                heard.tell(call.observed_at, now);
                go_on(alert, &finding(call, kind, model), now, desk);
                Ok(())
            }
            (CallWord::Raised(kind), _) => self.raise(call, &finding(call, kind, model), now, desk),
            (CallWord::CalledOff, Some(alert)) => {
                heard.tell(call.observed_at, now);
                call_off(alert, call, now, desk);
                // While it is open, a new call of the device is the same alert.
                heard.alert = is_open.then_some(alert);
                Ok(())
            }
            (CallWord::CalledOff, None) => Err(("device", "takes back what was never called")),
        }
    }

    fn raise(
        &mut self,
        call: &Call,
        finding: &Finding,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) -> Result<(), CallRefused> {
        self.make_room(&call.device, desk);
        let Some(id) = desk.raise(finding.clone(), now) else {
            return Err(("alert", "more alerts are open than are kept"));
        };
        let caller = Caller {
            device: call.device.clone(),
            name: call.name.clone(),
            unit: call.unit.clone(),
            called_off: false,
        };
        desk.set_caller(id, caller);
        let fresh = || Heard { alert: None, at: now, told: VecDeque::new() };
        let heard = self.heard.entry(call.device.clone()).or_insert_with(fresh);
        heard.alert = Some(id);
        heard.tell(call.observed_at, now);
        Ok(())
    }

    /// Forgets the calls whose alerts are over, the longest silent first, when there are too many.
    fn make_room(&mut self, device: &str, desk: &AlertDesk) {
        while self.heard.len() >= limits::CALLS_MAX && !self.heard.contains_key(device) {
            let over = self.heard.iter().filter(|(_, heard)| !heard.is_open(desk));
            let oldest = over.min_by_key(|(_, heard)| heard.at).map(|(device, _)| device.clone());
            // Fewer alerts may be open than calls are kept.
            let Some(device) = oldest else { return };
            self.heard.remove(&device);
        }
    }
}

impl Heard {
    /// Whether the device told this moment of a call before. What is still open is told again and again, and its newest
    /// word may come twice; whatever lies behind that is an old word, and of a call that is over every word is.
    fn is_repeated(&self, at: Timestamp, desk: &AlertDesk) -> bool {
        let newest = self.told.back().map(|(_, until)| *until);
        let is_known = self.told.iter().any(|(from, until)| (*from..=*until).contains(&at));
        is_known && !(self.is_open(desk) && newest == Some(at))
    }

    fn is_open(&self, desk: &AlertDesk) -> bool {
        self.alert.is_some_and(|alert| desk.is_open(alert))
    }

    /// Takes note that the device called at this moment of its own clock, which may have been set since.
    fn tell(&mut self, at: Timestamp, now: Timestamp) {
        self.at = now;
        match self.told.back_mut() {
            Some((_, until)) if (0.0..=SAME_CALL_S).contains(&seconds_between(*until, at)) => {
                *until = at;
            }
            _ => {
                self.told.push_back((at, at));
                let spare = self.told.len().saturating_sub(CALLS_REMEMBERED);
                self.told.drain(..spare);
            }
        }
    }
}

fn finding(call: &Call, kind: CallKind, model: &Model) -> Finding {
    let sector = model.sector();
    let place = call.place.and_then(|place| Wgs84::new(place.lon_deg, place.lat_deg).ok());
    let point = place.map(|place| sector.frame.point(place));
    let kind = AlertKind::CalledForHelp { call: kind };
    Finding {
        // Whatever the sector file says, nobody who calls for help comes second.
        priority: Priority::High,
        point,
        stretch: point.map(|point| sector.stretch_at(sector.line.chainage_m(point))),
        ..Finding::of(kind, &sector.alerting, None, RULE)
    }
}

/// A call that goes on: told again when the caller has moved, calls for something else or calls anew.
fn go_on(id: AlertId, finding: &Finding, now: Timestamp, desk: &mut AlertDesk) {
    let Some(alert) = desk.get(id).filter(|alert| alert.is_open()) else { return };
    let moved = match (alert.point, finding.point) {
        (Some(before), Some(here)) => before.distance_m(here) >= CALLER_MOVED_M,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let anew = alert.caller.clone().filter(|caller| caller.called_off);
    if moved || alert.kind != finding.kind {
        desk.refresh(id, finding, now);
    }
    if let Some(caller) = anew {
        desk.set_caller(id, Caller { called_off: false, ..caller });
        desk.found(id, now);
        desk.annotate(id, act(now, "called-again", String::new()));
    }
}

fn call_off(id: AlertId, call: &Call, now: Timestamp, desk: &mut AlertDesk) {
    let open = desk.get(id).filter(|alert| alert.is_open());
    let caller = open.and_then(|alert| alert.caller.clone());
    if let Some(caller) = caller.filter(|caller| !caller.called_off) {
        desk.set_caller(id, Caller { called_off: true, ..caller });
        desk.over(id, "the device took its call back", now);
        desk.annotate(id, act(now, "called-off", format!("by {}", call.name)));
    }
}

fn act(at: Timestamp, what: &str, reason: String) -> Act {
    Act { at, by: None, what: what.into(), reason, entry: None }
}
