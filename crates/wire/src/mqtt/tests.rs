//! Packets against the bytes that the standard's figures give, in any pieces, and against rubbish.

use proptest::prelude::*;

use super::sent::packet;
use super::*;

/// `a/b` at quality of service 1 with number 10 and the payload `hi`.
const MESSAGE: [u8; 11] = [0x32, 9, 0, 3, b'a', b'/', b'b', 0, 10, b'h', b'i'];

fn all(bytes: &[u8]) -> Result<Vec<Packet>, MqttError> {
    all_of(Version::V3, bytes)
}

fn all_of(version: Version, bytes: &[u8]) -> Result<Vec<Packet>, MqttError> {
    let mut decoder = Decoder::speaking(version);
    decoder.push(bytes);
    let mut packets = Vec::new();
    while let Some(packet) = decoder.next_packet()? {
        packets.push(packet);
    }
    Ok(packets)
}

fn long(kind: u8, payload: usize) -> Vec<u8> {
    let mut body = vec![0, 3, b'a', b'/', b'b', 0, 10];
    body.resize(body.len() + payload, b'x');
    packet(kind, &body)
}

#[test]
fn what_is_sent_is_what_the_standard_s_figures_show() {
    let hello = Hello {
        version: Version::V3,
        client_id: "w",
        user: Some("u"),
        password: Some("p"),
        keep_alive_s: 10,
    };
    assert_eq!(
        connect(&hello),
        [16, 19, 0, 4, b'M', b'Q', b'T', b'T', 4, 0xc0, 0, 10, 0, 1, b'w', 0, 1, b'u', 0, 1, b'p']
    );
    let nobody = Hello { user: None, ..hello };
    assert_eq!(connect(&nobody)[9], 0, "a password needs a user, and the session stays");
    assert_eq!(
        subscribe(Version::V3, 10, ["a/b", "c/d"].into_iter()),
        [0x82, 14, 0, 10, 0, 3, b'a', b'/', b'b', 1, 0, 3, b'c', b'/', b'd', 1]
    );
    assert_eq!(acknowledge(0x1234), [0x40, 2, 0x12, 0x34]);
    assert_eq!((ping(), disconnect()), (vec![0xc0, 0], vec![0xe0, 0]));
    assert_eq!(packet(0x30, &[0; 321])[..3], [0x30, 0xc1, 0x02], "the standard's 321");
}

#[test]
fn what_a_broker_says_is_read() {
    let mut bytes = vec![0x20, 2, 1, 0, 0x90, 4, 0, 10, 1, 0x80, 0xd0, 0];
    bytes.extend(MESSAGE);
    bytes.extend([0x3b, 6, 0, 1, b'c', 0, 11, b'!']);
    bytes.extend([0x30, 3, 0, 1, b'd']);

    let packets = all(&bytes).unwrap();

    let old = Packet::Connected { session_present: true, version: Version::V3, keep_alive_s: None };
    assert_eq!(packets[0], old);
    assert_eq!(packets[1], Packet::Subscribed { id: 10, granted: vec![true, false] });
    assert_eq!(packets[2], Packet::Pong);
    let messages: Vec<_> = packets[3..]
        .iter()
        .map(|packet| {
            let Packet::Published(p) = packet else { panic!("{packet:?}") };
            (p.topic.as_str(), p.id, p.duplicate, p.retained)
        })
        .collect();
    let expected =
        [("a/b", Some(10), false, false), ("c", Some(11), true, true), ("d", None, false, false)];
    assert_eq!(messages, expected);
}

#[test]
fn a_message_that_is_too_long_is_stepped_over_and_told_by_its_length() {
    let mut bytes = long(0x32, 1 << 20);
    bytes.extend([0xd0, 0]);
    let mut decoder = Decoder::speaking(Version::V3);
    let mut packets = Vec::new();
    for piece in bytes.chunks(7_777) {
        decoder.push(piece);
        assert!(decoder.buffer.len() < 16_000, "it is not kept");
        while let Some(packet) = decoder.next_packet().unwrap() {
            packets.push(packet);
        }
    }

    let [Packet::Published(publish), Packet::Pong] = &packets[..] else { panic!("{packets:?}") };
    assert_eq!((publish.payload.as_ref(), publish.payload_bytes), (None, 1 << 20));
    assert_eq!((publish.topic.as_str(), publish.id), ("a/b", Some(10)));
    assert_eq!(decoder.pending(), 0);
    assert_eq!(all(&bytes).unwrap(), packets, "in one piece as well");
}

#[test]
fn what_no_broker_may_say_is_refused() {
    for (bytes, told) in [
        (&[0x20, 2, 0, 5][..], "the client may not come in"),
        (&[0x20, 1, 0], "connack is not whole: return code is missing"),
        (&[0x34, 5, 0, 1, b'a', 0, 1], "quality of service 0 or 1, got 2"),
        (&[0x32, 3, 0, 1, b'a'], "message is not whole: number is missing"),
        (&[0x30, 3, 0, 9, b'a'], "message is not whole: topic is missing"),
        (&[0x30, 3, 0, 1, 0xff], "topic must be UTF-8"),
        (&[0x30, 3, 0, 1, b'#'], "without wildcards"),
        (&[0x30, 0x80, 0x80, 0x80, 0x80, 1], "at most 4 octets"),
        (&[0x90, 0xff, 0xff, 0xff, 0x7f], "got 268435455"),
        (&[0x10, 0], "0x10 must not come from a broker"),
        (&[0x90, 1, 0], "suback is not whole"),
    ] {
        let error = all(bytes).unwrap_err().to_string();
        assert!(error.contains(told), "{bytes:x?}: {error}");
    }
}

proptest! {
    #[test]
    fn pieces_do_not_matter(cuts in prop::collection::vec(0_usize..30, 0..8), payload in 0_usize..40) {
        let bytes = [&MESSAGE[..], &long(0x3a, payload), &[0xd0, 0]].concat();
        let whole = all(&bytes).unwrap();
        let mut decoder = Decoder::speaking(Version::V3);
        let mut packets = Vec::new();
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
        cuts.sort_unstable();
        cuts.push(bytes.len());
        let mut from = 0;
        for to in cuts {
            decoder.push(&bytes[from..to]);
            from = to;
            while let Some(packet) = decoder.next_packet().unwrap() {
                packets.push(packet);
            }
        }
        prop_assert_eq!(packets, whole);
    }

    #[test]
    fn rubbish_never_panics_and_never_swells(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut decoder = Decoder::speaking(Version::V3);
        decoder.push(&bytes);
        while let Ok(Some(_)) = decoder.next_packet() {}
        prop_assert!(decoder.buffer.len() <= bytes.len());
    }
}

/// `a/b` at quality of service 1 with number 10, two properties and the payload `hi`.
const MESSAGE_5: [u8; 18] =
    [0x32, 16, 0, 3, b'a', b'/', b'b', 0, 10, 6, 1, 1, 2, 0, 0, 0, b'h', b'i'];

#[test]
fn version_5_is_asked_for_with_a_session_that_stays_and_told_by_the_broker_s_first_word() {
    let hello = Hello {
        version: Version::V5,
        client_id: "w",
        user: None,
        password: None,
        keep_alive_s: 10,
    };
    assert_eq!(
        connect(&hello),
        [
            16, 19, 0, 4, b'M', b'Q', b'T', b'T', 5, 0, 0, 10, 5, 0x11, 0xff, 0xff, 0xff, 0xff, 0,
            1, b'w'
        ]
    );
    assert_eq!(
        subscribe(Version::V5, 10, std::iter::once("a/b")),
        [0x82, 9, 0, 10, 0, 0, 3, b'a', b'/', b'b', 1]
    );

    let mut bytes = vec![0x20, 9, 1, 0, 6, 0x22, 0, 10, 0x13, 0, 30];
    bytes.extend([0x90, 5, 0, 10, 0, 1, 0x87]);
    bytes.extend(MESSAGE_5);
    let packets = all_of(Version::V5, &bytes).unwrap();

    let new =
        Packet::Connected { session_present: true, version: Version::V5, keep_alive_s: Some(30) };
    assert_eq!(packets[0], new);
    assert_eq!(packets[1], Packet::Subscribed { id: 10, granted: vec![true, false] });
    let Packet::Published(publish) = &packets[2] else { panic!("{packets:?}") };
    assert_eq!((publish.topic.as_str(), publish.id), ("a/b", Some(10)));
    assert_eq!(publish.payload.as_deref(), Some(&b"hi"[..]));

    // A broker of 3.1.1 that does not look at the version answers in its own, and goes on in it.
    let old = [&[0x20, 2, 0, 0][..], &MESSAGE].concat();
    let packets = all_of(Version::V5, &old).unwrap();
    assert!(matches!(packets[0], Packet::Connected { version: Version::V3, .. }));
    assert!(matches!(&packets[1], Packet::Published(publish) if publish.payload_bytes == 2));
}

#[test]
fn what_no_broker_of_version_5_may_say_is_refused_and_its_reasons_are_told() {
    for (bytes, told) in [
        (&[0x20, 2, 0, 1][..], "does not speak this version"),
        (&[0x20, 3, 0, 0x84, 0], "does not speak this version"),
        (&[0x20, 3, 0, 0x87, 0], "the client may not come in"),
        (&[0x20, 3, 0, 0x86, 0], "user or password is wrong"),
        (&[0x20, 6, 0, 0, 3, 0x13, 0], "properties"),
        (&[0x20, 5, 0, 0, 2, 0xff, 0], "properties"),
        (&[0x90, 3, 0, 10, 9], "properties"),
        (&[0x32, 8, 0, 1, b'a', 0, 1, 9, 1, 1], "properties"),
        (&[0x32, 5, 0, 1, b'a', 0, 1], "properties is missing"),
        (&[0x30, 5, 0, 0, 3, 0x23, 0], "topic must be UTF-8"),
        (&[0xe0, 2, 0x8b, 0], "ends the connection: it is not there"),
        (&[0xe0, 0], "it takes leave"),
        (&[0xf0, 0], "0xf0 must not come"),
    ] {
        let bytes = match bytes[0] {
            0x20 => with_length(bytes),
            _ => [&[0x20, 3, 0, 0, 0], &with_length(bytes)[..]].concat(),
        };
        let error = all_of(Version::V5, &bytes).unwrap_err().to_string();
        assert!(error.contains(told), "{bytes:x?}: {error}");
    }
    let error = all(&[0xe0, 0]).unwrap_err();
    assert_eq!(error, MqttError::Kind(0xe0), "brokers of 3.1.1 take no leave");
}

/// A packet whose length is that of its bytes.
fn with_length(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[1] = u8::try_from(bytes.len() - 2).unwrap();
    bytes
}

#[test]
fn a_long_message_of_version_5_is_stepped_over_with_its_properties() {
    let mut body = vec![0, 3, b'a', b'/', b'b', 0, 10, 5, 2, 0, 0, 0, 9];
    body.resize(body.len() + (1 << 20), b'x');
    let bytes = [&[0x20, 3, 0, 0, 0][..], &packet(0x32, &body), &[0xd0, 0]].concat();
    let mut decoder = Decoder::speaking(Version::V5);
    let mut packets = Vec::new();
    for piece in bytes.chunks(7) {
        decoder.push(piece);
        while let Some(packet) = decoder.next_packet().unwrap() {
            packets.push(packet);
        }
    }
    let [_, Packet::Published(publish), Packet::Pong] = &packets[..] else { panic!("{packets:?}") };
    assert_eq!((publish.payload_bytes, publish.id), (1 << 20, Some(10)));

    let beyond = [
        &[0x20, 3, 0, 0, 0, 0x32, 0x80, 0x80, 0x40][..],
        &[0, 1, b'a', 0, 1, 0xff, 0xff, 0xff, 0x7f],
    ];
    let error = all_of(Version::V5, &beyond.concat()).unwrap_err();
    assert_eq!(error, MqttError::Properties, "properties longer than their message");
}
