//! `watchline release`: what a policy would give.

use std::path::Path;

use serde_json::{Value, json};

use super::{DRILL, answer, complaint, run};

const POLICY: &str = "@coarsen_m(\"500\")
permit(principal == Agency::\"army\", action == Action::\"see\", resource is Sensor)
when { resource.labels.contains(\"shared\") && context.kind == \"detection\" };
";

#[test]
fn a_policy_tells_what_each_agency_would_be_given_and_on_which_terms() {
    let home = tempfile::tempdir().unwrap();
    station(home.path());
    let checked = answer(home.path(), "release check --config station.toml");
    let given = given(&checked);
    assert_eq!(given.len(), 1, "{checked}");
    assert_eq!(
        given[0],
        json!({
            "agency": "army", "type": "Sensor", "name": "tower-1", "kind": "detection",
            "terms": {"coarsen_m": 500.0, "delay_s": 0.0, "drop": [], "source": null, "until": null},
        })
    );
    let other = answer(home.path(), "release check --config station.toml --agency navy");
    assert!(given_to_nobody(&other), "{other}");
    let without_labels = format!("release check --sector {DRILL} --policy policy.cedar");
    assert!(given_to_nobody(&answer(home.path(), &without_labels)));
    let table = String::from_utf8(run(home.path(), "release check --config station.toml").stdout);
    assert!(table.unwrap().contains("yes, on a grid of 500 m"));
}

#[test]
fn a_policy_with_faults_and_a_label_of_nothing_are_told_and_refuse_the_start() {
    let home = tempfile::tempdir().unwrap();
    station(home.path());
    std::fs::write(home.path().join("policy.cedar"), POLICY.replace("Sensor", "Sensors")).unwrap();
    for command in ["release check --config station.toml", "serve --config station.toml"] {
        let told = complaint(home.path(), command);
        assert!(told.contains("policy.cedar") && told.contains("line 2, column "), "{told}");
    }
    std::fs::write(home.path().join("policy.cedar"), POLICY).unwrap();
    let config = std::fs::read_to_string(home.path().join("station.toml")).unwrap();
    let wrong = config.replace("tower-1 =", "tower-9 =");
    std::fs::write(home.path().join("station.toml"), wrong).unwrap();
    let told = complaint(home.path(), "release check --config station.toml");
    assert!(told.contains("release.labels.tower-9: the sector has no sensor"), "{told}");
}

fn station(home: &Path) {
    let config = format!(
        "sector = \"{DRILL}\"\ndata = \"night\"\n[release]\npolicy = \"policy.cedar\"\n\
         [release.labels]\ntower-1 = [\"shared\"]\n"
    );
    std::fs::write(home.join("station.toml"), config).unwrap();
    std::fs::write(home.join("policy.cedar"), POLICY).unwrap();
}

fn given(checked: &Value) -> Vec<Value> {
    let rows = checked["given"].as_array().unwrap().iter();
    rows.filter(|row| !row["terms"].is_null()).cloned().collect()
}

fn given_to_nobody(checked: &Value) -> bool {
    given(checked).is_empty()
}
