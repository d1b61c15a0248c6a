//! Bytes of a broker: nothing panics, and pieces do not matter.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::mqtt::{Decoder, MqttError, Packet};

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes.chunks(bytes.len().max(1)));
    let pieces = read(bytes.chunks(7));
    assert_eq!(whole, pieces);
});

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Packet>, Option<MqttError>) {
    let (mut decoder, mut packets) = (Decoder::default(), Vec::new());
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
