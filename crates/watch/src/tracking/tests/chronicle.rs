//! Trails and lineages of tracks, through the tracker's public face.

use nalgebra::Vector2;

use super::properties::Dice;
use super::*;

/// A walker who turns twice, seen every second with an error of five metres.
#[test]
fn the_smoothed_trail_lies_nearer_to_the_truth_than_what_the_filter_said_at_the_time() {
    let mut dice = Dice(7);
    let (mut filtered2, mut smoothed2, mut compared) = (0.0, 0.0, 0);
    for _ in 0..20 {
        let mut tracker = tracker();
        let mut told = std::collections::BTreeMap::new();
        for second in 0..120 {
            let off = Vector2::new(dice.normal(), dice.normal()) * 5.0;
            let truth = turning_at(second);
            let seen = EnuPoint::new(truth.east_m + off.x, truth.north_m + off.y);
            observe(&mut tracker, &radar(second, &[seen]));
            told.insert(at(second), tracker.tracks().next().map(|track| track.point()));
        }
        for point in tracker.trail(TrackId(1)).iter().filter(|point| point.at < at(110)) {
            let second = i32::try_from(point.at.as_second()).unwrap();
            let truth = turning_at(second);
            let Some(filtered) = told[&point.at] else { continue };
            filtered2 += filtered.distance_m(truth).powi(2);
            smoothed2 += EnuPoint::new(point.east_m, point.north_m).distance_m(truth).powi(2);
            compared += 1;
        }
    }

    assert!(compared > 200, "{compared} points compared");
    let (filtered_m, smoothed_m) =
        ((filtered2 / f64::from(compared)).sqrt(), (smoothed2 / f64::from(compared)).sqrt());
    assert!(smoothed_m < 0.85 * filtered_m, "{smoothed_m:.2} m against {filtered_m:.2} m");
}

#[test]
fn a_trail_and_a_lineage_stay_bounded_and_say_what_they_forgot() {
    let mut tracker = tracker();
    for second in 0..1_000 {
        let angle = f64::from(second) / 200.0;
        let round = EnuPoint::new(300.0 * angle.cos(), 300.0 * angle.sin());
        observe(&mut tracker, &radar(second, &[round]));
    }

    let trail = tracker.trail(TrackId(1));
    assert!(trail.len() <= 64 + 20, "{} points", trail.len());
    assert!(trail.is_sorted_by(|a, b| a.at < b.at));
    let lineage = tracker.lineage(TrackId(1)).unwrap();
    assert_eq!((lineage.measurements.len(), lineage.forgotten), (128, 872));
    assert!(lineage.measurements.iter().all(|seen| seen.measurement.share > 0.1));
}

#[test]
fn of_tracks_that_began_together_few_have_their_trails_made_final_by_one_scan() {
    const WALKERS: usize = 40;
    let mut tracker = tracker();
    let (mut most, mut all) = (0, 0);
    for second in 0..200 {
        let walkers = (0..WALKERS).map(|n| {
            EnuPoint::new(-500.0 + 150.0 * (n % 8) as f64, -400.0 + 150.0 * (n / 8) as f64)
        });
        let before = tracker.chronicle.waiting();
        observe(&mut tracker, &radar(second, &walkers.collect::<Vec<_>>()));
        let after = tracker.chronicle.waiting();
        let settled = before.iter().zip(&after).filter(|(before, after)| before > after).count();
        if before.len() == after.len() {
            (most, all) = (most.max(settled), all + settled);
        }
    }

    assert!(all >= WALKERS, "{all} were made final");
    assert!(most <= WALKERS / 4, "{most} by one scan");
}

#[test]
fn scans_that_are_taken_again_are_noted_once() {
    let scans: Vec<Scan> =
        (0..40).map(|second| radar(second, &[walker_at(f64::from(second))])).collect();
    let (mut in_order, mut late) = (tracker(), tracker());
    for scan in &scans {
        observe(&mut in_order, scan);
    }
    for chunk in scans.chunks(5) {
        chunk.iter().rev().for_each(|scan| drop(observe(&mut late, scan)));
    }

    let id = |tracker: &Tracker| tracker.tracks().next().unwrap().id;
    let (a, b) = (in_order.lineage(id(&in_order)).unwrap(), late.lineage(id(&late)).unwrap());
    let measured = |lineage: &TrackLineage| -> Vec<_> {
        lineage.measurements.iter().map(|seen| seen.measurement.clone()).collect()
    };
    assert_eq!(measured(&a), measured(&b));
    assert_eq!(in_order.trail(id(&in_order)), late.trail(id(&late)));
}

#[test]
fn where_nobody_looks_at_trails_none_are_kept() {
    let mut tracker = Tracker::new(TrackerConfig { smoothing_lag_s: 0.0, ..config() }).unwrap();
    for second in 0..20 {
        observe(&mut tracker, &radar(second, &[walker_at(f64::from(second))]));
    }

    assert_eq!(tracker.trail(TrackId(1)), []);
    assert_eq!(tracker.lineage(TrackId(1)), Some(TrackLineage::default()));
}

fn turning_at(second: i32) -> EnuPoint {
    let second = f64::from(second);
    let (first, then) = (second.min(50.0), (second - 50.0).max(0.0));
    EnuPoint::new(1.4 * first + 0.5 * then, 100.0 + 1.3 * then)
}
