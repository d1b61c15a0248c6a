//! Streams that are packed here as a drone packs them, whole and damaged.

use proptest::prelude::*;

use super::*;
use crate::klv::uas;

const KLV: &[u8] = include_bytes!("../../testdata/klv/flight.klv");
const PID_PROGRAMME: u16 = 0x100;
const PID_KLV: u16 = 0x1f1;

/// Cuts a payload into packets of one stream, the first one filled up by an adaptation field.
fn packets(pid: u16, payload: &[u8], counter: &mut u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = payload;
    let mut starts = 0x40;
    while !rest.is_empty() {
        let room = 184;
        let (now, later) = rest.split_at(rest.len().min(room));
        let fill = room - now.len();
        let [high, low] = pid.to_be_bytes();
        let field = if fill > 0 { 0x20 } else { 0 };
        bytes.extend([SYNC, high | starts, low, 0x10 | field | *counter]);
        if fill > 0 {
            bytes.push((fill - 1) as u8);
            bytes.extend(std::iter::once(0).chain(std::iter::repeat(0xff)).take(fill - 1));
        }
        bytes.extend(now);
        (*counter, starts, rest) = ((*counter + 1) & 15, 0, later);
    }
    bytes
}

fn section(table: u8, body: &[u8]) -> Vec<u8> {
    let length = body.len() + 9;
    let mut section = vec![table, 0xb0 | (length >> 8) as u8, length as u8, 0, 1, 0xc1, 0, 0];
    section.extend(body);
    section.extend(crc32(&section).to_be_bytes());
    [&[0][..], &section].concat()
}

fn tables(kind: u8, descriptors: &[u8]) -> Vec<u8> {
    let [high, low] = PID_PROGRAMME.to_be_bytes();
    let [klv_high, klv_low] = PID_KLV.to_be_bytes();
    let mut streams = vec![0xe1, 0, 0xf0, 0, 0x1b, 0xe2, 0, 0xf0, 0];
    streams.extend([kind, 0xe0 | klv_high, klv_low, 0xf0, descriptors.len() as u8]);
    streams.extend(descriptors);
    let programmes = section(0, &[0, 1, 0xe0 | high, low]);
    [packets(0, &programmes, &mut 0), packets(PID_PROGRAMME, &section(2, &streams), &mut 0)]
        .concat()
}

fn pes(stream: u8, pts: u64, data: &[u8]) -> Vec<u8> {
    let length = (data.len() + 8) as u16;
    let mut bytes = vec![0, 0, 1, stream, (length >> 8) as u8, length as u8, 0x80, 0x80, 5];
    let part = |shift: u32, mask: u64| ((pts >> shift & mask) << 1 | 1) as u8;
    bytes.extend([
        0x20 | part(30, 7),
        (pts >> 22) as u8,
        part(15, 0x7f),
        (pts >> 7) as u8,
        part(0, 0x7f),
    ]);
    bytes.extend(data);
    bytes
}

const KLVA: &[u8] = b"\x05\x04KLVA";

/// Tables and so many packets of metadata, some longer than one transport packet.
fn stream(count: u64) -> Vec<u8> {
    let mut bytes = tables(STREAM_PRIVATE, KLVA);
    let mut counter = 0;
    for index in 0..count {
        let data = KLV.repeat(1 + (index % 3) as usize);
        bytes.extend(packets(PID_KLV, &pes(0xbd, 90_000 * index, &data), &mut counter));
    }
    bytes
}

#[test]
fn metadata_comes_out_with_its_times_however_the_bytes_come_in() {
    let bytes = stream(9);
    for size in [1, 7, 188, 1_000, bytes.len()] {
        let mut demuxer = Demuxer::new();
        let found: Vec<Metadata> =
            bytes.chunks(size).flat_map(|bytes| demuxer.push(bytes)).collect();

        assert_eq!(demuxer.faults(), Faults::default());
        assert_eq!(found.len(), 9);
        for (index, metadata) in (0..).zip(&found) {
            assert_eq!((metadata.pid, metadata.pts), (PID_KLV, Some(90_000 * index)));
            let (first, octets) = uas::decode(&metadata.klv).unwrap();
            assert_eq!((octets, first.version), (KLV.len(), Some(17)));
        }
    }
}

#[test]
fn synchronous_metadata_is_taken_out_of_its_cells() {
    let cell = [&[0, 7, 0xdf, 0, KLV.len() as u8][..], KLV].concat();
    let mut bytes = tables(STREAM_METADATA, &[]);
    bytes.extend(packets(PID_KLV, &pes(0xfc, (1 << 33) - 1, &cell.repeat(2)), &mut 0));
    let found = Demuxer::new().push(&bytes);

    assert_eq!(found, [Metadata { pid: PID_KLV, pts: Some((1 << 33) - 1), klv: KLV.repeat(2) }]);
}

#[test]
fn private_data_that_is_not_registered_as_klv_is_left() {
    for descriptors in [&b"\x05\x04HDMV"[..], b"\x05\x09KLVA", b"\x09\x04KLVA", b""] {
        let mut bytes = tables(STREAM_PRIVATE, descriptors);
        bytes.extend(packets(PID_KLV, &pes(0xbd, 1, KLV), &mut 0));
        assert_eq!(Demuxer::new().push(&bytes), [], "{descriptors:?}");
    }
}

#[test]
fn a_lost_packet_costs_its_metadata_only() {
    let mut bytes = stream(9);
    // The tables take two packets, metadata of one, two and two packets follow in turn.
    bytes.drain(188 * 4..188 * 5);
    let mut demuxer = Demuxer::new();
    let found = demuxer.push(&bytes);

    assert_eq!(found.len(), 8, "{:?}", demuxer.faults());
    assert_eq!((demuxer.faults().gaps, demuxer.faults().broken), (1, 1));
}

#[test]
fn the_beat_is_found_again_behind_rubbish() {
    let mut bytes = vec![SYNC; 100];
    bytes.extend(stream(3));
    let cut = bytes.len();
    bytes.extend([1, 2, 3, SYNC, 5]);
    bytes.extend(stream(3));
    let mut demuxer = Demuxer::new();
    let found = demuxer.push(&bytes);

    assert!(found.len() >= 5, "{} of 6, cut at {cut}", found.len());
    assert!(demuxer.faults().skipped_bytes >= 105);
}

#[test]
fn a_table_with_a_wrong_checksum_is_counted_and_not_believed() {
    let mut bytes = stream(1);
    bytes[187] ^= 1;
    let mut demuxer = Demuxer::new();

    assert_eq!(demuxer.push(&bytes), []);
    assert_eq!(demuxer.faults().tables, 1);
}

proptest! {
    #[test]
    fn damaged_streams_never_panic_and_keep_no_more_than_the_limits(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
    ) {
        let mut bytes = stream(9);
        for (at, with) in damage {
            let at = at.index(bytes.len());
            bytes[at] = with;
        }
        let mut demuxer = Demuxer::new();
        for metadata in bytes.chunks(500).flat_map(|bytes| demuxer.push(bytes)) {
            drop(uas::decode(&metadata.klv));
        }
        prop_assert!(demuxer.rest.len() < PACKET_BYTES && demuxer.streams.len() <= TS_STREAMS_MAX);
    }
}
