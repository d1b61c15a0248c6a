//! `watchline place` and `watchline patrol plan`.

use super::{DRILL, answer, complaint};

#[test]
fn places_are_chosen_with_a_bound_a_reason_and_files() {
    let home = tempfile::tempdir().unwrap();
    let words = format!(
        "place --sector {DRILL} --without tower-1 --asset patrol --leg-m 1000 --every-m 500 --count 2"
    );

    let told = answer(home.path(), &format!("{words} --out plan.geojson"));
    answer(home.path(), &format!("{words} --out plan.csv"));
    answer(home.path(), &format!("{words} --out plan.png"));

    let figure = |name: &str| told[name].as_f64().unwrap();
    assert!(figure("before") < figure("after") && figure("after") <= figure("bound") + 1e-12);
    assert_eq!(told["pieces"].as_array().unwrap().len(), 2);
    assert!(told["pieces"][0]["why"].as_str().unwrap().contains("nobody else watches"));
    let places = std::fs::read_to_string(home.path().join("plan.geojson")).unwrap();
    let places: serde_json::Value = serde_json::from_str(&places).unwrap();
    assert_eq!(places["features"][0]["geometry"]["type"], "LineString");
    let rows = std::fs::read_to_string(home.path().join("plan.csv")).unwrap();
    assert_eq!(rows.lines().count(), 3);
    let picture = std::fs::read(home.path().join("plan.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn candidates_from_a_file_raise_the_weakest_crossing() {
    let home = tempfile::tempdir().unwrap();
    let given = "id,lon_deg,lat_deg,cost\na,41.013,34.417,2\nb,41.016,34.42,1\n";
    std::fs::write(home.path().join("given.csv"), given).unwrap();

    let told = answer(
        home.path(),
        &format!(
            "place --sector {DRILL} --asset tower --candidates given.csv --without tower-1 --objective weakest-path --budget 1 --slope-max 9"
        ),
    );

    assert_eq!(told["objective"], "weakest-path");
    for piece in told["pieces"].as_array().unwrap() {
        assert_eq!(piece["id"], "b", "the other is too dear");
    }
    assert!(told["after"].as_f64().unwrap() <= told["bound"].as_f64().unwrap());
}

#[test]
fn a_storm_is_answered_with_moves_or_a_plain_no() {
    let home = tempfile::tempdir().unwrap();

    let told = super::run(home.path(), &format!("--json place --sector {DRILL} --storm"));

    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    assert!(told["moves"].is_array() && told["line_km"].as_f64().unwrap() > 0.0, "{told}");
}

#[test]
fn a_schedule_follows_its_seed_and_shows_what_cannot_be_guessed() {
    let home = tempfile::tempdir().unwrap();
    let words = format!(
        "patrol plan --sector {DRILL} --places 4 --slot-min 30 --stay-min 5 --hours 24 --start 2026-11-26T18:00:00Z"
    );

    let told = answer(home.path(), &format!("{words} --seed 7 --out night.csv"));
    let again = answer(home.path(), &format!("{words} --seed 7"));
    let other = answer(home.path(), &format!("{words} --seed 8"));

    assert_eq!(told["visits"], again["visits"]);
    assert_ne!(told["visits"], other["visits"]);
    assert!(told["value"].as_f64().unwrap() >= told["fixed_value"].as_f64().unwrap() - 1e-9);
    for party in told["parties"].as_array().unwrap() {
        let bits = |name: &str| party[name].as_f64().unwrap();
        assert!(bits("next_entropy_bits") <= bits("entropy_bits") + 1e-6);
        assert!(bits("entropy_bits") <= bits("even_bits") + 1e-6);
    }
    let rows = std::fs::read_to_string(home.path().join("night.csv")).unwrap();
    assert!(rows.starts_with("Subject,Start Date,Start Time"));
    assert_eq!(rows.lines().count(), 1 + told["visits"].as_array().unwrap().len());
}

#[test]
fn a_unit_that_helps_nowhere_is_left_free() {
    let home = tempfile::tempdir().unwrap();
    // Visits help at the first four places alone.
    let rows = (1..=16).map(|place| match place {
        1..=4 => format!("{place},-0.2,-1,0.2,1\n"),
        _ => format!("{place},-1,-1,1,1\n"),
    });
    let columns = "place,leader_guarded,leader_open,other_guarded,other_open\n".to_owned();
    std::fs::write(home.path().join("worth.csv"), columns + &rows.collect::<String>()).unwrap();
    let words = "patrol plan --sector upper-euphrates --seed 7 --payoffs worth.csv";

    let told = answer(home.path(), words);

    let helps = |place: &serde_json::Value| place.as_u64() <= Some(4);
    let parties = told["parties"].as_array().unwrap();
    assert!(
        parties.iter().all(|one| one["places"].as_array().unwrap().iter().any(helps)),
        "{told}"
    );
    let free = told["free_units"].as_array().unwrap();
    assert!(!free.is_empty(), "{told}");
    let visits = told["visits"].as_array().unwrap();
    assert!(visits.iter().all(|visit| !free.contains(&visit["unit"])), "{told}");
    // Where a visit is demanded everywhere, everybody goes.
    let told = answer(home.path(), &format!("{words} --revisit-max-h 8"));
    assert_eq!(told["free_units"], serde_json::json!([]));
}

#[test]
fn what_cannot_be_placed_is_named() {
    let home = tempfile::tempdir().unwrap();
    let place = format!("place --sector {DRILL}");
    for (words, expected) in [
        (" --asset tower --count 0".to_owned(), "count must be 1 to 200, got 0"),
        (" --asset tower --weights 9".to_owned(), "--weights 9"),
        (" --asset tower --like nobody".to_owned(), "nobody: the sector has no such sensor"),
        (" --asset tower --slope-max=-1".to_owned(), "--slope-max must be 0 to 100, got -1"),
        (" --asset tower --out plan.txt".to_owned(), "the ending must be .geojson, .csv or .png"),
        (" --asset tower --candidates none.csv".to_owned(), "none.csv"),
        (" --asset tower --keep-out moon".to_owned(), "no such zone"),
        (String::new(), "--asset"),
    ] {
        let said = complaint(home.path(), &format!("{place}{words}"));
        assert!(said.contains(expected), "{words}: {said}");
    }
    let plan = format!("patrol plan --sector {DRILL} --slot-min 30 --stay-min 40");
    assert!(complaint(home.path(), &plan).contains("--stay-min must be 0 to 30, got 40"));
}
