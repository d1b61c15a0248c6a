//! Packets that klvdata wrote, packets of our own, and broken ones.

use jiff::Timestamp;
use proptest::prelude::*;

use super::imapb::Imapb;
use super::uas::{Place, Uas, decode};
use super::vmti::{Target, Vmti};
use super::*;

/// See `testdata/README.md`.
const GOLDEN: &[u8] = include_bytes!("../../testdata/klv/flight.klv");

fn close(got: Option<f64>, expected: f64, step: f64) -> bool {
    got.is_some_and(|got| (got - expected).abs() <= step)
}

#[test]
fn a_packet_that_klvdata_wrote_is_read() {
    let (uas, octets) = decode(GOLDEN).unwrap();

    assert_eq!(octets, GOLDEN.len());
    assert_eq!(uas.time.unwrap().to_string(), "2026-11-27T01:00:00.25Z");
    for (got, expected, step) in [
        (uas.heading_deg, 159.974_4, 360.0 / 65_535.0),
        (uas.pitch_deg, -0.431_532, 40.0 / 65_534.0),
        (uas.roll_deg, 3.405_81, 100.0 / 65_534.0),
        (uas.sensor.lat_deg, 60.176_823, 1e-7),
        (uas.sensor.lon_deg, 128.426_759, 1e-7),
        (uas.sensor.alt_m, 14_190.7, 0.4),
        (uas.horizontal_fov_deg, 144.571, 0.003),
        (uas.vertical_fov_deg, 152.643, 0.003),
        (uas.relative_azimuth_deg, 160.719_211, 1e-6),
        (uas.relative_elevation_deg, -168.792_325, 1e-6),
        (uas.relative_roll_deg, 176.865_437, 1e-6),
        (uas.slant_range_m, 68_590.983, 0.01),
        (uas.frame_centre.lat_deg, -10.542_388, 1e-7),
        (uas.frame_centre.lon_deg, 29.157_89, 1e-7),
        (uas.frame_centre.alt_m, 3_216.03, 0.4),
    ] {
        assert!(close(got, expected, step), "{got:?} {expected}");
    }
    assert_eq!(uas.version, Some(17));
    assert_eq!(uas.others.get(3), Some(&b"MISSION01"[..]));
    let again = decode(&uas.encode().unwrap()).unwrap().0;
    assert_eq!(again, uas);
}

#[test]
fn a_checksum_that_does_not_agree_is_said_with_both_figures() {
    let mut packet = GOLDEN.to_vec();
    packet[42] ^= 1;
    assert!(matches!(decode(&packet), Err(KlvError::Checksum { .. })));
    let message = decode(&packet).unwrap_err().to_string();
    assert!(message.starts_with("checksum (tag 1) must be 0x"), "{message}");

    let mut bare = UAS_KEY.to_vec();
    bare.extend([3, 65, 1, 17]);
    assert_eq!(decode(&bare), Err(KlvError::NoChecksum));
}

#[test]
fn lengths_that_lead_out_of_the_packet_are_refused() {
    let packet = |rest: &[u8]| decode(&[&UAS_KEY[..], rest].concat()).unwrap_err();

    assert_eq!(packet(&[]), KlvError::Short { what: "length", at: 0 });
    assert_eq!(packet(&[0x84, 0xff, 0xff, 0xff, 0xff]), KlvError::Short { what: "value", at: 5 });
    assert_eq!(packet(&[0x80]), KlvError::Length { at: 0 });
    assert_eq!(packet(&[0x88, 1, 1, 1, 1, 1, 1, 1, 1]), KlvError::Length { at: 0 });
    assert_eq!(packet(&[2, 5, 9]), KlvError::Short { what: "value", at: 2 });
    assert_eq!(packet(&[5, 0x81, 0x82, 0x83, 0x84, 0x05]), KlvError::Tag { at: 0 });
    assert_eq!(decode(&[0; 20]), Err(KlvError::Key));
    assert_eq!(decode(&vec![0; KLV_BYTES_MAX + 1]), Err(KlvError::TooLong(KLV_BYTES_MAX + 1)));
    let items = [9, 0].repeat(KLV_ITEMS_MAX + 1);
    assert_eq!(LocalSet::decode(&items), Err(KlvError::TooManyItems));
}

#[test]
fn the_error_value_and_an_empty_one_are_unknown_and_another_width_is_a_fault() {
    let through = |item: &[u8]| {
        let uas = Uas { others: LocalSet::decode(item).unwrap(), ..Uas::default() };
        decode(&uas.encode().unwrap()).map(|(uas, _)| uas.sensor.lat_deg)
    };
    assert_eq!(through(&[13, 4, 0x80, 0, 0, 0]), Ok(None));
    assert_eq!(through(&[13, 0]), Ok(None));
    assert_eq!(through(&[13, 4, 0x7f, 0xff, 0xff, 0xff]), Ok(Some(90.0)));
    assert_eq!(
        through(&[13, 2, 1, 1]).unwrap_err().to_string(),
        "tag 13 (sensor latitude) must have 4 bytes, got 2"
    );
    let too_far = Uas { pitch_deg: Some(20.5), ..Uas::default() };
    assert_eq!(
        too_far.encode().unwrap_err().to_string(),
        "tag 6 (platform pitch) cannot hold 20.5"
    );
    for number in [f64::NAN, f64::INFINITY, 1e308] {
        let sensor = Place { lat_deg: Some(number), ..Place::default() };
        let told = Uas { sensor, ..Uas::default() }.encode().unwrap_err().to_string();
        assert!(told.starts_with("tag 13 (sensor latitude) cannot hold "), "{told}");
    }
}

#[test]
fn imapb_gives_the_standards_own_figures() {
    // ST 0903: a latitude offset of 10 degrees is 0x3A6667, 13.5 degrees of longitude 0x41A666 or so.
    let offset = Imapb { least: -19.2, most: 19.2, octets: 3 };
    assert_eq!(offset.encode(10.0).unwrap(), [0x3a, 0x66, 0x67]);
    assert!(close(offset.decode(&[0x3a, 0x66, 0x67]), 10.0, 1e-5));
    assert_eq!(offset.encode(19.3), None);
    assert_eq!(offset.encode(f64::NAN), None);
    assert_eq!(offset.decode(&[0xff, 0, 0]), None, "a special value");
    let height = Imapb { least: -900.0, most: 19_000.0, octets: 2 };
    assert_eq!(height.encode(10_000.0).unwrap(), [0x2a, 0x94]);
}

#[test]
fn pixels_are_numbered_row_by_row_from_one() {
    let vmti = Vmti { width: Some(1_920), ..Vmti::default() };

    assert_eq!(vmti.pixel(1), Some([0, 0]));
    assert_eq!(vmti.pixel(1_921), Some([0, 1]));
    assert_eq!(vmti.pixel(0), None);
    assert_eq!(Vmti::default().pixel(5), None);
}

prop_compose! {
    fn target()(
        id in 0_u32..1 << 28,
        pixels in prop::array::uniform3(prop::option::of(0_u64..1 << 40)),
        confidence_percent in prop::option::of(0_u8..=100),
        offset in prop::option::of((-19.2_f64..19.2, -19.2_f64..19.2)),
    ) -> Target {
        Target {
            id, centroid: pixels[0], top_left: pixels[1], bottom_right: pixels[2], confidence_percent,
            lat_offset_deg: offset.map(|(lat, _)| lat), lon_offset_deg: offset.map(|(_, lon)| lon),
            hae_m: None, others: LocalSet { items: vec![(22, vec![7])] },
        }
    }
}

#[test]
fn corners_are_told_as_places_or_as_offsets_from_the_centre() {
    let offsets = [[0.01, -0.01], [0.01, 0.01], [-0.01, 0.01], [-0.01, -0.01]];
    let told = |corners: [[f64; 2]; 4]| corners.map(|corner| corner.map(Some));
    let centre = Place { lat_deg: Some(42.0), lon_deg: Some(1.5), alt_m: None };
    let by_offsets = Uas { frame_centre: centre, corner_offsets: told(offsets), ..Uas::default() };
    let places = offsets.map(|[lat, lon]| [50.0 + lat, 8.0 + lon]);
    let by_both = Uas { corners: told(places), ..by_offsets.clone() };
    let read = |uas: &Uas| decode(&uas.encode().unwrap()).unwrap().0.frame_corners();

    for (uas, [lat, lon]) in [(by_offsets.clone(), [42.0, 1.5]), (by_both, [50.0, 8.0])] {
        for (corner, [lat_off, lon_off]) in read(&uas).unwrap().iter().zip(offsets) {
            assert!((corner[0] - lat - lat_off).abs() < 2e-6, "{corner:?}");
            assert!((corner[1] - lon - lon_off).abs() < 2e-6, "{corner:?}");
        }
    }
    let mut some = by_offsets;
    some.corner_offsets[2][1] = None;
    assert_eq!(read(&some), None);
}

proptest! {
    #[test]
    fn a_packet_comes_back_to_half_a_step_and_then_exactly(
        us in prop::option::of(0_i64..4_000_000_000_000_000),
        heading_deg in prop::option::of(0.0..360.0),
        pitch_deg in prop::option::of(-20.0..20.0),
        lat_deg in prop::option::of(-90.0..90.0),
        alt_m in prop::option::of(-900.0..19_000.0),
        targets in prop::collection::vec(target(), 0..4),
        other in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let uas = Uas {
            time: us.map(|us| Timestamp::from_microsecond(us).unwrap()),
            heading_deg, pitch_deg,
            sensor: Place { lat_deg, lon_deg: None, alt_m },
            vmti: Some(Vmti { width: Some(640), height: Some(480), targets, others: LocalSet::default() }),
            others: LocalSet { items: vec![(3_000, other)] },
            ..Uas::default()
        };
        let once = decode(&uas.encode().unwrap()).unwrap().0;
        prop_assert_eq!(once.time, uas.time);
        prop_assert!(lat_deg.is_none_or(|lat| close(once.sensor.lat_deg, lat, 1e-7)));
        prop_assert!(alt_m.is_none_or(|alt| close(once.sensor.alt_m, alt, 0.2)));
        for (once, target) in once.vmti.iter().flat_map(|vmti| &vmti.targets).zip(&uas.vmti.as_ref().unwrap().targets) {
            prop_assert_eq!((once.id, once.centroid), (target.id, target.centroid));
            prop_assert!(target.lat_offset_deg.is_none_or(|lat| close(once.lat_offset_deg, lat, 1e-5)));
        }
        let heading = heading_deg.is_none_or(|deg| close(once.heading_deg, deg, 0.003));
        prop_assert!(heading);
    }

    #[test]
    fn arbitrary_octets_behind_the_key_never_panic(rest in prop::collection::vec(any::<u8>(), 0..80)) {
        drop(decode(&[&UAS_KEY[..], &rest].concat()));
        drop(Vmti::decode(&rest));
    }
}
