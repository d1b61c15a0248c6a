//! What people say of tracks, and what is left when they take it back.

use proptest::prelude::*;

use super::properties::Dice;
use super::*;
use crate::journal::{PersonId, TrackActId};

#[test]
fn merged_tracks_are_one_under_the_kept_number_and_two_again_when_it_is_undone() {
    let mut tracker = pair_until(12);
    let before: Vec<_> = tracker.tracks().collect();
    let [one, other] = before.as_slice() else { panic!("{} tracks", before.len()) };

    let act = act(&mut tracker, 12, merge(one.id, other.id)).unwrap();

    let merged: Vec<_> = tracker.tracks().collect();
    let [both] = merged.as_slice() else { panic!("{} tracks", merged.len()) };
    assert_eq!((both.id, both.spoken.also.as_slice()), (one.id, [other.id].as_slice()));
    assert!(both.existence > one.existence.max(other.existence));
    assert_eq!(tracker.meaning(other.id), one.id);

    tracker.undo(act, said(12)).unwrap();

    assert_eq!(tracker.tracks().collect::<Vec<_>>(), before);
}

#[test]
fn a_track_that_was_lost_goes_on_under_its_old_number_once_a_person_says_it_is_the_same() {
    // Where movers come and go within a minute, one may well appear where nobody was just now.
    let mut tracker = Tracker::new(TrackerConfig { stay_s: 60.0, ..config() }).unwrap();
    for second in 0..10 {
        observe(&mut tracker, &radar(second, &[walker_at(f64::from(second))]));
    }
    for second in 10..25 {
        observe(&mut tracker, &radar(second, &[]));
    }
    for second in 25..40 {
        observe(&mut tracker, &radar(second, &[walker_at(f64::from(second))]));
    }
    let found = tracker.tracks().next().unwrap();
    assert_eq!(found.id, TrackId(2));

    act(&mut tracker, 40, merge(TrackId(1), TrackId(2))).unwrap();

    let track = tracker.tracks().next().unwrap();
    assert_eq!((track.id, track.spoken.also.as_slice()), (TrackId(1), [TrackId(2)].as_slice()));
    let trail = tracker.trail(TrackId(1));
    assert!(trail.first().unwrap().at < at(10), "the trail reaches back before the gap");
    assert!(trail.last().unwrap().at > at(30));
    let lineage = tracker.lineage(TrackId(2)).unwrap();
    let numbers: Vec<u64> = lineage.measurements.iter().map(|seen| seen.track.0).collect();
    assert!(numbers.starts_with(&[1]) && numbers.ends_with(&[2]), "{numbers:?}");
    assert_eq!(lineage.forgotten, 0);
}

#[test]
fn a_split_gives_what_follows_a_new_number_and_undoing_it_gives_it_back() {
    let mut tracker = confirmed_until(20);

    let act =
        act(&mut tracker, 20, TrackAct::SplitFrom { track: TrackId(1), from: at(12) }).unwrap();

    let split = tracker.tracks().next().unwrap();
    assert_eq!(split.id, TrackId(2));
    let seconds = |tracker: &Tracker, id| -> Vec<Timestamp> {
        let lineage = tracker.lineage(TrackId(id)).unwrap();
        lineage.measurements.iter().map(|seen| seen.measurement.at).collect()
    };
    assert_eq!(seconds(&tracker, 1).last(), Some(&at(11)));
    assert_eq!(seconds(&tracker, 2).first(), Some(&at(12)));
    assert!(tracker.trail(TrackId(2)).iter().all(|point| point.at >= at(12)));

    tracker.undo(act, said(21)).unwrap();

    assert_eq!(tracker.tracks().next().unwrap().id, TrackId(1));
    assert_eq!(tracker.meaning(TrackId(2)), TrackId(1), "who wrote down the new number finds it");
    assert_eq!(seconds(&tracker, 2).len(), 20);
}

#[test]
fn what_is_split_by_sensors_becomes_two_and_late_scans_respect_it() {
    // Two radars, each seeing one of two walkers that are too near to be told apart at first.
    let scans = |second: i32| {
        let apart_m = 1.5 * f64::from((second - 10).max(0));
        let (one, other) = (walker_at(f64::from(second)), walker_at(f64::from(second)));
        let other = EnuPoint::new(other.east_m, other.north_m - apart_m);
        let mut second_radar = radar(second, &[other]);
        second_radar.sensor = SensorId("radar-2".into());
        [radar(second, &[one]), second_radar]
    };
    let follow = |late: bool| {
        let mut tracker = tracker();
        for second in 0..10 {
            for scan in &scans(second) {
                observe(&mut tracker, scan);
            }
        }
        let sensors = vec![SensorId("radar-2".into())];
        act(&mut tracker, 10, TrackAct::SplitSensors { track: TrackId(1), sensors }).unwrap();
        assert_eq!(tracker.tracks().count(), 2, "the second is there at once");
        for pair in (10..16).collect::<Vec<_>>().chunks(2) {
            let mut all: Vec<Scan> = pair.iter().flat_map(|second| scans(*second)).collect();
            if late {
                all.reverse();
            }
            for scan in &all {
                observe(&mut tracker, scan);
            }
        }
        tracker
    };

    let tracker = follow(false);

    assert_eq!(tracker.tracks().count(), 2);
    for track in tracker.tracks() {
        let since: Vec<_> = track.lineage.0.iter().filter(|seen| seen.at >= at(10)).collect();
        assert!(since.iter().all(|seen| seen.sensor == since[0].sensor), "{since:?}");
    }
    assert_eq!(follow(true).filter, tracker.filter, "the order of arrival leaves no trace");

    let mut tracker = tracker;
    let act = tracker.acts_on(TrackId(1)).next().unwrap().id;
    tracker.undo(act, said(16)).unwrap();
    let whole: Vec<_> = tracker.tracks().collect();
    assert_eq!(whole.len(), 1, "people see one again");
    assert_eq!(whole[0].spoken.also, [TrackId(2)]);
}

#[test]
fn a_persons_class_outranks_sensors_until_it_is_withdrawn() {
    let mut tracker = confirmed();
    let act = act(&mut tracker, 10, TrackAct::Relabel { track: TrackId(1), class: Class::Animal })
        .unwrap();
    let mut scan = radar(10, &[walker_at(10.0)]);
    scan.measurements[0].classes = ClassWeights::from_confidences(&[(Class::Vehicle, 0.99)], 1.0);
    observe(&mut tracker, &scan);

    assert_eq!(tracker.tracks().next().unwrap().spoken.class, Some(Class::Animal));

    tracker.undo(act, said(11)).unwrap();

    let track = tracker.tracks().next().unwrap();
    assert_eq!((track.spoken.class, track.classes.most_likely().0), (None, Class::Vehicle));
}

#[test]
fn a_pinned_track_stays_where_it_was_last_and_ends_when_it_is_unpinned() {
    let mut tracker = confirmed();
    let act = act(&mut tracker, 10, TrackAct::Pin { track: TrackId(1) }).unwrap();

    let ended: Vec<TrackId> =
        (10..60).flat_map(|second| observe(&mut tracker, &radar(second, &[])).ended).collect();

    assert_eq!(ended, []);
    assert_eq!(tracker.held(), 0, "the filter has let go of it");
    let track = tracker.tracks().next().unwrap();
    assert!(track.spoken.pinned && track.spoken.lost);
    assert!(track.at < at(60) && track.existence < 0.1);

    tracker.undo(act, said(60)).unwrap();

    assert_eq!(tracker.tracks().count(), 0);
}

#[test]
fn acts_that_make_no_sense_are_refused_by_name() {
    let mut tracker = pair_until(12);
    let refusal = |tracker: &mut Tracker, what| act(tracker, 12, what).unwrap_err();
    let (one, other) = (TrackId(1), TrackId(2));
    let stranger = TrackId(77);

    assert_eq!(
        refusal(&mut tracker, merge(one, stranger)),
        ActRefused::TrackUnknown { field: "other", track: stranger }
    );
    assert!(matches!(refusal(&mut tracker, merge(one, one)), ActRefused::AlreadyMerged { .. }));
    let merged = act(&mut tracker, 12, merge(one, other)).unwrap();
    assert!(matches!(refusal(&mut tracker, merge(other, one)), ActRefused::AlreadyMerged { .. }));
    let late = TrackAct::SplitFrom { track: one, from: at(13) };
    assert!(matches!(refusal(&mut tracker, late), ActRefused::TimeWrong { .. }));
    let sensors = |names: &[&str]| TrackAct::SplitSensors {
        track: one,
        sensors: names.iter().map(|name| SensorId((*name).into())).collect(),
    };
    assert!(matches!(refusal(&mut tracker, sensors(&["sonar"])), ActRefused::SensorUnknown { .. }));
    assert_eq!(refusal(&mut tracker, sensors(&["radar"])), ActRefused::SensorsWrong);
    tracker.undo(merged, said(13)).unwrap();
    assert_eq!(tracker.undo(merged, said(13)), Err(ActRefused::NothingToUndo(merged)));
    let unknown = TrackActId(9);
    assert_eq!(tracker.undo(unknown, said(13)), Err(ActRefused::ActUnknown(unknown)));
}

#[test]
fn acts_are_bounded_and_those_about_shown_tracks_outlive_the_others() {
    let mut tracker = pair_until(12);
    let pinned = act(&mut tracker, 12, TrackAct::Pin { track: TrackId(1) }).unwrap();

    for _ in 0..3_000 {
        let merged = act(&mut tracker, 12, merge(TrackId(1), TrackId(2))).unwrap();
        tracker.undo(merged, said(12)).unwrap();
    }

    assert!(tracker.acts_on(TrackId(1)).count() <= 1_024);
    assert!(tracker.act_record(pinned).is_some());
    let many = (0..2_000).map(|_| {
        act(&mut tracker, 12, TrackAct::Relabel { track: TrackId(1), class: Class::Person })
    });
    assert_eq!(many.last(), Some(Err(ActRefused::TooMany)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Merging, splitting by time and relabelling leave the filter alone: taken back, they leave nothing.
    #[test]
    fn acts_that_are_undone_leave_what_would_have_been(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let (mut acted, mut never) = (pair_until(12), pair_until(12));
        let mut done = Vec::new();
        for second in 12..30 {
            for id in [1, 2] {
                let track = TrackId(id);
                let what = match dice.below(5) {
                    0 => merge(TrackId(1), TrackId(2)),
                    1 => TrackAct::SplitFrom { track, from: at(second - 3) },
                    2 => TrackAct::Relabel { track, class: Class::Vehicle },
                    _ => continue,
                };
                done.extend(act(&mut acted, second, what));
            }
            for tracker in [&mut acted, &mut never] {
                observe(tracker, &radar(second, &both_at(f64::from(second))));
            }
        }
        // In any order.
        done.sort_by_key(|act| act.0.wrapping_mul(seed) % 17);
        for act in done {
            acted.undo(act, said(30)).unwrap();
        }

        prop_assert_eq!(&acted.filter, &never.filter);
        let spoken: Vec<_> = acted.tracks().map(|track| TrackEstimate { spoken: Spoken::default(), ..track }).collect();
        prop_assert_eq!(spoken, never.tracks().collect::<Vec<_>>());
        for id in [1, 2].map(TrackId) {
            prop_assert_eq!(acted.trail(id), never.trail(id));
            prop_assert_eq!(acted.lineage(id), never.lineage(id));
        }
    }
}

fn merge(track: TrackId, other: TrackId) -> TrackAct {
    TrackAct::Merge { track, other }
}

fn act(tracker: &mut Tracker, second: i32, act: TrackAct) -> Result<TrackActId, ActRefused> {
    tracker.act(act, said(second))
}

fn said(second: i32) -> Said {
    Said {
        by: PersonId("officer".into()),
        at: at(second),
        reason: "seen on camera".into(),
        entry: None,
    }
}

/// Two walkers, side by side.
fn both_at(second: f64) -> [EnuPoint; 2] {
    [walker_at(second), EnuPoint::new(1.4 * second, 260.0)]
}

fn pair_until(end: i32) -> Tracker {
    let mut tracker = tracker();
    for second in 0..end {
        observe(&mut tracker, &radar(second, &both_at(f64::from(second))));
    }
    tracker
}
