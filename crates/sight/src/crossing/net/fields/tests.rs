//! The fields against a plain search.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;

use super::*;
use crate::crossing::Light;
use crate::crossing::going::{PASSED, opposite};
use crate::crossing::tests::{small, small_with};
use crate::lanes::Path;
use crate::sector::Mover;

/// A second fence, some 150 m behind the line, that notices half of those who cross it.
const FENCE: &str = r#"
[[barrier]]
id = "second"
name = { en = "Second", ar = "ثان" }
kind = "fence"
path = [[41.0105, 35.0], [41.0125, 34.978]]
delay_s = 45
p_detect = 0.5
"#;

#[test]
fn a_crossing_costs_what_its_steps_cost_barriers_included() {
    let (sector, model) = small_with(FENCE, |_, _| 50);
    let net = &model.net;
    let times = net.times((Mover::Walker, Light::Day), &sector, &model.going);
    let hazard = vec![524; net.len()];

    let mut noticed = 0;
    for steps in net.passages((&times, &times.tolls), &hazard).into_iter().flatten() {
        let costs = net.costs_along(&steps, &times, &hazard);
        let key = costs.iter().map(|cost| (cost.detection << TIME_BITS) + cost.ticks).sum::<u64>();
        assert_eq!(key, steps.least.key);
        let own: u64 = costs.iter().map(|cost| cost.barriers.cost()).sum();
        // The fence's own sensor: -ln(1 - 0.5), once.
        assert!(own == 0 || own.abs_diff(11_629_080) < 2, "{own}");
        noticed += u64::from(own > 0);
    }
    assert!(noticed > 4, "{noticed}");
}

#[test]
fn the_best_crossing_through_a_node_is_no_worse_than_any_that_passes_it() {
    let (sector, model) =
        small_with(FENCE, |row, col| i16::try_from((row * 3 + col) % 40).unwrap());
    let net = &model.net;
    let times = net.times((Mover::Walker, Light::Day), &sector, &model.going);
    let hazard = spread_out(net, &[0, 9_000, 20, 700, 31, 40_000, 5, 12]);

    let through = net.through(&times, &hazard);

    let passages = net.passages((&times, &times.tolls), &hazard);
    let least = passages.iter().flatten().map(|steps| steps.least.key).min();
    assert_eq!(through.iter().copied().min(), least);
    for steps in passages.iter().flatten() {
        for node in &steps.nodes {
            assert!(through[*node as usize] <= steps.least.key);
        }
        if Some(steps.least.key) == least {
            assert!(steps.nodes.iter().all(|node| Some(through[*node as usize]) == least));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn fields_agree_with_bellman_ford(
        seed in prop::collection::vec(0..40_000_u32, 64), steep in 0..9_i16,
    ) {
        let (sector, model) =
            small(|row, col| 50 + steep * i16::try_from((row * 5 + col * 3) % 11).unwrap());
        let times = model.net.times((Mover::Walker, Light::Day), &sector, &model.going);
        let hazard = spread_out(&model.net, &seed);

        let crossings = crossings(&model.net, &times, &hazard, Asked::All);

        let keys: Vec<_> = crossings.iter().map(|least| least.map(|least| least.key)).collect();
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
        let times = model.net.times((Mover::Walker, Light::Day), &sector, &model.going);
        let hazard: Vec<u32> =
            spread_out(&model.net, &seed).iter().map(|hazard| hazard * scale / 8).collect();
        let all = crossings(&model.net, &times, &hazard, Asked::All);
        let asked: Vec<bool> = (0..all.len()).map(|at| some[at % some.len()]).collect();

        let few = crossings(&model.net, &times, &hazard, Asked::Uncertain(&asked));

        for (at, (all, few)) in all.iter().zip(&few).enumerate() {
            let uncertain = all.filter(|least| least.key >> TIME_BITS <= CERTAIN_COST);
            prop_assert_eq!(*few, uncertain.filter(|_| asked[at]), "stretch {}", at);
        }
    }

    #[test]
    fn tiles_of_any_size_a_binary_heap_and_bellman_ford_give_one_field(
        seed in prop::collection::vec(0..400_000_u32, 64), posts in prop::collection::vec(0..300_i16, 37),
        mover in prop::sample::select(vec![Mover::Walker, Mover::Vehicle]),
        (slow, calm) in (prop::bool::ANY, prop::option::of(0..400_000_u32)),
    ) {
        let (sector, model) = small(|row, col| posts[(row * 41 + col * 7) % posts.len()]);
        let net = &model.net;
        let mut times = net.times((mover, Light::Day), &sector, &model.going);
        let mut hazard = hazard_with(net, &seed, calm);
        if slow {
            slow_down(&mut times, &mut hazard);
        }

        let fields = net.fields(&times, &hazard, Asked::All);

        for spread in net.spreads((&times, &times.tolls), &held(&hazard), UNREACHED - 1) {
            let keys = if spread.side == Side::Far { &fields.forward } else { &fields.backward };
            let may = |to: u32| spread.may_enter(to);
            let starts = || spread.seeds.iter().map(|seed| (*seed, 0));
            for path in Path::available() {
                prop_assert!(*keys == spread.keys_by::<64, 64>(path, starts()));
                prop_assert!(*keys == spread.keys_by::<3, 5>(path, starts()));
                prop_assert!(*keys == spread.keys_by::<16, 8>(path, starts()));
            }
            for threads in [1, 2, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                prop_assert!(*keys == pool.install(|| spread.keys_by::<3, 5>(Path::widest(), starts())));
            }
            let ticks = ticks_out(&spread);
            prop_assert!(*keys == by_binary_heap(&spread, &ticks));
            let mut relaxed = seeded(net, spread.seeds);
            relax(net, (&ticks, &hazard), &mut relaxed, may);
            prop_assert!(*keys == relaxed);
        }
    }

    #[test]
    fn fields_repaired_after_any_changes_are_those_spread_anew(
        seed in prop::collection::vec(0..40_000_u32, 64),
        changes in prop::collection::vec((0..40_usize, 0..54_usize, 1..9_usize, 0..400_000_u32), 1..8),
        (uncertain, slow, calm) in
            (prop::bool::ANY, prop::bool::ANY, prop::option::of(0..40_000_u32)),
    ) {
        let more = if slow { "" } else { FENCE };
        let height_m = |row, col| 50 + i16::try_from((row * 5 + col * 3) % 11).unwrap();
        let (sector, model) = small_with(more, height_m);
        let net = &model.net;
        let mut times = net.times((Mover::Walker, Light::Day), &sector, &model.going);
        let mut hazard = hazard_with(net, &seed, calm);
        if slow {
            slow_down(&mut times, &mut hazard);
        }
        let every = vec![true; net.by_stretch.len()];
        let asked = if uncertain { Asked::Uncertain(&every) } else { Asked::All };
        let mut fields = net.fields(&times, &hazard, asked);
        for (first, row, side, value) in changes {
            // A block of nodes becomes more or less dangerous, or safe; a wide one is spread anew.
            let value = value.saturating_sub(100_000);
            for row in net.layout.runs().iter().skip(row).take(side) {
                let nodes = row.nodes().skip(first).take(side);
                nodes.for_each(|node| hazard[node] = value);
            }

            let mut before = fields.clone();
            fields = net.fields_from([Cow::Borrowed(&fields)], (&times, &hazard), asked);

            let anew = net.fields(&times, &hazard, asked);
            prop_assert!(fields.forward == anew.forward);
            prop_assert!(fields.backward == anew.backward);
            prop_assert_eq!(&fields.hazard, &anew.hazard);
            // However much has changed, and over the borders of tiles.
            let changes = before.differing(&hazard);
            let after = net.fields_after(before.clone(), &times, &changes);
            prop_assert!(after == anew);
            let changed = Changed::made(&mut before.hazard, &changes);
            let [ahead, back] = net.spreads((&times, &times.tolls), &anew.hazard, anew.key_max);
            ahead.repair::<3, 5>(&changed, &mut before.forward);
            back.repair::<16, 8>(&changed, &mut before.backward);
            prop_assert!(before.forward == anew.forward);
            prop_assert!(before.backward == anew.backward);
        }
    }
}

fn crossings(
    net: &Net,
    times: &Times,
    hazard: &Hazard,
    asked: Asked<'_>,
) -> Vec<Option<LeastDetected>> {
    net.least_detected(times, &net.fields(times, hazard, asked), asked)
}

/// Steps of an hour through a maze without danger: some ways take longer than a field tells.
fn slow_down(times: &mut Times, hazard: &mut Hazard) {
    let ticks = times.ticks.iter_mut();
    ticks.filter(|ticks| **ticks > 0).for_each(|ticks| *ticks = u16::MAX - 1);
    for hazard in hazard {
        *hazard = if *hazard < 20_000 { 0 } else { 300_000 };
    }
}

/// The key after a step: costs are added, and times up to three days and some minutes; beyond them a step counts as one tick.
fn plain_after(key: u64, more: u64) -> u64 {
    let parts = |key: u64| (key >> TIME_BITS, key & ((1 << TIME_BITS) - 1));
    let ((cost, ticks), (more_cost, more_ticks)) = (parts(key), parts(more));
    let longest = (3 * 24 * 3_600 + 2_944) * 16;
    let told = ticks + more_ticks;
    let told = if told > longest { ticks.max(longest) + 1 } else { told };
    ((cost + more_cost) << TIME_BITS) + told
}

fn spread_out(net: &Net, seed: &[u32]) -> Vec<u32> {
    (0..net.len()).map(|node| seed[node * 31 % seed.len()]).collect()
}

/// The same everywhere, or in blocks of which the calm ones have no hazard at all.
fn hazard_with(net: &Net, seed: &[u32], calm: Option<u32>) -> Vec<u32> {
    let Some(calm) = calm else { return spread_out(net, seed) };
    let hazard_at = |node: u32| {
        let (row, col) = net.layout.place_of(node);
        let hazard = seed[(row / 19 * 5 + col / 13) % seed.len()];
        if hazard < calm { 0 } else { hazard }
    };
    (0..crate::crossing::net::index(net.len())).map(hazard_at).collect()
}

/// For each stretch: first the far side, then one step over the line inside the stretch, then anywhere.
fn plain_search(net: &Net, times: &Times, hazard: &Hazard) -> Vec<Option<u64>> {
    let onward = ticks(net, |node, step| times.of(net, (node, step)));
    let steps = (&onward[..], hazard);
    let mut far = seeded(net, &net.from_far);
    relax(net, steps, &mut far, |to| net.is_far[to as usize]);
    net.by_stretch
        .iter()
        .map(|ways| {
            let mut after = vec![UNREACHED; net.len()];
            for way_over in ways {
                let way = &net.ways_over[*way_over as usize];
                let before = far[way.far as usize];
                if let Some(over) = plain_way_over(net, times, steps, *way_over)
                    && before != UNREACHED
                {
                    let key = &mut after[way.near as usize];
                    *key = (*key).min(before + over);
                }
            }
            relax(net, steps, &mut after, |_| true);
            let ends = net.from_near.iter().map(|node| after[*node as usize]);
            ends.min().filter(|key| *key != UNREACHED)
        })
        .collect()
}

fn seeded(net: &Net, seeds: &[u32]) -> Vec<u64> {
    let mut keys = vec![UNREACHED; net.len()];
    for seed in seeds {
        keys[*seed as usize] = 0;
    }
    keys
}

/// Ticks of every step out of a node, the way that a field spreads.
fn ticks_out(spread: &Spread<'_>) -> Vec<[u16; 16]> {
    ticks(spread.net, |node, step| {
        let to = spread.net.next(node, step).expect("asked where steps lead");
        spread.times.of(spread.net, spread.way.taken(to, opposite(step), node))
    })
}

fn ticks(net: &Net, of: impl Fn(u32, usize) -> u16) -> Vec<[u16; 16]> {
    let nodes = 0..crate::crossing::net::index(net.len());
    let step = |node: u32, step: usize| net.next(node, step).map_or(0, |_| of(node, step));
    nodes.map(|node| std::array::from_fn(|at| step(node, at))).collect()
}

/// Dijkstra's search with a binary heap and steps as they are defined.
fn by_binary_heap(spread: &Spread<'_>, ticks: &[[u16; 16]]) -> Vec<u64> {
    let mut keys = seeded(spread.net, spread.seeds);
    let mut heap: BinaryHeap<_> = spread.seeds.iter().map(|seed| Reverse((0, *seed))).collect();
    while let Some(Reverse((key, node))) = heap.pop() {
        if key > keys[node as usize] {
            continue;
        }
        for step in 0..16 {
            let from = (node as usize, step);
            let Some(to) = spread.net.next(node, step).filter(|to| spread.may_enter(*to)) else {
                continue;
            };
            if let Some(more) = plain_step(spread.net, (ticks, spread.hazard), from)
                && plain_after(key, more) < keys[to as usize]
            {
                keys[to as usize] = plain_after(key, more);
                heap.push(Reverse((plain_after(key, more), to)));
            }
        }
    }
    keys
}

/// Bellman and Ford: every step again and again until nothing changes.
fn relax(
    net: &Net,
    (ticks, hazard): (&[[u16; 16]], &Hazard),
    keys: &mut [u64],
    may: impl Fn(u32) -> bool,
) {
    let mut changed = true;
    while changed {
        changed = false;
        for from in (0..net.len()).filter(|from| keys[*from] != UNREACHED).collect::<Vec<_>>() {
            for step in 0..16 {
                let Some(to) = next(net, from, step).filter(|to| may(*to)) else { continue };
                if let Some(more) = plain_step(net, (ticks, hazard), (from, step))
                    && plain_after(keys[from], more) < keys[to as usize]
                {
                    keys[to as usize] = plain_after(keys[from], more);
                    changed = true;
                }
            }
        }
    }
}

/// A step's key as it is defined: the mean of both ends, and of what a knight's move passes seen from either.
fn plain_step(
    net: &Net,
    (ticks, hazard): (&[[u16; 16]], &Hazard),
    (from, step): (usize, usize),
) -> Option<u64> {
    let ticks = u64::from(ticks[from][step]);
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

fn plain_way_over(
    net: &Net,
    times: &Times,
    (ticks, hazard): (&[[u16; 16]], &Hazard),
    way_over: u32,
) -> Option<u64> {
    let way = &net.ways_over[way_over as usize];
    let from = (way.far as usize, usize::from(way.step));
    let step = plain_step(net, (ticks, hazard), from)?;
    let at = |node: u32| u64::from(hazard[node as usize].min(HAZARD_MAX));
    let ticks = u64::from(times.tolls.over(way_over).ticks());
    let cost = (u64::midpoint(at(way.far), at(way.near)) * ticks).min(STEP_COST_MAX);
    Some(step + (cost << TIME_BITS) + ticks)
}
