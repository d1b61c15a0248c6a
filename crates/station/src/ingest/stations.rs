//! Weather stations that report as text: where they are, and what each reported and forecast last.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use sight::geo::Wgs84;
use watch::detection::{ForecastReport, ReportedPlace, ReportedWeather, Source, StatusReport};
use wire::metar::Metar;
use wire::metar::taf::{self, Status, Taf};

use super::refuse_time;
use super::rejections::Refusal;

/// The stations that the configuration names, which all doors share.
#[derive(Debug, Default)]
pub struct Stations {
    places: BTreeMap<String, Wgs84>,
    /// Of each, the time of its last report and whether that was a correction.
    last: Mutex<BTreeMap<String, (Timestamp, bool)>>,
    /// The forecast of each that stands, or that was taken back last.
    forecasts: Mutex<BTreeMap<String, Forecast>>,
}

/// What is expected at a station.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    pub station: String,
    pub place: Wgs84,
    pub issued_at: Timestamp,
    pub heard_at: Timestamp,
    pub taf: Taf,
}

impl Forecast {
    /// What makes one stand against another of the same station.
    fn rank(&self) -> (Timestamp, u8) {
        let rank = match self.taf.status {
            Status::Routine => 0,
            Status::Amended => 1,
            Status::Corrected => 2,
            Status::Cancelled => 3,
        };
        (self.issued_at, rank)
    }
}

impl Stations {
    pub fn new(places: BTreeMap<String, Wgs84>) -> Self {
        Self { places, ..Self::default() }
    }

    /// The same places, and nothing of what was told there.
    #[must_use]
    pub fn silent(&self) -> Self {
        Self::new(self.places.clone())
    }

    pub(super) fn place(&self, station: &str) -> Result<Wgs84, Refusal> {
        self.places.get(station).copied().ok_or_else(|| {
            let reason =
                format!("must be a station of doors.weather.stations, got {station:?}: name it there with its place");
            Refusal::new("station", reason)
        })
    }

    /// What a report says, if it is news: a correction stands against the report that it mends.
    pub(super) fn hear(
        &self,
        door: &str,
        report: &Metar,
        now: Timestamp,
    ) -> Result<Option<StatusReport>, Refusal> {
        let place = self.place(&report.station)?;
        let time = report.time.ok_or_else(|| Refusal::new("time", "needed, as in 201300Z"))?;
        let at = time.nearest(now).ok_or_else(|| Refusal::new("time", "no month has that day"))?;
        refuse_time(at, "time", now)?;
        let weather = weather_of(report).map_err(|reason| Refusal::new("weather", reason))?;
        let told = (at, report.corrected);
        let mut last = self.last();
        if last.get(&report.station).is_some_and(|known| *known >= told) {
            return Ok(None);
        }
        last.insert(report.station.clone(), told);
        Ok(Some(status(door, (&report.station, place), at, weather)))
    }

    /// Keeps a forecast if it is news: a later one, one that mends or takes back the one that stands.
    pub(super) fn expect(&self, taf: &Taf, now: Timestamp) -> Result<bool, Refusal> {
        let told = self.read(taf, now)?;
        refuse_time(told.issued_at, "time", now)?;
        let mut forecasts = self.lock_forecasts();
        if forecasts.get(&taf.station).is_some_and(|known| known.rank() >= told.rank()) {
            return Ok(false);
        }
        forecasts.insert(taf.station.clone(), told);
        Ok(true)
    }

    /// Keeps again what a record holds, as it was heard then; what the configuration no longer names is left out.
    pub fn restore<'a>(&self, kept: impl Iterator<Item = &'a ForecastReport>) {
        let told = kept.filter_map(|report| {
            let taf = taf::parse(&report.text).ok()?;
            self.read(&taf, report.heard_at).ok()
        });
        let told = told.map(|forecast| (forecast.station.clone(), forecast));
        self.lock_forecasts().extend(told);
    }

    /// A forecast with its time and place.
    fn read(&self, taf: &Taf, now: Timestamp) -> Result<Forecast, Refusal> {
        let place = self.place(&taf.station)?;
        let issued = taf.issued.unwrap_or(taf.valid.from);
        let issued_at =
            issued.nearest(now).ok_or_else(|| Refusal::new("time", "no month has that day"))?;
        let station = taf.station.clone();
        Ok(Forecast { station, place, issued_at, heard_at: now, taf: taf.clone() })
    }

    /// The forecasts that stand, by station.
    pub fn forecasts(&self) -> Vec<Forecast> {
        let stands = |forecast: &&Forecast| forecast.taf.status != Status::Cancelled;
        self.lock_forecasts().values().filter(stands).cloned().collect()
    }

    fn lock_forecasts(&self) -> MutexGuard<'_, BTreeMap<String, Forecast>> {
        self.forecasts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A report that was not stored after all is news again.
    pub(super) fn forget(&self, station: &str) {
        self.last().remove(station);
    }

    /// The same of a forecast; the one before it is told again by whoever has it.
    pub(super) fn forget_forecast(&self, station: &str) {
        self.lock_forecasts().remove(station);
    }

    fn last(&self) -> MutexGuard<'_, BTreeMap<String, (Timestamp, bool)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A station's weather as the core takes it.
pub(super) fn status(
    door: &str,
    (station, place): (&str, Wgs84),
    at: Timestamp,
    weather: ReportedWeather,
) -> StatusReport {
    StatusReport {
        source: Source::Weather(station.to_owned()),
        report_id: format!("{door}-{station}-{}", at.as_second()),
        observed_at: at,
        detecting: true,
        note: String::new(),
        location: Some(ReportedPlace {
            lon_deg: place.lon_deg(),
            lat_deg: place.lat_deg(),
            height_m: None,
            height_sigma_m: None,
            east_sigma_m: None,
            north_sigma_m: None,
        }),
        weather: Some(weather),
        impaired: None,
    }
}

/// What of a report decides how far one can see; it must tell visibility and wind.
pub(super) fn weather_of(report: &Metar) -> Result<ReportedWeather, String> {
    let visibility = report.visibility.ok_or("the weather report must tell the visibility")?;
    let wind = report.wind.ok_or("the weather report must tell the wind")?;
    Ok(ReportedWeather {
        visibility_m: Some(visibility.metres),
        wind_mps: wind.speed_mps,
        ceiling_m: report.ceiling_m,
        dust: report.is_dusty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T19:10:00Z".parse().unwrap()
    }

    fn stations() -> Stations {
        let place = Wgs84::new(1.409, 42.339).unwrap();
        Stations::new(BTreeMap::from([("LESU".to_owned(), place)]))
    }

    fn hear(stations: &Stations, text: &str) -> Result<Option<StatusReport>, Refusal> {
        stations.hear("upload", &wire::metar::parse(text).unwrap(), now())
    }

    #[test]
    fn a_report_is_the_weather_at_its_station_at_its_time() {
        let told =
            hear(&stations(), "METAR LESU 201900Z AUTO 24010MPS 0800 DS VV002").unwrap().unwrap();

        assert_eq!(told.source, Source::Weather("LESU".into()));
        assert_eq!(told.observed_at, "2026-11-20T19:00:00Z".parse().unwrap());
        let weather = told.weather.unwrap();
        assert!(weather.dust && (weather.visibility_m.unwrap() - 800.0).abs() < 1e-9);
        assert!(weather.ceiling_m.is_some_and(|ceiling_m| (ceiling_m - 60.96).abs() < 1e-9));
        assert!((told.location.unwrap().lon_deg - 1.409).abs() < 1e-12);
    }

    #[test]
    fn a_correction_stands_against_what_it_mends_and_only_news_is_taken() {
        let stations = stations();
        let is_news = |text: &str| hear(&stations, text).unwrap().is_some();

        assert!(is_news("METAR LESU 201830Z 24010MPS 9999"));
        assert!(!is_news("METAR LESU 201830Z 24010MPS 9999"));
        assert!(is_news("METAR COR LESU 201830Z 24010MPS 4000"));
        assert!(!is_news("METAR LESU 201830Z 24010MPS 9999"));
        assert!(is_news("SPECI LESU 201842Z 24010MPS 0300 DS"));
        assert!(!is_news("METAR LESU 201800Z 24010MPS 9999"));
        stations.forget("LESU");
        assert!(is_news("SPECI LESU 201842Z 24010MPS 0300 DS"));
    }

    #[test]
    fn a_forecast_stands_until_a_later_one_or_one_that_mends_or_takes_it_back() {
        let stations = stations();
        let expect = |text: &str| stations.expect(&taf::parse(text).unwrap(), now());
        let visibility_m = || {
            let at = "2026-11-20T20:30:00Z".parse().unwrap();
            let kept = stations.forecasts();
            kept.first().and_then(|kept| kept.taf.at(at)).map(|told| told.worst.visibility_m)
        };

        assert_eq!(expect("TAF LESU 201700Z 2018/2118 24010MPS 8000"), Ok(true));
        assert_eq!(expect("TAF LESU 201700Z 2018/2118 24010MPS 8000"), Ok(false));
        assert_eq!(expect("TAF LESU 201100Z 2012/2112 24010MPS 0500"), Ok(false), "an older one");
        assert_eq!(visibility_m(), Some(8_000.0));
        assert_eq!(expect("TAF COR LESU 201700Z 2018/2118 24010MPS 7000"), Ok(true));
        assert_eq!(expect("TAF LESU 201700Z 2018/2118 24010MPS 8000"), Ok(false));
        assert_eq!(visibility_m(), Some(7_000.0));
        assert_eq!(expect("TAF AMD LESU 201800Z 2018/2118 24010MPS 0800 DS"), Ok(true));
        assert_eq!(visibility_m(), Some(800.0));
        assert_eq!(expect("TAF AMD LESU 201800Z 2018/2118 CNL"), Ok(true));
        assert_eq!(visibility_m(), None);

        assert_eq!(
            expect("TAF OSDZ 201700Z 2018/2118 24010MPS 8000").unwrap_err().field,
            "station"
        );
        assert_eq!(expect("TAF LESU 101700Z 1018/1118 24010MPS 8000").unwrap_err().field, "time");
    }

    #[test]
    fn what_a_record_holds_stands_again_and_no_longer_named_stations_are_left_out() {
        let told = |station: &str, text: &str| ForecastReport {
            station: station.into(),
            heard_at: now(),
            text: text.into(),
            dust: Vec::new(),
        };
        let kept = [
            told("LESU", "TAF LESU 201700Z 2018/2118 24010MPS 8000"),
            told("OSDZ", "TAF OSDZ 201700Z 2018/2118 24010MPS 8000"),
        ];
        let stations = stations();
        stations.restore(kept.iter());

        let [forecast] = &stations.forecasts()[..] else { panic!("{:?}", stations.forecasts()) };
        assert_eq!((forecast.station.as_str(), forecast.heard_at), ("LESU", now()));
        let taf = taf::parse("TAF LESU 201700Z 2018/2118 24010MPS 8000=").unwrap();
        assert_eq!(stations.expect(&taf, now()), Ok(false), "it is known");
    }

    #[test]
    fn what_cannot_be_used_is_told_by_its_field() {
        let stations = stations();
        for (text, field, words) in [
            ("METAR OSDZ 201900Z 24010MPS 9999", "station", "OSDZ"),
            ("METAR LESU 181900Z 24010MPS 9999", "time", "2026-11-18T19:00:00Z"),
            ("METAR LESU 24010MPS 9999", "time", "needed"),
            ("METAR LESU 201900Z 24010MPS ////", "weather", "visibility"),
            ("METAR LESU 201900Z /////MPS 9999", "weather", "wind"),
        ] {
            let refusal = hear(&stations, text).unwrap_err();
            assert_eq!(refusal.field, field, "{text}");
            assert!(refusal.reason.contains(words), "{}", refusal.reason);
        }
    }
}
