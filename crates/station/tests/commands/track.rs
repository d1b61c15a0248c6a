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
