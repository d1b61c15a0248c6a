//! A tracker that is written down and read back goes on as if nothing had happened.

use proptest::prelude::*;

use super::properties::{Dice, some_scan};
use super::*;
use crate::journal::PersonId;
use crate::tracking::kept::Beside;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whenever_it_is_read_back_a_tracker_goes_on_alike(
        seed in any::<u64>(),
        lag in prop::collection::vec(0_i64..6_000, 90),
        reborn in 1_usize..80,
        learns in any::<bool>(),
    ) {
        let config = TrackerConfig {
            learning: learns.then(|| Learning { proof_hits: 2.0, ..Learning::default() }),
            relief: Some(hills()),
            ..config()
        };
        let mut dice = Dice(seed);
        let mut one = Tracker::new(config.clone()).unwrap();
        let mut other = Tracker::new(config.clone()).unwrap();
        for (n, lag) in (0..).zip(lag) {
            // Some come late, and some are told twice.
            let late = if dice.roll() < 0.3 { lag } else { 0 };
            let scan = some_scan(&mut dice, 10_000 + n * 300 - late);
            prop_assert_eq!(taken(&mut one, &scan), taken(&mut other, &scan));
            if dice.roll() < 0.3 {
                act(&mut one, &mut other, &mut dice);
            }
            if usize::try_from(n).unwrap() % reborn == reborn - 1 {
                other = reread(&other, &config);
            }
            prop_assert_eq!(bytes(&one), bytes(&other));
        }
        prop_assert_eq!(told(&one), told(&other));
    }
}

#[test]
fn a_tracker_of_other_figures_is_refused() {
    let tracker = confirmed();
    let (state, beside) = written(&tracker);
    let other = TrackerConfig { stay_s: 1_801.0, ..config() };

    let (read, rest) = read(&state, &beside);

    assert!(read.with_beside(rest, other).is_none());
}

/// A person says something of a track, to both.
fn act(one: &mut Tracker, other: &mut Tracker, dice: &mut Dice) {
    let tracks: Vec<TrackId> = one.tracks().map(|track| track.id).collect();
    let Some(track) = tracks.get(dice.below(6) as usize).copied() else { return };
    let sensor = SensorId(["radar", "camera", "drone"][dice.below(3) as usize].to_owned());
    let now = one.now.unwrap();
    let said =
        Said { by: PersonId("desk".into()), at: now, reason: "so it is".into(), entry: None };
    let act = match dice.below(6) {
        5 => TrackAct::SplitFrom { track, from: now - SignedDuration::from_secs(3) },
        0 => TrackAct::Pin { track },
        1 => TrackAct::Relabel { track, class: Class::Person },
        2 => TrackAct::SplitSensors { track, sensors: vec![sensor.clone()] },
        3 => TrackAct::Merge { track, other: tracks[0] },
        _ => {
            for tracker in [one, other] {
                tracker.order(&sensor, Order::Quarantine, now);
            }
            return;
        }
    };
    assert_eq!(one.act(act.clone(), said.clone()), other.act(act, said));
}

fn taken(tracker: &mut Tracker, scan: &Scan) -> Result<Observed, ScanRefused> {
    tracker.observe(scan, &|_, point, _| if point.east_m > 400.0 { 0.05 } else { 0.9 })
}

fn written(tracker: &Tracker) -> (Vec<u8>, Vec<u8>) {
    let beside = postcard::to_extend(&tracker.beside(), Vec::new()).unwrap();
    (bytes(tracker), beside)
}

fn read(state: &[u8], beside: &[u8]) -> (Tracker, Beside) {
    (postcard::from_bytes(state).unwrap(), postcard::from_bytes(beside).unwrap())
}

fn reread(tracker: &Tracker, config: &TrackerConfig) -> Tracker {
    let (state, beside) = written(tracker);
    let (read, rest) = read(&state, &beside);
    read.with_beside(rest, config.clone()).unwrap()
}

/// What the tracker's hash is made of.
fn bytes(tracker: &Tracker) -> Vec<u8> {
    postcard::to_extend(tracker, Vec::new()).unwrap()
}

/// What people are told beyond that.
fn told(tracker: &Tracker) -> Vec<(TrackEstimate, Vec<TrailPoint>, Option<TrackLineage>, u64)> {
    let told = tracker.tracks().map(|track| {
        let id = track.id;
        (track, tracker.trail(id), tracker.lineage(id), tracker.trail_version(id))
    });
    told.collect()
}
