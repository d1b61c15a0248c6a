//! A drone that speaks `MAVLink`, in frames that are put together here.

use proptest::prelude::*;
use sight::coverage::view::Area;
use watch::detection::{Rejection, StatusReport};

use super::super::tests::{eye, from_drone, later, model, now, place};
use super::*;

/// A message's number, and its own octet of the checksum.
type Kind = (u16, u8);
const HEARTBEAT: Kind = (0, 50);
const SYS_STATUS: Kind = (1, 124);
const GLOBAL_POSITION_INT: Kind = (33, 104);
const WIND: Kind = (168, 1);
const MOUNT_ORIENTATION: Kind = (265, 26);
const GIMBAL_DEVICE_ATTITUDE_STATUS: Kind = (285, 137);

/// One frame of version 2.
fn frame(kind: Kind, payload: &[u8], system: u8) -> Vec<u8> {
    numbered(kind, payload, (system, 0))
}

fn numbered((id, extra): Kind, payload: &[u8], (system, sequence): (u8, u8)) -> Vec<u8> {
    let [low, high] = id.to_le_bytes();
    let length = u8::try_from(payload.len()).unwrap();
    let mut bytes = vec![0xfd, length, 0, 0, sequence, system, 1, low, high, 0];
    bytes.extend(payload);
    let sum = bytes[1..].iter().chain([&extra]).fold(0xffff_u16, |sum, byte| {
        let mut low = byte ^ u8::try_from(sum & 0xff).unwrap();
        low ^= low << 4;
        let low = u16::from(low);
        (sum >> 8) ^ (low << 8) ^ (low << 3) ^ (low >> 4)
    });
    bytes.extend(sum.to_le_bytes());
    bytes
}

fn gimbal([w, x, y, z]: [f32; 4], flags: u16, failures: u32) -> Vec<u8> {
    let mut payload = vec![0; 40];
    for (at, part) in [(4, w), (8, x), (12, y), (16, z)] {
        payload[at..at + 4].copy_from_slice(&part.to_le_bytes());
    }
    payload[32..36].copy_from_slice(&failures.to_le_bytes());
    payload[36..38].copy_from_slice(&flags.to_le_bytes());
    frame(GIMBAL_DEVICE_ATTITUDE_STATUS, &payload, 1)
}

fn heartbeat(kind: u8, mode: u8, state: u8) -> Vec<u8> {
    frame(HEARTBEAT, &[0, 0, 0, 0, kind, 3, mode, state, 3], 1)
}

const ARMED: u8 = 128;

fn position_at(lat_deg: f64, lon_deg: f64, heading: u16) -> Vec<u8> {
    frame(GLOBAL_POSITION_INT, &position_payload(lat_deg, lon_deg, heading), 1)
}

#[expect(clippy::cast_possible_truncation, reason = "places and heights fit")]
fn position_payload(lat_deg: f64, lon_deg: f64, heading: u16) -> Vec<u8> {
    let mut payload = vec![0; 28];
    payload[4..8].copy_from_slice(&((lat_deg * 1e7).round() as i32).to_le_bytes());
    payload[8..12].copy_from_slice(&((lon_deg * 1e7).round() as i32).to_le_bytes());
    payload[12..16].copy_from_slice(&500_000_i32.to_le_bytes());
    payload[26..28].copy_from_slice(&heading.to_le_bytes());
    payload
}

/// A place so far north of the drone's own, of a time since start and with a number.
fn north_at(north_deg: f64, boot_ms: u32, sequence: u8) -> Vec<u8> {
    let mut payload = position_payload(place().lat_deg() + north_deg, place().lon_deg(), 0);
    payload[..4].copy_from_slice(&boot_ms.to_le_bytes());
    numbered(GLOBAL_POSITION_INT, &payload, (1, sequence))
}

fn position() -> Vec<u8> {
    position_at(place().lat_deg(), place().lon_deg(), 9_000)
}

fn charge(percent: u8) -> Vec<u8> {
    let mut payload = vec![0; 31];
    payload[30] = percent;
    frame(SYS_STATUS, &payload, 1)
}

fn reader() -> (MavlinkReader, DroneBoard) {
    reader_that(Watches::Planned)
}

fn reader_that(watches: Watches) -> (MavlinkReader, DroneBoard) {
    let board = DroneBoard::default();
    let assets = BTreeMap::from([(1, "eye".to_owned())]);
    (MavlinkReader::new(&model(), (&assets, watches), board.clone(), now()).unwrap(), board)
}

fn address() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 14_550))
}

fn take(reader: &mut MavlinkReader, bytes: &[u8], at: Timestamp) -> Vec<Input> {
    let mut step = Step::default();
    reader.take(bytes, address(), at, &mut step);
    step.inputs
}

fn status(inputs: &[Input]) -> Option<StatusReport> {
    inputs.iter().rev().find_map(|input| {
        let Input::Status(status) = input else { return None };
        Some(status.clone())
    })
}

fn rejection(inputs: &[Input]) -> Rejection {
    let Some(Input::Rejected(rejection)) = inputs.last() else { panic!("{inputs:?}") };
    rejection.clone()
}

#[test]
fn a_drone_that_looks_straight_down_sees_its_picture_at_its_height() {
    let (mut reader, board) = reader();
    let inputs = take(&mut reader, &heartbeat(2, ARMED, 4), now());
    assert!(matches!(inputs.as_slice(), [Input::Registered(_), Input::Status(_)]), "{inputs:?}");
    let half = std::f32::consts::FRAC_1_SQRT_2;
    take(&mut reader, &position(), later(0.1));
    take(&mut reader, &gimbal([half, 0.0, -half, 0.0], 32, 0), later(0.2));

    let view = board.shown().remove(&eye()).unwrap();
    assert_eq!(
        (view.door, view.altitude_m, view.heading_deg),
        ("mavlink", Some(500.0), Some(90.0))
    );
    let (ring, at) = view.footprint.unwrap();
    assert_eq!(at, later(0.2));
    let reach = |of: fn((f64, f64)) -> f64| {
        ring.iter().map(|place| of(from_drone(*place)).abs()).fold(0.0, f64::max)
    };
    // 300 m up, the nose to the east: 640 pixels of 12 um behind 40 mm lie north and south, 512 east and west.
    assert!((reach(|(_, north)| north) - 28.8).abs() < 0.3, "{}", reach(|(_, north)| north));
    assert!((reach(|(east, _)| east) - 23.04).abs() < 0.3, "{}", reach(|(east, _)| east));
}

#[test]
fn what_its_picture_rested_on_is_all_that_a_drone_is_taken_to_watch() {
    let (mut reader, _) = reader_that(Watches::Picture);
    let half = std::f32::consts::FRAC_1_SQRT_2;
    let mut views = Vec::new();
    for second in 0..=61 {
        let said = [heartbeat(2, ARMED, 4), position(), gimbal([half, 0.0, -half, 0.0], 32, 0)];
        let inputs = take(&mut reader, &said.concat(), later(f64::from(second)));
        views.extend(inputs.into_iter().filter_map(|input| {
            let Input::Viewed(report) = input else { return None };
            Some((second, report))
        }));
    }

    let [(0, first), (60, second)] = views.as_slice() else { panic!("{views:?}") };
    assert_eq!((&first.sensor, &second.sensor), (&eye(), &eye()));
    assert_eq!(first.view.seen, [Area::Ring(Vec::new())], "nothing is known to be seen yet");
    let [Area::Ring(ring)] = second.view.seen.as_slice() else { panic!("{second:?}") };
    let corners = ring.iter().map(|corner| from_drone(corner.place().unwrap()));
    assert!(corners.clone().count() == 9 && corners.clone().all(|(_, north)| north.abs() < 29.0));
}

#[test]
fn a_mount_s_angles_count_from_the_nose() {
    let (mut reader, board) = reader();
    take(&mut reader, &position(), now());
    let mut mount = vec![0; 16];
    mount[8..12].copy_from_slice(&(-45.0_f32).to_le_bytes());
    mount[12..16].copy_from_slice(&90.0_f32.to_le_bytes());
    take(&mut reader, &frame(MOUNT_ORIENTATION, &mount, 1), later(0.1));

    // Nose to the east and a quarter turn to the right: it looks south, 300 m away in the middle.
    let (ring, _) = board.shown().remove(&eye()).unwrap().footprint.unwrap();
    let points: Vec<_> = ring.iter().map(|place| from_drone(*place)).collect();
    assert!(points.iter().all(|(_, north)| *north < -200.0), "{points:?}");
    let half = |pixels: f64| pixels * 0.012 / 80.0;
    let far_m = 300.0 / (45.0_f64.to_radians() - half(512.0).atan()).tan();
    let farthest = points.iter().map(|(_, north)| -north).fold(0.0, f64::max);
    assert!((farthest - far_m).abs() < 2.0, "{farthest} {far_m}");
}

#[test]
fn whether_it_looks_and_why_not_is_told_with_its_place() {
    let (mut reader, _) = reader();
    let said = |reader: &mut MavlinkReader, bytes: &[u8], s| {
        status(&take(reader, bytes, later(s))).map(|status| (status.detecting, status.note))
    };
    let told = |detecting, note: &str| Some((detecting, note.to_owned()));

    assert_eq!(said(&mut reader, &position(), 0.0), None, "nobody has said whether it flies");
    assert_eq!(
        said(&mut reader, &heartbeat(2, 0, 3), 0.1),
        told(false, "on the ground: not armed")
    );
    assert_eq!(said(&mut reader, &heartbeat(2, ARMED, 4), 1.0), told(true, ""));
    assert_eq!(said(&mut reader, &charge(21), 1.1), None);
    assert_eq!(said(&mut reader, &charge(19), 1.2), told(true, "battery below 20 %"));
    assert_eq!(said(&mut reader, &charge(13), 1.3), None);
    let fails = gimbal([1.0, 0.0, 0.0, 0.0], 64, 4);
    assert_eq!(said(&mut reader, &fails, 1.4), told(false, "the gimbal fails; battery below 20 %"));
    let works = gimbal([1.0, 0.0, 0.0, 0.0], 64, 0);
    assert_eq!(said(&mut reader, &works, 1.5), told(true, "battery below 20 %"));
    let falls = said(&mut reader, &heartbeat(2, ARMED, 6), 1.6);
    assert_eq!(falls, told(false, "emergency; battery below 20 %"));

    take(&mut reader, &position(), later(7.0));
    let location =
        status(&take(&mut reader, &heartbeat(2, ARMED, 4), later(7.1))).unwrap().location;
    let location = location.unwrap();
    assert!((location.lon_deg - place().lon_deg()).abs() < 1e-6);
    assert_eq!(location.height_m, Some(500.0));
}

#[test]
fn a_place_without_a_fix_is_refused_and_an_old_one_is_not_told() {
    let (mut reader, _) = reader();
    take(&mut reader, &heartbeat(2, ARMED, 4), now());
    let refused = rejection(&take(&mut reader, &position_at(0.0, 0.0, 0), later(0.1)));
    assert_eq!(refused.field, "GLOBAL_POSITION_INT.lat");
    assert!(refused.reason.contains("within 300 km"), "{}", refused.reason);

    take(&mut reader, &position(), later(0.2));
    let late = status(&take(&mut reader, &heartbeat(2, ARMED, 4), later(5.5))).unwrap();
    assert_eq!(late.location, None);
}

#[test]
fn a_drone_that_falls_silent_is_lost_hidden_and_begins_anew() {
    let (mut reader, board) = reader();
    take(&mut reader, &[heartbeat(2, ARMED, 4), position()].concat(), now());
    let mut tick = |at| {
        let mut step = Step::default();
        reader.tick(at, &mut step);
        step.inputs
    };

    assert_eq!(tick(later(limits::DRONE_SILENT_S)), []);
    let node_id = "mavlink-1".to_owned();
    assert_eq!(tick(later(5.1)), [Input::Disconnected { node_id }]);
    assert_eq!(board.shown().len(), 0);
    let inputs = take(&mut reader, &position(), later(6.0));
    assert!(matches!(inputs.as_slice(), [Input::Registered(_)]), "{inputs:?}");
}

#[test]
fn strangers_and_rubbish_are_refused_and_other_stations_passed_over() {
    let (mut reader, _) = reader();
    let stranger = frame(HEARTBEAT, &[0, 0, 0, 0, 2, 3, 128, 4, 3], 7);
    assert_eq!(
        rejection(&take(&mut reader, &stranger, now())).reason,
        "7 is no drone of the configuration"
    );
    let station = frame(HEARTBEAT, &[0, 0, 0, 0, 6, 8, 0, 4, 3], 255);
    assert_eq!(take(&mut reader, &station, now()), []);
    let mut broken = position();
    broken[12] ^= 1;
    assert_eq!(rejection(&take(&mut reader, &broken, now())).field, "checksum");
    assert_eq!(rejection(&take(&mut reader, b"GET / HTTP/1.1", now())).field, "frame");

    let counts = reader.counts();
    assert_eq!((counts.accepted, counts.rejected, counts.ignored), (0, 3, 1));
}

#[test]
fn whoever_sends_is_greeted_once_a_second_and_forgotten_when_silent() {
    let (mut reader, _) = reader();
    take(&mut reader, &heartbeat(2, ARMED, 4), now());
    let mut greeted = |s| {
        let mut step = Step::default();
        reader.tick(later(s), &mut step);
        step.replies
    };

    let first = greeted(0.2);
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].0, address());
    let read = Decoder::new().push(&first[0].1);
    assert!(matches!(read[0].message, Message::Heartbeat(Heartbeat { kind: GROUND_STATION, .. })));
    assert_eq!(greeted(0.9), []);
    assert_eq!(greeted(1.2).len(), 1);
    assert_eq!(greeted(limits::LINK_FORGOTTEN_S + 0.1), []);
}

/// WIND: direction (where from), speed, vertical.
fn wind(from_deg: f32, speed_mps: f32) -> Vec<u8> {
    let payload = [from_deg, speed_mps, 0.0].map(f32::to_le_bytes).concat();
    frame(WIND, &payload, 1)
}

#[test]
fn wind_is_shown_by_where_it_comes_from() {
    let (mut reader, board) = reader();
    take(&mut reader, &wind(90.0, 8.0), now());

    let wind = board.shown()[&eye()].wind.unwrap();
    assert!((wind.from_deg - 90.0).abs() < 1e-4 && (wind.speed_mps - 8.0).abs() < 1e-6, "{wind:?}");
}

#[test]
fn wind_is_weather_at_the_drone_while_it_flies_and_not_more_often_than_is_of_use() {
    let (mut reader, _) = reader();
    let mut told = Vec::new();
    for second in 0..100 {
        let armed = if second < 10 { 0 } else { ARMED };
        let speed_mps = if second == 50 { 20.0 } else { 8.0 };
        let said = [heartbeat(2, armed, 4), position(), wind(90.0, speed_mps)];
        let inputs = take(&mut reader, &said.concat(), later(f64::from(second)));
        let statuses = inputs.into_iter().filter_map(|input| {
            let Input::Status(status) = input else { return None };
            Some((second, status.weather?, status.location?))
        });
        told.extend(statuses);
    }

    let at: Vec<i32> = told.iter().map(|(second, ..)| *second).collect();
    assert_eq!(at.len(), 3, "{at:?}");
    assert!(at[0] >= 10 && at.windows(2).all(|pair| pair[1] - pair[0] >= 30), "{at:?}");
    let (_, weather, location) = told[0];
    assert!((weather.wind_mps - 8.0).abs() < 1e-6);
    assert_eq!((weather.visibility_m, weather.ceiling_m, weather.dust), (None, None, false));
    assert_eq!(location.height_m, Some(500.0));
}

#[test]
fn a_wind_that_cannot_be_is_refused_and_none_at_all_is_no_estimate() {
    for (from_deg, speed_mps) in [(90.0, 0.0), (90.0, f32::NAN), (f32::NAN, 4.0)] {
        let (mut reader, board) = reader();
        let said = [heartbeat(2, ARMED, 4), position(), wind(from_deg, speed_mps)];
        let inputs = take(&mut reader, &said.concat(), now());

        assert!(status(&inputs).is_some_and(|status| status.weather.is_none()), "{inputs:?}");
        assert_eq!(board.shown()[&eye()].wind, None);
    }
    let (mut reader, _) = reader();
    let refused = rejection(&take(&mut reader, &wind(90.0, 90.0), now()));
    assert_eq!(refused.field, "WIND.speed");
    assert_eq!(refused.reason, "must be 0 to 75 m/s, got 90.0");
}

proptest! {
    #[test]
    fn whatever_comes_breaks_nothing(bytes in prop::collection::vec(any::<u8>(), 0..300), q in any::<[f32; 4]>()) {
        let mut reader = SHARED.lock().unwrap();
        take(&mut reader, &bytes, now());
        take(&mut reader, &gimbal(q, 64, 0), now());
        take(&mut reader, &position(), now());
        if let Some((ring, _)) = reader.board.shown().remove(&eye()).and_then(|view| view.footprint) {
            prop_assert!(ring.iter().all(|place| (place.lon_deg() + place.lat_deg()).is_finite()));
        }
    }
}

/// Building a model takes longer than all that the property tries.
static SHARED: std::sync::LazyLock<std::sync::Mutex<MavlinkReader>> =
    std::sync::LazyLock::new(|| std::sync::Mutex::new(reader().0));

#[test]
fn a_place_that_comes_again_or_late_does_not_move_the_drone_back_and_one_after_a_start_does() {
    let (mut reader, board) = reader();
    take(&mut reader, &heartbeat(2, ARMED, 4), now());
    let north_deg = |board: &DroneBoard| {
        let at = board.shown().remove(&eye()).unwrap().place.unwrap();
        ((at.lat_deg() - place().lat_deg()) * 1e3).round()
    };
    for (after_s, boot_ms, sequence, north_m_deg, shown) in [
        (0.1, 60_000, 1, 1.0, 1.0),
        (0.2, 60_200, 2, 2.0, 2.0),
        // The first again, one that lies between them, and the second again elsewhere.
        (0.3, 60_000, 1, 1.0, 2.0),
        (0.4, 60_100, 200, 9.0, 2.0),
        (0.5, 60_200, 3, 9.0, 2.0),
        (4.0, 64_000, 3, 3.0, 3.0),
        // It starts anew: believed once nothing of the old time came for as long as it may be silent.
        (6.0, 1_000, 0, 4.0, 3.0),
        (9.1, 4_100, 9, 5.0, 5.0),
        (9.2, 4_000, 8, 4.0, 5.0),
    ] {
        take(&mut reader, &heartbeat(2, ARMED, 4), later(after_s));
        take(&mut reader, &north_at(north_m_deg / 1e3, boot_ms, sequence), later(after_s));
        assert!(
            (north_deg(&board) - shown).abs() < 1e-9,
            "after {after_s} s: {}",
            north_deg(&board)
        );
    }
    assert_eq!((reader.counts().accepted, reader.counts().ignored), (10 + 4, 5));
}

#[test]
fn places_without_a_time_go_by_their_numbers_which_go_round() {
    let (mut reader, board) = reader();
    take(&mut reader, &heartbeat(2, ARMED, 4), now());
    for (after_s, sequence, north_m_deg, is_taken) in
        [(0.1, 250, 1.0, true), (0.2, 3, 2.0, true), (0.3, 251, 1.0, false), (0.4, 4, 3.0, true)]
    {
        let before = reader.counts();
        take(&mut reader, &north_at(north_m_deg / 1e3, 0, sequence), later(after_s));
        assert_eq!(reader.counts().accepted > before.accepted, is_taken, "number {sequence}");
    }
    let at = board.shown().remove(&eye()).unwrap().place.unwrap();
    assert!((at.lat_deg() - place().lat_deg() - 3e-3).abs() < 1e-6);
}
