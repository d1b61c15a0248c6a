//! What may be said of alerts, and what is told of what may not.

use super::super::super::fields::Faults;
use super::*;

fn read(toml: &str) -> (Alerting, Vec<String>) {
    let document = toml::de::DeTable::parse(toml).unwrap();
    let faults = Faults::new("sector.toml", toml);
    let root = Fields::new(&faults, String::new(), document.get_ref(), 0..toml.len());
    let alerting = alerting(Some(root));
    (alerting, faults.into_list().iter().map(ToString::to_string).collect())
}

#[test]
fn a_file_that_says_nothing_has_the_defaults_and_one_that_says_something_that() {
    assert_eq!(read(""), (Alerting::default(), Vec::new()));

    let (told, faults) = read(
        "flood_begins = 20\nshelve_max_s = { high = 600 }\n\
         rules = { loitering = { watched = \"no\", consequence = \"minor\", off_delay_s = 9 } }",
    );

    assert_eq!(faults, Vec::<String>::new());
    assert_eq!((told.flood_begins, told.shelve_max_s), (20, [43_200.0, 14_400.0, 600.0]));
    let loitering = told.rule(Rule::Loitering);
    assert_eq!((loitering.watched, loitering.consequence), (false, Consequence::Minor));
    assert!((loitering.off_delay_s - 9.0).abs() < f64::EPSILON && loitering.time_left_s > 0.0);
    assert_eq!(told.rule(Rule::Crossed), Alerting::default().rule(Rule::Crossed));
}

#[test]
fn what_cannot_be_is_told_with_its_field_and_value() {
    for (toml, told) in [
        ("prompt_s = -4", ["prompt_s", "-4"]),
        ("flood_ends = 11", ["flood_ends", "must not exceed flood_begins, 10"]),
        ("rules = { crossed = { latches = \"maybe\" } }", ["rules.crossed.latches", "maybe"]),
        ("rules = { called-for-help = { watched = \"no\" } }", ["called-for-help", "in distress"]),
        ("rules = { shoot = {} }", ["rules.shoot", "is not a field"]),
    ] {
        let (_, faults) = read(toml);

        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(told.iter().all(|part| faults[0].contains(part)), "{faults:?}");
    }
}

#[test]
fn names_of_rules_and_consequences_are_those_of_their_form() {
    for rule in Rule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.name());
    }
    for (name, consequence) in Consequence::ALL {
        assert_eq!(serde_json::to_value(consequence).unwrap(), name);
    }
}
