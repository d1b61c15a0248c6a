//! Receivers on real sockets, and bytes as they should not be.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio::time::timeout;
use watch::detection::StatusReport;
use watch::journal::Input;
use wire::nmea::{Place, Rmc, write_rmc};

use super::*;
use crate::ingest::datagram_door::{DatagramConfig, DatagramDoor};
use crate::ingest::desk::Desk;
use crate::ingest::door::{DoorBoard, DoorLimits};
use crate::ingest::machine_link::MachineLink;

const PATIENCE: Duration = Duration::from_secs(20);

fn model() -> Arc<Model> {
    let drill = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/drill");
    Arc::new(crate::shipped::load_model(drill).unwrap())
}

fn now() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

/// A sentence of so many seconds before now, at the drill's patrol unless moved.
fn rmc(ago_s: i64, north_deg: f64) -> String {
    let place = Some(Place { lat_deg: 34.415 + north_deg, lon_deg: 41.02 });
    let time = Some(now() - jiff::SignedDuration::from_secs(ago_s));
    write_rmc(&Rmc { time, place, speed_mps: None, course_deg: None })
}

fn reader(senders: &[&str], framing: Framing) -> Framed {
    let units = senders.iter().map(|text| (Sender::parse(text).unwrap(), "patrol-1".to_owned()));
    Framed(NmeaReader::new(&model(), &units.collect(), 2.0, now()).unwrap(), framing)
}

/// Latitudes that a reader takes from bytes of an address.
fn read(reader: &mut Framed, from: &str, bytes: &[u8]) -> Vec<f64> {
    let mut step = Step::default();
    Reader::take(reader, bytes, from.parse().unwrap(), now(), &mut step);
    step.inputs.iter().filter_map(latitude).collect()
}

fn latitude(input: &Input) -> Option<f64> {
    if let Input::Status(StatusReport { location: Some(place), .. }) = input {
        return Some(place.lat_deg);
    }
    None
}

#[test]
fn a_stream_in_any_pieces_is_read_as_its_lines_and_nothing_is_held_beyond_one() {
    let text = format!("{}\r\n!AIVDM,1,1,,A,x,0*00\r\n{}", rmc(60, 0.0), rmc(50, 0.001));
    let mut all = Vec::new();
    let mut link = reader(&["10.0.0.7:4001"], Framing::Stream);
    for piece in text.as_bytes().chunks(7) {
        all.extend(read(&mut link, "10.0.0.7:4001", piece));
    }
    assert_eq!(all.len(), 2, "{all:?}");
    assert_eq!((link.counts().accepted, link.counts().ignored), (2, 1));

    assert!(read(&mut link, "10.0.0.7:4001", "x".repeat(100_000).as_bytes()).is_empty());
    assert!(link.0.receivers.values().all(|line| line.begun.len() <= NMEA_BYTES_MAX + 1));
    assert_eq!(read(&mut link, "10.0.0.7:4001", b"\n").len(), 0);
    assert!(link.take_refused().unwrap().contains("at most 256 bytes"));
    assert_eq!(link.counts().rejected, 1);
}

#[test]
fn each_sender_is_the_unit_that_is_named_by_its_port_or_else_by_its_address() {
    let mut door = reader(&["10.0.0.7", "10.0.0.8:5000"], Framing::Datagrams);

    assert_eq!(read(&mut door, "10.0.0.7:1", rmc(60, 0.0).as_bytes()).len(), 1);
    assert_eq!(read(&mut door, "[::ffff:10.0.0.8]:5000", rmc(50, 0.0).as_bytes()).len(), 1);
    assert!(read(&mut door, "10.0.0.8:5001", rmc(40, 0.0).as_bytes()).is_empty());
    assert!(door.take_refused().unwrap().contains("sends from 10.0.0.8:5001"));
    assert_eq!(Sender::parse("10.0.0"), None);

    let units = BTreeMap::from([(Sender::parse("10.0.0.7").unwrap(), "x".to_owned())]);
    let unknown = NmeaReader::new(&model(), &units, 2.0, now()).unwrap_err().to_string();
    assert_eq!(unknown, "doors.nmea.units.\"10.0.0.7\": the sector has no unit \"x\"");
}

#[test]
fn wrong_sums_times_and_places_are_refused_and_quick_places_passed_over() {
    let mut door = reader(&["10.0.0.7"], Framing::Datagrams);
    let mut take = |text: &str| {
        let stored = read(&mut door, "10.0.0.7:1", text.as_bytes()).len();
        (stored, door.take_refused().unwrap_or_default())
    };
    let broken = rmc(60, 0.0).replace('A', "V");
    assert!(take(&broken).1.contains("checksum"));
    assert!(take(&rmc(90_000, 0.0)).1.contains("time"));
    assert!(take(&rmc(-90_000, 0.0)).1.contains("time"));
    assert!(take(&rmc(55, 20.0)).1.contains("place"));
    assert_eq!(take(&rmc(50, 0.0)).0, 1);
    assert_eq!(take(&rmc(49, 0.0)), (0, String::new()));
    assert_eq!(take("\r\n\r\n"), (0, String::new()));
    assert!(take("$GPRMC,nan,A,1e308,N,NaN,E,,,999999,,*00").1.contains("sentence"));
    let year_nought = "$GPRMC,000000,A,3424.9,N,04101.2,E,0,0,000000,,*00";
    assert!(take(year_nought).1.contains("sentence"));
}

#[tokio::test]
async fn datagrams_and_connections_move_a_unit() {
    let limits = DoorLimits { connections_max: 4, messages_per_s: 100.0 };
    let listen = "127.0.0.1:0".parse().unwrap();
    let config = DatagramConfig { listen, from: BTreeSet::new(), group: None, limits };
    let (desk, taken) = Desk::new();
    let by_datagram = reader(&["127.0.0.1"], Framing::Datagrams);
    let door =
        DatagramDoor::open((DOOR, PROTOCOL), config, by_datagram, desk.clone()).await.unwrap();
    let at = door.board().socket().unwrap();
    tokio::spawn(door.serve());
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(rmc(60, 0.0).as_bytes(), at).await.unwrap();
    let taken = next(taken).await;

    let machine = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = machine.local_addr().unwrap();
    let by_stream = reader(&[&address.to_string()], Framing::Stream);
    let board = DoorBoard::new((LINK_DOOR, LINK_PROTOCOL), address, limits);
    tokio::spawn(MachineLink::new(address, by_stream, desk, &board).run());
    let (mut stream, _) = timeout(PATIENCE, machine.accept()).await.unwrap().unwrap();
    stream.write_all(rmc(30, 0.002).as_bytes()).await.unwrap();
    next(taken).await;
    assert_eq!(board.counters.counts().accepted, 1);
}

async fn next(mut taken: mpsc::Receiver<Input>) -> mpsc::Receiver<Input> {
    let input = timeout(PATIENCE, taken.recv()).await.expect("a place").unwrap();
    assert!(latitude(&input).is_some(), "{input:?}");
    taken
}
