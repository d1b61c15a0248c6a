//! When a person is called. Each rule finds; how urgent that is, and how long it must last, stands in the sector file.

pub mod barriers;
mod dust;
mod ground;
mod sensors;
mod sight_lost;
mod tracks;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::geo::EnuPoint;
use sight::sector::{Alerting, Rule, Sector, SensorId, StretchId};

use self::barriers::Damage;
use self::ground::Hit;
use self::tracks::TrackMemory;
use super::desk::{AlertDesk, Finding};
use super::{Alert, AlertKind};
use crate::journal::{AlertId, TrackId, TrackView};
use crate::roster::seconds_between;

/// Another track this near to where an alert's event was last seen, and this soon, is the same event.
const SAME_EVENT_M: f64 = 350.0;
const SAME_EVENT_S: f64 = 300.0;

/// What the rules remember from one tick to the next.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleMemory {
    tracks: BTreeMap<TrackId, TrackMemory>,
    /// When the track of an open alert was last alive.
    alert_seen: BTreeMap<AlertId, (Timestamp, EnuPoint)>,
    /// Stretches that were not watched in the first full assessment: hidden by the ground in clear air.
    hidden: Option<BTreeSet<StretchId>>,
    lost: BTreeSet<SensorId>,
    /// Hits of ground sensors within the time of a pattern, the newest last.
    #[serde(default)]
    hits: VecDeque<Hit>,
    /// What people said of barriers that are damaged.
    #[serde(default)]
    damages: BTreeMap<String, Damage>,
    /// Line that is blind now and was not hidden, and since when.
    #[serde(default)]
    blind: Option<sight_lost::Blind>,
    /// When the windows of dust that were called for end, by station.
    #[serde(default)]
    dust: BTreeMap<String, Timestamp>,
}

/// Everything a rule may look at.
pub struct Scene<'a> {
    pub sector: &'a Sector,
    pub tracks: &'a [TrackView],
    pub now: Timestamp,
}

impl RuleMemory {
    /// The open alert of an event nearby and just now.
    ///
    /// A group gives several tracks, a track that is lost and found gets another number, and ground sensors are hit by whom a
    /// camera sees: one event is one alert.
    fn event_near(&self, point: EnuPoint, now: Timestamp, desk: &AlertDesk) -> Option<AlertId> {
        let mut nearby = desk.open().filter(|alert| {
            self.alert_seen.get(&alert.id).is_some_and(|(at, last)| {
                seconds_between(*at, now) <= SAME_EVENT_S && last.distance_m(point) <= SAME_EVENT_M
            })
        });
        nearby.next().map(|alert| alert.id)
    }

    /// Raises what has lasted, and remembers where it was.
    fn raise(
        &mut self,
        finding: Finding,
        of: &str,
        scene: (&Alerting, Timestamp),
        desk: &mut AlertDesk,
    ) -> Option<AlertId> {
        let (alerting, now) = scene;
        if !desk.has_lasted(&finding, of, alerting, now) {
            return None;
        }
        let point = finding.point;
        let id = desk.raise(finding, now)?;
        if let Some(point) = point {
            self.alert_seen.insert(id, (now, point));
        }
        Some(id)
    }

    /// Ends what no rule that looks in every tick finds any more, and lets time pass over all alerts.
    pub fn let_fall(&mut self, sector: &Sector, now: Timestamp, desk: &mut AlertDesk) {
        let open: BTreeSet<AlertId> = desk.open().map(|alert| alert.id).collect();
        self.alert_seen.retain(|id, _| open.contains(id));
        desk.fall(is_looked_for_in_every_tick, &sector.alerting, now);
        desk.tick(&sector.alerting, now);
    }
}

/// The others end by what ends them: an assessment, a word of a person or of a device.
fn is_looked_for_in_every_tick(alert: &Alert) -> bool {
    match alert.kind.rule() {
        Rule::CrossingPredicted
        | Rule::Crossed
        | Rule::Approach
        | Rule::Loitering
        | Rule::ZoneEntry
        | Rule::GroundPattern
        | Rule::PossibleDistress
        | Rule::SensorLost
        | Rule::DustAhead => true,
        Rule::SightLost | Rule::Unwatched | Rule::BarrierDamage | Rule::CalledForHelp => false,
    }
}

/// How grave a kind of alert is against the others about the same event.
fn rank(kind: &AlertKind) -> u8 {
    match kind {
        AlertKind::SensorLost
        | AlertKind::SightLost { .. }
        | AlertKind::BarrierDamage
        | AlertKind::DustAhead { .. } => 0,
        AlertKind::Approach { .. } | AlertKind::Unwatched { .. } => 1,
        AlertKind::GroundPattern { .. } => 2,
        AlertKind::Loitering { .. } => 3,
        AlertKind::CrossingPredicted { .. } => 4,
        AlertKind::ZoneEntry => 5,
        AlertKind::Crossed => 6,
        AlertKind::PossibleDistress { .. } => 7,
        AlertKind::CalledForHelp { .. } => 8,
    }
}

/// An alert is refreshed when it becomes a graver kind, or every ten seconds while it goes on.
fn worth_telling(alert: &Alert, finding: &Finding, now: Timestamp) -> bool {
    const GOES_ON_S: f64 = 10.0;
    let (known, found) = (rank(&alert.kind), rank(&finding.kind));
    found > known || (found == known && seconds_between(alert.changed_at, now) >= GOES_ON_S)
}
