//! Scenario files read, and their faults named.

use super::*;

const HEAD: &str = r#"
    name = "test"
    title = { en = "Test", ar = "اختبار" }
    notice = { en = "Invented.", ar = "مختلق" }
    sector = "nowhere"
    start = "2026-11-20T18:00:00Z"
    duration_min = 50
"#;

#[test]
fn a_mover_beyond_and_inside_the_line_is_read_with_its_signs() {
    let scenario = parse(&format!(
        r#"{HEAD}
        [[mover]]
        name = "group-1"
        kind = "group"
        from = {{ km = 2.5, beyond_m = 1500 }}
        to = {{ km = 3, inside_m = 900 }}
        "#
    ))
    .unwrap();

    let Way::Travel { from, to, then, .. } = &scenario.movers[0].way else { panic!("travels") };
    assert_eq!(*from, Spot::Line { chainage_m: 2_500.0, beyond_m: 1_500.0 });
    assert_eq!(*to, Spot::Line { chainage_m: 3_000.0, beyond_m: -900.0 });
    assert_eq!(*then, Then::Leaves);
}

#[test]
fn every_fault_names_its_field_and_value() {
    let faults = parse(&format!(
        r#"{HEAD}
        [air]
        wind_mps = -3
        [[mover]]
        name = "a"
        kind = "walker"
        speed_mps = 900
        from = {{ km = 1, lon = 2 }}
        to = {{ lon = 200, lat = 3 }}
        [[mover]]
        name = "a"
        kind = "wildlife"
        around = {{ km = 1, inside_m = 5 }}
        "#
    ))
    .unwrap_err();

    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "air.wind_mps = -3: must lie between 0 and 60",
            "mover[1].name = a: is used twice",
            "mover[0].speed_mps = 900: must lie between 0.1 and 40",
            "mover[0].from = another mix of fields: give km with beyond_m or inside_m, or lon with lat",
            "mover[0].to = 200,3: longitude must be between -180 and 180 degrees, got 200",
            "mover[1].radius_m = nothing: is needed for this kind of mover",
        ]
    );
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let faults = parse(&format!("{HEAD}\n[air]\nvisibilty_m = 3\n")).unwrap_err();

    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].field, "line 10");
    assert_eq!(faults[0].value, "visibilty_m");
}

#[test]
fn not_a_number_is_out_of_range() {
    let faults = parse(&HEAD.replace("= 50", "= nan")).unwrap_err();

    assert_eq!(faults[0].field, "duration_min");
}
