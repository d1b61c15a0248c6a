//! What is written has the structure of the standard, and what was cut off anywhere is found whole.

use proptest::prelude::*;

use super::boxes::next_box;
use super::*;

/// Boxes that hold boxes, and how many bytes stand before the first of them.
const HOLDERS: [(&[u8; 4], usize); 10] = [
    (b"moov", 0),
    (b"trak", 0),
    (b"mdia", 0),
    (b"minf", 0),
    (b"dinf", 0),
    (b"stbl", 0),
    (b"mvex", 0),
    (b"moof", 0),
    (b"traf", 0),
    (b"dref", 8),
];

fn track() -> VideoTrack {
    VideoTrack {
        timescale: 90_000,
        width: 640,
        height: 480,
        sample_entry: [&100_u32.to_be_bytes()[..], b"avc1", &[0; 92]].concat(),
    }
}

fn sample(data: &[u8]) -> Sample<'_> {
    Sample { decode_time: 3_600, shown_later: -7, duration: 3_600, is_key: true, data }
}

/// Paths of all boxes in order, and that each fills its holder exactly.
fn paths(bytes: &[u8], above: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (name, length) = next_box(&bytes[at..]).expect("a whole box");
        let path = format!("{above}/{}", String::from_utf8_lossy(&name));
        found.push(path.clone());
        if let Some((_, before)) = HOLDERS.iter().find(|(holder, _)| **holder == name) {
            found.extend(paths(&bytes[at + 8 + before..at + length], &path));
        }
        at += length;
    }
    found
}

#[test]
fn the_header_has_every_box_that_the_standard_wants_before_fragments() {
    let written = paths(&header(&track()), "");

    for path in [
        "/ftyp",
        "/moov/mvhd",
        "/moov/trak/tkhd",
        "/moov/trak/mdia/mdhd",
        "/moov/trak/mdia/hdlr",
        "/moov/trak/mdia/minf/vmhd",
        "/moov/trak/mdia/minf/dinf/dref/url ",
        "/moov/trak/mdia/minf/stbl/stsd",
        "/moov/trak/mdia/minf/stbl/stts",
        "/moov/trak/mdia/minf/stbl/stsc",
        "/moov/trak/mdia/minf/stbl/stsz",
        "/moov/trak/mdia/minf/stbl/stco",
        "/moov/mvex/trex",
    ] {
        assert_eq!(written.iter().filter(|told| *told == path).count(), 1, "{path}: {written:?}");
    }
}

#[test]
fn fixed_boxes_have_the_lengths_of_the_standard() {
    let written = header(&track());
    for (name, length) in [
        (b"mvhd", 108_u32),
        (b"tkhd", 92),
        (b"mdhd", 32),
        (b"vmhd", 20),
        (b"trex", 32),
        (b"stsz", 20),
    ] {
        let at = written.windows(4).position(|four| four == name).unwrap();
        assert_eq!(written[at - 4..at], length.to_be_bytes(), "{}", String::from_utf8_lossy(name));
    }
}

#[test]
fn a_run_points_at_the_frame_and_tells_its_times() {
    let written = fragment(9, &sample(b"a frame"));

    let run = written.windows(4).position(|four| four == b"trun").unwrap() + 8;
    let told =
        |at: usize| i32::from_be_bytes(written[run + 4 * at..run + 4 * at + 4].try_into().unwrap());
    assert_eq!((told(0), told(2), told(3), told(5)), (1, 3_600, 7, -7));
    let data_at = usize::try_from(told(1)).unwrap();
    assert_eq!(&written[data_at..], b"a frame");
    let time = written.windows(4).position(|four| four == b"tfdt").unwrap() + 8;
    assert_eq!(written[time..time + 8], 3_600_u64.to_be_bytes());
}

#[test]
fn a_fragment_without_a_header_before_it_is_of_no_use() {
    assert_eq!(whole(&fragment(1, &sample(b"x"))), Whole::default());
    assert_eq!(whole(&header(&track())), Whole::default());
}

#[test]
fn a_length_beyond_the_file_ends_what_is_understood() {
    let mut file = header(&track());
    file.extend(fragment(1, &sample(b"x")));
    let kept = whole(&file);
    file.extend([0xff, 0xff, 0xff, 0xff]);
    file.extend(b"mdat and then nothing");

    assert_eq!(whole(&file), kept);
    assert_eq!(kept.frames, 1);
}

proptest! {
    #[test]
    fn a_file_cut_anywhere_is_whole_up_to_its_last_whole_frame(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..6),
        cut in 0.0..1.0_f64,
    ) {
        let mut file = header(&track());
        let mut ends = vec![];
        for (number, data) in (1..).zip(&frames) {
            file.extend(fragment(number, &sample(data)));
            ends.push(file.len());
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small file")]
        let cut = (cut * file.len() as f64) as usize;

        let found = whole(&file[..cut]);

        let before = ends.iter().filter(|end| **end <= cut).count();
        prop_assert_eq!(found.frames, before as u64);
        prop_assert_eq!(found.bytes, ends[..before].last().copied().unwrap_or(0));
    }

    #[test]
    fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(whole(&bytes).bytes <= bytes.len());
    }
}
