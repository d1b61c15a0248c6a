//! What radars say, and what becomes of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sight::coverage::Model;
use sight::sector::parse;
use sight::terrain::Grid;
use watch::detection::{Class, DetectionReport, Rejection, ReportedPosition};
use watch::journal::Input;
use wire::asterix::plot::{Detection, Origin, Plane, Plot, Polar, RadarTrack, Report, TrackState};
use wire::asterix::service::{Kind, Place, Service};
use wire::asterix::tables::{CAT034, CAT048};
use wire::asterix::{Block, Source, encode, time};

use super::*;
use crate::ingest::limits;

const RADAR: Source = Source { sac: 25, sic: 201 };
const SECTOR: &str = r#"
name = "flat"
title = { en = "Flat", ar = "منبسط" }

[terrain]
files = ["N34E041.hgt"]

[line]
file = "line.geojson"
far_side = "left"

[[sensor]]
id = "it"
name = { en = "It", ar = "هو" }
node_id = "0b3c5f0a-32f8-4b53-9a62-0a6f0b7c1f01"
at = [41.515, 34.5]
range_max_m = 8000.0
revisit_s = 4.0
kind = "radar"
height_m = 20
radar = { walker_half_range_m = 6000, range_sigma_m = 8, azimuth_sigma_deg = 0.4, sectors = 32 }
"#;
const LINE: &str = r#"{"type": "LineString", "coordinates": [[41.5, 34.47], [41.5, 34.53]]}"#;

pub(in crate::ingest) fn now() -> Timestamp {
    "2026-11-20T19:00:00Z".parse().unwrap()
}

fn later(s: f64) -> Timestamp {
    now() + SignedDuration::from_secs_f64(s)
}

/// Flat ground 200 m above sea.
fn model(sector: &str) -> Arc<Model> {
    let sector = parse(sector, &|_| Ok(LINE.as_bytes().to_vec())).unwrap();
    let step_deg = 1.0 / 1_200.0;
    let (width, height) = (241, 241);
    let posts_m = vec![200; width * height];
    let grid = Grid {
        west_deg: 41.4,
        north_deg: 34.6,
        lon_step_deg: step_deg,
        lat_step_deg: step_deg,
        width,
        height,
        posts_m,
    };
    Arc::new(Model::build(sector, grid).unwrap())
}

fn settings() -> RadarSettings {
    RadarSettings {
        sensor: "it".into(),
        range_sigma_m: None,
        azimuth_sigma_deg: None,
        radial_positive: Some(RadarSign::Toward),
    }
}

fn reader_of(sector: &str) -> RadarReader {
    let radars = Radars::of_model(&model(sector), &BTreeMap::from([(RADAR, settings())]), 0.95);
    RadarReader::new(radars.unwrap(), now())
}

pub(in crate::ingest) fn reader() -> RadarReader {
    reader_of(SECTOR)
}

fn plot() -> Plot {
    Plot {
        source: RADAR,
        time_of_day_s: Some(time::of_day(now())),
        report: Some(Report { detection: Detection::Primary, origin: Origin::Real }),
        polar: Some(Polar { range_m: 1_852.0, azimuth_deg: 90.0 }),
        plane: None,
        track: None,
        radial_speed_mps: None,
        height_m: None,
        pressure_height_m: None,
        mode_3a: None,
        address: None,
        callsign: None,
        echo_dbm: None,
    }
}

fn service() -> Service {
    Service {
        source: RADAR,
        kind: Kind::NorthMarker,
        time_of_day_s: Some(time::of_day(now())),
        azimuth_deg: None,
        period_s: None,
        place: None,
        operational: None,
        counts: Vec::new(),
    }
}

fn of_plot(plot: &Plot) -> Vec<u8> {
    let records = vec![plot.to_record().unwrap()];
    encode(&Block::Known { category: &CAT048, records }).unwrap()
}

fn of_service(service: &Service) -> Vec<u8> {
    let records = vec![service.to_record().unwrap()];
    encode(&Block::Known { category: &CAT034, records }).unwrap()
}

fn take_at(reader: &mut RadarReader, datagram: &[u8], at: Timestamp) -> Vec<Input> {
    let mut step = Step::default();
    reader.take(datagram, SocketAddr::from(([127, 0, 0, 1], 9)), at, &mut step);
    assert_eq!(step.replies, []);
    step.inputs
}

fn take(reader: &mut RadarReader, datagram: &[u8]) -> Vec<Input> {
    take_at(reader, datagram, now())
}

fn detection(inputs: Vec<Input>) -> DetectionReport {
    match <[Input; 1]>::try_from(inputs) {
        Ok([Input::Detected(report)]) => report,
        other => panic!("{other:?}"),
    }
}

fn rejection(inputs: &[Input]) -> Rejection {
    match inputs.last() {
        Some(Input::Rejected(rejection)) => rejection.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plot_written_by_hand_is_a_detection_of_the_radar() {
    // FSPEC 010 140 020 040; 25/201; 19:00:00; PSR; 1 NM; 90 degrees.
    let bytes = [48, 0, 14, 0xf0, 25, 201, 0x85, 0x98, 0x00, 0x20, 0x01, 0x00, 0x40, 0x00];

    let report = detection(take(&mut reader(), &bytes));

    assert_eq!(report.source, Speaker::Sensor(sight::sector::SensorId("it".into())));
    assert_eq!((report.observed_at, report.object_id.as_str()), (now(), ""));
    assert_eq!((report.classes, report.confidence), (vec![], None));
    let expected = ReportedPosition::Polar {
        azimuth_deg: 90.0,
        azimuth_sigma_deg: Some(0.4),
        elevation_deg: None,
        elevation_sigma_deg: None,
        range_m: Some(1_852.0),
        range_sigma_m: Some(8.0),
    };
    assert_eq!(report.position, expected);
}

#[test]
fn what_the_radar_knows_of_a_track_is_kept_and_what_identifies_an_aircraft_is_not() {
    let track = RadarTrack { number: 77, speed_mps: None, heading_deg: None, state: None };
    let mode_s = Report { detection: Detection::ModeSRollCall, origin: Origin::Real };
    let inputs = take(
        &mut reader(),
        &of_plot(&Plot {
            track: Some(track),
            report: Some(mode_s),
            radial_speed_mps: Some(20.0),
            address: Some(0x00ab_cdef),
            callsign: Some("WATCH1".into()),
            mode_3a: Some(0o7_000),
            ..plot()
        }),
    );
    let kept = format!("{inputs:?}");
    assert!(!kept.contains("WATCH1") && !kept.contains("11259375") && !kept.contains("3584"));

    let report = detection(inputs);

    assert_eq!(report.object_id, "77");
    assert_eq!(report.classes, [(Class::Aircraft, 0.95)]);
    let ReportedPosition::Doppler { radial_mps, range_m, .. } = report.position else {
        panic!("{report:?}")
    };
    // This maker counts what comes nearer as positive.
    assert!((radial_mps + 20.0).abs() < 1e-9 && (range_m - 1_852.0).abs() < 1e-9);
}

#[test]
fn a_measured_height_becomes_the_elevation_at_which_it_is_seen() {
    let polar = Some(Polar { range_m: 4.0 * 1_852.0, azimuth_deg: 0.0 });
    let height_m = 500.0 * 0.3048 * 5.0;

    let report = detection(take(
        &mut reader(),
        &of_plot(&Plot { polar, height_m: Some(height_m), ..plot() }),
    ));

    let ReportedPosition::Polar { elevation_deg: Some(got_deg), .. } = report.position else {
        panic!("{report:?}")
    };
    // By hand: 762 m above sea seen from 220 m at 7 408 m, where the earth falls 4.3 m less a share for refraction.
    let fall_m = 7_408.0_f64.powi(2) / (2.0 * 6_378_137.0);
    let least_deg = ((542.0 - fall_m) / 7_408.0).asin().to_degrees();
    let most_deg = (542.0_f64 / 7_408.0).asin().to_degrees();
    assert!((least_deg..most_deg).contains(&got_deg), "{least_deg} {got_deg} {most_deg}");
}

#[test]
fn values_that_cannot_be_are_refused_and_the_place_is_used_all_the_same() {
    for (wrong, field) in [
        (Plot { radial_speed_mps: Some(400.0), ..plot() }, "I048/120"),
        (Plot { height_m: Some(9_144.0), ..plot() }, "I048/110"),
    ] {
        let mut reader = reader();
        let inputs = take(&mut reader, &of_plot(&wrong));

        assert!(matches!(&inputs[0], Input::Detected(report)
            if matches!(report.position, ReportedPosition::Polar { elevation_deg: None, .. })));
        assert_eq!(rejection(&inputs).field, field);
        assert_eq!((reader.counts().accepted, reader.counts().rejected), (1, 1));
    }
}

#[test]
fn a_plot_in_the_radar_s_plane_is_used_where_nothing_was_measured_and_none_at_all_is_refused() {
    let plane = Some(Plane { east_m: -926.0, north_m: 0.0 });
    let report = detection(take(&mut reader(), &of_plot(&Plot { polar: None, plane, ..plot() })));
    let ReportedPosition::Polar { azimuth_deg, range_m, .. } = report.position else {
        panic!("{report:?}")
    };
    assert_eq!(azimuth_deg.to_bits(), 270.0_f64.to_bits());
    assert!((range_m.unwrap() - 926.0).abs() < 8.0);

    let zero = Some(Polar { range_m: 0.0, azimuth_deg: 0.0 });
    for nowhere in [Plot { polar: None, ..plot() }, Plot { polar: zero, ..plot() }] {
        assert_eq!(rejection(&take(&mut reader(), &of_plot(&nowhere))).field, "I048/040");
    }
}

#[test]
fn what_was_not_seen_is_no_detection() {
    let told = |detection, origin| Some(Report { detection, origin });
    let track = |state| {
        Some(RadarTrack { number: 1, speed_mps: None, heading_deg: None, state: Some(state) })
    };
    let far = Some(Polar { range_m: 9_000.0, azimuth_deg: 0.0 });
    for (nothing, words) in [
        (Plot { report: told(Detection::Primary, Origin::Simulated), ..plot() }, "simulated"),
        (Plot { report: told(Detection::Primary, Origin::Test), ..plot() }, "test"),
        (Plot { report: told(Detection::Secondary, Origin::FieldMonitor), ..plot() }, ""),
        (Plot { report: told(Detection::None, Origin::Real), ..plot() }, ""),
        (Plot { track: track(TrackState::Ended), ..plot() }, ""),
        (Plot { polar: far, ..plot() }, ""),
    ] {
        let mut reader = reader();
        let inputs = take(&mut reader, &of_plot(&nothing));
        let again = take_at(&mut reader, &of_plot(&nothing), later(1.0));

        if words.is_empty() {
            assert_eq!(inputs, []);
        } else {
            assert!(rejection(&inputs).reason.starts_with(words));
        }
        assert_eq!(again, [], "words of such reports come once a minute");
        assert_eq!((reader.counts().accepted, reader.counts().ignored), (0, 2));
    }
}

#[test]
fn a_plot_that_comes_by_two_ways_counts_once() {
    let mut reader = reader();
    let datagram = of_plot(&plot());

    assert_eq!(take(&mut reader, &datagram).len(), 1);
    assert_eq!(take_at(&mut reader, &datagram, later(0.2)), []);
    assert_eq!((reader.counts().accepted, reader.counts().ignored), (1, 1));
}

#[test]
fn what_the_beam_sees_in_one_part_of_one_turn_is_of_one_time() {
    let mut reader = reader();
    let mut seen_at = |after_s: f64, azimuth_deg| {
        let polar = Some(Polar { range_m: 1_852.0 + 100.0 * after_s, azimuth_deg });
        let time_of_day_s = Some(time::of_day(later(after_s)));
        detection(take(&mut reader, &of_plot(&Plot { polar, time_of_day_s, ..plot() }))).observed_at
    };

    assert_eq!(seen_at(0.0, 90.0), now());
    assert_eq!(seen_at(0.0625, 95.0), now(), "the same part of the turn");
    assert_eq!(seen_at(0.125, 102.0), later(0.125), "the next part");
    assert_eq!(seen_at(4.0625, 95.0), later(4.0625), "the next turn");
    assert_eq!(seen_at(4.0, 91.0), later(4.0625), "late, and of that turn");
}

#[test]
fn a_radar_that_sees_all_at_once_keeps_its_times_and_is_told_that_it_turns() {
    let mut reader = reader_of(&SECTOR.replace(", sectors = 32", ""));
    let report = detection(take(&mut reader, &of_plot(&plot())));
    assert_eq!(report.observed_at, now());

    let inputs = take(&mut reader, &of_service(&service()));
    assert_eq!(rejection(&inputs).field, "I034/000");
    assert!(rejection(&inputs).reason.contains("set radar.sectors"));
    let again = take_at(&mut reader, &of_service(&service()), later(4.0));
    assert_eq!(again, []);
}

#[test]
fn a_time_of_day_is_of_the_nearest_day_and_one_that_is_none_is_refused() {
    let midnight: Timestamp = "2026-11-21T00:00:01Z".parse().unwrap();
    let before = of_plot(&Plot { time_of_day_s: Some(86_399.5), ..plot() });
    let report = detection(take_at(&mut reader(), &before, midnight));
    assert_eq!(report.observed_at, "2026-11-20T23:59:59.5Z".parse().unwrap());

    let wrong = of_plot(&Plot { time_of_day_s: Some(90_000.0), ..plot() });
    assert_eq!(rejection(&take(&mut reader(), &wrong)).field, "I048/140");
    let untimed = of_plot(&Plot { time_of_day_s: None, ..plot() });
    assert_eq!(detection(take(&mut reader(), &untimed)).observed_at, now());
}

#[test]
fn a_north_mark_says_that_the_radar_is_there_and_three_missed_turns_that_it_is_gone() {
    let mut reader = reader();
    let mark = of_service(&Service { period_s: Some(2.0), ..service() });
    let inputs = take(&mut reader, &mark);
    let [Input::Registered(registered), Input::Status(status)] = inputs.as_slice() else {
        panic!("{inputs:?}")
    };
    assert_eq!(
        (registered.node_id.as_str(), registered.status_interval_s),
        ("asterix-25-201", 2.0)
    );
    assert!(status.detecting && status.note.is_empty() && status.observed_at == now());

    // The next marks say nothing new, until some seconds have passed.
    assert_eq!(take_at(&mut reader, &mark, later(2.0)), []);
    let inputs = take_at(&mut reader, &mark, later(limits::MACHINE_STATUS_EVERY_S));
    assert!(matches!(inputs.as_slice(), [Input::Status(_)]), "{inputs:?}");

    let mut tick = |at| {
        let mut step = Step::default();
        reader.tick(at, &mut step);
        step.inputs
    };
    assert_eq!(tick(later(5.0 + 6.0)), []);
    let node_id = "asterix-25-201".to_owned();
    assert_eq!(tick(later(5.0 + 6.1)), [Input::Disconnected { node_id }]);
    assert_eq!(tick(later(60.0)), [], "said once");
    let back = take_at(&mut reader, &mark, later(61.0));
    assert!(matches!(back.as_slice(), [Input::Registered(_), Input::Status(_)]), "{back:?}");
}

#[test]
fn a_radar_that_must_not_be_used_or_is_jammed_is_told_with_its_words() {
    let mut reader = reader();
    let mut status = |service: Service, after_s| {
        let inputs = take_at(&mut reader, &of_service(&service), later(after_s));
        inputs.into_iter().rev().find_map(|input| {
            let Input::Status(status) = input else { return None };
            Some((status.detecting, status.note))
        })
    };
    let told = |detecting, note: &str| Some((detecting, note.to_owned()));

    assert_eq!(status(service(), 0.0), told(true, ""));
    let stopped = Service { operational: Some(false), ..service() };
    assert_eq!(status(stopped, 1.0), told(false, "says that it must not be used"));
    assert_eq!(status(service(), 2.0), None, "no word on it is no change");
    let strobe = Service { kind: Kind::JammingStrobe, azimuth_deg: Some(123.75), ..service() };
    let words = "says that it must not be used; jammed from about 120°";
    assert_eq!(status(strobe, 3.0), told(false, words));
    let works = Service { operational: Some(true), ..service() };
    assert_eq!(status(works.clone(), 4.0), told(true, "jammed from about 120°"));
    assert_eq!(status(works, 4.0 + limits::JAMMING_SHOWN_S), told(true, ""));
}

#[test]
fn a_radar_that_says_it_stands_elsewhere_is_told_so_once() {
    let mut reader = reader();
    let place = Some(Place { lat_deg: 34.5, lon_deg: 41.6, height_m: 220.0 });
    let mark = of_service(&Service { place, ..service() });

    let told = rejection(&take(&mut reader, &mark));

    assert_eq!(told.field, "I034/120");
    assert!(told.reason.contains("it says that it stands 78"), "{}", told.reason);
    assert_eq!(take_at(&mut reader, &mark, later(1.0)), []);
}

#[test]
fn strangers_other_categories_and_broken_records_are_counted_apart() {
    let mut reader = reader();
    let stranger = Source { sac: 25, sic: 202 };
    let refused = rejection(&take(&mut reader, &of_plot(&Plot { source: stranger, ..plot() })));
    assert_eq!(refused.reason, "25/202 is no radar of the configuration");
    let refused =
        rejection(&take(&mut reader, &of_service(&Service { source: stranger, ..service() })));
    assert_eq!(refused.field, "I034/010");
    assert_eq!(take(&mut reader, &[21, 0, 6, 1, 2, 3]), []);
    assert_eq!(rejection(&take(&mut reader, &[48, 0, 2])).field, "datagram");
    assert!(reader.take_refused().unwrap().starts_with("datagram: block at byte 0"));

    assert_eq!((reader.counts().rejected, reader.counts().ignored), (3, 1));
}

#[test]
fn a_source_that_is_no_radar_of_the_sector_is_named() {
    let wrong = RadarSettings { sensor: "camera".into(), ..settings() };
    let error =
        Radars::of_model(&model(SECTOR), &BTreeMap::from([(RADAR, wrong)]), 0.9).unwrap_err();

    let words = "doors.asterix.radars.\"25/201\".sensor must be a radar of the sector, got \"camera\": it has it";
    assert_eq!(error.to_string(), words);
}

proptest! {
    #[test]
    fn whatever_comes_is_counted_and_nothing_breaks(
        category in prop::sample::select(vec![34_u8, 48, 62, 1]),
        body in prop::collection::vec(any::<u8>(), 1..80),
        ours in any::<bool>(),
    ) {
        let mut reader = SHARED.lock().unwrap();
        let mut bytes = vec![category];
        bytes.extend(u16::try_from(body.len() + 3).unwrap().to_be_bytes());
        bytes.extend(&body);
        if ours && bytes.len() > 5 {
            bytes[3] = 0x80 | bytes[3] & 0xfe;
            (bytes[4], bytes[5]) = (RADAR.sac, RADAR.sic);
        }
        let before = reader.counts().messages();
        for input in take(&mut reader, &bytes) {
            if let Input::Detected(report) = input {
                let finite = match report.position {
                    ReportedPosition::Polar { azimuth_deg, range_m, elevation_deg, .. } =>
                        azimuth_deg + range_m.unwrap() + elevation_deg.unwrap_or_default(),
                    ReportedPosition::Doppler { azimuth_deg, range_m, radial_mps, .. } =>
                        azimuth_deg + range_m + radial_mps,
                    ReportedPosition::Place(_) | ReportedPosition::Ellipse { .. } => f64::NAN,
                };
                prop_assert!(finite.is_finite());
            }
        }
        prop_assert!(reader.counts().messages() > before);
    }
}

/// Building a model takes longer than all that the property tries.
static SHARED: std::sync::LazyLock<std::sync::Mutex<RadarReader>> =
    std::sync::LazyLock::new(|| std::sync::Mutex::new(reader()));
