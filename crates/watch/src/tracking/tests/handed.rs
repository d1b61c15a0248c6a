//! Heights that go from one track to another: at a seam, and by people's words.

use nalgebra::{Matrix4, Vector4};

use super::heights::{flat, only, radar_3d};
use super::*;
use crate::journal::PersonId;
use crate::seam::{GlobalTrackId, HandOver, PlaneState, SeamHeight};

const GROUND_M: f64 = 200.0;

/// An aircraft that a neighbour has followed for long, at a place and a height.
fn offer(above_sea_m: f64, sigma_m: f64) -> (HandOver, PlaneState) {
    let mut classes = ClassWeights::new([0.01; CLASSES.len()]);
    classes.set(Class::Aircraft, 0.95);
    let state = PlaneState {
        mean: Vector4::new(0.0, 10.0, 0.0, 0.0),
        covariance: Matrix4::from_diagonal(&Vector4::new(25.0, 1.0, 25.0, 1.0)),
    };
    let height =
        SeamHeight { above_sea_m, climb_mps: 2.0, covariance: [sigma_m * sigma_m, 0.5, 1.0] };
    let offer = HandOver {
        identity: GlobalTrackId { sector: "east".into(), number: 5 },
        turn: 1,
        since: at(0),
        at: at(10),
        lon_deg: 41.0,
        lat_deg: 34.0,
        east_mps: 10.0,
        north_mps: 0.0,
        covariance: [0.0; 10],
        height: Some(height),
        existence: 0.98,
        classes,
        sources: Vec::new(),
    };
    (offer, state)
}

#[test]
fn an_aircraft_that_is_handed_over_keeps_its_height_and_goes_on_climbing() {
    let mut tracker = Tracker::new(flat()).unwrap();
    let (offer, state) = offer(GROUND_M + 150.0, 5.0);

    tracker.take_over(&offer, &state, None);
    tracker.advance(at(20));

    let height = only(&tracker).height.unwrap();
    assert!((height.above_ground_m.unwrap() - 170.0).abs() < 1.0, "{height:?}");
    assert!(height.sigma_m() > 5.0);
}

#[test]
fn of_two_heights_at_a_seam_the_surer_is_believed() {
    let followed = |sigma_m: f64| {
        let mut tracker = Tracker::new(flat()).unwrap();
        for second in 0..=10 {
            let place = EnuPoint::new(10.0 * (f64::from(second) - 10.0), 0.0);
            observe(&mut tracker, &radar_3d(second, &[(place, GROUND_M + 150.0)]));
        }
        let own = only(&tracker);
        let (offer, state) = offer(GROUND_M + 155.0, sigma_m);
        tracker.take_over(&offer, &state, Some(own.id));
        (own.height.unwrap(), only(&tracker).height.unwrap())
    };

    let (own, after) = followed(50.0);
    assert!((after.above_sea_m - own.above_sea_m).abs() < 1e-6, "{own:?} {after:?}");
    let (_, after) = followed(0.5);
    assert!((after.above_sea_m - GROUND_M - 155.0).abs() < 0.1, "{after:?}");
}

#[test]
fn what_flies_far_above_ours_is_not_like_it() {
    let mut tracker = Tracker::new(flat()).unwrap();
    for second in 0..=10 {
        let place = EnuPoint::new(10.0 * (f64::from(second) - 10.0), 0.0);
        observe(&mut tracker, &radar_3d(second, &[(place, GROUND_M + 150.0)]));
    }
    let own = only(&tracker).id;

    let (near, state) = offer(GROUND_M + 158.0, 5.0);
    assert_eq!(tracker.like(&near, &state), [own]);
    let (far, state) = offer(GROUND_M + 450.0, 5.0);
    assert!(tracker.like(&far, &state).is_empty());
}

#[test]
fn of_one_that_a_person_splits_by_sensors_both_have_the_height() {
    let mut tracker = Tracker::new(flat()).unwrap();
    for second in 0..10 {
        let place = EnuPoint::new(8.0 * f64::from(second), 0.0);
        let mut scan = radar_3d(second, &[(place, GROUND_M + 90.0)]);
        if second % 2 == 1 {
            scan.sensor = SensorId("second".into());
        }
        observe(&mut tracker, &scan);
    }
    let track = only(&tracker).id;
    let said = Said {
        by: PersonId("officer".into()),
        at: at(9),
        reason: "two lights".into(),
        entry: None,
    };
    let sensors = vec![SensorId("second".into())];

    tracker.act(TrackAct::SplitSensors { track, sensors }, said).unwrap();

    let heights: Vec<f64> =
        tracker.tracks().filter_map(|track| track.height?.above_ground_m).collect();
    assert_eq!(heights.len(), 2);
    assert!(heights.iter().all(|above_m| (above_m - 90.0).abs() < 10.0), "{heights:?}");
}
