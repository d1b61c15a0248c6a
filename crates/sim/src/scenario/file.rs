//! The TOML form of a scenario and its checks.

use jiff::Timestamp;
use serde::Deserialize;
use sight::geo::{Azimuth, Wgs84};
use sight::sector::{SensorId, Text};

use super::{
    Air, Failure, Fault, Front, Kind, MoverPlan, Murk, Nuisance, Outage, Pause, Scenario, Spot,
    Then, Way,
};

/// Longest night that may be asked for, hours.
const DURATION_MAX_MIN: f64 = 24.0 * 60.0;
/// Most bodies that one mover may have.
const COUNT_MAX: u32 = 200;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScenarioFile {
    name: String,
    title: Text,
    notice: Text,
    sector: String,
    start: Timestamp,
    duration_min: f64,
    #[serde(default)]
    air: AirFile,
    #[serde(default)]
    nuisance: NuisanceFile,
    #[serde(default)]
    front: Vec<FrontFile>,
    #[serde(default)]
    mover: Vec<MoverFile>,
    #[serde(default)]
    outage: Vec<OutageFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AirFile {
    visibility_m: f64,
    wind_mps: f64,
    wind_from_deg: f64,
    temperature_c: f64,
}

impl Default for AirFile {
    fn default() -> Self {
        Self { visibility_m: 20_000.0, wind_mps: 3.0, wind_from_deg: 300.0, temperature_c: 14.0 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_field_names, reason = "the unit belongs in the key")]
struct NuisanceFile {
    camera_per_h: f64,
    radar_per_h: f64,
    ground_per_h: f64,
}

impl Default for NuisanceFile {
    fn default() -> Self {
        Self { camera_per_h: 1.0, radar_per_h: 8.0, ground_per_h: 0.3 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpotFile {
    km: Option<f64>,
    beyond_m: Option<f64>,
    inside_m: Option<f64>,
    lon: Option<f64>,
    lat: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontFile {
    of: Murk,
    reaches: SpotFile,
    at_min: f64,
    towards_deg: f64,
    speed_mps: f64,
    visibility_m: f64,
    wind_mps: f64,
    gust_mps: f64,
    ramp_m: f64,
    depth_m: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoverFile {
    name: String,
    kind: Kind,
    count: Option<u32>,
    #[serde(default)]
    departs_min: f64,
    speed_mps: Option<f64>,
    from: Option<SpotFile>,
    to: Option<SpotFile>,
    #[serde(default)]
    careful: bool,
    #[serde(default)]
    pauses: Vec<PauseFile>,
    then: Option<Then>,
    around: Option<SpotFile>,
    radius_m: Option<f64>,
    #[serde(default)]
    may_cross: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PauseFile {
    after_min: f64,
    for_min: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutageFile {
    sensor: SensorId,
    from_min: f64,
    until_min: Option<f64>,
    #[serde(default = "silent")]
    how: Failure,
}

fn silent() -> Failure {
    Failure::Silent
}

/// Collects faults while values are checked.
#[derive(Default)]
struct Checks(Vec<Fault>);

impl Checks {
    fn refuse(&mut self, field: String, value: &dyn std::fmt::Display, problem: &str) {
        self.0.push(Fault::new(field, value, problem));
    }

    /// Takes a number that must lie in a closed range; returns it in any case so that checking goes on.
    fn within(&mut self, field: String, value: f64, (low, high): (f64, f64)) -> f64 {
        if !(low..=high).contains(&value) {
            self.refuse(field, &value, &format!("must lie between {low} and {high}"));
        }
        value
    }

    fn needed<T>(&mut self, field: String, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.refuse(field, &"nothing", "is needed for this kind of mover");
        }
        value
    }
}

pub(super) fn parse(text: &str) -> Result<Scenario, Vec<Fault>> {
    let file: ScenarioFile =
        toml::from_str(text).map_err(|error| vec![unreadable(text, &error)])?;
    let mut checks = Checks::default();
    let scenario = checked(file, &mut checks);
    if checks.0.is_empty() { Ok(scenario) } else { Err(checks.0) }
}

fn unreadable(text: &str, error: &toml::de::Error) -> Fault {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or(0, |before| before.matches('\n').count() + 1);
    let found = error.span().and_then(|span| text.get(span)).unwrap_or("the file");
    let found = found.lines().next().unwrap_or_default();
    Fault::new(format!("line {line}"), &found, error.message().replace('\n', " "))
}

fn checked(file: ScenarioFile, checks: &mut Checks) -> Scenario {
    let duration_min =
        checks.within("duration_min".into(), file.duration_min, (1.0, DURATION_MAX_MIN));
    Scenario {
        name: file.name,
        title: file.title,
        notice: file.notice,
        sector: file.sector,
        start: file.start,
        duration_s: duration_min * 60.0,
        air: air(&file.air, checks),
        nuisance: nuisance(&file.nuisance, checks),
        fronts: numbered(&file.front, "front", |file, at| front(file, at, checks)),
        movers: movers(&file.mover, duration_min, checks),
        outages: numbered(&file.outage, "outage", |outage, at| {
            outage_of(outage, at, duration_min, checks)
        }),
    }
}

fn numbered<T, U>(from: &[T], name: &str, mut make: impl FnMut(&T, &str) -> U) -> Vec<U> {
    from.iter().enumerate().map(|(i, each)| make(each, &format!("{name}[{i}]"))).collect()
}

fn air(file: &AirFile, checks: &mut Checks) -> Air {
    Air {
        visibility_m: checks.within("air.visibility_m".into(), file.visibility_m, (50.0, 100e3)),
        wind_mps: checks.within("air.wind_mps".into(), file.wind_mps, (0.0, 60.0)),
        wind_from: Azimuth::from_degrees(checks.within(
            "air.wind_from_deg".into(),
            file.wind_from_deg,
            (0.0, 360.0),
        )),
        temperature_c: checks.within("air.temperature_c".into(), file.temperature_c, (-60.0, 60.0)),
    }
}

fn nuisance(file: &NuisanceFile, checks: &mut Checks) -> Nuisance {
    let mut rate = |name: &str, value| checks.within(format!("nuisance.{name}"), value, (0.0, 1e4));
    Nuisance {
        camera_per_h: rate("camera_per_h", file.camera_per_h),
        radar_per_h: rate("radar_per_h", file.radar_per_h),
        ground_per_h: rate("ground_per_h", file.ground_per_h),
    }
}

fn front(file: &FrontFile, at: &str, checks: &mut Checks) -> Front {
    let reaches = spot(&file.reaches, &format!("{at}.reaches"), checks);
    let mut number = |name: &str, value, range| checks.within(format!("{at}.{name}"), value, range);
    Front {
        of: file.of,
        reaches,
        at_s: 60.0 * number("at_min", file.at_min, (-DURATION_MAX_MIN, DURATION_MAX_MIN)),
        towards: Azimuth::from_degrees(number("towards_deg", file.towards_deg, (0.0, 360.0))),
        speed_mps: number("speed_mps", file.speed_mps, (0.1, 60.0)),
        visibility_m: number("visibility_m", file.visibility_m, (20.0, 20e3)),
        wind_mps: number("wind_mps", file.wind_mps, (0.0, 60.0)),
        gust_mps: number("gust_mps", file.gust_mps, (file.wind_mps, 90.0)),
        ramp_m: number("ramp_m", file.ramp_m, (1.0, 50e3)),
        depth_m: number("depth_m", file.depth_m, (file.ramp_m, 1e6)),
    }
}

fn movers(files: &[MoverFile], duration_min: f64, checks: &mut Checks) -> Vec<MoverPlan> {
    for (i, file) in files.iter().enumerate() {
        if files.iter().take(i).any(|earlier| earlier.name == file.name) {
            checks.refuse(format!("mover[{i}].name"), &file.name, "is used twice");
        }
    }
    let plans = numbered(files, "mover", |file, at| mover(file, at, duration_min, checks));
    plans.into_iter().flatten().collect()
}

fn mover(file: &MoverFile, at: &str, duration_min: f64, checks: &mut Checks) -> Option<MoverPlan> {
    let count = file.count.unwrap_or_else(|| usual_count(file.kind));
    if !(1..=COUNT_MAX).contains(&count) {
        checks.refuse(
            format!("{at}.count"),
            &count,
            &format!("must lie between 1 and {COUNT_MAX}"),
        );
    }
    let speed_mps = file.speed_mps.unwrap_or_else(|| usual_speed_mps(file.kind));
    let departs_min =
        checks.within(format!("{at}.departs_min"), file.departs_min, (0.0, duration_min));
    Some(MoverPlan {
        name: file.name.clone(),
        kind: file.kind,
        count,
        departs_s: 60.0 * departs_min,
        speed_mps: checks.within(format!("{at}.speed_mps"), speed_mps, (0.1, 40.0)),
        way: if file.kind.wanders() { wander(file, at, checks) } else { travel(file, at, checks) }?,
    })
}

fn travel(file: &MoverFile, at: &str, checks: &mut Checks) -> Option<Way> {
    if file.around.is_some() || file.radius_m.is_some() {
        checks.refuse(format!("{at}.around"), &"given", "this kind travels: give from and to");
    }
    let from = checks.needed(format!("{at}.from"), file.from.as_ref());
    let to = checks.needed(format!("{at}.to"), file.to.as_ref());
    let pauses = numbered(&file.pauses, &format!("{at}.pauses"), |pause, at| Pause {
        after_s: 60.0 * checks.within(format!("{at}.after_min"), pause.after_min, (0.0, 1e4)),
        for_s: 60.0 * checks.within(format!("{at}.for_min"), pause.for_min, (0.0, 1e4)),
    });
    let sits = file.kind == Kind::FamilyInDistress;
    Some(Way::Travel {
        from: spot(from?, &format!("{at}.from"), checks),
        to: spot(to?, &format!("{at}.to"), checks),
        careful: file.careful,
        pauses,
        then: file.then.unwrap_or(if sits { Then::Sits } else { Then::Leaves }),
    })
}

fn wander(file: &MoverFile, at: &str, checks: &mut Checks) -> Option<Way> {
    if file.from.is_some() || file.to.is_some() || !file.pauses.is_empty() {
        checks.refuse(
            format!("{at}.from"),
            &"given",
            "this kind wanders: give around and radius_m",
        );
    }
    let around = checks.needed(format!("{at}.around"), file.around.as_ref());
    let radius_m = checks.needed(format!("{at}.radius_m"), file.radius_m);
    Some(Way::Wander {
        around: spot(around?, &format!("{at}.around"), checks),
        radius_m: checks.within(format!("{at}.radius_m"), radius_m?, (20.0, 20e3)),
        may_cross: file.may_cross,
    })
}

fn spot(file: &SpotFile, at: &str, checks: &mut Checks) -> Spot {
    let (offset, km, place) = (file.beyond_m.or(file.inside_m), file.km, file.lon.zip(file.lat));
    if let (Some(km), Some(_), None) = (km, offset, file.lon.or(file.lat))
        && (file.beyond_m.is_none() || file.inside_m.is_none())
    {
        let beyond_m = file.beyond_m.unwrap_or_else(|| -file.inside_m.unwrap_or_default());
        checks.within(format!("{at}.beyond_m"), beyond_m, (-50e3, 50e3));
        return Spot::Line { chainage_m: 1_000.0 * km, beyond_m };
    }
    if let (Some((lon, lat)), None, None) = (place, km, offset) {
        match Wgs84::new(lon, lat) {
            Ok(place) => return Spot::Place(place),
            Err(error) => checks.refuse(at.into(), &format!("{lon},{lat}"), &error.to_string()),
        }
    } else {
        let problem = "give km with beyond_m or inside_m, or lon with lat";
        checks.refuse(at.into(), &"another mix of fields", problem);
    }
    Spot::Line { chainage_m: 0.0, beyond_m: 0.0 }
}

fn outage_of(file: &OutageFile, at: &str, duration_min: f64, checks: &mut Checks) -> Outage {
    let until_min = file.until_min.unwrap_or(duration_min);
    let from_min = checks.within(format!("{at}.from_min"), file.from_min, (0.0, duration_min));
    let until_min = checks.within(format!("{at}.until_min"), until_min, (from_min, 1e5));
    Outage {
        sensor: file.sensor.clone(),
        from_s: 60.0 * from_min,
        until_s: 60.0 * until_min,
        how: file.how,
    }
}

/// People or animals of a kind when the file does not say (A).
fn usual_count(kind: Kind) -> u32 {
    match kind {
        Kind::Walker | Kind::Vehicle | Kind::Donkey => 1,
        Kind::Group => 5,
        Kind::ShepherdWithFlock => 12,
        Kind::Wildlife => 3,
        Kind::FamilyInDistress => 4,
    }
}

/// Speed on flat ground when the file does not say (A; DOMAIN 4 for donkeys and vehicles).
fn usual_speed_mps(kind: Kind) -> f64 {
    match kind {
        Kind::Walker => 1.3,
        Kind::Group => 1.1,
        Kind::Vehicle => 8.0,
        Kind::Donkey => 1.25,
        Kind::ShepherdWithFlock => 0.6,
        Kind::Wildlife => 1.2,
        Kind::FamilyInDistress => 0.8,
    }
}

#[cfg(test)]
mod tests;
