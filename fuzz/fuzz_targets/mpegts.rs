//! Transport streams and the metadata in them: nothing panics, and a packet that is read can be written.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::klv::uas;
use wire::mpegts::Demuxer;

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    let mut demuxer = Demuxer::new();
    let streamed = bytes.chunks(300).flat_map(|chunk| demuxer.push(chunk)).map(|metadata| metadata.klv);
    for klv in std::iter::once(bytes.to_vec()).chain(streamed) {
        let mut rest = klv.as_slice();
        while let Ok((uas, octets)) = uas::decode(rest) {
            if let Ok(packet) = uas.encode() {
                let again = uas::decode(&packet).map(|(again, _)| again.sensor);
                assert_eq!(again, Ok(uas.sensor));
            }
            rest = &rest[octets..];
        }
    }
}
