//! The terrain's source and the sector's settings.

use std::collections::BTreeMap;

use super::super::fields::Fields;
use super::super::{ExerciseTerrain, Mover, Settings, TerrainSource};
use super::ground::KINDS;

/// Reads `[terrain]`: either `files` or an `exercise` recipe.
pub(super) fn terrain(mut fields: Fields<'_, '_>) -> Option<TerrainSource> {
    let exercise = fields.table_if_any("exercise").map(exercise);
    fields.mention("files");
    match (exercise, fields.has("files")) {
        (Some(_), true) => {
            fields.texts("files");
            fields.fault("files", "stands beside terrain.exercise: keep one of the two");
            None
        }
        (Some(recipe), false) => recipe.map(TerrainSource::Exercise),
        (None, _) => fields.texts("files").map(TerrainSource::Files),
    }
}

fn exercise(mut fields: Fields<'_, '_>) -> Option<ExerciseTerrain> {
    let seed = fields.whole("seed", 0..=u64::MAX);
    let west_deg = fields.number("west_deg", -180.0..=180.0);
    let east_deg = fields.number("east_deg", -180.0..=180.0);
    let south_deg = fields.number("south_deg", -80.0..=80.0);
    let north_deg = fields.number("north_deg", -80.0..=80.0);
    let spacing_arcsec = fields.number_or("spacing_arcsec", 0.5..=30.0, 1.0);
    for (low, high, key) in [(west_deg, east_deg, "east_deg"), (south_deg, north_deg, "north_deg")]
    {
        if let (Some(low), Some(high)) = (low, high)
            && !(low < high && high - low <= 5.0)
        {
            fields.fault(key, "must exceed its opposite bound, by at most 5 degrees");
        }
    }
    Some(ExerciseTerrain {
        seed: seed?,
        west_deg: west_deg?,
        south_deg: south_deg?,
        east_deg: east_deg?,
        north_deg: north_deg?,
        spacing_arcsec,
    })
}

/// What the word of sensors and of people is worth.
fn testimony(fields: &mut Fields<'_, '_>, s: &mut Settings) {
    let single: [(&'static str, &mut f64, f64, f64); 9] = [
        ("camera_class_right", &mut s.camera_class_right, 0.2, 0.99),
        ("radar_class_right", &mut s.radar_class_right, 0.2, 0.99),
        ("ground_class_right", &mut s.ground_class_right, 0.2, 0.99),
        ("people_class_right", &mut s.people_class_right, 0.2, 0.99),
        ("report_sigma_m", &mut s.report_sigma_m, 5.0, 5_000.0),
        ("report_radius_m", &mut s.report_radius_m, 10.0, 10_000.0),
        ("report_p_detect", &mut s.report_p_detect, 0.01, 0.99),
        ("report_age_s", &mut s.report_age_s, 0.0, 3_600.0),
        ("report_weight", &mut s.report_weight, 0.01, 1.0),
    ];
    for (key, value, low, high) in single {
        *value = fields.number_or(key, low..=high, *value);
    }
}

/// Reads `[settings]` over the defaults.
pub(super) fn settings(fields: Option<Fields<'_, '_>>) -> Settings {
    let mut settings = Settings::default();
    let Some(mut fields) = fields else { return settings };
    let s = &mut settings;
    let single: [(&'static str, &mut f64, f64, f64); 30] = [
        ("refraction", &mut s.refraction, -1.0, 1.0),
        ("radar_refraction", &mut s.radar_refraction, -1.0, 1.0),
        ("heartbeat_limit_s", &mut s.heartbeat_limit_s, 1.0, 86_400.0),
        ("weather_limit_s", &mut s.weather_limit_s, 1.0, 86_400.0),
        ("clock_step_s", &mut s.clock_step_s, 0.1, 600.0),
        ("clock_drift_ppm", &mut s.clock_drift_ppm, 1.0, 10_000.0),
        ("sight_evenness", &mut s.sight_evenness, 0.01, 1e6),
        ("n50_detect", &mut s.n50_detect, 0.1, 20.0),
        ("n50_recognise", &mut s.n50_recognise, 0.1, 50.0),
        ("n50_identify", &mut s.n50_identify, 0.1, 100.0),
        ("visible_contrast", &mut s.visible_contrast, 0.01, 10.0),
        ("least_contrast", &mut s.least_contrast, 0.001, 0.5),
        ("raised_dust_visibility_m", &mut s.raised_dust_visibility_m, 0.0, 50_000.0),
        ("raised_dust_ratio", &mut s.raised_dust_ratio, 0.0, 2.0),
        ("camera_false_per_look", &mut s.camera_false_per_look, 0.0, 1_000.0),
        ("radar_false_per_look", &mut s.radar_false_per_look, 0.0, 1_000.0),
        ("ground_false_per_look", &mut s.ground_false_per_look, 0.0, 1_000.0),
        ("clear_visibility_m", &mut s.clear_visibility_m, 1_000.0, 300_000.0),
        ("contrast_k", &mut s.contrast_k, 0.05, 50.0),
        ("humidity_gm3", &mut s.humidity_gm3, 0.1, 40.0),
        ("off_path_factor", &mut s.off_path_factor, 0.05, 1.0),
        ("vehicle_bridging_s", &mut s.vehicle_bridging_s, 0.0, 86_400.0),
        ("vehicle_width_m", &mut s.vehicle_width_m, 0.5, 10.0),
        ("path_cell_m", &mut s.path_cell_m, 10.0, 1_000.0),
        ("observer_half_range_m", &mut s.observer_half_range_m, 10.0, 20_000.0),
        ("observer_height_m", &mut s.observer_height_m, 0.0, 100.0),
        ("observer_revisit_s", &mut s.observer_revisit_s, 0.1, 86_400.0),
        ("f_number", &mut s.f_number, 0.5, 20.0),
        ("frame_hz", &mut s.frame_hz, 1.0, 1_000.0),
        ("radar_false_alarm", &mut s.radar_false_alarm, 1e-12, 0.01),
    ];
    for (key, value, low, high) in single {
        *value = fields.number_or(key, low..=high, *value);
    }
    testimony(&mut fields, s);
    s.dust_ratio = fields.interval_or("dust_ratio", 0.0..=2.0, s.dust_ratio);
    s.fog_ratio = fields.interval_or("fog_ratio", 0.0..=2.0, s.fog_ratio);
    let tables: [(&'static str, &mut BTreeMap<Mover, f64>, f64, f64); 5] = [
        ("critical_dimension_m", &mut s.critical_dimension_m, 0.05, 50.0),
        ("target_height_m", &mut s.target_height_m, 0.1, 5_000.0),
        ("radar_cross_section_m2", &mut s.radar_cross_section_m2, 1e-4, 1e4),
        ("ground_reach", &mut s.ground_reach, 0.0, 100.0),
        ("checkpoint_reach", &mut s.checkpoint_reach, 0.0, 100.0),
    ];
    by_movers(&mut fields, tables);
    paces(&mut fields, s);
    if let Some(mut row) = fields.table_if_any("mover_contrast_k") {
        for (mover, key) in MOVERS {
            let figure = row.number_or(key, 0.05..=50.0, s.contrast_k);
            if row.has(key) {
                s.mover_contrast_k.insert(mover, figure);
            }
        }
    }
    if s.least_contrast >= s.visible_contrast {
        fields.fault("least_contrast", "must lie below visible_contrast");
    }
    settings
}

/// How fast movers and units are over what.
fn paces(fields: &mut Fields<'_, '_>, s: &mut Settings) {
    s.road_slope_max = fields.number_or("road_slope_max", 0.0..=1.0, s.road_slope_max);
    let units: [(&'static str, &mut [f64; 2], f64, f64); 3] = [
        ("unit_speed_mps", &mut s.unit_speed_mps, 0.1, 60.0),
        ("unit_road_speed_mps", &mut s.unit_road_speed_mps, 0.1, 60.0),
        ("unit_night_speed_share", &mut s.unit_night_speed_share, 0.05, 1.0),
    ];
    for (key, value, low, high) in units {
        *value = fields.interval_or(key, low..=high, *value);
    }
    by_movers(
        fields,
        [
            ("flat_speed_mps", &mut s.flat_speed_mps, 0.05, 100.0),
            ("road_speed_mps", &mut s.road_speed_mps, 0.05, 100.0),
            ("track_speed_share", &mut s.track_speed_share, 0.05, 1.0),
            ("night_speed_share", &mut s.night_speed_share, 0.05, 1.0),
        ],
    );
    let Some(mut kinds) = fields.table_if_any("ground_speed_share") else { return };
    for (key, kind) in KINDS.iter().skip(1) {
        if let Some(mut row) = kinds.table_if_any(key) {
            by_mover(&mut row, s.ground_speed_share.entry(*kind).or_default(), 0.0, 3.0);
        }
    }
}

fn by_movers<const N: usize>(
    fields: &mut Fields<'_, '_>,
    tables: [(&'static str, &mut BTreeMap<Mover, f64>, f64, f64); N],
) {
    for (key, table, low, high) in tables {
        if let Some(mut row) = fields.table_if_any(key) {
            by_mover(&mut row, table, low, high);
        }
    }
}

fn by_mover(row: &mut Fields<'_, '_>, table: &mut BTreeMap<Mover, f64>, low: f64, high: f64) {
    for (mover, key) in MOVERS {
        let default = Settings::of(table, mover);
        table.insert(mover, row.number_or(key, low..=high, default));
    }
}

/// Movers by their word in the file.
pub(super) const MOVERS: [(Mover, &str); 5] = [
    (Mover::Walker, "walker"),
    (Mover::Group, "group"),
    (Mover::Donkey, "donkey"),
    (Mover::Vehicle, "vehicle"),
    (Mover::Drone, "drone"),
];
