//! Known answers of DOMAIN.md and THERMAL.md.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::sector::{GroundFigures, ObserverFigures, RadarFigures};

#[test]
fn the_transfer_function_has_its_published_values() {
    for (ratio, chance) in [(0.5, 0.108), (1.0, 0.5), (1.5, 0.821), (2.0, 0.945)] {
        assert_relative_eq!(ttpf(ratio), chance, epsilon = 6e-4);
    }
    assert!(ttpf(0.0) < 1e-12 && ttpf(1e9) > 1.0 - 1e-12);
}

#[test]
fn visibility_of_one_kilometre_leaves_two_hundredths_of_the_light() {
    let through = |metres: f64| libm::exp(-extinction_per_m(1_000.0) * metres);

    assert_relative_eq!(through(1_000.0), 0.02, epsilon = 1e-4);
    assert_relative_eq!(through(500.0), 0.141, epsilon = 5e-4);
}

/// DOMAIN 2: 640 px at 15 um, f = 225 mm, no atmosphere: 7.1 / 1.8 / 1.1 km for a person.
#[test]
fn without_air_a_person_is_detected_recognised_and_identified_at_the_published_ranges() {
    let eye = optics(15.0, 225.0, 50.0);

    for (n50, half_range_m) in [(1.0, 7_125.0), (4.0, 1_781.0), (6.4, 1_113.0)] {
        assert_relative_eq!(
            0.95 * thermal::nyquist_per_rad(&eye) / n50,
            half_range_m,
            epsilon = 1.0
        );
    }
}

/// THERMAL.md, order of magnitude: 50 % detection range in km, within 15 %.
#[test]
fn dust_shortens_the_thermal_range_as_tabled() {
    let settings = Settings {
        n50_detect: 0.75,
        critical_dimension_m: [(Mover::Walker, 0.75)].into(),
        ..Settings::default()
    };
    let kind = SensorKind::ThermalCamera(optics(12.0, 100.0, 50.0));
    let model = RangeModel::new(&kind, 0.0, Mover::Walker, &settings);
    for (visibility_m, ratio, expected_m) in [
        (10_000.0, 0.4, 4_170.0),
        (10_000.0, 1.0, 4_170.0),
        (2_000.0, 0.4, 4_170.0),
        (2_000.0, 1.0, 2_510.0),
        (1_000.0, 0.4, 2_910.0),
        (1_000.0, 1.0, 1_490.0),
        (500.0, 0.4, 1_780.0),
        (500.0, 1.0, 850.0),
        (200.0, 0.4, 840.0),
        (200.0, 1.0, 390.0),
    ] {
        let per_m = ratio * dust_extinction_per_m(visibility_m);
        let half_range_m = (1..10_000)
            .map(f64::from)
            .find(|range_m| model.p_look(*range_m, per_m * range_m) < 0.5)
            .unwrap();

        let off = (half_range_m - expected_m).abs() / expected_m;
        assert!(off < 0.15, "V {visibility_m} r {ratio}: {half_range_m} against {expected_m}");
    }
}

/// THERMAL.md's simple geometric check: 17 um, 75 mm, N50 1.5 / 6 / 12 px.
#[test]
fn the_geometric_check_agrees() {
    let per_m = 75.0 * 1e3 / 17.0;
    for (size_m, pixels, range_m) in [(0.75, 1.5, 2_206.0), (0.75, 6.0, 551.0), (2.3, 12.0, 846.0)]
    {
        assert_relative_eq!(size_m * per_m / pixels, range_m, epsilon = 1.0);
    }
}

#[test]
fn a_radar_finds_half_of_the_radial_walkers_at_its_half_range() {
    let radar = radar(0.0);

    assert_relative_eq!(radar.p_look(4_000.0, 0.0), 0.5, epsilon = 1e-9);
    assert!(radar.p_look(2_000.0, 0.0) > 0.94);
    assert!(radar.p_look(8_000.0, 0.0) < 0.01);
}

#[test]
fn the_clutter_notch_takes_the_headings_across_the_beam() {
    assert_relative_eq!(in_clear_doppler(1.0, 0.5), 2.0 / 3.0, epsilon = 1e-12);
    assert!(in_clear_doppler(0.3, 0.4) <= 0.0);
    assert!(radar(0.4).p_look(4_000.0, 0.0) < 0.5);
}

#[test]
fn a_ground_sensor_ends_at_its_radius() {
    let kind = SensorKind::GroundSensor(GroundFigures { radius_m: 60.0, p_detect: 0.6 });
    let model = RangeModel::new(&kind, 0.0, Mover::Walker, &Settings::default());

    assert_relative_eq!(model.p_look(59.0, 9.0), 0.6);
    assert!(model.p_look(61.0, 0.0) <= 0.0);
}

#[test]
fn an_observer_finds_half_at_the_half_range_and_loses_it_in_dust() {
    let kind = SensorKind::Observer(ObserverFigures { walker_half_range_m: 600.0 });
    let model = RangeModel::new(&kind, 0.0, Mover::Walker, &Settings::default());

    assert_relative_eq!(model.p_look(600.0, 0.0), 0.5, epsilon = 1e-9);
    assert!(model.p_look(600.0, extinction_per_m(300.0) * 600.0) < 1e-6);
}

/// DOMAIN 2: 640 px at 15 um, f = 225 mm, no atmosphere: 7.1 / 1.8 / 1.1 km for a person, through the whole model.
#[test]
fn a_camera_in_dry_clear_air_nears_its_geometric_ranges_from_below() {
    let settings =
        Settings { humidity_gm3: 0.1, contrast_k: 50.0, f_number: 0.5, ..Settings::default() };
    let kind = SensorKind::ThermalCamera(optics(15.0, 225.0, 1.0));
    for (task, geometric_m) in
        [(Task::Detect, 7_125.0), (Task::Recognise, 1_781.25), (Task::Identify, 1_113.28)]
    {
        let model = RangeModel::for_task(&kind, 0.0, Mover::Walker, &settings, task);
        let range_m = model.half_range_m(0.0).unwrap();

        assert!(range_m <= geometric_m + 0.1 && range_m > 0.99 * geometric_m, "{task:?} {range_m}");
    }
}

#[test]
fn a_shaking_mast_blurs_a_long_lens_and_hardly_a_short_one() {
    let range_m = |focal_mm, jitter_urad| {
        let optics = Optics { jitter_urad, ..optics(12.0, focal_mm, 50.0) };
        let kind = SensorKind::ThermalCamera(optics);
        let model = RangeModel::new(&kind, 0.0, Mover::Walker, &Settings::default());
        model.half_range_m(0.0).unwrap()
    };

    assert!(range_m(300.0, 120.0) < 0.6 * range_m(300.0, 0.0));
    assert!(range_m(50.0, 10.0) > 0.98 * range_m(50.0, 0.0));
    let shaken = Optics { jitter_urad: 50.0, ..optics(4.0, 300.0, 50.0) };
    // sqrt(ln 10 / 2) / (pi 50e-6) = 6831 cycles per radian, where the picture has a tenth of its contrast.
    assert_relative_eq!(thermal::steady_per_rad(&shaken), 6_831.0, epsilon = 1.0);
}

#[test]
fn clutter_takes_range_by_the_fourth_root_and_the_blind_zone_takes_the_foot() {
    let with = |clutter_db, range_min_m| {
        let figures = RadarFigures {
            walker_half_range_m: 4_000.0,
            notch_mps: 0.0,
            range_sigma_m: 8.0,
            azimuth_sigma_deg: 0.5,
            clutter_db,
            range_min_m,
            sectors: 1,
        };
        RangeModel::new(&SensorKind::Radar(figures), 0.0, Mover::Walker, &Settings::default())
    };

    assert_relative_eq!(with(12.0, 0.0).half_range_m(0.0).unwrap(), 2_004.7, epsilon = 0.2);
    assert!(with(0.0, 200.0).p_look(199.0, 0.0) <= 0.0);
    assert!(with(0.0, 200.0).p_look(201.0, 0.0) > 0.9);
}

#[test]
fn a_checkpoint_stops_all_that_walk_or_drive_and_nothing_that_flies() {
    let kind = SensorKind::Checkpoint(GroundFigures { radius_m: 40.0, p_detect: 0.95 });
    let p_look = |mover, range_m| {
        RangeModel::new(&kind, 0.0, mover, &Settings::default()).p_look(range_m, 9.0)
    };

    assert_relative_eq!(p_look(Mover::Vehicle, 39.0), 0.95);
    assert!(p_look(Mover::Vehicle, 41.0) <= 0.0 && p_look(Mover::Drone, 10.0) <= 0.0);
}

#[test]
fn a_hotter_mover_is_seen_further_in_dust() {
    let settings =
        Settings { mover_contrast_k: [(Mover::Vehicle, 10.0)].into(), ..Settings::default() };
    let kind = SensorKind::ThermalCamera(optics(12.0, 100.0, 50.0));
    let range_m = |settings: &Settings| {
        let model = RangeModel::new(&kind, 0.0, Mover::Vehicle, settings);
        model.half_range_m(dust_extinction_per_m(1_000.0)).unwrap()
    };

    assert!(range_m(&settings) > 1.15 * range_m(&Settings::default()));
}

#[test]
fn raised_dust_takes_its_own_high_end_and_clear_air_adds_nothing() {
    let settings = Settings::default();
    let by = |visibility_m, obscurant| Added::by(visibility_m, obscurant, &settings);

    for (visibility_m, obscurant, [low, high]) in [
        (1_000.0, Obscurant::Dust, [0.4, 1.0]),
        (2_000.0, Obscurant::Dust, [0.4, 1.0]),
        (3_000.0, Obscurant::Dust, [0.4, 0.825]),
        (5_000.0, Obscurant::Dust, [0.4, 0.65]),
        (1_000.0, Obscurant::Fog, [0.5, 1.0]),
    ] {
        let ratio = by(visibility_m, obscurant).thermal_ratio;
        assert_relative_eq!(ratio[0], low);
        assert_relative_eq!(ratio[1], high);
    }
    assert!(by(1e9, Obscurant::Fog).visible_per_m <= 0.0);
}

proptest! {
    #[test]
    fn more_dust_or_range_never_helps(
        range_m in 1.0..15_000.0_f64, further_m in 0.0..5_000.0_f64, depth in 0.0..12.0_f64, more in 0.0..6.0_f64,
    ) {
        let kind = SensorKind::ThermalCamera(optics(12.0, 100.0, 50.0));
        let model = RangeModel::new(&kind, 30.0, Mover::Group, &Settings::default());

        let near = model.p_look(range_m, depth);
        prop_assert!(model.p_look(range_m + further_m, depth) <= near + 1e-12);
        prop_assert!(model.p_look(range_m, depth + more) <= near + 1e-12);
    }
}

fn optics(pitch_um: f64, focal_mm: f64, netd_mk: f64) -> Optics {
    Optics { pixels_across: 640, pixels_down: 512, pitch_um, focal_mm, netd_mk, jitter_urad: 0.0 }
}

fn radar(notch_mps: f64) -> RangeModel {
    let figures = RadarFigures {
        walker_half_range_m: 4_000.0,
        notch_mps,
        range_sigma_m: 8.0,
        azimuth_sigma_deg: 0.5,
        clutter_db: 0.0,
        range_min_m: 0.0,
        sectors: 1,
    };
    RangeModel::new(&SensorKind::Radar(figures), 0.0, Mover::Walker, &Settings::default())
}
