//! What the weather masts said last, and whether it is still worth believing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sight::coverage::WeatherAt;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::Sector;

use crate::alert::nuisance::Air;
use crate::detection::{ForecastReport, Source, StatusReport};
use crate::journal::{Output, WeatherState};
use crate::limits;
use crate::roster::seconds_between;

/// The latest word of each weather source.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Weather {
    by_source: BTreeMap<Source, WeatherState>,
    /// What stands, or was taken back last, by station.
    forecasts: BTreeMap<String, ForecastReport>,
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
        let height_m = status.location.and_then(|location| location.height_m);
        let at = WeatherAt {
            point,
            visibility_m: weather.visibility_m,
            wind_mps: weather.wind_mps,
            ceiling_m: weather.ceiling_m,
            dust: weather.dust,
        };
        let state = WeatherState {
            source: status.source.clone(),
            at,
            height_m,
            observed_at: status.observed_at,
        };
        self.by_source.insert(status.source.clone(), state);
        out.push(Output::Weather(self.by_source.values().cloned().collect()));
    }

    /// Keeps a forecast. The watch as it is does not depend on it: it is there for whoever asks of later hours.
    pub fn expect(&mut self, report: &ForecastReport) {
        let is_known = self.forecasts.contains_key(&report.station);
        if is_known || self.forecasts.len() < limits::WEATHER_SOURCES_MAX {
            self.forecasts.insert(report.station.clone(), report.clone());
        }
    }

    /// Forecasts in the order of their stations.
    pub fn forecasts(&self) -> impl Iterator<Item = &ForecastReport> {
        self.forecasts.values()
    }

    /// Weather for the planner: sources that are fresh, or all of them with `true` when none that tells how far one sees is.
    pub fn for_planner(&self, limit_s: f64, now: Timestamp) -> (Vec<WeatherAt>, bool) {
        let is_fresh = |state: &&WeatherState| seconds_between(state.observed_at, now) <= limit_s;
        let fresh: Vec<WeatherAt> =
            self.states().filter(is_fresh).map(|state| rounded(state.at)).collect();
        if fresh.iter().all(|at| at.visibility_m.is_none()) {
            (self.states().map(|state| rounded(state.at)).collect(), true)
        } else {
            (fresh, false)
        }
    }

    /// What the air is like at a place, by the nearest of what was told lately.
    pub fn air(&self, at: Option<EnuPoint>, limit_s: f64, now: Timestamp) -> Air {
        let fresh =
            self.states().filter(|state| seconds_between(state.observed_at, now) <= limit_s);
        let seen = fresh.filter(|state| state.at.visibility_m.is_some());
        let off_m = |state: &&WeatherState| at.map_or(0.0, |at| state.at.point.distance_m(at));
        let nearest = seen.min_by(|a, b| off_m(a).total_cmp(&off_m(b)));
        let Some(WeatherState { at, .. }) = nearest else { return Air::Unknown };
        let hazy = at.visibility_m.is_some_and(|visibility_m| visibility_m < limits::HAZE_M);
        if at.dust {
            Air::Dust
        } else if hazy {
            Air::Haze
        } else if at.wind_mps >= limits::WINDY_MPS {
            Air::Wind
        } else {
            Air::Clear
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
    let Some(visibility_m) = at.visibility_m else { return rounded_aloft(at) };
    let steps = libm::round(libm::log(visibility_m.max(1.0)) * 10.0);
    WeatherAt {
        visibility_m: Some(libm::round(libm::exp(steps / 10.0))),
        wind_mps: libm::round(at.wind_mps),
        ..at
    }
}

/// The wind of a drone, which moves: its next orbit is not new weather, nor is every gust.
fn rounded_aloft(at: WeatherAt) -> WeatherAt {
    let to = |step: f64, value: f64| libm::round(value / step) * step;
    let point = EnuPoint::new(
        to(limits::WIND_PLACE_STEP_M, at.point.east_m),
        to(limits::WIND_PLACE_STEP_M, at.point.north_m),
    );
    WeatherAt { point, wind_mps: to(limits::WIND_STEP_MPS, at.wind_mps), ..at }
}

#[cfg(test)]
mod tests {
    use sight::sector::SensorId;

    use super::*;

    fn told(source: Source, east_m: f64, visibility_m: Option<f64>, wind_mps: f64) -> WeatherState {
        let point = EnuPoint::new(east_m, 0.0);
        let at = WeatherAt { point, visibility_m, wind_mps, ceiling_m: None, dust: false };
        WeatherState { source, at, height_m: None, observed_at: Timestamp::UNIX_EPOCH }
    }

    fn desk(states: impl IntoIterator<Item = WeatherState>) -> Weather {
        let by_source = states.into_iter().map(|state| (state.source.clone(), state));
        Weather { by_source: by_source.collect(), ..Weather::default() }
    }

    fn drone(east_m: f64, wind_mps: f64) -> WeatherState {
        told(Source::Sensor(SensorId("drone".into())), east_m, None, wind_mps)
    }

    fn mast(name: &str, visibility_m: f64) -> WeatherState {
        told(Source::Weather(name.into()), 9_000.0, Some(visibility_m), 3.2)
    }

    #[test]
    fn a_drones_wind_is_the_same_until_it_is_elsewhere_or_blows_otherwise() {
        let for_planner = |state| desk([state]).for_planner(600.0, Timestamp::UNIX_EPOCH).0;

        assert_eq!(for_planner(drone(300.0, 9.2)), for_planner(drone(-600.0, 10.4)));
        assert_ne!(for_planner(drone(300.0, 9.2)), for_planner(drone(300.0, 13.0)));
        assert_ne!(for_planner(drone(300.0, 9.2)), for_planner(drone(4_000.0, 9.2)));
    }

    #[test]
    fn a_fresh_wind_does_not_make_up_for_a_mast_that_fell_silent() {
        let later = Timestamp::from_second(3_000).unwrap();
        let fresh = WeatherState { observed_at: later, ..drone(0.0, 8.0) };
        let (weather, stale) = desk([mast("a", 9_000.0), fresh.clone()]).for_planner(600.0, later);
        assert!(stale && weather.len() == 2, "{weather:?}");

        let mast = WeatherState { observed_at: later, ..mast("a", 9_000.0) };
        let (weather, stale) = desk([mast, fresh]).for_planner(600.0, later);
        assert!(!stale && weather.len() == 2, "{weather:?}");
    }
}
