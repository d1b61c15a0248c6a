//! The fields against a plain search.

use proptest::prelude::*;

use super::*;
use crate::crossing::going::opposite;
use crate::crossing::tests::small;
use crate::sector::Mover;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn fields_agree_with_bellman_ford(
        seed in prop::collection::vec(0..40_000_u32, 64), steep in 0..9_i16,
    ) {
        let (sector, model) =
            small(|row, col| 50 + steep * i16::try_from((row * 5 + col * 3) % 11).unwrap());
        let times = model.net.times(Mover::Walker, &sector, &model.going);
        let hazard = spread_out(&model.net, &seed);

        let fields = model.net.least_detected(&times, &hazard, Asked::All);

        let keys: Vec<_> = fields.iter().map(|least| least.map(|least| least.key)).collect();
        prop_assert_eq!(keys, plain_search(&model.net, &times, &hazard));
    }

    #[test]
    fn asked_about_some_stretches_the_uncertain_ones_are_the_same(
        seed in prop::collection::vec(0..6_000_u32, 64),
        some in prop::collection::vec(prop::bool::ANY, 7),
        scale in 1..40_u32,
    ) {
        let (sector, model) =
            small(|row, col| 50 + i16::try_from((row * 7 + col * 2) % 13).unwrap());
        let times = model.net.times(Mover::Walker, &sector, &model.going);
        let hazard: Vec<u32> =
            spread_out(&model.net, &seed).iter().map(|hazard| hazard * scale / 8).collect();
        let all = model.net.least_detected(&times, &hazard, Asked::All);
        let asked: Vec<bool> = (0..all.len()).map(|at| some[at % some.len()]).collect();

        let few = model.net.least_detected(&times, &hazard, Asked::Uncertain(&asked));

        for (at, (all, few)) in all.iter().zip(&few).enumerate() {
            let uncertain = all.filter(|least| least.key >> TIME_BITS <= CERTAIN_COST);
            prop_assert_eq!(*few, uncertain.filter(|_| asked[at]), "stretch {}", at);
        }
    }
}

fn spread_out(net: &Net, seed: &[u32]) -> Vec<u32> {
    (0..net.len()).map(|node| seed[node * 31 % seed.len()]).collect()
}

/// For each stretch: first the far side, then one step over the line inside the stretch, then anywhere.
fn plain_search(net: &Net, times: &Times, hazard: &Hazard) -> Vec<Option<u64>> {
    let mut far = vec![UNREACHED; net.len()];
    for seed in &net.from_far {
        far[*seed as usize] = 0;
    }
    relax(net, times, hazard, &mut far, |to| net.is_far[to as usize]);
    net.by_stretch
        .iter()
        .map(|ways| {
            let mut after = vec![UNREACHED; net.len()];
            for way_over in ways {
                let way = &net.ways_over[*way_over as usize];
                let before = far[way.far as usize];
                if let Some(over) = plain_way_over(net, times, hazard, *way_over)
                    && before != UNREACHED
                {
                    let key = &mut after[way.near as usize];
                    *key = (*key).min(before + over);
                }
            }
            relax(net, times, hazard, &mut after, |_| true);
            let ends = net.from_near.iter().map(|node| after[*node as usize]);
            ends.min().filter(|key| *key != UNREACHED)
        })
        .collect()
}

/// Bellman and Ford: every step again and again until nothing changes.
fn relax(net: &Net, times: &Times, hazard: &Hazard, keys: &mut [u64], may: impl Fn(u32) -> bool) {
    let mut changed = true;
    while changed {
        changed = false;
        for from in (0..net.len()).filter(|from| keys[*from] != UNREACHED).collect::<Vec<_>>() {
            for step in 0..16 {
                let Some(to) = next(net, from, step).filter(|to| may(*to)) else { continue };
                if let Some(more) = plain_step(net, times, hazard, (from, step))
                    && keys[from] + more < keys[to as usize]
                {
                    keys[to as usize] = keys[from] + more;
                    changed = true;
                }
            }
        }
    }
}

/// A step's key as it is defined: the mean of both ends, and of what a knight's move passes seen from either.
fn plain_step(
    net: &Net,
    times: &Times,
    hazard: &Hazard,
    (from, step): (usize, usize),
) -> Option<u64> {
    let ticks = u64::from(times.ticks[from][step]);
    let to = next(net, from, step)? as usize;
    let mut passed = vec![from, to];
    if step >= 8 {
        let (first, second) = PASSED[step - 8];
        let (back_first, back_second) = PASSED[opposite(step) - 8];
        let seen = [next(net, from, first), next(net, from, second)];
        let seen_back = [next(net, to, back_second), next(net, to, back_first)];
        assert_eq!(seen, seen_back, "a knight passes the same nodes there and back");
        passed.extend(seen.map(|node| node.expect("a knight passes nodes") as usize));
    }
    let sum: u64 = passed.iter().map(|node| u64::from(hazard[*node].min(HAZARD_MAX))).sum();
    let cost = (sum / passed.len() as u64 * ticks).min(STEP_COST_MAX);
    (ticks > 0).then_some((cost << TIME_BITS) + ticks)
}

fn next(net: &Net, from: usize, step: usize) -> Option<u32> {
    net.next(crate::crossing::net::index(from), step)
}

fn plain_way_over(net: &Net, times: &Times, hazard: &Hazard, way_over: u32) -> Option<u64> {
    let way = &net.ways_over[way_over as usize];
    let step = plain_step(net, times, hazard, (way.far as usize, usize::from(way.step)))?;
    let at = |node: u32| u64::from(hazard[node as usize].min(HAZARD_MAX));
    let ticks = u64::from(times.barrier_ticks[way_over as usize]);
    let cost = (u64::midpoint(at(way.far), at(way.near)) * ticks).min(STEP_COST_MAX);
    Some(step + (cost << TIME_BITS) + ticks)
}
