//! Messages a second that one core decodes and validates, on the golden messages under `testdata`.
//!
//! Time is what the thread spent on a processor, so that a busy machine does not change the figures.

use std::hint::black_box;
use std::path::Path;

use wire::cot::{self, takproto};
use wire::sapient;

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
