//! What the desk of alerts looks like from above: what is suppressed, whether it is a flood, what shifts bear, what is nuisance.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::sector::SensorId;
use watch::Core;
use watch::alert::Alert;
use watch::alert::flood::Group;
use watch::alert::life::State;
use watch::alert::load::Shift;
use watch::alert::nuisance::{Air, Tally};
use watch::alert::suppression::Suppression;
use watch::journal::AlertId;

/// As it is told by `GET /api/floor`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Floor {
    pub suppressions: Vec<Suppression>,
    /// Since when it is a flood, and how many floods there were.
    pub flood_since: Option<Timestamp>,
    pub floods: u64,
    /// Calls within the last ten minutes.
    pub calls: usize,
    /// What waits together in a flood.
    pub groups: Vec<Group>,
    /// Alerts that no room was left for.
    pub kept_out: u64,
    /// The newest last.
    pub shifts: Vec<Shift>,
    /// Alerts that go on, and those of them that have for longer than they should.
    pub standing: usize,
    pub stale: Vec<AlertId>,
    pub chattering: Vec<AlertId>,
    pub nuisance: BTreeMap<SensorId, BTreeMap<Air, Nuisance>>,
}

/// What alerts of one sensor in one kind of air turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Nuisance {
    pub tally: Tally,
    pub per_day: Option<f64>,
}

impl Floor {
    pub(super) fn of(core: &Core) -> Self {
        let (desk, now) = (core.alert_desk(), core.now());
        let alerting = &core.model().sector().alerting;
        let goes_on = |state: State| matches!(state, State::Unacknowledged | State::Acknowledged);
        let standing: Vec<&Alert> = desk.open().filter(|alert| goes_on(alert.life.state)).collect();
        let stale = standing.iter().filter(|alert| {
            let since = alert.life.active_since.unwrap_or(alert.raised_at);
            now.duration_since(since).as_secs_f64() > alerting.stale_after_s
        });
        let learned = |tally: &Tally| Nuisance {
            tally: *tally,
            // To three digits: it falls in every second, and nobody reads more.
            per_day: desk.nuisance().per_day(tally, now).map(|rate| (rate * 100.0).round() / 100.0),
        };
        let nuisance = desk.nuisance().tallies().map(|(sensor, by_air)| {
            let by_air = by_air.iter().map(|(air, tally)| (*air, learned(tally))).collect();
            (sensor.clone(), by_air)
        });
        Self {
            suppressions: desk.suppressions().kept().to_vec(),
            flood_since: desk.flood().since(),
            floods: desk.flood().floods,
            calls: desk.flood().calls(),
            groups: desk.groups(),
            kept_out: desk.flooded,
            shifts: desk.load().shifts().cloned().collect(),
            standing: standing.len(),
            stale: stale.map(|alert| alert.id).collect(),
            chattering: desk.chattering(alerting).collect(),
            nuisance: nuisance.collect(),
        }
    }
}
