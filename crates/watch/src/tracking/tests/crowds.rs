//! People who walk so close together that no measurement is anybody's own.

use super::*;

/// So many places on a ring about (200, 200).
fn ring(people: u32, radius_m: f64) -> Vec<EnuPoint> {
    let place = |number: u32| {
        let turn = std::f64::consts::TAU * f64::from(number) / f64::from(people);
        EnuPoint::new(200.0 + radius_m * turn.cos(), 200.0 + radius_m * turn.sin())
    };
    (0..people).map(place).collect()
}

#[test]
fn a_tight_group_stays_in_the_picture_when_one_of_it_is_missed() {
    for people in [2, 5, 8, 9, 12, 20] {
        for radius_m in [8.0, 15.0, 25.0] {
            let places = ring(people, radius_m);
            let mut tracker = tracker();
            for second in 0..12 {
                observe(&mut tracker, &radar(second, &places));
            }
            let before = tracker.tracks().count();

            let mut least = before;
            for second in 12..20 {
                let missed = usize::try_from(second).unwrap() % places.len();
                let mut seen = places.clone();
                seen.remove(missed);
                observe(&mut tracker, &radar(second, &seen));
                least = least.min(tracker.tracks().count());
            }

            let told = format!("{people} within {radius_m} m: {before}, then {least}");
            assert!(before + 1 >= places.len(), "{told}");
            assert!(least + 2 >= places.len().min(before + 1), "{told}");
        }
    }
}

#[test]
fn two_who_cannot_be_told_apart_do_not_vanish_in_a_crowd_that_passes_them() {
    let two = ring(2, 3.0);
    let crowd = ring(24, 30.0);
    let mut tracker = tracker();
    for second in 0..40 {
        let to_go_m = 200.0 - 5.0 * f64::from(second);
        let passing = |place: &EnuPoint| EnuPoint::new(place.east_m - to_go_m, place.north_m);
        let seen: Vec<EnuPoint> = crowd.iter().map(passing).chain(two.clone()).collect();

        observe(&mut tracker, &radar(second, &seen));

        let tracks = tracker.tracks().count();
        assert!(second < 8 || tracks >= 24, "{tracks} at {second}");
    }
}
