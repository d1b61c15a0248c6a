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
    Optics { pixels_across: 640, pixels_down: 512, pitch_um, focal_mm, netd_mk }
}

fn radar(notch_mps: f64) -> RangeModel {
    let figures = RadarFigures {
        walker_half_range_m: 4_000.0,
        notch_mps,
        range_sigma_m: 8.0,
        azimuth_sigma_deg: 0.5,
    };
    RangeModel::new(&SensorKind::Radar(figures), 0.0, Mover::Walker, &Settings::default())
}
