//! Messages a second that one core decodes and validates, on the golden messages under `testdata`.
//!
//! Time is what the thread spent on a processor, so that a busy machine does not change the figures.

use std::hint::black_box;
use std::path::Path;

use wire::cot::{self, takproto};
use wire::{asterix, klv, mavlink, metar, sapient};

const ROUNDS: u32 = 200_000;

fn main() {
    let detection = file("sapient/detection_at_a_place.frame");
    let (_, detection) = detection.split_at(4);
    measure("sapient detection, decoded and validated", detection.len(), || {
        let message = sapient::decode(detection).expect("a message");
        sapient::validate(&message).expect("a valid one");
        black_box(message);
    });

    let xml = file("tak/patrol.xml");
    measure("cursor on target event in xml, parsed", xml.len(), || {
        black_box(cot::parse(&xml).expect("an event"));
    });

    let datagram = file("tak/patrol.mesh");
    let (_, protobuf) = datagram.split_at(3);
    measure("cursor on target event in protobuf, parsed", protobuf.len(), || {
        black_box(takproto::decode(protobuf).expect("an event"));
    });

    // Every kind of item that a plot may carry, each in a record of its own.
    let plots: Vec<u8> = plots().concat();
    measure("asterix 048, datagram of all items", plots.len(), || {
        black_box(asterix::decode(&plots));
    });

    let flight = file("mavlink/flight.bin");
    measure("mavlink, a frame of every message", flight.len(), || {
        black_box(mavlink::Decoder::new().push(&flight));
    });

    let picture = file("klv/flight.klv");
    measure("st 0601 set of a picture", picture.len(), || {
        black_box(klv::uas::decode(&picture).expect("a set"));
    });

    let report = "OYAA 181100Z 22007KT 9999 FEW040 31/12 Q1009";
    measure("metar, parsed", report.len(), || {
        black_box(metar::parse(report).expect("a report"));
    });
}

/// The octets of the golden records, as their file writes them: `{"octets": "30..", ..}` a line.
fn plots() -> Vec<Vec<u8>> {
    let text = String::from_utf8(file("asterix/cat048.jsonl")).expect("text");
    let octets = text.lines().filter_map(|line| line.split('"').nth(3));
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    octets.map(|octets| octets.as_bytes().chunks(2).filter_map(byte).collect()).collect()
}

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(name);
    std::fs::read(path).expect("the file is checked in")
}

#[expect(clippy::print_stdout, reason = "a bench prints its figures")]
fn measure(what: &str, bytes: usize, mut act: impl FnMut()) {
    let from_ns = on_processor_ns();
    for _ in 0..ROUNDS {
        act();
    }
    let each_ns = (on_processor_ns() - from_ns) as f64 / f64::from(ROUNDS);
    println!("{what}: {:.0} a second ({each_ns:.0} ns, {bytes} bytes)", 1e9 / each_ns);
}

/// Nanoseconds that this thread has run so far (Linux).
fn on_processor_ns() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat")
        .expect("linux tells a thread's time");
    told.split_whitespace()
        .next()
        .and_then(|first| first.parse().ok())
        .expect("the first figure is a number")
}
