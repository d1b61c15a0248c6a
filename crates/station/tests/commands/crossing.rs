//! `watchline crossing`.

use std::path::Path;

use super::{DRILL, answer, answer_with, complaint};

const TEXTBOOK: &str = "p_detect,delay_s,delay_sd_s,at\n0,10,3,B\n0,12,3.6,B\n0.9,90,27,B\n0,10,3,B\n0.9,90,27,B\n0,120,36,B\n";

#[test]
fn the_textbook_path_gets_its_answer_and_its_picture() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("path.csv"), TEXTBOOK).unwrap();

    let told = answer(
        home.path(),
        "crossing easi path.csv --response-s 300 --response-sd-s 90 --p-comm 0.95 --out path.svg",
    );

    let p_interrupt = told["p_interrupt"].as_f64().unwrap();
    assert!((p_interrupt - 0.476).abs() < 5e-4, "{told}");
    assert_eq!(told["critical_element"], 3);
    let picture = std::fs::read_to_string(home.path().join("path.svg")).unwrap();
    assert_eq!(picture.matches("fill-opacity").count(), 6, "one block for each element");
    let raster = "crossing easi path.csv --response-s 300 --response-sd-s 90 --out path.png";
    answer(home.path(), raster);
    assert!(std::fs::read(home.path().join("path.png")).unwrap().starts_with(b"\x89PNG"));
    let said =
        complaint(home.path(), "crossing easi path.csv --response-s -300 --response-sd-s 90");
    assert!(said.contains("response_s must be") && said.contains("-300"), "{said}");
}

#[test]
fn a_fault_in_a_path_names_file_line_field_and_value() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("path.csv"), TEXTBOOK.replace("0.9,90", "90,90")).unwrap();

    let said = complaint(home.path(), "crossing easi path.csv --response-s 300 --response-sd-s 90");

    assert!(said.contains("path.csv"), "{said}");
    assert!(said.contains("line 4: p_detect must be from 0 to 1, got \"90\""), "{said}");
}

/// A front that takes the sight for an hour.
const FRONT: &str = "time,lon_deg,lat_deg,visibility_m,dust\n\
    2026-03-31T09:00:00Z,41.02,34.44,20000,no\n\
    2026-03-31T10:00:00Z,41.02,34.44,100,yes\n\
    2026-03-31T11:00:00Z,41.02,34.44,20000,no\n";

/// The drill with a camera in the place of its radar, which sees through dust.
fn write_camera_drill(home: &Path) {
    let drill = std::fs::read_to_string(format!("{DRILL}/sector.toml")).unwrap();
    let camera =
        "optics = { pixels_across = 640, pixels_down = 512, pitch_um = 12, focal_mm = 75 }";
    let sector = drill
        .replace("kind = \"radar\"", "kind = \"thermal-camera\"")
        .replace("radar = { walker_half_range_m = 3000 }", camera);
    std::fs::write(home.join("sector.toml"), sector).unwrap();
    std::fs::copy(format!("{DRILL}/line.geojson"), home.join("line.geojson")).unwrap();
}

#[test]
fn the_chance_of_interruption_falls_while_a_front_passes() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("front.csv"), FRONT).unwrap();
    write_camera_drill(home.path());
    let ask = "crossing interrupt --sector sector.toml --weather front.csv --at 2026-03-31T09:00:00Z --hours 2";

    let told = answer(home.path(), &format!("{ask} --out hours.csv"));
    answer(home.path(), &format!("{ask} --out hours.png"));

    let hours = told["hours"].as_array().unwrap();
    let detected = |at: usize| hours[at]["p_detect"].as_f64().unwrap();
    assert_eq!(hours.len(), 3);
    assert!(detected(1) < detected(0) && detected(1) < detected(2), "{hours:?}");
    let mean = |at: usize| hours[at]["mean_p_interrupt"].as_f64().unwrap();
    assert!(mean(1) < mean(0) && mean(1) < mean(2) && mean(0) <= 1.0, "{hours:?}");
    assert_eq!(hours[0]["light"], "day");
    let rows = std::fs::read_to_string(home.path().join("hours.csv")).unwrap();
    let stretches = told["stretches"].as_array().unwrap().len();
    assert_eq!(rows.lines().count(), 1 + 3 * stretches);
    assert!(std::fs::read(home.path().join("hours.png")).unwrap().starts_with(b"\x89PNG"));
    let said = complaint(home.path(), &format!("crossing interrupt --sector {DRILL} --hours 2"));
    assert!(said.contains("--at"), "{said}");
}

#[test]
fn the_chance_of_interruption_follows_a_forecast_hour_by_hour() {
    let home = tempfile::tempdir().unwrap();
    write_camera_drill(home.path());
    let taf = "TAF ORXX 310800Z 3109/3112 27005MPS 9999 TEMPO 3110/3111 0100 DS";
    let words = |at: &'static str, hours: &'static str| {
        let weather = ["--weather", taf, "--at", at, "--hours", hours];
        [&["crossing", "interrupt", "--sector", "sector.toml"][..], &weather[..]].concat()
    };

    let told = answer_with(home.path(), &words("2026-03-31T09:00:00Z", "3"));

    let hours = told["hours"].as_array().unwrap();
    let visibility = |at: usize| hours[at]["visibility_m"].as_f64();
    let seen: Vec<_> = (0..4).map(visibility).collect();
    assert_eq!(&seen[..3], [Some(10_000.0), Some(100.0), Some(10_000.0)], "{hours:?}");
    let detected = |at: usize| hours[at]["p_detect"].as_f64().unwrap();
    assert!(detected(1) < detected(0) && detected(1) < detected(2), "{hours:?}");
    assert_eq!(hours[3]["at"], "2026-03-31T12:00:00Z");
    assert!(detected(3) <= detected(1), "nobody knows what comes after its end: {hours:?}");
}

#[test]
fn corridors_are_told_with_their_chances_and_drawn() {
    let home = tempfile::tempdir().unwrap();
    let ask =
        |rest: &str| answer(home.path(), &format!("crossing corridor --sector {DRILL} {rest}"));

    let (day, night) = (ask("--out c.png"), ask("--light night --out c.tif"));
    let profile = answer(home.path(), &format!("crossing profile --sector {DRILL} --out p.png"));

    let first = &day["corridors"][0];
    let least = profile["stretches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["probability"].as_f64().unwrap());
    let least = least.fold(1.0, f64::min);
    assert!((first["p_detect"].as_f64().unwrap() - least).abs() < 1e-9, "{first}");
    let time_s = |told: &serde_json::Value| told["corridors"][0]["time_s"].as_f64().unwrap();
    assert!(time_s(&night) > time_s(&day), "the dark slows everybody");
    for picture in ["c.png", "p.png"] {
        assert!(std::fs::read(home.path().join(picture)).unwrap().starts_with(b"\x89PNG"));
    }
    let said = complaint(home.path(), &format!("crossing corridor --sector {DRILL} --apart-m 0"));
    assert!(said.contains("--apart-m must be positive, got 0"), "{said}");
}

#[test]
fn isochrones_are_sooner_by_day_and_with_more_units_and_agree_with_their_raster() {
    let home = tempfile::tempdir().unwrap();
    let ask =
        |rest: &str| answer(home.path(), &format!("crossing isochrones --sector {DRILL} {rest}"));

    let (day, night) = (ask("--out i.csv"), ask("--light night --out i.png"));
    let unit = day["units"][0].as_str().unwrap();
    let alone = ask(&format!("--unit {unit}"));

    let times = |told: &serde_json::Value| {
        let posts = told["line"].as_array().unwrap();
        posts.iter().map(|post| post["time_s"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let (day_s, night_s, alone_s) = (times(&day), times(&night), times(&alone));
    assert!(day_s.iter().zip(&night_s).all(|(day, night)| day < night), "{day_s:?} {night_s:?}");
    assert!(day_s.iter().zip(&alone_s).all(|(all, one)| all <= one), "{day_s:?} {alone_s:?}");
    let rows = std::fs::read_to_string(home.path().join("i.csv")).unwrap();
    let cells: u64 = day["classes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| class["cells"].as_u64().unwrap())
        .sum();
    // The cell of the unit itself is reached in no time, and rows are of cells above 0.
    let units = day["units"].as_array().unwrap().len();
    let held = u64::try_from(rows.lines().count() - 1 + units).unwrap();
    assert!((cells..cells + 2).contains(&held), "{held} {cells}");
    let said = complaint(home.path(), &format!("crossing isochrones --sector {DRILL} --unit x"));
    assert!(said.contains("--unit x: the sector has no such unit; it has "), "{said}");
}
