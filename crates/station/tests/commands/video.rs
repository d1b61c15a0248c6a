//! `watchline video` on a flight that is packed here as a drone packs it.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use wire::klv::uas::{Place, Uas};
use wire::klv::vmti::{Target, Vmti};

use super::viewshed::write_tile;
use super::{answer, complaint, run};

const PROGRAMME: u16 = 0x100;
const METADATA: u16 = 0x101;

/// Cuts a payload into packets of one stream; the last one is filled up.
fn packets(pid: u16, payload: &[u8], counter: &mut u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, piece) in payload.chunks(184).enumerate() {
        let [high, low] = pid.to_be_bytes();
        let fill = 184 - piece.len();
        let (starts, field) = (if at == 0 { 0x40 } else { 0 }, if fill > 0 { 0x20 } else { 0 });
        bytes.extend([0x47, high | starts, low, 0x10 | field | *counter]);
        *counter = (*counter + 1) & 15;
        if fill > 0 {
            bytes.push(u8::try_from(fill - 1).unwrap());
            bytes.extend([0].iter().chain(&[0xff; 183]).take(fill - 1));
        }
        bytes.extend(piece);
    }
    bytes
}

fn section(table: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len() + 9).unwrap();
    let section = [&[table, 0xb0, length, 0, 1, 0xc1, 0, 0], body].concat();
    let sum = section.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            if sum >> 31 == 0 { sum << 1 } else { sum << 1 ^ 0x04C1_1DB7 }
        })
    });
    [&[0], section.as_slice(), &sum.to_be_bytes()].concat()
}

/// A transport stream of one programme that holds metadata alone.
fn stream(flight: &[Vec<u8>]) -> Vec<u8> {
    let ([high, low], [klv_high, klv_low]) = (PROGRAMME.to_be_bytes(), METADATA.to_be_bytes());
    let klva = *b"\x05\x04KLVA";
    let head = [0xe0 | klv_high, klv_low, 0xf0, 0, 0x06, 0xe0 | klv_high, klv_low, 0xf0, 6];
    let mut bytes = packets(0, &section(0, &[0, 1, 0xe0 | high, low]), &mut 0);
    bytes.extend(packets(PROGRAMME, &section(2, &[&head[..], &klva].concat()), &mut 0));
    let mut counter = 0;
    for klv in flight {
        let length = u8::try_from(klv.len() + 3).unwrap();
        let pes = [&[0, 0, 1, 0xbd, 0, length, 0x80, 0, 0], klv.as_slice()].concat();
        bytes.extend(packets(METADATA, &pes, &mut counter));
    }
    bytes
}

fn began() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

/// Twenty packets in ten seconds along a parallel, the camera straight down; the second half tells its corners.
fn flight() -> Vec<Uas> {
    let frame = |number: i32| {
        let lon_deg = 1.5 + 1e-4 * f64::from(number);
        let corners = [[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]]
            .map(|[north, east]| [Some(42.5 + 1e-3 * north), Some(lon_deg + 1e-3 * east)]);
        Uas {
            time: Some(began() + SignedDuration::from_millis(500 * i64::from(number))),
            heading_deg: Some(90.0),
            sensor: Place { lat_deg: Some(42.5), lon_deg: Some(lon_deg), alt_m: Some(1_500.0) },
            horizontal_fov_deg: Some(20.0),
            vertical_fov_deg: Some(15.0),
            relative_azimuth_deg: Some(0.0),
            relative_elevation_deg: Some(-90.0),
            relative_roll_deg: Some(0.0),
            corners: if number < 10 { Default::default() } else { corners },
            version: Some(19),
            vmti: (number == 12).then(|| Vmti {
                targets: vec![Target { id: 3, ..Target::default() }],
                ..Vmti::default()
            }),
            ..Uas::default()
        }
    };
    (0..20).map(frame).collect()
}

fn write(directory: &Path, flight: &[Uas]) {
    let packed: Vec<Vec<u8>> = flight.iter().map(|uas| uas.encode().unwrap()).collect();
    std::fs::write(directory.join("flight.ts"), stream(&packed)).unwrap();
}

#[test]
fn a_flight_is_told_frame_by_frame_and_its_pictures_are_worked_out_on_terrain() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &flight());

    let told = answer(directory.path(), "video flight.ts");
    assert_eq!((&told["packets"], &told["unreadable"]), (&20.into(), &0.into()), "{told}");
    assert_eq!((&told["taken"], &told["outlined"]), (&10.into(), &5.into()), "every second one");
    assert_eq!(told["first_at"], "2026-11-20T19:00:00Z");
    assert_eq!(told["last_at"], "2026-11-20T19:00:09Z");
    // 18 ten-thousandths of a degree of longitude at 42.5 degrees north.
    assert!((told["way_m"].as_f64().unwrap() - 148.0).abs() < 2.0, "{told}");
    let frame = &told["frames"][6];
    assert_eq!((&frame["targets"], &frame["outline_told"]), (&1.into(), &true.into()));
    let lon_deg = frame["drone"][0].as_f64().unwrap();
    assert!((lon_deg - 1.5012).abs() < 1e-6, "{frame}");
    assert_eq!(frame["outline"].as_array().unwrap().len(), 5);

    write_tile(directory.path());
    let told = answer(directory.path(), "video flight.ts --every 0 --terrain N42E001.hgt");
    assert_eq!((&told["taken"], &told["outlined"]), (&20.into(), &20.into()), "{told}");
    assert_eq!(told["frames"][0]["outline_told"], false);
    let corner = |axis: usize| {
        let ring = told["frames"][0]["outline"].as_array().unwrap();
        let along = ring.iter().map(|place| place[axis].as_f64().unwrap());
        along.clone().fold(f64::MIN, f64::max) - along.fold(f64::MAX, f64::min)
    };
    // The nose to the east: the width of 20 degrees lies north and south, the height of 15 east and west.
    let ratio = corner(1) * 111_080.0 / (corner(0) * 82_180.0);
    assert!((ratio - 0.176_33 / 0.131_65).abs() < 0.02, "{ratio}");
}

#[test]
fn a_map_holds_the_way_and_every_picture_and_a_table_a_row_for_each() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &flight());

    let told = answer(directory.path(), "video flight.ts --every 0 --out flight.geojson");
    assert_eq!(told.get("frames"), None, "they are in the file");
    let map = std::fs::read_to_string(directory.path().join("flight.geojson")).unwrap();
    let map: serde_json::Value = serde_json::from_str(&map).unwrap();
    let features = map["features"].as_array().unwrap();
    assert_eq!(features.len(), 11, "the way and ten pictures");
    assert_eq!(features[0]["geometry"]["coordinates"].as_array().unwrap().len(), 20);
    assert_eq!(features[0]["properties"]["times"].as_array().unwrap().len(), 20);
    let ring = &features[1]["geometry"]["coordinates"][0];
    assert_eq!(ring[0], ring[4]);
    // Counter-clockwise, as RFC 7946 has it.
    let area: f64 = (0..4)
        .map(|at| {
            let number = |at: usize, axis: usize| ring[at][axis].as_f64().unwrap();
            number(at, 0) * number(at + 1, 1) - number(at + 1, 0) * number(at, 1)
        })
        .sum();
    assert!(area > 0.0, "{ring}");

    answer(directory.path(), "video flight.ts --out flight.csv");
    let table = std::fs::read_to_string(directory.path().join("flight.csv")).unwrap();
    assert_eq!(table.lines().count(), 11);
    assert!(table.lines().last().unwrap().contains("\"POLYGON (("), "{table}");
    let shown = String::from_utf8(run(directory.path(), "video flight.ts").stdout).unwrap();
    assert!(shown.contains("20 packets, 0 unreadable; 10 frames"), "{shown}");
}

#[test]
fn damage_is_counted_and_what_holds_no_metadata_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let mut packed: Vec<Vec<u8>> = flight().iter().map(|uas| uas.encode().unwrap()).collect();
    packed[4][30] ^= 1;
    std::fs::write(directory.path().join("flight.ts"), stream(&packed)).unwrap();
    let told = answer(directory.path(), "video flight.ts --every 0");
    assert_eq!((&told["packets"], &told["unreadable"]), (&19.into(), &1.into()), "{told}");
    assert!(told["first_fault"].as_str().unwrap().contains("checksum"), "{told}");

    std::fs::write(directory.path().join("flight.ts"), stream(&[])).unwrap();
    let said = complaint(directory.path(), "video flight.ts");
    assert!(said.contains("flight.ts: holds no metadata of ST 0601"), "{said}");
    let said = complaint(directory.path(), "video flight.ts --out flight.kml");
    assert!(said.contains("must end with .geojson or .csv"), "{said}");
    let said = complaint(directory.path(), "video flight.ts --every -1");
    assert!(said.contains("--every -1: must be 0 or more"), "{said}");
    let said = complaint(directory.path(), "video nothing.ts");
    assert!(said.contains("nothing.ts: cannot be opened"), "{said}");
}
