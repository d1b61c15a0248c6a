//! Dust that is expected to blind.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sight::sector::{Rule, Sector};

use super::RuleMemory;
use crate::alert::AlertKind;
use crate::alert::desk::{AlertDesk, Finding};
use crate::detection::ForecastReport;
use crate::journal::AlertId;
use crate::roster::seconds_between;

impl RuleMemory {
    /// Calls a person for dust that a forecast tells of, once per window and station.
    pub fn watch_dust<'a>(
        &mut self,
        forecasts: impl Iterator<Item = &'a ForecastReport>,
        sector: &Sector,
        now: Timestamp,
        desk: &mut AlertDesk,
    ) {
        let alerting = &sector.alerting;
        if !alerting.rule(Rule::DustAhead).watched {
            return;
        }
        let mut ahead: BTreeMap<String, Timestamp> = BTreeMap::new();
        for forecast in forecasts {
            let mut windows = forecast.dust.iter().filter(|window| {
                let in_s = seconds_between(now, window.from);
                window.visibility_m <= alerting.dust_visibility_m
                    && in_s <= alerting.dust_ahead_s
                    && seconds_between(now, window.until) > 0.0
            });
            let Some(window) = windows.next() else { continue };
            ahead.insert(forecast.station.clone(), window.until);
            let open = open_of(&forecast.station, desk);
            if let Some(id) = open {
                desk.found(id, now);
                continue;
            }
            // A window that a person has closed is not called for again; its end may be told anew.
            let known = self.dust.get(&forecast.station);
            if known.is_some_and(|until| seconds_between(window.from, *until) >= 0.0) {
                continue;
            }
            let in_s = seconds_between(now, window.from).max(0.0);
            let for_s = seconds_between(window.from, window.until);
            let kind = AlertKind::DustAhead { in_s, for_s };
            let words = format!("{} expects dust that blinds", forecast.station);
            let finding = Finding {
                place: Some(forecast.station.clone()),
                ..Finding::of(kind, alerting, Some(in_s), &words)
            };
            if desk.has_lasted(&finding, &forecast.station, alerting, now) {
                desk.raise(finding, now);
            } else {
                ahead.remove(&forecast.station);
            }
        }
        self.dust = ahead;
    }
}

fn open_of(station: &str, desk: &AlertDesk) -> Option<AlertId> {
    let mut open = desk.open().filter(|alert| {
        let of_dust = matches!(alert.kind, AlertKind::DustAhead { .. });
        of_dust && alert.origin.place.as_deref() == Some(station)
    });
    open.next().map(|alert| alert.id)
}
