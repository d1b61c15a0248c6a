//! Small cases, every way of which is tried.

use proptest::prelude::*;

use super::*;

/// The best of all ways, by trying each.
fn exhaustive(regions: &[Region], parties: &[Party]) -> f64 {
    fn send(regions: &[Region], teams: &[&[f64]], effort_m2: &mut Vec<f64>) -> f64 {
        let Some((team, rest)) = teams.split_first() else {
            return Plan { regions, effort_m2: effort_m2.clone() }.pos();
        };
        (0..regions.len())
            .map(|region| {
                effort_m2[region] += team[region];
                let pos = send(regions, rest, effort_m2);
                effort_m2[region] -= team[region];
                pos
            })
            .fold(0.0, f64::max)
    }
    let teams: Vec<&[f64]> = parties
        .iter()
        .flat_map(|party| std::iter::repeat_n(&party.team_m2[..], party.teams))
        .collect();
    send(regions, &teams, &mut vec![0.0; regions.len()])
}

/// Two or three regions, up to three teams of one kind and two of another.
fn cases() -> impl Strategy<Value = (Vec<Region>, [Party; 2])> {
    let region = (0.01..0.25_f64, 0.2..3.0_f64, 0.1..2.0_f64, 0.1..2.0_f64);
    let regions = proptest::collection::vec(region, 2..4);
    (regions, 0..4_usize, 0..3_usize).prop_map(|(each, first, second)| {
        let regions = each.iter().map(|&(poa, area_m2, ..)| Region { poa, area_m2 }).collect();
        let parties = [
            Party { teams: first, team_m2: each.iter().map(|region| region.2).collect() },
            Party { teams: second, team_m2: each.iter().map(|region| region.3).collect() },
        ];
        (regions, parties)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_other_way_of_sending_teams_finds_more((regions, parties) in cases()) {
        let dispatch = send_parties(&regions, &parties);

        let best = exhaustive(&regions, &parties);
        prop_assert!((dispatch.pos - best).abs() < 1e-9, "{} of {best}", dispatch.pos);
        prop_assert!((dispatch.pos_bound - best).abs() < 1e-9);
        for (party, sent) in parties.iter().zip(&dispatch.sent) {
            prop_assert_eq!(sent.iter().sum::<usize>(), party.teams);
        }
    }

    #[test]
    fn step_by_step_lies_between_half_of_the_optimum_and_the_bound((regions, parties) in cases()) {
        let sent = step_by_step(&regions, &parties);

        let pos = Plan::with(&regions, &parties, &sent).pos();
        let best = exhaustive(&regions, &parties);
        prop_assert!(pos >= 0.5 * best && pos <= best + 1e-9, "{pos} of {best}");
        prop_assert!(best <= bound(&regions, &parties) + 1e-9);
    }
}

/// The case in which moves and swaps end at less than nine tenths.
#[test]
fn two_kinds_share_three_regions_best_where_no_single_move_or_swap_helps() {
    let region = |poa: f64, area_m2: f64| Region { poa, area_m2 };
    let regions = [region(0.0388, 0.2), region(0.0949, 1.684), region(0.1433, 0.638)];
    let parties = [
        Party { teams: 3, team_m2: vec![1.266, 0.544, 0.605] },
        Party { teams: 1, team_m2: vec![0.1, 1.895, 1.11] },
    ];

    let stepwise = Plan::with(&regions, &parties, &step_by_step(&regions, &parties)).pos();
    let dispatch = send_parties(&regions, &parties);

    assert!(stepwise < 0.9 * dispatch.pos, "{stepwise} of {}", dispatch.pos);
    assert_eq!(dispatch.sent, [vec![1, 0, 2], vec![0, 1, 0]]);
}

#[test]
fn where_the_ways_are_too_many_teams_go_step_by_step_within_a_bound() {
    let regions: Vec<Region> =
        (1_u8..=200).map(|at| Region { poa: 1.0 / 250.0, area_m2: f64::from(at) }).collect();
    let party = |teams: usize| Party { teams, team_m2: vec![1.0 + teams as f64; 200] };
    let parties = [party(60), party(50), party(40)];

    let dispatch = send_parties(&regions, &parties);

    assert!(exact::sent(&Plan::new(&regions), &parties).is_none());
    assert!(dispatch.pos > 0.9 * dispatch.pos_bound && dispatch.pos_bound < 0.8);
    for (party, sent) in parties.iter().zip(&dispatch.sent) {
        assert_eq!(sent.iter().sum::<usize>(), party.teams);
    }
}

#[test]
fn teams_stay_where_nothing_is_left_to_find() {
    let regions = [Region { poa: 0.0, area_m2: 1.0 }, Region { poa: 0.3, area_m2: 0.0 }];
    let parties = [1, 2].map(|teams| Party { teams, team_m2: vec![1.0, 1.0] });

    let dispatch = send_parties(&regions, &parties);

    assert_eq!(dispatch.sent, [vec![0, 0], vec![0, 0]]);
    assert!(dispatch.pos.abs() < f64::EPSILON && dispatch.pos_bound.abs() < f64::EPSILON);
}
