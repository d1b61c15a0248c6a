//! Streams of both versions, whole, cut and broken.

use proptest::prelude::*;

use super::*;

fn frames(decoder: &mut StreamDecoder) -> Vec<Result<(char, Vec<u8>), CotError>> {
    let mut frames = Vec::new();
    while let Some(frame) = decoder.next_frame() {
        frames.push(frame.map(|frame| match frame {
            Frame::Xml(bytes) => ('x', bytes.to_vec()),
            Frame::Protobuf(bytes) => ('p', bytes.to_vec()),
        }));
    }
    frames
}

#[test]
fn versions_may_alternate_on_one_stream() {
    let mut stream = b"<?xml version=\"1.0\"?>\n<event>a</event>\n ".to_vec();
    stream.extend(encode_stream(b"one"));
    stream.extend(b"<event>b</event>");
    stream.extend(encode_stream(&[7; 300]));
    let mut decoder = StreamDecoder::new();
    decoder.push(&stream);

    let got: Vec<_> = frames(&mut decoder).into_iter().map(Result::unwrap).collect();

    let first = b"<?xml version=\"1.0\"?>\n<event>a</event>".to_vec();
    let second = b"<event>b</event>".to_vec();
    assert_eq!(got, [('x', first), ('p', b"one".to_vec()), ('x', second), ('p', vec![7; 300])]);
    assert_eq!(decoder.pending(), 0);
}

#[test]
fn a_length_takes_as_many_bytes_as_takproto_gives_it() {
    assert_eq!(encode_stream(&[0; 300])[..3], [0xbf, 0xac, 0x02]);
    assert_eq!(encode_datagram(b"x"), [0xbf, 1, 0xbf, b'x']);
}

#[test]
fn a_message_that_is_too_long_is_reported_once_and_skipped() {
    let mut decoder = StreamDecoder::new();
    let mut stream = encode_stream(&vec![1; 70_000]);
    stream.extend(b"<event>");
    stream.extend(vec![b'a'; 200_000]);
    stream.extend(b"</event><event>b</event>");
    let mut got = Vec::new();
    for chunk in stream.chunks(1_000) {
        decoder.push(chunk);
        got.extend(frames(&mut decoder));
        assert!(decoder.pending() < 70_000, "bytes that are skipped are not kept");
    }

    assert_eq!(got.len(), 3, "{got:?}");
    assert_eq!(got[0], Err(CotError::TooLong(70_000)));
    assert!(matches!(got[1], Err(CotError::TooLong(_))));
    assert_eq!(got[2], Ok(('x', b"<event>b</event>".to_vec())));
}

#[test]
fn a_length_bomb_allocates_nothing_and_swallows_what_it_claimed() {
    let mut decoder = StreamDecoder::new();
    decoder.push(&[MAGIC, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);

    assert!(matches!(frames(&mut decoder).as_slice(), [Err(CotError::TooLong(_))]));
    decoder.push(b"<event>b</event>");
    assert_eq!(frames(&mut decoder), []);
    assert_eq!(decoder.pending(), 0);
}

#[test]
fn a_length_that_never_ends_costs_one_byte() {
    let mut decoder = StreamDecoder::new();
    decoder.push(&[MAGIC, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);

    assert!(matches!(decoder.next_frame(), Some(Err(CotError::Protobuf(_)))));
}

#[test]
fn datagrams_name_their_version() {
    assert_eq!(decode_datagram(&[0xbf, 1, 0xbf, 9]), Ok(Frame::Protobuf(&[9])));
    assert_eq!(decode_datagram(b"<event/>"), Ok(Frame::Xml(b"<event/>")));
    let newer = decode_datagram(&[0xbf, 2, 0xbf, 9]).unwrap_err();
    assert_eq!(newer.to_string(), r#"version must be 1, got "2""#);
    assert!(decode_datagram(&[0xbf]).is_err());
    assert!(decode_datagram(&[0xbf, 1, 9]).is_err());
}

#[test]
fn a_datagram_may_hold_what_would_go_into_a_stream_and_no_less_or_more() {
    let message = [0x12, 3, 0x0a, 1, b'a'];
    let stream = encode_stream(&message);

    assert_eq!(decode_datagram(&stream), Ok(Frame::Protobuf(&message)));

    for length in 1..stream.len() {
        assert!(decode_datagram(&stream[..length]).is_err(), "{length} bytes of it");
    }
    let more = [stream, vec![0]].concat();
    assert!(decode_datagram(&more).is_err());
}

proptest! {
    #[test]
    fn messages_come_out_as_they_went_in_however_they_are_cut(
        messages in prop::collection::vec(
            prop_oneof![
                "[a-z<>/ ]{0,40}".prop_filter("no end inside", |text| !text.contains("</event>"))
                    .prop_map(|text| ('x', format!("<event>{text}</event>").into_bytes())),
                prop::collection::vec(any::<u8>(), 0..300).prop_map(|bytes| ('p', bytes)),
            ],
            0..8,
        ),
        cut in 1_usize..60,
    ) {
        let stream: Vec<u8> = messages
            .iter()
            .flat_map(|(kind, bytes)| if *kind == 'x' { bytes.clone() } else { encode_stream(bytes) })
            .collect();
        let mut decoder = StreamDecoder::new();
        let mut got = Vec::new();
        for chunk in stream.chunks(cut) {
            decoder.push(chunk);
            got.extend(frames(&mut decoder).into_iter().map(Result::unwrap));
        }

        prop_assert_eq!(got, messages);
        prop_assert_eq!(decoder.pending(), 0);
    }

    #[test]
    fn arbitrary_bytes_never_panic(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 0..16)) {
        let mut decoder = StreamDecoder::new();
        for chunk in chunks {
            decoder.push(&chunk);
            frames(&mut decoder);
            drop(decode_datagram(&chunk));
        }
    }
}
