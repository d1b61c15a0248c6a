//! Mixes against what must be so.

use approx::assert_relative_eq;
use proptest::prelude::*;

use super::*;
use crate::schedule::draw;

#[test]
fn two_places_alike_are_visited_alike_and_guessed_like_a_coin() {
    let beats = guard(&[place(1.0), place(1.0)], &[party(2)], &RULES).unwrap();

    assert_relative_eq!(beats.visits[0], 0.5, epsilon = 1e-6);
    assert_relative_eq!(beats.value, -0.5, epsilon = 1e-6);
    assert_relative_eq!(beats.fixed_value, -1.0, epsilon = 1e-6);
    let chain = &beats.mixes[0].chain;
    assert_relative_eq!(chain.entropy_bits(), 1.0, epsilon = 1e-6);
    assert_relative_eq!(chain.next_entropy_bits(), 1.0, epsilon = 1e-6);
    assert_relative_eq!(chain.next_guessed(), 0.5, epsilon = 1e-6);
}

#[test]
fn a_place_worth_twice_as_much_is_visited_until_both_are_worth_the_same() {
    // 2 (1 - s) = 1 - (1 - s).
    let beats = guard(&[place(2.0), place(1.0)], &[party(2)], &RULES).unwrap();

    assert_relative_eq!(beats.visits[0], 2.0 / 3.0, epsilon = 1e-6);
    assert_relative_eq!(beats.value, -2.0 / 3.0, epsilon = 1e-6);
}

#[test]
fn revisit_times_are_kept_and_too_many_of_them_are_refused() {
    let idle = Guarded { revisit_max_s: Some(4.0 * RULES.slot_s), ..place(0.0) };

    let beats = guard(&[place(1.0), idle.clone()], &[party(2)], &RULES).unwrap();
    let refused = guard(&vec![idle; 5], &[party(5)], &RULES).unwrap_err();

    assert!(beats.visits[1] >= 0.25 - 1e-9);
    assert!(refused.to_string().contains("1.25"), "{refused}");
}

#[test]
fn what_cannot_be_reached_within_a_slot_is_not_gone_to() {
    // A ring of four places; only neighbours are near enough.
    let travel_s = |from: usize, to: usize| if from.abs_diff(to) % 2 == 1 { 60.0 } else { 9_000.0 };
    let party = Party {
        travel_s: (0..4).map(|from| (0..4).map(|to| travel_s(from, to)).collect()).collect(),
        ..party(4)
    };

    let beats = guard(&vec![place(1.0); 4], std::slice::from_ref(&party), &RULES).unwrap();

    let next = &beats.mixes[0].chain.next;
    assert!(next[0][2] <= 0.0 && next[1][3] <= 0.0);
    assert_relative_eq!(beats.value, -0.75, epsilon = 1e-6);
    let visits = draw(&beats, &[party], &RULES, (7, 500)).unwrap();
    for pair in visits.windows(2) {
        assert!(pair[0].place.abs_diff(pair[1].place) != 2);
        assert!(pair[1].arrives_s - pair[1].leaves_s <= 60.0);
        assert!(pair[0].until_s >= pair[0].arrives_s + RULES.stay_s - 1e-6);
    }
}

#[test]
fn a_drawn_schedule_keeps_the_shares_and_follows_its_seed() {
    let places = [place(3.0), place(2.0), place(1.0)];
    let beats = guard(&places, &[party(3)], &RULES).unwrap();

    let visits = draw(&beats, &[party(3)], &RULES, (1, 10_000)).unwrap();

    assert_eq!(visits, draw(&beats, &[party(3)], &RULES, (1, 10_000)).unwrap());
    assert_ne!(visits, draw(&beats, &[party(3)], &RULES, (2, 10_000)).unwrap());
    for (at, share) in beats.visits.iter().enumerate() {
        let count = visits.iter().filter(|visit| visit.place == at).count();
        // Four standard deviations of independent visits; a chain of greatest entropy is nearly that.
        assert!((count as f64 / 10_000.0 - share).abs() < 0.02, "{at}: {count}");
    }
}

#[test]
fn a_place_where_visits_change_nothing_spoils_no_mix_and_gets_no_visit() {
    // Whoever watches goes there, whatever the party does; the other two are worth guarding all the same.
    let hopeless = Guarded {
        payoffs: Payoffs { leader_guarded: -1.0, other_guarded: 1.0, ..place(1.0).payoffs },
        revisit_max_s: None,
    };

    let beats = guard(&[hopeless, place(0.2), place(0.2)], &[party(3)], &RULES).unwrap();

    assert_eq!(beats.out_of_play, [0]);
    assert_relative_eq!(beats.value, -0.1, epsilon = 1e-6);
    assert_relative_eq!(beats.fixed_value, -0.2, epsilon = 1e-6);
    for (visits, expected) in beats.visits.into_iter().zip([0.0, 0.5, 0.5]) {
        assert_relative_eq!(visits, expected, epsilon = 1e-6);
    }
}

#[test]
fn a_place_that_no_party_serves_spoils_no_mix_either() {
    let places = [place(1.0), place(1.0), place(1.0)];

    let beats = guard(&places, &[party(2)], &RULES).unwrap();

    assert_eq!(beats.out_of_play, [2]);
    assert_relative_eq!(beats.value, -0.5, epsilon = 1e-6);
    assert_relative_eq!(beats.visits[0], 0.5, epsilon = 1e-6);
}

#[test]
fn of_mixes_that_are_worth_as_much_the_one_is_taken_that_leaves_no_place_alone() {
    // A party of its own leaves the first place at odds that the other's two never come to.
    let parties = [Party { places: vec![0], ..party(1) }, Party { places: vec![1, 2], ..party(2) }];
    let weak = Guarded {
        payoffs: Payoffs { leader_guarded: -0.9, other_guarded: 0.9, ..place(1.0).payoffs },
        revisit_max_s: None,
    };

    let beats = guard(&[weak, place(0.2), place(0.2)], &parties, &RULES).unwrap();

    assert_relative_eq!(beats.value, -0.9, epsilon = 1e-6);
    for (visits, expected) in beats.visits.into_iter().zip([1.0, 0.5, 0.5]) {
        assert_relative_eq!(visits, expected, epsilon = 1e-6);
    }
}

#[test]
fn places_that_hang_together_are_kept_and_a_far_one_is_left_out() {
    let travel_s = |from: usize, to: usize| if (from == 1) == (to == 1) { 100.0 } else { 5_000.0 };
    let party = Party {
        places: vec![10, 11, 12],
        travel_s: (0..3).map(|from| (0..3).map(|to| travel_s(from, to)).collect()).collect(),
        ..party(3)
    };

    let (kept, left_out) = party.within_slots(&RULES);

    assert_eq!((kept.places, left_out), (vec![10, 12], vec![11]));
    assert_eq!(kept.travel_s, vec![vec![100.0; 2]; 2]);
}

proptest! {
    #[test]
    fn a_mix_is_no_worse_than_standing_still_and_nobody_is_better_off_elsewhere(
        worths in proptest::collection::vec(0.1..5.0_f64, 2..7), parties in 1_usize..3,
    ) {
        let places: Vec<Guarded> = worths.iter().map(|worth| place(*worth)).collect();
        let parties = vec![party(places.len()); parties];

        let beats = guard(&places, &parties, &RULES).unwrap();

        prop_assert!(beats.value >= beats.fixed_value - 1e-6);
        let other = |at: usize| places[at].payoffs.at(beats.visits[at]).1;
        for at in 0..places.len() {
            prop_assert!(other(beats.chosen) >= other(at) - 1e-6);
        }
        prop_assert!((beats.visits.iter().sum::<f64>() - parties.len() as f64).abs() < 1e-6);
        for mix in &beats.mixes {
            prop_assert!(mix.chain.next_entropy_bits() <= mix.chain.entropy_bits() + 1e-6);
            for (to, share) in mix.chain.shares.iter().enumerate() {
                let arriving: f64 = mix.chain.shares.iter().zip(&mix.chain.next)
                    .map(|(share, row)| share * row[to]).sum();
                prop_assert!((arriving - share).abs() < 1e-6, "stationary");
            }
        }
    }
}

const RULES: Rules = Rules { slot_s: 1_800.0, stay_s: 600.0 };

/// A zero-sum place: crossing it unguarded gains the other side so much, guarded nothing.
fn place(worth: f64) -> Guarded {
    let payoffs =
        Payoffs { leader_guarded: 0.0, leader_open: -worth, other_guarded: 0.0, other_open: worth };
    Guarded { payoffs, revisit_max_s: None }
}

fn party(places: usize) -> Party {
    Party {
        name: "patrol".to_owned(),
        places: (0..places).collect(),
        travel_s: vec![vec![300.0; places]; places],
    }
}
