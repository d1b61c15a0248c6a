use sight::sector::SensorId;
use watch::call::{CallKind, CallWord};
use watch::detection::{Class, ReportedWeather};

use super::*;
use crate::release::Labels;

fn model() -> Arc<Model> {
    let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
    Arc::new(crate::shipped::load_model(drill).unwrap())
}

fn at() -> Timestamp {
    "2026-11-27T20:00:00Z".parse().unwrap()
}

/// The gate of the army by a policy that permits it one thing, with annotations.
fn gate(annotations: &str, resource: &str) -> Gate {
    let model = model();
    let text = format!(
        "{annotations} permit(principal == Agency::\"army\", action == Action::\"see\", {resource});"
    );
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("policy.cedar");
    std::fs::write(&path, text).unwrap();
    let policy = Arc::new(Policy::read(&path, Labels::default(), model.sector()).unwrap());
    assert!(Gate::of("navy", &policy, &model, at()).is_none());
    Gate::of("army", &policy, &model, at()).unwrap()
}

fn tower() -> Source {
    Source::Sensor(SensorId("tower-1".into()))
}

fn patrol() -> Source {
    Source::Unit(UnitId("patrol-1".into()))
}

/// Somebody 1 200 m east of the tower, by its radar.
fn seen() -> DetectionReport {
    DetectionReport {
        source: tower(),
        report_id: "secret-1".into(),
        object_id: "secret-2".into(),
        observed_at: at(),
        position: ReportedPosition::Polar {
            azimuth_deg: 90.0,
            azimuth_sigma_deg: Some(0.5),
            elevation_deg: Some(1.0),
            elevation_sigma_deg: None,
            range_m: Some(1_200.0),
            range_sigma_m: Some(10.0),
        },
        confidence: Some(0.9),
        classes: vec![(Class::Person, 0.8)],
        remarks: watch::detection::Remarks::default(),
    }
}

fn status(source: Source) -> StatusReport {
    StatusReport {
        source,
        report_id: "7".into(),
        observed_at: at(),
        detecting: true,
        note: "by the old mill".into(),
        location: Some(told_at(41.0123, 34.4156)),
        weather: Some(ReportedWeather {
            visibility_m: Some(5_000.0),
            wind_mps: 3.0,
            ceiling_m: None,
            dust: false,
        }),
        impaired: None,
    }
}

fn told_at(lon_deg: f64, lat_deg: f64) -> ReportedPlace {
    ReportedPlace {
        lon_deg,
        lat_deg,
        height_m: Some(210.0),
        height_sigma_m: Some(5.0),
        east_sigma_m: Some(10.0),
        north_sigma_m: Some(20.0),
    }
}

fn pass(gate: &mut Gate, input: Input) -> Option<Input> {
    gate.pass(&Entry::new(at(), input), 1).map(|Released(entry)| entry.input)
}

fn seen_through(gate: &mut Gate, report: DetectionReport) -> Option<DetectionReport> {
    let passed = pass(gate, Input::Detected(report))?;
    let Input::Detected(report) = passed else { panic!("{passed:?}") };
    Some(report)
}

fn place(report: &DetectionReport) -> ReportedPlace {
    let ReportedPosition::Place(place) = report.position else { panic!("{report:?}") };
    place
}

#[test]
fn without_terms_a_report_passes_as_it_is_and_others_do_not() {
    let mut gate = gate("", "resource is Sensor");
    assert_eq!(seen_through(&mut gate, seen()), Some(seen()));
    for input in [
        Input::Detected(DetectionReport { source: patrol(), ..seen() }),
        Input::Status(status(patrol())),
        Input::Status(status(Source::Weather("mast".into()))),
        Input::Tick,
        Input::Disconnected { node_id: "nobody's".into() },
    ] {
        assert_eq!(pass(&mut gate, input.clone()), None, "{input:?}");
    }
    let sector = gate.sector();
    assert_eq!((sector.sensors.len(), sector.units.len()), (1, 0));
}

#[test]
fn weather_beside_a_status_passes_only_where_weather_does() {
    let mut all = gate("", "resource is Sensor");
    assert_eq!(
        pass(&mut all, Input::Status(status(tower()))),
        Some(Input::Status(status(tower())))
    );
    let mut state = gate(
        "",
        "resource is Sensor) when { context.kind == \"state\" }; permit(principal == Agency::\"x\", action, resource",
    );
    let told = StatusReport { weather: None, ..status(tower()) };
    assert_eq!(pass(&mut state, Input::Status(status(tower()))), Some(Input::Status(told)));
}

#[test]
fn all_that_is_in_one_cell_is_told_alike_wherever_it_is_and_however_well_it_is_known() {
    let mut gate = gate("@coarsen_m(\"500\")", "resource is Sensor");
    let model = model();
    let first = seen_through(&mut gate, seen()).unwrap();
    let told = place(&first);
    assert_eq!((told.height_m, told.height_sigma_m), (None, None));
    assert_eq!((told.east_sigma_m, told.north_sigma_m), (Some(250.0), Some(250.0)));
    let frame = &model.sector().frame;
    let point = frame.point(Wgs84::new(told.lon_deg, told.lat_deg).unwrap()).to_vector();
    for along_m in [point.x, point.y] {
        let cells = along_m / 500.0 - 0.5;
        assert!((cells - cells.round()).abs() < 1e-6, "{along_m}");
    }
    let (truth, _) = place_of(&seen(), &model).unwrap();
    let off = truth.to_vector() - point;
    assert!(off.x.abs() <= 250.0 && off.y.abs() <= 250.0, "{off}");
    // The same cell, from a report of another form and with other errors.
    let beside = frame.place(EnuPoint::new(point.x + 240.0, point.y - 240.0));
    let position = ReportedPosition::Place(ReportedPlace {
        height_m: Some(777.0),
        ..told_at(beside.lon_deg(), beside.lat_deg())
    });
    let other =
        DetectionReport { position, report_id: "9".into(), object_id: "8".into(), ..seen() };
    assert_eq!(seen_through(&mut gate, other), Some(first));
}

#[test]
fn an_error_larger_than_a_cell_stays_larger() {
    let mut gate = gate("@coarsen_m(\"100\")", "resource is Sensor");
    let position = ReportedPosition::Place(ReportedPlace {
        east_sigma_m: Some(170.0),
        ..told_at(41.0123, 34.4156)
    });
    let told = seen_through(&mut gate, DetectionReport { position, ..seen() }).unwrap();
    assert_eq!(place(&told).east_sigma_m, Some(200.0));
}

#[test]
fn a_direction_alone_cannot_be_made_coarse_and_does_not_pass() {
    let mut gate = gate("@coarsen_m(\"500\")", "resource is Sensor");
    let position = ReportedPosition::Polar {
        azimuth_deg: 90.0,
        azimuth_sigma_deg: Some(0.5),
        elevation_deg: None,
        elevation_sigma_deg: None,
        range_m: None,
        range_sigma_m: None,
    };
    assert_eq!(seen_through(&mut gate, DetectionReport { position, ..seen() }), None);
}

#[test]
fn a_source_whose_name_is_withheld_stands_nowhere_and_is_told_by_none_of_its_words() {
    let mut gate = gate("@source(\"a partner's sensor\")", "resource is Sensor");
    assert!(gate.sector().sensors.is_empty());
    assert_eq!(pass(&mut gate, Input::Status(status(tower()))), None);
    let told = seen_through(&mut gate, seen()).unwrap();
    assert_eq!(told.source, Source::Unit(UnitId("a partner's sensor".into())));
    assert!(!format!("{told:?}").contains("secret") && !format!("{told:?}").contains("tower"));
    let place = place(&told);
    assert_eq!(place.east_sigma_m, place.north_sigma_m);
}

#[test]
fn what_is_dropped_is_gone() {
    let mut gate = gate("@drop(\"altitude, classification, note\")", "resource");
    let told = seen_through(&mut gate, seen()).unwrap();
    assert!(told.classes.is_empty() && place(&told).height_m.is_none());
    let Some(Input::Status(told)) = pass(&mut gate, Input::Status(status(patrol()))) else {
        panic!("a status")
    };
    assert_eq!((told.note.as_str(), told.location.unwrap().height_m), ("", None));
    let flying = ReportedPosition::Place(told_at(41.0123, 34.4156));
    let told = seen_through(&mut gate, DetectionReport { position: flying, ..seen() }).unwrap();
    assert_eq!((place(&told).height_m, place(&told).height_sigma_m), (None, None));
}

#[test]
fn a_caller_keeps_one_name_that_is_not_their_own() {
    let mut gate = gate("@source(\"somebody\") @coarsen_m(\"1000\")", "resource");
    let call = |device: &str| {
        Input::Called(Call {
            door: "cot".into(),
            device: device.into(),
            name: "Hasan".into(),
            unit: Some(UnitId("patrol-1".into())),
            word: CallWord::Raised(CallKind::Emergency),
            observed_at: at(),
            place: Some(told_at(41.0123, 34.4156)),
        })
    };
    let names =
        ["phone-a", "phone-b", "phone-a"].map(|device| match pass(&mut gate, call(device)) {
            Some(Input::Called(call)) => {
                assert_eq!((call.name.as_str(), call.unit), ("somebody", None));
                assert_eq!(call.place.unwrap().height_m, None);
                call.device
            }
            other => panic!("{other:?}"),
        });
    assert_eq!(names, ["somebody 1", "somebody 2", "somebody 1"]);
}

#[test]
fn a_message_passes_where_it_has_a_label_of_its_own_and_no_other_with_it() {
    let wrote = |text: &str| Message {
        door: "cot".into(),
        id: "GeoChat.ANDROID-1.desk.1".into(),
        name: "HAWK".into(),
        unit: Some(UnitId("patrol-1".into())),
        text: text.into(),
        written_at: at(),
        place: Some(told_at(41.0123, 34.4156)),
        asked: None,
    };
    let labels = || {
        let on = Labels::on(&Thing::of_message(&wrote("two by the well")));
        Labels([(on, ["shared".to_owned()].into())].into())
    };
    let through = |text: &str, message: &Message| {
        let model = model();
        let policy = Policy::of("of the test", (text, labels()), model.sector()).unwrap();
        let mut gate = Gate::of("army", &Arc::new(policy), &model, at())?;
        let passed = pass(&mut gate, Input::Wrote(message.clone()));
        assert_eq!(passed, pass(&mut gate, Input::Wrote(message.clone())), "the same is one");
        passed
    };
    let all = "permit(principal == Agency::\"army\", action, resource);";
    let messages = "permit(principal == Agency::\"army\", action, resource is Message);";

    let Some(Input::Wrote(told)) = through(all, &wrote("two by the well")) else { panic!() };

    assert_eq!((told.id.as_str(), told.text.as_str()), ("1", "two by the well"));
    assert_eq!(told.unit, wrote("").unit);
    let asked = Message { text: "two by the wall".into(), ..wrote("") };
    assert_eq!(through(all, &asked), None, "the same id is not the same message");
    let Some(Input::Wrote(told)) = through(messages, &wrote("two by the well")) else { panic!() };
    assert_eq!((told.unit, told.name.as_str()), (None, ""), "of a unit that is withheld");
    let masked = format!("@source(\"a patrol\") @coarsen_m(\"1000\") {all}");
    let Some(Input::Wrote(told)) = through(&masked, &wrote("two by the well")) else { panic!() };
    assert_eq!((told.name.as_str(), told.unit), ("a patrol", None));
    assert_ne!(told.place, wrote("").place);
    let wordless = format!("@drop(\"note\") {all}");
    assert_eq!(through(&wordless, &wrote("two by the well")), None);
}
