//! What the weather masts said last, and whether it is still worth believing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::WeatherAt;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::Sector;

use crate::detection::{Source, StatusReport};
use crate::journal::{Output, WeatherState};
use crate::limits;
use crate::roster::seconds_between;

/// The latest word of each weather source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    by_source: BTreeMap<Source, WeatherState>,
}

impl Weather {
    pub fn states(&self) -> impl Iterator<Item = &WeatherState> {
        self.by_source.values()
    }

    /// Takes in the weather part of a status, if it has one that is newer than what is known.
    pub fn hear(&mut self, status: &StatusReport, sector: &Sector, out: &mut Vec<Output>) {
        let Some(weather) = status.weather else { return };
        let Some(point) = self.place_of(status, sector) else { return };
        let known = self.by_source.get(&status.source);
        let older = known.is_some_and(|known| known.observed_at > status.observed_at);
        let full = known.is_none() && self.by_source.len() >= limits::WEATHER_SOURCES_MAX;
        if older || full {
            return;
        }
        let at = WeatherAt {
            point,
            visibility_m: weather.visibility_m,
            wind_mps: weather.wind_mps,
            ceiling_m: weather.ceiling_m,
            dust: weather.dust,
        };
        let state =
            WeatherState { source: status.source.clone(), at, observed_at: status.observed_at };
        self.by_source.insert(status.source.clone(), state);
        out.push(Output::Weather(self.by_source.values().cloned().collect()));
    }

    /// Weather for the planner: sources that are fresh, or all of them with `true` when none is.
    pub fn for_planner(&self, limit_s: f64, now: Timestamp) -> (Vec<WeatherAt>, bool) {
        let is_fresh = |state: &&WeatherState| seconds_between(state.observed_at, now) <= limit_s;
        let fresh: Vec<WeatherAt> =
            self.states().filter(is_fresh).map(|state| rounded(state.at)).collect();
        if fresh.is_empty() {
            (self.states().map(|state| rounded(state.at)).collect(), true)
        } else {
            (fresh, false)
        }
    }

    fn place_of(&self, status: &StatusReport, sector: &Sector) -> Option<EnuPoint> {
        if let Some(location) = status.location {
            return Wgs84::new(location.lon_deg, location.lat_deg)
                .ok()
                .map(|place| sector.frame.point(place));
        }
        if let Some(known) = self.by_source.get(&status.source) {
            return Some(known.at.point);
        }
        match &status.source {
            Source::Sensor(id) => {
                sector.sensors.iter().find(|sensor| &sensor.id == id).map(|sensor| sensor.point)
            }
            Source::Unit(_) | Source::Weather(_) => None,
        }
    }
}

/// Steps of about 10 %, so that a flicker in a mast's figures is not new weather.
fn rounded(at: WeatherAt) -> WeatherAt {
    let steps = libm::round(libm::log(at.visibility_m.max(1.0)) * 10.0);
    WeatherAt {
        visibility_m: libm::round(libm::exp(steps / 10.0)),
        wind_mps: libm::round(at.wind_mps),
        ..at
    }
}
