//! `watchline search`.

use super::{DRILL, answer, complaint};

#[test]
fn a_search_goes_from_clues_to_teams_to_what_is_left() {
    let home = tempfile::tempdir().unwrap();
    let plan = format!(
        "search plan --sector {DRILL} --last-seen 41.02,34.415 --hours-ago 0.5 --teams 3 --return-hours 8 --case c.json"
    );
    let planned = answer(home.path(), &format!("{plan} --out teams.gpx"));
    let block = planned["allocation"][0]["block"].as_str().unwrap().to_owned();
    let poa = planned["allocation"][0]["poa"].as_f64().unwrap();

    let recorded = answer(
        home.path(),
        &format!("search record --case c.json --block {block} --track-m 20000 --at-hours 2"),
    );
    let left = answer(home.path(), "search residual --case c.json --out teams.geojson");
    let later = answer(home.path(), "search residual --case c.json --at-hours 40");

    let (pod, pos) = (recorded["pod"].as_f64().unwrap(), recorded["pos"].as_f64().unwrap());
    assert!(pod > 0.9 && (pos - poa * pod).abs() < 1e-9, "{recorded}");
    assert!((left["residual"].as_f64().unwrap() - (1.0 - pos)).abs() < 1e-9);
    let names = |told: &serde_json::Value| {
        let rows = told["allocation"].as_array().unwrap().iter();
        rows.map(|row| row["block"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(!names(&left).contains(&block), "cleared ground is not searched at once again");
    assert!(names(&later).contains(&block), "in the end it may be where it was thought to be");
    let gpx = std::fs::read_to_string(home.path().join("teams.gpx")).unwrap();
    assert_eq!(gpx.matches("<rtept ").count(), names(&planned).len());
    let outlines = std::fs::read_to_string(home.path().join("teams.geojson")).unwrap();
    let outlines: serde_json::Value = serde_json::from_str(&outlines).unwrap();
    assert_eq!(outlines["features"].as_array().unwrap().len(), names(&left).len());
    let again = complaint(home.path(), &plan);
    assert!(again.contains("a case is not overwritten"), "{again}");
}

#[test]
fn a_team_that_sweeps_much_goes_from_block_to_block() {
    let home = tempfile::tempdir().unwrap();
    let plan = format!(
        "search plan --sector {DRILL} --last-seen 41.02,34.415 --hours-ago 1 --teams 2 --also drone:2 --case c.json --out teams.gpx"
    );

    let planned = answer(home.path(), &plan);

    let rows = planned["allocation"].as_array().unwrap();
    for team in ["drone 1", "drone 2"] {
        let round: Vec<_> = rows.iter().filter(|row| row["team"] == team).collect();
        let track_m: f64 = round.iter().map(|row| row["track_m"].as_f64().unwrap()).sum();
        // Two hours at six metres a second, in blocks of half a kilometre.
        assert!((track_m - 43_200.0).abs() < 1.0, "{planned}");
        assert!(round.len() > 5, "{planned}");
        for (at, row) in round.iter().enumerate() {
            assert_eq!(row["stop"], at + 1);
            let swept_m2 =
                row["track_m"].as_f64().unwrap() * row["sweep_width_m"].as_f64().unwrap();
            assert!(swept_m2 < 6.0 * 500.0 * 500.0, "{row}");
        }
    }
    let gpx = std::fs::read_to_string(home.path().join("teams.gpx")).unwrap();
    assert_eq!(gpx.matches("<rte>").count(), 4);
}

#[test]
fn what_cannot_be_searched_with_is_named() {
    let home = tempfile::tempdir().unwrap();
    let plan = |rest: &str| {
        complaint(home.path(), &format!("search plan --sector {DRILL} --case c.json {rest}"))
    };

    assert!(plan("").contains("give at least one clue"));
    assert!(plan("--last-seen 41").contains("--last-seen must be LON,LAT, got 41"));
    assert!(plan("--tip 41.02,34.415,0").contains("sigma_m must be finite and positive, got 0"));
    assert!(
        plan("--last-seen 41.02,34.415 --speed-mps=-1")
            .contains("--speed-mps must be positive, got -1")
    );
    assert!(plan("--last-seen 41.02,34.415,here").contains("\"here\" is not a number"));
    assert!(
        plan("--last-seen 41.02,34.415 --hours-ago 0")
            .contains("--hours-ago must be positive, got 0")
    );
    std::fs::write(home.path().join("c.json"), "{").unwrap();
    assert!(complaint(home.path(), "search residual --case c.json").contains("--case c.json"));
}
