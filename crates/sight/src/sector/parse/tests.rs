//! Whole sector files, good and bad.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::sector::{GroundKind, OpeningKind, Pose, RoadClass, SensorKind, TerrainSource};

const LINE: &str = r#"{"type":"LineString","coordinates":[[41.0,34.40],[41.02,34.44]]}"#;

const GOOD: &str = r#"
name = "test"
title = { en = "Test", ar = "اختبار" }

[terrain.exercise]
seed = 1
west_deg = 40.9
south_deg = 34.3
east_deg = 41.1
north_deg = 34.5

[line]
file = "line.geojson"
far_side = "left"
start_km = 12

[settings]
flat_speed_mps = { walker = 1.3 }

[[sensor]]
id = "tower-1"
name = { en = "Tower 1", ar = "برج ١" }
node_id = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01"
kind = "radar"
at = [41.0, 34.41]
height_m = 20
range_max_m = 9000
revisit_s = 4
radar = { walker_half_range_m = 6000 }

[[unit]]
id = "patrol-1"
name = { en = "Patrol 1", ar = "دورية ١" }
agency = "border-guard"
node_id = "6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d02"
mobility = "vehicle"
at = [41.03, 34.40]

[[barrier]]
id = "berm"
name = { en = "Berm", ar = "ساتر" }
kind = "berm"
from_km = 12.5
to_km = 13
delay_s = 20

[[barrier]]
id = "inner-fence"
name = { en = "Inner fence", ar = "السياج الداخلي" }
kind = "fence"
path = [[41.02, 34.40], [41.03, 34.42]]
delay_s = 40
p_detect = 0.8
damaged_share = 0.1
mover_delay_s = { vehicle = 5 }

[[barrier.opening]]
kind = "gate"
at = [41.0251, 34.41]
width_m = 4
delay_s = 90

[[road]]
id = "main"
name = { en = "Main road", ar = "الطريق الرئيسي" }
class = "paved"
width_m = 8
path = [[41.0, 34.39], [41.03, 34.39], [41.06, 34.41]]

[[road]]
id = "tracks"
name = { en = "Tracks", ar = "مسالك" }
class = "track"
file = "tracks.geojson"

[[going]]
id = "dunes"
name = { en = "Dunes", ar = "كثبان" }
kind = "sand"
ring = [[41.0, 34.35], [41.05, 34.35], [41.05, 34.38]]

[[going]]
id = "wadi"
name = { en = "Wadi", ar = "وادي" }
kind = "wadi"
path = [[41.0, 34.36], [41.06, 34.36]]
width_m = 60
"#;

#[test]
fn a_good_file_becomes_a_sector() {
    let sector = parse(GOOD, &line_only).unwrap();

    assert!(matches!(sector.terrain, TerrainSource::Exercise(recipe) if recipe.seed == 1));
    assert!(
        matches!(sector.sensors[0].kind, SensorKind::Radar(radar) if radar.walker_half_range_m > 5_999.0)
    );
    assert_eq!(sector.sensors[0].facing, None);
    assert_relative_eq!(sector.settings.flat_speed_mps[&crate::sector::Mover::Walker], 1.3);
    assert_eq!(sector.barriers[0].along_m, Some([12_500.0, 13_000.0]));
    // Some 4.44 km northward and 1.84 km eastward.
    assert!((sector.line.length_m - 4_803.0).abs() < 10.0, "{}", sector.line.length_m);
    assert_eq!(sector.stretches.len(), 19);
    assert_relative_eq!(sector.stretches[0].from_m, 12_000.0);
    assert_relative_eq!(sector.stretches[18].to_m, sector.line.end_m());
    assert_eq!(sector.stretch_at(12_250.0), sector.stretches[1].id);
    assert_eq!(sector.stretch_at(1e9), sector.stretches[18].id);
}

#[test]
fn each_fault_names_its_line_field_and_value() {
    for (good, bad, field, value) in [
        ("height_m = 20", "height_m = -3", "sensor[0].height_m", "-3"),
        ("height_m = 20", "height_m = nan", "sensor[0].height_m", "nan"),
        ("height_m = 20", "heigth_m = 20", "sensor[0].heigth_m", "20"),
        ("\"vehicle\"", "\"horse\"", "unit[0].mobility", "\"horse\""),
        (
            "radar = { walker_half_range_m = 6000 }",
            "radar = {}",
            "sensor[0].radar.walker_half_range_m",
            "",
        ),
        ("at = [41.0, 34.41]", "at = [34.41, 41.0]", "sensor[0].at", "[34.41, 41.0]"),
        ("at = [41.0, 34.41]", "at = [400, 1]", "sensor[0].at", "[400, 1]"),
        ("4f3f1d02", "4f3f1d01", "unit[0].node_id", "\"6f1c2b7e-31a5-4f6e-9c55-0a1f4f3f1d01\""),
        ("to_km = 13", "to_km = 12", "barrier[0].to_km", "12"),
        ("to_km = 13", "to_km = 99", "barrier[0].to_km", "99"),
        (
            "revisit_s = 4",
            "revisit_s = 4\nfacing_deg = 400\nfield_deg = 90",
            "sensor[0].facing_deg",
            "400",
        ),
        ("revisit_s = 4", "revisit_s = 4\nfacing_deg = 40", "sensor[0].field_deg", ""),
        ("revisit_s = 4", "revisit_s = 4\ndelay_s = 9", "sensor[0].delay_s", "9"),
        ("revisit_s = 4", "revisit_s = 4\npose = {}", "sensor[0].pose.lasts_s", ""),
        (
            "revisit_s = 4",
            "revisit_s = 4\npose = { heading_sigma_deg = 90, lasts_s = 60 }",
            "sensor[0].pose.heading_sigma_deg",
            "90",
        ),
        ("{ walker = 1.3 }", "{ walker = 0 }", "settings.flat_speed_mps.walker", "0"),
        ("\"line.geojson\"", "\"other.geojson\"", "line.file", "\"other.geojson\""),
        ("seed = 1", "seed = -1", "terrain.exercise.seed", "-1"),
        ("east_deg = 41.1", "east_deg = 40.1", "terrain.exercise.east_deg", "40.1"),
        ("name = \"test\"", "", "name", ""),
        ("class = \"track\"", "class = \"canal\"", "road[1].class", "\"canal\""),
        ("\"tracks.geojson\"", "\"other.geojson\"", "road[1].file", "\"other.geojson\""),
        ("kind = \"sand\"", "kind = \"snow\"", "going[0].kind", "\"snow\""),
        ("width_m = 60", "", "going[1].width_m", ""),
        (
            "width_m = 60",
            "width_m = 60\nring = [[41, 34.4], [41.1, 34.4], [41, 34.5]]",
            "going[1].path",
            "[[41.0, 34.36], [41.06, 34.36]]",
        ),
        ("path = [[41.02, 34.40], [41.03, 34.42]]\n", "", "barrier[1].from_km", ""),
        (
            "path = [[41.02, 34.40], [41.03, 34.42]]",
            "path = [[41.02, 34.40]]",
            "barrier[1].path",
            "[[41.02, 34.40]]",
        ),
        ("damaged_share = 0.1", "damaged_share = 1.1", "barrier[1].damaged_share", "1.1"),
        (
            "at = [41.0251, 34.41]",
            "at = [41.05, 34.41]",
            "barrier[1].opening[0].at",
            "[41.05, 34.41]",
        ),
        ("name = \"test\"", "name = \"te st\"", "name", "\"te st\""),
    ] {
        assert!(GOOD.contains(good), "{good}");

        let faults = parse(&GOOD.replacen(good, bad, 1), &line_only).unwrap_err();

        let found = faults.iter().find(|fault| fault.field == field && fault.value == value);
        assert!(
            found.is_some_and(|fault| fault.line.is_some() || value.is_empty()),
            "{bad}: {faults:#?}"
        );
    }
}

#[test]
fn an_antenna_turns_in_a_whole_number_of_parts_or_not_at_all() {
    let radar = "radar = { walker_half_range_m = 6000 }";
    let of = |sectors: &str| {
        let told = format!("radar = {{ walker_half_range_m = 6000, sectors = {sectors} }}");
        parse(&GOOD.replace(radar, &told), &line_only)
    };
    let sectors = |sector: &Sector| {
        let SensorKind::Radar(radar) = sector.sensors[0].kind else { return None };
        Some(radar.sectors)
    };

    assert_eq!(sectors(&of("32").unwrap()), Some(32));
    assert_eq!(sectors(&parse(GOOD, &line_only).unwrap()), Some(1));
    for wrong in ["0", "361", "2.5"] {
        let faults = of(wrong).unwrap_err();
        assert!(faults.iter().any(|fault| fault.field == "sensor[0].radar.sectors"), "{wrong}");
    }
}

#[test]
fn the_ground_at_a_point_is_told_with_its_nearest_road() {
    let sector = parse(GOOD, &line_only).unwrap();
    let at = |lon, lat, within_m| {
        let point = sector.frame.point(Wgs84::new(lon, lat).unwrap());
        sector.ground_at(point, within_m)
    };

    let by_the_road = at(41.015, 34.3905, 100.0);
    let road = by_the_road.road.unwrap();
    assert_eq!((road.road.id.as_str(), road.road.class), ("main", RoadClass::Paved));
    assert_relative_eq!(road.distance_m, 55.5, epsilon = 1.0);
    assert_relative_eq!(road.direction.degrees(), 90.0, epsilon = 0.1);
    assert_eq!(at(41.015, 34.3905, 50.0).road, None);
    assert_eq!(at(41.045, 34.355, 0.0).kind, GroundKind::Sand);
    assert_eq!(at(41.045, 34.3601, 0.0).kind, GroundKind::Wadi, "the last one named counts");
    assert_eq!(at(41.09, 34.49, 0.0).kind, GroundKind::Open);
    assert_eq!(sector.roads[1].lines.len(), 2);
    assert_eq!(at(41.0305, 34.47, 200.0).road.unwrap().road.id, "tracks");
}

#[test]
fn a_barrier_anywhere_has_its_gates_and_sensor() {
    let sector = parse(GOOD, &line_only).unwrap();

    let fence = &sector.barriers[1];
    assert_eq!((fence.along_m, fence.points.len()), (None, 2));
    assert_eq!(fence.mover_delay_s[&crate::sector::Mover::Vehicle].to_bits(), 5_f64.to_bits());
    assert!(fence.openings[0].kind == OpeningKind::Gate && fence.p_detect > 0.79);
}

#[test]
fn a_sensor_s_pose_is_its_kind_s_unless_the_file_tells_and_delay_is_none() {
    let plain = parse(GOOD, &line_only).unwrap();
    let told = GOOD.replace(
        "revisit_s = 4",
        "revisit_s = 4\ndelay_s = 1.7\npose = { heading_sigma_deg = 0.3, lasts_s = 600 }",
    );
    let told = parse(&told, &line_only).unwrap();

    assert_eq!(plain.sensors[0].pose(), Pose::default());
    let told = &told.sensors[0];
    assert_relative_eq!(told.delay_s, 1.7);
    assert_relative_eq!(told.pose().heading_sigma_deg, 0.3);
    assert_relative_eq!(told.pose().position_sigma_m, 0.0);
}

#[test]
fn all_faults_are_reported_together() {
    let bad = GOOD
        .replace("height_m = 20", "height_m = -3")
        .replace("\"vehicle\"", "\"horse\"")
        .replace("far_side = \"left\"", "");

    let faults = parse(&bad, &line_only).unwrap_err();

    let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["line.far_side", "sensor[0].height_m", "unit[0].mobility"]);
}

#[test]
fn a_fault_reads_as_one_line() {
    let faults = parse(&GOOD.replace("height_m = 20", "height_m = -3"), &line_only).unwrap_err();

    assert_eq!(
        faults[0].to_string(),
        "sector.toml:26: sensor[0].height_m = -3: must be a number from 0 to 5000"
    );
}

#[test]
fn what_is_not_toml_says_where() {
    let faults = parse("name = \"x\"\ntitle = = 3\n", &line_only).unwrap_err();

    assert_eq!(faults[0].line, Some(2));
    assert!(faults[0].problem.starts_with("is not TOML"), "{}", faults[0]);
}

#[test]
fn a_line_off_the_terrain_is_refused() {
    let far =
        |_: &str| Ok(br#"{"type":"LineString","coordinates":[[41.0,34.4],[42.0,34.4]]}"#.to_vec());

    let faults = parse(GOOD, &far).unwrap_err();

    assert!(faults.iter().any(|fault| fault.file == "line.geojson" && fault.field == "vertex 1"));
}

#[test]
fn obscured_directions_run_clockwise_and_over_north() {
    let with = |value: &str| {
        parse(
            &GOOD.replace("revisit_s = 4", &format!("revisit_s = 4\nobscured_deg = {value}")),
            &line_only,
        )
    };

    let sensor = &with("[[350, 10], [90, 100]]").unwrap().sensors[0];
    let hidden = |degrees| sensor.is_obscured(crate::geo::Azimuth::from_degrees(degrees));
    assert!(hidden(355.0) && hidden(5.0) && hidden(95.0));
    assert!(!hidden(349.0) && !hidden(11.0) && !hidden(180.0));
    let fault = with("[[10]]").unwrap_err().remove(0);
    assert_eq!(fault.problem, "must be a list of [from, to] between 0 and 360");
}

#[test]
fn a_scan_gives_the_revisit_time_and_duty_stretches_it() {
    let camera = "optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 75 }\n\
                  facing_deg = 300\nfield_deg = 200\nduty = 0.5\nscan = { dwell_s = 2, slew_s = 1 }";
    let file = GOOD
        .replace("kind = \"radar\"", "kind = \"thermal-camera\"")
        .replace("radar = { walker_half_range_m = 6000 }", camera);

    // 640 x 12 um behind 75 mm see 5.86 degrees, 5.28 without the overlap: 38 steps of 3 s, half of the time.
    let sector = parse(&file.replace("revisit_s = 4", ""), &line_only).unwrap();
    assert_relative_eq!(sector.sensors[0].revisit_s, 228.0, epsilon = 1e-9);
    let fault = parse(&file, &line_only).unwrap_err().remove(0);
    assert_eq!(fault.problem, "is shorter than the scan takes: at least 114.0");
}

#[test]
fn the_digest_sees_what_the_file_says_and_not_how() {
    let sector = parse(GOOD, &line_only).unwrap();
    let spaced = parse(&GOOD.replace("seed = 1", "seed   =  1 # same"), &line_only).unwrap();
    let moved = parse(&GOOD.replace("height_m = 20", "height_m = 21"), &line_only).unwrap();

    assert_eq!(sector.digest(), spaced.digest());
    assert_ne!(sector.digest(), moved.digest());
}

proptest! {
    #[test]
    fn no_damage_to_the_file_makes_it_panic(at in 0..GOOD.len(), with in "[\\[\\]={}\"0-9a-z.\n-]{0,4}") {
        let mut damaged = GOOD.as_bytes().to_vec();
        damaged.splice(at..(at + 2).min(GOOD.len()), with.bytes());
        let text = String::from_utf8_lossy(&damaged);

        // A broken file may by luck still be a good one; it must never panic and never be refused without a word.
        if let Err(faults) = parse(&text, &line_only) {
            prop_assert!(!faults.is_empty());
        }
    }
}

fn line_only(name: &str) -> Result<Vec<u8>, String> {
    if name == "line.geojson" {
        Ok(LINE.as_bytes().to_vec())
    } else if name == "tracks.geojson" {
        Ok(br#"{"type":"MultiLineString","coordinates":[[[41.03,34.46],[41.03,34.48]],[[41.05,34.46],[41.06,34.46]]]}"#.to_vec())
    } else {
        Err("no such file".to_owned())
    }
}

#[test]
fn a_seam_names_another_sector_and_an_end_of_an_open_line() {
    let seam =
        |neighbour: &str| format!("{GOOD}\n[[seam]]\nneighbour = \"{neighbour}\"\nend = \"end\"\n");

    let sector = parse(&seam("east"), &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let faults = parse(&seam("test"), &|_| Ok(LINE.as_bytes().to_vec())).unwrap_err();

    let expected = Seam { neighbour: "east".into(), end: LineEnd::End, overlap_m: 1_000.0 };
    assert_eq!(sector.seams, [expected]);
    assert_eq!(faults[0].field, "seam[0].neighbour");
}
