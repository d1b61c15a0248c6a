//! Who is let in.

use watch::detection::{Registration as Registered, Source};
use watch::journal::Input;
use wire::sapient::Content;
use wire::sapient::registration::{
    Capability, Command, CommandType, Duration, NodeType, Registration, TimeUnits,
};

use super::super::Step;
use super::messages::*;

fn register(node_id: &str, change: impl FnOnce(&mut Registration)) -> Step {
    let mut message = registration();
    change(&mut message);
    say(&mut session(), node_id, Content::Registration(message))
}

#[test]
fn a_node_of_the_sector_is_let_in_and_told_so() {
    let step = register(TOWER, |_| {});

    let expected = Registered {
        source: tower(),
        node_id: TOWER.into(),
        name: "Tower one".into(),
        status_interval_s: 5.0,
        follows: false,
    };
    assert_eq!(only(&step), &Input::Registered(expected));
    let [reply] = step.replies.as_slice() else { panic!("{step:?}") };
    assert_eq!(reply.destination_id.as_deref(), Some(TOWER));
    let Some(Content::RegistrationAck(ack)) = &reply.content else { panic!("{reply:?}") };
    assert_eq!(ack.acceptance, Some(true));
    assert!(wire::sapient::validate(reply).is_ok());
    assert!(wire::sapient::ids::is_strict_uuid(reply.node_id.as_deref().unwrap()));
}

#[test]
fn a_node_of_which_a_mode_takes_orders_to_follow_can_follow() {
    for (kind, follows) in [(CommandType::LookAt, false), (CommandType::Follow, true)] {
        let step = register(TOWER, |message| {
            let task = message.mode_definition[0].task.as_mut().unwrap();
            task.command = vec![Command {
                units: Some("none".into()),
                completion_time: Some(seconds(1.0)),
                kind: Some(kind.into()),
            }];
        });

        assert!(
            matches!(only(&step), Input::Registered(registered) if registered.follows == follows)
        );
    }
}

#[test]
fn a_node_id_in_capitals_and_braces_is_the_same_node() {
    let step = register(&format!("{{{}}}", TOWER.to_uppercase()), |_| {});

    assert!(matches!(only(&step), Input::Registered(registered) if registered.node_id == TOWER));
}

#[test]
fn a_stranger_is_refused_by_name() {
    let (field, reason, told) = rejection(&register(STRANGER, |_| {}));

    assert_eq!(field, "node_id");
    assert!(reason.contains(STRANGER), "{reason}");
    assert_eq!(told, [format!("node_id: {reason}")]);
}

#[test]
fn a_stranger_that_only_reports_weather_is_let_in_as_that() {
    let step = register(STRANGER, |message| {
        message.node_definition = vec![node(NodeType::Other)];
        message.capabilities.push(Capability {
            category: Some("Weather".into()),
            kind: Some("METAR".into()),
            ..Default::default()
        });
    });

    assert!(matches!(
        only(&step),
        Input::Registered(Registered { source: Source::Weather(node_id), .. }) if node_id == STRANGER
    ));
}

#[test]
fn nodes_that_act_on_things_are_refused_even_if_they_also_watch() {
    for (kind, word) in [
        (NodeType::Kinetic, "kinetic"),
        (NodeType::Jammer, "jammer"),
        (NodeType::Cyber, "cyber"),
        (NodeType::Ldew, "laser directed-energy"),
        (NodeType::Rfdew, "radio directed-energy"),
    ] {
        let step = register(TOWER, |message| message.node_definition.push(node(kind)));

        let (field, reason, told) = rejection(&step);
        assert_eq!(field, "registration.node_definition[1].node_type");
        assert!(reason.ends_with(word), "{reason}");
        assert_eq!(told.len(), 1);
    }
}

#[test]
fn a_refused_node_cannot_go_on_to_detect() {
    let mut session = session();
    let mut message = registration();
    message.node_definition = vec![node(NodeType::Jammer)];
    say(&mut session, TOWER, Content::Registration(message));

    let (field, reason, _) = rejection(&say(&mut session, TOWER, Content::StatusReport(status())));

    assert_eq!((field.as_str(), reason.as_str()), ("content", "a registration must come first"));
}

#[test]
fn the_eighth_refusal_ends_the_connection() {
    let mut session = session();
    let mut steps = (0..8)
        .map(|_| say(&mut session, STRANGER, Content::Registration(registration())))
        .collect::<Vec<_>>();

    let last = steps.pop().unwrap();
    assert!(steps.iter().all(|step| step.close.is_none()));
    assert!(last.close.is_some());
    assert_eq!(last.replies.len(), 1, "and is still answered");
}

#[test]
fn the_status_interval_is_read_in_its_unit_and_must_make_sense() {
    let interval = |units: TimeUnits, value: f32| {
        register(TOWER, |message| {
            message.status_definition.as_mut().unwrap().status_interval =
                Some(Duration { units: Some(units.into()), value: Some(value) });
        })
    };

    assert!(matches!(
        only(&interval(TimeUnits::Minutes, 0.5)),
        Input::Registered(registered) if (registered.status_interval_s - 30.0).abs() < 1e-9
    ));
    for (units, value) in
        [(TimeUnits::Seconds, 0.0), (TimeUnits::Days, 2.0), (TimeUnits::Nanoseconds, 5.0)]
    {
        let (field, _, _) = rejection(&interval(units, value));
        assert_eq!(field, "registration.status_definition.status_interval");
    }
}

#[test]
fn a_name_is_stripped_of_what_misleads() {
    let step =
        register(TOWER, |message| message.name = Some("\u{202e}rewoT\u{0} \u{2066}1".into()));

    assert!(matches!(only(&step), Input::Registered(registered) if registered.name == "rewoT 1"));
}

#[test]
fn a_registration_with_faults_gets_an_error_that_names_them_all() {
    let (field, reason, told) = rejection(&register(TOWER, |message| {
        message.icd_version = None;
        message.config_data.clear();
    }));

    assert_eq!(field, "registration.icd_version");
    assert_eq!(reason, "mandatory, but missing (and 1 more faults)");
    assert_eq!(
        told,
        [
            "registration.icd_version: mandatory, but missing",
            "registration.config_data: mandatory, but missing"
        ]
    );
}
