//! Whatever the order of arrival, whatever comes: the same picture, within the same bounds.

use nalgebra::Vector2;
use proptest::prelude::*;

use super::properties::Dice;
use super::*;
use crate::journal::PersonId;
use crate::tracking::bernoulli::Label;
use crate::tracking::chronicle::Span;

/// Scans of the scene, one each 400 ms.
const SCANS: usize = 160;
/// After these come a split by sensors, a pin and a class; a merge of the two; and the undoing of all.
const ACTED: usize = 75;
const MERGED: usize = 92;
const UNDONE: usize = 110;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// With several ways of moving, directions, shared errors, learning, trails and people's acts.
    #[test]
    fn any_order_of_arrival_leaves_the_same_of_all_that_the_tracker_keeps(
        seed in any::<u64>(),
        delays in prop::collection::vec(0.0..9.5_f64, SCANS),
    ) {
        let scans = scene(&mut Dice(seed));
        let learning = Some(Learning { proof_hits: 2.0, ..Learning::default() });
        let config = TrackerConfig { learning, relief: Some(hills()), ..config() };
        let arrives = |n: usize| {
            // Acts are done when everything up to their time has been heard of, but not in order.
            let delay_s = if [ACTED, MERGED, UNDONE].contains(&n) { 0.0 } else { delays[n] };
            0.4 * n as f64 + delay_s
        };
        let mut order: Vec<usize> = (0..SCANS).collect();
        let (in_order, about) = follow(&scans, &order, config.clone(), None);
        order.sort_by(|&a, &b| arrives(a).total_cmp(&arrives(b)));
        let (shuffled, _) = follow(&scans, &order, config, about);
        // People who saw another picture at the time may have said another thing.
        prop_assume!(in_order.acts.bars() == shuffled.acts.bars());

        // Not `prop_assert_eq`: nobody reads two whole filters.
        prop_assert!(in_order.filter == shuffled.filter, "the filters differ");
        prop_assert!(in_order.learner == shuffled.learner, "what was learned differs");
        for label in in_order.filter.bernoullis().iter().map(|bernoulli| bernoulli.label) {
            let told = |tracker: &Tracker| {
                let trail = tracker.chronicle.trail(label, &tracker.config);
                (trail, tracker.chronicle.lineage(label, Span::default()))
            };
            prop_assert!(told(&in_order) == told(&shuffled), "what is told of {label:?} differs");
        }
    }

    /// In whatever pieces and however its measurements are listed.
    #[test]
    fn a_scan_in_pieces_is_the_scan_in_one(seed in any::<u64>(), cut in 0_usize..12) {
        let mut dice = Dice(seed);
        let config = TrackerConfig { measurements_max: 8, ..config() };
        let (mut whole, mut pieces) = (Tracker::new(config.clone()).unwrap(), Tracker::new(config).unwrap());
        for second in 0..12 {
            let places: Vec<EnuPoint> = (0..12).map(|_| dice.place()).collect();
            let mut scan = radar(second, &places);
            let by = dice.below(12) as usize;
            scan.measurements.rotate_left(by);
            observe(&mut whole, &scan);
            let mut rest = scan.clone();
            rest.measurements = scan.measurements.split_off(cut);
            for piece in [&scan, &rest] {
                observe(&mut pieces, piece);
            }
        }

        prop_assert!(whole.filter == pieces.filter, "the filters differ");
    }
}

/// Two walkers, a clutter report here and there, and four sensors of different kinds.
fn scene(dice: &mut Dice) -> Vec<Scan> {
    (0..SCANS)
        .map(|n| {
            let milli = 400 * i64::try_from(n).unwrap();
            let second = milli as f64 / 1_000.0;
            let mut off = || Vector2::new(5.0 * dice.normal(), 5.0 * dice.normal());
            let mut places: Vec<EnuPoint> = [walker_at(second), walker_north_at(second)]
                .iter()
                .map(|place| place.to_vector() + off())
                .map(|place| EnuPoint::new(place.x, place.y))
                .collect();
            if dice.roll() < 0.3 {
                places.remove(dice.below(2) as usize);
            }
            if dice.roll() < 0.3 {
                places.push(dice.place());
            }
            let origin = EnuPoint::new(-800.0, -700.0);
            let (sensor, mut scan) = match dice.below(4) {
                0 => ("radar", with_heights(radar(0, &places))),
                1 => ("second radar", radar(0, &places)),
                2 => ("drone", radar(0, &places)),
                _ => {
                    let towards: Vec<_> =
                        places.iter().map(|place| origin.azimuth_to(*place)).collect();
                    ("camera", camera(0, origin, &towards))
                }
            };
            if sensor == "drone" {
                scan.pose = Pose {
                    origin: Some(dice.place()),
                    position_sigma_m: 5.0,
                    heading_sigma_rad: 0.01,
                    lasts_s: 30.0,
                };
            }
            let at = Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milli);
            Scan { sensor: SensorId(sensor.into()), at, ..scan }
        })
        .collect()
}

/// The southern of the two is on the ground, the northern 120 m above it.
fn with_heights(mut scan: Scan) -> Scan {
    let ground = hills();
    for found in &mut scan.measurements {
        let Sighting::Position { mean_m, .. } = found.sighting else {
            panic!("radars tell places")
        };
        let above_m = if mean_m.y > 220.0 { 120.0 } else { 0.0 };
        let height_m = ground.height_m(EnuPoint::new(mean_m.x, mean_m.y)).unwrap() + above_m;
        found.aloft = Some(Aloft::Height { height_m, sigma_m: 9.0, range_m: None });
    }
    scan
}

fn walker_north_at(second: f64) -> EnuPoint {
    EnuPoint::new(1.1 * second, 240.0)
}

/// Takes scans in an order; people's acts are about a track, the one nearest to the first walker if not given.
fn follow(
    scans: &[Scan],
    order: &[usize],
    config: TrackerConfig,
    mut about: Option<Label>,
) -> (Tracker, Option<Label>) {
    let mut tracker = Tracker::new(config).unwrap();
    for &place in order {
        let scan = &scans[place];
        observe(&mut tracker, scan);
        let said = Said {
            by: PersonId("officer".into()),
            at: scan.at,
            reason: "seen".into(),
            entry: None,
        };
        let nearest = |tracker: &Tracker| {
            let to = walker_at(0.4 * place as f64);
            let away = |track: &TrackEstimate| track.point().distance_m(to);
            tracker.tracks().min_by(|a, b| away(a).total_cmp(&away(b))).map(|track| track.id)
        };
        match place {
            ACTED => {
                about = about.or_else(|| tracker.reports.label_of(nearest(&tracker)?));
                let Some(track) = about.and_then(|label| tracker.reports.id_of(label)) else {
                    continue;
                };
                let sensors = vec![SensorId("second radar".into())];
                drop(tracker.act(TrackAct::SplitSensors { track, sensors }, said.clone()));
                drop(tracker.act(TrackAct::Pin { track }, said.clone()));
                drop(tracker.act(TrackAct::Relabel { track, class: Class::Group }, said));
            }
            MERGED => {
                let Some(track) = about.and_then(|label| tracker.reports.id_of(label)) else {
                    continue;
                };
                let split = tracker.acts_on(track).find_map(|record| record.gave);
                if let Some(other) = split {
                    drop(tracker.act(TrackAct::Merge { track, other }, said));
                }
            }
            UNDONE => {
                for act in 1..=4 {
                    drop(tracker.undo(crate::journal::TrackActId(act), said.clone()));
                }
            }
            _ => {}
        }
    }
    (tracker, about)
}

/// Or the property above would hold of a night in which nobody said anything.
#[test]
fn in_most_of_those_nights_people_split_pin_name_and_merge() {
    let order: Vec<usize> = (0..SCANS).collect();
    let said = |seed: u64| {
        let (tracker, about) = follow(&scene(&mut Dice(seed)), &order, config(), None);
        let track = about.and_then(|label| tracker.reports.id_of(label));
        track.map_or(0, |track| tracker.acts_on(track).count())
    };

    let all = (0..8).filter(|seed| said(*seed) == 4).count();

    assert!(all >= 4, "in {all} of 8");
}

/// Bytes that the past may take in the tests.
const ROOM: usize = 500_000;

#[test]
fn the_past_takes_no_more_room_than_it_may_and_what_it_gives_up_is_said() {
    let mut dice = Dice(17);
    let mut crowded = tracker();
    crowded.history = History::new(10.0, ROOM);
    let (mut lost, mut newest) = (0, 0);
    for n in 0..200 {
        let places: Vec<EnuPoint> = (0..100).map(|_| dice.place()).collect();
        newest = 50 * n;
        let scan = Scan { at: milli(newest), ..radar(0, &places) };
        lost += observe(&mut crowded, &scan).dropped.past;
        assert!(crowded.history.bytes() <= ROOM, "{} bytes", crowded.history.bytes());
    }

    assert!(lost > 0);
    let late = Scan { at: milli(newest - 9_000), ..camera(0, EnuPoint::new(0.0, 0.0), &[]) };
    let refused = crowded.observe(&late, &|_, _, _| 0.9).unwrap_err().to_string();
    assert!(refused.contains("9.0 s older than the newest"), "{refused}");
    let kept = Scan { at: milli(newest - 120), ..late };
    assert!(observe(&mut crowded, &kept).scans_taken > 1);
}

/// States that are given up make a late scan dearer; what comes of it stays.
#[test]
fn with_little_room_a_late_scan_still_finds_its_place() {
    let run = |room: usize, late: bool| {
        let mut tracker = tracker();
        tracker.history = History::new(10.0, room);
        let mut scans: Vec<Scan> = (0..80)
            .map(|n| {
                let place = walker_at(0.1 * f64::from(n));
                Scan { at: milli(100 * i64::from(n)), ..radar(0, &[place]) }
            })
            .collect();
        if late {
            let held_back = scans.remove(22);
            scans.push(held_back);
        }
        let taken: Vec<usize> =
            scans.iter().map(|scan| observe(&mut tracker, scan).scans_taken).collect();
        (tracker.filter, *taken.last().unwrap())
    };

    let (in_order, _) = run(usize::MAX, false);
    let (wide, few) = run(usize::MAX, true);
    let (narrow, many) = run(90_000, true);

    assert_eq!(wide, in_order);
    assert_eq!(narrow, in_order);
    assert!(few <= 66 && many > few, "{few} and {many} scans taken");
}

#[test]
fn a_hundred_thousand_reports_in_one_scan_are_cut_to_the_limits_by_their_ids() {
    let mut dice = Dice(23);
    let places: Vec<EnuPoint> = (0..100_000).map(|_| dice.place()).collect();
    let mut flood = radar(0, &places);
    flood.measurements.reverse();
    let config = TrackerConfig { tracks_max: 2_000, measurements_max: 5_000, ..config() };
    let mut tracker = Tracker::new(config).unwrap();

    let observed = observe(&mut tracker, &flood);

    assert_eq!(observed.dropped.measurements, 95_000);
    assert_eq!(observed.dropped.tracks, 3_000);
    assert_eq!(tracker.held(), 2_000);
    let ids = tracker.filter.bernoullis().iter().map(|track| track.label.measurement);
    assert!(ids.max().unwrap() < 5_000, "the lowest ids are kept");
    assert!(tracker.history.bytes() < 4 << 20, "{}", tracker.history.bytes());
}

/// However long it lasts: tracks, directions, trails and the past stay within their limits.
#[test]
fn a_flood_that_lasts_leaves_nothing_growing() {
    let mut dice = Dice(31);
    let config = TrackerConfig {
        tracks_max: 200,
        measurements_max: 400,
        learning: Some(Learning::default()),
        ..config()
    };
    let mut tracker = Tracker::new(config).unwrap();
    tracker.history = History::new(10.0, 2 << 20);
    let mut dropped = Dropped::default();
    let mut pages = 0;
    for n in 0..150_i64 {
        let places: Vec<EnuPoint> = (0..600).map(|_| dice.place()).collect();
        let scan = if n % 3 == 0 {
            let origin = EnuPoint::new(0.0, 0.0);
            let towards: Vec<_> = places.iter().map(|place| origin.azimuth_to(*place)).collect();
            camera(0, origin, &towards[..100])
        } else {
            radar(0, &places)
        };
        dropped += observe(&mut tracker, &Scan { at: milli(100 * n), ..scan }).dropped;
        assert!(tracker.held() <= 200);
        assert!(tracker.directions().count() <= Banks::default().most);
        assert!(tracker.history.bytes() <= 2 << 20);
        pages = tracker.tracks().count();
    }

    assert!(pages <= 200);
    assert_eq!(dropped.measurements, 200 * 100, "each radar scan lost 200 of 600");
    assert!(dropped.tracks > 0, "{dropped:?}");
    let Dropped { measurements, tracks, banks, past, .. } = dropped;
    assert_eq!(dropped.total(), (measurements + tracks + banks + past) as u64);
}

fn milli(milli: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milli)
}
