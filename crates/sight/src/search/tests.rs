//! Known answers of search theory, and what must hold for every search.

use approx::assert_abs_diff_eq;
use proptest::prelude::*;

use super::*;

fn regions(each: &[(f64, f64)]) -> Vec<Region> {
    each.iter().map(|&(poa, area_m2)| Region { poa, area_m2 }).collect()
}

#[test]
fn coverage_of_one_finds_what_the_textbooks_say() {
    assert_abs_diff_eq!(DetectionLaw::RandomSearch.pod(1.0), 0.632, epsilon = 5e-4);
    assert_abs_diff_eq!(DetectionLaw::InverseCube.pod(1.0), 0.790, epsilon = 5e-4);
    assert_abs_diff_eq!(DetectionLaw::DefiniteRange.pod(0.4), 0.4, epsilon = 0.0);
    assert_abs_diff_eq!(DetectionLaw::DefiniteRange.pod(3.0), 1.0, epsilon = 0.0);
}

#[test]
fn koopman_shares_one_unit_of_effort_as_published() {
    let allocation = allocate(&regions(&[(0.5, 1.0), (0.3, 1.0), (0.2, 1.0)]), 1.0);

    let expected = [0.7554, 0.2446, 0.0];
    for (effort, expected) in allocation.effort_m2.iter().zip(expected) {
        assert_abs_diff_eq!(*effort, expected, epsilon = 5e-5);
    }
    assert_abs_diff_eq!(allocation.pos, 0.3302, epsilon = 5e-5);
}

#[test]
fn the_inverse_cube_law_has_its_known_sweep_width() {
    // rate = k h / r^3 at speed v: W = 2 sqrt(2 pi k h / v) (Koopman 1980).
    let (kh, v) = (2.0e6, 20.0);

    let width_m = sweep_width_m(|range_m| kh / range_m.max(1e-3).powi(3), 200_000.0, v);

    let expected_m = 2.0 * (2.0 * std::f64::consts::PI * kh / v).sqrt();
    assert_abs_diff_eq!(width_m / expected_m, 1.0, epsilon = 0.01);
}

#[test]
fn a_cookie_cutter_sweeps_twice_its_range() {
    let rate = |range_m: f64| if range_m <= 50.0 { 100.0 } else { 0.0 };

    assert_abs_diff_eq!(sweep_width_m(rate, 100.0, 1.0), 100.0, epsilon = 2.0);
}

#[test]
fn cleared_ground_is_doubted_less_and_fills_again() {
    let cell = |name: &str, prior| Cell::new(name.into(), prior, 1e6, Some(7_200.0));
    let mut search = Search::begin(vec![cell("wadi", 0.5), cell("farm", 0.4)]).unwrap();

    let sweep = Swept { at_s: 0.0, cell: 0, effort_m2: 1e6, law: DetectionLaw::RandomSearch };
    let pod = search.record(sweep).unwrap();

    assert_abs_diff_eq!(pod, 0.632, epsilon = 5e-4);
    assert_abs_diff_eq!(search.pos(), 0.5 * pod, epsilon = 1e-12);
    let cleared = search.cells()[0].poa();
    assert_abs_diff_eq!(cleared, 0.5 * (1.0 - pod) / (1.0 - 0.5 * pod), epsilon = 1e-12);
    assert!(search.cells()[1].poa() > 0.4, "what is not here is more likely there");

    search.wait_until(7_200.0).unwrap();
    let later = search.cells()[0].poa();
    search.wait_until(1e9).unwrap();
    let much_later = search.cells()[0].poa();

    assert!(later > cleared && much_later > later);
    assert_abs_diff_eq!(search.pos(), 0.5 * pod, epsilon = 1e-12);
}

#[test]
fn a_fault_names_field_and_value() {
    let fault = |prior, area_m2| {
        Search::begin(vec![Cell::new("wadi".into(), prior, area_m2, None)]).unwrap_err().to_string()
    };

    assert_eq!(fault(1.5, 1.0), "prior of \"wadi\" must be from 0 to 1, got 1.5");
    assert_eq!(fault(0.5, f64::NAN), "area_m2 of \"wadi\" must be finite and positive, got NaN");
    let mut search = Search::begin(vec![Cell::new("wadi".into(), 0.5, 1.0, None)]).unwrap();
    let sweep = Swept { at_s: 0.0, cell: 1, effort_m2: 1.0, law: DetectionLaw::RandomSearch };
    assert_eq!(search.record(sweep).unwrap_err().to_string(), "cell must be below 1, got 1");
    let early = search.wait_until(-1.0).unwrap_err().to_string();
    assert_eq!(early, "at_s must be finite and not before the last sweep, got -1");
}

/// The best of all ways to send teams, by trying each.
fn exhaustive(regions: &[Region], teams: usize, team_m2: f64, law: DetectionLaw) -> f64 {
    let Some((first, rest)) = regions.split_first() else { return 0.0 };
    (0..=teams)
        .map(|sent| {
            let here = first.poa * law.pod(sent as f64 * team_m2 / first.area_m2);
            here + exhaustive(rest, teams - sent, team_m2, law)
        })
        .fold(0.0, f64::max)
}

proptest! {
    #[test]
    fn teams_are_sent_as_trying_every_way_would(
        each in proptest::collection::vec((0.01..0.25, 0.2..3.0), 1..5),
        teams in 0..7_usize,
        law in prop_oneof![
            Just(DetectionLaw::RandomSearch), Just(DetectionLaw::InverseCube), Just(DetectionLaw::DefiniteRange)
        ],
    ) {
        let regions = regions(&each);

        let (sent, pos) = assign_teams(&regions, teams, 0.7, law);

        prop_assert_eq!(sent.iter().sum::<usize>(), teams);
        prop_assert!((pos - exhaustive(&regions, teams, 0.7, law)).abs() < 1e-12);
    }

    #[test]
    fn no_shift_of_effort_betters_koopman(
        each in proptest::collection::vec((0.01..0.25, 0.2..3.0), 2..5),
        total in 0.01..10.0,
        shift in 0.0..1.0,
    ) {
        let regions = regions(&each);
        let best = allocate(&regions, total);
        prop_assert!((best.effort_m2.iter().sum::<f64>() - total).abs() < 1e-9 * total.max(1.0));
        let mut other = best.effort_m2.clone();
        let moved = other[0] * shift;
        other[0] -= moved;
        other[1] += moved;
        let pos: f64 = regions
            .iter()
            .zip(&other)
            .map(|(region, effort)| region.poa * DetectionLaw::RandomSearch.pod(effort / region.area_m2))
            .sum();

        prop_assert!(pos <= best.pos + 1e-12);
    }

    #[test]
    fn chances_always_sum_to_one(
        priors in proptest::collection::vec(0.0..0.2, 1..5),
        sweeps in proptest::collection::vec((0..5_usize, 0.0..4.0, 0.0..5000.0), 0..12),
    ) {
        let cells = priors.iter().map(|prior| Cell::new("c".into(), *prior, 1.0, Some(3_600.0))).collect();
        let mut search = Search::begin(cells).unwrap();
        let mut at_s = 0.0;
        for (cell, effort_m2, after_s) in sweeps {
            at_s += after_s;
            let law = DetectionLaw::RandomSearch;
            let sweep = Swept { at_s, cell: cell % priors.len(), effort_m2, law };
            search.record(sweep).unwrap();
        }

        let sum = search.cells().iter().map(Cell::poa).sum::<f64>() + search.elsewhere();
        prop_assert!((sum - 1.0).abs() < 1e-9);
        prop_assert!((0.0..=1.0).contains(&search.pos()));
    }
}
