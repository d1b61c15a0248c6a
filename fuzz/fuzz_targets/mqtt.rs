//! Bytes of a broker: nothing panics, and pieces do not matter.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::mqtt::{Decoder, MqttError, Packet, Version};

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    for version in [Version::V3, Version::V5] {
        let whole = read(version, bytes.chunks(bytes.len().max(1)));
        let pieces = read(version, bytes.chunks(7));
        assert_eq!(whole, pieces);
    }
}

fn read<'a>(
    version: Version,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Vec<Packet>, Option<MqttError>) {
    let (mut decoder, mut packets) = (Decoder::speaking(version), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.next_packet() {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break,
                Err(fault) => return (packets, Some(fault)),
            }
        }
    }
    (packets, None)
}
