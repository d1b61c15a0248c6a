//! Goodbye, and going on after a connection that was cut off.

use super::*;

#[test]
fn a_station_that_stops_says_goodbye_and_one_that_was_cut_off_goes_on_without_registering() {
    let sector = sector();
    let (mut child, _) = Child::begin(&sector, CHILD.into(), now());
    assert_eq!(child.goodbye(now()), None, "nobody knows it yet");
    assert!(child.leave(now()).is_none());
    let mut child = admitted(&sector);
    assert_eq!(child.tell(&scene(vec![view(1, -300.0)]), now()).messages.len(), 2);
    let goodbye = child.goodbye(now()).unwrap();
    assert!(wire::sapient::validate(&goodbye).is_ok());
    let Some(Content::StatusReport(status)) = &goodbye.content else { panic!("{goodbye:?}") };
    assert_eq!(status.system(), wire::sapient::status::System::Goodbye);

    let left = child.leave(now()).unwrap();
    let mut child = Child::resume(&sector, CHILD.into(), left, after(100)).unwrap();
    assert_eq!(child.resumes_with(), Some(OTHER));
    let step = child.tell(&scene(Vec::new()), after(100));
    let [status, ended] = step.messages.as_slice() else { panic!("{step:?}") };
    assert!(matches!(status.content, Some(Content::StatusReport(_))), "its status first");
    let Some(Content::DetectionReport(ended)) = &ended.content else { panic!("{step:?}") };
    assert_eq!(ended.state.as_deref(), Some("lost object"), "what ended meanwhile is told");

    let left = child.leave(after(120)).unwrap();
    assert!(Child::resume(&sector, CHILD.into(), left, after(241)).is_err(), "too long ago");
}

#[test]
fn a_parent_that_hangs_up_on_a_station_that_goes_on_is_registered_with() {
    let sector = sector();
    let left = admitted(&sector).leave(now()).unwrap();
    let child = Child::resume(&sector, CHILD.into(), left, after(10)).unwrap();

    assert!(child.leave(after(11)).is_none());
}

#[test]
fn a_parent_that_was_started_anew_is_registered_with_after_its_error() {
    let sector = sector();
    let mut child = admitted(&sector);
    child.tell(&scene(vec![view(1, -300.0)]), now());
    let left = child.leave(now()).unwrap();
    let mut child = Child::resume(&sector, CHILD.into(), left, after(20)).unwrap();
    let mut parent = parent(&sector);
    let first = child.tell(&scene(vec![view(1, -300.0)]), after(20));
    let refused = parent.receive(&encode_frame(&first.messages[0]).unwrap(), after(20));

    let step = child.receive(&encode_frame(&refused.replies[0]).unwrap(), after(20));

    let [registration] = step.messages.as_slice() else { panic!("{step:?}") };
    assert!(matches!(registration.content, Some(Content::Registration(_))));
    let asked = parent.receive(&encode_frame(registration).unwrap(), after(20));
    child.receive(&encode_frame(&asked.replies[0]).unwrap(), after(20));
    let told = child.tell(&scene(vec![view(1, -300.0)]), after(21)).messages;
    assert_eq!(told.len(), 2, "everything is told anew");
}

#[test]
fn a_parent_of_our_own_kind_lets_a_child_go_on_that_was_cut_off() {
    let sector = sector();
    let directory = directory(&sector);
    let mut parent = Session::new(Arc::clone(&directory), now());
    let (mut child, first) = Child::begin(&sector, CHILD.into(), now());
    let asked = parent.receive(&encode_frame(&first).unwrap(), now());
    child.receive(&encode_frame(&asked.replies[0]).unwrap(), now());
    let status = child.tell(&scene(Vec::new()), now()).messages;
    parent.receive(&encode_frame(&status[0]).unwrap(), now());
    assert_eq!(parent.source(), Some(&Source::Sensor(SensorId("west".into()))));

    parent.hang_up(after(5));
    let mut parent = Session::new(directory, after(15));
    let left = child.leave(after(5)).unwrap();
    let mut child = Child::resume(&sector, CHILD.into(), left, after(15)).unwrap();
    let frames: Vec<u8> = child
        .tell(&scene(vec![view(1, -300.0)]), after(15))
        .messages
        .iter()
        .flat_map(|message| encode_frame(message).unwrap())
        .collect();

    let step = parent.receive(&frames, after(15));

    assert!(step.replies.is_empty(), "{step:?}");
    assert!(matches!(
        step.inputs.as_slice(),
        [Input::Registered(_), Input::Status(_), Input::Detected(_)]
    ));
}
