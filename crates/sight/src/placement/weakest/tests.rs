//! The weakest crossing raised over small made-up ground, and its bound against every choice.

use proptest::prelude::*;

use super::bound::Relaxed;
use super::*;
use crate::coverage::Health;
use crate::coverage::tests::{conditions, model};
use crate::crossing::Light;
use crate::placement::effect::with;
use crate::placement::kit::Exposure;
use crate::placement::{AssetClass, Grounds, along_the_line, site_at, suitable};
use crate::viewshed::Kernel;

#[test]
fn pieces_raise_the_weakest_crossing_and_stay_below_the_bound() {
    let model = &model(&[], |_, _| 100);

    let (one, four) = (plan(model, 1), plan(model, 4));

    // The line is longer than one observer sees: someone else's stretch stays as it was.
    assert!(one.after <= one.bound && four.after <= four.bound);
    assert!(four.after > one.after, "{} {}", four.after, one.after);
    assert!(four.bound <= four.with_all + 1e-12 && one.bound <= four.bound + 1e-12);
    assert!((2..=4).contains(&four.pieces.len()), "{}", four.pieces.len());
    let least = four.chances_after.iter().copied().fold(1.0, f64::min);
    assert!((least - four.after).abs() < 1e-12);
}

#[test]
fn one_piece_on_a_line_longer_than_it_sees_is_proven_to_be_too_few() {
    let model = &model(&[], |_, _| 100);

    let plan = plan(model, 1);

    assert!(plan.bound < 0.01, "{}", plan.bound);
    assert!(plan.fewest.is_some_and(|fewest| fewest >= 2), "{:?}", plan.fewest);
    // What it does for the rest of the line still tells it from the others.
    assert!(plan.pieces.len() == 1 && plan.effect.no_longer_blind_m > 500.0, "{:?}", plan.effect);
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

#[test]
fn pieces_that_do_nothing_are_left_out() {
    let model = &model(&[], |_, _| 100);
    let four = plan(model, 4).after;

    let many = plan(model, 12);

    assert!(many.after >= four, "{} {four}", many.after);
    assert!(many.pieces.len() < 12, "the line is watched by fewer than twelve");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Hills, every choice among few candidates tried by fields of its own.
    #[test]
    fn the_best_of_all_choices_lies_between_the_answer_and_the_bound(
        hills in proptest::collection::vec((0..70_usize, 0..70_usize, 50..250_i16), 0..6),
        count in 1_usize..4,
    ) {
        let height = |row: usize, col: usize| {
            let raised = |&(at, across, high): &(usize, usize, i16)| {
                let apart = row.abs_diff(at).max(col.abs_diff(across));
                high - high / 12 * i16::try_from(apart.min(12)).unwrap()
            };
            100 + hills.iter().map(raised).max().unwrap_or(0)
        };
        let model = &model(&[], height);
        let (asset, sites) = candidates(model, 700.0);
        let limits = limits(count);
        let task = WeakestTask { asset: &asset, sites: &sites, limits: &limits };
        let conditions = conditions(model, Health::Working);

        let plan = raise_weakest(model, &conditions, &task, &|| ()).unwrap();

        let air = worse_air(model, &conditions);
        let kit = Kit::new(model, &asset, &air, conditions.mover);
        let exposures: Vec<Exposure> =
            sites.iter().map(|site| kit.exposure(site, Kernel::Exact)).collect();
        let scene = Scene::new(model, &conditions);
        let base = vec![0; model.net.len()];
        let mut best = 0.0_f64;
        for set in 0..1_u32 << sites.len() {
            if set.count_ones() as usize != count.min(sites.len()) {
                continue;
            }
            let chosen = exposures.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            let sums = with(&base, chosen.map(|(_, exposure)| exposure));
            let crossings = scene.crossings(&scene.fields(&sums));
            best = best.max(chance(weakest(&crossings).map_or(CERTAIN, |at| cost(&crossings, at))));
        }
        prop_assert!(plan.bound >= best - 1e-9, "bound {} best {}", plan.bound, best);
        prop_assert!(plan.after <= best + 1e-9, "answer {} best {}", plan.after, best);
        prop_assert!(plan.with_all >= best - 1e-9, "with all {} best {}", plan.with_all, best);
        if plan.fewest.is_some_and(|fewest| fewest > count) {
            prop_assert!(best < 0.5, "{} needs {:?}", best, plan.fewest);
        }
    }

    /// Random ways and candidates, every choice tried.
    #[test]
    fn no_choice_does_better_than_the_bound(
        bases in proptest::collection::vec(0.0..2.0_f64, 1..5),
        seeds in proptest::collection::vec(proptest::collection::vec(0.0..1.5_f64, 4), 1..7),
        count in 1_usize..4, budget in 1.0..6.0_f64,
    ) {
        let bases = bases[..bases.len().min(4)].to_vec();
        let raises: Vec<Vec<(u32, f64)>> =
            seeds.iter().map(|row| (0..).zip(row[..bases.len()].iter().copied()).collect()).collect();
        let costs: Vec<f64> = (0..raises.len()).map(|at| 1.0 + (at % 3) as f64).collect();
        let mut best = bases.iter().copied().fold(f64::INFINITY, f64::min);
        for set in 0..1_usize << raises.len() {
            let picks: Vec<usize> = (0..raises.len()).filter(|at| set >> at & 1 == 1).collect();
            let spent: f64 = picks.iter().map(|at| costs[*at]).sum();
            if picks.len() > count || spent > budget {
                continue;
            }
            let value = |way: usize| bases[way] + picks.iter().map(|at| raises[*at][way].1).sum::<f64>();
            best = best.max((0..bases.len()).map(value).fold(f64::INFINITY, f64::min));
        }

        let raises = raises.iter().collect();
        let bound = Relaxed { bases, raises, costs: &costs, count, budget }.bound();

        prop_assert!(bound >= best.min(CERTAIN) - 1e-9, "{} {}", bound, best);
    }
}

/// Two ways and a candidate for each, so strong that half of either would be plenty: still one piece leaves one way open.
#[test]
fn what_is_beyond_a_goal_on_one_way_is_of_no_use_on_another() {
    let raises = [vec![(0, 100.0)], vec![(1, 100.0)]];
    let problem = Relaxed {
        bases: vec![0.0, 0.0],
        raises: raises.iter().collect(),
        costs: &[1.0, 1.0],
        count: 1,
        budget: f64::INFINITY,
    };

    let (bound, mixture) = (problem.bound(), problem.mixture(1.0, 100));

    assert!(bound < 0.01, "{bound}");
    assert_eq!(mixture.fewest, Some(2));
    assert!(Relaxed { count: 2, ..problem }.bound() >= CERTAIN);
}

fn plan(model: &Model, count: usize) -> WeakestPlan {
    let ((asset, sites), limits) = (candidates(model, 400.0), limits(count));
    let task = WeakestTask { asset: &asset, sites: &sites, limits: &limits };
    raise_weakest(model, &conditions(model, Health::Working), &task, &|| ()).unwrap()
}

/// Patrols abreast of the line.
fn candidates(model: &Model, every_m: f64) -> (Asset, Vec<Site>) {
    let asset = Asset::new(AssetClass::Patrol, None, model.sector());
    let sites: Vec<Site> = along_the_line(model, every_m, 150.0)
        .into_iter()
        .flat_map(|(km_m, point)| site_at(&asset, &format!("{km_m:.0}"), point, 1.0))
        .collect();
    let usable = suitable(&Grounds::new(model, &limits(1), Light::Day), &asset, sites).unwrap();
    (asset, usable.sites)
}

fn limits(count: usize) -> Limits {
    Limits {
        count,
        budget: f64::INFINITY,
        spacing_m: 0.0,
        slope_max: 10.0,
        inside_m: (50.0, 2_000.0),
        drive_max_s: None,
        road_max_m: None,
        keep_out: Vec::new(),
    }
}
