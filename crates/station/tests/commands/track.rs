//! `watchline track`.

use super::{answer, complaint};

/// The repository, whose test data the examples in `--help` name.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn four_sensors_track_real_boats_better_than_two() {
    let root = std::path::Path::new(ROOT);
    let mean = |sensors: &str| {
        let of = |scenario: u32| {
            let words = format!(
                "track eval autoferry --dir testdata/autoferry --scenario {scenario} --sensors {sensors}"
            );
            answer(root, &words)["gospa_rms"].as_f64().unwrap()
        };
        [2, 3, 13, 16].map(of).iter().sum::<f64>() / 4.0
    };

    let (two, four) = (mean("rl"), mean("rlic"));

    assert!(four < two, "{four} m with four, {two} m with two");
    assert!(four < 15.0, "{four} m");
}

#[test]
fn the_meeting_of_four_is_told_nearly_as_well_as_can_be() {
    let told = answer(
        std::path::Path::new(ROOT),
        "track eval williams15 --meas testdata/williams15/meas.csv --truth testdata/williams15/truth.csv",
    );

    assert_eq!(told["runs"], 20);
    assert!(told["gospa_rms"].as_f64().unwrap() < 3.1, "{told}");
}

#[test]
fn scans_become_tracks_that_can_be_judged_and_drawn() {
    let home = tempfile::tempdir().unwrap();
    let run = |out: &str| {
        format!(
            "track run --scans {ROOT}/testdata/tracking/dozen.scans.jsonl --config {ROOT}/testdata/tracking/dozen.toml --out {out}"
        )
    };
    let ran = answer(home.path(), &run("tracks.csv"));
    let judged = answer(
        home.path(),
        &format!(
            "track metrics --estimates tracks.csv --truth {ROOT}/crates/watch/testdata/positions.truth.csv --c 50"
        ),
    );
    answer(home.path(), &run("tracks.png"));
    answer(home.path(), &run("tracks.jsonl"));

    assert_eq!((ran["scans"].as_u64(), ran["refused"].as_u64()), (Some(30), Some(0)));
    assert!(judged["siap"]["completeness"].as_f64().unwrap() > 0.9, "{judged}");
    assert_eq!(judged["id_switches"], 0);
    assert!(judged["nees"]["consistent"].as_bool().unwrap(), "{judged}");
    let picture = std::fs::read(home.path().join("tracks.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    let lines = std::fs::read_to_string(home.path().join("tracks.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 30);
}

/// East, height and its variance of every track after one scan, the last two only of what flies.
fn heights_at(table: &str, scan: &str) -> Vec<(f64, Option<(f64, f64)>)> {
    let row = |line: &str| {
        let columns: Vec<&str> = line.split(',').collect();
        let figure = |name: usize| columns[name].parse::<f64>().ok();
        (columns[0] == scan).then(|| (figure(2).unwrap(), figure(10).zip(figure(12))))
    };
    table.lines().skip(1).filter_map(row).collect()
}

#[test]
fn a_drone_over_a_walker_is_a_track_with_a_height_and_he_is_one_without() {
    let home = tempfile::tempdir().unwrap();
    let run = |out: &str| {
        format!(
            "track run --scans {ROOT}/testdata/tracking/drone.scans.jsonl --config {ROOT}/testdata/tracking/drone.toml --out {out}"
        )
    };
    answer(home.path(), &run("tracks.csv"));
    answer(home.path(), &run("tracks.jsonl"));

    let table = std::fs::read_to_string(home.path().join("tracks.csv")).unwrap();
    assert!(table.starts_with("k,id,x,y,vx,vy,pxx,pxy,pyy,existence,h,vh,phh\n"));
    let over_him = heights_at(&table, "90");
    assert_eq!(over_him.len(), 2, "{over_him:?}");
    for (east_m, _) in &over_him {
        assert!((east_m - 708.0).abs() < 25.0, "{over_him:?}");
    }
    let aloft: Vec<(f64, f64)> = over_him.iter().filter_map(|(_, height)| *height).collect();
    let [(height_m, variance_m2)] = aloft[..] else { panic!("{over_him:?}") };
    assert!((height_m - 320.0).abs() < 3.0 * variance_m2.sqrt(), "{over_him:?}");
    let lines = std::fs::read_to_string(home.path().join("tracks.jsonl")).unwrap();
    let told: serde_json::Value = serde_json::from_str(lines.lines().nth(90).unwrap()).unwrap();
    let above_m = told["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|track| track["height"]["above_ground_m"].as_f64());
    assert!((above_m.unwrap() - (height_m - 200.0)).abs() < 0.01, "{told}");
}

#[test]
fn ground_that_cannot_be_is_named() {
    let home = tempfile::tempdir().unwrap();
    let config = std::fs::read_to_string(format!("{ROOT}/testdata/tracking/drone.toml")).unwrap();
    std::fs::write(home.path().join("run.toml"), config.replace("200.0\n\n", "9e9\n\n")).unwrap();

    let said = complaint(
        home.path(),
        &format!(
            "track run --scans {ROOT}/testdata/tracking/drone.scans.jsonl --config run.toml --out t.csv"
        ),
    );

    assert!(said.contains("ground_m must lie in -500..=20000, got 9000000000"), "{said}");
}

#[test]
fn a_figure_that_the_tracker_does_not_have_is_named() {
    let home = tempfile::tempdir().unwrap();
    let config = std::fs::read_to_string(format!("{ROOT}/testdata/tracking/dozen.toml")).unwrap();
    std::fs::write(home.path().join("run.toml"), config.replace("cell_m", "sell_m")).unwrap();

    let said = complaint(
        home.path(),
        &format!(
            "track run --scans {ROOT}/testdata/tracking/dozen.scans.jsonl --config run.toml --out t.csv"
        ),
    );

    assert!(said.contains("tracker.sell_m is no figure of the tracker"), "{said}");
}
