//! Reports of sensors on a real-shaped piece of ground.

use jiff::Timestamp;
use sight::sector::{SensorId, parse};
use sight::terrain::Grid;

use super::*;
use crate::detection::Source;
use crate::looks::Step;
use crate::tracking::Aloft;

const LINE: &str = r#"{"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}"#;

/// A flat sector 200 m above sea with one sensor, 20 km east of the middle of its frame or so.
fn model(sensor: &str) -> Model {
    let text = format!(
        r#"
name = "flat"
title = {{ en = "Flat", ar = "منبسط" }}

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"

[[sensor]]
id = "it"
name = {{ en = "It", ar = "هو" }}
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01"
at = [41.515, 34.5]
range_max_m = 8000.0
revisit_s = 5.0
{sensor}
"#
    );
    let sector = parse(&text, &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let step_deg = 1.0 / 1_200.0;
    let (width, height) = (241, 241);
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.6,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m: vec![200; width * height],
    };
    Model::build(sector, grid).unwrap()
}

fn seen(model: &Model, position: ReportedPosition, moved_to: Option<MovedTo>) -> Scan {
    let report = DetectionReport {
        source: Source::Sensor(SensorId("it".into())),
        report_id: "1".into(),
        object_id: "1".into(),
        observed_at: Timestamp::UNIX_EPOCH,
        position,
        confidence: None,
        classes: Vec::new(),
        remarks: crate::detection::Remarks::default(),
    };
    let step = Step { sensor: SensorId("it".into()), index: 0 };
    let at = Timestamp::UNIX_EPOCH;
    let look = Look { at, step, reports: vec![report], arrived_at: at, before: 0 };
    let (scan, unusable) = scan_of(&look, model, moved_to).unwrap();
    assert!(unusable.is_empty());
    scan
}

fn polar(azimuth_deg: f64, elevation_deg: Option<f64>, range_m: Option<f64>) -> ReportedPosition {
    ReportedPosition::Polar {
        azimuth_deg,
        azimuth_sigma_deg: None,
        elevation_deg,
        elevation_sigma_deg: None,
        range_m,
        range_sigma_m: None,
    }
}

const RADAR: &str = "kind = 'radar'\nheight_m = 20\nradar = { walker_half_range_m = 6000 }";
const CAMERA: &str = "kind = 'thermal-camera'\nheight_m = 20\n\
    optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 100 }";
const GROUND: &str =
    "kind = 'ground-sensor'\nheight_m = 0\nground = { radius_m = 60, p_detect = 0.6 }";

#[test]
fn a_slant_range_is_laid_down_onto_the_ground() {
    let model = model(RADAR);
    let point = model.sector().sensors[0].point;
    let high = MovedTo { point, height_m: 300.0 };

    let scan = seen(&model, polar(90.0, None, Some(1_000.0)), Some(high));

    let Sighting::RangeBearing { range_m, .. } = scan.measurements[0].sighting else { panic!() };
    assert!((range_m - 953.9).abs() < 0.1, "{range_m}");
}

/// Ten degrees up at 2 km: 347.3 m above the head, 1 969.6 m over the ground, and 0.27 m for the earth's curve.
#[test]
fn a_radar_that_measures_elevation_tells_a_height_and_how_far_that_is_over_the_ground() {
    let model = model(RADAR);
    let up = |elevation_deg| ReportedPosition::Polar {
        azimuth_deg: 90.0,
        azimuth_sigma_deg: None,
        elevation_deg: Some(elevation_deg),
        elevation_sigma_deg: Some(0.5),
        range_m: Some(2_000.0),
        range_sigma_m: Some(10.0),
    };

    let scan = seen(&model, up(10.0), None);

    let Some(Aloft::Height { height_m, sigma_m, range_m }) = scan.measurements[0].aloft else {
        panic!("{scan:?}")
    };
    assert!((height_m - (220.0 + 347.3 + 0.27)).abs() < 0.1, "{height_m}");
    assert!((range_m.unwrap() - 1_969.6).abs() < 0.1);
    // 17.2 m of the angle, 1.7 m of the range, 5 m of the terrain under the head.
    assert!((sigma_m - 18.0).abs() < 0.1, "{sigma_m}");
    let Sighting::RangeBearing { range_m, .. } = scan.measurements[0].sighting else { panic!() };
    assert!((range_m - 1_999.9).abs() < 0.1, "on the ground it is as far as ever: {range_m}");
}

#[test]
fn a_range_alone_and_a_line_of_sight_say_what_they_are_if_the_thing_flies() {
    let ranged = seen(&model(RADAR), polar(90.0, None, Some(1_000.0)), None);
    let looked = seen(&model(CAMERA), polar(90.0, Some(-2.0), None), None);

    let Some(Aloft::Slant { head_m, range_m, .. }) = ranged.measurements[0].aloft else {
        panic!("{ranged:?}")
    };
    assert!((head_m - 220.0).abs() < 1e-9 && (range_m - 1_000.0).abs() < 1e-9);
    let Some(Aloft::Line { head_m, elevation_rad, ground_m2_per_rad2, .. }) =
        looked.measurements[0].aloft
    else {
        panic!("{looked:?}")
    };
    assert!((head_m - 220.0).abs() < 1e-9);
    assert!((elevation_rad + 2_f64.to_radians()).abs() < 1e-12);
    // 573 m away, 33 m of range and 5 m aside, the least that is believed, to 2 mrad each.
    let expected = 33.0 * 5.0 / 0.002_f64.powi(2);
    assert!((ground_m2_per_rad2 / expected - 1.0).abs() < 0.1, "{ground_m2_per_rad2:e}");
}

#[test]
fn a_height_beside_a_place_counts_with_its_error_alone() {
    let model = model(RADAR);
    let aloft = |height_m: f64, height_sigma_m: Option<f64>| {
        let place = ReportedPlace {
            lon_deg: 41.515,
            lat_deg: 34.5,
            height_m: Some(height_m),
            height_sigma_m,
            east_sigma_m: Some(10.0),
            north_sigma_m: Some(10.0),
        };
        seen(&model, ReportedPosition::Place(place), None).measurements[0].aloft
    };

    assert_eq!(
        aloft(310.0, Some(12.0)),
        Some(Aloft::Height { height_m: 310.0, sigma_m: 12.0, range_m: None })
    );
    assert_eq!(aloft(310.0, None), None);
    assert_eq!(aloft(90_000.0, Some(12.0)), None);
}

#[test]
fn a_true_azimuth_is_turned_into_the_plane_s() {
    let model = model(CAMERA);
    let far = EnuPoint::new(20_000.0, 0.0);
    let moved = MovedTo { point: far, height_m: 20.0 };

    let scan = seen(&model, polar(0.0, None, None), Some(moved));

    // Meridians converge by (longitude off the middle) * sin(latitude).
    let frame = &model.sector().frame;
    let off_deg = frame.place(far).lon_deg() - frame.origin().lon_deg();
    let expected_rad = off_deg.to_radians() * frame.origin().lat_deg().to_radians().sin();
    let Sighting::Bearing { azimuth, .. } = scan.measurements[0].sighting else { panic!() };
    let turned_rad = azimuth.minus(Azimuth::from_radians(0.0));
    assert!((turned_rad.abs() - expected_rad).abs() < 5e-6, "{turned_rad} {expected_rad}");
    assert!(turned_rad.abs() > 2e-3);
}

#[test]
fn a_grazing_camera_keeps_its_elevation() {
    let model = model(CAMERA);

    let grazing = seen(&model, polar(90.0, Some(-0.2), None), None);
    let steep = seen(&model, polar(90.0, Some(-2.0), None), None);

    let Sighting::Sightline { height_m, elevation_rad, .. } = grazing.measurements[0].sighting
    else {
        panic!("{grazing:?}")
    };
    assert!((height_m - 220.0).abs() < 1e-9);
    assert!((elevation_rad + 0.2_f64.to_radians()).abs() < 1e-12);
    assert!(matches!(steep.measurements[0].sighting, Sighting::Position { .. }));
}

#[test]
fn a_ground_sensor_s_trigger_is_a_disc_around_it() {
    let model = model(GROUND);
    let place = ReportedPlace {
        lon_deg: 41.515,
        lat_deg: 34.5,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: Some(1.0),
        north_sigma_m: Some(1.0),
    };

    let scan = seen(&model, ReportedPosition::Place(place), None);

    let Sighting::Position { covariance_m2, mean_m } = scan.measurements[0].sighting else {
        panic!()
    };
    assert!((covariance_m2.m11 - 3_600.0).abs() < 1e-9, "its radius is the sigma");
    let point = model.sector().sensors[0].point;
    assert!((mean_m - point.to_vector()).norm() < 1e-9);
}

#[test]
fn a_pose_goes_with_a_look() {
    let told = "\npose = { position_sigma_m = 3, heading_sigma_deg = 0.5, lasts_s = 90 }";
    let model = model(&format!("{RADAR}{told}"));

    let scan = seen(&model, polar(90.0, None, Some(1_000.0)), None);

    assert!((scan.pose.heading_sigma_rad - 0.5_f64.to_radians()).abs() < 1e-12);
    assert!((scan.pose.position_sigma_m - 3.0).abs() < 1e-12);
    assert_eq!(scan.pose.origin, Some(model.sector().sensors[0].point));
}

#[test]
fn a_radar_s_notch_says_what_share_of_each_class_the_chance_counts_with() {
    let model = model(RADAR);

    let notch = seen(&model, polar(90.0, None, Some(1_000.0)), None).notch.unwrap();

    assert!((notch.speed_mps - 0.3).abs() < 1e-12);
    // A walker off the path: 1.4 m/s * 0.6; 1 - 2/pi asin(0.3 / 0.84).
    assert!((notch.counted.get(Class::Person) - 0.7675).abs() < 1e-3, "{:?}", notch.counted);
    assert!(notch.counted.get(Class::Vehicle) > 0.95);
}

#[test]
fn a_radar_whose_antenna_turns_looks_at_one_part_of_its_turn_at_a_time() {
    let model = model(&RADAR.replace("6000 }", "6000, sectors = 4 }"));
    let sensor = &model.sector().sensors[0];
    let part = |azimuth_deg| {
        let report = DetectionReport {
            source: Source::Sensor(sensor.id.clone()),
            report_id: "1".into(),
            object_id: String::new(),
            observed_at: Timestamp::UNIX_EPOCH,
            position: polar(azimuth_deg, None, Some(1_000.0)),
            confidence: None,
            classes: Vec::new(),
            remarks: crate::detection::Remarks::default(),
        };
        steps_near(&report, &model, sensor, None)
    };

    assert_eq!(steps_of(sensor), 4);
    let parts = [1.0, 45.0, 89.0, 91.0, 181.0, 359.0].map(part);
    assert_eq!(parts.map(|(own, _)| own), [0, 0, 0, 1, 2, 3]);
    let beside = [Some(3), None, Some(1), Some(0), Some(1), Some(0)];
    assert_eq!(parts.map(|(_, beside)| beside), beside, "a tenth of a part from the edge");
    let Footprint::Wedge { facing, width_rad, .. } =
        seen(&model, polar(45.0, None, Some(1_000.0)), None).sees
    else {
        panic!("not a wedge")
    };
    assert!(facing.minus(Azimuth::from_degrees(45.0)).abs() < 1e-9);
    // Neighbours overlap by a tenth on each side, so that noise at an edge is found.
    assert!((width_rad.to_degrees() - 108.0).abs() < 1e-9);
}

#[test]
fn the_errors_of_a_place_may_hang_together_as_far_as_they_can() {
    let model = model(
        "kind = 'drone'\nheight_m = 100\noptics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 25 }\nlimits = { wind_mps = 12, visibility_m = 1000 }",
    );
    let place = ReportedPlace {
        lon_deg: 41.52,
        lat_deg: 34.5,
        height_m: None,
        height_sigma_m: None,
        east_sigma_m: Some(30.0),
        north_sigma_m: Some(20.0),
    };
    let ellipse = |cross_m2| ReportedPosition::Ellipse { place, cross_m2 };

    let scan = seen(&model, ellipse(-500.0), None);
    let Sighting::Position { covariance_m2, .. } = scan.measurements[0].sighting else {
        panic!("{scan:?}")
    };
    assert!((covariance_m2[(0, 1)] + 500.0).abs() < 1e-9);
    assert!((covariance_m2[(1, 0)] + 500.0).abs() < 1e-9);
    let stand = Stand::of(&model.sector().sensors[0], &model, None);
    for wrong in [600.0, -601.0, f64::NAN] {
        let report = DetectionReport {
            source: Source::Sensor(SensorId("it".into())),
            report_id: "1".into(),
            object_id: "1".into(),
            observed_at: Timestamp::UNIX_EPOCH,
            position: ellipse(wrong),
            confidence: None,
            classes: Vec::new(),
            remarks: crate::detection::Remarks::default(),
        };
        assert_eq!(stand.sighting(&report).err().unwrap().0, "location.cross_m2");
    }
}
