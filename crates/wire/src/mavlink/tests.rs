//! Frames that pymavlink wrote, whole and damaged.

use proptest::prelude::*;

use super::*;

/// See `testdata/README.md`: eleven messages, a signed one, and one of version 1.
const FLIGHT: &[u8] = include_bytes!("../../testdata/mavlink/flight.bin");
const DRONE: Sender = Sender { system: 7, component: 1 };

fn close(got: f64, expected: f64) -> bool {
    (got - expected).abs() < 1e-6
}

fn read(bytes: &[u8]) -> (Vec<Frame>, Faults) {
    let mut decoder = Decoder::new();
    (decoder.push(bytes), decoder.faults())
}

#[test]
fn pymavlinks_frames_are_read() {
    let (frames, faults) = read(FLIGHT);

    assert_eq!(frames.len(), 12);
    assert_eq!(
        faults,
        Faults { unread: 1, ..Faults::default() },
        "one message is not read, none is missing"
    );
    assert!(frames[..11].iter().all(|frame| frame.sender == DRONE));
    let messages: Vec<&Message> = frames.iter().map(|frame| &frame.message).collect();
    let Message::Heartbeat(heartbeat) = messages[0] else { panic!("{messages:?}") };
    assert_eq!(*heartbeat, Heartbeat { kind: 2, autopilot: 3, armed: true, state: 4 });
    let Message::Health(health) = messages[1] else { panic!("{messages:?}") };
    assert_eq!(
        (health.unwell, health.battery_v, health.battery_a, health.battery_percent),
        (0, Some(11.85), Some(12.5), Some(76))
    );
    let Message::Attitude(attitude) = messages[2] else { panic!("{messages:?}") };
    assert!(close(attitude.pitch_rad.unwrap(), -0.2) && close(attitude.yaw_rad.unwrap(), 1.5));
    let Message::Position(position) = messages[3] else { panic!("{messages:?}") };
    let expected = Position {
        boot_ms: 120_500,
        place: Some(Place { lat_deg: 34.5, lon_deg: -41.0 }),
        altitude_m: 312.5,
        height_m: 100.25,
        north_mps: 1.5,
        east_mps: -2.0,
        down_mps: 0.25,
        heading_deg: Some(90.5),
    };
    assert_eq!(*position, expected);
}

#[test]
fn batteries_gimbals_winds_and_footprints_are_read() {
    let (frames, _) = read(FLIGHT);
    let messages: Vec<&Message> = frames.iter().map(|frame| &frame.message).collect();

    let Message::Battery(battery) = messages[4] else { panic!("{messages:?}") };
    let expected = Battery {
        id: 0,
        current_a: Some(12.5),
        percent: Some(76),
        temperature_deg_c: Some(21.5),
        voltage_v: Some(11.85),
    };
    assert_eq!(*battery, expected);
    let Message::MountOrientation(mount) = messages[5] else { panic!("{messages:?}") };
    assert_eq!(
        (mount.roll_deg, mount.pitch_deg, mount.yaw_deg),
        (Some(1.5), Some(-45.0), Some(90.0))
    );
    let Message::Wind(wind) = messages[6] else { panic!("{messages:?}") };
    assert_eq!(*wind, Wind { velocity_mps: Some([3.0, -4.0]) });
    let Message::Wind(wind) = messages[7] else { panic!("{messages:?}") };
    let [north_mps, east_mps] = wind.velocity_mps.unwrap();
    assert!(close(north_mps, 0.0) && close(east_mps, 6.5), "from the west is to the east");
    let Message::CameraFootprint(footprint) = messages[8] else { panic!("{messages:?}") };
    assert_eq!(footprint.image, Some(Place { lat_deg: 34.51, lon_deg: -40.99 }));
    assert_eq!(
        (footprint.camera_altitude_m, footprint.horizontal_fov_deg, footprint.vertical_fov_deg),
        (Some(312.5), Some(62.5), Some(48.0))
    );
    let Message::Gimbal(gimbal) = messages[9] else { panic!("{messages:?}") };
    assert_eq!((gimbal.yaw_from_north, gimbal.failures), (Some(false), 0));
    assert!(close(gimbal.quaternion.unwrap()[2], -0.5_f64.sqrt()));
}

#[test]
fn bytes_may_come_one_by_one() {
    let mut decoder = Decoder::new();
    let frames: Vec<Frame> = FLIGHT.chunks(1).flat_map(|bytes| decoder.push(bytes)).collect();

    assert_eq!((frames, decoder.faults()), read(FLIGHT));
}

#[test]
fn a_damaged_frame_is_counted_and_the_next_one_found() {
    let mut bytes = FLIGHT.to_vec();
    bytes[12] ^= 1;
    let (frames, faults) = read(&bytes);

    assert_eq!(
        (frames.len(), faults.checksums, faults.missing),
        (11, 1, 0),
        "the first has none before it"
    );
    let second = FLIGHT.iter().enumerate().filter(|(_, byte)| **byte == MAGIC_2).nth(1).unwrap().0;
    let mut bytes = FLIGHT.to_vec();
    bytes[second + HEAD_2] ^= 1;
    assert_eq!(read(&bytes).1.missing, 1);
    let (frames, faults) = read(&[&[1, 2, 3][..], FLIGHT].concat());
    assert_eq!((frames.len(), faults.skipped_bytes), (12, 3));
}

#[test]
fn frames_with_flags_that_nobody_knows_are_passed_over() {
    let mut frame = station_heartbeat(DRONE, 0);
    frame[2] = 2;

    assert_eq!(read(&frame).0, []);
}

#[test]
fn what_is_no_number_or_no_place_is_unknown() {
    let mut payload = [0_u8; 52];
    payload[4..8].copy_from_slice(&i32::MAX.to_le_bytes());
    payload[12..16].copy_from_slice(&i32::MAX.to_le_bytes());
    payload[44..48].copy_from_slice(&f32::NAN.to_le_bytes());
    let known = KNOWN.iter().find(|known| known.id == 271).unwrap();
    let Message::CameraFootprint(read) = known.read(Payload::new(&payload)) else {
        panic!("another")
    };

    assert_eq!(
        (read.camera, read.camera_altitude_m, read.horizontal_fov_deg, read.quaternion),
        (None, None, None, None)
    );
}

#[test]
fn a_stations_heartbeat_is_a_frame() {
    let sender = Sender { system: 255, component: 190 };
    let (frames, faults) = read(&station_heartbeat(sender, 9));

    let message = Message::Heartbeat(Heartbeat { kind: 6, autopilot: 8, armed: false, state: 4 });
    assert_eq!(frames, [Frame { sender, sequence: 9, message }]);
    assert_eq!(faults, Faults::default());
}

proptest! {
    #[test]
    fn damaged_streams_never_panic_and_keep_at_most_one_frame(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30),
        size in 1_usize..300,
    ) {
        let mut bytes = FLIGHT.to_vec();
        for (at, with) in damage {
            let at = at.index(bytes.len());
            bytes[at] = with;
        }
        let mut decoder = Decoder::new();
        for bytes in bytes.chunks(size) {
            decoder.push(bytes);
            prop_assert!(decoder.rest.len() < FRAME_BYTES_MAX);
        }
    }
}
