//! The weakest crossing raised over small made-up ground, and its bound against every choice.

use proptest::prelude::*;

use super::bound::Relaxed;
use super::*;
use crate::coverage::Health;
use crate::coverage::tests::{conditions, model};
use crate::crossing::Light;
use crate::placement::{AssetClass, Grounds, along_the_line, site_at, suitable};

#[test]
fn pieces_raise_the_weakest_crossing_and_stay_below_the_bound() {
    let model = &model(&[], |_, _| 100);

    let (one, four) = (plan(model, 1), plan(model, 4));

    // The line is longer than one observer sees: someone else's stretch stays as it was.
    assert!(one.after <= one.bound && four.after <= four.bound);
    assert!(four.after > one.after, "{} {}", four.after, one.after);
    assert!(four.bound <= four.with_all + 1e-12 && one.bound <= four.bound + 1e-12);
    assert_eq!(four.pieces.len(), 4);
    let least = four.chances_after.iter().copied().fold(1.0, f64::min);
    assert!((least - four.after).abs() < 1e-12);
}

#[test]
fn each_piece_says_which_crossing_it_was_chosen_against() {
    let model = &model(&[], |_, _| 100);

    let plan = plan(model, 2);

    for piece in &plan.pieces {
        assert!(piece.raised.1 > piece.raised.0, "{:?}", piece.raised);
        let stretch = &model.sector().stretches[piece.against.0 as usize];
        let distance_m = stretch.points[0].distance_m(piece.site.point());
        assert!(distance_m < 3_000.0, "{distance_m} m from the crossing that it raises");
    }
}

proptest! {
    /// Random ways and candidates, every choice tried.
    #[test]
    fn no_choice_does_better_than_the_bound(
        bases in proptest::collection::vec(0.0..2.0_f64, 1..5),
        seeds in proptest::collection::vec(proptest::collection::vec(0.0..1.5_f64, 4), 1..7),
        count in 1_usize..4, budget in 1.0..6.0_f64,
    ) {
        let raises: Vec<Vec<f64>> = seeds.iter().map(|row| row[..bases.len().min(4)].to_vec()).collect();
        let bases = bases[..bases.len().min(4)].to_vec();
        let costs: Vec<f64> = (0..raises.len()).map(|at| 1.0 + (at % 3) as f64).collect();
        let mut best = bases.iter().copied().fold(f64::INFINITY, f64::min);
        for set in 0..1_usize << raises.len() {
            let picks: Vec<usize> = (0..raises.len()).filter(|at| set >> at & 1 == 1).collect();
            let spent: f64 = picks.iter().map(|at| costs[*at]).sum();
            if picks.len() > count || spent > budget {
                continue;
            }
            let value = |way: usize| bases[way] + picks.iter().map(|at| raises[*at][way]).sum::<f64>();
            best = best.max((0..bases.len()).map(value).fold(f64::INFINITY, f64::min));
        }

        let bound = Relaxed { bases, raises, costs, count, budget }.bound();

        prop_assert!(bound >= best.min(CERTAIN) - 1e-9, "{} {}", bound, best);
    }
}

/// Two ways of equal cost and a candidate for each: one piece, cut in two, could raise both by half.
#[test]
fn the_bound_of_a_mixture_is_lower_than_that_of_a_single_way() {
    let problem = Relaxed {
        bases: vec![0.0, 0.0],
        raises: vec![vec![1.0, 0.0], vec![0.0, 1.0]],
        costs: vec![1.0, 1.0],
        count: 1,
        budget: f64::INFINITY,
    };

    let bound = problem.bound();

    assert!((0.5..0.51).contains(&bound), "{bound}");
}

fn plan(model: &Model, count: usize) -> WeakestPlan {
    let asset = Asset::new(AssetClass::Patrol, None, model.sector());
    let sites: Vec<Site> = along_the_line(model, 400.0, 150.0)
        .into_iter()
        .flat_map(|(km_m, point)| site_at(&asset, &format!("{km_m:.0}"), point, 1.0))
        .collect();
    let limits = Limits {
        count,
        budget: f64::INFINITY,
        spacing_m: 0.0,
        slope_max: 10.0,
        inside_m: (50.0, 2_000.0),
        drive_max_s: None,
        road_max_m: None,
        keep_out: Vec::new(),
    };
    let usable = suitable(&Grounds::new(model, &limits, Light::Day), &asset, sites).unwrap();
    let task = WeakestTask { asset: &asset, sites: &usable.sites, limits: &limits };
    raise_weakest(model, &conditions(model, Health::Working), &task, &|| ()).unwrap()
}
