//! Calls for help: what people send by their own devices when they are in danger.

use std::collections::BTreeMap;

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

/// Which alert each device's call is, and when it was heard last.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Calls {
    heard: BTreeMap<String, (AlertId, Timestamp)>,
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
        let same = self.heard.get(&call.device).copied();
        match (call.word, same) {
            (CallWord::Raised(kind), Some((alert, at)))
                if desk.is_open(alert) || seconds_between(at, now) <= SAME_CALL_S =>
            {
                self.heard.insert(call.device.clone(), (alert, now));
                go_on(alert, &finding(call, kind, model), now, desk);
                Ok(())
            }
            (CallWord::Raised(kind), _) => self.raise(call, &finding(call, kind, model), now, desk),
            (CallWord::CalledOff, Some((alert, _))) => {
                call_off(alert, call, now, desk);
                // While it is open, a new call of the device is the same alert.
                if !desk.is_open(alert) {
                    self.heard.remove(&call.device);
                }
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
        self.make_room(desk);
        let flooded = desk.flooded;
        desk.raise(finding.clone(), now);
        let raised = desk.open().last().map(|alert| alert.id);
        let Some(id) = raised.filter(|_| desk.flooded == flooded) else {
            return Err(("alert", "more alerts are open than are kept"));
        };
        let caller = Caller {
            device: call.device.clone(),
            name: call.name.clone(),
            unit: call.unit.clone(),
            called_off: false,
        };
        desk.set_caller(id, caller);
        self.heard.insert(call.device.clone(), (id, now));
        Ok(())
    }

    /// Forgets the calls whose alerts are over, the longest silent first, when there are too many.
    fn make_room(&mut self, desk: &AlertDesk) {
        while self.heard.len() >= limits::CALLS_MAX {
            let over = self.heard.iter().filter(|(_, (alert, _))| !desk.is_open(*alert));
            let oldest = over.min_by_key(|(_, (_, at))| *at).map(|(device, _)| device.clone());
            // Fewer alerts may be open than calls are kept.
            let Some(device) = oldest else { return };
            self.heard.remove(&device);
        }
    }
}

fn finding(call: &Call, kind: CallKind, model: &Model) -> Finding {
    let sector = model.sector();
    let place = call.place.and_then(|place| Wgs84::new(place.lon_deg, place.lat_deg).ok());
    let point = place.map(|place| sector.frame.point(place));
    Finding {
        kind: AlertKind::CalledForHelp { call: kind },
        priority: Priority::High,
        point,
        stretch: point.map(|point| sector.stretch_at(sector.line.chainage_m(point))),
        track: None,
        sensor: None,
        confidence: 1.0,
        rule: RULE,
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
        desk.annotate(id, act(now, "called-again", String::new()));
    }
}

fn call_off(id: AlertId, call: &Call, now: Timestamp, desk: &mut AlertDesk) {
    let open = desk.get(id).filter(|alert| alert.is_open());
    let caller = open.and_then(|alert| alert.caller.clone());
    if let Some(caller) = caller.filter(|caller| !caller.called_off) {
        desk.set_caller(id, Caller { called_off: true, ..caller });
        desk.annotate(id, act(now, "called-off", format!("by {}", call.name)));
    }
}

fn act(at: Timestamp, what: &str, reason: String) -> Act {
    Act { at, by: None, what: what.into(), reason }
}
