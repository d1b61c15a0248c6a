//! Weather on the command line: clear, one METAR report, a TAF, a file of reports, or a table of weather over places and time.

use anyhow::Context as _;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use sight::coverage::WeatherAt;
use sight::geo::{EnuPoint, Wgs84};
use sight::sector::Sector;
use wire::metar::{DayTime, Metar, taf};
use wire::weather::{Table, is_table};

/// The longest weather file that is read.
const WEATHER_BYTES_MAX: u64 = 16 << 20;

/// The weather at one time.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Told {
    /// None when clear.
    pub(super) reports: Vec<WeatherAt>,
    /// What there is, is older than the sector's limit.
    pub(super) is_stale: bool,
}

/// Reads what `--weather` says about a time; without one, its latest word counts as fresh.
pub(super) fn weather(given: &str, at: Option<Timestamp>, sector: &Sector) -> anyhow::Result<Told> {
    if given == "clear" {
        return Ok(Told::default());
    }
    if taf::is_taf(given) {
        return of_forecast(given, at);
    }
    if given.contains(char::is_whitespace) {
        return of_reports(std::iter::once(given), at, sector);
    }
    let text = read(given)?;
    let named = || format!("--weather {given}");
    if is_table(&text) {
        return of_table(&text, at, sector).with_context(named);
    }
    if taf::is_taf(&text) {
        return of_forecast(&text, at).with_context(named);
    }
    of_reports(text.lines().filter(|line| !line.trim().is_empty()), at, sector).with_context(named)
}

fn read(path: &str) -> anyhow::Result<String> {
    let named =
        || format!("--weather {path}: neither `clear` nor a report nor a file that can be read");
    let length = std::fs::metadata(path).with_context(named)?.len();
    anyhow::ensure!(
        length <= WEATHER_BYTES_MAX,
        "--weather {path}: {length} bytes, at most {WEATHER_BYTES_MAX} are read"
    );
    std::fs::read_to_string(path).with_context(named)
}

/// What a table says of a time; without a time, of its last.
fn of_table(text: &str, at: Option<Timestamp>, sector: &Sector) -> anyhow::Result<Told> {
    let table = Table::parse(text)?;
    let at = at.or(table.last()).context("the table has no rows")?;
    let reports = table.at(at, sector.settings.weather_limit_s).into_iter().map(|row| {
        Ok(WeatherAt {
            point: sector.frame.point(Wgs84::new(row.lon_deg, row.lat_deg)?),
            visibility_m: Some(row.visibility_m),
            wind_mps: row.wind_mps,
            ceiling_m: row.ceiling_m,
            dust: row.dust,
        })
    });
    let reports: Vec<_> = reports.collect::<anyhow::Result<_>>()?;
    Ok(Told { is_stale: reports.is_empty(), reports })
}

/// The worst that a forecast allows at a time; it holds for the whole sector, and outside its validity is stale.
fn of_forecast(text: &str, at: Option<Timestamp>) -> anyhow::Result<Told> {
    let forecast = taf::parse(text).context("forecast")?;
    let at = at.context("a forecast says something of a time only: give one by --at")?;
    let reports = forecast.at(at).map(|expected| WeatherAt {
        point: EnuPoint::new(0.0, 0.0),
        visibility_m: Some(expected.worst.visibility_m),
        wind_mps: expected.worst.wind_mps,
        ceiling_m: expected.worst.ceiling_m,
        dust: expected.worst.dust,
    });
    Ok(Told { is_stale: reports.is_none(), reports: reports.into_iter().collect() })
}

/// The last report, or the last one that was made by the time asked for; it holds for the whole sector.
fn of_reports<'a>(
    reports: impl Iterator<Item = &'a str>,
    at: Option<Timestamp>,
    sector: &Sector,
) -> anyhow::Result<Told> {
    let mut newest: Option<(Option<SignedDuration>, WeatherAt)> = None;
    for text in reports {
        let report = wire::metar::parse(text).with_context(|| format!("report {text:?}"))?;
        let age = match (at, report.time) {
            (Some(at), Some(time)) => Some(age(time, at)?),
            (Some(_), None) => anyhow::bail!("report {text:?} has no time, so --at means nothing"),
            (None, _) => None,
        };
        let is_newer = newest.as_ref().is_none_or(|(known, _)| age <= *known);
        if is_newer {
            newest = Some((age, of_report(&report, text)?));
        }
    }
    let (age, report) = newest.context("the file holds no report")?;
    let limit_s = sector.settings.weather_limit_s;
    let is_stale = age.is_some_and(|age| age.as_secs_f64() > limit_s);
    Ok(Told { reports: vec![report], is_stale })
}

/// How long before `at` a report of that day and time was made: the last such moment, for it names no month.
fn age(time: DayTime, at: Timestamp) -> anyhow::Result<SignedDuration> {
    let now = at.to_zoned(TimeZone::UTC).datetime();
    let [day, hour, minute] = [time.day, time.hour, time.minute].map(u8::cast_signed);
    // This month it may lie ahead, and of two months that follow each other one has that day.
    for months in 0..3 {
        let month = now.first_of_month().checked_sub(Span::new().months(months))?;
        let made = DateTime::new(month.year(), month.month(), day, hour, minute, 0, 0);
        if let Ok(made) = made
            && made <= now
        {
            return Ok(at.duration_since(made.to_zoned(TimeZone::UTC)?.timestamp()));
        }
    }
    anyhow::bail!("no month has a day {}", time.day)
}

fn of_report(report: &Metar, text: &str) -> anyhow::Result<WeatherAt> {
    let visibility = report
        .visibility
        .with_context(|| format!("report {text:?} has no visibility: say it, or say clear"))?;
    Ok(WeatherAt {
        point: EnuPoint::new(0.0, 0.0),
        visibility_m: Some(visibility.metres),
        wind_mps: report.wind.map_or(0.0, |wind| wind.gust_mps.unwrap_or(wind.speed_mps)),
        ceiling_m: report.ceiling_m,
        dust: report.is_dusty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_a_dust_storm_becomes_weather() {
        let told = told("METAR ORXX 201200Z 31030G42KT 0300 DS VV002", None).unwrap();

        assert!(told.reports[0].dust && !told.is_stale);
        assert!((told.reports[0].visibility_m.unwrap() - 300.0).abs() < 1.0);
        assert!((told.reports[0].wind_mps - 21.6).abs() < 0.1);
        assert!(told.reports[0].ceiling_m.is_some_and(|ceiling_m| (ceiling_m - 61.0).abs() < 1.0));
    }

    #[test]
    fn a_forecast_counts_with_the_worst_that_it_allows_at_the_time() {
        let text = "TAF ORXX 300500Z 3006/0112 27010KT 9999 TEMPO 3012/3016 0800 DS VV004";
        let then = told(text, "2026-11-30T13:00:00Z".parse().ok()).unwrap();
        assert!(then.reports[0].dust && !then.is_stale);
        assert!((then.reports[0].visibility_m.unwrap() - 800.0).abs() < 1.0);

        assert!(told(text, "2026-12-02T13:00:00Z".parse().ok()).unwrap().is_stale);
        assert!(told(text, None).unwrap_err().to_string().contains("--at"));
    }

    #[test]
    fn a_report_ages_and_the_last_one_made_by_then_counts() {
        let lines = ["METAR ORXX 301800Z 00000KT 9000", "METAR ORXX 311800Z 00000KT 0800 DS"];
        let at = |text: &str| {
            let at = text.parse().unwrap();
            of_reports(lines.into_iter(), Some(at), &sector()).unwrap()
        };

        let fresh = at("2026-03-31T18:20:00Z");
        assert!(fresh.reports[0].dust && !fresh.is_stale);
        let earlier = at("2026-03-31T17:59:00Z");
        assert!(!earlier.reports[0].dust && earlier.is_stale);
        // April has no day 31: March's is meant.
        assert!(at("2026-04-02T00:00:00Z").is_stale);
    }

    #[test]
    fn a_table_counts_at_its_last_time_unless_told_another() {
        let table = "time,lon_deg,lat_deg,visibility_m,dust\n\
                     2026-03-31T18:00:00Z,1.5,42.5,10000,no\n\
                     2026-03-31T19:00:00Z,1.5,42.5,1000,yes\n";
        let at = |at: Option<&str>| {
            of_table(table, at.map(|at| at.parse().unwrap()), &sector()).unwrap()
        };

        let last = at(None);
        assert_eq!(last.reports.len(), 1);
        assert!((last.reports[0].visibility_m.unwrap() - 1_000.0).abs() < 1e-6 && !last.is_stale);
        assert!(!at(Some("2026-03-31T18:10:00Z")).reports[0].dust);
        assert!(at(Some("2026-03-31T20:00:00Z")).is_stale);
    }

    #[test]
    fn what_is_no_weather_is_refused_by_name() {
        for given in ["no-such-file", "METAR", "METAR ORXX 201200Z 31030KT"] {
            let error = format!("{:#}", told(given, None).unwrap_err());
            assert!(error.contains(given), "{error}");
        }
        assert_eq!(told("clear", None).unwrap(), Told::default());
    }

    fn told(given: &str, at: Option<Timestamp>) -> anyhow::Result<Told> {
        weather(given, at, &sector())
    }

    pub(super) fn sector() -> Sector {
        crate::shipped::load_model("andorra").map(|model| model.sector().clone()).unwrap()
    }
}
