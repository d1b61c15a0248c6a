//! The fields against a plain search.

use proptest::prelude::*;

use super::super::tests::small;
use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn fields_agree_with_bellman_ford(
        seed in prop::collection::vec(0..40_000_u32, 64), steep in 0..9_i16,
    ) {
        let (sector, model) =
            small(|row, col| 50 + steep * i16::try_from((row * 5 + col * 3) % 11).unwrap());
        let times = model.net.times(Mover::Walker, &sector, &model.going);
        let hazard: Vec<u32> =
            (0..model.net.cells.len()).map(|node| seed[node * 31 % 64]).collect();

        let fields = model.net.least_detected(&times, &hazard);

        let keys: Vec<_> = fields.iter().map(|least| least.map(|least| least.key)).collect();
        prop_assert_eq!(keys, plain_search(&model.net, &times, &hazard));
    }
}

/// For each stretch: first the far side, then one step over the line inside the stretch, then anywhere.
fn plain_search(net: &Net, times: &Times, hazard: &Hazard) -> Vec<Option<u64>> {
    let mut far = vec![UNREACHED; net.cells.len()];
    for seed in &net.from_far {
        far[*seed as usize] = 0;
    }
    relax(net, times, hazard, &mut far, |to| net.is_far[to as usize]);
    net.by_stretch
        .iter()
        .map(|ways| {
            let mut after = vec![UNREACHED; net.cells.len()];
            for way_over in ways {
                let way = &net.ways_over[*way_over as usize];
                let before = far[way.far as usize];
                if let Some(over) = net.way_over_key(times, hazard, *way_over)
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
        for from in (0..index(keys.len()))
            .filter(|node| keys[*node as usize] != UNREACHED)
            .collect::<Vec<_>>()
        {
            for step in 0..16 {
                let to = net.next[from as usize][step];
                if to == NOWHERE || !may(to) {
                    continue;
                }
                if let Some(more) = net.step_key(times, hazard, from, step)
                    && keys[from as usize] + more < keys[to as usize]
                {
                    keys[to as usize] = keys[from as usize] + more;
                    changed = true;
                }
            }
        }
    }
}
