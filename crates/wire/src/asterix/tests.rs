//! Datagrams whole and broken, and the typed messages both ways.

use proptest::prelude::*;

use super::plot::{Detection, Plane, Plot, Polar, RadarTrack, Report, TrackState};
use super::service::{Count, Kind, Place, Service};
use super::tables::{CAT034, CAT048, CAT062};
use super::track::{Accuracy, Origin, Position, Stage, Status, Support, SystemTrack, Velocity};
use super::*;

const RADAR: Source = Source { sac: 25, sic: 201 };

/// A plot that was written by hand: SAC 25, SIC 1, 08:42:00.125, PSR, 18.2 NM, 241.6 degrees.
const BY_HAND: [u8; 14] = [48, 0, 14, 0xf0, 25, 1, 0x3d, 0x2c, 0x10, 0x20, 0x12, 0x34, 0xab, 0xcd];

fn records(bytes: &[u8]) -> Vec<Record> {
    let Datagram { mut blocks, faults } = decode(bytes);
    assert_eq!(faults, []);
    assert_eq!(blocks.len(), 1);
    match blocks.remove(0) {
        Block::Known { records, .. } => records,
        Block::Opaque { category, .. } => panic!("category {category}"),
    }
}

fn through(category: &'static Category, record: Record) -> Record {
    let block = Block::Known { category, records: vec![record] };
    records(&encode(&block).unwrap()).remove(0)
}

#[test]
fn a_plot_written_by_hand_is_read() {
    let plot = Plot::from_record(&records(&BY_HAND)[0]).unwrap();

    assert_eq!(plot.source, Source { sac: 25, sic: 1 });
    assert_eq!(plot.time_of_day_s, Some(31_320.125));
    assert_eq!(
        plot.report,
        Some(Report { detection: Detection::Primary, origin: plot::Origin::Real })
    );
    let polar = plot.polar.unwrap();
    assert!((polar.range_m - 18.203_125 * 1_852.0).abs() < 1e-9);
    assert!((polar.azimuth_deg - 241.594_848_632_812_5).abs() < 1e-12);
    assert_eq!((plot.track, plot.mode_3a, plot.callsign), (None, None, None));
}

#[test]
fn invalid_codes_and_speeds_are_left_out() {
    let mut record = records(&BY_HAND)[0].clone();
    record.set("070", |_item| Ok(vec![0x8e, 0x80])).unwrap();
    record.set("090", |_item| Ok(vec![0x80, 0x40])).unwrap();
    record.set("120", |_item| Ok(vec![0x80, 0x80, 0x14])).unwrap();
    let plot = Plot::from_record(&record).unwrap();

    assert_eq!((plot.mode_3a, plot.pressure_height_m, plot.radial_speed_mps), (None, None, None));
}

#[test]
fn a_record_behind_a_broken_one_is_lost_but_the_next_block_is_not() {
    let mut bytes = BY_HAND.to_vec();
    bytes[2] += 3;
    bytes.extend([0x80, 25, 0x01]);
    bytes[14] = 0x02; // an extended field specification that leads nowhere
    bytes.extend(BY_HAND);
    let read = decode(&bytes);

    assert_eq!(read.blocks.len(), 2);
    assert!(
        read.blocks
            .iter()
            .all(|block| matches!(block, Block::Known { records, .. } if records.len() == 1))
    );
    let message = "record 1 of category 048: item 130 is broken or ends too early";
    assert_eq!(read.faults[0].to_string(), message);
}

#[test]
fn what_is_broken_is_said_with_its_place() {
    for (bytes, message) in [
        (&[48][..], "block at byte 0 must have a length between 4 and the 1 bytes left, got 1"),
        (&[48, 0, 3], "block at byte 0 must have a length between 4 and the 3 bytes left, got 3"),
        (
            &[48, 0, 9, 0],
            "block at byte 0 must have a length between 4 and the 4 bytes left, got 9",
        ),
        (&[48, 0, 4, 0], "record 0 of category 048 holds no item"),
        (&[48, 0, 4, 1], "record 0 of category 048 ends within its field specification"),
        (
            &[48, 0, 8, 1, 1, 1, 1, 0x80],
            "record 0 of category 048 ends within its field specification",
        ),
        (&[62, 0, 6, 0x40, 1, 2], "record 0 of category 062 has field 2, which no table knows"),
        (&[34, 0, 5, 0x80, 1], "record 0 of category 034: item 010 is broken or ends too early"),
    ] {
        let read = decode(bytes);
        assert_eq!(read.faults.len(), 1, "{bytes:?}");
        assert_eq!(read.faults[0].to_string(), message);
    }
    assert_eq!(decode(&vec![0; 65_508]).faults, [AsterixError::TooLong(65_508)]);
}

#[test]
fn no_datagram_costs_more_records_than_the_limit() {
    let mut bytes = vec![34, 0xfa, 0x03];
    bytes.extend([0x40, 1].repeat(32_000));
    let read = decode(&bytes);

    assert!(
        matches!(&read.blocks[0], Block::Known { records, .. } if records.len() == ASTERIX_RECORDS_MAX)
    );
    assert_eq!(read.faults, [AsterixError::TooManyRecords]);
}

#[test]
fn a_category_without_a_table_comes_back_as_it_was() {
    let bytes = [21, 0, 6, 1, 2, 3];
    let read = decode(&bytes);

    assert_eq!(read.blocks, [Block::Opaque { category: 21, bytes: vec![1, 2, 3] }]);
    assert_eq!(encode(&read.blocks[0]).unwrap(), bytes);
}

#[test]
fn a_specification_that_is_longer_than_needed_comes_back_so() {
    let bytes = [48, 0, 7, 0x81, 0, 9, 9];
    let block = &decode(&bytes).blocks[0];

    assert_eq!(encode(block).unwrap(), bytes);
}

#[test]
fn records_of_another_category_and_without_their_source_are_refused() {
    let record = &records(&BY_HAND)[0];
    assert_eq!(
        Service::from_record(record).unwrap_err().to_string(),
        "record must be of category 034, got 048"
    );
    let bare = Record::new(&CAT048);
    assert_eq!(
        Plot::from_record(&bare).unwrap_err().to_string(),
        "record of category 048 lacks item 010"
    );
}

#[test]
fn a_sector_crossing_comes_back() {
    let service = Service {
        source: RADAR,
        kind: Kind::SectorCrossing,
        time_of_day_s: Some(86_399.992_187_5),
        azimuth_deg: Some(45.0),
        period_s: Some(4.0),
        place: Some(Place { lat_deg: -45.0, lon_deg: 22.5, height_m: 412.0 }),
        operational: Some(false),
        counts: vec![Count { kind: 1, plots: 2_000 }, Count { kind: 16, plots: 0 }],
    };
    let record = through(&CAT034, service.to_record().unwrap());

    assert_eq!(Service::from_record(&record), Ok(service));
}

#[test]
fn a_system_track_comes_back() {
    let track = SystemTrack {
        source: RADAR,
        time_of_day_s: 3_600.5,
        number: 4_711,
        status: Status {
            stage: Stage::Tentative,
            support: Support::Coasting,
            origin: Origin::Simulated,
        },
        position: Some(Position { lat_deg: 33.75, lon_deg: -22.5 }),
        velocity: Some(Velocity { east_mps: -1.25, north_mps: 0.75 }),
        height_m: Some(6.25 * 0.3048 * 16.0),
        climb_mps: None,
        accuracy: Some(Accuracy {
            east_m: 12.5,
            north_m: 30.0,
            cross_m: Some(-4.5),
            velocity: Some(Velocity { east_mps: 0.25, north_mps: 1.5 }),
        }),
        age_s: Some(2.25),
        callsign: Some("TRACK 7".into()),
        mode_3a: Some(0o7_000),
    };
    let record = through(&CAT062, track.to_record().unwrap());

    assert_eq!(SystemTrack::from_record(&record), Ok(track));
}

prop_compose! {
    fn plot()(
        sic in any::<u8>(),
        time in prop::option::of(0_u32..86_400 * 128),
        kind in prop::option::of(0_usize..8),
        polar in prop::option::of((any::<u16>(), any::<u16>())),
        plane in prop::option::of((any::<i16>(), any::<i16>())),
        track in prop::option::of((0_u16..4_096, prop::option::of((any::<u16>(), any::<u16>())), 0_u8..4)),
        radial in prop::option::of(-512_i16..512),
        mode_3a in prop::option::of(0_u16..4_096),
        address in prop::option::of(0_u32..1 << 24),
        callsign in prop::option::of("[A-Z0-9]{1,8}"),
        echo in prop::option::of(any::<i8>()),
    ) -> Plot {
        let detections = [Detection::None, Detection::Primary, Detection::Secondary, Detection::SecondaryAndPrimary,
            Detection::ModeSAllCall, Detection::ModeSRollCall, Detection::ModeSAllCallAndPrimary,
            Detection::ModeSRollCallAndPrimary];
        let origins = [plot::Origin::Real, plot::Origin::Test, plot::Origin::Simulated, plot::Origin::FieldMonitor];
        Plot {
            source: Source { sac: 1, sic },
            time_of_day_s: time.map(|steps| f64::from(steps) / 128.0),
            report: kind.map(|at| Report { detection: detections[at], origin: origins[at % 4] }),
            polar: polar.map(|(range, azimuth)| Polar {
                range_m: f64::from(range) / 256.0 * 1_852.0,
                azimuth_deg: f64::from(azimuth) * 360.0 / 65_536.0,
            }),
            plane: plane.map(|(x, y)| Plane {
                east_m: f64::from(x) / 128.0 * 1_852.0,
                north_m: f64::from(y) / 128.0 * 1_852.0,
            }),
            track: track.map(|(number, motion, state)| RadarTrack {
                number,
                speed_mps: motion.map(|(speed, _)| f64::from(speed) / 16_384.0 * 1_852.0),
                heading_deg: motion.map(|(_, heading)| f64::from(heading) * 360.0 / 65_536.0),
                state: [None, Some(TrackState::Tentative), Some(TrackState::Confirmed), Some(TrackState::Ended)][usize::from(state)],
            }),
            radial_speed_mps: radial.map(f64::from),
            height_m: None,
            pressure_height_m: None,
            mode_3a, address, callsign,
            echo_dbm: echo.map(f64::from),
        }
    }
}

proptest! {
    #[test]
    fn a_plot_comes_back_from_its_record(plot in plot()) {
        let record = through(&CAT048, plot.to_record().unwrap());
        prop_assert_eq!(Plot::from_record(&record), Ok(plot));
    }

    #[test]
    fn what_is_read_without_fault_is_written_back_byte_for_byte(
        category in prop::sample::select(vec![34_u8, 48, 62, 7]),
        body in prop::collection::vec(any::<u8>(), 1..60),
    ) {
        let mut bytes = vec![category];
        bytes.extend(u16::try_from(body.len() + 3).unwrap().to_be_bytes());
        bytes.extend(&body);
        let read = decode(&bytes);
        for block in &read.blocks {
            if let Block::Known { records, .. } = block {
                for record in records {
                    drop((Plot::from_record(record), Service::from_record(record), SystemTrack::from_record(record)));
                }
            }
        }
        if read.faults.is_empty() {
            prop_assert_eq!(encode(&read.blocks[0]).unwrap(), bytes);
        }
    }
}
