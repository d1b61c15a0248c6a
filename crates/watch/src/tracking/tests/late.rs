//! Late scans: the same picture in whatever order, and no more work than they cause.

use proptest::prelude::*;

use super::properties::Dice;
use super::*;
use crate::tracking::chronicle::Span;

const SIDE_M: f64 = 6_000.0;
const SCANS: usize = 150;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Many small groups far apart, so that a late scan moves few of them; with learning, trails and worlds, one motion
    /// or five, and with directions where cameras look.
    #[test]
    fn what_a_late_scan_leaves_alone_is_what_in_order_gives(
        seed in any::<u64>(),
        keys in prop::collection::vec(any::<u16>(), SCANS),
    ) {
        let mut dice = Dice(seed);
        let config = wide(&mut dice);
        // Directions couple all: in most nights there are none.
        let cameras = if dice.roll() < 0.2 { 0.15 } else { 0.0 };
        // So do lines of sight, once a height is known.
        let lines = if dice.roll() < 0.2 { 0.5 } else { 0.0 };
        let scans = (0..).take(SCANS).map(|n| patch(&mut dice, n * 100, (cameras, lines)));
        let scans: Vec<Scan> = scans.collect();
        let mut order: Vec<usize> = (0..SCANS).collect();
        // Up to three seconds late.
        order.sort_by_key(|&n| (n * 100 + usize::from(keys[n]) % 3_000, n));
        let mut late = Tracker::new(config.clone()).unwrap();
        for (told, &n) in order.iter().enumerate() {
            observe(&mut late, &scans[n]);
            if told % 7 == 0 {
                // In pieces, and twice.
                observe(&mut late, &scans[order[told - told.min(8)]]);
            }
        }
        let in_order = told(&config, &scans);

        same(&in_order, &late)?;
    }

    /// The same when several come at once, some of them late, told twice or in pieces.
    #[test]
    fn looks_that_come_together_leave_what_one_after_the_other_gives(
        seed in any::<u64>(),
        keys in prop::collection::vec(any::<u16>(), SCANS),
        at_once in 2..40_usize,
    ) {
        let mut dice = Dice(seed);
        let config = wide(&mut dice);
        let cameras = if dice.roll() < 0.2 { 0.15 } else { 0.0 };
        let lines = if dice.roll() < 0.2 { 0.5 } else { 0.0 };
        let scans = (0..).take(SCANS).map(|n| patch(&mut dice, n * 100, (cameras, lines)));
        let scans: Vec<Scan> = scans.collect();
        let mut order: Vec<usize> = (0..SCANS).collect();
        order.sort_by_key(|&n| (n * 100 + usize::from(keys[n]) % 3_000, n));
        let (mut together, mut apart) = (Tracker::new(config.clone()).unwrap(), Tracker::new(config).unwrap());
        for coming in order.chunks(at_once) {
            let mut coming: Vec<usize> = coming.to_vec();
            coming.push(coming[0].saturating_sub(8));
            coming.sort_unstable();
            let looks: Vec<Scan> = coming.into_iter().map(|n| scans[n].clone()).collect();
            for answer in together.observe_all(&looks, &|_, _, _| 0.9) {
                answer.unwrap();
            }
            for look in &looks {
                observe(&mut apart, look);
            }
        }

        same(&apart, &together)?;
    }
}

#[test]
fn many_late_looks_at_once_are_not_taken_again_one_by_one() {
    let Groups { easts, scans } = groups(4, 1.0);
    let late: Vec<Scan> = (0..60_i64)
        .map(|n| {
            let milli = 4_011 + n * 50;
            let look = look_at(&easts, usize::try_from(n % 4).unwrap(), 1.0, milli);
            Scan { sensor: SensorId("radar 3".into()), ..look }
        })
        .collect();
    let (together, looks) = told_at_once(&scans, &late);

    let again: usize = looks.iter().map(|look| look.scans_taken).sum();
    same(&told(&plain(), &sorted(&scans, &late)), &together).unwrap();
    assert_eq!(looks.len(), late.len());
    assert!(again < 3 * (scans.len() + late.len()), "{again} scans were taken");
}

fn told_at_once(scans: &[Scan], late: &[Scan]) -> (Tracker, Vec<Observed>) {
    let mut tracker = told(&plain(), scans);
    let answers = tracker.observe_all(late, &|_, _, _| 0.9);
    (tracker, answers.into_iter().map(Result::unwrap).collect())
}

/// What a person could tell apart, and all that decides what comes next.
fn same(one: &Tracker, other: &Tracker) -> Result<(), TestCaseError> {
    for (one, other) in one.filter.bernoullis().iter().zip(other.filter.bernoullis()) {
        prop_assert!(one == other, "{one:?}\n{other:?}");
    }
    prop_assert!(one.filter == other.filter, "the filters differ");
    // How long figures of the past are kept depends on where states are, and changes nothing.
    let learned = |tracker: &Tracker| postcard::to_extend(&tracker.learner, Vec::new()).unwrap();
    prop_assert!(learned(one) == learned(other), "what was learned differs");
    for label in one.filter.bernoullis().iter().map(|bernoulli| bernoulli.label) {
        let told = |tracker: &Tracker| {
            let trail = tracker.chronicle.trail(label, &tracker.config);
            (trail, tracker.chronicle.lineage(label, Span::default()))
        };
        prop_assert!(told(one) == told(other), "what is told of {label:?} differs");
    }
    Ok(())
}

fn told(config: &TrackerConfig, scans: &[Scan]) -> Tracker {
    let mut tracker = Tracker::new(config.clone()).unwrap();
    for scan in scans {
        observe(&mut tracker, scan);
    }
    tracker
}

/// A look at some square kilometres of a wide plain, where sixteen pairs walk into each other and apart.
fn patch(dice: &mut Dice, milli: i64, (cameras, lines): (f64, f64)) -> Scan {
    let radius_m = dice.between(300.0, 2_000.0);
    let half = SIDE_M / 2.0;
    let centre = EnuPoint::new(dice.between(-half, half), dice.between(-half, half));
    let time_s = milli as f64 * 1e-3;
    let (mut places, mut heights_m) = (Vec::new(), Vec::new());
    for pair in 0..16_u32 {
        let home = EnuPoint::new(
            1_500.0 * (f64::from(pair % 4) + 0.5) - half,
            1_500.0 * (f64::from(pair / 4) + 0.5) - half,
        );
        for (side, step) in [(-1.0, 12.0), (1.0, -12.0)] {
            let apart = 40.0 * side + step * time_s * 0.7;
            let place = EnuPoint::new(home.east_m + apart, home.north_m + 3.0 * dice.normal());
            if place.distance_m(centre) < radius_m && dice.roll() < 0.8 {
                places.push(place);
                // One of each pair flies.
                heights_m.push(if side > 0.0 { 460.0 + 10.0 * dice.normal() } else { 200.0 });
            }
        }
    }
    for _ in 0..dice.below(3) {
        let aside_m = dice.between(-radius_m, radius_m) / 2.0;
        places.push(EnuPoint::new(centre.east_m + aside_m, centre.north_m));
    }
    let mut scan = radar(0, &places);
    // Some sensors tell heights, some what depends on one that is known, most nothing of the kind.
    let tells = dice.roll();
    for (found, height_m) in scan.measurements.iter_mut().zip(heights_m) {
        found.aloft = if tells < 0.3 {
            Some(Aloft::Height { height_m, sigma_m: 12.0, range_m: None })
        } else if tells < lines {
            Some(line_to(centre, found))
        } else {
            None
        };
    }
    if dice.roll() < cameras {
        let azimuths: Vec<_> = places.iter().map(|place| centre.azimuth_to(*place)).collect();
        scan = camera(0, centre, &azimuths);
    }
    let names = ["a", "b", "c", "d"];
    scan.sensor = SensorId(names[dice.below(4) as usize].into());
    scan.at += SignedDuration::from_millis(milli);
    scan.sees = Footprint::Disc { centre, radius_m };
    scan.repeats = if dice.roll() < 0.8 { 1.0 } else { 3.0 };
    if dice.roll() < 0.2 {
        scan.pose = Pose {
            origin: Some(centre),
            position_sigma_m: 5.0,
            heading_sigma_rad: 0.01,
            lasts_s: 30.0,
        };
    }
    scan
}

/// The line of sight to a place on the ground at 200 m, from 300 m above sea.
fn line_to(origin: EnuPoint, found: &Measurement) -> Aloft {
    let Sighting::Position { mean_m, .. } = found.sighting else { panic!("radars tell places") };
    let place = EnuPoint::new(mean_m.x, mean_m.y);
    Aloft::Line {
        origin,
        head_m: 300.0,
        azimuth: origin.azimuth_to(place),
        azimuth_sigma_rad: 0.002,
        elevation_rad: sight::geo::elevation_rad(
            origin.distance_m(place).max(1.0),
            300.0,
            200.0,
            0.1,
        ),
        elevation_sigma_rad: 0.002,
        refraction: 0.1,
        ground_m2_per_rad2: 1e7,
    }
}

fn wide(dice: &mut Dice) -> TrackerConfig {
    let half = SIDE_M / 2.0;
    let area =
        Area { south_west: EnuPoint::new(-half, -half), north_east: EnuPoint::new(half, half) };
    let learning = Learning { proof_hits: 2.0, epoch_s: 3, ..Learning::default() };
    let mut config = TrackerConfig {
        area,
        cell_m: 300.0,
        horizon_s: 5.0,
        learning: (dice.roll() < 0.7).then_some(learning),
        relief: Some(hills()),
        ..config()
    };
    if dice.roll() < 0.5 {
        config.motions = Vec::new();
    }
    if dice.roll() < 0.5 {
        config.banks.most = 0;
    }
    config
}

/// Groups of walkers, each looked at by a radar of its own ten times a second for eight seconds.
struct Groups {
    easts: Vec<f64>,
    scans: Vec<Scan>,
}

fn groups(count: usize, walks_mps: f64) -> Groups {
    let easts: Vec<f64> = (0..count).map(|n| 1_500.0 * n as f64 - 2_500.0).collect();
    let look = |tenth: i64, group: usize| {
        let after = i64::try_from(group).unwrap();
        let scan = look_at(&easts, group, walks_mps, 100 * tenth + 3 * after);
        Scan { sensor: SensorId(format!("radar {group}")), ..scan }
    };
    let scans = (0..80).flat_map(|tenth| (0..count).map(move |group| (tenth, group)));
    let scans = scans.map(|(tenth, group)| look(tenth, group)).collect();
    Groups { easts, scans }
}

fn look_at(easts: &[f64], group: usize, walks_mps: f64, milli: i64) -> Scan {
    let east = easts[group] + walks_mps * milli as f64 * 1e-3;
    let places: Vec<_> = (0..4).map(|n| EnuPoint::new(east, 100.0 + 60.0 * f64::from(n))).collect();
    let mut scan = radar(0, &places);
    scan.at += SignedDuration::from_millis(milli);
    scan.sees = Footprint::Disc { centre: EnuPoint::new(east, 0.0), radius_m: 600.0 };
    scan
}

fn plain() -> TrackerConfig {
    let config = wide(&mut Dice(1));
    TrackerConfig { learning: Some(Learning::default()), ..config }
}

/// All but some told in order, and these then; returns what the last of them cost.
fn told_late(config: &TrackerConfig, scans: &[Scan], late: &[Scan]) -> (Tracker, Observed) {
    let mut tracker = told(config, scans);
    let mut observed = Observed::default();
    for scan in late {
        observed = observe(&mut tracker, scan);
    }
    (tracker, observed)
}

fn sorted(scans: &[Scan], late: &[Scan]) -> Vec<Scan> {
    let mut all: Vec<Scan> = scans.iter().chain(late).cloned().collect();
    all.sort_by(|a, b| (a.at, &a.sensor).cmp(&(b.at, &b.sensor)));
    all
}

fn assert_same_at_a_share(scans: &[Scan], late: &[Scan], share: f64) {
    let config = plain();
    let (tracker, observed) = told_late(&config, scans, late);

    same(&told(&config, &sorted(scans, late)), &tracker).unwrap();
    let whole = observed.scans_taken * tracker.held();
    assert!(observed.scans_taken > 20, "{}", observed.scans_taken);
    let most = share * whole as f64;
    assert!((observed.tracks_taken as f64) < most, "{} of {whole}", observed.tracks_taken);
}

#[test]
fn a_late_look_at_one_group_leaves_the_others_as_they_are() {
    let Groups { easts, scans } = groups(4, 0.0);
    let late = Scan { sensor: SensorId("radar 2".into()), ..look_at(&easts, 1, 0.0, 6_050) };

    assert_same_at_a_share(&scans, &[late], 0.12);
}

/// The groups walk into each other while the second is told of late.
#[test]
fn groups_that_meet_after_a_late_look_at_one_are_both_taken_again() {
    let mut meeting = groups(4, 0.0);
    for (n, scan) in meeting.scans.iter_mut().enumerate() {
        let time_s = (n / 4) as f64 * 0.1;
        let east = match n % 4 {
            0 => -1_750.0 - 90.0 * (7.0 - time_s),
            1 => -1_750.0 + 90.0 * (7.0 - time_s),
            _ => continue,
        };
        let places: Vec<_> =
            (0..4).map(|n| EnuPoint::new(east, 100.0 + 60.0 * f64::from(n))).collect();
        scan.measurements = radar(0, &places).measurements;
        scan.sees = Footprint::Disc { centre: EnuPoint::new(east, 0.0), radius_m: 600.0 };
    }
    let like = &meeting.scans[4 * 55 + 1];
    let late = Scan {
        sensor: SensorId("radar 3".into()),
        at: like.at + SignedDuration::from_millis(40),
        ..like.clone()
    };

    assert_same_at_a_share(&meeting.scans, &[late], 0.6);
}

#[test]
fn a_late_look_that_finds_somebody_new_begins_a_track_in_its_place() {
    let Groups { scans, .. } = groups(4, 0.0);
    let new = EnuPoint::new(-2_400.0, 900.0);
    let mut later: Vec<Scan> = (0..3)
        .map(|n| {
            let mut scan = radar(0, &[new]);
            scan.at += SignedDuration::from_millis(5_951 + 130 * n);
            scan.sensor = SensorId("radar 3".into());
            scan.sees = Footprint::Disc { centre: new, radius_m: 150.0 };
            scan
        })
        .collect();
    later.rotate_left(1);

    assert_same_at_a_share(&scans, &later, 0.12);
    let (tracker, _) = told_late(&plain(), &scans, &later);
    assert!(tracker.tracks().any(|track| track.point().distance_m(new) < 30.0));
}

#[test]
fn a_late_look_that_finds_nobody_ends_a_faint_track_in_its_place() {
    let Groups { mut scans, .. } = groups(4, 0.0);
    // Somebody is seen once, amid others.
    let once = EnuPoint::new(-2_400.0, 350.0);
    let id = 99;
    let faint = Measurement { id, ..radar(0, &[once]).measurements[0] };
    scans[4 * 50].measurements.push(faint);
    let mut late = look_at(&[-2_500.0], 0, 0.0, 5_050);
    late.sensor = SensorId("radar 3".into());
    late.clutter.per_m2 = 1e-9;
    let all = sorted(&scans, std::slice::from_ref(&late));
    let config = TrackerConfig { recycle_below: 0.05, ..plain() };
    let is_held = |tracker: &Tracker| {
        tracker.filter.bernoullis().iter().any(|held| held.label.measurement == id)
    };

    let (tracker, observed) = told_late(&config, &scans, &[late]);

    same(&told(&config, &all), &tracker).unwrap();
    assert!(!is_held(&tracker));
    assert!(observed.tracks_taken < observed.scans_taken * tracker.held() / 4, "{observed:?}");
}

#[test]
fn many_late_looks_one_after_the_other_leave_what_in_order_gives() {
    let Groups { easts, scans } = groups(4, 1.0);
    let late: Vec<Scan> = (0..60_i64)
        .map(|n| {
            let group = usize::try_from(n % 3).unwrap();
            let milli = 4_011 + (n * 617) % 3_900;
            Scan { sensor: SensorId("radar 3".into()), ..look_at(&easts, group, 1.0, milli) }
        })
        .collect();

    assert_same_at_a_share(&scans, &late, 0.35);
}
