//! A byte stream of Cursor on Target in both versions; what is read comes back from either encoding.

#![no_main]

use fuzz::within_bar;
use libfuzzer_sys::fuzz_target;
use wire::cot::frame::{Frame, StreamDecoder, decode_datagram};
use wire::cot::{self, Event, takproto};

fn event(frame: Frame<'_>) -> Option<Event> {
    match frame {
        Frame::Xml(bytes) => cot::parse(bytes).ok(),
        Frame::Protobuf(bytes) => takproto::decode(bytes).ok()?.1,
    }
}

fuzz_target!(|bytes: &[u8]| within_bar(|| decoded(bytes)));

fn decoded(bytes: &[u8]) {
    if let Ok(frame) = decode_datagram(bytes) {
        event(frame);
    }
    let mut frames = StreamDecoder::new();
    for chunk in bytes.chunks(1_000) {
        frames.push(chunk);
        while let Some(frame) = frames.next_frame() {
            let Some(event) = frame.ok().and_then(event) else { continue };
            let xml = event.to_xml();
            // Text that came by protobuf may grow beyond the limit, or hold what XML may not.
            if let Ok(again) = cot::parse(xml.as_bytes()) {
                assert_eq!(cot::parse(again.to_xml().as_bytes()), Ok(again.clone()));
                assert_eq!(again.point, event.point);
            }
            if let Ok((_, Some(again))) = takproto::decode(&takproto::encode(&event, None)) {
                assert_eq!(again.point, event.point);
            }
        }
    }
}
