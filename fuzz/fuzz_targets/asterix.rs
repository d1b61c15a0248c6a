//! Datagrams of radars: no octets panic, and what is read without fault comes back byte for byte.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::asterix::plot::Plot;
use wire::asterix::service::Service;
use wire::asterix::track::SystemTrack;
use wire::asterix::{Block, decode, encode};

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let read = decode(bytes);
    for block in &read.blocks {
        if let Block::Known { records, .. } = block {
            for record in records {
                // A callsign may hold characters that have no number.
                let is_writable = |callsign: &Option<String>| callsign.as_ref().is_none_or(|name| !name.contains('?'));
                if let Ok(plot) = Plot::from_record(record)
                    && is_writable(&plot.callsign)
                {
                    plot.to_record().expect("what came from a record goes into one");
                }
                if let Ok(service) = Service::from_record(record) {
                    service.to_record().expect("what came from a record goes into one");
                }
                if let Ok(track) = SystemTrack::from_record(record)
                    && is_writable(&track.callsign)
                {
                    track.to_record().expect("what came from a record goes into one");
                }
            }
        }
    }
    if read.faults.is_empty() {
        let written: Vec<u8> = read.blocks.iter().filter_map(encode).flatten().collect();
        assert_eq!(written, bytes);
    }
}
