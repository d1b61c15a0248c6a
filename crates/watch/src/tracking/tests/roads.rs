//! Roads and slopes: what they are worth, and how little harm a wrong one does.

use nalgebra::Vector2;

use super::properties::Dice;
use super::*;
use crate::detection::Class;

const SPEED_MPS: f64 = 12.0;

#[test]
fn a_vehicle_on_a_winding_road_is_placed_better_by_who_knows_the_road() {
    let without = drive(&config(), winding);
    let with = drive(&knowing(0.0), winding);

    assert!(with.rms_m < 0.85 * without.rms_m, "{with:?} {without:?}");
    assert_eq!(with.mode, Some(Mode::Road), "{with:?}");
}

#[test]
fn what_leaves_the_road_is_not_lost() {
    let leaves = |second: f64| {
        let (here, along) = (winding(second.min(60.0)), winding(60.0) - winding(59.0));
        let aside = Vector2::new(-along.y, along.x);
        // Off at a right angle to the road, at half the speed.
        here + aside * (0.5 * (second - 60.0).max(0.0))
    };
    let without = drive(&config(), leaves);
    let with = drive(&knowing(0.0), leaves);

    assert_eq!((with.tracks, with.last_id), (1, 1), "{with:?}");
    assert!(with.last_rms_m < 1.15 * without.last_rms_m, "{with:?} {without:?}");
    assert_ne!(with.mode, Some(Mode::Road), "{with:?}");
}

#[test]
fn a_road_that_is_drawn_in_the_wrong_place_does_little_harm() {
    let without = drive(&config(), winding);
    for off_m in [30.0, 60.0, 150.0] {
        let with = drive(&knowing(off_m), winding);

        assert!(with.rms_m < 1.15 * without.rms_m, "{off_m} m: {with:?} {without:?}");
        assert_eq!((with.tracks, with.last_id), (1, 1), "{with:?}");
    }
}

#[test]
fn what_goes_up_a_cliff_or_through_water_is_no_vehicle() {
    let beside = |ground: Ground| {
        let map = GroundMap::new(move |_| ground);
        drive(&TrackerConfig { ground: map, ..config() }, |second| Vector2::new(2.5 * second, 0.0))
    };

    let open = beside(Ground::default());
    let steep = beside(Ground { slope_deg: 35.0, ..Ground::default() });
    let wet = beside(Ground { in_water: true, ..Ground::default() });

    for hard in [steep, wet] {
        assert!(hard.driving < 0.3 * open.driving, "{hard:?} {open:?}");
        assert_eq!((hard.tracks, hard.last_id), (1, 1), "{hard:?}");
    }
}

#[derive(Debug)]
struct Driven {
    rms_m: f64,
    /// Over the last half minute.
    last_rms_m: f64,
    tracks: usize,
    last_id: u64,
    mode: Option<Mode>,
    /// Chance that it drives, on a road or off it.
    driving: f64,
}

/// Ten drives of two minutes, seen by a radar that errs by 12 m a coordinate; of counts the worst.
fn drive(config: &TrackerConfig, path: impl Fn(f64) -> Vector2<f64>) -> Driven {
    let mut dice = Dice(41);
    let (mut all, mut last) = (Vec::new(), Vec::new());
    let mut driven =
        Driven { rms_m: 0.0, last_rms_m: 0.0, tracks: 1, last_id: 1, mode: None, driving: 0.0 };
    for _ in 0..10 {
        let mut tracker = Tracker::new(config.clone()).unwrap();
        for second in 0..120 {
            let here = path(f64::from(second));
            let seen = here + Vector2::new(dice.normal(), dice.normal()) * 12.0;
            let mut scan = radar(second, &[EnuPoint::new(seen.x, seen.y)]);
            scan.measurements[0].sighting = Sighting::Position {
                mean_m: seen,
                covariance_m2: Matrix2::identity() * (12.0 * 12.0),
            };
            scan.measurements[0].classes =
                ClassWeights::from_confidences(&[(Class::Vehicle, 0.5)], 0.2);
            observe(&mut tracker, &scan);
            let Some(track) = tracker.tracks().next() else { continue };
            let error2 = (track.point().to_vector() - here).norm_squared();
            if second >= 10 {
                all.push(error2);
            }
            if second >= 90 {
                last.push(error2);
            }
        }
        let tracks: Vec<_> = tracker.tracks().collect();
        driven.tracks = if tracks.len() == 1 { driven.tracks } else { tracks.len() };
        if let Some(track) = tracks.last() {
            driven.last_id = driven.last_id.max(track.id.0);
            driven.mode = track.motion();
            let drives =
                track.modes.iter().filter(|(mode, _)| matches!(mode, Mode::Drive | Mode::Road));
            driven.driving += drives.map(|(_, chance)| chance).sum::<f64>() / 10.0;
        }
    }
    let rms = |errors2: &[f64]| (errors2.iter().sum::<f64>() / errors2.len() as f64).sqrt();
    driven.rms_m = rms(&all);
    driven.last_rms_m = rms(&last);
    driven
}

/// Where one is who drives along the winding road.
fn winding(second: f64) -> Vector2<f64> {
    let along_m = SPEED_MPS * second - 700.0;
    Vector2::new(along_m, bend(along_m))
}

fn bend(along_m: f64) -> f64 {
    60.0 * (along_m / 90.0).sin()
}

/// Knows the winding road, drawn so far too far north.
fn knowing(off_m: f64) -> TrackerConfig {
    let road: Vec<EnuPoint> = (-90..90)
        .map(|step| f64::from(step) * 10.0)
        .map(|along_m| EnuPoint::new(along_m, bend(along_m) + off_m))
        .collect();
    let net = RoadNet::new([road.as_slice()], 200.0);
    let ground = GroundMap::new(move |point| Ground { road: net.near(point), ..Ground::default() });
    TrackerConfig { ground, ..config() }
}
