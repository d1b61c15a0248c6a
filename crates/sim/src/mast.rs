//! Weather masts: one on each tower, speaking METAR.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sight::geo::EnuPoint;
use sight::sector::{Sector, SensorKind};

use crate::chance::{Chance, Purpose};
use crate::weather::Local;

/// Sensors closer together than this stand on one tower.
const TOWER_M: f64 = 60.0;
/// Metres per second in a knot.
const KNOT_MPS: f64 = 1_852.0 / 3_600.0;

/// A mast and its identity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mast {
    pub node_id: String,
    pub name: String,
    pub point: EnuPoint,
}

/// One mast on every place that carries a camera or a radar, in the order of the sector file.
pub(crate) fn all(sector: &Sector, seed: u64) -> Vec<Mast> {
    let mut masts: Vec<Mast> = Vec::new();
    for sensor in &sector.sensors {
        let on_a_tower = matches!(
            sensor.kind,
            SensorKind::ThermalCamera(_) | SensorKind::VisibleCamera(_) | SensorKind::Radar(_)
        );
        let near = |mast: &Mast| mast.point.distance_m(sensor.point) < TOWER_M;
        if on_a_tower && !masts.iter().any(near) {
            let mut chance = Chance::new(seed, Purpose::Mast(masts.len()));
            masts.push(Mast {
                node_id: uuid(&mut chance),
                name: format!("mast-{}", masts.len() + 1),
                point: sensor.point,
            });
        }
    }
    masts
}

/// A random UUID, version 4 (RFC 9562).
fn uuid(chance: &mut Chance) -> String {
    let (high, low) = (chance.bits(), chance.bits());
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    let hex = format!("{high:016x}{low:016x}");
    let mut text = String::with_capacity(36);
    for (at, digit) in hex.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// The weather as an aerodrome would report it (WMO No. 306, FM 15).
pub(crate) fn metar(local: &Local, temperature_c: f64, at: Timestamp) -> String {
    let time = at.to_zoned(TimeZone::UTC);
    let mut text = format!("METAR XXXX {:02}{:02}{:02}Z ", time.day(), time.hour(), time.minute());
    wind(&mut text, local);
    visibility(&mut text, local);
    let temperature = whole(temperature_c);
    // Desert air: dew point well below the temperature.
    write_to(
        &mut text,
        format_args!(" {}/{} Q1013", signed(temperature), signed(temperature - 12)),
    );
    text
}

fn wind(text: &mut String, local: &Local) {
    let knots = whole(local.wind_mps / KNOT_MPS);
    let gust = whole(local.gust_mps / KNOT_MPS);
    if knots < 1 {
        text.push_str("00000KT");
        return;
    }
    let tens = whole(local.wind_from.degrees() / 10.0);
    let from = if tens <= 0 { 360 } else { 10 * tens };
    write_to(text, format_args!("{from:03}{knots:02}"));
    if gust >= knots + 10 {
        write_to(text, format_args!("G{gust:02}"));
    }
    text.push_str("KT");
}

/// Visibility is rounded down: 50 m steps below 800 m, 100 m below 5 km, 1 km below 10 km.
fn visibility(text: &mut String, local: &Local) {
    let seen_m = local.visibility_m;
    let step_m = match seen_m {
        ..800.0 => 50.0,
        800.0..5_000.0 => 100.0,
        _ => 1_000.0,
    };
    let reported = whole((seen_m / step_m).floor() * step_m).min(9_999);
    write_to(text, format_args!(" {reported:04}"));
    let weather = match (local.dust, seen_m) {
        (true, ..500.0) => " +DS",
        (true, ..1_000.0) => " DS",
        (true, ..5_000.0) => " BLDU",
        (false, ..1_000.0) => " FG",
        (false, ..5_000.0) => " HZ",
        _ => "",
    };
    text.push_str(weather);
    text.push_str(if local.dust && seen_m < 1_000.0 { " VV///" } else { " NSC" });
}

fn signed(degrees: i32) -> String {
    if degrees < 0 { format!("M{:02}", -degrees) } else { format!("{degrees:02}") }
}

#[expect(clippy::cast_possible_truncation, reason = "weather figures are small")]
fn whole(value: f64) -> i32 {
    value.round() as i32
}

fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a string takes all text");
}

#[cfg(test)]
mod tests {
    use sight::geo::Azimuth;

    use super::*;

    fn local(visibility_m: f64, wind_mps: f64) -> Local {
        Local {
            visibility_m,
            wind_mps,
            gust_mps: 1.6 * wind_mps,
            wind_from: Azimuth::from_degrees(287.0),
            dust: visibility_m < 5_000.0,
        }
    }

    #[test]
    fn a_dust_storm_reads_as_a_severe_dust_storm() {
        let at: Timestamp = "2026-11-20T19:30:10Z".parse().unwrap();

        assert_eq!(
            metar(&local(349.0, 18.0), 14.4, at),
            "METAR XXXX 201930Z 29035G56KT 0300 +DS VV/// 14/02 Q1013"
        );
    }

    #[test]
    fn a_calm_clear_night_reads_9999() {
        let at: Timestamp = "2026-11-20T01:05:00Z".parse().unwrap();

        assert_eq!(
            metar(&local(20_000.0, 0.2), -3.0, at),
            "METAR XXXX 200105Z 00000KT 9999 NSC M03/M15 Q1013"
        );
    }

    #[test]
    fn identities_are_version_4_uuids() {
        let id = uuid(&mut Chance::new(1, Purpose::Mast(0)));

        assert!(wire::sapient::ids::is_strict_uuid(&id), "{id}");
    }
}
