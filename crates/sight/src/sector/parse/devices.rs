//! Sensors and units.

use super::super::fields::Fields;
use super::super::{
    GroundFigures, Mobility, ObserverFigures, Optics, PlatformLimits, RadarFigures, Sensor,
    SensorId, SensorKind, Unit, UnitId,
};
use super::Ids;
use super::geometry::Ground;
use crate::geo::Azimuth;

/// A constructor of [`SensorKind`] by the word in the file.
type KindReader = fn(&mut Fields<'_, '_>) -> Option<SensorKind>;

const KINDS: &[(&str, KindReader)] = &[
    ("thermal-camera", |fields| optics(fields.table("optics")?).map(SensorKind::ThermalCamera)),
    ("visible-camera", |fields| optics(fields.table("optics")?).map(SensorKind::VisibleCamera)),
    ("radar", |fields| radar(fields.table("radar")?).map(SensorKind::Radar)),
    ("ground-sensor", |fields| {
        ground_sensor(fields.table("ground")?).map(SensorKind::GroundSensor)
    }),
    ("balloon", |fields| platform(fields).map(SensorKind::Balloon)),
    ("drone", |fields| platform(fields).map(SensorKind::Drone)),
    ("observer", |fields| observer(fields.table("observer")?).map(SensorKind::Observer)),
];

/// Reads every `[[sensor]]`.
pub(super) fn sensors(
    root: &mut Fields<'_, '_>,
    ground: Option<&Ground>,
    ids: &mut Ids,
) -> Vec<Sensor> {
    root.tables("sensor").into_iter().filter_map(|fields| sensor(fields, ground, ids)).collect()
}

fn sensor(mut fields: Fields<'_, '_>, ground: Option<&Ground>, ids: &mut Ids) -> Option<Sensor> {
    let id = ids.own(&mut fields, "id", "sensor");
    let name = fields.words("name");
    let node_id = ids.node(&mut fields);
    let at = Ground::place(&mut fields, "at", ground);
    let height_m = fields.number("height_m", 0.0..=5_000.0);
    let range_max_m = fields.number("range_max_m", 1.0..=100_000.0);
    let revisit_s = fields.number("revisit_s", 0.1..=86_400.0);
    let (facing, field_rad) = pointing(&mut fields);
    let kind = fields.choice("kind", KINDS).and_then(|read| read(&mut fields));
    let (place, point) = at?;
    Some(Sensor {
        id: SensorId(id?),
        name: name?,
        node_id: node_id?,
        place,
        point,
        height_m: height_m?,
        facing,
        field_rad,
        range_max_m: range_max_m?,
        revisit_s: revisit_s?,
        kind: kind?,
    })
}

/// `facing_deg` and `field_deg`; a sensor with neither sees all round.
fn pointing(fields: &mut Fields<'_, '_>) -> (Option<Azimuth>, f64) {
    if !fields.has("facing_deg") && !fields.has("field_deg") {
        // Asked for all the same, so that a fault lists them among the known fields.
        fields.number_or("facing_deg", 0.0..=360.0, 0.0);
        fields.number_or("field_deg", 0.0..=360.0, 0.0);
        return (None, std::f64::consts::TAU);
    }
    let facing_deg = fields.number("facing_deg", 0.0..=360.0);
    let field_deg = fields.number("field_deg", 0.1..=360.0);
    (facing_deg.map(Azimuth::from_degrees), field_deg.unwrap_or(360.0).to_radians())
}

fn optics(mut fields: Fields<'_, '_>) -> Option<Optics> {
    let pixels_across = pixels(&mut fields, "pixels_across");
    let pixels_down = pixels(&mut fields, "pixels_down");
    let pitch_um = fields.number("pitch_um", 0.5..=100.0);
    let focal_mm = fields.number("focal_mm", 1.0..=5_000.0);
    let netd_mk = fields.number_or("netd_mk", 1.0..=1_000.0, 50.0);
    Some(Optics {
        pixels_across: pixels_across?,
        pixels_down: pixels_down?,
        pitch_um: pitch_um?,
        focal_mm: focal_mm?,
        netd_mk,
    })
}

fn pixels(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<u32> {
    fields.whole(key, 16..=20_000).and_then(|count| u32::try_from(count).ok())
}

fn radar(mut fields: Fields<'_, '_>) -> Option<RadarFigures> {
    let walker_half_range_m = fields.number("walker_half_range_m", 10.0..=100_000.0);
    let notch_mps = fields.number_or("notch_mps", 0.0..=20.0, 0.3);
    let range_sigma_m = fields.number_or("range_sigma_m", 0.1..=1_000.0, 10.0);
    let azimuth_sigma_deg = fields.number_or("azimuth_sigma_deg", 0.01..=20.0, 0.5);
    Some(RadarFigures {
        walker_half_range_m: walker_half_range_m?,
        notch_mps,
        range_sigma_m,
        azimuth_sigma_deg,
    })
}

fn ground_sensor(mut fields: Fields<'_, '_>) -> Option<GroundFigures> {
    let radius_m = fields.number("radius_m", 1.0..=2_000.0);
    let p_detect = fields.number("p_detect", 0.01..=0.999);
    Some(GroundFigures { radius_m: radius_m?, p_detect: p_detect? })
}

fn platform(fields: &mut Fields<'_, '_>) -> Option<PlatformLimits> {
    let optics = fields.table("optics").and_then(optics);
    let mut limits = fields.table("limits")?;
    let wind_limit_mps = limits.number("wind_mps", 0.0..=100.0);
    let visibility_limit_m = limits.number("visibility_m", 0.0..=100_000.0);
    Some(PlatformLimits {
        optics: optics?,
        wind_limit_mps: wind_limit_mps?,
        visibility_limit_m: visibility_limit_m?,
    })
}

fn observer(mut fields: Fields<'_, '_>) -> Option<ObserverFigures> {
    let walker_half_range_m = fields.number("walker_half_range_m", 10.0..=20_000.0)?;
    Some(ObserverFigures { walker_half_range_m })
}

/// Reads every `[[unit]]`.
pub(super) fn units(
    root: &mut Fields<'_, '_>,
    ground: Option<&Ground>,
    ids: &mut Ids,
) -> Vec<Unit> {
    let mobilities = [("foot", Mobility::Foot), ("vehicle", Mobility::Vehicle)];
    root.tables("unit")
        .into_iter()
        .filter_map(|mut fields| {
            let id = ids.own(&mut fields, "id", "unit");
            let name = fields.words("name");
            let agency = fields.slug("agency");
            let node_id = ids.node(&mut fields);
            let mobility = fields.choice("mobility", &mobilities);
            let (place, point) = Ground::place(&mut fields, "at", ground)?;
            Some(Unit {
                id: UnitId(id?),
                name: name?,
                agency: agency?,
                node_id: node_id?,
                mobility: mobility?,
                place,
                point,
            })
        })
        .collect()
}
