//! Video metadata of a drone over flat ground.

use watch::detection::Rejection;
use wire::klv::uas::Place;

use super::super::tests::{eye, from_drone, later, model, now, place};
use super::*;

const ERRORS: PoseErrors =
    PoseErrors { altitude_sigma_m: 6.0, attitude_sigma_deg: 0.5, terrain_sigma_m: 8.0 };

fn address() -> IpAddr {
    IpAddr::from([127, 0, 0, 1])
}

fn reader() -> (KlvReader, DroneBoard) {
    let board = DroneBoard::default();
    let assets = BTreeMap::from([(address(), "eye".to_owned())]);
    let settings = KlvSettings { errors: ERRORS, frames_every_s: 2.0, watches: Watches::Planned };
    let reader = KlvReader::new(&model(), &assets, settings, board.clone(), now()).unwrap();
    (reader, board)
}

/// 300 m up, the nose to the east, the camera ahead and 30 degrees down.
fn flight() -> Uas {
    let (lat_deg, lon_deg) = (Some(place().lat_deg()), Some(place().lon_deg()));
    Uas {
        time: Some(now()),
        heading_deg: Some(90.0),
        pitch_deg: Some(0.0),
        roll_deg: Some(0.0),
        sensor: Place { lat_deg, lon_deg, alt_m: Some(500.0) },
        horizontal_fov_deg: Some(40.0),
        vertical_fov_deg: Some(30.0),
        relative_azimuth_deg: Some(0.0),
        relative_elevation_deg: Some(-30.0),
        relative_roll_deg: Some(0.0),
        version: Some(19),
        ..Uas::default()
    }
}

/// A frame of 641 by 481 pixels with one target.
fn seen(target: Target) -> Vmti {
    Vmti { width: Some(641), height: Some(481), targets: vec![target], ..Vmti::default() }
}

fn at_pixel(column: u64, row: u64) -> Target {
    Target {
        id: 3,
        centroid: Some(row * 641 + column + 1),
        confidence_percent: Some(70),
        ..Target::default()
    }
}

fn take(reader: &mut KlvReader, uas: &Uas, at: Timestamp) -> Vec<Input> {
    let mut step = Step::default();
    reader.take_metadata(address(), &uas.encode().unwrap(), at, &mut step);
    step.inputs
}

fn detections(inputs: &[Input]) -> Vec<DetectionReport> {
    let found = inputs.iter().filter_map(|input| {
        let Input::Detected(report) = input else { return None };
        Some(report.clone())
    });
    found.collect()
}

fn rejection(inputs: &[Input]) -> Rejection {
    let Some(Input::Rejected(rejection)) = inputs.last() else { panic!("{inputs:?}") };
    rejection.clone()
}

fn ellipse(report: &DetectionReport) -> (ReportedPlace, f64) {
    let ReportedPosition::Ellipse { place, cross_m2 } = report.position else {
        panic!("{report:?}")
    };
    (place, cross_m2)
}

#[test]
fn a_target_is_where_its_ray_meets_the_ground_with_the_errors_of_that_ray() {
    let (mut reader, _) = reader();
    let inputs =
        take(&mut reader, &Uas { vmti: Some(seen(at_pixel(320, 240))), ..flight() }, now());
    assert!(matches!(
        inputs.as_slice(),
        [Input::Registered(_), Input::Status(_), Input::Detected(_)]
    ));
    let [report] = detections(&inputs).try_into().unwrap();

    assert_eq!((report.object_id.as_str(), report.confidence), ("3", Some(0.7)));
    assert_eq!(
        (report.observed_at, report.source.clone()),
        (now(), watch::detection::Source::Sensor(eye()))
    );
    let (told, cross_m2) = ellipse(&report);
    let (east_m, north_m) = from_drone(Wgs84::new(told.lon_deg, told.lat_deg).unwrap());
    let (down, height_m) = (30.0_f64.to_radians(), 300.0);
    assert!(
        (east_m - height_m / down.tan()).abs() < 2.0 && north_m.abs() < 1.0,
        "{east_m} {north_m}"
    );
    // Along: attitude, 10 m of height and of ground, 4 m of place; across: heading and attitude of half a degree each.
    let half_deg = 0.5_f64.to_radians();
    let along_m = (height_m / down.sin().powi(2) * half_deg).hypot(10.0 / down.tan()).hypot(4.0);
    let across_m =
        (height_m / down.tan() * half_deg).hypot(height_m / down.sin() * half_deg).hypot(4.0);
    assert!((told.east_sigma_m.unwrap() / along_m - 1.0).abs() < 0.05, "{told:?} {along_m}");
    assert!((told.north_sigma_m.unwrap() / across_m - 1.0).abs() < 0.05, "{told:?} {across_m}");
    assert!(cross_m2.abs() < 5.0, "{cross_m2}");
}

#[test]
fn a_target_off_the_middle_is_to_its_side_and_one_told_by_its_offset_is_there() {
    let (mut reader, _) = reader();
    let right = Uas { vmti: Some(seen(at_pixel(640, 240))), ..flight() };
    let (told, cross_m2) = ellipse(&detections(&take(&mut reader, &right, now()))[0]);
    let (east_m, north_m) = from_drone(Wgs84::new(told.lon_deg, told.lat_deg).unwrap());
    // 20 degrees to the right of east, at the slant of the middle: 600 m * tan(20 deg) south.
    assert!((east_m - 519.6).abs() < 4.0 && (north_m + 218.0).abs() < 3.0, "{east_m} {north_m}");
    assert!(cross_m2 < -100.0, "the ellipse lies along the ray: {cross_m2}");

    let offset = Target {
        id: 9,
        lat_offset_deg: Some(0.001),
        lon_offset_deg: Some(0.0),
        ..Target::default()
    };
    let (lat_deg, lon_deg) = (Some(34.5), Some(41.526));
    let frame_centre = Place { lat_deg, lon_deg, alt_m: None };
    let by_offset =
        Uas { vmti: Some(seen(offset)), frame_centre, time: Some(later(3.0)), ..flight() };
    let (told, _) = ellipse(&detections(&take(&mut reader, &by_offset, later(3.0)))[0]);
    assert!(
        (told.lat_deg - 34.501).abs() < 2e-5 && (told.lon_deg - 41.526).abs() < 2e-5,
        "{told:?}"
    );
}

#[test]
fn a_target_whose_ray_grazes_has_no_place_and_that_is_told() {
    let (mut reader, _) = reader();
    let flat = Uas { relative_elevation_deg: Some(-3.0), ..flight() };
    let inputs = take(&mut reader, &Uas { vmti: Some(seen(at_pixel(320, 240))), ..flat }, now());

    assert_eq!(detections(&inputs), []);
    assert_eq!(rejection(&inputs).field, "ST 0903");
    assert!(rejection(&inputs).reason.starts_with("target 3 has no place"));
    assert_eq!((reader.counts().accepted, reader.counts().rejected), (1, 1));
}

#[test]
fn frames_close_to_each_other_are_one_look_and_packets_that_come_again_none() {
    let (mut reader, _) = reader();
    let mut looks = |s: f64| {
        let frame = Uas { vmti: Some(seen(at_pixel(320, 240))), time: Some(later(s)), ..flight() };
        detections(&take(&mut reader, &frame, later(s))).len()
    };

    assert_eq!([0.0, 0.5, 1.9, 2.0, 2.0, 1.0, 4.1].map(&mut looks), [1, 0, 0, 1, 0, 0, 1]);
    assert_eq!((reader.counts().accepted, reader.counts().ignored), (5, 2));
}

#[test]
fn a_clock_that_was_ahead_and_is_set_right_goes_on_at_once() {
    let (mut reader, _) = reader();
    for s in [3_600.0, 1.0, 2.0] {
        take(&mut reader, &Uas { time: Some(later(s)), ..flight() }, now());
    }

    assert_eq!((reader.counts().accepted, reader.counts().ignored), (3, 0));
}

#[test]
fn a_mark_is_told_once_for_each_place() {
    let (mut reader, _) = reader();
    let mut marks = |lon_deg: f64, s: f64| {
        let target = Place { lat_deg: Some(34.5), lon_deg: Some(lon_deg), alt_m: None };
        let packet = Uas { target, time: Some(later(s)), ..flight() };
        detections(&take(&mut reader, &packet, later(s)))
    };

    let first = marks(41.526, 0.0);
    assert_eq!(first[0].object_id, "mark");
    assert!((ellipse(&first[0]).0.lon_deg - 41.526).abs() < 2e-5);
    assert_eq!(marks(41.526_001, 0.1).len(), 0);
    assert_eq!(marks(41.527, 0.2).len(), 1);
}

#[test]
fn what_the_camera_sees_is_shown_and_gone_when_the_stream_ends() {
    let (mut reader, board) = reader();
    take(&mut reader, &flight(), now());

    let view = board.shown().remove(&eye()).unwrap();
    let (ring, _) = view.footprint.unwrap();
    let nearest = ring.iter().map(|place| from_drone(*place).0).fold(f64::MAX, f64::min);
    assert!((nearest - 300.0 / 45.0_f64.to_radians().tan()).abs() < 16.0, "{nearest}");
    assert_eq!((view.door, view.altitude_m.map(f64::round)), ("klv", Some(500.0)));

    let mut step = Step::default();
    reader.tick(later(5.5), &mut step);
    assert_eq!(step.inputs, [Input::Disconnected { node_id: "klv-127.0.0.1".into() }]);
    assert_eq!(board.shown().len(), 0);
}

#[test]
fn packets_that_are_broken_of_another_day_or_of_another_place_are_refused_by_their_field() {
    let (mut reader, _) = reader();
    let mut broken = flight().encode().unwrap();
    *broken.last_mut().unwrap() ^= 1;
    let mut step = Step::default();
    reader.take_metadata(address(), &broken, now(), &mut step);
    assert_eq!(rejection(&step.inputs).field, "klv");

    let old = Uas { time: Some("2020-01-01T00:00:00Z".parse().unwrap()), ..flight() };
    assert_eq!(rejection(&take(&mut reader, &old, now())).field, "ST 0601 tag 2");
    let sensor = Place { lat_deg: Some(0.0), lon_deg: Some(0.0), alt_m: Some(500.0) };
    let lost = Uas { sensor, ..flight() };
    assert_eq!(rejection(&take(&mut reader, &lost, now())).field, "ST 0601 tag 13");

    let mut step = Step::default();
    reader.take(&[0x47; 188], SocketAddr::from(([10, 0, 0, 1], 1)), now(), &mut step);
    assert_eq!(rejection(&step.inputs).field, "address");
    let mut step = Step::default();
    reader.take(&[0; 400], SocketAddr::from(([127, 0, 0, 1], 1)), now(), &mut step);
    assert_eq!(rejection(&step.inputs).field, "transport stream");
}

#[test]
fn a_drone_that_tells_little_is_there_and_sees_nothing_that_is_known() {
    let (mut reader, board) = reader();
    let bare = Uas { time: Some(now()), ..Uas::default() };

    let inputs = take(&mut reader, &Uas { vmti: Some(seen(at_pixel(1, 1))), ..bare }, now());

    assert!(matches!(inputs.as_slice(), [Input::Registered(_), Input::Status(_)]), "{inputs:?}");
    assert_eq!(board.shown()[&eye()].footprint, None);
}

/// Corners so far east and north of the drone, metres, from the upper left clockwise.
fn corners(metres: [(f64, f64); 4]) -> [[Option<f64>; 2]; 4] {
    let frame = sight::geo::LocalFrame::at(place());
    metres.map(|(east_m, north_m)| {
        let at = frame.place(sight::geo::EnuPoint::new(east_m, north_m));
        [Some(at.lat_deg()), Some(at.lon_deg())]
    })
}

#[test]
fn the_corners_that_a_drone_tells_count_before_those_that_would_be_worked_out() {
    let told = [(900.0, 300.0), (900.0, -300.0), (500.0, -200.0), (500.0, 200.0)];
    let (mut reader, board) = reader();

    // It does not even tell which way it looks.
    let told_alone =
        Uas { corners: corners(told), relative_azimuth_deg: None, heading_deg: None, ..flight() };
    take(&mut reader, &told_alone, now());
    let (ring, at) = board.shown()[&eye()].footprint.clone().unwrap();

    assert_eq!((ring.len(), at), (65, now()));
    let (east_m, north_m) = from_drone(ring[16]);
    assert!((east_m - 900.0).abs() < 0.5 && (north_m + 300.0).abs() < 0.5, "{east_m} {north_m}");
    let (east_m, north_m) = from_drone(ring[24]);
    assert!((east_m - 700.0).abs() < 0.5 && (north_m + 250.0).abs() < 0.5, "{east_m} {north_m}");
}

#[test]
fn corners_beyond_what_the_camera_sees_are_not_believed() {
    let far = [(900e3, 300.0), (900.0, -300.0), (500.0, -200.0), (500.0, 200.0)];
    let (mut plain, plain_board) = reader();
    let (mut reader, board) = reader();

    take(&mut plain, &flight(), now());
    take(&mut reader, &Uas { corners: corners(far), ..flight() }, now());

    assert_eq!(board.shown()[&eye()].footprint, plain_board.shown()[&eye()].footprint);
    assert!(board.shown()[&eye()].footprint.is_some());
}

#[test]
fn times_that_cannot_be_are_refused_and_the_next_packet_is_taken() {
    for told in ["1970-01-01T00:00:00Z", "9999-12-30T00:00:00Z"] {
        let (mut reader, _) = reader();
        let uas = Uas { time: Some(told.parse().unwrap()), ..flight() };

        let inputs = take(&mut reader, &uas, now());

        assert_eq!(inputs.len(), 1, "{inputs:?}");
        let refused = rejection(&inputs);
        assert_eq!(refused.field, "ST 0601 tag 2");
        assert!(refused.reason.ends_with(told), "{}", refused.reason);
        assert!(take(&mut reader, &flight(), now()).len() > 1, "and it works");
    }
}

#[test]
fn a_packet_without_a_time_that_is_one_is_refused_as_a_whole() {
    // Microseconds beyond the year 9999.
    let others = wire::klv::LocalSet::decode(&[2, 8, 255, 255, 255, 255, 255, 255, 255, 255]);
    let packet = Uas { others: others.unwrap(), ..Uas::default() }.encode().unwrap();
    let mut step = Step::default();
    let (mut reader, _) = reader();

    reader.take_metadata(address(), &packet, now(), &mut step);

    let refused = rejection(&step.inputs);
    assert_eq!((step.inputs.len(), refused.field.as_str()), (1, "klv"));
    assert!(refused.reason.contains("18446744073709551615"), "{}", refused.reason);
}
