use jiff::SignedDuration;
use sight::sector::{SensorId, UnitId};

use super::*;
use crate::release::Field;

fn drill() -> Sector {
    let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
    crate::shipped::find(drill).unwrap().sector().unwrap()
}

fn parse(text: &str, labels: &[(&str, &str)]) -> Policy {
    let sector = drill();
    let labels = labels.iter().map(|(on, label)| ((*on).into(), [(*label).into()].into()));
    let labels = Labels(labels.collect());
    check_labels(&labels, &sector).unwrap();
    Policy::parse(text, labels, &sector).unwrap().unwrap()
}

fn faults(text: &str) -> Vec<String> {
    let faults = Policy::parse(text, Labels::default(), &drill()).unwrap().unwrap_err();
    faults.iter().map(ToString::to_string).collect()
}

fn tower() -> Thing {
    Thing::Sensor(SensorId("tower-1".into()))
}

fn patrol() -> Thing {
    Thing::Unit(UnitId("patrol-1".into()))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn what_no_policy_permits_is_given_to_nobody() {
    let now = at("2026-11-27T20:00:00Z");
    let nothing = parse("", &[]);
    assert!(nothing.agencies().is_empty());
    let other = parse(
        r#"permit(principal == Agency::"army", action == Action::"see", resource == Sensor::"tower-1")
           when { context.kind == "state" };"#,
        &[],
    );
    for thing in [tower(), patrol(), Thing::Device("x".into())] {
        for kind in Kind::ALL {
            assert_eq!(nothing.terms("army", &thing, kind, now), None);
            assert_eq!(other.terms("coast-guard", &thing, kind, now), None);
            let is_given = thing == tower() && kind == Kind::State;
            assert_eq!(other.terms("army", &thing, kind, now).is_some(), is_given);
        }
    }
}

#[test]
fn what_permits_gives_on_its_terms_until_it_ends_and_what_forbids_outweighs_it() {
    let policy = parse(
        r#"@id("north")
           @coarsen_m("1000") @delay_s("600") @until("2026-12-01T00:00:00Z")
           permit(principal == Agency::"army", action, resource is Sensor)
           when { resource.labels.contains("north-only") };

           @drop("altitude")
           permit(principal, action == Action::"see", resource == Sensor::"tower-1")
           when { context.kind == "detection" };

           permit(principal == Agency::"army", action, resource is Unit)
           when { resource.agency == "border-guard" };

           forbid(principal, action, resource is Unit) when { context.kind == "call" };"#,
        &[("tower-1", "north-only")],
    );
    assert_eq!(policy.agencies(), ["army"]);
    let (before, after) = (at("2026-11-27T20:00:00Z"), at("2026-12-01T00:00:00Z"));
    assert_eq!((policy.next_end(before), policy.next_end(after)), (Some(after), None));
    let given = |kind, now| policy.terms("army", &tower(), kind, now);
    let dropped = Terms { drop: [Field::Altitude].into(), ..Terms::default() };
    let north = Terms {
        coarsen_m: 1_000.0,
        delay: SignedDuration::from_mins(10),
        until: Some(after),
        ..Terms::default()
    };
    assert_eq!(given(Kind::State, before), Some(north.clone()));
    assert_eq!(given(Kind::Detection, before), Some(north.and(&dropped)));
    assert_eq!((given(Kind::State, after), given(Kind::Detection, after)), (None, Some(dropped)));
    let unit = |kind| policy.terms("army", &patrol(), kind, before);
    assert_eq!((unit(Kind::State), unit(Kind::Call)), (Some(Terms::default()), None));
}

#[test]
fn labels_are_put_on_things_and_on_all_of_a_type() {
    let text = r#"permit(principal == Agency::"army", action, resource)
                  when { resource.labels.contains("shared") };"#;
    let station = Thing::WeatherStation("LESU".into());
    let now = Timestamp::UNIX_EPOCH;
    for (on, given) in [
        ("tower-1", [true, false, false]),
        ("Sensor", [true, false, false]),
        ("Unit::patrol-1", [false, true, false]),
        ("WeatherStation::LESU", [false, false, true]),
        ("WeatherStation", [false, false, true]),
    ] {
        let policy = parse(text, &[(on, "shared")]);
        let found =
            [(tower(), Kind::State), (patrol(), Kind::State), (station.clone(), Kind::Weather)]
                .map(|(thing, kind)| policy.terms("army", &thing, kind, now).is_some());
        assert_eq!(found, given, "{on}");
    }
    let unknown = Labels([("tower-9".to_owned(), ["x".to_owned()].into())].into());
    let told = check_labels(&unknown, &drill()).unwrap_err().to_string();
    assert!(told.starts_with("release.labels.tower-9: "), "{told}");
}

#[test]
fn faults_are_told_with_their_line_and_what_to_do() {
    for (text, told) in [
        ("permit(principal, action, resource)", "line 1, column 36: unexpected end of input"),
        ("\n permits(principal, action, resource);", "line 2, column 2: "),
        (
            "// north\nforbid(principal, action, resource == Sensor::\"tower-9\");",
            "line 2, column 39: the sector has no Sensor called \"tower-9\"",
        ),
        (
            "permit(principal, action, resource is Sensor)\nwhen { resource.label.contains(\"a\") };",
            "line 2, column 8: ",
        ),
        ("permit(principal, action == Action::\"aim\", resource);", "Action::\"aim\""),
        ("permit(principal == Person::\"a\", action, resource);", "Person"),
        (
            "@coarsen_m(\"2\")\npermit(principal, action, resource);",
            "line 1, column 1: @coarsen_m must be a number of 10 to 100000, got \"2\"",
        ),
        (
            "@until(\"2026-12-31T00:00:00Z\")\nforbid(principal, action, resource);",
            "@until stands with a policy that forbids",
        ),
        ("permit(principal == ?principal, action, resource);", "template"),
    ] {
        let found = faults(text);
        assert!(found.iter().any(|fault| fault.contains(told)), "{text}: {found:?}");
    }
}

#[test]
fn a_policy_takes_back_what_it_gives_no_more_or_on_stricter_terms_or_what_is_over() {
    let army = |annotations: &str, of: &str| {
        let text = format!("{annotations} permit(principal == Agency::\"army\", action, {of});");
        parse(&text, &[])
    };
    let (all, tower) = ("resource", "resource == Sensor::\"tower-1\"");
    let (then, now) = (at("2026-11-27T20:00:00Z"), at("2026-11-27T21:00:00Z"));
    let until = "@until(\"2026-11-27T20:30:00Z\")";
    for (before, after, is_less) in [
        (army("", all), army("", all), false),
        (army("", tower), army("", all), false),
        (army("", all), army("", tower), true),
        (army("", tower), army("@coarsen_m(\"100\")", tower), true),
        (army("@coarsen_m(\"100\")", tower), army("", tower), false),
        (army(until, tower), army(until, tower), true),
        (army("", tower), parse("", &[]), true),
    ] {
        let takes_back = after.takes_back("army", &drill(), (&before, then, now));
        assert_eq!(takes_back, is_less, "{before:?} {after:?}");
        assert!(!after.takes_back("navy", &drill(), (&before, then, now)));
    }
}

#[test]
fn a_policy_is_known_by_its_text_and_its_labels() {
    let text = r#"permit(principal == Agency::"army", action, resource);"#;
    let known_by = |text: &str, labels| parse(text, labels).written().sha256.clone();
    let plain = known_by(text, &[]);
    assert_eq!(known_by(text, &[]), plain);
    assert_ne!(known_by(text, &[("tower-1", "a")]), plain);
    assert_ne!(known_by(&format!("{text}\n"), &[]), plain);
}

#[test]
fn a_policy_that_no_entry_of_the_record_would_hold_or_that_names_too_many_is_refused() {
    let of = |text: &str, labels: &[(&str, &str)]| {
        let labels = labels.iter().map(|(on, label)| ((*on).into(), [(*label).into()].into()));
        let told = Policy::of("new", (text, Labels(labels.collect())), &drill());
        told.map(drop).map_err(|error| error.to_string())
    };
    let comment = |bytes: usize| "/".repeat(bytes);
    assert_eq!(of(&comment(POLICY_BYTES_MAX), &[]), Ok(()));
    let told = of(&comment(POLICY_BYTES_MAX - 7), &[("tower-1", "a")]).unwrap_err();
    assert!(
        told.contains("new: with its labels it must have at most 49152 bytes, got 49153"),
        "{told}"
    );
    let permits = |agencies: usize| {
        let permit = |n| format!("permit(principal == Agency::\"a-{n}\", action, resource);");
        (0..agencies).map(permit).collect::<String>()
    };
    assert_eq!(of(&permits(AGENCIES_MAX), &[]), Ok(()));
    let told = of(&permits(AGENCIES_MAX + 1), &[]).unwrap_err();
    assert!(told.contains("at most 32 agencies, got 33"), "{told}");
}

#[test]
fn what_one_sensor_calls_one_object_has_labels_of_its_own() {
    let now = at("2026-11-27T20:00:00Z");
    let text = r#"
        permit(principal == Agency::"army", action == Action::"see", resource == Sensor::"tower-1");
        @coarsen_m("500") @delay_s("60")
        permit(principal == Agency::"navy", action == Action::"see", resource is Sensor)
        when { resource.labels.contains("wanted") };
        forbid(principal, action, resource) when { resource.labels.contains("sealed") };
    "#;
    let on = |label| parse(text, &[("Object::tower-1/a/7", label)]);
    let given = |policy: &Policy, agency, object| {
        policy.terms_of(agency, (&tower(), object), Kind::Detection, now).is_some()
    };
    let (plain, sealed, wanted) = (parse(text, &[]), on("sealed"), on("wanted"));

    assert!(given(&plain, "army", "a/7") && given(&sealed, "army", "a"));
    assert!(!given(&sealed, "army", "a/7"));
    assert!(!given(&wanted, "navy", "a") && given(&wanted, "navy", "a/7"));
    assert_eq!(sealed.objects(&drill()), [(tower(), "a/7".to_owned())]);
    // What is labelled so is taken back, and what is given by a label is not.
    let takes_back =
        |after: &Policy, before, agency| after.takes_back(agency, &drill(), (before, now, now));
    assert!(takes_back(&sealed, &plain, "army") && !takes_back(&plain, &sealed, "army"));
    assert!(takes_back(&plain, &wanted, "navy") && !takes_back(&wanted, &plain, "navy"));
    for on in ["Object::tower-9/7", "Object::tower-1", "Object::tower-1/"] {
        let unknown = Labels([(on.to_owned(), ["x".to_owned()].into())].into());
        assert!(check_labels(&unknown, &drill()).is_err(), "{on}");
    }
}

#[test]
fn one_call_of_a_unit_has_labels_of_its_own_and_a_name_that_others_choose_has_those_of_no_sensor() {
    let now = at("2026-11-27T20:00:00Z");
    let text = r#"
        permit(principal == Agency::"army", action, resource is Unit);
        permit(principal == Agency::"army", action, resource)
        when { resource.labels.contains("shared") };
        forbid(principal, action, resource) when { resource.labels.contains("sealed") };
    "#;
    let policy =
        parse(text, &[("Object::patrol-1/ANDROID-1-9-1-1", "sealed"), ("tower-1", "shared")]);
    let given =
        |thing: &Thing, object, kind| policy.terms_of("army", (thing, object), kind, now).is_some();

    assert!(given(&patrol(), "ANDROID-2-9-1-1", Kind::Call));
    assert!(!given(&patrol(), "ANDROID-1-9-1-1", Kind::Call));
    assert!(policy.takes_back("army", &drill(), (&parse(text, &[]), now, now)));
    assert!(given(&tower(), "", Kind::State));
    assert!(!given(&Thing::Device("tower-1".into()), "", Kind::Call));
    let of_all = Labels([("Message".to_owned(), ["shared".to_owned()].into())].into());
    assert!(check_labels(&of_all, &drill()).is_err(), "messages have labels one by one");
}
