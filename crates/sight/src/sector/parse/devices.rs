//! Sensors and units.

use super::super::fields::Fields;
use super::super::{
    Arc, GroundFigures, Mobility, ObserverFigures, Optics, PlatformLimits, Pose, RadarFigures,
    Sensor, SensorId, SensorKind, Unit, UnitId,
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
    ("checkpoint", |fields| ground_sensor(fields.table("checkpoint")?).map(SensorKind::Checkpoint)),
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
    let (facing, field_rad) = pointing(&mut fields);
    let obscured = fields.pairs_or_none("obscured_deg", 0.0..=360.0);
    let kind = fields.choice("kind", KINDS).and_then(|read| read(&mut fields));
    let revisit_s = revisit_s(&mut fields, kind.as_ref(), field_rad);
    let delay_s = fields.number_or("delay_s", 0.0..=DELAY_MAX_S, 0.0);
    let pose = fields.table_if_any("pose").and_then(pose);
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
        obscured: obscured.into_iter().map(arc).collect(),
        range_max_m: range_max_m?,
        revisit_s: revisit_s?,
        delay_s,
        pose,
        kind: kind?,
    })
}

/// Longest delay: what is older would come too late for its place in time.
const DELAY_MAX_S: f64 = 5.0;

fn pose(mut fields: Fields<'_, '_>) -> Option<Pose> {
    let position_sigma_m = fields.number_or("position_sigma_m", 0.0..=1_000.0, 0.0);
    let heading_sigma_deg = fields.number_or("heading_sigma_deg", 0.0..=45.0, 0.0);
    let lasts_s = fields.number("lasts_s", 0.1..=1e6)?;
    Some(Pose { position_sigma_m, heading_sigma_deg, lasts_s })
}

/// Directions from one azimuth clockwise to another.
fn arc([from_deg, to_deg]: [f64; 2]) -> Arc {
    let from = Azimuth::from_degrees(from_deg);
    let width = Azimuth::from_radians(to_deg.to_radians() - from_deg.to_radians());
    Arc { from, width_rad: width.radians() }
}

/// Mean time between two looks at the same place: `revisit_s`, or what a sweep takes, over the share of time on duty.
fn revisit_s(
    fields: &mut Fields<'_, '_>,
    kind: Option<&SensorKind>,
    field_rad: f64,
) -> Option<f64> {
    let duty = fields.number_or("duty", 0.01..=1.0, 1.0);
    let sweep_s = fields.table_if_any("scan").and_then(|scan| sweep_s(scan, kind, field_rad));
    let Some(sweep_s) = sweep_s else {
        return fields.number("revisit_s", 0.1..=86_400.0).map(|revisit_s| revisit_s / duty);
    };
    let stated_s = fields.number_or("revisit_s", 0.1..=86_400.0, sweep_s);
    if stated_s < sweep_s {
        let problem = format!("is shorter than the scan takes: at least {sweep_s:.1}");
        fields.fault("revisit_s", problem);
    }
    Some(stated_s / duty)
}

/// How long a camera takes to look once at every part of its field of regard, step by step.
fn sweep_s(mut fields: Fields<'_, '_>, kind: Option<&SensorKind>, field_rad: f64) -> Option<f64> {
    let dwell_s = fields.number("dwell_s", 0.01..=3_600.0);
    let slew_s = fields.number_or("slew_s", 0.0..=600.0, 1.0);
    let overlap = fields.number_or("overlap", 0.0..=0.9, 0.1);
    let tilt_deg = fields.number_or("tilt_deg", 0.0..=180.0, 0.0);
    let optics = match kind? {
        SensorKind::ThermalCamera(optics) | SensorKind::VisibleCamera(optics) => optics,
        SensorKind::Balloon(platform) | SensorKind::Drone(platform) => &platform.optics,
        SensorKind::Radar(_)
        | SensorKind::GroundSensor(_)
        | SensorKind::Observer(_)
        | SensorKind::Checkpoint(_) => {
            fields.fault("dwell_s", "only cameras scan step by step: give revisit_s instead");
            return None;
        }
    };
    let steps = |field_rad: f64, view_rad: f64| {
        libm::ceil(field_rad / (view_rad * (1.0 - overlap)) - 1e-9).max(1.0)
    };
    let across = steps(field_rad, optics.view_rad(optics.pixels_across));
    let down = steps(tilt_deg.to_radians(), optics.view_rad(optics.pixels_down));
    Some(across * down * (dwell_s? + slew_s))
}

/// `facing_deg` and `field_deg`; a sensor with neither sees all round.
fn pointing(fields: &mut Fields<'_, '_>) -> (Option<Azimuth>, f64) {
    if !fields.has("facing_deg") && !fields.has("field_deg") {
        fields.mention("facing_deg");
        fields.mention("field_deg");
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
    let jitter_urad = fields.number_or("jitter_urad", 0.0..=10_000.0, 0.0);
    Some(Optics {
        pixels_across: pixels_across?,
        pixels_down: pixels_down?,
        pitch_um: pitch_um?,
        focal_mm: focal_mm?,
        netd_mk,
        jitter_urad,
    })
}

/// Kind and height of a camera that stands alone in a file.
pub(super) fn camera(fields: &mut Fields<'_, '_>) -> Option<(SensorKind, f64)> {
    let [thermal, visible] = [SensorKind::ThermalCamera, SensorKind::VisibleCamera];
    let kinds = [("thermal-camera", thermal), ("visible-camera", visible)];
    let kind = if fields.has("kind") { fields.choice("kind", &kinds) } else { Some(thermal) };
    let height_m = fields.number_or("height_m", 0.0..=5_000.0, 0.0);
    let optics = fields.table("optics").and_then(optics);
    Some((kind?(optics?), height_m))
}

fn pixels(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<u32> {
    fields.whole(key, 16..=20_000).and_then(|count| u32::try_from(count).ok())
}

fn radar(mut fields: Fields<'_, '_>) -> Option<RadarFigures> {
    let walker_half_range_m = fields.number("walker_half_range_m", 10.0..=100_000.0);
    let notch_mps = fields.number_or("notch_mps", 0.0..=20.0, 0.3);
    let range_sigma_m = fields.number_or("range_sigma_m", 0.1..=1_000.0, 10.0);
    let azimuth_sigma_deg = fields.number_or("azimuth_sigma_deg", 0.01..=20.0, 0.5);
    let clutter_db = fields.number_or("clutter_db", 0.0..=60.0, 0.0);
    let range_min_m = fields.number_or("range_min_m", 0.0..=10_000.0, 0.0);
    let sectors = u16::try_from(fields.whole_or("sectors", 1..=360, 1)).unwrap_or(1);
    Some(RadarFigures {
        walker_half_range_m: walker_half_range_m?,
        notch_mps,
        range_sigma_m,
        azimuth_sigma_deg,
        clutter_db,
        range_min_m,
        sectors,
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
