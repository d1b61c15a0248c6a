//! A phone's whole connection: which version each message has, what is agreed upon, and what becomes of the events.

#![no_main]

use std::sync::{Arc, LazyLock};

use fuzz::within_bar;
use jiff::{SignedDuration, Timestamp};
use libfuzzer_sys::fuzz_target;
use sight::sector::parse;
use station::ingest::cot::{Phones, Session};
use station::pki::Identity;

const SECTOR: &str = r#"
name = "small"
title = { en = "Small", ar = "صغير" }
terrain = { files = ["N34E041.tif"] }
[line]
file = "line.geojson"
far_side = "left"
far_depth_m = 1500
near_depth_m = 1500
[[unit]]
id = "patrol-1"
name = { en = "Patrol 1", ar = "دورية 1" }
agency = "border-guard"
node_id = "0d2c3d5a-5b1e-4a53-9c60-7d2f1b6a9e10"
mobility = "vehicle"
at = [41.02, 34.42]
"#;
const LINE: &str = r#"{"type":"LineString","coordinates":[[41.03,34.405],[41.03,34.455]]}"#;
/// Inputs that one message may come to: itself, and that something in it was dropped.
const INPUTS_PER_MESSAGE: usize = 2;

static PHONES: LazyLock<Arc<Phones>> = LazyLock::new(|| {
    let sector = parse(SECTOR, &|_| Ok(LINE.as_bytes().to_vec())).expect("the sector is right");
    let devices = [("ANDROID-1".to_owned(), "patrol-1".to_owned())].into();
    Arc::new(Phones::of_sector(&sector, &devices, 0.8).expect("the unit is there"))
});

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let now: Timestamp = "2026-11-20T19:00:00Z".parse().expect("a moment");
    let identity = Identity::phone("ANDROID-1", "patrol-1").expect("a phone");
    // Whatever comes by a certificate and whatever does not; in pieces of sizes that the input chooses.
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let vouched = (first & 1 == 1).then_some(&identity);
    let session = Session::new(Arc::clone(&PHONES), now).vouched_for_by(vouched);
    let mut session = session.expect("the sector has the unit");
    for (turn, piece) in (0..).zip(rest.chunks(usize::from(first >> 1) * 16 + 1)) {
        let before = session.counts();
        let step = session.receive(piece, now + SignedDuration::from_millis(turn));
        let after = session.counts();
        let messages = after.messages() - before.messages();
        assert!(step.inputs.len() as u64 <= messages * INPUTS_PER_MESSAGE as u64);
        assert!(step.replies.len() as u64 <= messages);
        assert!(step.inputs.is_empty() || after != before);
        for reply in step.replies {
            assert!(wire::cot::parse(reply.event.to_xml().as_bytes()).is_ok());
        }
    }
}
